"""The living programme's quarterly summaries, newest first: one for bank2 to submit, but before it one returned to the bank for a loan it
has entered and never confirmed; one for the province to review, one for province2 to accept; older ones are accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from reports.models import QuarterlySummary
from reports.services.summaries import (
    accept_summary,
    check_summary,
    generate_summaries,
    propose_summary,
    return_summary,
    submit_summary,
)
from reserve.quarters import Quarter

from .cast import Cast
from .timeline import Timeline, workday, workday_before


@dataclass(frozen=True, slots=True)
class Declaring:
    """Plans the summaries of the programme `code`; that of the quarter `returned` comes back for `why()`."""

    cast: Cast
    timeline: Timeline
    code: str
    returned: Quarter
    why: Callable[[], str]

    def plan(self, founded: date, today: date) -> None:
        """Each quarter owed, as far as its age asks."""
        owed = list(Quarter.range(Quarter.of(founded), Quarter.of(today).previous()))
        for age, quarter in enumerate(reversed(owed)):
            born = quarter.next().start
            self.timeline.at(born, partial(self._generate, quarter))
            if age == 0:
                self.timeline.at(max(workday_before(today, 1), born), partial(self._check, quarter))
                continue
            sent = min(workday(born, 5), today)
            self.timeline.at(sent, partial(self._check, quarter))
            self.timeline.at(sent, partial(self._submit, quarter))
            if quarter == self.returned:
                self.timeline.at(workday_before(today, 2), partial(self._return, quarter))
            elif age > 2:
                self.timeline.at(workday(born, 8), partial(self._propose, quarter))
            if age > 3:
                self.timeline.at(workday(born, 9), partial(self._accept, quarter))

    def _summary(self, quarter: Quarter) -> QuarterlySummary:
        found: QuarterlySummary = QuarterlySummary.objects.filter(programme__code=self.code, quarter=str(quarter)).latest("version")
        return found

    def _generate(self, quarter: Quarter, on: date, now: datetime) -> None:
        generate_summaries(quarter=quarter, on=on, now=now)

    def _check(self, quarter: Quarter, on: date, now: datetime) -> None:
        check_summary(summary=self._summary(quarter), by=self.cast["bank"], on=on, now=now)

    def _submit(self, quarter: Quarter, on: date, now: datetime) -> None:
        submit_summary(summary=self._summary(quarter), by=self.cast["bank2"], on=on, now=now)

    def _return(self, quarter: Quarter, on: date, now: datetime) -> None:
        return_summary(summary=self._summary(quarter), reason=self.why(), by=self.cast["province"], on=on, now=now)

    def _propose(self, quarter: Quarter, on: date, now: datetime) -> None:
        propose_summary(summary=self._summary(quarter), by=self.cast["province"], on=on, now=now)

    def _accept(self, quarter: Quarter, on: date, now: datetime) -> None:
        accept_summary(summary=self._summary(quarter), by=self.cast["province2"], on=on, now=now)
