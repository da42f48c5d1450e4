"""What pages show of repayments and reversals."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from common.display import iso, wan, yuan
from common.errors import Refusal
from common.money import format_yuan
from common.page import Action, Fact
from parties.models import User

from ..enums import FactStatus, RepaymentKind, RepaymentStatus
from ..models import Loan, Repayment, Reversal
from ..permissions import (
    require_confirm_repayment,
    require_confirm_reversal,
    require_discard_repayment,
    require_discard_reversal,
    require_enter_reversal,
    why_not,
)
from ..selectors.servicing import account_of, owed_on, payoff_on
from ..services.payments import Payment, plan_payment
from .parts import of_the_bank


@dataclass(frozen=True, slots=True)
class Row:
    """A repayment on the loan's page, with what may come next and the reversal that stands, waits or was refused."""

    repayment: Repayment
    reversals: list[Reversal]
    actions: list[Action]


def rows(user: User, loan: Loan) -> list[Row]:
    """A loan's repayments, oldest first. Two queries."""
    reversals = Prefetch("reversals", Reversal.objects.select_related("entered_by", "confirmed_by"))
    found = []
    for repayment in loan.repayments.select_related("entered_by", "confirmed_by").prefetch_related(reversals):
        repayment.loan = loan
        taken_back = list(repayment.reversals.all())
        for reversal in taken_back:
            reversal.repayment = repayment
        found.append(Row(repayment, taken_back, _actions(user, repayment, taken_back)))
    return found


def _actions(user: User, repayment: Repayment, reversals: list[Reversal]) -> list[Action]:
    """Confirm or discard what waits; take back what is booked, for whom may: a table of booked rows does not say so line by line."""
    if not of_the_bank(user):
        return []
    waiting_ = next((row for row in reversals if row.status == FactStatus.ENTERED), None)
    if waiting_ is not None:
        return _reversal_actions(user, waiting_)
    if repayment.status == RepaymentStatus.CONFIRMED:
        url = reverse("loans:repayment_reverse", args=[repayment.pk])
        return [] if why_not(require_enter_reversal, user, repayment) else [Action("冲正", url, danger=True, icon="arrow-back-up")]
    if repayment.status != RepaymentStatus.ENTERED:
        return []
    return [
        Action(
            "复核还款",
            reverse("loans:repayment_confirm", args=[repayment.pk]),
            reason=why_not(require_confirm_repayment, user, repayment),
            post=True,
            confirm=f"将确认 {repayment.paid_on} 还款 {format_yuan(repayment.amount)} 元，"
            f"其中本金 {format_yuan(repayment.principal)} 元、利息 {format_yuan(repayment.interest)} 元、"
            f"罚息 {format_yuan(repayment.penalty)} 元，并释放相应准备金。",
            primary=True,
            icon="check",
        ),
        Action(
            "作废",
            reverse("loans:repayment_discard", args=[repayment.pk]),
            reason=why_not(require_discard_repayment, user, repayment),
            danger=True,
            icon="trash",
        ),
    ]


def _reversal_actions(user: User, reversal: Reversal) -> list[Action]:
    repayment = reversal.repayment
    return [
        Action(
            "复核冲正",
            reverse("loans:reversal_confirm", args=[reversal.pk]),
            reason=why_not(require_confirm_reversal, user, reversal),
            post=True,
            confirm=f"将冲正 {repayment.paid_on} 的还款 {format_yuan(repayment.amount)} 元，"
            f"本金 {format_yuan(repayment.principal)} 元恢复为未还，并重新占用准备金。",
            primary=True,
            icon="check",
        ),
        Action(
            "作废冲正",
            reverse("loans:reversal_discard", args=[reversal.pk]),
            reason=why_not(require_discard_reversal, user, reversal),
            danger=True,
            icon="trash",
        ),
    ]


def hints(loan: Loan) -> list[Fact]:
    """Beside the form of a repayment."""
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("还本付息方式", loan.get_repayment_method_display()),
        Fact("本金余额（元）", yuan(loan.outstanding), numeric=True, hint=wan(loan.outstanding)),
        Fact("发放日期", iso(loan.disbursed_on)),
        Fact("到期日期", iso(loan.due_on)),
    ]


def reversal_hints(repayment: Repayment) -> list[Fact]:
    """Beside the form of a reversal: what will be taken back."""
    return [
        Fact("企业名称", repayment.loan.enterprise_name, url=repayment.get_absolute_url()),
        Fact("还款日期", iso(repayment.paid_on)),
        Fact("归还本金（元）", yuan(repayment.principal), numeric=True),
        Fact("支付利息（元）", yuan(repayment.interest), numeric=True),
        Fact("支付罚息（元）", yuan(repayment.penalty), numeric=True),
        Fact("回单号", repayment.receipt_no or "—"),
    ]


def owed(loan: Loan, payment: Payment, on: date) -> dict[str, Any]:
    """What is owed on the day of a payment, what would settle the loan then, and what the payment would be entered as, or why not."""
    account, day = account_of(loan), payment.paid_on
    due, payoff = owed_on(account, day), payoff_on(account, day)
    shown = {"day": day, "due": due, "due_total": sum(due), "payoff": payoff, "payoff_total": sum(payoff)}
    if payment.principal or payment.interest or payment.penalty:
        try:
            planned = plan_payment(account, payment, on)
        except Refusal as refusal:
            return shown | {"refused": refusal}
        shown |= {"planned": planned.parts, "planned_total": sum(planned.parts), "kind": RepaymentKind(planned.kind).label}
    return shown
