"""Quarterly summaries over REST: one route for both halves of a step, files with their checksum as ETag."""

from collections.abc import Callable
from datetime import date

import pytest
from rest_framework.test import APIClient

from parties.models import User
from reports.selectors.summaries import document
from reports.services.summaries import generate_missing
from tests.factories import World, at, make_enterprise, make_line, make_loan, make_summary

pytestmark = pytest.mark.django_db

URL = "/api/v1/quarterly-summaries/"
Api = Callable[[User], APIClient]


@pytest.fixture
def lent(world: World) -> World:
    make_loan(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 1))
    return world


def test_a_summary_shows_what_it_declares(lent: World, api: Api) -> None:
    summary = make_summary(lent, "2012Q1", until="submitted", day=date(2012, 4, 9))
    data = api(lent.province).get(f"{URL}{summary.pk}/").json()
    assert data["lines"] == document(summary)["lines"]
    assert list(data["lines"][0])[1:8] == [
        "enterprise_name",
        "amount",
        "disbursed_on",
        "due_on",
        "annual_rate",
        "purpose",
        "repayment_method",
    ]
    expected = {
        "programme": "xiaolan",
        "bank": lent.bank_organisation.pk,
        "quarter": "2012Q1",
        "version": 1,
        "status": "submitted",
        "loan_count": 1,
        "total_amount": "5000000.00",
        "declared_reserve": "666666.67",
        "due_on": "2012-04-17",
        "provisional": False,
        "late_workdays": 0,
        "submitted_on": "2012-04-09",
        "checksum": summary.checksum,
        "ledger_head": summary.ledger_head,
        "adjustments": [],
    }
    assert {key: data[key] for key in expected} == expected
    assert data["submitted_at"].startswith("2012-04-09T10:00:00")


def test_a_draft_shows_the_records_as_they_stand(lent: World, api: Api) -> None:
    generate_missing(**at(2012, 4, 1))
    drafts = api(lent.bank).get(URL, {"quarter": "2012Q1"}).json()["results"]
    assert [(row["status"], row["loan_count"], len(row["lines"]), row["checksum"]) for row in drafts] == [("draft", 1, 1, "")]


def test_both_halves_of_each_step_have_one_route(lent: World, api: Api) -> None:
    make_summary(lent, "2011Q4", until="submitted")
    pk = make_summary(lent, "2012Q1").pk
    statuses = []
    for user, step in ((lent.bank, "submit"), (lent.bank2, "submit"), (lent.province, "accept"), (lent.province2, "accept")):
        answer = api(user).post(f"{URL}{pk}/{step}/")
        assert answer.status_code == 200, answer.json()
        statuses.append(answer.json()["status"])
    assert statuses == ["checked", "submitted", "proposed", "accepted"]


def test_what_was_seen_is_checked_and_submitted(lent: World, api: Api) -> None:
    make_summary(lent, "2011Q4", until="submitted")
    pk = make_summary(lent, "2012Q1").pk
    seen = api(lent.bank).get(f"{URL}{pk}/").json()["content_digest"]
    assert api(lent.bank).post(f"{URL}{pk}/submit/", {"digest": "0" * 64}).json()["code"] == "checked_content_changed"
    assert api(lent.bank).post(f"{URL}{pk}/submit/", {"digest": seen}).status_code == 200
    answer = api(lent.bank2).post(f"{URL}{pk}/submit/", {"digest": seen}).json()
    assert (answer["status"], answer["content_digest"]) == ("submitted", seen)


def test_a_return_answers_the_returned_version_and_makes_the_next(lent: World, api: Api) -> None:
    pk = make_summary(lent, "2012Q1", until="submitted").pk
    client = api(lent.province)
    answer = client.post(f"{URL}{pk}/return/", {"reason": "第1行用途有误。"})
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, pk, "returned")
    assert answer.json()["return_reason"] == "第1行用途有误。"
    found = client.get(URL, {"quarter": "2012Q1", "ordering": "-quarter"}).json()["results"]
    assert sorted((row["version"], row["status"]) for row in found) == [(1, "returned"), (2, "draft")]


def test_a_repeated_key_gives_the_same_answer_once(lent: World, api: Api) -> None:
    pk = make_summary(lent, "2012Q1", until="submitted").pk
    client = api(lent.province)
    first = client.post(f"{URL}{pk}/return/", {"reason": "有误。"}, headers={"Idempotency-Key": "k1"})
    again = client.post(f"{URL}{pk}/return/", {"reason": "有误。"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    other = client.post(f"{URL}{pk}/return/", {"reason": "另一理由。"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 409


@pytest.mark.parametrize(
    "name, step, status", [("province", "submit", 403), ("bank", "accept", 403), ("bank", "return", 403), ("auditor", "submit", 403)]
)
def test_a_step_of_others_is_refused(lent: World, api: Api, name: str, step: str, status: int) -> None:
    pk = make_summary(lent, "2012Q1", until="submitted").pk
    answer = api(getattr(lent, name)).post(f"{URL}{pk}/{step}/", {"reason": "x"} if step == "return" else {})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_step_out_of_turn_is_a_conflict_and_a_missing_reason_an_input_error(lent: World, api: Api) -> None:
    pk = make_summary(lent, "2012Q1", until="submitted").pk
    assert api(lent.province2).post(f"{URL}{pk}/accept/").status_code == 409
    assert api(lent.province).post(f"{URL}{pk}/return/", {}).json()["errors"].keys() == {"reason"}


@pytest.mark.parametrize(
    "query, field", [({"status": "x"}, "status"), ({"quarter": "2012-1"}, "quarter"), ({"year": "2012"}, "year"), ({"bank": "0"}, "bank")]
)
def test_an_unknown_filter_is_refused(lent: World, api: Api, query: dict[str, str], field: str) -> None:
    answer = api(lent.province).get(URL, query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_filters_narrow_the_list(lent: World, api: Api) -> None:
    make_summary(lent, "2012Q1", until="accepted")
    client = api(lent.auditor)
    counts = {
        query: client.get(f"{URL}?{query}").json()["count"]
        for query in ("", "programme=xiaolan", "status=accepted", "quarter=2011Q4", f"bank={lent.bank_organisation.pk}")
    }
    assert list(counts.values()) == [2, 2, 1, 1, 2]


def test_the_list_asks_no_more_for_more_rows(lent: World, api: Api, django_assert_max_num_queries: Callable[..., object]) -> None:
    generate_missing(**at(2012, 1, 1))
    client = api(lent.auditor)
    with django_assert_max_num_queries(7) as one:
        assert client.get(URL).json()["count"] == 1
    generate_missing(**at(2012, 10, 1))
    with django_assert_max_num_queries(7) as many:
        assert client.get(URL).json()["count"] == 4
    assert len(one) == len(many)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind, accept, start",
    [("pdf", "application/pdf", b"%PDF"), ("xlsx", "*/*", b"PK"), ("csv", "text/csv", b"\xef\xbb\xbf"), ("csv", "*/*", b"\xef\xbb\xbf")],
)
def test_a_file_comes_once_and_then_as_unchanged(lent: World, api: Api, kind: str, accept: str, start: bytes) -> None:
    summary = make_summary(lent, "2012Q1", until="submitted")
    client = api(lent.province)
    answer = client.get(f"{URL}{summary.pk}/{kind}/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer["ETag"] == f'"{summary.checksum}"'
    again = client.get(f"{URL}{summary.pk}/{kind}/", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_missing_file_is_a_problem_document_whatever_was_asked_for(lent: World, api: Api) -> None:
    answer = api(lent.province).get(f"{URL}999999/pdf/", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (404, "application/problem+json", "not_found")


def test_administrators_and_strangers_find_nothing(lent: World, api: Api) -> None:
    pk = make_summary(lent, "2012Q1").pk
    assert api(lent.sysadmin).get(f"{URL}{pk}/").status_code == 404
    assert api(lent.sysadmin).get(URL).json()["count"] == 0
