"""The first page of everyone: what to do, then what to watch."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.http import today
from loans.models import Suspension
from loans.pages import changes, decisions, inspections, loans, suspensions, write_offs
from loans.pages.claims.todos import todos as claim_todos
from loans.selectors.risk import suspensions_seen
from parties.enums import Role
from parties.permissions import may
from parties.web import person
from reserve.calendar import workday_table
from reserve.choice import Choice, choose
from reserve.workdays import WorkdayTable

from ..pages import (
    QUARTERS_ON_HOME,
    industry_chart,
    programme_cards,
    quarter_chart,
    security_cards,
    size_chart,
    system_cards,
    trail_cards,
)
from ..selectors.dashboard import dashboard, security_figures, system_figures, trail_figures
from ..selectors.home import by_deadline, placed, todos


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To-dos by deadline; for a business person the picture of one programme (`?programme=`), for an administrator the system's."""
    user, on, table = person(request), today(), workday_table()
    of_loans = [*decisions.todos(user, on, table), *loans.todos(user), *changes.todos(user), *inspections.todos(user, on)]
    seen = suspensions_seen(user) if may(user, "programme.read") else []
    of_failed = [*claim_todos(user), *write_offs.todos(user), *suspensions.todos(user, seen)]
    waiting = [*of_loans, *of_failed, *todos(user, on, table)]
    context: dict[str, Any] = {"todos": by_deadline(waiting, on, table), "programme": None, "numbers": [], "charts": []}
    if may(user, "programme.read"):
        choice = choose(request, reverse("reports:home"))
        context["todos"] = placed(context["todos"], choice.names, choice.programme.pk if choice.programme else None)
        context |= _programme(choice, table, seen)
    elif user.role == Role.SYSTEM_ADMIN:
        context["numbers"] = system_cards(system_figures(table))
    elif user.role == Role.SECURITY_ADMIN:
        context["numbers"] = security_cards(security_figures(on))
    elif user.role == Role.AUDIT_ADMIN:
        context["numbers"] = trail_cards(trail_figures(on), on)
    return render(request, "reports/home.html", context)


def _programme(choice: Choice, table: WorkdayTable, seen: Sequence[Suspension]) -> dict[str, Any]:
    if choice.programme is None:
        return {}
    board = dashboard(choice.programme, today(), seen)
    figures = board.figures
    drawn = [quarter_chart(choice.programme, figures, QUARTERS_ON_HOME)] if figures.by_quarter else []
    if figures.enterprises:
        drawn += [size_chart(choice.programme, figures), industry_chart(choice.programme, figures)]
    return {
        "programme": choice.programme,
        "programmes": choice.links,  # the top bar turns to another one on this very page
        "numbers": programme_cards(board, table),
        "charts": drawn,
    }
