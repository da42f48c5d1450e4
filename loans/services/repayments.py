"""Repayments of principal: entered by an officer; confirmed by another person, each releases its part of the earmark (domain §3.8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from common.money import format_yuan, require_amount
from parties.enums import Role
from parties.models import User
from parties.services import audit
from reserve.enums import DeadlineKind
from reserve.services.deadlines import meet_deadline

from ..enums import LOAN_LIFECYCLE, REPAYMENT_LIFECYCLE, MovementKind, RepaymentStatus
from ..errors import DatesOutOfOrder, RepaymentAboveOutstanding
from ..models import Loan, Repayment
from ..permissions import require_confirm_repayment, require_discard_repayment, require_enter_repayment
from ..rules.earmarks import earmark_difference
from .checks import optional_text
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal


@transaction.atomic
def enter_repayment(*, loan: Loan, paid_on: date, principal: Decimal, receipt_no: str = "", by: User, on: date, now: datetime) -> Repayment:
    """Enter principal paid back on a day; a day before today is allowed.

    Locks the Loan; writes Repayment, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), DatesOutOfOrder, RepaymentAboveOutstanding, InvalidInput.
    """
    loan = lock(loan)
    require_enter_repayment(by, loan)
    principal = require_amount(principal, field="principal")
    _check(loan, paid_on, principal, on)
    repayment = Repayment.objects.create(
        loan=loan,
        paid_on=paid_on,
        principal=principal,
        receipt_no=optional_text(receipt_no, "receipt_no", "回单号"),
        entered_by=by,
        entered_at=now,
    )
    summary = f"录入还款：{paid_on} 归还本金 {format_yuan(principal)} 元"
    _record(loan, "repayment.enter", summary, by=by, now=now)
    tell_bank(
        loan.bank,
        Role.REVIEWER,
        key=f"repayment:{repayment.pk}:entered",
        subject=f"待复核还款：{loan.enterprise_name}（{loan.note_no}）",
        body=summary,
        url=loan.get_absolute_url(),
        now=now,
    )
    return repayment


@transaction.atomic
def discard_repayment(*, repayment: Repayment, reason: str, by: User, on: date, now: datetime) -> Repayment:
    """Take an unconfirmed repayment out (officer) or refuse it (reviewer).

    Locks and writes the Repayment; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    repayment = lock(repayment)
    require_discard_repayment(by, repayment)
    loan = repayment.loan
    repayment.discard_reason = require_reason(reason)
    repayment.status = REPAYMENT_LIFECYCLE.target("discard", repayment.status)
    repayment.save(update_fields=["discard_reason", "status"])
    summary = f"还款录入作废：{repayment.paid_on} 本金 {format_yuan(repayment.principal)} 元"
    _record(loan, "repayment.discard", summary, by=by, now=now, reason=repayment.discard_reason)
    tell_bank(
        loan.bank,
        Role.OFFICER,
        key=f"repayment:{repayment.pk}:discarded",
        subject=f"还款录入已作废：{loan.enterprise_name}（{loan.note_no}）",
        body=repayment.discard_reason,
        url=loan.get_absolute_url(),
        now=now,
    )
    return repayment


@transaction.atomic
def confirm_repayment(*, repayment: Repayment, by: User, on: date, now: datetime) -> Repayment:
    """Another person confirms the repayment; the earmark falls to the target of what is still owed, the last one empties it.

    Locks the Loan, then the Repayment, and checks again. Writes the Loan (settled when nothing is owed any more),
    deadline, audit, the ledger's release (none when it rounds to 0.00) and, as the last statement, the Repayment.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, RepaymentAboveOutstanding, DatesOutOfOrder.
    """
    loan = lock(repayment.loan)
    repayment = lock(repayment)
    repayment.loan = loan
    require_confirm_repayment(by, repayment)
    LOAN_LIFECYCLE.target("repay", loan.status)
    _check(loan, repayment.paid_on, repayment.principal, on)
    target = loan.credit_line.earmark_for(loan.outstanding - repayment.principal)
    released = earmark_difference(target, loan.held)
    if repayment.principal == loan.outstanding:
        _settle(loan, repayment)
    repayment.status = REPAYMENT_LIFECYCLE.target("confirm", repayment.status)
    repayment.confirmed_by, repayment.confirmed_at, repayment.confirmed_on = by, now, on
    _record(
        loan,
        "repayment.confirm",
        f"复核还款 {format_yuan(repayment.principal)} 元，本金余额 {format_yuan(loan.outstanding - repayment.principal)} 元，"
        f"释放准备金 {format_yuan(released.total)} 元（省 {format_yuan(released.provincial)}，镇 {format_yuan(released.town)}）",
        by=by,
        now=now,
    )
    cause = Cause(MovementKind.REPAYMENT, repayment.pk, repayment.paid_on, f"{loan.enterprise_name} 借据 {loan.note_no} 还款")
    repayment.movement = move_principal(loan, -repayment.principal, cause, by=by, on=on, now=now)
    loan.version += 1
    loan.save(update_fields=["outstanding", "earmarked", "earmarked_provincial", "status", "settled_on", "version"])
    repayment.save()
    return repayment


def _check(loan: Loan, paid_on: date, principal: Decimal, on: date) -> None:
    if paid_on < loan.disbursed_on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 早于发放日期 {loan.disbursed_on}，请核对。")
    if paid_on > on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 晚于今天（{on}），到账以后再录入。")
    if principal > loan.outstanding:
        raise RepaymentAboveOutstanding(principal, loan.outstanding)


def _settle(loan: Loan, repayment: Repayment) -> None:
    """Nothing is owed any more. A repayment confirmed last may have been paid before others: settled on the latest day."""
    loan.status = LOAN_LIFECYCLE.target("settle", loan.status)
    earlier = loan.repayments.filter(status=RepaymentStatus.CONFIRMED).aggregate(last=Max("paid_on"))["last"]
    loan.settled_on = max(repayment.paid_on, earlier or repayment.paid_on)
    meet_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=loan, on=loan.settled_on)


def _record(loan: Loan, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)
