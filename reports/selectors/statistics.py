"""The programme's published figures, computed by the database from the records (architecture §9); never stored.

Three statements whatever the number of loans: batches, approvals and loans by day (added up to quarters here), first approvals by size
and industry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value

from common.money import ZERO, round_half_up, total, yuan
from enterprises.enums import BatchStatus, Size
from enterprises.models import Batch, Recommendation
from enterprises.rules import industry_name
from loans.enums import ApprovalStatus, LoanStatus
from loans.models import CreditLine, Loan
from reserve.models import Programme
from reserve.quarters import Quarter

_SHARE_PLACES = 4


@dataclass(frozen=True, slots=True)
class SizeShare:
    """Enterprises by size at their first approval; `share` is a fraction with 4 decimals."""

    size: str
    label: str
    enterprises: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class IndustryShare:
    """Enterprises by division of GB/T 4754, with the credit approved for them (yuan)."""

    edition: str
    code: str
    name: str
    enterprises: int
    share: Decimal
    credit_amount: Decimal


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """What one quarter added: approvals by decision date, loans and declared reserve by disbursement date (yuan)."""

    quarter: str
    approvals: int
    credit_amount: Decimal
    loans: int
    loan_amount: Decimal
    declared_reserve: Decimal
    declared_provincial: Decimal


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of one programme up to and including `as_of`; amounts in yuan."""

    as_of: date
    batches: int
    enterprises: int
    approvals: int
    credit_amount: Decimal
    loans: int
    loan_amount: Decimal
    declared_reserve: Decimal
    declared_reserve_provincial: Decimal
    by_size: list[SizeShare] = field(default_factory=list)
    by_industry: list[IndustryShare] = field(default_factory=list)
    by_quarter: list[QuarterFigures] = field(default_factory=list)


def statistics(programme: Programme, as_of: date) -> Statistics:
    """The programme's figures up to `as_of`: batches sent, approvals by decision date, loans by disbursement date.

    `declared_reserve` sums what was earmarked at each disbursement; releases do not lower it.
    """
    batches = _batches(programme, as_of)
    by_quarter = _by_quarter(programme, as_of)
    groups = _first_approvals(_lines(programme, as_of))
    enterprises = sum(group["enterprises"] for group in groups)
    return Statistics(
        as_of=as_of,
        batches=batches,
        enterprises=enterprises,
        approvals=sum(row.approvals for row in by_quarter),
        credit_amount=sum((row.credit_amount for row in by_quarter), ZERO),
        loans=sum(row.loans for row in by_quarter),
        loan_amount=sum((row.loan_amount for row in by_quarter), ZERO),
        declared_reserve=sum((row.declared_reserve for row in by_quarter), ZERO),
        declared_reserve_provincial=sum((row.declared_provincial for row in by_quarter), ZERO),
        by_size=_by_size(groups, enterprises),
        by_industry=_by_industry(groups, enterprises),
        by_quarter=by_quarter,
    )


def _batches(programme: Programme, as_of: date) -> int:
    """Those sent here, and those the old register names (期初) by the day their first line was approved; they share one series."""
    sent = Batch.objects.filter(programme=programme, sent_on__lte=as_of).exclude(status=BatchStatus.DRAFT)
    before = Recommendation.objects.filter(programme=programme, former_batch__isnull=False, accepted_on__lte=as_of)
    return sent.order_by().values("number").union(before.order_by().values("former_batch")).count()


_NOTHING: Mapping[str, Any] = {
    "approvals": 0,
    "credit_amount": ZERO,
    "loans": 0,
    "loan_amount": ZERO,
    "declared_reserve": ZERO,
    "declared_provincial": ZERO,
}


def _lines(programme: Programme, as_of: date) -> QuerySet[CreditLine]:
    found: QuerySet[CreditLine] = CreditLine.objects.filter(programme=programme, status=ApprovalStatus.APPROVED, decided_on__lte=as_of)
    return found


def loans_by_quarter(programme: Programme, as_of: date) -> list[QuarterFigures]:
    """Loans alone, without approvals. One query."""
    return _quarters(_disbursed(programme, as_of))


def _by_quarter(programme: Programme, as_of: date) -> list[QuarterFigures]:
    """Approvals and loans. One query."""
    nothing = yuan(ZERO)
    approved = _by_day(_lines(programme, as_of), "decided_on", total("amount"), nothing, nothing)
    return _quarters(approved.union(_disbursed(programme, as_of), all=True))


def _disbursed(programme: Programme, as_of: date) -> QuerySet[Any, Any]:
    loans = Loan.objects.filter(programme=programme, disbursed_on__lte=as_of).exclude(status__in=[LoanStatus.ENTERED, LoanStatus.DISCARDED])
    return _by_day(loans, "disbursed_on", total("amount"), total("declared_reserve"), total("declared_provincial"), lent=True)


def _quarters(rows: Iterable[tuple[Any, ...]]) -> list[QuarterFigures]:
    """Sums by day added up to quarters: so the database groups along its indexes."""
    found: dict[Quarter, dict[str, Any]] = {}
    for day, lent, *figures in rows:
        quarter = found.setdefault(Quarter.of(day), dict(_NOTHING))
        for key, figure in zip(_LENT if lent else _APPROVED, figures, strict=False):
            quarter[key] += figure
    return [QuarterFigures(str(quarter), **found[quarter]) for quarter in sorted(found)]


_APPROVED = ("approvals", "credit_amount")
_LENT = ("loans", "loan_amount", "declared_reserve", "declared_provincial")


def _by_day(rows: QuerySet[Any], day: str, *amounts: Any, lent: bool = False) -> QuerySet[Any, Any]:
    """How many on each day, and their amounts; `lent` tells loans from approvals."""
    sums = {f"amount_{number}": amount for number, amount in enumerate(amounts)}
    days: QuerySet[Any] = rows.order_by().annotate(day_=F(day), lent_=Value(lent))
    grouped: QuerySet[Any, Any] = days.values_list("day_", "lent_").annotate(count_=Count("*"), **sums)
    return grouped


def _first_approvals(lines: QuerySet[CreditLine]) -> list[dict[str, Any]]:
    """Enterprises grouped by the size of their first approval and by industry, with all credit approved for them."""
    first = (
        CreditLine.objects.filter(programme=OuterRef("programme"), enterprise=OuterRef("enterprise"), status=ApprovalStatus.APPROVED)
        .order_by("decided_on", "id")
        .values("size")[:1]
    )
    groups: list[dict[str, Any]] = [
        dict(row)
        for row in lines.order_by()
        .annotate(first_size=Subquery(first))
        .values("first_size", "enterprise__industry_edition", "enterprise__industry_code", "enterprise__size_industry")
        .annotate(enterprises=Count("enterprise", distinct=True), credit=total("amount"))
    ]
    return groups


def _share(part: int, whole: int) -> Decimal:
    return round_half_up(Decimal(part) / whole, _SHARE_PLACES) if whole else Decimal("0.0000")


def _by_size(groups: list[dict[str, Any]], enterprises: int) -> list[SizeShare]:
    counts = dict.fromkeys(Size.values, 0)
    for group in groups:
        counts[group["first_size"]] += group["enterprises"]
    return [SizeShare(size, str(Size(size).label), count, _share(count, enterprises)) for size, count in counts.items() if count]


def _by_industry(groups: list[dict[str, Any]], enterprises: int) -> list[IndustryShare]:
    found: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for group in groups:
        edition, code = group["enterprise__industry_edition"], group["enterprise__industry_code"]
        key = (edition, code[:2], industry_name(code, edition, group["enterprise__size_industry"]))
        count, credit = found.get(key, (0, ZERO))
        found[key] = (count + group["enterprises"], credit + group["credit"])
    return [
        IndustryShare(edition, code, name, count, _share(count, enterprises), credit)
        for (edition, code, name), (count, credit) in sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    ]
