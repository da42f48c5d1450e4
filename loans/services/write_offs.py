"""核销: a compensated loan that will not be recovered is written off by a joint decision of the parties, with grounds (domain §3.10)."""

from datetime import date, datetime

from django.db import transaction

from parties.models import User
from parties.services import audit
from reserve.enums import JointKind, JointStatus
from reserve.models import JointDecision
from reserve.services.joint import propose_joint, speak, withdraw_joint

from ..claim_enums import RecoveryStatus
from ..claim_errors import RecoveryPending
from ..claim_permissions import require_propose_write_off
from ..enums import LOAN_LIFECYCLE
from ..models import Loan
from .common import lock


@transaction.atomic
def propose_write_off(*, loan: Loan, grounds: str, by: User, on: date, now: datetime) -> JointDecision:
    """The bank's officer asks the centre, the bureau, the town and its own reviewer to write a compensated loan off.

    Locks the Loan; writes JointDecision, audit, notices.

    Raises:
        NotAllowed, NotYourBank, WrongState, RecoveryPending, JointPending, InvalidInput (no grounds).
    """
    loan = lock(loan)
    require_propose_write_off(by, loan)
    _require_nothing_under_way(loan)
    return propose_joint(
        programme=loan.programme, kind=JointKind.WRITE_OFF, subject=loan, bank=loan.bank, grounds=grounds, by=by, on=on, now=now
    )


@transaction.atomic
def speak_on_write_off(*, decision: JointDecision, agrees: bool, opinion: str = "", by: User, on: date, now: datetime) -> JointDecision:
    """A party's reviewer speaks; when the last has agreed the loan is written off. Money that comes in later is still shared.

    Locks the Loan, then the JointDecision; writes both, audit, notices.

    Raises:
        NotFound, NotAllowed, SamePerson, WrongState, AlreadySpoken, RecoveryPending, InvalidInput (refused without an opinion).
    """
    loan = lock(Loan(pk=decision.subject_id))
    decision = speak(decision=decision, subject=loan, agrees=agrees, opinion=opinion, by=by, on=on, now=now)
    if decision.status == JointStatus.AGREED:
        _require_nothing_under_way(loan)
        loan.status = LOAN_LIFECYCLE.target("write_off", loan.status)
        loan.written_off_on = on
        loan.version += 1
        loan.save(update_fields=["status", "written_off_on", "version"])
        audit.record(
            by=by,
            now=now,
            action="loan.write_off",
            subject=loan,
            summary=f"各方同意核销：{on}",
            programme=loan.programme.code,
            reason=decision.grounds,
        )
    return decision


@transaction.atomic
def withdraw_write_off(*, decision: JointDecision, reason: str, by: User, on: date, now: datetime) -> JointDecision:
    """The bank takes the proposal back.

    Locks the Loan, then the JointDecision; writes the JointDecision, audit, notices.

    Raises:
        NotFound, NotAllowed, WrongState, InvalidInput (no reason).
    """
    loan = lock(Loan(pk=decision.subject_id))
    return withdraw_joint(decision=decision, subject=loan, reason=reason, by=by, on=on, now=now)


def _require_nothing_under_way(loan: Loan) -> None:
    under_way = loan.recoveries.exclude(status__in=(RecoveryStatus.DISCARDED, RecoveryStatus.REMITTED)).count()
    if under_way:
        raise RecoveryPending(under_way)
