"""上报省的半年报、年报: what the programme lent in half a year or a year, and what the enterprises gained (domain §8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, Subquery

from common.money import ZERO, round_half_up, total
from enterprises.models import Enterprise, EnterpriseBenefit
from enterprises.selectors import with_superseded
from loans.enums import DRAWN
from loans.models import Loan
from reserve.models import LedgerHead, Programme
from reserve.periods import Period, PeriodKind

from .arrears import owing

KINDS: Final = (PeriodKind.HALF, PeriodKind.YEAR)
RATE_PLACES = 4


@dataclass(frozen=True, slots=True)
class Benefits:
    """新增产值、新增税收 (yuan), 新增就业, 新增专利."""

    output: Decimal = ZERO
    tax: Decimal = ZERO
    jobs: int = 0
    patents: int = 0

    def __add__(self, other: "Benefits") -> "Benefits":
        return Benefits(self.output + other.output, self.tax + other.tax, self.jobs + other.jobs, self.patents + other.patents)


@dataclass(frozen=True, slots=True)
class EnterpriseEffect:
    """One enterprise's part: loans made in the period, in force at its end, and what it gained.

    `first_here`: its first loan in the programme was made in the period; `first_bank_loan`: what the bank stated of that loan's
    approval, None unstated. `halves`: the half years it reported; `benefits`: their sum, None where there is none.
    """

    enterprise: Enterprise
    loans: int = 0
    amount: Decimal = ZERO
    weighted: Decimal = ZERO
    in_force: int = 0
    owed: Decimal = ZERO
    first_here: bool = False
    first_bank_loan: bool | None = None
    halves: tuple[int, ...] = ()
    benefits: Benefits | None = None

    @property
    def rate(self) -> Decimal | None:
        """Average annual rate in percent, weighted by amount."""
        return average(self.weighted, self.amount)


@dataclass(frozen=True, slots=True)
class EffectReport:
    """One programme's report of half a year or a year, an enterprise a row; totals are of the rows."""

    programme: Programme
    period: Period
    as_of: date
    head: LedgerHead | None
    rows: Sequence[EnterpriseEffect]

    @property
    def complete(self) -> bool:
        return self.as_of == self.period.end

    @property
    def enterprises(self) -> int:
        """户数: enterprises that were lent to in the period, each once."""
        return sum(1 for row in self.rows if row.loans)

    @property
    def loans(self) -> int:
        return sum(row.loans for row in self.rows)

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for row in self.rows), ZERO)

    @property
    def rate(self) -> Decimal | None:
        return average(sum((row.weighted for row in self.rows), ZERO), self.amount)

    @property
    def in_force_enterprises(self) -> int:
        return sum(1 for row in self.rows if row.in_force)

    @property
    def in_force(self) -> int:
        return sum(row.in_force for row in self.rows)

    @property
    def owed(self) -> Decimal:
        return sum((row.owed for row in self.rows), ZERO)

    @property
    def first_bank_loans(self) -> int:
        """首贷户."""
        return sum(1 for row in self.rows if row.first_here and row.first_bank_loan)

    @property
    def first_unstated(self) -> int:
        """Enterprises with their first loan here of which the bank has not said whether it is the first anywhere."""
        return sum(1 for row in self.rows if row.first_here and row.first_bank_loan is None)

    @property
    def benefits(self) -> Benefits:
        return sum((row.benefits for row in self.rows if row.benefits), Benefits())

    @property
    def reported(self) -> int:
        """Enterprises that reported every half year of the period."""
        return sum(1 for row in self.rows if len(row.halves) == len(self.period.halves()))

    @property
    def unreported(self) -> int:
        """Enterprises lent to or in force that lack a half year."""
        return sum(1 for row in self.rows if (row.loans or row.in_force) and len(row.halves) < len(self.period.halves()))


def average(weighted: Decimal, amount: Decimal) -> Decimal | None:
    return round_half_up(weighted / amount, RATE_PLACES) if amount else None


def effect_report(programme: Programme, period: Period, on: date) -> EffectReport:
    """The report as it is known now, up to `on` where the period is not over. Six queries, whatever the number of loans."""
    as_of = min(period.end, on)
    parts: dict[int, dict[str, Any]] = defaultdict(dict)
    for found in (_made(programme, period.start, as_of), _in_force(programme, as_of), _first(programme, period.start, as_of)):
        for key, values in found.items():
            parts[key] |= values
    for key, values in _benefits(programme, period).items():
        parts[key] |= values
    enterprises = Enterprise.objects.filter(pk__in=parts).order_by("name", "pk")
    head = LedgerHead.objects.filter(programme=programme).first()
    return EffectReport(programme, period, as_of, head, [EnterpriseEffect(row, **parts[row.pk]) for row in enterprises])


_Found = Mapping[int, Mapping[str, Any]]


def _made(programme: Programme, start: date, end: date) -> _Found:
    """Loans disbursed in the span; amounts by rate, so that the average is exact."""
    rows = Loan.objects.filter(programme=programme, status__in=DRAWN, disbursed_on__range=(start, end)).order_by()
    found: dict[int, dict[str, Any]] = {}
    for key, rate, count, amount in rows.values_list("enterprise", "annual_rate").annotate(count=Count("pk"), sum=total("amount")):
        so_far = found.setdefault(key, {"loans": 0, "amount": ZERO, "weighted": ZERO})
        so_far["loans"] += count
        so_far["amount"] += amount
        so_far["weighted"] += amount * rate
    return found


def _in_force(programme: Programme, day: date) -> _Found:
    rows = owing(Loan.objects.filter(programme=programme), day).filter(occupied__gt=0).order_by()
    sums: Iterable[tuple[int, int, Decimal]] = rows.values_list("enterprise").annotate(count=Count("pk"), sum=total("owed"))
    return {key: {"in_force": count, "owed": owed} for key, count, owed in sums}


def _first(programme: Programme, start: date, end: date) -> _Found:
    """Enterprises whose first loan here was made in the span, with what the bank stated when it approved that loan."""
    drawn = Loan.objects.filter(programme=programme, status__in=DRAWN)
    earliest = drawn.filter(enterprise=OuterRef("enterprise")).order_by("disbursed_on", "pk").values("pk")[:1]
    rows = drawn.filter(disbursed_on__range=(start, end)).annotate(earliest=Subquery(earliest)).filter(pk=F("earliest"))
    stated = rows.order_by().values_list("enterprise", "credit_line__first_bank_loan")
    return {key: {"first_here": True, "first_bank_loan": value} for key, value in stated}


def _benefits(programme: Programme, period: Period) -> _Found:
    halves = Q(year=period.first.year, half__in=[half.number for half in period.halves()])
    rows = with_superseded(EnterpriseBenefit.objects.filter(halves, programme=programme)).filter(superseded=False)
    found: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("half"):
        so_far = found.setdefault(row.enterprise_id, {"halves": (), "benefits": Benefits()})
        so_far["halves"] = (*so_far["halves"], row.half)
        so_far["benefits"] += Benefits(row.output, row.tax, row.jobs, row.patents)
    return found
