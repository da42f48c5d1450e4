"""The working-day calendar in force: the library's years, and the notices administrators entered, which win (domain §5)."""

from datetime import date
from functools import lru_cache

from .models import CalendarDay
from .workdays import WorkdayTable, YearNotice

Row = tuple[int, date, bool]


def workday_table() -> WorkdayTable:
    """The calendar as of now. One small query; the table itself is built once for each state of the notices."""
    return _table(tuple(CalendarDay.objects.order_by("day").values_list("notice__year", "day", "is_workday")))


@lru_cache(maxsize=4)
def _table(rows: tuple[Row, ...]) -> WorkdayTable:
    years = sorted({year for year, _, _ in rows})
    return WorkdayTable(
        YearNotice(
            year,
            frozenset(day for owner, day, works in rows if owner == year and not works),
            frozenset(day for owner, day, works in rows if owner == year and works),
        )
        for year in years
    )
