"""What every endpoint has in common: problems, strict queries, pages, scope."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.test import APIClient

from parties.api import with_etag
from parties.models import AuditEvent, Organisation, User
from tests.factories import World

Api = Callable[[User], APIClient]


def test_list_is_paged_and_scoped(world: World, api: Api) -> None:
    Organisation.objects.create(kind="bank", name="外地银行", short_name="外地")
    body = api(world.town).get("/api/v1/organisations/", {"page_size": 2}).json()
    assert set(body) == {"count", "next", "previous", "results"}
    assert (body["count"], len(body["results"])) == (6, 2)
    assert api(world.sysadmin).get("/api/v1/organisations/").json()["count"] == 7


@pytest.mark.parametrize(
    "query",
    ["kind=church", "colour=red", "page=0", "page=2", "page=x", "page=１", "page_size=501", "page_size=0", "page_size=", "ordering=address",
     "ordering=-name,address"],
)  # fmt: skip
def test_whatever_a_list_does_not_know_is_a_400_naming_it(world: World, api: Api, query: str) -> None:
    answer = api(world.town).get(f"/api/v1/organisations/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "errors"}
    assert (body["code"], body["status"]) == ("invalid_input", 400)
    assert query.split("=")[0] in body["errors"]


def test_ordering_and_filters(world: World, api: Api) -> None:
    client = api(world.town)
    names = [row["name"] for row in client.get("/api/v1/organisations/?ordering=-name").json()["results"]]
    assert names == sorted(names, reverse=True)
    [bank] = client.get("/api/v1/organisations/?kind=bank").json()["results"]
    assert bank["name"] == "小榄村镇银行"


def test_foreign_and_impossible_objects_are_the_same_404(world: World, api: Api) -> None:
    other = Organisation.objects.create(kind="bank", name="外地银行", short_name="外地")
    client = api(world.town)
    answers = [client.get(f"/api/v1/organisations/{key}/") for key in (other.pk, 999999, "x", 10**30)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_unknown_address_under_the_api_is_a_problem(db: None) -> None:
    answer = Client().get("/api/v1/nothing/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "content", "content_type", "status", "code"),
    [
        ("put", "{}", "application/json", 405, "method_not_allowed"),
        ("post", "{", "application/json", 400, "parse_error"),
        ("post", "a=1", "text/plain", 415, "unsupported_media_type"),
    ],
)
def test_malformed_requests_are_problems(db: None, method: str, content: str, content_type: str, status: int, code: str) -> None:
    answer = getattr(Client(), method)("/api/v1/tokens/", content, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_json_is_spoken(world: World, api: Api) -> None:
    answer = api(world.town).get("/api/v1/me/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_me_tells_what_one_may_do(world: World, api: Api) -> None:
    body = api(world.bank2).get("/api/v1/me/").json()
    assert body["organisation"]["short_name"] == "村镇银行"
    assert "contribution.confirm" in body["actions"]
    assert "contribution.receive" not in body["actions"]


def test_trail_is_scoped_and_filtered_by_known_programmes_only(world: World, api: Api) -> None:
    client = api(world.town)
    assert client.get("/api/v1/audit-events/?programme=xiaolan").json()["count"] > 0
    assert client.get("/api/v1/audit-events/?programme=elsewhere").status_code == 400
    assert api(world.auditadmin).get("/api/v1/audit-events/").json()["count"] == AuditEvent.objects.count()
    assert api(world.sysadmin).get("/api/v1/audit-events/").json()["count"] == 0


def test_lists_cost_the_same_for_more_rows(world: World, api: Api) -> None:
    client, costs = api(world.town), []
    for size in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/audit-events/", {"page_size": size})
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 4


def test_report_known_already_is_not_built_again() -> None:
    def never() -> HttpResponse:
        raise AssertionError

    def request(**headers: str) -> Any:
        return Request(RequestFactory().get("/x/", **headers))

    built = with_etag(request(), "abc", lambda: HttpResponse("x"))
    assert (built.status_code, built["ETag"]) == (200, '"abc"')
    unchanged = with_etag(request(HTTP_IF_NONE_MATCH='"abc"'), "abc", never)
    assert (unchanged.status_code, unchanged["ETag"]) == (304, '"abc"')
    assert with_etag(request(HTTP_IF_NONE_MATCH='"old"'), "abc", lambda: HttpResponse("x")).status_code == 200


def test_documentation_page_needs_no_script_and_names_every_route(world: World) -> None:
    answer = Client().get("/api/v1/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "POST /api/v1/tokens/" in page
    for path in Client().get("/api/v1/schema/").json()["paths"]:
        assert path in page


def test_schema_is_given_as_yaml_too(db: None) -> None:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/yaml"})
    assert answer.content.decode().startswith("openapi:")


@pytest.mark.parametrize("body", [r'{"username": "\ud800", "password": "x"}', '{"a":' * 3000], ids=["half a pair", "nested"])
def test_a_body_that_could_not_be_kept_is_a_400_problem(db: None, body: str) -> None:
    answer = Client().post("/api/v1/tokens/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("address", ["notifications/?unread=maybe", "programmes/xiaolan/rules/?of=2012"])
def test_what_is_no_ordinary_filter_is_as_strict(world: World, api: Api, address: str) -> None:
    answer = api(world.town).get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
