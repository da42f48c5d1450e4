"""Inspections that are owed and not made (domain §3.8)."""

from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from parties.models import User
from reserve.quarters import Quarter

from ..enums import RUNNING
from ..models import Inspection, Loan
from ..rules.inspections import owed_quarters


def with_inspection(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Annotate `uninspected`: the oldest quarter (`2012Q1`) a running loan owes an inspection for on a day, by `owed_quarters`; or None."""
    owed = [
        When(
            Q(status__in=RUNNING, disbursed_on__lt=quarter.start) & _since_opening(quarter) & ~Exists(_made(quarter)),
            then=Value(str(quarter)),
        )
        for quarter in owed_quarters(date.min, on)
    ]
    found: QuerySet[Any] = loans.annotate(uninspected=Case(*owed, default=Value(None)))
    return found


def _since_opening(quarter: Quarter) -> Q:
    return Q(opening_on__isnull=True) | Q(opening_on__lte=quarter.start)


def _made(quarter: Quarter) -> QuerySet[Inspection]:
    return Inspection.objects.filter(loan=OuterRef("pk"), quarter=str(quarter))


def inspections_to_make(user: User, on: date) -> list[dict[str, Any]]:
    """How many the person's bank owes, as `programme`, `uninspected` and `count`, the oldest quarter first. One query."""
    own = Loan.objects.visible_to(user).filter(bank=user.organisation_id)
    rows = with_inspection(own, on).filter(uninspected__isnull=False).order_by("uninspected", "programme")
    return list(rows.values("programme", "uninspected").annotate(count=Count("pk")))


def owed_by(loan: Loan, on: date) -> Quarter | None:
    """The oldest quarter a loan owes an inspection for. One query."""
    quarters = owed_quarters(loan.disbursed_on, on, loan.opening_on) if loan.is_running else []
    made = set(loan.inspections.filter(quarter__in=map(str, quarters)).values_list("quarter", flat=True))
    return next((quarter for quarter in quarters if str(quarter) not in made), None)
