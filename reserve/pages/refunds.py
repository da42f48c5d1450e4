"""What pages show of a refund to a funder."""

from django.urls import reverse

from common.display import iso, yuan
from common.page import Action, Fact, Step
from parties.models import User
from parties.permissions import may

from ..enums import RefundStatus
from ..models import Refund
from ..permissions import check_confirm_refund, check_execute_refund, check_withdraw_refund, why_not


def facts(row: Refund) -> list[Fact]:
    found = [
        Fact("退还金额", f"{yuan(row.amount)} 元", numeric=True),
        Fact("出资人", row.account.funder.name),
        Fact("准备金账户", str(row.account), url=row.account.get_absolute_url()),
        Fact("开户银行", row.account.bank.name),
        Fact("收款账户", row.payee),
        Fact("划款日期", iso(row.paid_on)),
        Fact("回单号", row.receipt_no),
        Fact("项目", row.programme.name, url=reverse("reports:closing", args=[row.programme.code])),
    ]
    if row.entry:
        found.append(Fact("账簿分录", str(row.entry), url=row.entry.get_absolute_url()))
    if row.withdrawn_by:
        found.append(Fact("撤回", f"{row.withdrawn_by.name}：{row.withdraw_reason}"))
    return found


def steps(row: Refund) -> list[Step]:
    """下达指令 → 录入划款 → 复核划款."""
    bank = row.account.bank.short_name
    ordered = Step("下达指令", "done", who=row.instructed_by.name, when=row.instructed_at)
    paid = Step("录入划款", "done", who=row.executed_by.name, when=row.executed_at) if row.executed_by else None
    if row.status == RefundStatus.WITHDRAWN:
        return [step for step in (ordered, paid, Step("已撤回", "stopped")) if step]
    if row.confirmed_by:
        last = Step("复核划款", "done", who=row.confirmed_by.name, when=row.confirmed_at)
    else:
        last = Step("复核划款", "current" if paid else "todo", who=f"{bank}复核" if paid else "")
    return [ordered, paid or Step("录入划款", "current", who=f"{bank}经办"), last]


def actions(user: User, row: Refund) -> list[Action]:
    """The bank's two steps and the funder's withdrawal, for the people who may take them at all."""
    if row.status in (RefundStatus.CONFIRMED, RefundStatus.WITHDRAWN):
        return []
    offers = []
    if may(user, "refund.execute"):
        label = "更正划款" if row.executed_by_id else "录入划款"
        url = reverse("reserve:refund_execute", args=[row.pk])
        reason = why_not(check_execute_refund, user, row)
        offers.append(Action(label, url, reason=reason, icon="receipt", primary=not row.executed_by_id))
    if may(user, "refund.confirm"):
        question = f"将确认 {yuan(row.amount)} 元于 {row.paid_on} 划至“{row.payee}”，并记入账簿。"
        url, reason = reverse("reserve:refund_confirm", args=[row.pk]), why_not(check_confirm_refund, user, row)
        offers.append(Action("复核划款", url, reason=reason, post=True, confirm=question, version=row.version, icon="check", primary=True))
    if may(user, "refund.instruct") and user.organisation_id == row.account.funder_id:
        url = reverse("reserve:refund_withdraw", args=[row.pk])
        offers.append(Action("撤回指令", url, reason=why_not(check_withdraw_refund, user, row), icon="arrow-back-up", danger=True))
    return offers


def payment_hints(row: Refund) -> list[Fact]:
    """Beside the bank's form: what was ordered."""
    return [
        Fact("准备金账户", str(row.account)),
        Fact("退还金额（元）", yuan(row.amount), numeric=True),
        Fact("收款账户", row.payee),
        Fact("指令", f"{row.instructed_by.name}，{iso(row.instructed_at)}"),
    ]
