"""Pages of winding a programme up 清算: readiness, the funders' refund instructions, the closing itself."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.display import yuan
from common.http import today
from common.page import Fact
from parties.permissions import require
from parties.web import act, get_visible, person, submit
from reserve.models import Programme, ReserveAccount
from reserve.permissions import check_instruct_refund
from reserve.selectors.ledger import current_balances

from .. import closing as page
from ..forms import RefundForm
from ..selectors.closing import closing_of
from ..services import closing as services


@login_required
def closing(request: HttpRequest, code: str) -> HttpResponse:
    """`?prove=1`: prove the ledger as well, which reads all of it."""
    user = person(request)
    require(user, "programme.read")
    programme = get_visible(Programme, user, code=code)
    found = closing_of(programme, today(), proved="prove" in request.GET)
    refunds = list(programme.refunds.select_related("account__funder", "instructed_by"))
    context = {
        "title": f"清算：{programme.name}",
        "programme": programme,
        "conditions": found.conditions,
        "accounts": page.account_rows(user, programme, found, refunds),
        "refunds": refunds,
        "actions": page.actions(user, programme, found),
    }
    return render(request, "reports/closing.html", context)


@login_required
def refund_instruct(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    account = get_visible(ReserveAccount, user, pk)
    require(user, "refund.instruct")
    check_instruct_refund(user, account)
    amount = yuan(current_balances([account])[account.pk].free)
    return submit(
        request,
        RefundForm(request.POST or None),
        services.instruct_refund,
        action="refund.instruct",
        values={"account": account},
        template="components/form_page.html",
        context={
            "title": "下达退款指令",
            "submit": "下达指令",
            "back": reverse("reports:closing", args=[account.programme.code]),
            "hints": [Fact("准备金账户", str(account)), Fact("退还金额（元）", amount, numeric=True, hint="账户全部可用准备金")],
            "confirm": f"将通知{account.bank.name}把 {amount} 元划至“{{payee}}”。",
        },
        success="退款指令已下达，等待银行划款。",
    )


@login_required
@require_POST
def programme_close(request: HttpRequest, code: str) -> HttpResponse:
    found = get_visible(Programme, person(request), code=code)
    url = reverse("reports:closing", args=[code])
    return act(request, found, services.close_programme, action="programme.close", success="项目已清算。", redirect_to=url)
