"""Claims by REST: every step, what it refuses as problem+json, the filters, and the same request twice."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import Claim, Loan
from parties.enums import OrganisationKind, Role
from reserve.services.programmes import add_party
from tests.factories import World, fund, make_enterprise, make_line, make_loan, make_organisation, make_person, make_world, on
from tests.support.caller import Callers
from tests.support.claims import FAILED, attach_papers, failed, make_claim
from tests.support.clock import Clock
from tests.support.route_subjects import outsiders
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
TOLD = {"cause": "主要客户拖欠货款", "dunning": "已书面催收三次"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, FAILED)


@pytest.fixture
def api(clock: Clock) -> Callers:
    return Callers(clock)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return failed(world)


def upload(api: Callers, claim: int, kind: str, content: bytes = b"%PDF-1.7", name: str = "a.pdf", *, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"kind": kind, "file": SimpleUploadedFile(name, content)}
    return api.client("bank").post(f"/api/v1/claims/{claim}/papers/", body, format="multipart", headers=headers)


def refusal(api: Callers, name: str, path: str, body: Any, status: int, code: str) -> dict[str, Any]:
    """The problem, with not a row changed."""
    api.client(name)
    before = all_rows()
    answer = api.send(name, path, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content.decode()
    assert answer.json()["code"] == code
    assert answer.json()["detail"].endswith("。")
    assert all_rows() == before
    found: dict[str, Any] = answer.json()
    return found


def test_from_the_draft_to_the_payment(world: World, loan: Loan, api: Callers) -> None:
    made = api.post("bank", "claims/", {"loan": loan.pk, **TOLD}, status=201)
    path = f"claims/{made['id']}/"
    assert (made["status"], made["asked"], made["trigger"], made["triggered_on"]) == ("draft", "1500000.00", "overdue", "2013-05-02")
    assert len(made["missing_papers"]) == 8
    assert made["computation"][0] == {
        "name": "代偿基数",
        "rule": "未还本金，不含利息、罚息和费用（划款日重新核定）",
        "amount": "3000000.00",
    }
    answer = api.send("bank", path, {**TOLD, "amount": "1400000.00", "version": made["version"]}, method="put")
    assert answer.json()["asked"] == "1400000.00"
    for kind in ("application", "dunning_statement", "contract", "voucher", "credit_report", "size_statement", "account_letter"):
        assert upload(api, made["id"], kind).status_code == 201
    assert upload(api, made["id"], "dunning_notice").json()["kind"] == "催收通知及送达回证"
    assert len(api.rows("town", f"{path}papers/")) == 8
    assert api.post("bank2", f"{path}file/")["missing_papers"] == []
    assert api.post("province", f"{path}check/", {"opinion": "齐全"})["status"] == "reviewing"
    for office in ("science", "town"):
        drafted = api.post(office, f"{path}review/", {"verdict": "agree"})
        assert drafted["words"][-1]["signed_by"] is None
        api.post(f"{office}2", f"{path}sign/")
    api.post("province", f"{path}propose/", {"verdict": "agree", "amount": "1000000.00", "opinion": "部分可追回"})
    decided = api.post("province2", f"{path}decide/")
    assert (decided["status"], decided["granted"], decided["decided_on"]) == ("approved", "1000000.00", "2013-05-07")
    for name, account in (("province2", world.provincial_account), ("town2", world.town_account)):
        noted = api.post(name, f"{path}notices/", {"account": account.pk, "number": "划〔2013〕1号"}, status=201)
    assert [row["amount"] for row in noted["notices"]] == ["200000.00", "800000.00"]
    receipts = [{"account": world.provincial_account.pk, "receipt_no": "HD-1"}, {"account": world.town_account.pk, "receipt_no": "HD-2"}]
    assert api.post("bank", f"{path}pay/", {"paid_on": "2013-05-07", "receipts": receipts})["status"] == "paying"
    assert api.post("bank", f"{path}unpay/", {"reason": "回单号有误"})["notices"][0]["receipt_no"] == ""
    api.post("bank", f"{path}pay/", {"paid_on": "2013-05-07", "receipts": receipts})
    paid = api.post("bank2", f"{path}confirm-payment/")
    assert (paid["status"], paid["base"], paid["paid"], paid["paid_provincial"]) == ("paid", "3000000.00", "1000000.00", "200000.00")
    assert paid["outstanding"] == "0.00"
    assert paid == api.get("auditor", path)
    assert api.get("bank", f"loans/{loan.pk}/")["status"] == "compensated"


def test_returned_and_withdrawn(world: World, loan: Loan, api: Callers) -> None:
    claim = make_claim(world, loan, until="filed")
    path = f"claims/{claim.pk}/"
    back = api.post("province", f"{path}return/", {"opinion": "缺催收回执", "version": api.get("province", path)["version"]})
    assert (back["status"], back["words"][0]["verdict"], back["words"][0]["opinion"]) == ("returned", "return", "缺催收回执")
    assert api.post("bank2", f"{path}file/")["round"] == 2
    gone = api.post("bank", f"{path}withdraw/", {"reason": "已筹到资金"})
    assert (gone["status"], gone["end_reason"], gone["ended_on"]) == ("withdrawn", "已筹到资金", "2013-05-07")
    assert api.post("bank", "claims/", {"loan": loan.pk, **TOLD}, status=201)["number"] == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_input"),
        ({"loan": 0, **TOLD}, "invalid_input"),
        ({"loan": "x", **TOLD}, "invalid_input"),
        ({**TOLD, "amount": 100}, "invalid_input"),
        ({**TOLD, "amount": "1500000.01"}, "asked_too_much"),
        ({**TOLD, "cause": "长" * 501}, "invalid_input"),
        ({"cause": " ", "dunning": "x"}, "invalid_input"),
    ],
)
def test_a_draft_is_refused(loan: Loan, api: Callers, body: dict[str, Any], code: str) -> None:
    given = body if "loan" in body or not body else {"loan": loan.pk, **body}
    refusal(api, "bank", "claims/", given, 400, code)


def test_a_loan_that_may_not_be_claimed(world: World, api: Callers) -> None:
    loan = make_loan(world, make_line(world, make_enterprise(world, 3), day=FAILED), day=FAILED)
    refusal(api, "bank", "claims/", {"loan": loan.pk, **TOLD}, 409, "not_claimable")


def test_past_the_window(loan: Loan, api: Callers, clock: Clock) -> None:
    clock.go_to(date(2013, 11, 3))
    refusal(api, "bank", "claims/", {"loan": loan.pk, **TOLD}, 409, "claim_window_over")


@pytest.mark.parametrize(
    ("stage", "name", "step", "body", "status", "code"),
    [
        ("draft", "bank", "", {"loan": "own", **TOLD}, 409, "claim_pending"),
        ("draft", "bank2", "file/", {}, 409, "papers_missing"),
        ("draft", "bank", "file/", {}, 403, "not_allowed"),
        ("draft", "bank", "withdraw/", {}, 400, "invalid_input"),
        ("draft", "province", "check/", {}, 409, "wrong_state"),
        ("filed", "province", "return/", {}, 400, "invalid_input"),
        ("filed", "town", "return/", {"opinion": "缺材料"}, 403, "not_allowed"),
        ("filed", "province", "check/", {"version": 99}, 409, "conflict"),
        ("reviewing", "town", "review/", {"verdict": "agree"}, 409, "not_your_turn"),
        ("reviewing", "science", "review/", {"verdict": "return"}, 400, "invalid_input"),
        ("reviewing", "science", "review/", {"verdict": "refuse"}, 400, "invalid_input"),
        ("reviewing", "science", "review/", {"verdict": "agree", "amount": "1500000.01"}, 400, "granted_too_much"),
        ("reviewing", "science", "review/", {"verdict": "agree", "amount": "1.00"}, 400, "less_without_reason"),
        ("reviewing", "science2", "sign/", {}, 409, "no_word"),
        ("science", "science", "review/", {"verdict": "agree"}, 409, "word_given"),
        ("reviewed", "province2", "decide/", {}, 409, "no_word"),
        ("reviewed", "province2", "fund/", {}, 409, "wrong_state"),
        ("approved", "bank", "pay/", {"paid_on": "2013-05-07", "receipts": []}, 409, "notice_missing"),
        ("approved", "province2", "notices/", {"account": "town"}, 403, "not_allowed"),
        ("approved", "province2", "notices/", {"account": 0}, 400, "invalid_input"),
        ("instructed", "province2", "notices/", {"account": "province"}, 409, "notice_issued"),
        ("instructed", "bank", "pay/", {"paid_on": "2013-05-07", "receipts": []}, 400, "invalid_input"),
        ("instructed", "bank", "pay/", {"paid_on": "2013-05-08", "receipts": []}, 400, "dates_out_of_order"),
        ("paying", "bank", "unpay/", {}, 400, "invalid_input"),
        ("paying", "bank", "withdraw/", {"reason": "x"}, 409, "wrong_state"),
        ("paying", "bank2", "confirm-payment/", {"version": 1}, 409, "conflict"),
        ("paid", "bank2", "confirm-payment/", {}, 409, "wrong_state"),
    ],
)
def test_a_step_is_refused(
    world: World, loan: Loan, api: Callers, stage: str, name: str, step: str, body: dict[str, Any], status: int, code: str
) -> None:
    claim = make_claim(world, loan, until=stage)
    named = {"own": loan.pk, "town": world.town_account.pk, "province": world.provincial_account.pk}
    given = {key: named.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    refusal(api, name, f"claims/{claim.pk}/{step}" if step else "claims/", given, status, code)


def test_two_receipts_for_one_account(world: World, loan: Loan, api: Callers) -> None:
    claim = make_claim(world, loan, until="instructed")
    twice = [{"account": world.town_account.pk, "receipt_no": number} for number in ("1", "2")]
    found = refusal(api, "bank", f"claims/{claim.pk}/pay/", {"paid_on": "2013-05-07", "receipts": twice}, 400, "invalid_input")
    assert "同一账户" in str(found)


def test_one_person_is_not_both_of_a_pair(world: World, loan: Loan, api: Callers) -> None:
    claim = make_claim(world, loan, until="draft")
    attach_papers(world, claim, FAILED)
    world.bank.role = Role.REVIEWER
    world.bank.save()
    assert api.send("bank", f"claims/{claim.pk}/file/").json()["code"] == "same_person"


def test_a_paper_is_refused(world: World, loan: Loan, api: Callers) -> None:
    claim = make_claim(world, loan, until="draft")
    assert upload(api, claim.pk, "contract", b"MZ", "a.exe").json()["code"] == "bad_attachment"
    assert upload(api, claim.pk, "letter").status_code == 400
    assert api.send("bank", f"claims/{claim.pk}/papers/", {"kind": "contract"}).status_code == 400
    assert api.rows("bank", f"claims/{claim.pk}/papers/") == []


def test_the_same_request_twice_is_one(world: World, loan: Loan, api: Callers) -> None:
    answers = [api.post("bank", "claims/", {"loan": loan.pk, **TOLD}, status=201, key="claim-1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert Claim.objects.count() == 1
    other = api.send("bank", "claims/", {"loan": loan.pk, **TOLD, "cause": "另一原因"}, key="claim-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    pk = answers[0]["id"]
    papers = [upload(api, pk, "contract", key="paper-1").json() for _ in range(2)]
    assert papers[0] == papers[1]
    assert len(api.rows("bank", f"claims/{pk}/papers/")) == 1


def test_filters_and_order(world: World, api: Callers) -> None:
    lines = [make_line(world, make_enterprise(world, number), amount="3000000") for number in (1, 2)]
    loans = [make_loan(world, line) for line in lines]
    first, second = (make_claim(world, loan, until=until) for loan, until in zip(loans, ("filed", "draft"), strict=True))
    assert [row["id"] for row in api.rows("town", "claims/", ordering="number")] == [first.pk, second.pk]
    asked = {
        "status=draft": [second],
        "status=open&filed_from=2013-05-07": [first],
        "trigger=grade": [],
        f"loan={loans[1].pk}": [second],
        f"enterprise={loans[0].enterprise_id}&programme=xiaolan&bank={first.bank_id}": [first],
    }
    for query, expected in asked.items():
        assert [row["id"] for row in api.rows("town", f"claims/?{query}")] == [row.pk for row in expected], query
    for query in ("status=lost", "colour=red", "ordering=cause", "programme=elsewhere"):
        assert api.get("town", f"claims/?{query}", status=400)["code"] == "invalid_input"
    assert "computation" not in api.rows("town", "claims/")[0]


def test_a_list_costs_few_statements(world: World, api: Callers) -> None:
    lines = [make_line(world, make_enterprise(world, number), amount="3000000") for number in (1, 2, 3)]
    for loan in [make_loan(world, line) for line in lines]:
        make_claim(world, loan, until="draft")
    client = api.client("town")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/api/v1/claims/").json()["count"] == 3
    assert len(queries) <= 8


def test_for_others_it_does_not_exist(world: World, loan: Loan, api: Callers) -> None:
    claim = make_claim(world, loan, until="filed")
    outsiders(world)
    assert api.rows("out-bank-officer", "claims/") == []
    refusal(api, "out-provincial_centre-officer", f"claims/{claim.pk}/check/", {}, 404, "not_found")
    refusal(api, "out-bank-officer", "claims/", {"loan": loan.pk, **TOLD}, 400, "invalid_input")


def test_another_bank_of_the_programme_does_not(world: World, loan: Loan, api: Callers) -> None:
    other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
    make_person("other", other, Role.OFFICER)
    add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(FAILED))
    refusal(api, "other", "claims/", {"loan": loan.pk, **TOLD}, 403, "not_your_bank")
