"""The grade in force: the worse of the bank's own and the floor by days overdue (domain §6)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from ..enums import RUNNING, LoanGrade
from ..models import Grading, Loan, OverdueSpell
from ..rules.grades import floors_on, grade_floor, grade_in_force, grade_warning


def with_arrears(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Annotate `unpaid_since`: the payable day of the oldest instalment in arrears at the end of a day; None for a loan in order."""
    found: QuerySet[Any] = loans.annotate(unpaid_since=Subquery(_spell(on).values("payable_on")[:1]))
    return found


def in_arrears(on: date, *, beyond: int = 0) -> Q:
    """Asked of loans: an instalment that was payable more than so many days ago is unpaid at the end of a day.

    This and `graded_at_best` ask EXISTS, which the database looks up once for all rows; the value of a subquery it fetches row by row.
    """
    return Q(Exists(_spell(on).filter(payable_on__lt=on - timedelta(days=beyond))))


def _spell(on: date) -> QuerySet[OverdueSpell]:
    return OverdueSpell.objects.on(on).filter(loan=OuterRef("pk")).order_by()


def with_grade(loans: QuerySet[Loan], on: date) -> QuerySet[Any]:
    """Annotate `grade`: what running loans are graded on a day, by `grade_in_force`; None for all others."""
    entered = Grading.objects.filter(loan=OuterRef("pk"), from_on__lte=on).order_by("-from_on", "-pk").values("grade")[:1]
    floors = {grade: Q(unpaid_since__lt=on - timedelta(days=beyond)) for grade, beyond in floors_on(on).items()}
    worst_first = [When(Q(entered_grade=grade) | floors.get(grade, Q()), then=Value(grade.value)) for grade in reversed(LoanGrade)]
    ungraded = When(~Q(status__in=RUNNING), then=Value(None))
    rows = with_arrears(loans, on).annotate(entered_grade=Subquery(entered))
    graded: QuerySet[Any] = rows.annotate(grade=Case(ungraded, *worst_first, default=Value(LoanGrade.NORMAL.value)))
    return graded


def graded_at_best(grade: LoanGrade, on: date) -> Q:
    """Asked of running loans: the grade in force on the day is this one or a worse one."""
    grades, floors = list(LoanGrade), floors_on(on)
    known = Grading.objects.filter(from_on__lte=on).order_by()
    later = known.filter(Q(from_on__gt=OuterRef("from_on")) | Q(from_on=OuterRef("from_on"), pk__gt=OuterRef("pk")), loan=OuterRef("loan"))
    entered = Q(Exists(known.filter(~Exists(later), loan=OuterRef("pk"), grade__in=grades[grades.index(grade) :])))
    return entered | in_arrears(on, beyond=floors[grade]) if grade in floors else entered


@dataclass(frozen=True, slots=True)
class GradeState:
    """How a running loan is graded on a day, and why. `gradings`: the bank's own, newest first; `entered`: the one that counts."""

    on: date
    gradings: list[Grading]
    days_overdue: int

    @property
    def entered(self) -> LoanGrade:
        return next((LoanGrade(row.grade) for row in self.gradings if row.from_on <= self.on), LoanGrade.NORMAL)

    @property
    def floor(self) -> LoanGrade:
        return grade_floor(self.days_overdue, self.on)

    @property
    def in_force(self) -> LoanGrade:
        return grade_in_force(self.entered, self.days_overdue, self.on)

    @property
    def warning(self) -> str | None:
        return grade_warning(self.entered, self.days_overdue, self.on)


def gradings_of(loan: Loan) -> QuerySet[Grading]:
    """The bank's own grades of a loan, newest first."""
    return loan.gradings.select_related("entered_by").order_by("-from_on", "-pk")


def grade_state(loan: Loan, on: date, days_overdue: int | None = None) -> GradeState:
    """Read a loan's gradings and, unless they are at hand, its days overdue. Up to two queries."""
    return GradeState(on, list(gradings_of(loan)), days_overdue_on(loan, on) if days_overdue is None else days_overdue)


def days_overdue_on(loan: Loan, day: date) -> int:
    """Days since the oldest instalment unpaid on a day was payable, by what is known now; 0 when none was. One query."""
    spell = loan.overdue_spells.on(day).first()
    return (day - spell.payable_on).days if spell else 0
