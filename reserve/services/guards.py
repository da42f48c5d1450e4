"""Locks and questions every business action of a programme starts with (architecture §2)."""

from datetime import date

from common.errors import NotFound

from ..enums import ProgrammeStatus
from ..errors import ProgrammeClosed, ProgrammeNotActive
from ..models import Programme


def lock_programme(programme_id: int) -> Programme:
    """Re-read the programme and hold it until the transaction ends: caps and guards are checked one action at a time.

    Order of locks: the business row, then the enterprise, then the programme, then (by posting alone) the ledger head.
    """
    programme = Programme.objects.select_for_update(no_key=True).filter(pk=programme_id).first()
    if programme is None:
        raise NotFound
    return programme


def require_active(programme: Programme, on: date) -> None:
    """Raise ProgrammeNotActive from the day on which the programme ended, that day included."""
    if programme.ended_on is not None and programme.ended_on <= on:
        raise ProgrammeNotActive(name=programme.name, ended_on=programme.ended_on)


def require_not_closed(programme: Programme) -> None:
    """Raise ProgrammeClosed once the programme is settled 已清算: until then money may still come and go."""
    if programme.status == ProgrammeStatus.CLOSED:
        raise ProgrammeClosed(name=programme.name)
