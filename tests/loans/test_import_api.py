"""Files of rows through the REST interface."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from loans.models import ImportFile, Repayment
from tests.factories import World, fund, make_loan, make_world
from tests.support.clock import Clock
from tests.support.imports import csv_bytes, work

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 25)
HEADS = ["借据号", "还款日期", "归还本金"]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, DAY)


@pytest.fixture
def world() -> World:
    return fund(make_world())


def client(user: Any) -> APIClient:
    found = APIClient()
    found.force_authenticate(user)
    return found


def send(world: World, content: bytes, *, key: str | None = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"programme": "xiaolan", "kind": "repayments", "file": SimpleUploadedFile("还款.csv", content)} | more
    return client(world.bank).post("/api/v1/import-files/", body, format="multipart", headers=headers)


def content_of(world: World, *amounts: object) -> bytes:
    loan = make_loan(world)
    return csv_bytes([HEADS, *([loan.note_no, "2012-09-20", amount] for amount in amounts)])


def test_sent_read_confirmed_and_booked(world: World) -> None:
    answer = send(world, content_of(world, "1000000.00", "坏"), declared_count=2)
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["uploaded_by"]) == ("uploaded", "bank")
    url = f"/api/v1/import-files/{answer.json()['id']}/"
    work(DAY)
    read = client(world.bank2).get(url).json()
    assert (read["status"], read["rows_total"], read["findings"]) == ("previewed", 2, [])
    assert client(world.bank2).get(f"{url}counts/").json()["codes"] == {"E102": 1}
    [wrong] = client(world.bank2).get(f"{url}rows/", {"verdict": "error"}).json()["results"]
    assert (wrong["number"], wrong["texts"]["principal"], wrong["findings"][0]["code"]) == (3, "坏", "E102")
    assert wrong["findings"][0]["hint"]
    taken = client(world.bank2).post(f"{url}confirm/", {"mode": "good", "version": read["version"]}, format="json")
    assert (taken.status_code, taken.json()["status"]) == (200, "booking")
    work(DAY)
    assert client(world.bank).get(url).json()["status"] == "partly"
    assert Repayment.objects.get().principal == Decimal("1000000")


def test_the_same_key_and_file_answer_alike_and_another_file_conflicts(world: World) -> None:
    content = content_of(world, "1000000.00")
    first, again = send(world, content, key="k1"), send(world, content, key="k1")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = send(world, content.replace(b"1000000", b"1000001"), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert ImportFile.objects.count() == 1
    assert send(world, content).json()["code"] == "same_file"


@pytest.mark.parametrize(
    "more, field",
    [
        ({"kind": "x"}, "kind"),
        ({"programme": "nowhere"}, "programme"),
        ({"quarter": "2012-3"}, "quarter"),
        ({"position_on": DAY}, "position_on"),
    ],
)
def test_bad_input_is_a_problem_beside_its_name(world: World, more: dict[str, Any], field: str) -> None:
    answer = send(world, content_of(world, "1"), **more)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_json_body_has_no_file(world: World) -> None:
    answer = client(world.bank).post(
        "/api/v1/import-files/", {"programme": "xiaolan", "kind": "repayments", "file": "a.csv"}, format="json"
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])


def test_unknown_filters_of_the_rows_are_errors(world: World) -> None:
    url = f"/api/v1/import-files/{send(world, content_of(world, '1')).json()['id']}/rows/"
    assert client(world.bank).get(url, {"colour": "red"}).status_code == 400
    assert client(world.bank).get(url, {"verdict": "maybe"}).status_code == 400


def test_others_see_nothing_of_a_bank_s_file_but_the_auditor_does(world: World) -> None:
    url = f"/api/v1/import-files/{send(world, content_of(world, '1')).json()['id']}/"
    assert {name: client(getattr(world, name)).get(url).status_code for name in ("province", "town", "auditor")} == {
        "province": 404,
        "town": 404,
        "auditor": 200,
    }


def test_a_file_is_rechecked_and_discarded(world: World) -> None:
    url = f"/api/v1/import-files/{send(world, content_of(world, '1')).json()['id']}/"
    work(DAY)
    assert client(world.bank).post(f"{url}recheck/", {}, format="json").json()["status"] == "uploaded"
    work(DAY)
    assert client(world.bank2).post(f"{url}discard/", {"reason": "有误"}, format="json").json()["status"] == "discarded"
