"""上报省的半年报、年报: counts, sums and averages by hand and against every loan; what nobody stated is said to be unstated."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from loans.models import Loan
from parties.models import User
from reports.effect_report import effect_document
from reports.selectors.effect_report import KINDS, Benefits, effect_report
from reserve.periods import Period
from tests.factories import World, make_benefit, make_enterprise, make_line, make_loan, make_repayment
from tests.support.histories import lend_at_random
from tests.support.ledger import make_books
from tests.support.papers import is_landscape_a4, pdf_text, sheet_rows, unembedded_fonts

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PAGE = "reports:effect_report"
END = date(2013, 3, 1)


def period(text: str) -> Period:
    return Period.parse(text, KINDS)


@pytest.fixture
def lent(world: World) -> World:
    """2012: 甲 300万 at 7.8 % in March, again 100万 at 6.6 % in August; 乙 600万 at 7.2 % in April; 丙 200万 in August.

    Of 甲 the bank said it was the first loan anywhere, of 乙 that it was not, of 丙 nothing. 甲 and 乙 told the first half's gains.
    """
    one, two, three = (make_enterprise(world, number) for number in (1, 2, 3))
    stated: dict[str, Any] = {"first_bank_loan": True}
    first = make_loan(world, make_line(world, one, amount="3000000", **stated), day=date(2012, 3, 1))
    april = make_line(world, two, amount="6000000", day=date(2012, 4, 2), annual_rate=Decimal("7.2"), first_bank_loan=False)
    make_loan(world, april, day=date(2012, 4, 10))
    make_repayment(world, first, "1000000", paid_on=date(2012, 6, 1))
    again = make_line(world, one, amount="1000000", day=date(2012, 8, 1), annual_rate=Decimal("6.6"), first_bank_loan=False)
    make_loan(world, again, day=date(2012, 8, 10))
    make_loan(world, make_line(world, three, amount="2000000", day=date(2012, 8, 1)), day=date(2012, 8, 20))
    make_benefit(world, one, period="2012H1", day=date(2012, 9, 1), output=Decimal("9999999"))
    make_benefit(world, one, period="2012H1", day=date(2012, 9, 3))
    make_benefit(world, two, period="2012H1", day=date(2012, 9, 3), output=Decimal(0), tax=Decimal("0.55"), jobs=0, patents=1)
    make_benefit(world, one, period="2012H2", day=date(2013, 1, 9), output=Decimal("500000"))
    return world


def test_half_a_year_by_hand(lent: World) -> None:
    found = effect_report(lent.programme, period("2012H1"), END)
    assert (found.enterprises, found.loans, found.amount, found.rate) == (2, 2, 9_000_000, Decimal("7.4000"))
    assert (found.first_bank_loans, found.first_unstated) == (1, 0)
    assert (found.in_force_enterprises, found.in_force, found.owed) == (2, 2, 8_000_000)
    assert found.benefits == Benefits(Decimal(2_000_000), Decimal("150000.55"), 12, 3)
    assert (found.reported, found.unreported) == (2, 0)


def test_the_year_by_hand(lent: World) -> None:
    found = effect_report(lent.programme, period("2012"), END)
    assert (found.enterprises, found.loans, found.amount) == (3, 4, 12_000_000)
    assert found.rate == Decimal("7.4000")  # (300×7.8 + 600×7.2 + 100×6.6 + 200×7.8) ÷ 1200
    assert (found.first_bank_loans, found.first_unstated) == (1, 1)
    one, two, three = found.rows
    assert (one.loans, one.amount, one.rate, one.owed) == (2, 4_000_000, Decimal("7.5000"), 3_000_000)
    assert (one.halves, one.benefits) == ((1, 2), Benefits(Decimal(2_500_000), Decimal(300_000), 24, 4))
    assert (two.halves, two.first_bank_loan) == ((1,), False)
    assert (three.halves, three.benefits, three.first_here, three.first_bank_loan) == ((), None, True, None)
    assert (found.reported, found.unreported) == (1, 2)


def test_lent_to_again_is_not_the_first_loan_here(lent: World) -> None:
    found = effect_report(lent.programme, period("2012H2"), END)
    assert [row.first_here for row in found.rows if row.loans] == [False, True]
    assert (found.enterprises, found.first_bank_loans, found.first_unstated) == (2, 0, 1)


def test_nothing_lent_in_the_period_yet_in_force(lent: World) -> None:
    found = effect_report(lent.programme, period("2013H1"), END)
    assert (found.enterprises, found.amount, found.rate, found.complete) == (0, 0, None, False)
    assert found.in_force_enterprises == 3


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_every_loan_computed_by_itself(world: World, seed: int) -> None:
    loans = lend_at_random(world, seed)
    for text in ("2023H1", "2023H2", "2023", "2024H1", "2024"):
        found = effect_report(world.programme, period(text), date(2024, 9, 30))
        made = [loan for loan in loans if found.period.contains(loan.disbursed_on)]
        owed = {loan.pk: sum(row.change for row in loan.movements.filter(value_on__lte=found.as_of)) for loan in loans}
        assert (found.loans, found.amount) == (len(made), sum(loan.amount for loan in made))
        assert (found.owed, found.in_force) == (sum(owed.values()), sum(1 for amount in owed.values() if amount))
        if made:
            assert found.rate == Decimal("4.5000")


def test_the_document_warns_of_what_nobody_stated(lent: World) -> None:
    found = effect_report(lent.programme, period("2012"), END)
    document = effect_document(found, [], printed_on=END, prepared_by="市科技局")
    assert document.warnings == [
        "有 2 户企业的成效尚未填报齐全，合计只含已填报的。",
        "有 1 户企业首次在本项目贷款，银行没有填报是否首贷户，首贷户数不含这些企业。",
    ]
    assert [(row[5], row[10]) for row in document.sections[2].rows] == [("是", "已填报"), ("否", "仅上半年"), ("未填报", "未填报")]


def test_the_page_sets_the_halves_beside_the_year(lent: World, sign_in: SignIn) -> None:
    page = sign_in(lent.province).get(reverse(PAGE), {"period": "2012"})
    summary, benefits, _ = page.context["document"].sections
    assert [(row[0], row[1], row[3]) for row in summary.rows] == [
        ("2012年上半年", 2, 9_000_000), ("2012年下半年", 2, 3_000_000), ("2012年度", 3, 12_000_000),
    ]  # fmt: skip
    assert [row[1] for row in benefits.rows] == [2_000_000, 500_000, 2_500_000]
    text = page.content.decode()
    for shown in ("7.4000%", "首贷户", "未填报", "口径说明", "仅上半年"):
        assert shown in text
    behind = sign_in(lent.province).get(summary.urls[0])
    assert {loan.amount for loan in behind.context["listing"].page.object_list} == {3_000_000, 6_000_000}
    gains = sign_in(lent.province).get(benefits.urls[2])
    assert len(gains.context["listing"].page.object_list) == 3


def test_the_page_asks_few_statements(lent: World, sign_in: SignIn) -> None:
    client = sign_in(lent.bank)
    client.get(reverse(PAGE))
    for text, most in (("2012H1", 20), ("2012", 30)):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(PAGE), {"period": text})
        assert len(asked) <= most, len(asked)


def test_paper_and_workbook_say_the_same(lent: World, sign_in: SignIn) -> None:
    client = sign_in(lent.science)
    page = client.get(reverse(PAGE), {"period": "2012H1"})
    data = client.get(reverse(PAGE), {"period": "2012H1", "export": "pdf"}).content
    text = pdf_text(data)
    for shown in ("科技贷款风险准备金项目半年报", "2012年上半年", "9,000,000.00", "7.4000%", "中山市科技局", "（公章）", "不推定"):
        assert shown in text
    assert is_landscape_a4(data)
    assert unembedded_fonts(data) == []
    book = client.get(reverse(PAGE), {"period": "2012H1", "export": "xlsx"}).content
    rows = sheet_rows(book, "分企业")
    table = page.context["document"].sections[2]
    assert [row[0] for row in rows[3:-1]] == [row[0] for row in table.rows]
    assert rows[-1][2] == 9_000_000
    assert sheet_rows(book, "口径说明")[3][0] == "放款户数、笔数、金额"


def test_the_api_says_the_same_and_knows_what_has_not_changed(lent: World, api: Callable[[User], APIClient]) -> None:
    client, url = api(lent.province), "/api/v1/programmes/xiaolan/effect-report/"
    answer = client.get(url, {"period": "2012"})
    data: Any = answer.json()
    assert (data["enterprises"], data["amount"], data["rate"], data["first_bank_loans"]) == (3, "12000000.00", "7.4000", 1)
    assert data["benefits"] == {"output": "2500000.00", "tax": "300000.55", "jobs": 24, "patents": 5}
    assert [row["first_bank_loan"] for row in data["rows"]] == [True, False, None]
    assert data["rows"][2]["benefits"] is None
    assert client.get(url, {"period": "2012"}, headers={"if-none-match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize(("text", "said"), [("2012Q1", "写法不对"), ("2012H3", "写法不对"), ("2999H1", "尚未开始")])
def test_a_bad_period_is_said_in_a_sentence(lent: World, sign_in: SignIn, api: Callable[[User], APIClient], text: str, said: str) -> None:
    page = sign_in(lent.bank).get(reverse(PAGE), {"period": text})
    assert page.status_code == 400
    assert said in page.content.decode()
    problem = api(lent.bank).get("/api/v1/programmes/xiaolan/effect-report/", {"period": text})
    assert problem.status_code == 400
    assert said in problem.json()["detail"]


def test_who_reads_no_programmes_and_what_is_foreign(lent: World, sign_in: SignIn, api: Callable[[User], APIClient]) -> None:
    make_books("foreign")
    assert sign_in(lent.sysadmin).get(reverse(PAGE)).status_code == 403
    assert sign_in(lent.bank).get(reverse(PAGE), {"programme": "foreign"}).status_code == 404
    assert api(lent.bank).get("/api/v1/programmes/foreign/effect-report/").status_code == 404


def test_an_empty_programme_has_a_report_too(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.bank).get(reverse(PAGE), {"period": "2012"})
    assert page.status_code == 200
    assert "本期没有记录" in page.content.decode()


def test_the_matching_loan_is_the_earliest_by_day_then_key(lent: World) -> None:
    Loan.objects.filter(disbursed_on=date(2012, 8, 10)).update(disbursed_on=date(2012, 3, 1))
    found = effect_report(lent.programme, period("2012H1"), END)
    assert found.rows[0].first_bank_loan is True
