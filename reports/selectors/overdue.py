"""逾期率 by bank and programme over time (domain §4 `overdue_rate_…`), by what is known now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Min, Q, QuerySet

from common.errors import InvalidInput
from common.money import ZERO, round_half_up, total
from loans.models import PrincipalMovement
from reserve.models import Programme
from reserve.quarters import Quarter
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_by_day

from ..enums import Step

MOST_POINTS = 60


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
    beyond = [day - timedelta(days=rule.overdue_rate_min_days) for day, rule in zip(days, rules, strict=True)]
    owed = _by_bank(moved, [Q(value_on__lte=day) for day in days])
    overdue = _by_bank(moved, [_overdue(day, since) for day, since in zip(days, beyond, strict=True)])
    found = [
        RateSeries(bank, name, [RatePoint(*point) for point in zip(days, rules, sums, overdue[bank, name], strict=True)])
        for (bank, name), sums in owed.items()
    ]
    every = [
        RatePoint(day, rule, sum((one.points[i].owed for one in found), ZERO), sum((one.points[i].overdue for one in found), ZERO))
        for i, (day, rule) in enumerate(zip(days, rules, strict=True))
    ]
    return [RateSeries(None, "全部银行", every), *(found if len(found) > 1 else [])]


def _overdue(day: date, since: date) -> Q:
    """Movements up to a day of loans whose oldest unpaid instalment was then payable before `since`: at most one spell holds a day."""
    spell = Q(loan__overdue_spells__from_on__lte=day, loan__overdue_spells__payable_on__lt=since)
    lasts = Q(loan__overdue_spells__until_on__isnull=True) | Q(loan__overdue_spells__until_on__gt=day)
    return Q(value_on__lte=day) & spell & lasts


def _by_bank(moved: QuerySet[PrincipalMovement], conditions: Sequence[Q]) -> dict[tuple[int, str], list[Decimal]]:
    """The sum of changes under each condition, by bank. One query."""
    sums: dict[str, Any] = {f"at_{i}": total("change", where=condition) for i, condition in enumerate(conditions)}
    rows: QuerySet[Any, Any] = moved.order_by().values("loan__bank", "loan__bank__short_name").annotate(**sums).order_by("loan__bank")
    return {(row["loan__bank"], row["loan__bank__short_name"]): [row[name] for name in sums] for row in rows}


def read_step(text: str) -> Step:
    """As an address writes it; quarters where it does not. Raises InvalidInput."""
    if text and text not in Step.values:
        sentence = f"没有“{text[:20]}”这样的间隔；请用 {'、'.join(Step.values)} 之一。"
        raise InvalidInput(sentence, fields={"step": [sentence]})
    return Step(text or Step.QUARTER)


def period_ends(first: date, as_of: date, step: Step) -> list[date]:
    """Ends of months or quarters from the one `first` lies in to `as_of`, which ends the list; the latest `MOST_POINTS`."""
    if step == Step.QUARTER:
        ends = [quarter.end for quarter in Quarter.range(Quarter.of(first), Quarter.of(as_of))]
    else:
        months = range(first.year * 12 + first.month, as_of.year * 12 + as_of.month + 1)
        ends = [date(month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in months]
    return [*(end for end in ends if end < as_of), as_of][-MOST_POINTS:]
