"""The programme's dashboard, as it stands today."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common.errors import NotFound
from common.http import today
from parties.permissions import require
from parties.web import person
from reserve.calendar import workday_table
from reserve.choice import chosen

from ..picture import picture
from ..selectors.dashboard import dashboard

TEMPLATE = "reports/dashboard.html"


@login_required
def own_dashboard(request: HttpRequest) -> HttpResponse:
    """Leads to that of the newest active programme; says so where there is none yet."""
    require(person(request), "programme.read")
    choice = chosen(request, request.GET.get("programme", ""), _address)
    if choice.programme is None:
        return render(request, TEMPLATE, {"programme": None})
    return redirect("reports:dashboard", choice.programme.code)


@login_required
def programme_dashboard(request: HttpRequest, code: str) -> HttpResponse:
    """Raises: NotAllowed, NotFound."""
    require(person(request), "programme.read")
    choice = chosen(request, code, _address)
    if choice.programme is None:
        raise NotFound
    shown = picture(dashboard(choice.programme, today()), workday_table())
    return render(request, TEMPLATE, {"programme": choice.programme, "programmes": choice.links, **shown})


def _address(code: str) -> str:
    return reverse("reports:dashboard", args=[code])
