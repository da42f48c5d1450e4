"""恢复: new cover is allowed again when the parties have so decided together (domain §3.12). Suspended it is by `services.risk`."""

from datetime import date, datetime

from django.db import transaction

from parties.models import User
from parties.services import audit
from reserve.enums import JointKind, JointStatus
from reserve.models import JointDecision
from reserve.permissions import require_speak, require_withdraw_joint
from reserve.selectors.joint import pending_about
from reserve.services.guards import lock_programme
from reserve.services.joint import propose_joint, speak, withdraw_joint

from ..enums import SUSPENSION_LIFECYCLE, SuspensionCause
from ..errors import NothingProposed
from ..models import Suspension
from ..permissions import require_propose_resumption
from ..selectors.risk import risk_at
from .common import lock


@transaction.atomic
def propose_resumption(*, suspension: Suspension, grounds: str, by: User, on: date, now: datetime) -> Suspension:
    """Put the resumption to the centre, the bureau, the town and the bank (every bank, where all are suspended).

    Locks the Suspension; writes JointDecision with its voices, audit, notices.

    Raises:
        NotAllowed, NotFound (no party), NotYourBank, WrongState (resumed), JointPending, InvalidInput (no grounds).
    """
    suspension = lock(suspension)
    require_propose_resumption(by, suspension)
    propose_joint(
        programme=suspension.programme,
        kind=JointKind.RESUMPTION,
        subject=suspension,
        bank=suspension.bank,
        grounds=grounds,
        by=by,
        on=on,
        now=now,
    )
    return suspension


@transaction.atomic
def speak_on_resumption(*, suspension: Suspension, agrees: bool, opinion: str = "", by: User, on: date, now: datetime) -> Suspension:
    """A party's reviewer agrees, or refuses with an opinion; the last to agree resumes new cover at once.

    Locks the Suspension, then the JointDecision and, when all agree, the programme; writes all but that, audit, notices.

    Raises:
        NothingProposed; NotFound (not asked), NotAllowed, SamePerson, AlreadySpoken, InvalidInput (refused without an opinion).
    """
    suspension = lock(suspension)
    decision = speak(decision=_pending(suspension), subject=suspension, agrees=agrees, opinion=opinion, by=by, on=on, now=now)
    if decision.status == JointStatus.AGREED:
        _resume(suspension, decision, by=by, on=on, now=now)
    return suspension


@transaction.atomic
def withdraw_resumption(*, suspension: Suspension, reason: str, by: User, on: date, now: datetime) -> Suspension:
    """The organisation that proposed takes it back; another proposal may follow.

    Locks the Suspension; writes the JointDecision, audit, notices.

    Raises:
        NothingProposed; NotFound (another organisation), NotAllowed, InvalidInput (no reason).
    """
    suspension = lock(suspension)
    withdraw_joint(decision=_pending(suspension), subject=suspension, reason=reason, by=by, on=on, now=now)
    return suspension


def require_may_speak(suspension: Suspension, *, by: User) -> None:
    """Raise what `speak_on_resumption` would: nothing is proposed, or not this person's word is asked for."""
    require_speak(by, _pending(suspension))


def require_may_withdraw(suspension: Suspension, *, by: User) -> None:
    """Raise what `withdraw_resumption` would."""
    require_withdraw_joint(by, _pending(suspension))


def _pending(suspension: Suspension) -> JointDecision:
    found = pending_about(suspension, JointKind.RESUMPTION)
    if found is None:
        raise NothingProposed(JointKind.RESUMPTION.label)
    return found


def _resume(suspension: Suspension, decision: JointDecision, *, by: User, on: date, now: datetime) -> None:
    """Cover is allowed again, although the figure may still be past its line: then only the next crossing suspends."""
    programme = lock_programme(suspension.programme_id)
    suspension.status = SUSPENSION_LIFECYCLE.target("resume", suspension.status)
    suspension.resumed_on, suspension.decision = on, decision
    cause = SuspensionCause(suspension.cause)
    past = any(one.points[-1].stops(cause) for one in risk_at(programme, [on]) if one.bank_id == suspension.bank_id)
    suspension.cleared_on = None if past else on
    suspension.save(update_fields=["status", "resumed_on", "decision", "cleared_on"])
    said = f"恢复新增：{suspension.scope}，各方已同意{'；比率仍超过暂停线，回落后再次超过的另行暂停' if past else ''}"
    audit.record(by=by, now=now, action="suspension.resume", subject=suspension, summary=said, programme=programme.code)
