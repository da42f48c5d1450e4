"""REST resources of decisions and loans: one happy path and every kind of refusal."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import CreditLine, Loan
from parties.enums import OrganisationKind, Role
from tests.factories import (
    World,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_net_capital,
    make_organisation,
    make_person,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
)
from tests.support.caller import PROBLEM, Callers
from tests.support.clock import Clock
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
TODAY = date(2012, 3, 5)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def api(world: World, monkeypatch: pytest.MonkeyPatch) -> Callers:
    return Callers(Clock(monkeypatch, TODAY))


def terms(**changes: Any) -> dict[str, Any]:
    values = {"decision": "approve", "amount": "5000000.00", "term_months": 12, "annual_rate": "7.8000"}
    return values | {"repayment_method": "quarterly_interest", "guarantee": "surety"} | changes


def note(line: CreditLine, **changes: Any) -> dict[str, Any]:
    values = {"credit_line": line.pk, "contract_no": "HT-1", "contract_on": "2012-03-05", "note_no": "JJ-1"}
    return values | {"amount": "3000000.00", "disbursed_on": "2012-03-05", "due_on": "2013-03-05"} | changes


def refused(api: Callers, name: str, path: str, body: Any, status: int, code: str) -> dict[str, Any]:
    """The problem answered, with not a business row changed."""
    api.client(name)  # its token is no effect of the call
    before = all_rows()
    answer = api.send(name, path, body)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (status, PROBLEM, code), answer.content.decode()
    assert all_rows() == before
    problem: dict[str, Any] = answer.json()
    return problem


def test_from_proposal_to_settled_loan(world: World, api: Callers) -> None:
    sent = make_sent(world)
    proposed = api.post("bank", "approvals/", terms(recommendation=sent.pk, first_bank_loan=True), status=201)
    assert proposed["first_bank_loan"] is True
    assert (proposed["status"], proposed["amount"], proposed["annual_rate"]) == ("proposed", "5000000.00", "7.8000")
    assert proposed["undrawn"] == "0.00"
    approved = api.post("bank2", f"approvals/{proposed['id']}/confirm/")
    assert (approved["status"], approved["valid_until"], approved["undrawn"]) == ("approved", "2012-06-03", "5000000.00")
    line = CreditLine.objects.get(pk=proposed["id"])
    entered = api.post("bank", "loans/", note(line, annual_rate="6.5‰"), status=201)
    assert (entered["status"], entered["annual_rate"], entered["purpose"]) == ("entered", "7.8000", "购买原材料")
    confirmed = api.post("bank2", f"loans/{entered['id']}/confirm/")
    assert list(confirmed)[1:8] == [
        "enterprise_name", "amount", "disbursed_on", "due_on", "annual_rate", "purpose", "repayment_method",
    ]  # fmt: skip
    assert (confirmed["status"], confirmed["outstanding"], confirmed["earmarked"]) == ("active", "3000000.00", "400000.00")
    assert (confirmed["earmarked_provincial"], confirmed["declared_reserve"]) == ("80000.00", "400000.00")
    repaid = api.post("bank", f"loans/{entered['id']}/repayments/", {"paid_on": "2012-03-05", "principal": "3000000"}, status=201)
    assert (repaid["status"], repaid["principal"]) == ("entered", "3000000.00")
    api.post("bank2", f"loans/{entered['id']}/repayments/{repaid['id']}/confirm/")
    settled = api.get("province", f"loans/{entered['id']}/")
    assert (settled["status"], settled["outstanding"], settled["earmarked"], settled["declared_reserve"]) == (
        "settled",
        "0.00",
        "0.00",
        "400000.00",
    )
    [row] = api.rows("province", f"loans/{entered['id']}/repayments/")
    assert (row["status"], row["confirmed_by"]) == ("confirmed", "bank2")


def test_sent_back_and_proposed_again(world: World, api: Callers) -> None:
    line = make_proposal(world, day=TODAY)
    returned = api.post("bank2", f"approvals/{line.pk}/send-back/", {"reason": "补充材料"})
    assert (returned["status"], returned["sent_back_reason"], returned["version"]) == ("sent_back", "补充材料", 2)
    path = f"approvals/{line.pk}/"
    assert api.send("bank", path, terms(version=1), method="put").status_code == 409
    again = api.send("bank", path, terms(version=2, amount="4000000"), method="put").json()
    assert (again["status"], again["amount"], again["version"]) == ("proposed", "4000000.00", 3)


def test_an_entry_is_changed_and_discarded(world: World, api: Callers) -> None:
    line = make_line(world)
    entered = api.post("bank", "loans/", note(line), status=201)
    change = {name: value for name, value in note(line, amount="2000000").items() if name != "credit_line"}
    changed = api.send("bank", f"loans/{entered['id']}/", change | {"version": 1}, method="put").json()
    assert (changed["amount"], changed["version"]) == ("2000000.00", 2)
    gone = api.post("bank", f"loans/{entered['id']}/discard/", {"reason": "录错"})
    assert (gone["status"], gone["discard_reason"]) == ("discarded", "录错")


def test_net_capital_is_entered_confirmed_and_refused(world: World, api: Callers) -> None:
    body = {"effective_on": "2011-12-31", "amount": "250000000.00", "source": "2011年度审计报告"}
    entered = api.post("bank", "net-capitals/", body, status=201)
    assert (entered["status"], entered["amount"], entered["bank"]) == ("entered", "250000000.00", world.bank_organisation.pk)
    path = f"net-capitals/{entered['id']}/"
    refused(api, "bank", f"{path}confirm/", {}, 403, "not_allowed")
    refused(api, "bank2", "net-capitals/", body, 403, "not_allowed")
    refused(api, "bank", "net-capitals/", body, 409, "net_capital_taken")
    refused(api, "bank", "net-capitals/", body | {"effective_on": "2012-03-06"}, 400, "dates_out_of_order")
    refused(api, "bank", "net-capitals/", body | {"amount": "0"}, 400, "invalid_input")
    confirmed = api.post("bank2", f"{path}confirm/")
    assert (confirmed["status"], confirmed["confirmed_by"]) == ("confirmed", "bank2")
    refused(api, "bank", f"{path}discard/", {"reason": "录错"}, 409, "wrong_state")
    later = api.post("bank", "net-capitals/", body | {"effective_on": "2012-02-29"}, status=201)
    gone = api.post("bank2", f"net-capitals/{later['id']}/discard/", {"reason": "与报表不符"})
    assert (gone["status"], gone["discard_reason"]) == ("discarded", "与报表不符")
    assert [row["id"] for row in api.rows("province", "net-capitals/?status=confirmed")] == [entered["id"]]
    assert api.get("province", path) == confirmed


def test_an_excess_over_the_share_of_net_capital_is_a_warning_in_every_answer(world: World, api: Callers) -> None:
    make_net_capital(world, "40000000")
    proposed = api.post("bank", "approvals/", terms(recommendation=make_sent(world).pk), status=201)
    [said] = proposed["warnings"]
    assert "超过单一客户集中度限额 4,000,000.00 元" in said
    assert "本笔 5,000,000.00 元，合计 5,000,000.00 元，超出 1,000,000.00 元" in said
    [approved] = api.post("bank2", f"approvals/{proposed['id']}/confirm/")["warnings"]
    assert "未用授信 5,000,000.00 元，合计" in approved
    entered = api.post("bank", "loans/", note(CreditLine.objects.get()), status=201)
    confirmed = api.post("bank2", f"loans/{entered['id']}/confirm/")
    assert "未还本金 3,000,000.00 元，未用授信 2,000,000.00 元，合计" in confirmed["warnings"][0]
    for path in ("approvals/", "loans/"):
        assert len(api.only("bank", path)["warnings"]) == 1
        assert api.only("province", path)["warnings"] == []


def test_within_the_share_or_without_net_capital_nothing_is_warned_of(world: World, api: Callers) -> None:
    line = make_line(world)
    assert api.get("bank", f"approvals/{line.pk}/")["warnings"] == []
    make_net_capital(world, "50000000")
    assert api.get("bank", f"approvals/{line.pk}/")["warnings"] == []


def test_where_the_rules_forbid_it_an_excess_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fund(make_world(rules={"single_borrower_action": "refuse"}))
    api = Callers(Clock(monkeypatch, TODAY))
    make_net_capital(world, "40000000")
    problem = refused(api, "bank", "approvals/", terms(recommendation=make_sent(world).pk), 400, "single_borrower_exceeded")
    assert list(problem["errors"]) == ["amount"]


@pytest.mark.parametrize("path", ["approvals/", "loans/"])
def test_the_warnings_of_a_list_are_read_together(world: World, api: Callers, path: str) -> None:
    make_net_capital(world, "1000")
    counts = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            enterprise = make_enterprise(world, number)
            make_loan(world, make_line(world, enterprise, amount="1000000"))
            make_proposal(world, make_sent(world, enterprise, amount=Decimal(1000)), day=TODAY)
        client = api.client("bank")
        with CaptureQueriesContext(connection) as caught:
            rows = client.get(f"/api/v1/{path}").json()["results"]
        assert all(row["warnings"] for row in rows)
        counts.append(len(caught))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "changes, status, code, field",
    [
        ({"amount": "5000000.01"}, 409, "line_exceeded", "amount"),
        ({"amount": 3000000}, 400, "invalid_input", "amount"),
        ({"amount": "1.001"}, 400, "invalid_input", "amount"),
        ({"amount": "-1"}, 400, "invalid_input", "amount"),
        ({"disbursed_on": "41000"}, 400, "invalid_input", "disbursed_on"),
        ({"due_on": "2012-03-05"}, 400, "dates_out_of_order", "due_on"),
        ({"due_on": "2013-03-06"}, 400, "term_too_long", "due_on"),
        ({"annual_rate": "7.8001"}, 400, "rate_above_cap", "annual_rate"),
        ({"annual_rate": 7.8}, 400, "invalid_input", "annual_rate"),
        ({"repayment_method": "weekly"}, 400, "invalid_input", "repayment_method"),
        ({"note_no": ""}, 400, "invalid_input", "note_no"),
        ({"credit_line": 999999}, 400, "invalid_input", "credit_line"),
    ],
)
def test_bad_drawdowns_are_problems_about_their_field(
    world: World, api: Callers, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    problem = refused(api, "bank", "loans/", note(make_line(world)) | changes, status, code)
    assert list(problem["errors"]) == [field]


@pytest.mark.parametrize(
    "changes, status, code",
    [
        ({"amount": "5000000.01"}, 400, "above_recommended"),
        ({"term_months": 13}, 400, "term_too_long"),
        ({"annual_rate": "8.5281"}, 400, "rate_above_cap"),
        ({"decision": "decline"}, 400, "invalid_input"),
        ({"amount": None}, 400, "invalid_input"),
    ],
)
def test_bad_proposals_are_problems(world: World, api: Callers, changes: dict[str, Any], status: int, code: str) -> None:
    refused(api, "bank", "approvals/", terms(recommendation=make_sent(world).pk) | changes, status, code)


def test_steps_by_the_wrong_person_or_in_the_wrong_state(world: World, api: Callers) -> None:
    line, loan = make_proposal(world, day=TODAY), make_loan(world, make_line(world, make_enterprise(world, 2)))
    refused(api, "bank", f"approvals/{line.pk}/confirm/", {}, 403, "not_allowed")
    refused(api, "province2", f"approvals/{line.pk}/confirm/", {}, 403, "not_allowed")
    refused(api, "bank2", "loans/", note(line), 403, "not_allowed")
    refused(api, "bank", "loans/", note(line), 409, "line_not_usable")
    refused(api, "bank2", f"loans/{loan.pk}/confirm/", {}, 409, "wrong_state")
    refused(api, "bank", f"loans/{loan.pk}/discard/", {"reason": "录错"}, 409, "wrong_state")
    above = {"paid_on": "2012-03-05", "principal": "5000000.01"}
    refused(api, "bank", f"loans/{loan.pk}/repayments/", above, 409, "repayment_above_outstanding")


def test_a_foreign_programme_does_not_exist(world: World, api: Callers) -> None:
    loan = make_loan(world)
    repayment = make_repayment(world, loan, "1", paid_on=date(2012, 3, 2), confirmed=False)
    make_person("stranger", make_organisation(OrganisationKind.BANK, "外地村镇银行"), Role.REVIEWER)
    assert api.get("stranger", "loans/")["count"] == 0
    for path in (f"loans/{loan.pk}/", f"approvals/{loan.credit_line_id}/", f"loans/{loan.pk}/repayments/"):
        assert api.get("stranger", path, status=404)["code"] == "not_found"
    for path in (f"loans/{loan.pk}/confirm/", f"loans/{loan.pk}/repayments/{repayment.pk}/confirm/"):
        refused(api, "stranger", path, {}, 404, "not_found")


def test_the_schedule_says_what_falls_due_and_what_is_paid(world: World, api: Callers) -> None:
    loan = make_loan(world)
    api.post("bank", f"loans/{loan.pk}/repayments/", {"paid_on": "2012-03-05", "principal": "1000000"}, status=201)
    rows = api.rows("province", f"loans/{loan.pk}/schedule/")
    assert [(row["number"], row["kind"], row["due_on"], row["payable_on"]) for row in rows][:2] == [
        (1, "interest", "2012-03-20", "2012-03-21"),
        (2, "interest", "2012-06-20", "2012-06-21"),
    ]
    assert (rows[0]["interest"], rows[0]["days"], rows[0]["total"], rows[0]["cleared_on"]) == ("21666.67", 20, "21666.67", None)
    assert (rows[-1]["principal"], rows[-1]["balance"]) == ("5000000.00", "0.00")
    assert api.get("province", f"loans/{loan.pk}/schedule/?colour=red", status=400)["status"] == 400


def test_the_schedule_of_an_entered_loan_is_what_it_would_be(world: World, api: Callers) -> None:
    loan = make_entered(world)
    assert api.get("bank", f"loans/{loan.pk}/schedule/")["count"] == 5


def test_a_repayment_by_its_sum_and_its_reversal_by_two_people(world: World, api: Callers) -> None:
    loan = make_loan(world)
    path = f"loans/{loan.pk}/repayments/"
    early = {"paid_on": "2012-03-05", "amount": "1000000", "kind": "early", "effect": "shorten"}
    row = api.post("bank", path, early, status=201)
    assert (row["principal"], row["interest"], row["amount"], row["kind"], row["effect"]) == (
        "1000000.00", "0.00", "1000000.00", "early", "shorten",
    )  # fmt: skip
    row_path = f"{path}{row['id']}/"
    refused(api, "bank", f"{row_path}reverse/", {"reason": "错"}, 409, "wrong_state")
    api.post("bank2", f"{row_path}confirm/")
    refused(api, "bank2", f"{row_path}reverse/", {}, 409, "nothing_to_reverse")
    refused(api, "bank", f"{row_path}reverse/", {}, 400, "invalid_input")
    entered = api.post("bank", f"{row_path}reverse/", {"reason": "回单作废"})
    assert (entered["status"], entered["reversals"][0]["status"], entered["reversals"][0]["reason"]) == ("confirmed", "entered", "回单作废")
    api.post("bank2", f"{row_path}reverse/discard/", {"reason": "再核对"})
    api.post("bank", f"{row_path}reverse/", {"reason": "回单确已作废"})
    done = api.post("bank2", f"{row_path}reverse/")
    assert (done["status"], [one["status"] for one in done["reversals"]]) == ("reversed", ["discarded", "confirmed"])
    assert api.get("bank", f"loans/{loan.pk}/")["outstanding"] == "5000000.00"


@pytest.mark.parametrize(
    "body, code, field",
    [
        ({"principal": "0"}, "invalid_input", "principal"),
        ({}, "invalid_input", "principal"),
        ({"amount": "1", "principal": "1"}, "invalid_input", "amount"),
        ({"amount": "1"}, "beyond_due", "amount"),
        ({"principal": "1", "interest": "-1"}, "invalid_input", "interest"),
        ({"principal": "1", "kind": "late"}, "invalid_input", "kind"),
        ({"principal": "1", "kind": "early", "effect": "double"}, "invalid_input", "effect"),
        ({"principal": "1", "kind": "ordinary"}, "beyond_due", "amount"),
    ],
)
def test_bad_repayments_are_problems_about_their_field(world: World, api: Callers, body: dict[str, str], code: str, field: str) -> None:
    loan = make_loan(world)
    problem = refused(api, "bank", f"loans/{loan.pk}/repayments/", {"paid_on": "2012-03-05"} | body, 400, code)
    assert list(problem["errors"]) == [field]


def test_an_extension_by_bank_and_both_offices(world: World, api: Callers) -> None:
    loan = make_loan(world)
    path = f"loans/{loan.pk}/extensions/"
    refused(api, "bank", path, {"due_on": "2015-01-01", "reason": "回款推迟"}, 400, "extension_too_long")
    row = api.post("bank", path, {"due_on": "2013-06-01", "reason": "回款推迟"}, status=201)
    assert (row["status"], row["old_due_on"], row["annual_rate"]) == ("applied", "2013-02-01", "7.9070")
    one = f"{path}{row['id']}/"
    refused(api, "bank2", f"{one}confirm/", {}, 409, "wrong_state")
    refused(api, "town", f"{one}consent/", {"agrees": True}, 403, "not_allowed")
    api.post("town2", f"{one}consent/", {"agrees": True})
    refused(api, "town2", f"{one}consent/", {"agrees": True}, 409, "consent_given")
    both = api.post("science2", f"{one}consent/", {"agrees": True, "opinion": "同意"})
    assert (both["status"], [word["organisation"] for word in both["consents"]]) == ("consented", ["小榄镇人民政府", "中山市科技局"])
    assert api.post("bank2", f"{one}confirm/")["status"] == "confirmed"
    shown = api.get("province", f"loans/{loan.pk}/")
    assert (shown["due_on"], shown["original_due_on"]) == ("2013-06-01", "2013-02-01")
    assert api.get("province", path)["count"] == 1


def test_a_correction_by_two_people(world: World, api: Callers) -> None:
    loan = make_loan(world)
    path = f"loans/{loan.pk}/corrections/"
    refused(api, "bank", path, {"reason": "错"}, 400, "nothing_corrected")
    row = api.post("bank", path, {"reason": "抄录有误", "amount": "4500000", "purpose": "购置设备"}, status=201)
    assert row["changes"] == {"贷款金额": ["5,000,000.00", "4,500,000.00"], "用途": ["购买原材料", "购置设备"]}
    assert (row["before"], row["after"]) == (
        {"amount": "5000000.00", "purpose": "购买原材料"},
        {"amount": "4500000.00", "purpose": "购置设备"},
    )
    refused(api, "bank", f"{path}{row['id']}/confirm/", {}, 403, "not_allowed")
    api.post("bank2", f"{path}{row['id']}/discard/", {"reason": "再核对"})
    again = api.post("bank", path, {"reason": "抄录有误", "amount": "4500000"}, status=201)
    api.post("bank2", f"{path}{again['id']}/confirm/")
    shown = api.get("province", f"loans/{loan.pk}/")
    assert (shown["amount"], shown["earmarked"], shown["corrected_on"]) == ("4500000.00", "600000.00", "2012-03-05")


def test_the_banks_own_schedule_by_two_people(world: World, api: Callers) -> None:
    loan = make_loan(world)
    path = f"loans/{loan.pk}/bank-schedules/"
    rows = [
        {"due_on": "2012-12-20", "principal": "1000000", "interest": "98800"},
        {"due_on": "2013-02-01", "principal": "4000000", "interest": "37000"},
    ]
    short = [*rows[:1], rows[1] | {"principal": "3999999.99"}]
    refused(api, "bank", path, {"received_on": "2012-03-05", "rows": short}, 400, "bad_bank_schedule")
    refused(api, "bank", path, {"received_on": "2012-03-05", "rows": []}, 400, "invalid_input")
    row = api.post("bank", path, {"received_on": "2012-03-05", "rows": rows}, status=201)
    assert (row["status"], row["rows"][0]) == ("entered", rows[0] | {"principal": "1000000.00", "interest": "98800.00"})
    refused(api, "bank", f"{path}{row['id']}/confirm/", {}, 403, "not_allowed")
    assert api.post("bank2", f"{path}{row['id']}/confirm/")["status"] == "confirmed"
    kinds = [line["kind"] for line in api.get("province", f"loans/{loan.pk}/schedule/")["results"]]
    assert kinds[-2:] == ["bank", "bank"]
    refused(api, "bank2", f"{path}{row['id']}/discard/", {"reason": "错"}, 409, "wrong_state")
    assert api.get("province", path)["count"] == 1


def test_an_agreed_table_comes_with_the_loan(world: World, api: Callers) -> None:
    line = make_line(world)
    body = note(line, repayment_method="agreed_instalments", cycle_months=3, agreed=[{"due_on": "2012-09-28", "principal": "100万"}])
    loan = api.post("bank", "loans/", body, status=201)
    rows = api.rows("bank", f"loans/{loan['id']}/schedule/")
    assert [row["principal"] for row in rows if row["principal"] != "0.00"] == ["1000000.00", "2000000.00"]


def test_a_repayment_is_found_only_under_its_own_loan(world: World, api: Callers) -> None:
    first, second = (make_loan(world, make_line(world, make_enterprise(world, number))) for number in (1, 2))
    repayment = make_repayment(world, first, "1", paid_on=date(2012, 3, 2), confirmed=False)
    refused(api, "bank2", f"loans/{second.pk}/repayments/{repayment.pk}/confirm/", {}, 404, "not_found")


def test_the_same_key_is_answered_once(world: World, api: Callers) -> None:
    loan = make_entered(world)
    first = api.post("bank2", f"loans/{loan.pk}/confirm/", key="k-1")
    again = api.send("bank2", f"loans/{loan.pk}/confirm/", key="k-1")
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, first, "true")
    line = make_line(world, make_enterprise(world, 2))
    api.post("bank", "loans/", note(line), status=201, key="k-2")
    other = api.send("bank", "loans/", note(line, amount="1000000", note_no="JJ-2"), key="k-2")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert Loan.objects.count() == 2


def test_lists_filter_and_refuse_what_they_do_not_know(world: World, api: Callers) -> None:
    first = make_loan(world, make_line(world, make_enterprise(world, 1)))
    make_entered(world, make_line(world, make_enterprise(world, 2)), day=date(2012, 3, 2))
    bank = world.bank_organisation.pk
    assert [row["id"] for row in api.rows("science", f"loans/?status=active&programme=xiaolan&bank={bank}")] == [first.pk]
    assert [row["id"] for row in api.rows("science", "loans/", enterprise=first.enterprise_id, quarter="2012Q1")] == [first.pk]
    assert api.rows("science", "loans/", quarter="2012Q2") == []
    assert len(api.rows("science", "approvals/?status=approved")) == 2
    for query in ("status=open", "quarter=2012Q7", "programme=nowhere", "colour=red", "ordering=purpose"):
        assert api.get("science", f"loans/?{query}", status=400)["status"] == 400


@pytest.mark.parametrize("value", ["-1e400000", "1e40", "1.5", "0", "-1", "999999", "x", "9" * 4000])
@pytest.mark.parametrize("filtered", ["loans/?credit_line", "approvals/?recommendation"])
def test_an_id_that_is_none_the_caller_sees_is_an_error(world: World, api: Callers, filtered: str, value: str) -> None:
    loan = make_loan(world)
    own = {"loans/?credit_line": loan.credit_line_id, "approvals/?recommendation": loan.credit_line.recommendation_id}[filtered]
    assert len(api.rows("science", f"{filtered}={own}")) == 1
    assert list(api.get("science", f"{filtered}={value}", status=400)["errors"]) == [filtered.partition("?")[2]]
