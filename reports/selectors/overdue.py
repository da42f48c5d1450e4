"""逾期率 by bank and programme over time (domain §4 `overdue_rate_…`), by what is known now."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from django.db.models import Min, Q, QuerySet

from common.errors import InvalidInput
from common.money import ZERO, round_half_up, total
from loans.models import PrincipalMovement
from reserve.models import Programme
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_by_day

from ..enums import Step

MOST_POINTS = 60
Bank = tuple[int, str]
"""Its key and short name."""


@dataclass(frozen=True, slots=True)
class RatePoint:
    """The end of a day, in yuan: principal owed, and that of loans overdue for longer than the rules of the day let pass."""

    day: date
    rules: Rules
    owed: Decimal
    overdue: Decimal

    @property
    def rate(self) -> Decimal | None:
        """A fraction with 4 decimals; None where nothing is owed."""
        return round_half_up(self.overdue / self.owed, 4) if self.owed else None

    @property
    def warns(self) -> bool:
        """Whether the rate, unrounded, is past the threshold of the day."""
        return self._exceeds(self.rules.overdue_rate_warn)

    @property
    def stops(self) -> bool:
        """The same of the threshold that stops new cover, which counts from a certain size only."""
        return self._exceeds(self.rules.overdue_rate_stop) and self.owed >= self.rules.overdue_rate_min_outstanding

    def _exceeds(self, line: Fraction) -> bool:
        return Fraction(self.overdue) > Fraction(self.owed) * line


@dataclass(frozen=True, slots=True)
class RateSeries:
    """One bank's points, or the programme's (`bank` None), oldest first."""

    bank: int | None
    name: str
    points: list[RatePoint]


def overdue_rates(programme: Programme, as_of: date, step: Step) -> list[RateSeries]:
    """The programme's rate at the ends of its months or quarters and on `as_of`, then that of each bank where there are several.

    Nothing before the first loan; the latest `MOST_POINTS`. Four queries, whatever the number of loans and points.
    """
    moved = PrincipalMovement.objects.filter(loan__programme=programme, value_on__lte=as_of)
    first = moved.aggregate(day=Min("value_on"))["day"]
    days = period_ends(first, as_of, step) if first else []
    if not days:
        return []
    rules = rules_by_day(programme, days)
    overdue = _overdue(moved, list(zip(days, rules, strict=True)))
    found = [
        RateSeries(bank, name, [RatePoint(*point) for point in zip(days, rules, owed, overdue.get(bank, [ZERO] * len(days)), strict=True)])
        for (bank, name), owed in _owed(moved, days).items()
    ]
    every = [
        RatePoint(day, rule, sum((one.points[i].owed for one in found), ZERO), sum((one.points[i].overdue for one in found), ZERO))
        for i, (day, rule) in enumerate(zip(days, rules, strict=True))
    ]
    return [RateSeries(None, "全部银行", every), *(found if len(found) > 1 else [])]


def _owed(moved: QuerySet[PrincipalMovement], days: Sequence[date]) -> dict[Bank, list[Decimal]]:
    """What was owed on each of the days, by bank: added up from the changes by day. One query."""
    changes: dict[Bank, list[Decimal]] = {}
    rows: QuerySet[Any, Any] = moved.order_by().values_list("loan__bank", "loan__bank__short_name", "value_on")
    for bank, name, day, change in rows.annotate(sum=total("change")).order_by("loan__bank"):
        changes.setdefault((bank, name), [ZERO] * len(days))[bisect_left(days, day)] += change
    return {bank: list(accumulate(found)) for bank, found in changes.items()}


def _overdue(moved: QuerySet[PrincipalMovement], points: Sequence[tuple[date, Rules]]) -> dict[int, list[Decimal]]:
    """The part of it owed by loans whose oldest unpaid instalment was payable too long ago, by bank. One query.

    At most one spell of a loan holds a day, so nothing is counted twice; only loans that ever were late are read.
    """
    spell = "loan__overdue_spells__"
    sums: dict[str, Any] = {}
    for day, rules in points:
        since = day - timedelta(days=rules.overdue_rate_min_days)
        held = Q(**{f"{spell}from_on__lte": day, f"{spell}payable_on__lt": since})
        lasts = Q(**{f"{spell}until_on__isnull": True}) | Q(**{f"{spell}until_on__gt": day})
        sums[f"at_{day:%Y%m%d}"] = total("change", where=Q(value_on__lte=day) & held & lasts)
    late = moved.filter(**{f"{spell}from_on__lte": points[-1][0]})
    rows: QuerySet[Any, Any] = late.order_by().values("loan__bank").annotate(**sums)
    return {row["loan__bank"]: [row[name] for name in sums] for row in rows}


def read_step(text: str) -> Step:
    """As an address writes it; quarters where it does not. Raises InvalidInput."""
    if text and text not in Step.values:
        sentence = f"没有“{text[:20]}”这样的间隔；请用 {'、'.join(Step.values)} 之一。"
        raise InvalidInput(sentence, fields={"step": [sentence]})
    return Step(text or Step.QUARTER)


def period_ends(first: date, as_of: date, step: Step) -> list[date]:
    """Ends of months or quarters from the one `first` lies in to `as_of`, which ends the list; the latest `MOST_POINTS`."""
    months = [divmod(month, 12) for month in range(first.year * 12 + first.month - 1, as_of.year * 12 + as_of.month)]
    ends = [date(year, month + 1, monthrange(year, month + 1)[1]) for year, month in months if step == Step.MONTH or month % 3 == 2]
    return [*(end for end in ends if end < as_of), as_of][-MOST_POINTS:]
