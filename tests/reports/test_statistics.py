"""The published figures: to the 分, and on the day."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook
from rest_framework.test import APIClient

from enterprises.models import Recommendation
from enterprises.services import enterprises
from loans.services import approvals
from parties.models import User
from reports.selectors.statistics import statistics
from tests.factories import (
    World,
    at,
    make_batch,
    make_endorsed,
    make_enterprise,
    make_line,
    make_loan,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
)

pytestmark = pytest.mark.django_db

SMALL_LOAN, MEDIUM_LOAN = Decimal("5000000.00"), Decimal("1234567.89")


@pytest.fixture
def lent(world: World) -> World:
    """A small locksmith with 500万 drawn, a medium maker of electronics with 800万 approved and 1,234,567.89 drawn."""
    make_loan(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 31))
    medium = make_enterprise(world, 2, size=False, industry_code="3912")
    enterprises.record_year(enterprise=medium, year=2011, employees=400, revenue=Decimal(100_000_000), by=world.centre, **at(2012, 1, 11))
    line = make_line(world, medium, amount="8000000", day=date(2012, 4, 1))
    make_loan(world, line, day=date(2012, 4, 2), amount=MEDIUM_LOAN)
    return world


def test_figures_are_exact_to_the_cent(lent: World) -> None:
    found = statistics(lent.programme, date(2012, 12, 31))
    assert (found.batches, found.enterprises, found.approvals, found.loans) == (2, 2, 2, 2)
    assert found.credit_amount == Decimal("13000000.00")
    assert found.loan_amount == Decimal("6234567.89")
    assert found.declared_reserve == Decimal("666666.67") + Decimal("164609.05")
    assert found.declared_reserve_provincial == Decimal("133333.33") + Decimal("32921.81")


def test_sizes_and_industries_share_out_the_enterprises(lent: World) -> None:
    found = statistics(lent.programme, date(2012, 12, 31))
    assert [(row.size, row.enterprises, row.share) for row in found.by_size] == [
        ("medium", 1, Decimal("0.5000")),
        ("small", 1, Decimal("0.5000")),
    ]
    assert [(row.code, row.enterprises, row.credit_amount) for row in found.by_industry] == [
        ("33", 1, Decimal("5000000.00")),
        ("39", 1, Decimal("8000000.00")),
    ]


def test_an_industry_the_code_does_not_decide_is_named_as_it_was_chosen(world: World) -> None:
    make_line(world, make_enterprise(world, 1, industry_code="8291", size_industry="其他未列明行业"))
    assert [(row.code, row.name) for row in statistics(world.programme, date(2012, 12, 31)).by_industry] == [("82", "其他未列明行业")]


def test_quarters_take_approvals_and_loans_by_their_own_dates(lent: World) -> None:
    found = statistics(lent.programme, date(2012, 12, 31))
    assert [(row.quarter, row.approvals, row.loans, row.loan_amount, row.declared_reserve) for row in found.by_quarter] == [
        ("2012Q1", 1, 1, SMALL_LOAN, Decimal("666666.67")),
        ("2012Q2", 1, 1, MEDIUM_LOAN, Decimal("164609.05")),
    ]


@pytest.mark.parametrize(
    "as_of, figures",
    [
        (date(2012, 2, 9), (0, 0, "0", 0)),
        (date(2012, 2, 10), (1, 1, "5000000", 0)),
        (date(2012, 3, 30), (1, 1, "5000000", 0)),
        (date(2012, 3, 31), (1, 1, "5000000", 1)),
        (date(2012, 4, 1), (2, 2, "13000000", 1)),
        (date(2012, 4, 2), (2, 2, "13000000", 2)),
    ],
)
def test_a_fact_counts_from_its_own_day_on(lent: World, as_of: date, figures: tuple[int, int, str, int]) -> None:
    found = statistics(lent.programme, as_of)
    assert (found.batches, found.enterprises, found.credit_amount, found.loans) == (figures[0], figures[1], Decimal(figures[2]), figures[3])


def test_a_repayment_does_not_lower_what_was_declared(lent: World) -> None:
    before = statistics(lent.programme, date(2012, 12, 31)).declared_reserve
    loan = lent.programme.loans.get(amount=SMALL_LOAN)
    make_repayment(lent, loan, SMALL_LOAN, paid_on=date(2012, 6, 1))
    assert statistics(lent.programme, date(2012, 12, 31)).declared_reserve == before


def test_lending_again_counts_as_an_approval_and_not_as_an_enterprise(lent: World) -> None:
    """And the enterprise stays in the size of its first approval, whatever it has become since."""
    loan = lent.programme.loans.get(amount=SMALL_LOAN)
    make_repayment(lent, loan, SMALL_LOAN, paid_on=date(2012, 6, 1))
    enterprises.record_year(
        enterprise=loan.enterprise, year=2012, employees=500, revenue=Decimal(300_000_000), by=lent.centre, **at(2013, 1, 10)
    )
    make_line(lent, loan.enterprise, amount="4000000", day=date(2013, 1, 11))
    found = statistics(lent.programme, date(2013, 12, 31))
    assert (found.enterprises, found.approvals, found.credit_amount) == (2, 3, Decimal(17_000_000))
    assert {row.size: row.enterprises for row in found.by_size} == {"medium": 1, "small": 1}


def test_what_is_not_decided_sent_or_confirmed_counts_nothing(lent: World) -> None:
    make_batch(lent, [make_endorsed(lent, make_enterprise(lent, 3), day=date(2012, 5, 2))], day=date(2012, 5, 3))
    declined = make_proposal(lent, make_sent_of(lent, 4), day=date(2012, 5, 10), decision="decline", reason="担保不足。")
    approvals.confirm_approval(credit_line=declined, by=lent.bank2, **at(2012, 5, 11))
    make_proposal(lent, make_sent_of(lent, 5), day=date(2012, 5, 12))
    found = statistics(lent.programme, date(2012, 12, 31))
    assert (found.batches, found.enterprises, found.approvals, found.loans) == (4, 2, 2, 2)


def make_sent_of(world: World, number: int) -> Recommendation:
    return make_sent(world, make_enterprise(world, number), day=date(2012, 5, 4))


def test_at_most_five_statements_however_many_rows(lent: World, django_assert_max_num_queries: Callable[..., object]) -> None:
    with django_assert_max_num_queries(5):
        statistics(lent.programme, date(2012, 12, 31))


def test_another_programme_is_not_counted(lent: World) -> None:
    other = make_world(code="other")
    assert statistics(other.programme, date(2012, 12, 31)).enterprises == 0


# the page


def test_the_page_shows_the_figures_and_leads_to_their_rows(lent: World, sign_in: Callable[[User], Client]) -> None:
    page = sign_in(lent.auditor).get(reverse("reports:statistics"), {"programme": "xiaolan", "as_of": "2012-12-31"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "831,275.72" in text
    assert "累计申报准备金（推算）" in text
    assert "不是到位资金" in text
    for card in page.context["numbers"]:
        answer = sign_in(lent.auditor).get(card.url)
        assert answer.status_code == 200, card.url
        assert answer.context["listing"].errors == [], card.url
    counts = {card.label: sign_in(lent.auditor).get(card.url).context["listing"].count for card in page.context["numbers"]}
    assert counts == {"推荐批次": 2, "企业": 2, "授信金额": 2, "放款金额": 2, "累计申报准备金（推算）": 2, "其中：省级": 2}


def test_each_row_of_a_breakdown_leads_to_what_it_counts(lent: World, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(lent.auditor)
    page = client.get(reverse("reports:statistics"), {"programme": "xiaolan", "as_of": "2012-12-31"})
    counts = {
        (table.key, cells[0].text): client.get(cells[0].url).context["listing"].count
        for table, _ in page.context["breakdowns"]
        for cells in table.body
    }
    assert set(counts.values()) == {1}
    assert len(counts) == 6


def test_a_breakdown_is_exported_with_its_totals(lent: World, sign_in: Callable[[User], Client]) -> None:
    client, url = sign_in(lent.auditor), reverse("reports:statistics")
    answer = client.get(url, {"programme": "xiaolan", "as_of": "2012-12-31", "table": "quarter", "export": "xlsx"})
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0).to_python()
    assert rows[1][:5] == ["2012年第一季度", 1, 5000000, 1, 5000000]
    assert rows[3][5:7] == [831275.72, 166255.14]
    answer = client.get(url, {"programme": "xiaolan", "as_of": "2012-12-31", "table": "size", "export": "csv"})
    assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1] == "中型,1,0.5000"


@pytest.mark.parametrize("query", [{"as_of": "2012-13-01"}, {"as_of": "41183"}, {"export": "doc"}, {"export": "csv", "table": "x"}])
def test_a_wrong_address_is_refused_in_words(lent: World, sign_in: Callable[[User], Client], query: dict[str, str]) -> None:
    answer = sign_in(lent.auditor).get(reverse("reports:statistics"), {"programme": "xiaolan", **query})
    assert answer.status_code == 400


def test_a_foreign_programme_is_not_found(lent: World, sign_in: Callable[[User], Client]) -> None:
    assert sign_in(lent.auditor).get(reverse("reports:statistics"), {"programme": "other"}).status_code == 404


def test_administrators_do_not_see_business_figures(lent: World, sign_in: Callable[[User], Client]) -> None:
    assert sign_in(lent.sysadmin).get(reverse("reports:statistics")).status_code == 403


# the endpoint

URL = "/api/v1/programmes/xiaolan/statistics/"


def test_the_endpoint_gives_strings_for_money_and_shares(lent: World, api: Callable[[User], APIClient]) -> None:
    data = api(lent.auditor).get(URL, {"as_of": "2012-03-31"}).json()
    assert data["programme"] == "xiaolan"
    assert data["as_of"] == "2012-03-31"
    assert (data["batches"], data["enterprises"], data["approvals"], data["loans"]) == (1, 1, 1, 1)
    assert data["credit_amount"] == data["loan_amount"] == "5000000.00"
    assert (data["declared_reserve"], data["declared_reserve_provincial"]) == ("666666.67", "133333.33")
    assert data["by_size"] == [{"size": "small", "label": "小型", "enterprises": 1, "share": "1.0000"}]
    assert data["by_quarter"][0]["declared_reserve_provincial"] == "133333.33"


def test_the_endpoint_answers_304_to_what_the_caller_has(lent: World, api: Callable[[User], APIClient]) -> None:
    client = api(lent.auditor)
    tag = client.get(URL, {"as_of": "2012-03-31"})["ETag"]
    again = client.get(URL, {"as_of": "2012-03-31"}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(URL, {"as_of": "2012-04-02"}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("query, field", [({"as_of": "2012-02-30"}, "as_of"), ({"until": "2012-02-01"}, "until"), ({"page": "2"}, "page")])
def test_the_endpoint_refuses_what_it_does_not_know(
    lent: World, api: Callable[[User], APIClient], query: dict[str, str], field: str
) -> None:
    answer = api(lent.auditor).get(URL, query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_the_endpoint_hides_foreign_programmes_and_refuses_administrators(lent: World, api: Callable[[User], APIClient]) -> None:
    assert api(lent.auditor).get("/api/v1/programmes/other/statistics/").status_code == 404
    assert api(lent.sysadmin).get(URL).status_code == 403
