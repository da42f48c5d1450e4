"""Repayments: entered by an officer; confirmed by another person, each releases the earmark of its principal (domain §3.8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.money import format_yuan
from parties.enums import Role
from parties.models import User
from parties.services import audit

from ..enums import LOAN_LIFECYCLE, REPAYMENT_LIFECYCLE, MovementKind, RepaymentKind
from ..models import Loan, Repayment
from ..permissions import require_confirm_repayment, require_discard_repayment, require_enter_repayment
from ..rules.earmarks import Earmark, earmark_difference
from ..selectors.servicing import account_of
from .checks import optional_text
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal
from .payments import Payment, check_day, check_principal, plan_payment
from .servicing import STANDING_FIELDS, assess, leave_bank_schedule, settle


@transaction.atomic
def enter_repayment(
    *,
    loan: Loan,
    paid_on: date,
    amount: Decimal | None = None,
    principal: Decimal | None = None,
    interest: Decimal | None = None,
    penalty: Decimal | None = None,
    kind: str = "",
    effect: str = "",
    receipt_no: str = "",
    by: User,
    on: date,
    now: datetime,
) -> Repayment:
    """Enter what came in on a day, in yuan; a day before today is allowed.

    Either `amount`, divided by the programme's `repayment_allocation`, or its parts: `principal`, and interest and penalty,
    which are what was due that day unless given. `kind` follows from the schedule unless given; `effect` says what an early
    repayment does to the instalments that remain (the term stays, by default).
    Locks the Loan; writes Repayment, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), DatesOutOfOrder, RepaymentAboveOutstanding, BeyondDue,
        ArrearsFirst, InvalidInput.
    """
    given = Payment(paid_on, amount, principal, interest, penalty, kind, effect)
    repayment = _enter(loan, given, receipt_no, by=by, on=on, now=now)
    tell_bank(
        repayment.loan.bank,
        Role.REVIEWER,
        key=f"repayment:{repayment.pk}:entered",
        subject=f"待复核还款：{repayment.loan.enterprise_name}（{repayment.loan.note_no}）",
        body=_entered(repayment),
        url=repayment.loan.get_absolute_url(),
        now=now,
    )
    return repayment


@transaction.atomic
def book_repayment(
    *, loan: Loan, payment: Payment, receipt_no: str, entered_by: User, confirmed_by: User, on: date, now: datetime
) -> Repayment:
    """Enter and confirm in one step what two people have both seen already, in a file: nobody is called to confirm it.

    Locks and writes as `enter_repayment` and `confirm_repayment`. Raises: all of theirs.
    """
    repayment = _enter(loan, payment, receipt_no, by=entered_by, on=on, now=now)
    return confirm_repayment(repayment=repayment, by=confirmed_by, on=on, now=now)


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
    summary = f"还款录入作废：{repayment.paid_on} {_said(repayment)}"
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

    Locks the Loan, then the Repayment, and checks again. Writes the Repayment, the Loan (settled when no principal is owed
    any more) with its schedule and arrears, deadline, audit and, last, the movement of principal with its release.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, RepaymentAboveOutstanding, DatesOutOfOrder.
    """
    loan = lock(repayment.loan)
    repayment = lock(repayment)
    repayment.loan = loan
    require_confirm_repayment(by, repayment)
    LOAN_LIFECYCLE.target("repay", loan.status)
    check_day(loan, repayment.paid_on, on)
    check_principal(loan, repayment.principal)
    left = loan.outstanding - repayment.principal
    released = earmark_difference(loan.target_for(left), loan.held)
    repayment.status = REPAYMENT_LIFECYCLE.target("confirm", repayment.status)
    repayment.confirmed_by, repayment.confirmed_at, repayment.confirmed_on = by, now, on
    repayment.save()
    if not left:
        settle(loan)
    if repayment.kind == RepaymentKind.EARLY:
        leave_bank_schedule(loan, on)
    assess(loan, on)
    _record(
        loan,
        "repayment.confirm",
        f"复核还款：{repayment.paid_on} {_said(repayment)}{_released(repayment, left, released)}",
        by=by,
        now=now,
    )
    loan.version += 1
    if repayment.principal:
        cause = Cause(MovementKind.REPAYMENT, repayment.pk, repayment.paid_on, f"{loan.enterprise_name} 借据 {loan.note_no} 还款")
        repayment.movement = move_principal(loan, -repayment.principal, cause, by=by, on=on, now=now)
        repayment.save(update_fields=["movement"])
    loan.save(update_fields=["outstanding", "earmarked", "earmarked_provincial", "settled_on", "version", *STANDING_FIELDS])
    return repayment


def _enter(loan: Loan, given: Payment, receipt_no: str, *, by: User, on: date, now: datetime) -> Repayment:
    loan = lock(loan)
    require_enter_repayment(by, loan)
    planned = plan_payment(account_of(loan), given, on)
    repayment = Repayment.objects.create(
        loan=loan,
        paid_on=given.paid_on,
        **planned.parts._asdict(),
        kind=planned.kind,
        effect=planned.effect,
        receipt_no=optional_text(receipt_no, "receipt_no", "回单号"),
        entered_by=by,
        entered_at=now,
    )
    _record(loan, "repayment.enter", _entered(repayment), by=by, now=now)
    return repayment


def _entered(repayment: Repayment) -> str:
    return f"录入还款：{repayment.paid_on} {_said(repayment)}"


def _said(repayment: Repayment) -> str:
    """What came in, in words: 归还本金 1.00 元，利息 2.00 元."""
    named = (("归还本金", repayment.principal), ("利息", repayment.interest), ("罚息", repayment.penalty))
    return "，".join(f"{name} {format_yuan(amount)} 元" for name, amount in named if amount)


def _released(repayment: Repayment, left: Decimal, released: Earmark) -> str:
    """What a repayment of principal leaves and sets free; interest alone does neither."""
    if not repayment.principal:
        return ""
    parts = f"省 {format_yuan(released.provincial)}，镇 {format_yuan(released.town)}"
    return f"；本金余额 {format_yuan(left)} 元，释放准备金 {format_yuan(released.total)} 元（{parts}）"


def _record(loan: Loan, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)
