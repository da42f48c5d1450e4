"""What pages show of inspections."""

from datetime import date

from django.urls import reverse

from common.display import iso
from common.page import Action, Fact, Todo
from parties.models import User
from parties.permissions import may
from reserve.quarters import Quarter

from ..models import Loan
from ..permissions import require_enter_inspection, why_not
from ..rules.inspections import is_late
from ..selectors.inspections import quarterly_duties
from .parts import of_the_bank
from .recoveries import report_todo


def actions(user: User, loan: Loan) -> list[Action]:
    """Entering one, offered to the bank's people while the loan runs."""
    if not loan.is_running or not of_the_bank(user):
        return []
    url = reverse("loans:inspection_enter", args=[loan.pk])
    return [Action("登记贷后检查", url, reason=why_not(require_enter_inspection, user, loan), icon="clipboard-check")]


def hints(loan: Loan, owed: Quarter | None) -> list[Fact]:
    """Beside the form."""
    last = loan.inspections.first()
    return [
        Fact("企业名称", loan.enterprise_name, url=loan.get_absolute_url()),
        Fact("借据号", loan.note_no),
        Fact("约定用途", loan.purpose),
        Fact("应做未做", owed.label_cn if owed else "无", hint=f"期限 {owed.end}" if owed else "发放的次季度起每季一次，季末以前"),
        Fact("上次检查", f"{iso(last.inspected_on)}，{last.get_result_display()}" if last else "尚未检查"),
        Fact("登记以后", "不能修改", hint="确有误的，同一季度另录一笔，以后一笔为准；结论不是“正常”的，即时通知推荐单位"),
    ]


def todos(user: User, on: date) -> list[Todo]:
    """One line for each programme and quarter the person's bank owes inspections or progress reports for, late ones first."""
    found: list[Todo] = []
    if not may(user, "inspection.enter"):
        return found
    for row in quarterly_duties(user, on):
        quarter = Quarter.parse(row["quarter"])
        if row["duty"] == "report":
            found.append(report_todo(quarter, row["programme"], row["count"]))
            continue
        label = f"{'补做' if is_late(quarter, on) else '做'}{quarter.label_cn}贷后检查：{row['count']} 笔"
        url = f"{reverse('loans:inspection_due')}?quarter={quarter}"
        detail = "每笔在贷每季检查一次，季末以前登记"
        found.append(Todo(label, url, programme=row["programme"], detail=detail, due_on=quarter.end, sort="贷后检查"))
    return found
