"""Pages of suspensions of new cover and their resumption."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from parties.carriers import papers_link
from parties.permissions import require
from parties.selectors import timeline
from parties.web import get_visible, person, submit
from reserve.enums import JointKind
from reserve.selectors.joint import decisions_about, pending_about

from ..forms import JointWordForm, ReasonForm, ResumptionForm
from ..models import Suspension
from ..pages import suspensions as page
from ..permissions import require_propose_resumption
from ..selectors.risk import latest_rate
from ..services import suspensions as services
from ..suspending import SuspensionList

FORM = "components/form_page.html"


@login_required
def suspension_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = Suspension.objects.visible_to(person(request)).select_related("bank", "programme")
    return SuspensionList(request, rows).render()


@login_required
def suspension(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Suspension, request.user, pk)
    decisions = list(decisions_about(row, JointKind.RESUMPTION))
    context = {
        "row": row,
        "title": f"暂停新增：{row.scope}",
        "facts": page.facts(row, latest_rate(row)),
        "steps": page.steps(row, decisions),
        "actions": page.actions(person(request), row, decisions),
        "decisions": decisions,
        "timeline": timeline(row),
        "papers": [papers_link(row)],
    }
    return render(request, "loans/suspension.html", context)


@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Suspension, request.user, pk)
    return submit(
        request,
        ResumptionForm(request.POST or None),
        services.propose_resumption,
        action="resumption.propose",
        check=partial(require_propose_resumption, person(request), row),
        values={"suspension": row},
        template=FORM,
        context={
            "title": f"提请恢复新增：{row.scope}",
            "submit": "提请各方决定",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.hints(row),
        },
        success="已提请各方决定，等待各方复核人签署意见。",
    )


@login_required
def speak(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Suspension, request.user, pk)
    return submit(
        request,
        JointWordForm(request.POST or None),
        services.speak_on_resumption,
        action="joint.speak",
        check=partial(services.require_may_speak, row, by=person(request)),
        values={"suspension": row},
        template=FORM,
        context={
            "title": f"签署恢复新增的意见：{row.scope}",
            "submit": "签署",
            "back": row.get_absolute_url(),
            "hints": page.speak_hints(row, pending_about(row, JointKind.RESUMPTION)),
        },
        success=lambda one: "意见已签署，各方均已同意，恢复新增。" if one.resumed_on else "意见已签署。",
    )


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Suspension, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.withdraw_resumption,
        action="joint.withdraw",
        check=partial(services.require_may_withdraw, row, by=person(request)),
        values={"suspension": row},
        template=FORM,
        context={"title": f"撤回提请：{row.scope}", "submit": "撤回", "back": row.get_absolute_url(), "hints": page.hints(row)},
        success="提请已撤回。",
    )
