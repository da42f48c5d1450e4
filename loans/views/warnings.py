"""Pages of early warnings."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from common.http import today
from common.related import related_to
from parties.permissions import require
from parties.selectors import timeline
from parties.web import get_visible, person, submit

from ..forms import ReasonForm, WarningForm
from ..models import EarlyWarning
from ..pages import warnings as page
from ..pages.loans import visible_loan
from ..services import warnings as services
from ..watching import WarningList

FORM = "components/form_page.html"


@login_required
def warning_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = EarlyWarning.objects.visible_to(person(request)).select_related("loan__bank", "loan__programme", "reported_by", "lifted_by")
    return WarningList(request, rows).render()


@login_required
def warning(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(EarlyWarning, request.user, pk)
    context = {
        "row": row,
        "title": f"{row.get_kind_display()}预警：{row.loan.enterprise_name}",
        "facts": page.facts(row),
        "steps": page.steps(row),
        "actions": page.actions(person(request), row),
        "timeline": timeline(row),
        "related": related_to(row, person(request)),
    }
    return render(request, "loans/warning.html", context)


@login_required
def report(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    return submit(
        request,
        WarningForm(request.POST or None, initial={"learned_on": today()}),
        services.report_warning,
        action="warning.report",
        values={"loan": row},
        template=FORM,
        context={
            "title": f"报告预警：{row.enterprise_name}",
            "submit": "报告",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.hints(row),
        },
        success="预警已报告，已通知市科技局、市中心和镇政府。",
    )


@login_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(EarlyWarning, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.lift_warning,
        action="warning.lift",
        values={"early_warning": row},
        template=FORM,
        context={
            "title": f"解除{row.get_kind_display()}预警：{row.loan.enterprise_name}",
            "submit": "解除",
            "back": row.get_absolute_url(),
            "hints": page.facts(row)[5:7],
        },
        success="预警已解除。",
    )
