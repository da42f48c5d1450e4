"""Role × action × own/foreign, for every route there is.

The routes come from the resolver, the expectation from `tests/support/route_table.py`, the roles from the permission
table: whoever adds a route must say there who may take it, or these tests fail.
"""

from contextlib import nullcontext
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import resolve

from parties.models import User
from parties.permissions import PERMISSIONS, may
from tests.support.route_subjects import OF_ACCOUNTS, SHARED
from tests.support.route_table import API, PAGES, Rule
from tests.support.routes import SAFE, Route, routes
from tests.support.rows import untouched

from .conftest import Matrix

Call = tuple[Route, str, Rule]


def calls() -> list[Call]:
    """(route, method, rule) of everything that is in both the resolver and the table."""
    found: list[Call] = []
    for route in routes():
        if route.is_api:
            found += [(route, method, API[key]) for method in route.methods if (key := f"{method} {route.name}") in API]
        elif route.name in PAGES:
            rule = PAGES[route.name]
            found += [(route, method, rule) for method in (("GET", "POST") if rule.writes else ("GET",))]
    return found


def ids(values: list[Call]) -> list[str]:
    return [f"{method} {route.name}" for route, method, _ in values]


CALLS = calls()
GUARDED = [call for call in CALLS if call[2].actions]
ABOUT_OBJECTS = [call for call in CALLS if call[2].subject and call[2].subject not in SHARED | OF_ACCOUNTS]
PRIVATE = [call for call in CALLS if not call[2].public]
OPEN_READS = [call for call in PRIVATE if call[1] in SAFE and not call[2].actions and call[0].name != "parties:notification"]


def call(matrix: Matrix, user: User, route: Route, method: str, rule: Rule) -> HttpResponseBase:
    url = route.url(matrix.kwargs[rule.subject] if rule.subject else {})
    if route.is_api:
        send: Any = getattr(matrix.endpoint(user), method.lower())
        return send(url) if method in SAFE else send(url, {}, format="json")  # type: ignore[no-any-return]
    answer = matrix.page(user).get(url) if method == "GET" else matrix.page(user).post(url, {})
    if answer.streaming:
        list(answer)  # read to its end, which closes the file behind it; `close` alone would close the database's connection as well
    return answer


def holds(user: User, rule: Rule) -> bool:
    return any(may(user, action) for action in rule.actions)


def test_every_route_is_in_the_table() -> None:
    pages = {route.name for route in routes() if not route.is_api}
    endpoints = {f"{method} {route.name}" for route in routes() if route.is_api for method in route.methods}
    missing = sorted((pages - set(PAGES)) | (endpoints - set(API)))
    assert not missing, f"name the permission of these routes in tests/support/route_table.py: {missing}"


def test_the_table_names_only_routes_and_permissions_that_exist() -> None:
    pages = {route.name for route in routes()}
    gone = sorted((set(PAGES) - pages) | {key for key in API if key.split(" ", 1)[1] not in pages})
    assert not gone
    assert {action for rule in (*PAGES.values(), *API.values()) for action in rule.actions} <= set(PERMISSIONS)


def test_every_permission_that_guards_an_action_guards_a_route() -> None:
    used = {action for rule in (*PAGES.values(), *API.values()) for action in rule.actions}
    assert set(PERMISSIONS) - used == set()


@pytest.mark.parametrize("route", [route for route in routes() if route.name in PAGES or route.is_api], ids=lambda route: route.name)
def test_no_route_hides_another(route: Route) -> None:
    samples = {"pk": 1, "code": "x", "key": "x", "kind": "x", "year": 2012, "quarter": "2012Q1", "label": "x"}
    samples |= {"repayment_pk": 1, "extension_pk": 1, "correction_pk": 1, "schedule_pk": 1, "notice_pk": 1}
    kind = {"kind": "pdf"} if route.name == "reports:summary_file" else {}
    assert resolve(route.url({**samples, **kind})).view_name == route.name


@pytest.mark.parametrize(("route", "method", "rule"), GUARDED, ids=ids(GUARDED))
def test_without_the_grant_nothing_is_done(matrix: Matrix, route: Route, method: str, rule: Rule) -> None:
    strangers = [user for user in matrix.people if not holds(user, rule)]
    with untouched(matrix.rows):
        answers = {user.username: call(matrix, user, route, method, rule).status_code for user in strangers}
    # A page with one button has no GET at all.
    accepted = {403, 404, 405} if method == "GET" and rule.writes else {403, 404}
    assert {name: status for name, status in answers.items() if status not in accepted} == {}
    assert strangers


@pytest.mark.parametrize(("route", "method", "rule"), GUARDED, ids=ids(GUARDED))
def test_with_the_grant_it_is_not_the_permission_that_refuses(matrix: Matrix, route: Route, method: str, rule: Rule) -> None:
    holders = [user for user in matrix.people if holds(user, rule)]
    with untouched(matrix.rows) if method in SAFE else nullcontext():
        answers = {user.username: call(matrix, user, route, method, rule).status_code for user in holders}
    assert any(status not in {401, 403, 404} for status in answers.values()), answers


@pytest.mark.parametrize(("route", "method", "rule"), ABOUT_OBJECTS, ids=ids(ABOUT_OBJECTS))
def test_what_is_foreign_does_not_exist(matrix: Matrix, route: Route, method: str, rule: Rule) -> None:
    # Those who hold the grant, whom the place alone refuses; and some of the others.
    granted = [user for user in matrix.outsiders if not rule.actions or holds(user, rule)]
    some = matrix.outsiders[:: len(matrix.outsiders) // 4]
    with untouched(matrix.rows):
        for user in {*some, *(granted if rule.actions else [])}:
            status = call(matrix, user, route, method, rule).status_code
            expected = {404, 405} if method == "GET" and rule.writes else {404}
            assert status in (expected if user in granted else expected | {403}), (user.username, status)


@pytest.mark.parametrize(("route", "method", "rule"), PRIVATE, ids=ids(PRIVATE))
def test_nobody_is_asked_to_sign_in(matrix: Matrix, route: Route, method: str, rule: Rule) -> None:
    url = route.url(matrix.kwargs[rule.subject] if rule.subject else {})
    send = getattr(Client(), method.lower())
    with untouched(matrix.rows):
        answer = send(url) if method in SAFE else send(url, "{}", content_type="application/json")
    if route.is_api:
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    else:
        assert answer.status_code == 302
        assert answer.url.startswith("/login/?next=")


@pytest.mark.parametrize(("route", "method", "rule"), OPEN_READS, ids=ids(OPEN_READS))
def test_reading_changes_nothing(matrix: Matrix, route: Route, method: str, rule: Rule) -> None:
    """What needs no grant; what needs one is read above by those who have it and by those who have not."""
    with untouched(matrix.rows):
        for user in (matrix.world.bank, matrix.world.sysadmin, matrix.world.auditor):
            # 410: the file of the matrix's paper went with the test that made it
            assert call(matrix, user, route, method, rule).status_code in {200, 302, 403, 404, 405, 410}
