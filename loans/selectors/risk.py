"""逾期率 of a programme and its banks at the ends of days, by what is known now (domain §4 `overdue_rate_…`)."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Q, QuerySet

from common.money import ZERO, total
from reserve.models import Programme
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_by_day

from ..models import PrincipalMovement
from ..rules.risk import RatePoint

Bank = tuple[int, str]
"""Its key and short name."""


@dataclass(frozen=True, slots=True)
class RateSeries:
    """One bank's points, or the programme's (`bank` None), oldest first."""

    bank: int | None
    name: str
    points: list[RatePoint]


def rates_at(programme: Programme, days: Sequence[date]) -> list[RateSeries]:
    """The programme's rate at the ends of `days` (ascending), then that of each bank where there are several.

    Empty before the first loan. Three queries, whatever the number of loans and days.
    """
    moved = PrincipalMovement.objects.filter(loan__programme=programme, value_on__lte=days[-1])
    rules = rules_by_day(programme, days)
    overdue = _overdue(moved, list(zip(days, rules, strict=True)))
    found = [
        RateSeries(bank, name, [RatePoint(*point) for point in zip(days, rules, owed, overdue.get(bank, [ZERO] * len(days)), strict=True)])
        for (bank, name), owed in _owed(moved, days).items()
    ]
    if not found:
        return []
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
