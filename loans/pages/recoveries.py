"""What pages show of recoveries and of the progress reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from common.display import iso, wan, yuan
from common.money import ZERO, format_yuan
from common.page import Action, Fact, Step, Todo
from parties.models import User
from reserve.calendar import workday_table
from reserve.enums import JointStatus
from reserve.models import JointDecision
from reserve.quarters import Quarter

from ..claim_enums import RecoveryStatus
from ..claim_errors import SharedSince
from ..claim_permissions import (
    require_confirm_recovery,
    require_confirm_remittance,
    require_discard_recovery,
    require_enter_recovery,
    require_propose_write_off,
    require_remit_recovery,
    require_report_recovery,
    require_revoke_recovery,
    require_unremit_recovery,
)
from ..enums import LoanStatus
from ..models import Claim, Loan, Recovery, RecoveryReport
from ..permissions import why_not
from ..rules.claims import Share
from ..selectors.recoveries import Standing, paid_claim, remit_clock, share_of_next, shared_since, standing
from .parts import of_the_bank

_S = RecoveryStatus


def report_todo(quarter: Quarter, programme: int, count: int) -> Todo:
    """What an officer of the bank has to report for a quarter that is over."""
    detail = "已代偿、尚未结清或核销的贷款，每季报告一次"
    label, until = f"报告{quarter.label_cn}追偿进展：{count} 笔", quarter.next().end
    return Todo(label, reverse("loans:recovery_report_due"), detail, programme, due_on=until, sort="追偿进展报告")


# The page of one recovery


def facts(recovery: Recovery) -> list[Fact]:
    """What came in, what it cost, and how the reserve's part went back."""
    loan = recovery.loan
    found = [
        Fact("企业名称", loan.enterprise_name, url=loan.enterprise.get_absolute_url()),
        Fact("借据号", loan.note_no, url=loan.get_absolute_url()),
        Fact("代偿申请", str(recovery.claim), url=recovery.claim.get_absolute_url()),
        Fact("收到日期", iso(recovery.received_on)),
        Fact("来源", recovery.get_source_display()),
        Fact("追回金额（元）", yuan(recovery.gross), numeric=True, hint=wan(recovery.gross)),
        Fact("追偿费用（元）", yuan(recovery.cost), numeric=True),
        Fact("净额（元）", yuan(recovery.net), numeric=True, hint="费用先扣，余额按代偿比例分配"),
        Fact("经办", f"{recovery.entered_by.name}，{iso(recovery.entered_at)}"),
    ]
    if recovery.confirmed_by is not None:
        found.append(Fact("复核", f"{recovery.confirmed_by.name}，{iso(recovery.confirmed_at)}"))
    if recovery.remit_entered_by is not None:
        found.append(
            Fact("划回", f"{iso(recovery.remitted_on)}，回单号 {recovery.receipt_no}", hint=f"{recovery.remit_entered_by.name} 录入")
        )
    if recovery.remit_confirmed_by is not None:
        found.append(Fact("划回复核", f"{recovery.remit_confirmed_by.name}，{iso(recovery.remit_confirmed_at)}"))
    if recovery.entry is not None:
        found.append(Fact("账簿分录", f"第 {recovery.entry.sequence} 号", url=recovery.entry.get_absolute_url()))
    if recovery.note:
        found.append(Fact("说明", recovery.note))
    if recovery.discard_reason:
        found.append(Fact(f"{recovery.get_status_display()}理由", recovery.discard_reason))
    return found


def steps(recovery: Recovery) -> list[Step]:
    """登记 → 复核分配 → 划回 → 复核划回."""
    bank = recovery.loan.bank.short_name
    entered = Step("登记", "done", who=recovery.entered_by.name, when=recovery.entered_at)
    shared = Step("复核分配", "done", who=recovery.confirmed_by.name if recovery.confirmed_by else "", when=recovery.confirmed_on)
    remitted = Step("划回", "done", who=recovery.remit_entered_by.name if recovery.remit_entered_by else "", when=recovery.remitted_on)
    match recovery.status:
        case _S.DISCARDED:
            return [entered, Step("已作废", "stopped")]
        case _S.REVOKED:
            return [entered, shared, Step("已撤销", "stopped")]
        case _S.ENTERED:
            return [entered, Step("复核分配", "current", who=f"{bank}复核"), Step("划回"), Step("复核划回")]
        case _S.CONFIRMED:
            return [entered, shared, Step("划回", "current", who=f"{bank}经办"), Step("复核划回")]
        case _S.REMITTING:
            return [entered, shared, remitted, Step("复核划回", "current", who=f"{bank}复核")]
    if not recovery.returned:
        return [entered, shared, Step("无须划回", "done", when=recovery.confirmed_on)]
    confirmed = recovery.remit_confirmed_by.name if recovery.remit_confirmed_by else ""
    return [entered, shared, remitted, Step("复核划回", "done", who=confirmed, when=recovery.remit_confirmed_on)]


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the sharing table in yuan: the whole, the bank's part, the reserve's by account."""

    label: str
    whole: Decimal
    bank: Decimal
    share: Share


def overall(found: Standing) -> list[Part]:
    """What was paid, what has come back, and what has still to."""
    bank_left = max(ZERO, found.borne_by_bank - found.kept_by_bank)
    return [
        Part("代偿", found.base, found.borne_by_bank, found.paid),
        Part("累计已分配", found.net, found.kept_by_bank, found.back),
        Part("尚待收回", found.base_left, bank_left, found.left),
    ]


def parts(recovery: Recovery, found: Standing, expected: Share) -> list[Part]:
    """This one (`expected`: its share, also before it is confirmed) before the whole."""
    if recovery.status == _S.ENTERED:
        return [Part("本笔（复核后分配）", recovery.net, recovery.net - expected.total, expected), *overall(found)]
    this = [Part("本笔", recovery.net, recovery.kept_by_bank, expected)] if recovery.is_shared else []
    return [*this, *overall(found)]


def expected_share(recovery: Recovery) -> Share:
    """What confirming it now would give back; what it gave, once it is confirmed. One query, or none."""
    if recovery.status == _S.ENTERED:
        return share_of_next(recovery)
    return Share(recovery.returned, recovery.returned_provincial, recovery.returned_town)


def actions(user: User, recovery: Recovery, expected: Share) -> list[Action]:
    """What comes next, offered to the bank's people, with the reason where they may not."""
    if not of_the_bank(user):
        return []
    match recovery.status:
        case _S.ENTERED:
            return [_confirm(user, recovery, expected), _back("作废", "discard", require_discard_recovery, user, recovery)]
        case _S.CONFIRMED:
            reason = why_not(require_remit_recovery, user, recovery)
            remit = Action("录入划回", _url("remit", recovery), reason, primary=True, icon="transfer-out")
            return [remit, _revoke(user, recovery)]
        case _S.REMITTING:
            return [_confirm_remittance(user, recovery), _back("退回划回录入", "unremit", require_unremit_recovery, user, recovery)]
        case _S.REMITTED if recovery.entry is None:
            return [_revoke(user, recovery)]
    return []


def _url(step: str, recovery: Recovery) -> str:
    return reverse(f"loans:recovery_{step}", args=[recovery.pk])


def _back(label: str, step: str, check: Callable[[User, Recovery], None], user: User, recovery: Recovery) -> Action:
    return Action(label, _url(step, recovery), why_not(check, user, recovery), danger=True, icon="arrow-back-up")


def _confirm(user: User, recovery: Recovery, expected: Share) -> Action:
    came = f"追回 {format_yuan(recovery.gross)} 元，费用 {format_yuan(recovery.cost)} 元，净额 {format_yuan(recovery.net)} 元"
    question = f"将确认{came}：{said(expected)}，归银行 {format_yuan(recovery.net - expected.total)} 元。"
    reason = why_not(require_confirm_recovery, user, recovery)
    return Action("复核并分配", _url("confirm", recovery), reason, post=True, confirm=question, primary=True, icon="check")


def _confirm_remittance(user: User, recovery: Recovery) -> Action:
    share = Share(recovery.returned, recovery.returned_provincial, recovery.returned_town)
    question = f"将确认 {recovery.remitted_on} 已划回准备金账户，回单号 {recovery.receipt_no}：{said(share)}。入账后不能更改。"
    reason = why_not(require_confirm_remittance, user, recovery)
    return Action("复核划回", _url("confirm_remittance", recovery), reason, post=True, confirm=question, primary=True, icon="check")


def _revoke(user: User, recovery: Recovery) -> Action:
    reason = why_not(require_revoke_recovery, user, recovery) or (SharedSince().message if shared_since(recovery) else None)
    return Action("撤销", _url("revoke", recovery), reason, danger=True, icon="arrow-back-up")


def said(share: Share) -> str:
    """归准备金 480,000.00 元（省 96,000.00，镇 384,000.00）"""
    return f"归准备金 {format_yuan(share.total)} 元（省 {format_yuan(share.provincial)}，镇 {format_yuan(share.town)}）"


def clocks(recovery: Recovery, on: date) -> list[Todo]:
    """The running clock of remitting."""
    row = remit_clock(recovery)
    if row is None:
        return []
    left = workday_table().workdays_between_provisional(on, row.due_on)[0]
    return [Todo(row.label, row.url, due_on=row.due_on, workdays_left=left, provisional=row.provisional)]


# The page of a loan


def loan_actions(user: User, loan: Loan, write_offs: Sequence[JointDecision]) -> list[Action]:
    """What the bank may tell of a compensated loan; money may still come in after it was written off."""
    if loan.status not in (LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF) or not of_the_bank(user):
        return []
    check, url = require_enter_recovery, reverse("loans:recovery_enter", args=[loan.pk])
    enter = Action("登记追偿回款", url, why_not(check, user, loan), primary=True, icon="transfer-in")
    if loan.status == LoanStatus.WRITTEN_OFF:
        return [enter]
    url = reverse("loans:recovery_report", args=[loan.pk])
    tell = Action("报告追偿进展", url, why_not(require_report_recovery, user, loan), icon="report-analytics")
    if any(one.status == JointStatus.PROPOSED for one in write_offs):
        return [enter, tell]
    url = reverse("loans:write_off_propose", args=[loan.pk])
    return [enter, tell, Action("提请核销", url, why_not(require_propose_write_off, user, loan), icon="archive")]


@dataclass(frozen=True, slots=True)
class Section:
    """追偿 on the page of a loan."""

    rows: Sequence[Recovery]
    standing: Standing
    parts: Sequence[Part]
    reports: Sequence[RecoveryReport]


def section(loan: Loan) -> Section | None:
    """Of a loan that was compensated; None otherwise. Three queries."""
    if loan.compensated_on is None:
        return None
    claim = paid_claim(loan)
    rows = list(claim.recoveries.all())
    found = standing(claim, rows)
    return Section(rows, found, overall(found), list(loan.recovery_reports.select_related("entered_by")))


def left_fact(found: Standing) -> Fact:
    """What the accounts have still to get back."""
    by_account = f"省 {yuan(found.left.provincial)}，镇 {yuan(found.left.town)}"
    return Fact("准备金尚待收回（元）", yuan(found.left.total), numeric=True, hint=by_account)


def hints(loan: Loan, claim: Claim) -> list[Fact]:
    """Beside the form of a recovery: how it will be shared."""
    found = standing(claim)
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("代偿", f"{iso(loan.compensated_on)}，{yuan(found.paid.total)} 元", hint=f"代偿基数 {yuan(found.base)} 元"),
        Fact("尚未追回的基数（元）", yuan(found.base_left), numeric=True),
        left_fact(found),
        Fact("怎样分配", "先扣费用，余额按代偿金额 ÷ 代偿基数归准备金", hint="再按省、镇各自代偿的金额划回，其余归银行"),
        Fact("划回期限", f"收到后 {loan.credit_line.rules.recovery_remit_workdays} 个工作日"),
    ]


def remit_hints(recovery: Recovery) -> list[Fact]:
    """Beside the form of a remittance: how much to which account, and until when."""
    clock = remit_clock(recovery)
    return [
        Fact("企业名称", recovery.loan.enterprise_name, url=recovery.get_absolute_url()),
        Fact("收到日期", iso(recovery.received_on)),
        Fact("划回合计（元）", yuan(recovery.returned), numeric=True),
        Fact("其中：省账户（元）", yuan(recovery.returned_provincial), numeric=True),
        Fact("其中：镇账户（元）", yuan(recovery.returned_town), numeric=True),
        Fact("划回期限", iso(clock.due_on) if clock else "", hint="暂定" if clock and clock.provisional else ""),
    ]


def report_hints(loan: Loan) -> list[Fact]:
    """Beside the form of a progress report."""
    last = loan.recovery_reports.first()
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("代偿日期", iso(loan.compensated_on)),
        Fact("上次报告", Quarter.parse(last.quarter).label_cn if last else "尚未报告", hint=last.measures if last else ""),
        Fact("登记以后", "不能修改", hint="确有误的，同一季度另报一次，以后一次为准"),
    ]


def quarter_to_report(loan: Loan, on: date) -> Quarter:
    """What the form proposes: the last quarter that is over, while it is owed, else the present one."""
    last = Quarter.of(on).previous()
    owed = loan.compensated_on is not None and loan.compensated_on <= last.end
    return last if owed and not loan.recovery_reports.filter(quarter=str(last)).exists() else last.next()
