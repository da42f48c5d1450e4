"""What pages show of interest on the accounts."""

from django.urls import reverse

from common.display import iso, yuan
from common.page import Action, Fact, Step
from parties.enums import OrganisationKind
from parties.models import User
from parties.permissions import may

from ..enums import EntryStatus, InterestKind, InterestStatus
from ..models import AccountInterest, InterestReversal, ReserveAccount
from ..permissions import (
    check_confirm_interest,
    check_confirm_interest_reversal,
    check_discard_interest,
    check_discard_interest_reversal,
    check_reverse_interest,
    why_not,
)
from ..rulebook import Rules, display_value
from ..selectors.interest import InterestFigures, interest_of


def facts(row: AccountInterest) -> list[Fact]:
    found = [
        Fact("种类", row.get_kind_display()),
        Fact("金额", f"{yuan(row.amount)} 元", numeric=True),
        Fact("准备金账户", str(row.account), url=row.account.get_absolute_url()),
        Fact("开户银行", row.account.bank.name),
    ]
    if row.kind == InterestKind.CREDITED:
        found += [Fact("入账日期", iso(row.booked_on)), Fact("计息期", f"{iso(row.period_first)} 至 {iso(row.period_last)}")]
    else:
        found += [Fact("划出日期", iso(row.booked_on)), Fact("收款账户", row.payee)]
    found += [Fact("回单号", row.receipt_no), Fact("项目", row.programme.name, url=row.programme.get_absolute_url())]
    if row.entry:
        found.append(Fact("账簿分录", str(row.entry), url=row.entry.get_absolute_url()))
    if row.discard_reason:
        found.append(Fact("作废理由", row.discard_reason))
    return found


def steps(row: AccountInterest) -> list[Step]:
    """录入 → 复核 (→ 冲正)."""
    entered = Step("录入", "done", who=row.entered_by.name, when=row.entered_at)
    if row.status == InterestStatus.DISCARDED:
        return [entered, Step("已作废", "stopped")]
    if row.confirmed_by is None:
        return [entered, Step("复核", "current", who=f"{row.account.bank.short_name}复核")]
    confirmed = Step("复核", "done", who=row.confirmed_by.name, when=row.confirmed_at)
    return [entered, confirmed, *([Step("已冲正", "stopped")] if row.status == InterestStatus.REVERSED else [])]


def actions(user: User, row: AccountInterest, reversals: list[InterestReversal]) -> list[Action]:
    """The bank's steps on a row, or on the reversal that waits."""
    if user.kind != OrganisationKind.BANK or not (may(user, "interest.enter") or may(user, "interest.confirm")):
        return []
    waiting = next((one for one in reversals if one.status == EntryStatus.ENTERED), None)
    if waiting is not None:
        waiting.interest = row
        return _reversal_actions(user, waiting)
    if row.status == InterestStatus.CONFIRMED:
        reason = why_not(check_reverse_interest, user, row)
        return [Action("冲正", reverse("reserve:interest_reverse", args=[row.pk]), reason=reason, icon="arrow-back-up", danger=True)]
    if row.status != InterestStatus.ENTERED:
        return []
    said = f"{row.account.name}于 {row.booked_on} {row.get_kind_display()} {yuan(row.amount)} 元"
    return [
        Action(
            "复核",
            reverse("reserve:interest_confirm", args=[row.pk]),
            reason=why_not(check_confirm_interest, user, row),
            post=True,
            confirm=f"将确认 {said}，并记入账簿，记账后只能冲正。",
            icon="check",
            primary=True,
        ),
        Action(
            "作废",
            reverse("reserve:interest_discard", args=[row.pk]),
            reason=why_not(check_discard_interest, user, row),
            icon="trash",
            danger=True,
        ),
    ]


def _reversal_actions(user: User, reversal: InterestReversal) -> list[Action]:
    row = reversal.interest
    return [
        Action(
            "复核冲正",
            reverse("reserve:interest_reversal_confirm", args=[reversal.pk]),
            reason=why_not(check_confirm_interest_reversal, user, reversal),
            post=True,
            confirm=f"将冲正 {row.booked_on} 的{row.get_kind_display()} {yuan(row.amount)} 元，账簿另记一笔相反的分录，原分录保留。",
            icon="check",
            primary=True,
        ),
        Action(
            "作废冲正",
            reverse("reserve:interest_reversal_discard", args=[reversal.pk]),
            reason=why_not(check_discard_interest_reversal, user, reversal),
            icon="trash",
            danger=True,
        ),
    ]


def entry_actions(user: User, account: ReserveAccount) -> list[Action]:
    """What the bank's officer may enter on the account's page."""
    if not may(user, "interest.enter") or user.organisation_id != account.bank_id:
        return []
    query = f"?account={account.pk}"
    return [
        Action("录入利息入账", f"{reverse('reserve:interest_enter')}{query}", icon="plus"),
        Action("录入利息划出", f"{reverse('reserve:interest_pay_out')}{query}", icon="transfer-out"),
        Action("报送对账单", f"{reverse('reserve:bank_statement_enter')}{query}", icon="upload"),
    ]


def figures(found: InterestFigures, rules: Rules) -> list[Fact]:
    """An account's interest at a glance."""
    return [
        Fact("利息处理", display_value("interest_disposal", rules.interest_disposal), hint="项目规则“账户利息处理”"),
        Fact("累计入账利息", f"{yuan(found.credited)} 元", numeric=True),
        Fact("累计划出利息", f"{yuan(found.paid_out)} 元", numeric=True),
        Fact("尚未划出", f"{yuan(found.unpaid)} 元", numeric=True),
    ]


def payout_hints(account: ReserveAccount | None) -> list[Fact]:
    """Beside the payout's form: what the chosen account may still pay."""
    hints = [Fact("可以划出的", "本账户已入账、尚未划出的利息，且不超过可用准备金"), Fact("录入以后", "由本行复核人复核，复核后记账")]
    if account is not None:
        hints.insert(0, Fact("尚可划出（元）", yuan(interest_of(account).available), numeric=True, hint=account.name))
    return hints
