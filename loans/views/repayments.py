"""Pages of repayments and their reversals."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.http import today
from parties.web import act, get_visible, person, submit

from ..forms import ReasonForm, RepaymentForm
from ..models import Repayment, Reversal
from ..pages import repayments as page
from ..pages.loans import visible_loan
from ..services import repayments, reversals
from ..services.payments import Payment

FORM = "components/form_page.html"
EITHER = ("repayment.enter", "repayment.confirm")


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    form = RepaymentForm(request.POST or None, initial={"paid_on": today()}, preview=reverse("loans:owed_preview", args=[row.pk]))
    return submit(
        request,
        form,
        repayments.enter_repayment,
        action="repayment.enter",
        values={"loan": row},
        template="loans/repayment_form.html",
        context={"title": "登记还款", "submit": "提交复核", "back": row.get_absolute_url(), "hints": page.hints(row)},
        success="还款已录入，等待复核；复核后释放准备金。",
    )


@login_required
def owed_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment beside the form: what is owed on the day that is typed, what would settle the loan, and what is entered as it stands."""
    row = visible_loan(person(request), pk)
    typed = RepaymentForm(request.GET)
    given = {name: typed.cleaned_data[name] for name in typed.payment} if typed.is_valid() else {}
    payment = Payment(typed.cleaned_data.get("paid_on") or today(), **given)
    return render(request, "loans/owed_preview.html", page.owed(row, payment, today()))


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Repayment, request.user, pk)
    return act(request, row, repayments.confirm_repayment, action="repayment.confirm", success="还款已复核，准备金已释放。")


@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Repayment, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        repayments.discard_repayment,
        action=EITHER,
        values={"repayment": row},
        template=FORM,
        context={"title": f"作废还款录入：{row.loan.note_no}", "submit": "作废", "back": row.get_absolute_url()},
        success="还款录入已作废。",
    )


@login_required
def reverse_repayment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Repayment, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        reversals.enter_reversal,
        action="repayment.enter",
        values={"repayment": row},
        template=FORM,
        context={
            "title": f"冲正还款：{row.loan.note_no}",
            "submit": "提交复核",
            "back": row.get_absolute_url(),
            "hints": page.reversal_hints(row),
        },
        success="冲正已提出，等待复核；复核后该笔还款不再计入，准备金重新占用。",
    )


@login_required
@require_POST
def confirm_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Reversal, request.user, pk)
    return act(request, row, reversals.confirm_reversal, action="repayment.confirm", success="冲正已复核，该笔还款不再计入。")


@login_required
def discard_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Reversal, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        reversals.discard_reversal,
        action=EITHER,
        values={"reversal": row},
        template=FORM,
        context={"title": f"作废冲正：{row.repayment.loan.note_no}", "submit": "作废", "back": row.get_absolute_url()},
        success="冲正已作废。",
    )
