"""The rates that show what the reserve is exposed to, and past which line they are (domain §4 `overdue_rate_…`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.display import percent, yuan
from common.money import round_half_up
from reserve.rulebook import Rules, display_value, format_value, parse_value

from ..enums import SuspensionCause

STOP_RULES = {
    SuspensionCause.OVERDUE_RATE: "overdue_rate_stop",
    SuspensionCause.COMPENSATION_RATIO: "compensation_ratio_stop",
}
"""The setting whose line stops new cover."""

_WORDS = {
    "overdue_rate_warn": ("逾期率", "计入逾期的本金", "未还本金", "预警线"),
    "overdue_rate_stop": ("逾期率", "计入逾期的本金", "未还本金", "暂停线"),
    "compensation_ratio_stop": ("代偿率", "净代偿", "出资", "暂停线"),
}


def exceeds(part: Decimal, whole: Decimal, line: Fraction) -> bool:
    """Whether part ÷ whole, unrounded, is past a line; equal to it is not past it."""
    return Fraction(part) > Fraction(whole) * line


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A fraction with 4 decimals; None of nothing."""
    return round_half_up(part / whole, 4) if whole else None


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
        return share(self.overdue, self.owed)

    @property
    def warns(self) -> bool:
        """Whether the rate, unrounded, is past the threshold of the day."""
        return exceeds(self.overdue, self.owed, self.rules.overdue_rate_warn)

    @property
    def stops(self) -> bool:
        """The same of the threshold that stops new cover, which counts from a certain size only."""
        past = exceeds(self.overdue, self.owed, self.rules.overdue_rate_stop)
        return past and self.owed >= self.rules.overdue_rate_min_outstanding


@dataclass(frozen=True, slots=True)
class CompensationPoint:
    """The end of a day, in yuan: paid by the reserve less what came back to it, and what was contributed to the programme by then."""

    day: date
    rules: Rules
    compensated: Decimal
    contributed: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """A fraction with 4 decimals; None where nothing was contributed."""
        return share(self.compensated, self.contributed)

    @property
    def stops(self) -> bool:
        """Whether the ratio, unrounded, is past the threshold of the day that stops new cover."""
        return exceeds(self.compensated, self.contributed, self.rules.compensation_ratio_stop)


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Both figures of a scope (all banks, or one) at the end of a day."""

    rate: RatePoint
    compensation: CompensationPoint

    @property
    def day(self) -> date:
        return self.rate.day

    @property
    def suspends(self) -> bool:
        """Whether the rules of the day suspend where a line is crossed."""
        return self.rate.rules.suspend_when_stop_crossed

    def stops(self, cause: SuspensionCause) -> bool:
        """Whether the figure is past the line of the day that stops new cover."""
        return self.rate.stops if cause == SuspensionCause.OVERDUE_RATE else self.compensation.stops

    def figures(self, cause: SuspensionCause) -> tuple[Decimal, Decimal]:
        """What is divided by what, in yuan."""
        if cause == SuspensionCause.OVERDUE_RATE:
            return self.rate.overdue, self.rate.owed
        return self.compensation.compensated, self.compensation.contributed

    def line(self, key: str) -> str:
        """The threshold of the day, as the rulebook writes it."""
        return format_value(key, getattr(self.rate.rules, key))


def figures_said(key: str, part: Decimal, whole: Decimal, line: str) -> str:
    """A figure past the line of a setting, in words: what is divided by what, in yuan; `line` as the rulebook writes it."""
    name, upper, lower, limit = _WORDS[key]
    value = display_value(key, parse_value(key, line))
    return f"{name} {percent(share(part, whole))}（{upper} {yuan(part)} 元 ÷ {lower} {yuan(whole)} 元）超过{limit} {value}"


class Resumed(NamedTuple):
    """When the latest suspension of a cause was resumed (None: it stands), and when the figure was first back at its line since."""

    on: date | None
    cleared_on: date | None


class Crossing(NamedTuple):
    """What a walk over days finds: the first on which a line was crossed anew, and the first at or under it after a resumption."""

    since: date | None
    cleared_on: date | None


def crossing(latest: Resumed | None, days: Iterable[tuple[date, bool]]) -> Crossing:
    """Whether a line was crossed on one of the days (ascending, each with whether its figure is past), by domain §3.12.

    A suspension that stands is crossed already. After its resumption the same crossing goes on until the figure is at or
    under the line; past it again, it is a new one.
    """
    if latest is not None and latest.on is None:
        return Crossing(None, None)
    cleared_on = latest.cleared_on if latest else None
    for day, past in days:
        if past and (latest is None or (cleared_on is not None and day >= cleared_on)):
            return Crossing(day, cleared_on)
        if not past and cleared_on is None and latest is not None and latest.on is not None and day >= latest.on:
            cleared_on = day
    return Crossing(None, cleared_on)
