"""Pages of the bank's net capital."""

from datetime import date

from django.urls import reverse

from common.display import iso, wan, yuan
from common.page import Action, Fact, Step
from parties.models import User

from ..enums import NetCapitalStatus
from ..models import NetCapital
from ..permissions import require_confirm_net_capital, require_discard_net_capital, why_not
from .parts import of_the_bank, offered


def facts(row: NetCapital) -> list[Fact]:
    facts = [
        Fact("银行", row.bank.name, url=row.bank.get_absolute_url()),
        Fact("基准日", iso(row.effective_on)),
        Fact("资本净额（元）", yuan(row.amount), numeric=True, hint=wan(row.amount)),
        Fact("数据来源", row.source),
        Fact("经办", f"{row.entered_by.name}，{iso(row.entered_at)}"),
    ]
    if row.confirmed_by is not None:
        facts.append(Fact("复核", f"{row.confirmed_by.name}，{iso(row.confirmed_at)}"))
    if row.discard_reason:
        facts.append(Fact("作废理由", row.discard_reason))
    return facts


def steps(row: NetCapital) -> list[Step]:
    """录入 → 复核."""
    entered = Step("录入", "done", who=row.entered_by.name, when=row.entered_at)
    if row.status == NetCapitalStatus.DISCARDED:
        return [entered, Step("已作废", "stopped")]
    if row.confirmed_by is None:
        return [entered, Step("复核", "current", who=f"{row.bank.short_name}复核")]
    return [entered, Step("复核", "done", who=row.confirmed_by.name, when=row.confirmed_at)]


def actions(user: User, row: NetCapital) -> list[Action]:
    """Confirm or discard a waiting entry."""
    waiting = row.status == NetCapitalStatus.ENTERED and of_the_bank(user)

    def confirm() -> Action:
        question = (
            f"将确认本行 {row.effective_on} 的资本净额为 {yuan(row.amount)} 元，复核后不能修改；自该日起，各项目的单一客户集中度按它计算。"
        )
        url = reverse("loans:net_capital_confirm", args=[row.pk])
        reason = why_not(require_confirm_net_capital, user, row)
        return Action("复核资本净额", url, reason=reason, post=True, confirm=question, primary=True, icon="check")

    def discard() -> Action:
        url = reverse("loans:net_capital_discard", args=[row.pk])
        return Action("作废", url, reason=why_not(require_discard_net_capital, user, row), danger=True, icon="trash")

    return offered((waiting, confirm), (waiting, discard))


def hints(user: User, on: date) -> list[Fact]:
    """Beside the form: what counts today, and what the new one will count for."""
    now = NetCapital.objects.filter(bank=user.organisation_id).in_force(on).last()
    return [
        Fact(
            "现行资本净额（元）",
            yuan(now.amount) if now else None,
            numeric=True,
            hint=f"基准日 {now.effective_on}" if now else "尚无已复核的",
        ),
        Fact("用途", "单一客户集中度", hint="一户企业在本行各项目的未还本金与未用授信之和，不超过资本净额的一定比例（由项目规则规定）"),
        Fact("录入以后", "由本行复核人复核，复核后不能修改", hint="确有误的，另录一笔基准日更晚的"),
    ]
