"""Loans paid back by their schedules: each instalment on its payable day, some late and cured, some loans early."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from common.money import round_half_up
from loans.models import Loan
from loans.selectors.servicing import account_of, owed_on

from .desk import Desk
from .timeline import Timeline, on_or_before, workday


@dataclass(frozen=True, slots=True)
class Habit:
    """How a borrower pays. `late`: the number of the instalment paid late, and by how many working days.

    `settles_early`: days before maturity on which everything is paid. `prepays_after`: working days after disbursement on
    which a quarter of the loan is paid early. `fails`: interest is paid, and nothing at maturity.
    """

    late: tuple[int, int] | None = None
    settles_early: int = 0
    prepays_after: int = 0
    fails: bool = False


PUNCTUAL = Habit()


@dataclass(slots=True)
class Servicing:
    """Plans a loan's payments one after the other, each when the one before is made; none after `until`."""

    desk: Desk
    timeline: Timeline
    until: date = date.max

    def follow(self, loan: Loan, habit: Habit = PUNCTUAL) -> None:
        """Pay a loan as its schedule and the borrower's habit say."""
        if habit.prepays_after:
            self._at(workday(loan.disbursed_on, habit.prepays_after), partial(self._prepay, loan))
        self._plan_next(loan, habit)

    def _plan_next(self, loan: Loan, habit: Habit) -> None:
        end = on_or_before(loan.due_on - timedelta(days=habit.settles_early))
        line = loan.schedule_lines.filter(cleared_on__isnull=True, payable_on__lt=end).order_by("number").first()
        if line is None:
            if not habit.fails:
                self._at(end, partial(self._settle, loan))
            return
        delay = habit.late[1] if habit.late and habit.late[0] == line.number else 0
        self._at(workday(line.payable_on, delay) if delay else line.payable_on, partial(self._pay, loan, habit))

    def _at(self, day: date, event: partial[None]) -> None:
        if day <= self.until:
            self.timeline.at(day, event)

    def _pay(self, loan: Loan, habit: Habit, on: date, now: datetime) -> None:
        """Everything that has fallen due by now."""
        loan.refresh_from_db()
        due = owed_on(account_of(loan), on)
        self.desk.repay(loan, due.principal, on, now, interest=due.interest, penalty=due.penalty)
        self._plan_next(loan, habit)

    def _prepay(self, loan: Loan, on: date, now: datetime) -> None:
        loan.refresh_from_db()
        self.desk.repay(loan, round_half_up(loan.amount / 4, 0), on, now, kind="early")

    def _settle(self, loan: Loan, on: date, now: datetime) -> None:
        loan.refresh_from_db()
        self.desk.repay(loan, loan.outstanding, on, now)
