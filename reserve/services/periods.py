"""Closing a bank's quarter for back-dated facts (domain §3.11, architecture §3 Dates)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from parties.models import Organisation

from ..errors import QuarterNotOver
from ..models import ClosedPeriod, Programme
from ..quarters import Quarter
from . import ledger


@transaction.atomic
def close_period(*, programme: Programme, bank: Organisation, quarter: Quarter, now: datetime) -> ClosedPeriod:
    """Close the quarter for the bank's back-dated facts; closing it again (a resubmission) changes nothing.

    Holds the programme's ledger, so that no posting that found the quarter open is still under way. Writes ClosedPeriod.

    Raises:
        QuarterNotOver: its last day has not passed.
    """
    if timezone.localdate(now) <= quarter.end:
        raise QuarterNotOver(quarter=quarter.label_cn, last_day=quarter.end)
    ledger.hold(programme=programme)
    period, _ = ClosedPeriod.objects.get_or_create(
        programme=programme,
        bank=bank,
        quarter=str(quarter),
        defaults={"first_day": quarter.start, "last_day": quarter.end, "closed_at": now},
    )
    return period


def is_closed(programme: Programme, bank: Organisation, day: date) -> bool:
    """Whether the bank's quarter in which `day` lies is closed."""
    return ClosedPeriod.objects.filter(programme=programme, bank=bank, quarter=str(Quarter.of(day))).exists()


def value_date_for(programme: Programme, bank: Organisation, fact_day: date, on: date) -> date:
    """The value date of a fact posted on `on`: its own day while that quarter is open, else the day of posting."""
    same_quarter = Quarter.of(fact_day) == Quarter.of(on)
    return fact_day if same_quarter or not is_closed(programme, bank, fact_day) else on
