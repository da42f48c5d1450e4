"""Working days by table (domain §5). Pure: which years are known is data; `reserve/calendar.py` supplies it.

A working day is a weekday that is no statutory holiday, or a weekend day declared a make-up day 调休上班 by the State
Council's yearly notice. The day a clock starts on is not counted. All working days of the known years stand in one
sorted list, so every question is a bisection.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from chinese_calendar.constants import holidays as library_holidays
from chinese_calendar.constants import workdays as library_makeup_days

from .errors import BadNotice, CalendarUnknown

_SATURDAY = 5
_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class YearNotice:
    """The State Council's notice for one year. Its days may begin in December before: New Year often borrows from there."""

    year: int
    holidays: frozenset[date]
    makeup_days: frozenset[date]

    def __post_init__(self) -> None:
        for name, label, days in (("holidays", "放假日", self.holidays), ("makeup_days", "调休上班日", self.makeup_days)):
            foreign = [day for day in days if not date(self.year - 1, 12, 1) <= day <= date(self.year, 12, 31)]
            if foreign:
                _refuse(name, f"{label} {min(foreign)} 不属于{self.year}年的放假安排。")
        if not self.holidays:
            _refuse("holidays", f"请填写{self.year}年的放假日。")
        if both := self.holidays & self.makeup_days:
            _refuse("makeup_days", f"{min(both)} 同时填成了放假日和调休上班日。")
        if plain := [day for day in self.makeup_days if day.weekday() < _SATURDAY]:
            _refuse("makeup_days", f"调休上班日 {min(plain)} 不是周末，本来就是工作日，请核对。")


def _refuse(name: str, sentence: str) -> None:
    raise BadNotice(sentence, fields={name: [sentence]})


@lru_cache(maxsize=1)
def library_notices() -> dict[int, YearNotice]:
    """The notices `chinesecalendar` carries. Its entries in December are next year's New Year, so that notice owns them."""
    years = range(min(library_holidays).year, max(library_holidays).year + 1)
    return {
        year: YearNotice(
            year,
            frozenset(day for day in library_holidays if _notice_year(day) == year),
            frozenset(day for day in library_makeup_days if _notice_year(day) == year),
        )
        for year in years
    }


def _notice_year(day: date) -> int:
    return day.year + 1 if day.month == 12 else day.year


class WorkdayTable:
    """Working days of the years with a notice; `overrides` win over the library for their year."""

    def __init__(self, overrides: Iterable[YearNotice] = (), *, library: bool = True) -> None:
        notices = dict(library_notices()) if library else {}
        notices.update({notice.year: notice for notice in overrides})
        self._known = frozenset(notices)
        self._holidays = frozenset().union(*(notice.holidays for notice in notices.values()))
        self._makeup_days = frozenset().union(*(notice.makeup_days for notice in notices.values()))
        self._workdays = [day for year in sorted(notices) for day in _days_of(year) if self._works(day)]

    @property
    def known_years(self) -> frozenset[int]:
        """Years with a notice."""
        return self._known

    def is_workday(self, day: date) -> bool:
        """Whether `day` is a working day.

        Raises:
            CalendarUnknown: its year has no notice.
        """
        self._require(day.year, day.year)
        return self._works(day)

    def add_workdays(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted; `day` when `count` is 0.

        Raises:
            CalendarUnknown: a day that would have to be counted lies in a year without a notice.
        """
        if count < 0:
            raise ValueError("count working days forward only")
        if count == 0:
            return day
        first = day + _DAY
        index = bisect_right(self._workdays, day) + count - 1
        if index >= len(self._workdays):
            self._require(first.year, max(first.year, *self._known, 0) + 1)
        found = self._workdays[index]
        self._require(first.year, found.year)
        return found

    def workdays_between(self, start: date, end: date) -> int:
        """How many working days lie in (start, end]; negative when `end` is before `start`.

        Raises:
            CalendarUnknown: one of the days lies in a year without a notice.
        """
        if end < start:
            return -self.workdays_between(end, start)
        if end == start:
            return 0
        self._require((start + _DAY).year, end.year)
        return bisect_right(self._workdays, end) - bisect_right(self._workdays, start)

    def next_workday(self, day: date) -> date:
        """`day` if it is a working day, else the first one after it.

        Raises:
            CalendarUnknown: as `add_workdays`.
        """
        return day if self.is_workday(day) else self.add_workdays(day, 1)

    def add_workdays_provisional(self, day: date, count: int) -> tuple[date, bool]:
        """As `add_workdays`, but a year without a notice is guessed, and True says so (暂定).

        The guess: weekends, 1 January, 1 May, 1–3 October are free; no Spring Festival, no make-up days.
        """
        try:
            return self.add_workdays(day, count), False
        except CalendarUnknown:
            while count:
                day += _DAY
                count -= self._guess(day)
            return day, True

    def next_workday_provisional(self, day: date) -> tuple[date, bool]:
        """As `next_workday`, guessing in a year without a notice."""
        return (day, day.year not in self._known) if self._guess(day) else self.add_workdays_provisional(day, 1)

    def workdays_between_provisional(self, start: date, end: date) -> tuple[int, bool]:
        """As `workdays_between`, guessing unknown years; for showing and reminding of a provisional date."""
        try:
            return self.workdays_between(start, end), False
        except CalendarUnknown:
            low, high = sorted((start, end))
            count = sum(self._guess(low + timedelta(days=offset)) for offset in range(1, (high - low).days + 1))
            return (count if start <= end else -count), True

    def _works(self, day: date) -> bool:
        return day in self._makeup_days or (day.weekday() < _SATURDAY and day not in self._holidays)

    def _guess(self, day: date) -> bool:
        return self._works(day) and (day.year in self._known or (day.month, day.day) not in _FIXED_HOLIDAYS)

    def _require(self, first: int, last: int) -> None:
        for year in range(first, last + 1):
            if year not in self._known:
                raise CalendarUnknown(year)


def _days_of(year: int) -> Iterable[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=offset) for offset in range((date(year, 12, 31) - first).days + 1))
