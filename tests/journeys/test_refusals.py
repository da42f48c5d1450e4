"""Bad input, through REST and at the screen alike: a clear Chinese sentence, the right status, and nothing changed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enterprises.services.recommendations import edit_recommendation, sign_recommendation
from loans.models import Loan
from parties.enums import Role
from parties.models import User
from reports.services.summaries import check_summary, generate_summaries
from reserve.models import Contribution, FundingObligation
from reserve.quarters import Quarter
from tests import factories as make
from tests.factories import World, on
from tests.support.caller import PROBLEM, Callers
from tests.support.clock import Clock
from tests.support.route_subjects import outsiders
from tests.support.rows import all_rows

DAY = date(2012, 3, 1)


@dataclass(frozen=True)
class Attempt:
    """What a person tries: the same thing through REST and on a page. `says` is part of the sentence they read."""

    who: str
    path: str
    body: dict[str, Any]
    status: int
    says: str
    page: str
    form: dict[str, Any] = field(default_factory=dict)
    day: date = DAY

    @property
    def typed(self) -> dict[str, Any]:
        return self.form or self.body


Case = Callable[[World], Attempt]
CASES: dict[str, Case] = {}


def case(words: str) -> Callable[[Case], Case]:
    def keep(function: Case) -> Case:
        CASES[words] = function
        return function

    return keep


# --- money in -----------------------------------------------------------------------------------------------------


def town_pays(world: World, says: str, status: int = 409, **changes: Any) -> Attempt:
    given = {"amount": "40000000", "transferred_on": "2011-12-01", "voucher_no": "榄财-9"} | changes
    form = given | {"account": world.town_account.pk, "obligation": FundingObligation.objects.get().pk}
    return Attempt(
        "town", "contributions/", given | {"programme": "xiaolan"}, status, says, "/contributions/new/", form, date(2011, 12, 12)
    )


def province_pays(world: World, says: str, **changes: Any) -> Attempt:
    given = {"amount": "10000000", "transferred_on": "2012-02-29", "voucher_no": "粤财-9"} | changes
    form = given | {"account": world.provincial_account.pk}
    return Attempt("province", "contributions/", given | {"programme": "xiaolan"}, 400, says, "/contributions/new/", form)


@case("the town pays less than it owes")
def _(world: World) -> Attempt:
    make.deposit(world)
    return town_pays(world, "39,999,999.99", 400, amount="39999999.99")


@case("the town pays a second time for one obligation")
def _(world: World) -> Attempt:
    obligation = make.deposit(world)
    make.make_contribution(world, by=world.town, amount="40000000", transferred_on=date(2011, 12, 1), voucher_no="榄财-1")
    attempt = town_pays(world, "配套")
    return Attempt(**{**vars(attempt), "body": attempt.body | {"obligation": obligation.pk}})


@case("a receipt is confirmed by the officer who entered it")
def _(world: World) -> Attempt:
    contribution = make.receive(world, make.make_contribution(world), arrived_on=date(2011, 11, 11))
    User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)  # promoted meanwhile
    return Attempt(
        "bank", f"contributions/{contribution.pk}/confirm/", {}, 403, "不能是同一人", f"/contributions/{contribution.pk}/confirm/"
    )


@case("an amount of nothing")
def _(world: World) -> Attempt:
    return province_pays(world, "大于零", amount="0")


@case("a negative amount")
def _(world: World) -> Attempt:
    return province_pays(world, "金额", amount="-100")


@case("an amount of three decimals")
def _(world: World) -> Attempt:
    return province_pays(world, "金额.*小数|两位|0.01", amount="100.001")


@case("an amount in words nobody understands")
def _(world: World) -> Attempt:
    return province_pays(world, "金额", amount="一千万左右")


@case("the serial number Excel keeps for a date")
def _(world: World) -> Attempt:
    return province_pays(world, "日期", transferred_on="40968")


@case("a transfer of tomorrow")
def _(world: World) -> Attempt:
    return province_pays(world, "晚于今天", transferred_on="2012-03-02")


# --- enterprises and recommendations --------------------------------------------------------------------------------


def registration(world: World, identifier: str, status: int, says: str) -> Attempt:
    data = {
        "name": "中山市演示新厂有限公司",
        "identifier": identifier,
        "region": "中山市",
        "industry_code": "3351",
        "industry_edition": "2011",
    }
    form = data | {"programme": world.programme.pk}
    return Attempt("centre", "enterprises/", data | {"programme": "xiaolan"}, status, says, "/enterprises/new/", form)


@case("an organisation code with a wrong check character")
def _(world: World) -> Attempt:
    return registration(world, "12345678-9", 400, "校验")


@case("a unified code with a wrong check character")
def _(world: World) -> Attempt:
    return registration(world, "91442000123456788X", 400, "校验")


@case("an enterprise that is on the register already")
def _(world: World) -> Attempt:
    known = make.make_enterprise(world)
    return registration(world, known.org_code, 409, "已")


def signing(row: Any, who: str, status: int, says: str, version: int = 1) -> Attempt:
    given = {"version": version, "opinion": "同意推荐"}
    return Attempt(who, f"recommendations/{row.pk}/sign/", given, status, says, f"/recommendations/{row.pk}/sign/")


@case("a signature on a version edited meanwhile")
def _(world: World) -> Attempt:
    row = make.make_draft(world)
    edit_recommendation(
        recommendation=row,
        version=1,
        bank=row.bank,
        amount=row.amount - 1,
        term_months=12,
        purpose=row.purpose,
        accepted_on=row.accepted_on,
        papers=tuple(row.papers),
        by=world.centre,
        **on(DAY),
    )
    return signing(row, "science2", 409, "第 1 版")


@case("one office signs twice")
def _(world: World) -> Attempt:
    row = make.make_draft(world)
    sign_recommendation(recommendation=row, by=world.science2, **on(DAY))
    return signing(row, "science2", 409, "已经签署")


@case("the city centre signs for the bureau")
def _(world: World) -> Attempt:
    return signing(make.make_draft(world), "centre2", 403, "无权")


@case("an officer signs")
def _(world: World) -> Attempt:
    return signing(make.make_draft(world), "town", 403, "无权")


@case("a withdrawn recommendation is signed")
def _(world: World) -> Attempt:
    row = make.make_draft(world)
    make.recommendations.withdraw_recommendation(recommendation=row, reason="企业撤回", by=world.science, **on(DAY))
    return signing(row, "town2", 409, "状态")


# --- decisions ------------------------------------------------------------------------------------------------------


def proposing(row: Any, status: int, says: str, day: date = DAY, **changes: Any) -> Attempt:
    given = {
        "decision": "approve",
        "amount": "5000000",
        "term_months": 12,
        "annual_rate": "7.8",
        "repayment_method": "bullet",
        "guarantee": "surety",
    } | changes
    return Attempt("bank", "approvals/", given | {"recommendation": row.pk}, status, says, f"/approvals/propose/{row.pk}/", given, day)


@case("an approval above the recommended amount")
def _(world: World) -> Attempt:
    return proposing(make.make_sent(world), 400, "超过推荐金额", amount="5000000.01")


@case("a term above its cap")
def _(world: World) -> Attempt:
    return proposing(make.make_sent(world), 400, "12 个月", term_months=13)


@case("a rate above its cap")
def _(world: World) -> Attempt:
    return proposing(make.make_sent(world), 400, "8.5280", annual_rate="8.5281")


@case("an approval from an expired recommendation")
def _(world: World) -> Attempt:
    return proposing(make.make_sent(world), 409, "过期", day=date(2012, 8, 1))


@case("an approval reviewed by its officer")
def _(world: World) -> Attempt:
    line = make.make_proposal(world)
    User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)
    return Attempt("bank", f"approvals/{line.pk}/confirm/", {}, 403, "同一人", f"/approvals/{line.pk}/confirm/")


@case("an approval confirmed twice")
def _(world: World) -> Attempt:
    line = make.make_line(world)
    return Attempt("bank2", f"approvals/{line.pk}/confirm/", {}, 409, "状态", f"/approvals/{line.pk}/confirm/")


# --- loans ----------------------------------------------------------------------------------------------------------


def drawing(line: Any, status: int, says: str, day: date = DAY, **changes: Any) -> Attempt:
    given = {
        "contract_no": "HT-9",
        "contract_on": day.isoformat(),
        "note_no": "JJ-9",
        "amount": "5000000",
        "disbursed_on": day.isoformat(),
        "due_on": date(day.year + 1, 2, 1).isoformat(),
        "annual_rate": "7.8",
        "purpose": "购买原材料",
        "repayment_method": "bullet",
    } | changes
    return Attempt("bank", "loans/", given | {"credit_line": line.pk}, status, says, f"/approvals/{line.pk}/draw/", given, day)


@case("due before disbursement")
def _(world: World) -> Attempt:
    return drawing(make.make_line(make.fund(world)), 400, "晚于发放日期", due_on="2012-02-28")


@case("due later than the longest term")
def _(world: World) -> Attempt:
    return drawing(make.make_line(make.fund(world)), 400, "最迟 2013-03-01", due_on="2013-03-02")


@case("a disbursement beyond the line")
def _(world: World) -> Attempt:
    return drawing(make.make_line(make.fund(world)), 409, "超过授信可用余额", amount="5000000.01")


@case("a loan above the cap of one drawdown")
def _(world: World) -> Attempt:
    return drawing(make.make_line(make.fund(world), amount="15000000"), 400, "单笔限额", amount="10000000.01")


@case("a disbursement after the line expired")
def _(world: World) -> Attempt:
    return drawing(make.make_line(make.fund(world)), 409, "用款期限", day=date(2012, 6, 1), due_on="2012-12-01")


@case("a disbursement while the match is overdue")
def _(world: World) -> Attempt:
    make.deposit(world)
    return drawing(make.make_line(world), 409, "逾期")


@case("a disbursement before any money has come")
def _(world: World) -> Attempt:
    return drawing(make.make_line(world), 409, "余额不足")


@case("a disbursement beyond what the town's account has free")
def _(world: World) -> Attempt:
    make.deposit(world, amount="100000")
    make.match(world, amount="400000")
    return drawing(make.make_line(world), 409, "余额不足")


@case("a 借据号 that is taken")
def _(world: World) -> Attempt:
    loan = make.make_loan(make.fund(world), amount=Decimal(1000000))
    return drawing(loan.credit_line, 409, "已登记过", note_no=loan.note_no, amount="1000000")


@case("a loan confirmed by the officer who entered it")
def _(world: World) -> Attempt:
    loan = make.make_entered(make.fund(world))
    User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)
    return Attempt("bank", f"loans/{loan.pk}/confirm/", {}, 403, "同一人", f"/loans/{loan.pk}/confirm/")


@case("a loan confirmed twice")
def _(world: World) -> Attempt:
    loan = make.make_loan(make.fund(world))
    return Attempt("bank2", f"loans/{loan.pk}/confirm/", {}, 409, "状态", f"/loans/{loan.pk}/confirm/")


@case("more principal repaid than is owed")
def _(world: World) -> Attempt:
    loan = make.make_loan(make.fund(world))
    given = {"paid_on": "2012-03-01", "principal": "5000000.01", "receipt_no": "H-1"}
    return Attempt("bank", f"loans/{loan.pk}/repayments/", given, 409, "本金余额", f"/loans/{loan.pk}/repayments/new/")


# --- summaries ------------------------------------------------------------------------------------------------------


def handing_in(world: World, who: str, verb: str, status: int, says: str, page: str = "", checked: bool = False) -> Attempt:
    make.fund(world)
    [first, *_] = generate_summaries(quarter=Quarter.parse("2011Q4"), **on(date(2012, 1, 2)))
    if checked:
        check_summary(summary=first, by=world.bank, **on(date(2012, 1, 3)))
    return Attempt(who, f"quarterly-summaries/{first.pk}/{verb}/", {}, status, says, f"/summaries/{first.pk}/{page or verb}/")


@case("a summary submitted by who is not the bank")
def _(world: World) -> Attempt:
    return handing_in(world, "town2", "submit", 403, "无权")


@case("a summary submitted before it is checked")
def _(world: World) -> Attempt:
    return handing_in(world, "bank2", "submit", 409, "状态")


@case("a summary accepted by who is not the centre")
def _(world: World) -> Attempt:
    return handing_in(world, "bank2", "accept", 403, "无权", checked=True)


@case("a summary accepted before it is submitted")
def _(world: World) -> Attempt:
    return handing_in(world, "province2", "accept", 409, "状态", checked=True)


# --- what is not one's own -------------------------------------------------------------------------------------------


@case("a foreign loan is confirmed")
def _(world: World) -> Attempt:
    loan = make.make_entered(make.fund(world))
    outsiders(world)
    return Attempt("out-bank-reviewer", f"loans/{loan.pk}/confirm/", {}, 404, "没有找到", f"/loans/{loan.pk}/confirm/")


@case("a loan is entered on a foreign line")
def _(world: World) -> Attempt:
    line = make.make_line(make.fund(world))
    outsiders(world)
    attempt = drawing(line, 400, "没有")
    return Attempt(**{**vars(attempt), "who": "out-bank-officer"})


@case("a viewer enters a loan")
def _(world: World) -> Attempt:
    attempt = drawing(make.make_line(make.fund(world)), 403, "无权")
    return Attempt(**{**vars(attempt), "who": "auditor"})


SENTENCE = re.compile(r"[\u4e00-\u9fff].*[。；]")


@pytest.mark.parametrize("words", CASES)
def test_refused_by_rest_with_a_sentence_and_nothing_changed(world: World, api: Callers, clock: Clock, words: str) -> None:
    attempt = CASES[words](world)
    clock.go_to(attempt.day)
    api.client(attempt.who)
    before = rows()
    answer = api.send(attempt.who, attempt.path, attempt.body)
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (attempt.status, PROBLEM), problem
    assert re.search(attempt.says, problem["detail"]), problem
    assert SENTENCE.search(problem["detail"])
    assert (problem["status"], bool(problem["code"]), bool(problem["title"])) == (attempt.status, True, True)
    assert rows() == before


@pytest.mark.parametrize("words", CASES)
def test_refused_on_the_page_with_the_same_sentence_and_nothing_changed(world: World, clock: Clock, words: str) -> None:
    attempt = CASES[words](world)
    clock.go_to(attempt.day)
    client = Client()
    client.force_login(User.objects.get(username=attempt.who), backend="parties.backends.PartiesBackend")
    before = rows()
    answer = client.post(attempt.page, attempt.typed)
    sent_back = answer.status_code == 302
    shown = client.get(answer["Location"]) if sent_back else answer
    expected = {403: {403}, 404: {404}, 400: {400, 422, 404}, 409: {409, 302}}[attempt.status]
    text = shown.content.decode()
    assert answer.status_code in expected, text[:300]
    assert re.search(attempt.says, re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))), f"nothing about “{attempt.says}”"
    assert rows() == before


def rows() -> dict[str, Any]:
    """Every business row; a token notes when it was last used, which is none."""
    return {label: found for label, found in all_rows().items() if label != "parties.ApiToken"}


def test_full_width_digits_and_ten_thousands_are_understood(world: World, api: Callers, clock: Clock) -> None:
    clock.go_to(DAY)
    body = {"programme": "xiaolan", "amount": "１，０００．５０万元", "transferred_on": "2012-02-29", "voucher_no": "粤财-9"}
    assert api.post("province", "contributions/", body, status=201)["amount"] == "10005000.00"
    assert Contribution.objects.get().amount == 10005000


def test_reading_what_is_foreign_finds_nothing(world: World, api: Callers, clock: Clock) -> None:
    loan = make.make_loan(make.fund(world))
    outsiders(world)
    clock.go_to(DAY)
    stranger = "out-bank-officer"
    assert Loan.objects.exists()
    for path in (
        "loans",
        "contributions",
        "approvals",
        "recommendations",
        "batches",
        "enterprises",
        "ledger-entries",
        "funding-obligations",
    ):
        assert api.rows(stranger, f"{path}/") == [], path
        first = api.rows("bank", f"{path}/", page_size=500)[0]["id"]
        assert api.get(stranger, f"{path}/{first}/", status=404)["code"] == "not_found"
    assert api.get(stranger, "programmes/xiaolan/", status=404)["code"] == "not_found"
    assert api.get(stranger, "loans/", programme="xiaolan", status=400)["code"] == "invalid_input"
    assert api.get(stranger, f"loans/{loan.pk}/", status=404)["detail"] == api.get(stranger, "loans/999999/", status=404)["detail"]
