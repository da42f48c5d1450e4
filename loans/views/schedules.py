"""Pages of the bank's own schedule of a loan."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from common.http import today
from parties.web import act, get_visible, person, submit

from ..forms import BankScheduleForm, ReasonForm
from ..models import BankSchedule
from ..pages import schedules as page
from ..pages.loans import visible_loan
from ..services import bank_schedules

FORM = "components/form_page.html"


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    return submit(
        request,
        BankScheduleForm(request.POST or None, initial={"received_on": today()}),
        bank_schedules.enter_bank_schedule,
        action="loan.enter",
        values={"loan": row},
        template=FORM,
        context={
            "title": f"录入银行还款计划：{row.note_no}",
            "submit": "提交复核",
            "back": row.get_absolute_url(),
            "hints": page.hints(row),
        },
        success="银行还款计划已录入，等待复核；复核后以银行计划为准。",
    )


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(BankSchedule, request.user, pk)
    return act(request, row, bank_schedules.confirm_bank_schedule, action="loan.confirm", success="银行还款计划已复核，以后按此计划。")


@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(BankSchedule, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        bank_schedules.discard_bank_schedule,
        action=("loan.enter", "loan.confirm"),
        values={"bank_schedule": row},
        template=FORM,
        context={"title": f"作废银行还款计划：{row.loan.note_no}", "submit": "作废", "back": row.get_absolute_url()},
        success="银行还款计划已作废。",
    )
