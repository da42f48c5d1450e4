"""Inspections that are owed and not made (domain §3.8)."""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from parties.models import User
from reserve.quarters import Quarter

from ..enums import RUNNING
from ..models import Inspection, Loan
from ..rules.inspections import owed_quarters
from .recoveries import without_report


def with_inspection(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Annotate `uninspected`: the oldest quarter (`2012Q1`) a running loan owes an inspection for on a day, by `owed_quarters`; or None."""
    owed = [When(_owed(quarter), then=Value(str(quarter))) for quarter in owed_quarters(date.min, on)]
    found: QuerySet[Any] = loans.annotate(uninspected=Case(*owed, default=Value(None)))
    return found


def owes_inspection(on: date, *, before: Quarter | None = None) -> Q:
    """Asked of loans: running, and an inspection is owed on a day, for whatever quarter (or one `before` another)."""
    quarters = [quarter for quarter in owed_quarters(date.min, on) if before is None or quarter < before]
    return Q(status__in=RUNNING) & reduce(or_, map(_owed, quarters), Q(pk__in=[]))


def owes_first(quarter: Quarter, on: date) -> Q:
    """Asked of loans: running, and this quarter is the oldest an inspection is owed for on a day."""
    return _owed(quarter) & ~owes_inspection(on, before=quarter)


def _owed(quarter: Quarter) -> Q:
    since_opening = Q(opening_on__isnull=True) | Q(opening_on__lte=quarter.start)
    made = Inspection.objects.filter(loan=OuterRef("pk"), quarter=str(quarter))
    return Q(~Exists(made), since_opening, status__in=RUNNING, disbursed_on__lt=quarter.start)


def quarterly_duties(user: User, on: date) -> list[dict[str, Any]]:
    """How many inspections and progress reports (`duty`: inspection, report) the person's bank owes, as `programme`, `quarter`, `count`,
    the oldest quarter first. One query."""
    own = Loan.objects.visible_to(user).filter(bank=user.organisation_id)
    asked: list[tuple[str, QuerySet[Any], Quarter]] = [
        ("inspection", own.filter(owes_first(quarter, on)), quarter) for quarter in owed_quarters(date.min, on)
    ]
    asked.append(("report", without_report(own, on), Quarter.of(on).previous()))
    first, *others = [
        rows.order_by().values("programme", duty=Value(duty), quarter=Value(str(quarter))).annotate(count=Count("pk"))
        for duty, rows, quarter in asked
    ]
    return list(first.union(*others, all=True).order_by("quarter", "programme"))


def owed_by(loan: Loan, on: date) -> Quarter | None:
    """The oldest quarter a loan owes an inspection for. One query."""
    quarters = owed_quarters(loan.disbursed_on, on, loan.opening_on) if loan.is_running else []
    made = set(loan.inspections.filter(quarter__in=map(str, quarters)).values_list("quarter", flat=True))
    return next((quarter for quarter in quarters if str(quarter) not in made), None)
