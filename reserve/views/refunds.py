"""Pages of refunds to the funders: the bank's two steps and the funder's withdrawal. The instruction is given in `reports`."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.page import Fact
from parties.carriers import papers_link
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..forms import ReasonForm, RefundPaymentForm
from ..models import Refund
from ..pages import refunds as page
from ..permissions import check_execute_refund, check_withdraw_refund
from ..services import refunds as services

FORM = "components/form_page.html"
RELATED = (
    *("account__funder", "account__bank", "account__programme", "programme", "entry"),
    *("instructed_by", "executed_by", "confirmed_by", "withdrawn_by"),
)


@login_required
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = Refund.objects.select_related(*RELATED).get(pk=get_visible(Refund, user, pk).pk)
    context = {
        "title": f"退还出资：{found.account.funder.short_name}",
        "refund": found,
        "facts": page.facts(found),
        "steps": page.steps(found),
        "actions": page.actions(user, found),
        "timeline": timeline(found),
        "papers": [papers_link(found)],
    }
    return render(request, "reserve/refund.html", context)


@login_required
def refund_execute(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Refund, person(request), pk)
    return submit(
        request,
        RefundPaymentForm(request.POST or None, initial={"paid_on": found.paid_on, "receipt_no": found.receipt_no}),
        services.execute_refund,
        action="refund.execute",
        check=partial(check_execute_refund, person(request), found),
        values={"refund": found},
        template=FORM,
        context={
            "title": "录入退还划款",
            "submit": "提交复核",
            "back": found.get_absolute_url(),
            "hints": page.payment_hints(found),
        },
        success="划款已录入，等待本行复核。",
    )


@login_required
@require_POST
def refund_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Refund, person(request), pk)
    return act(request, found, services.confirm_refund, action="refund.confirm", success="退还划款已复核，已记账。")


@login_required
def refund_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Refund, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": found.version}),
        services.withdraw_refund,
        action="refund.instruct",
        check=partial(check_withdraw_refund, person(request), found),
        values={"refund": found},
        template=FORM,
        context={"title": "撤回退款指令", "submit": "撤回", "back": found.get_absolute_url(), "hints": [Fact("收款账户", found.payee)]},
        success="退款指令已撤回。",
    )
