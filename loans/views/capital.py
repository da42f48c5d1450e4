"""Pages of the bank's net capital."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.http import today
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..forms import NetCapitalForm, ReasonForm
from ..lists import NetCapitalList
from ..models import NetCapital
from ..pages import capital as page
from ..services import capital as services

FORM = "components/form_page.html"


@login_required
def net_capital_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = NetCapital.objects.visible_to(user).select_related("bank", "entered_by", "confirmed_by")
    return NetCapitalList(request, rows).render(may_enter=may(user, "net_capital.enter"))


@login_required
def net_capital(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(NetCapital, request.user, pk)
    context = {
        "row": row,
        "title": f"{row.effective_on} 资本净额",
        "facts": page.facts(row),
        "steps": page.steps(row),
        "actions": page.actions(person(request), row),
        "timeline": timeline(row),
    }
    return render(request, "loans/net_capital.html", context)


@login_required
def enter(request: HttpRequest) -> HttpResponse:
    return submit(
        request,
        NetCapitalForm(request.POST or None),
        services.enter_net_capital,
        action="net_capital.enter",
        template=FORM,
        context={
            "title": "录入资本净额",
            "submit": "提交复核",
            "back": reverse("loans:net_capital_list"),
            "hints": page.hints(person(request), today()),
        },
        success="资本净额已录入，等待复核；复核后生效。",
    )


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(NetCapital, request.user, pk)
    return act(
        request,
        row,
        services.confirm_net_capital,
        action="net_capital.confirm",
        success=lambda done: f"资本净额已复核，自基准日 {done.effective_on} 起生效。",
    )


@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(NetCapital, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.discard_net_capital,
        action=("net_capital.enter", "net_capital.confirm"),
        values={"net_capital": row},
        template=FORM,
        context={"title": f"作废 {row.effective_on} 资本净额录入", "submit": "作废", "back": row.get_absolute_url()},
        success="资本净额录入已作废。",
    )
