"""冲正: a confirmed repayment was wrong. Entered with a reason, confirmed by another person; the old row stays (domain §3.8)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from common.money import format_yuan
from parties.enums import Role
from parties.models import User
from parties.services import audit

from ..enums import REPAYMENT_LIFECYCLE, REVERSAL_LIFECYCLE, FactStatus, LoanStatus, MovementKind, RepaymentKind
from ..errors import ReversalPending
from ..models import Repayment, Reversal
from ..permissions import require_confirm_reversal, require_discard_reversal, require_enter_reversal
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal
from .servicing import STANDING_FIELDS, assess, leave_bank_schedule, reopen


@transaction.atomic
def enter_reversal(*, repayment: Repayment, reason: str, by: User, on: date, now: datetime) -> Reversal:
    """Say that a confirmed repayment was wrong, and why.

    Locks the Repayment; writes Reversal, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, ReversalPending, InvalidInput (no reason).
    """
    repayment = lock(repayment)
    require_enter_reversal(by, repayment)
    if repayment.reversals.filter(status=FactStatus.ENTERED).exists():
        raise ReversalPending
    reversal = Reversal.objects.create(repayment=repayment, reason=require_reason(reason), entered_by=by, entered_at=now)
    _record(reversal, "reversal.enter", f"提出冲正：{_said(repayment)}", by=by, now=now, reason=reversal.reason)
    _tell(reversal, Role.REVIEWER, "entered", "待复核冲正", now)
    return reversal


@transaction.atomic
def discard_reversal(*, reversal: Reversal, reason: str, by: User, on: date, now: datetime) -> Reversal:
    """Take an unconfirmed reversal out (officer) or refuse it (reviewer).

    Locks and writes the Reversal; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    reversal = lock(reversal)
    require_discard_reversal(by, reversal)
    reversal.discard_reason = require_reason(reason)
    reversal.status = REVERSAL_LIFECYCLE.target("discard", reversal.status)
    reversal.save(update_fields=["discard_reason", "status"])
    _record(reversal, "reversal.discard", f"冲正作废：{_said(reversal.repayment)}", by=by, now=now, reason=reversal.discard_reason)
    _tell(reversal, Role.OFFICER, "discarded", "冲正已作废", now)
    return reversal


@transaction.atomic
def confirm_reversal(*, reversal: Reversal, by: User, on: date, now: datetime) -> Reversal:
    """Another person confirms: the loan owes again what the repayment had paid, and occupies the reserve for it.

    A settled loan runs again. Locks the Loan, the Repayment, the Reversal; writes them, the loan's schedule and arrears,
    its maturity's clock, audit and, last, the movement of principal with its linked ledger entry.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState; InsufficientBalance when the released money is in use elsewhere.
    """
    loan = lock(reversal.repayment.loan)
    repayment = lock(reversal.repayment)
    reversal = lock(reversal)
    reversal.repayment, repayment.loan = repayment, loan
    require_confirm_reversal(by, reversal)
    repayment.status = REPAYMENT_LIFECYCLE.target("reverse", repayment.status)
    repayment.save(update_fields=["status"])
    reversal.status = REVERSAL_LIFECYCLE.target("confirm", reversal.status)
    reversal.confirmed_by, reversal.confirmed_at, reversal.confirmed_on = by, now, on
    reversal.save()
    if repayment.principal and loan.status == LoanStatus.SETTLED:
        reopen(loan)
    if repayment.kind == RepaymentKind.EARLY:
        leave_bank_schedule(loan, on)
    assess(loan, on)
    _record(reversal, "reversal.confirm", f"复核冲正：{_said(repayment)}", by=by, now=now, reason=reversal.reason)
    loan.version += 1
    if repayment.principal:
        cause = Cause(MovementKind.REVERSAL, reversal.pk, repayment.paid_on, f"冲正还款：{reversal.reason}"[:200], repayment.movement)
        reversal.movement = move_principal(loan, repayment.principal, cause, by=by, on=on, now=now)
        reversal.save(update_fields=["movement"])
    loan.save(update_fields=["outstanding", "earmarked", "earmarked_provincial", "settled_on", "version", *STANDING_FIELDS])
    return reversal


def _said(repayment: Repayment) -> str:
    return f"{repayment.paid_on} 还款 {format_yuan(repayment.amount)} 元（本金 {format_yuan(repayment.principal)} 元）"


def _record(reversal: Reversal, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    loan = reversal.repayment.loan
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)


def _tell(reversal: Reversal, role: Role, event: str, subject: str, now: datetime) -> None:
    loan = reversal.repayment.loan
    tell_bank(
        loan.bank,
        role,
        key=f"reversal:{reversal.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=reversal.discard_reason or reversal.reason,
        url=loan.get_absolute_url(),
        now=now,
    )
