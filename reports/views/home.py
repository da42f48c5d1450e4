"""The first page of everyone: what to do, what to watch, what has changed since the last visit."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from common.http import today
from common.page import NumberCard, Todo
from loans.pages import changes, decisions, inspections, loans, suspensions, write_offs
from loans.pages.claims.todos import todos as claim_todos
from loans.selectors.risk import suspensions_seen
from parties.enums import Role
from parties.models import User
from parties.permissions import may
from parties.selectors import last_visit
from parties.web import person
from reserve.calendar import workday_table
from reserve.choice import choose
from reserve.workdays import WorkdayTable

from ..cards import programme_cards, security_cards, system_cards, trail_cards
from ..selectors.administration import security_figures, system_figures, trail_figures
from ..selectors.home import todos
from ..selectors.standing import standing
from ..todo_list import grouped, kinds, placed, with_workdays


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To-dos by deadline; for a business person the numbers of one programme (`?programme=`), for an administrator the system's.

    `?kind=` narrows a long list of to-dos to one kind of work.
    """
    user, on, table = person(request), today(), workday_table()
    if not may(user, "programme.read"):
        waiting = with_workdays(todos(user, on, table), on, table)
        return _page(request, waiting, {"numbers": _of_the_system(user, table)})
    choice, seen = choose(request, reverse("reports:home")), suspensions_seen(user)
    of_loans = [*decisions.todos(user, on, table), *loans.todos(user), *changes.todos(user), *inspections.todos(user, on)]
    of_failed = [*claim_todos(user), *write_offs.todos(user), *suspensions.todos(user, seen)]
    waiting = with_workdays([*of_loans, *of_failed, *todos(user, on, table)], on, table)
    context: dict[str, Any] = {"visit": last_visit(user), "numbers": []}
    if choice.programme is not None:
        numbers = programme_cards(standing(choice.programme, on, seen), table, user)
        context |= {"programme": choice.programme, "programmes": choice.links, "numbers": numbers}
    return _page(request, placed(waiting, choice.names, choice.programme.pk if choice.programme else None), context)


def _page(request: HttpRequest, waiting: list[Todo], context: dict[str, Any]) -> HttpResponse:
    """The page with the to-dos in groups, those of the kind asked for alone where there are any."""
    kind, kept = request.GET.get("kind", ""), {key: value for key, value in request.GET.items() if key == "programme"}

    def address(kind: str) -> str:
        return f"{request.path}?{urlencode(kept | ({'kind': kind} if kind else {}))}"

    chips = kinds(waiting, address, kind)
    shown = [todo for todo in waiting if todo.kind == kind] if any(chip.current for chip in chips[1:]) else waiting
    return render(request, "reports/home.html", {"todos": waiting, "groups": grouped(shown), "kinds": chips} | context)


def _of_the_system(user: User, table: WorkdayTable) -> list[NumberCard]:
    if user.role == Role.SYSTEM_ADMIN:
        return system_cards(system_figures(table))
    if user.role == Role.SECURITY_ADMIN:
        return security_cards(security_figures(today()))
    return trail_cards(trail_figures(today()), today())
