"""五级分类: the bank's own grade of a loan, entered by its officer (domain §3.8, §6). Days overdue may make what counts worse."""

from datetime import date, datetime

from django.db import transaction

from parties.models import User
from parties.services import audit

from ..enums import LoanGrade
from ..errors import DatesOutOfOrder, GradeAboveFloor
from ..models import Grading, Loan
from ..permissions import require_enter_grade
from ..rules.grades import grade_floor, worse
from ..selectors.grades import days_overdue_on, grade_state
from .checks import require_choice
from .common import lock, require_reason, tell_offices


@transaction.atomic
def enter_grade(*, loan: Loan, grade: str, from_on: date, reason: str, by: User, on: date, now: datetime) -> Grading:
    """Grade a running loan from a day on, today or before.

    Locks the Loan; writes Grading, audit, and a notification to the offices where the grade in force changes.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), InvalidInput, DatesOutOfOrder,
        GradeAboveFloor: better than the days overdue on `from_on` allow.
    """
    loan = lock(loan)
    require_enter_grade(by, loan)
    wanted = LoanGrade(require_choice(grade, LoanGrade, "grade", "五级分类"))
    _check_day(loan, from_on, on)
    days = days_overdue_on(loan, from_on)
    floor = grade_floor(days, from_on)
    if worse(wanted, floor) != wanted:
        raise GradeAboveFloor(str(wanted.label), str(floor.label), days, from_on)
    before = grade_state(loan, on).in_force
    grading = Grading.objects.create(loan=loan, grade=wanted, from_on=from_on, reason=require_reason(reason), entered_by=by, entered_at=now)
    after = grade_state(loan, on).in_force
    summary = f"五级分类：自 {from_on} 起为“{wanted.label}”"
    code = loan.programme.code
    changes = {"五级分类": (before.label, after.label)} if after != before else {}
    audit.record(
        by=by, now=now, action="grade.enter", subject=loan, summary=summary, programme=code, changes=changes, reason=grading.reason
    )
    if after != before:
        tell_offices(
            loan.programme,
            key=f"grading:{grading.pk}",
            subject=f"五级分类由“{before.label}”变为“{after.label}”：{loan.enterprise_name}（{loan.note_no}）",
            body=grading.reason,
            url=loan.get_absolute_url(),
            now=now,
        )
    return grading


def _check_day(loan: Loan, from_on: date, on: date) -> None:
    if from_on < loan.disbursed_on:
        raise DatesOutOfOrder("from_on", f"起始日 {from_on} 早于发放日期 {loan.disbursed_on}，请核对。")
    if from_on > on:
        raise DatesOutOfOrder("from_on", f"起始日 {from_on} 晚于今天（{on}），请核对。")
