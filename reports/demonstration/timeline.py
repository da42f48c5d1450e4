"""Dated events in order: the ledger's date never goes back, so everything happens on its day, whoever planned it first."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from reserve.calendar import workday_table

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_OFFICE_OPENS = time(9, 0)

Event = Callable[[date, datetime], object]


@dataclass(slots=True)
class Timeline:
    """A queue of events by date, then by the order they were planned in. Each gets its day and a moment of it.

    `latest`: nothing of its day happens after it; made before the offices open, the demonstration has no future.
    """

    latest: datetime | None = None
    _queue: list[tuple[date, int, Event]] = field(default_factory=list)
    _planned: "count[int]" = field(default_factory=count)
    _day: date | None = None
    _moments: int = 0

    def at(self, day: date, event: Event) -> None:
        """Plan `event` for `day`; an event may plan later ones while it runs."""
        heapq.heappush(self._queue, (day, next(self._planned), event))

    def run(self) -> None:
        """Let everything happen, oldest first. Two events of a day are a minute apart."""
        while self._queue:
            day, _, event = heapq.heappop(self._queue)
            self._moments = self._moments + 1 if day == self._day else 0
            self._day = day
            event(day, moment(day, self._moments, self.latest))


def moment(day: date, minutes: int, latest: datetime | None = None) -> datetime:
    """`minutes` after the offices of Shanghai's time open; on the day of `latest` not after it."""
    planned = datetime.combine(day, _OFFICE_OPENS, tzinfo=_SHANGHAI) + timedelta(minutes=minutes)
    return min(planned, latest) if latest and latest.astimezone(_SHANGHAI).date() == day else planned


def workday(start: date, number: int) -> date:
    """The `number`-th working day after `start`; in a year without a notice by the provisional calendar."""
    return workday_table().add_workdays_provisional(start, number)[0]


def workday_before(day: date, number: int = 1) -> date:
    """The `number`-th working day before `day`, by the same calendar."""
    table = workday_table()
    while number:
        day -= timedelta(days=1)
        if table.add_workdays_provisional(day - timedelta(days=1), 1)[0] == day:
            number -= 1
    return day


def on_or_before(day: date) -> date:
    """`day` if it is a working day, else the last one before it."""
    return workday_before(day + timedelta(days=1))
