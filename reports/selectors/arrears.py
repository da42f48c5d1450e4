"""What was owed and overdue at the end of any day, by what is known now (domain §3.8, §4, §6): ageing of the loans' principal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DateField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from common.money import ZERO, round_half_up, total, yuan
from loans.models import Loan, PrincipalMovement
from loans.rules.grades import AGEING, LONGEST
from loans.selectors.grades import with_arrears
from reserve.models import Programme

BEYOND = "beyond"
BUCKETS = {**{str(most): label for most, label in AGEING}, BEYOND: LONGEST}
"""Columns of the ageing table by code (the most days overdue in it), mildest first, with their names."""


def owing(loans: QuerySet[Any], day: date) -> QuerySet[Any]:
    """Those that owed principal at the end of a day, by due date, annotated in yuan with `owed` and `occupied` (their earmark), and
    with `unpaid_since`, `bucket` (of `BUCKETS`) and `as_of` (the day).
    """
    moved = PrincipalMovement.objects.filter(loan=OuterRef("pk"), value_on__lte=day).order_by()
    before = PrincipalMovement.objects.filter(loan=OuterRef("loan"), pk__lt=OuterRef("pk")).order_by("-pk").values("earmarked")[:1]
    steps = moved.annotate(step=F("earmarked") - Coalesce(Subquery(before), yuan(ZERO)))
    rows = with_arrears(loans, day).annotate(
        owed=Subquery(moved.values("loan").annotate(sum=Sum("change")).values("sum")),
        occupied=Subquery(steps.values("loan").annotate(sum=Sum("step")).values("sum")),
        as_of=Value(day, output_field=DateField()),
    )
    # Who owes nothing now and was not moved since owed nothing then: the many that were settled are not read.
    moved_since = PrincipalMovement.objects.filter(value_on__gt=day).order_by()
    candidates = Loan.objects.running().order_by().values("pk").union(moved_since.values("loan"), all=True)
    rows = rows.filter(pk__in=candidates, owed__gt=yuan(ZERO))
    found: QuerySet[Any] = rows.annotate(bucket=_bucket(day)).order_by("due_on", "pk")
    return found


def _bucket(day: date) -> Case:
    """The column of `loans.rules.grades.ageing_bucket`: overdue at most so many days is unpaid since so many days ago, or later."""
    mildest, *others = [most for most, _ in AGEING]
    return Case(
        When(unpaid_since__isnull=True, then=Value(str(mildest))),
        *(When(unpaid_since__gte=_before(day, most), then=Value(str(most))) for most in others),
        default=Value(BEYOND),
    )


def _before(day: date, days: int) -> date:
    """So many days earlier; the calendar's first day where there is none."""
    return date.fromordinal(max(1, day.toordinal() - days))


@dataclass(frozen=True, slots=True)
class Bucket:
    """One column of the ageing table; amounts in yuan, `share` of all that is owed with 4 decimals."""

    code: str
    label: str
    loans: int
    owed: Decimal
    share: Decimal
    occupied: Decimal


@dataclass(frozen=True, slots=True)
class Ageing:
    """The loans of one bank, or of all (`bank` None), by days overdue."""

    bank: int | None
    name: str
    buckets: list[Bucket]

    @property
    def loans(self) -> int:
        return sum(bucket.loans for bucket in self.buckets)

    @property
    def owed(self) -> Decimal:
        return sum((bucket.owed for bucket in self.buckets), ZERO)

    @property
    def occupied(self) -> Decimal:
        return sum((bucket.occupied for bucket in self.buckets), ZERO)


_Sums = dict[str, tuple[int, Decimal, Decimal]]


def ageing(programme: Programme, day: date) -> list[Ageing]:
    """The ageing table of the programme, then that of each bank where there are several. One query, whatever the number of loans."""
    rows = (
        owing(Loan.objects.filter(programme=programme), day)
        .order_by()
        .values("bank", "bank__short_name", "bucket")
        .annotate(loans=Count("pk"), sum_owed=total("owed"), sum_occupied=total("occupied"))
    )
    banks: dict[tuple[int | None, str], _Sums] = {(None, "全部银行"): {}}
    for row in rows.order_by("bank"):
        sums = row["loans"], row["sum_owed"], row["sum_occupied"]
        banks.setdefault((row["bank"], row["bank__short_name"]), {})[row["bucket"]] = sums
    every, *single = banks.items()
    _, everything = every
    for _, found in single:
        for code, sums in found.items():
            everything[code] = _added(everything.get(code, (0, ZERO, ZERO)), sums)
    return [_ageing(*key, sums) for key, sums in ([every, *single] if len(single) > 1 else [every])]


def _added(one: tuple[int, Decimal, Decimal], other: tuple[int, Decimal, Decimal]) -> tuple[int, Decimal, Decimal]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _ageing(bank: int | None, name: str, sums: _Sums) -> Ageing:
    whole = sum((owed for _, owed, _ in sums.values()), ZERO)
    buckets = []
    for code, label in BUCKETS.items():
        loans, owed, occupied = sums.get(code, (0, ZERO, ZERO))
        buckets.append(Bucket(code, label, loans, owed, round_half_up(owed / whole if whole else ZERO, 4), occupied))
    return Ageing(bank, name, buckets)
