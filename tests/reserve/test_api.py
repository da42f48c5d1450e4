"""The REST resources of the reserve (architecture §9)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from common.http import today
from parties.enums import OrganisationKind, Role
from parties.models import User
from reserve.models import Contribution
from tests.factories import World, deposit, fund, make_contribution, make_organisation, make_person, make_world, match

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def caller(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def rows(client: APIClient, path: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content.decode()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_a_programme_is_found_by_its_code_with_its_parties_and_rules(world: World) -> None:
    client = caller(world.auditor)
    found = client.get("/api/v1/programmes/xiaolan/").json()
    assert (found["code"], found["status"], found["agreement_signed_on"]) == ("xiaolan", "active", "2011-10-28")
    assert {"kind": "town", "id": world.town_organisation.pk, "name": "小榄镇人民政府"} in found["parties"]
    rules = {rule["key"]: rule for rule in client.get("/api/v1/programmes/xiaolan/rules/?on=2012-01-01").json()}
    assert (rules["leverage"]["value"], rules["leverage"]["basis"]) == ("7.5", "inferred")
    assert rules["match_due_workdays"]["effective_on"] == "2011-10-28"
    assert client.get("/api/v1/programmes/xiaolan/rules/?on=40909").status_code == 400


def test_accounts_show_their_figures_on_any_day(world: World) -> None:
    fund(world)
    client = caller(world.province)
    by_kind = {row["funder_kind"]: row for row in rows(client, "reserve-accounts/?programme=xiaolan&as_of=2011-12-09")}
    assert by_kind["provincial_centre"]["balance"] == by_kind["provincial_centre"]["free"] == "10000000.00"
    assert (by_kind["town"]["balance"], by_kind["town"]["earmarked"]) == ("40000000.00", "0.00")
    before = rows(client, "reserve-accounts/?as_of=2011-12-08&funder_kind=town")
    assert [(row["balance"], row["as_of"]) for row in before] == [("0.00", "2011-12-08")]
    assert rows(client, "reserve-accounts/?by=value")[0]["balance"] == "10000000.00"
    one = client.get(f"/api/v1/reserve-accounts/{world.town_account.pk}/?as_of=2011-12-31").json()
    assert one["free"] == "40000000.00"
    for query in ("as_of=yesterday", "programme=nonsense", "colour=red", "by=moon"):
        assert client.get(f"/api/v1/reserve-accounts/?{query}").status_code == 400, query


def test_the_ledger_is_a_chain(world: World) -> None:
    fund(world)
    client = caller(world.bank)
    entries = rows(client, "ledger-entries/?programme=xiaolan&purpose=contribution")
    assert [entry["sequence"] for entry in entries] == [1, 2]
    assert entries[0]["previous_hash"] == ""
    assert entries[1]["previous_hash"] == entries[0]["hash"]
    assert entries[0]["business_date"] == "2011-11-11"
    assert [(t["debit"], t["credit"], t["amount"], t["funder_kind"]) for t in entries[1]["transfers"]] == [
        ("bank", "free", "40000000.00", "town")
    ]
    assert [entry["sequence"] for entry in rows(client, "ledger-entries/?from=2011-12-01&to=2011-12-31")] == [2]
    assert client.get("/api/v1/ledger-entries/?purpose=gold").status_code == 400
    assert client.get("/api/v1/ledger-entries/?since=2011-12-01").status_code == 400


def record(client: APIClient, **values: Any) -> Any:
    day = str(today() - timedelta(days=3))
    given = {"programme": "xiaolan", "amount": "10000000.00", "transferred_on": day, "voucher_no": "V1"}
    return client.post("/api/v1/contributions/", {**given, **values})


def test_a_deposit_by_three_people(world: World) -> None:
    made = record(caller(world.province))
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["amount"], made.json()["funder_kind"]) == ("recorded", "10000000.00", "provincial_centre")
    path = f"/api/v1/contributions/{made.json()['id']}/"
    early = caller(world.bank2).post(f"{path}confirm/", {})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    receipt = {"arrived_on": str(today() - timedelta(days=2)), "receipt_no": "HD1", "amount": "10000000.00"}
    received = caller(world.bank).post(f"{path}confirm/", receipt)
    assert (received.status_code, received.json()["status"]) == (200, "received")
    done = caller(world.bank2).post(f"{path}confirm/", {})
    assert (done.status_code, done.json()["status"]) == (200, "confirmed")
    assert done.json()["ledger_entry"]
    [owed] = rows(caller(world.town), "funding-obligations/?programme=xiaolan&status=open")
    assert (owed["amount"], owed["fulfilled_on"]) == ("40000000.00", None)
    [clock] = rows(caller(world.town), "deadlines/?open=true&mine=true")
    assert (clock["kind"], clock["due_on"]) == ("match", owed["due_on"])
    assert rows(caller(world.bank), "deadlines/?mine=true") == []
    assert caller(world.bank).get("/api/v1/deadlines/?open=maybe").status_code == 400


def test_the_same_key_is_answered_once_and_another_body_is_a_conflict(world: World) -> None:
    client = caller(world.province)
    client.credentials(HTTP_IDEMPOTENCY_KEY="k1")
    first, again, other = record(client), record(client), record(client, amount="5.00")
    assert first.json() == again.json()
    assert (again.status_code, other.status_code) == (201, 409)
    assert Contribution.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "status", "name"),
    [
        ({"amount": "0.00"}, 400, "amount"),
        ({"amount": "1.001"}, 400, "amount"),
        ({"amount": 10000000.0}, 400, "amount"),
        ({"transferred_on": "40909"}, 400, "transferred_on"),
        ({"transferred_on": "2011-10-01"}, 400, "transferred_on"),
        ({"voucher_no": ""}, 400, "voucher_no"),
        ({"programme": "elsewhere"}, 400, "programme"),
    ],
)
def test_bad_input_is_a_problem_that_names_its_field(world: World, values: dict[str, Any], status: int, name: str) -> None:
    answer = record(caller(world.province), **values)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert name in answer.json()["errors"]
    assert not Contribution.objects.exists()


def test_the_towns_wrong_amount_is_refused_by_name(world: World) -> None:
    owed = deposit(world, arrived_on=today() - timedelta(days=5))
    client = caller(world.town)
    answer = record(client, amount="39999999.99", obligation=owed.pk)
    assert (answer.status_code, answer.json()["code"]) == (400, "match_amount_differs")
    assert record(client, amount="40000000.00").status_code == 201
    second = record(client, amount="40000000.00", voucher_no="V2")
    assert (second.status_code, second.json()["code"]) == (409, "already_matched")


def test_who_may_not_act_gets_403_and_a_stranger_404(world: World) -> None:
    made = make_contribution(world)
    path = f"/api/v1/contributions/{made.pk}/"
    for person in (world.province2, world.science, world.auditor):
        assert record(caller(person)).status_code == 403
        assert caller(person).post(f"{path}confirm/", {}).status_code == 403
    stranger = make_person("stranger", make_organisation(OrganisationKind.BANK, "外地银行"), Role.REVIEWER)
    assert caller(stranger).get(path).status_code == 404
    assert caller(stranger).post(f"{path}reject/", {"reason": "x"}).status_code == 404
    assert rows(caller(stranger), "contributions/") == []
    assert caller(world.bank2).post(f"{path}reject/", {}).status_code == 400
    rejected = caller(world.bank2).post(f"{path}reject/", {"reason": "查无此款"})
    assert (rejected.status_code, rejected.json()["status"], rejected.json()["reject_reason"]) == (200, "rejected", "查无此款")


def test_lists_take_the_same_number_of_statements_with_one_and_three_rows(
    world: World, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    fund(world)
    client = caller(world.auditor)
    paths = ("programmes/", "reserve-accounts/", "ledger-entries/", "contributions/", "funding-obligations/", "deadlines/")
    before = {}
    for path in paths:
        with django_assert_max_num_queries(10) as found:
            rows(client, path)
        before[path] = len(found)
    for year in (2012, 2013):
        deposit(world, amount="1000000", arrived_on=date(year, 3, 1))
        match(world, amount="4000000", arrived_on=date(year, 4, 5))
    for path in paths:
        with django_assert_num_queries(before[path]):
            rows(client, path)
    assert Decimal(rows(client, "funding-obligations/?status=fulfilled")[0]["amount"]) > 0
    assert settings.REST_FRAMEWORK["PAGE_SIZE"] == 50
