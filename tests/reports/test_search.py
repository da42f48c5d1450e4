"""全站搜索: every kind of record by name, code or number, as its list finds it, and only what the person may see."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from enterprises.models import Batch, FormerName
from loans.models import Loan
from parties.enums import OrganisationKind, Role
from parties.models import User
from reports.searching import SHOWN, SUGGESTED, SUGGESTED_OF_A_KIND
from reserve.models import Contribution
from tests.factories import (
    World,
    elsewhere,
    make_enterprise,
    make_interest,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_summary,
)

SignIn = Callable[[User], Client]


@pytest.fixture
def lent(world: World) -> World:
    make_loan(world, day=date(2012, 3, 1))
    make_summary(world, "2012Q1", day=date(2012, 4, 2))
    make_interest(world)
    return world


@pytest.fixture
def search(lent: World, sign_in: SignIn) -> Callable[..., dict[str, Any]]:
    def ask(query: str, by: User | None = None) -> dict[str, Any]:
        answer = sign_in(by or lent.bank).get("/search/", {"q": query})
        assert answer.status_code == 200
        return {group.kind.label: group for group in answer.context["groups"]}

    return ask


def test_an_enterprise_and_all_that_is_its_by_any_of_its_names(lent: World, search: Any) -> None:
    enterprise = Loan.objects.get().enterprise
    FormerName.objects.create(enterprise=enterprise, name="榄山旧厂", used_until=date(2011, 1, 1))
    kinds = ["企业", "贷款", "推荐", "审批与授信"]
    for query in (enterprise.name, "榄山旧厂", enterprise.initials, enterprise.org_code):
        found = search(query)
        assert list(found) == kinds, query
        assert found["企业"].hits[0].row == enterprise
    assert search("榄山旧厂")["企业"].hits[0].matched == "曾用名：榄山旧厂"
    assert search(enterprise.org_code)["贷款"].hits[0].matched == f"组织机构代码：{enterprise.org_code}"
    assert search(enterprise.name)["企业"].hits[0].matched == ""


def test_numbers_of_every_kind_lead_to_their_record(lent: World, search: Any) -> None:
    loan, contribution = Loan.objects.get(), Contribution.objects.order_by("pk")[0]
    batch = Batch.objects.get()
    for query, kind, url in (
        (loan.note_no, "贷款", loan.get_absolute_url()),
        (loan.contract_no, "贷款", loan.get_absolute_url()),
        (f"第{batch.number}批", "批次", batch.get_absolute_url()),
        (contribution.voucher_no, "出资", contribution.get_absolute_url()),
        (contribution.receipt_no, "出资", contribution.get_absolute_url()),
    ):
        assert url in [hit.url for hit in search(query)[kind].hits], query


@pytest.mark.parametrize("query", ["2012Q1", "2012q1", "2012年第一季度", "2012年1季度"])
def test_a_quarter_as_it_is_written_or_printed(search: Any, query: str) -> None:
    assert [hit.name for hit in search(query)["申报汇总表"].hits] == ["2012年第一季度申报汇总表　第1版"]


def test_nothing_of_a_programme_one_is_no_party_to(lent: World, search: Any) -> None:
    bank = make_organisation(OrganisationKind.BANK, "古镇村镇银行", "古镇银行")
    stranger = elsewhere(lent, bank_organisation=bank, bank=make_person("stranger", bank, Role.OFFICER)).bank
    loan = Loan.objects.get()
    for query in (loan.note_no, loan.contract_no, "2012Q1", "第1批", lent.programme.name):
        assert search(query), query
        assert search(query, stranger) == {}, query
    assert list(search(loan.enterprise.name, stranger)) == ["企业"]  # known to both programmes; its loan is not


def test_more_than_a_handful_is_counted_and_its_list_finds_as_many(lent: World, sign_in: SignIn, search: Any) -> None:
    for number in range(2, SHOWN + 3):
        make_enterprise(lent, number)
    make_line(lent, make_enterprise(lent, 90))
    group = search("演示")["企业"]
    assert (len(group.hits), group.more) == (SHOWN, True)
    assert sign_in(lent.bank).get(group.url).context["listing"].count == group.count > SHOWN


def test_it_takes_few_statements_however_much_is_found(lent: World, sign_in: SignIn) -> None:
    client = sign_in(lent.bank)
    client.get("/search/")
    with CaptureQueriesContext(connection) as statements:
        found = client.get("/search/", {"q": "演示"}).context["groups"]
    assert found
    assert len(statements) <= 18


def test_the_receipt_of_a_repayment_leads_to_its_loan(lent: World, search: Any) -> None:
    loan = Loan.objects.get()
    repayment = make_repayment(lent, loan, "1000", paid_on=date(2012, 4, 2), receipt_no="HD20120402-7")
    (hit,) = search("HD20120402")["还款"].hits
    assert (hit.row, hit.url) == (repayment, loan.get_absolute_url())
    assert loan.note_no in hit.detail
    assert hit.row.receipt_no in hit.detail
    assert "还款" not in search(loan.note_no), "a loan's number would bring all its repayments"


def test_what_is_typed_suggests_a_few_of_each_kind_and_the_page_of_all(lent: World, sign_in: SignIn) -> None:
    for number in range(2, SUGGESTED + 3):
        make_line(lent, make_enterprise(lent, number))
    client = sign_in(lent.bank)
    client.get("/search/suggest/")
    with CaptureQueriesContext(connection) as statements:
        options = client.get("/search/suggest/", {"q": "演示"}).json()["options"]
    assert len(statements) <= 20
    *hits, every = options
    assert every == {"value": "查看全部结果", "hint": "", "url": f"/search/?{urlencode({'q': '演示'})}"}
    kinds = [hit["hint"].split(" · ")[0] for hit in hits]
    assert len(hits) == SUGGESTED
    assert kinds.count("企业") == SUGGESTED_OF_A_KIND
    found = {hit.url for group in client.get("/search/", {"q": "演示"}).context["groups"] for hit in group.hits}
    assert {hit["url"] for hit in hits} <= found


def test_nothing_is_suggested_of_what_one_may_not_see(lent: World, sign_in: SignIn) -> None:
    bank = make_organisation(OrganisationKind.BANK, "古镇村镇银行", "古镇银行")
    stranger = elsewhere(lent, bank_organisation=bank, bank=make_person("stranger", bank, Role.OFFICER)).bank
    asked = {"q": Loan.objects.get().note_no}
    assert sign_in(lent.bank).get("/search/suggest/", asked).json()["options"]
    assert sign_in(stranger).get("/search/suggest/", asked).json() == {"options": []}
    assert sign_in(lent.sysadmin).get("/search/suggest/", asked).status_code == 403


@pytest.mark.parametrize("query", ["", "锁", "锁" * 101])
def test_nothing_is_suggested_for_what_cannot_be_looked_for(lent: World, sign_in: SignIn, query: str) -> None:
    answer = sign_in(lent.bank).get("/search/suggest/", {"q": query})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(("query", "sentence"), [("锁", "至少输入 2 个字"), ("锁" * 101, "最多 100 个字"), ("锁\x00业", "无法识别")])
def test_a_question_that_cannot_be_answered_says_why(lent: World, sign_in: SignIn, query: str, sentence: str) -> None:
    answer = sign_in(lent.bank).get("/search/", {"q": query})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_the_box_is_offered_to_those_who_have_something_to_find(lent: World, sign_in: SignIn) -> None:
    assert "data-search" in sign_in(lent.auditor).get("/notifications/").content.decode()
    assert "data-search" not in sign_in(lent.sysadmin).get("/notifications/").content.decode()
