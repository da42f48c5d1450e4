"""What pages show of a loan's grade."""

from django.urls import reverse

from common.display import iso
from common.page import Action, Fact
from parties.models import User

from ..enums import LoanGrade
from ..models import Loan
from ..permissions import require_enter_grade, why_not
from ..selectors.grades import GradeState


def fact(state: GradeState) -> Fact:
    """The grade in force, and what it comes from where the days overdue made it worse."""
    hint = (
        ""
        if state.in_force == state.entered
        else f"银行登记“{state.entered.label}”；逾期 {state.days_overdue} 天，不优于“{state.floor.label}”"
    )
    return Fact("五级分类", state.in_force.label, hint=hint, term="五级分类")


def actions(user: User, loan: Loan) -> list[Action]:
    """Grading, offered to the bank's people while the loan runs."""
    if not loan.is_running:
        return []
    url, reason = reverse("loans:grade_enter", args=[loan.pk]), why_not(require_enter_grade, user, loan)
    return [Action("登记五级分类", url, reason=reason, icon="adjustments")]


def hints(loan: Loan, state: GradeState) -> list[Fact]:
    """Beside the form."""
    last = state.gradings[0] if state.gradings else None
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("现行分类", state.in_force.label),
        Fact("银行最近登记", f"{last.get_grade_display()}，自 {iso(last.from_on)}" if last else "尚未登记，按“正常”"),
        Fact("逾期天数", f"{state.days_overdue} 天"),
        Fact("逾期下限", state.floor.label if state.floor != LoanGrade.NORMAL else "无", hint="不得登记更好的分类，可以登记更差的"),
    ]


def told(state: GradeState) -> str:
    """The message after grading, with what has to be heeded."""
    message = f"五级分类已登记，现为“{state.in_force.label}”。"
    return f"{message}注意：{state.warning}" if state.warning else message
