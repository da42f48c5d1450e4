"""Due days counted in working days, computed again from where they start."""

from collections.abc import Iterator
from datetime import date

from django.utils import timezone

from reserve.calendar import workday_table
from reserve.models import CalendarNotice, Deadline, Programme
from reserve.services.deadlines import late_workdays
from reserve.services.verify import Fault

from .comparison import CHUNK, differences


def faults(programme: Programme) -> Iterator[Fault]:
    """Clocks whose due day or lateness is not what their start and working days give. Two queries.

    A provisional day is a guess and passes. So does a stopped clock where a notice of its years came afterwards: it was
    judged by the calendar of its time, and is not judged again.
    """
    table = workday_table()
    entered = {year: timezone.localdate(at) for year, at in CalendarNotice.objects.values_list("year", "entered_at")}
    clocks = Deadline.objects.filter(programme=programme, workdays__isnull=False, provisional=False).order_by("pk")
    for clock in clocks.iterator(CHUNK):
        due_on, provisional = table.add_workdays_provisional(clock.starts_on, clock.workdays or 0)
        stopped_on = clock.met_on or clock.cancelled_on
        if provisional or (stopped_on and _notice_since(entered, stopped_on, clock.starts_on, max(due_on, stopped_on))):
            continue
        late = late_workdays(table, due_on, clock.met_on) if clock.met_on else 0
        yield from differences(clock, {"due_on": due_on, "late_workdays": late}, "起算日、工作日数与工作日历")


def _notice_since(entered: dict[int, date], stopped_on: date, first: date, last: date) -> bool:
    """Whether the notice of a year from `first` to `last` (New Year's may name days of December) came on that day or later."""
    return any(year in entered and entered[year] >= stopped_on for year in range(first.year, last.year + 2))
