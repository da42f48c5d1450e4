"""项目看板: every figure computed by hand from one small history, every link to rows that add up to it, few statements."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from common.display import yuan
from common.page import Chart, NumberCard
from enterprises.services import enterprises
from loans.services.daily import assess_loans
from loans.services.risk import count_risk
from parties.enums import OrganisationKind, Role
from parties.models import User
from reports.picture import MOST_INDUSTRIES, picture
from reports.selectors.dashboard import BEYOND, PAST, Dashboard, Part, Sum, dashboard, ladder
from reserve.calendar import workday_table
from reserve.services.programmes import open_reserve_account
from tests.factories import (
    World,
    at,
    deposit,
    elsewhere,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
    on,
)
from tests.support.claims import failed, make_claim, make_recovery, write_off
from tests.support.clock import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SignIn = Callable[[User], Client]
TODAY = date(2013, 8, 15)
READERS = ("province", "science", "centre", "town2", "bank", "bank2", "auditor")


@pytest.fixture(scope="module")
def history(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for all tests of this file; what each of them does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = lived(fund(make_world()))
        with django_db_blocker.block():
            yield made
        transaction.set_rollback(True)


def lived(world: World) -> World:
    """Of the small locksmiths' loans of 2012-03-01, 300万 was compensated and partly recovered, 100万 compensated and written off, for
    200万 money is set aside, 200万 is repaid. In 2013 another was lent 500万 to 08-31 and a medium maker of electronics 400万 to
    2014-06-25. The province paid in 200万 more, which the town has not matched yet.
    """
    compensated, given_up, claimed = (
        failed(world, amount, enterprise=make_enterprise(world, number))
        for number, amount in enumerate(("3000000", "1000000", "2000000"), 1)
    )
    repaid = make_loan(world, make_line(world, make_enterprise(world, 4), amount="2000000"))
    make_repayment(world, repaid, "0", paid_on=date(2012, 3, 21), interest=Decimal(200_000))
    make_repayment(world, repaid, "2000000", paid_on=date(2012, 7, 2))
    make_claim(world, compensated)
    make_claim(world, given_up)
    make_claim(world, claimed, until="approved")
    make_recovery(world, compensated, "1000000", cost="40000")
    day = date(2013, 7, 1)
    small = make_line(world, make_enterprise(world, 5, day=day), day=day, annual_rate=Decimal(6))
    short = make_loan(world, small, day=day, due_on=date(2013, 8, 31))
    write_off(world, given_up)
    make_repayment(world, short, "0", paid_on=date(2013, 7, 22), interest=Decimal(100_000))
    medium = make_enterprise(world, 6, day=day, size=False, industry_code="3912")
    enterprises.record_year(enterprise=medium, year=2012, employees=400, revenue=Decimal(100_000_000), by=world.centre, **at(2013, 7, 2))
    make_loan(
        world, make_line(world, medium, amount="4000000", day=day, annual_rate=Decimal(6)), day=date(2013, 7, 25), due_on=date(2014, 6, 25)
    )
    deposit(world, amount="2000000", arrived_on=date(2013, 8, 1), voucher_no="省2")
    assess_loans(**on(TODAY))
    count_risk(**on(TODAY))
    return world


@pytest.fixture
def board(history: World) -> Dashboard:
    return dashboard(history.programme, TODAY)


@pytest.fixture
def open_page(history: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A page of the auditor's on the day."""
    Clock(monkeypatch, TODAY)
    client = sign_in(history.auditor)
    return client.get


def address(world: World) -> str:
    return reverse("reports:dashboard", args=[world.programme.code])


def yuans(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


# figures


def test_the_accounts_and_what_they_can_still_carry(board: Dashboard) -> None:
    """Province: 1200万 − 30万 − 10万 + 9.6万; town: 4000万 − 120万 − 40万 + 38.4万. Earmarked: 900万 ÷ 7.5; set aside: 100万."""
    shown = picture(board, workday_table())
    found = {
        row.line.account.funder.short_name: (*(getattr(row.line.figures, name) for name in ("balance", "earmarked", "free")), row.capacity)
        for row in shown["accounts"]
    }
    assert found == {
        "省中心": (Decimal(11_696_000), Decimal(240_000), Decimal(11_256_000), Decimal(422_100_000)),
        "小榄镇": (Decimal(38_784_000), Decimal(960_000), Decimal(37_024_000), Decimal(347_100_000)),
    }
    assert board.standing.capacity == Decimal(347_100_000), "the lesser of the two"
    assert (shown["leverage"].now, shown["leverage"].most) == (Decimal("0.22"), Decimal("7.50")), "1100万 ÷ 5048万"


def test_the_match_of_each_deposit(board: Dashboard) -> None:
    found = picture(board, workday_table())["matches"]
    assert [(row.source.voucher_no, row.status, clock.left) for row, clock in found.rows] == [
        ("粤财20111111", "fulfilled", None),
        ("省2", "open", workday_table().workdays_between(TODAY, found.rows[1][0].deadline.due_on)),
    ]
    assert (found.due, found.paid, found.late) == (Decimal(48_000_000), Decimal(40_000_000), 0)


def test_what_was_lent_and_is_owed(board: Dashboard) -> None:
    assert board.made == Sum(6, *yuans("17000000", "11000000"))
    assert [(row.quarter, row.loans, row.loan_amount, row.declared_reserve) for row in board.quarters] == [
        ("2012Q1", 4, *yuans("8000000", "1066666.67")),
        ("2013Q3", 2, *yuans("9000000", "1200000.00")),
    ]
    assert [(part.code, part.sum) for part in board.sizes] == [
        ("medium", Sum(1, *yuans("4000000", "4000000"))),
        ("small", Sum(5, *yuans("13000000", "7000000"))),
    ]
    assert [(part.code, part.edition, part.sum.amount) for part in board.industries] == [
        ("33", "2011", Decimal(13_000_000)),
        ("39", "2011", Decimal(4_000_000)),
    ]
    assert [(part.name, part.sum.amount) for part in board.banks] == [("村镇银行", Decimal(17_000_000))]


def test_when_it_falls_due_and_what_is_overdue(board: Dashboard) -> None:
    """200万, on which nothing but a yuan was paid since the first interest of 2012-03-21."""
    assert {step.code: (step.loans, step.owed) for step in board.ladder if step.loans} == {
        PAST: (1, Decimal(2_000_000)),
        "30": (1, Decimal(5_000_000)),
        "365": (1, Decimal(4_000_000)),
    }
    assert {band.code: (band.loans, band.owed) for band in board.bands if band.loans} == {
        "0": (2, Decimal(9_000_000)),
        BEYOND: (1, Decimal(2_000_000)),
    }
    assert board.risk.rate.rate == Decimal("0.1818")
    assert (board.risk.rate.warns, board.risk.rate.stops) == (True, False), "the stop counts from 1亿 only"
    assert [(one.late, one.late_loans) for one in board.standing.owed] == [(Decimal(2_000_000), 1)]


def test_what_was_paid_recovered_and_given_up(board: Dashboard) -> None:
    found = board.compensations
    assert (found.claims, found.paid, found.recovered, found.net) == (2, *yuans("2000000", "480000", "1520000"))
    assert (found.funded, found.payable, found.written_off, found.given_up) == (1, Decimal(1_000_000), 1, Decimal(1_000_000))
    assert board.risk.compensation.ratio == Decimal("0.0292"), "152万 ÷ 5200万"


@pytest.mark.parametrize(
    "days, code", [(-1, PAST), (0, "30"), (30, "30"), (31, "90"), (90, "90"), (91, "180"), (365, "365"), (366, BEYOND)]
)
def test_the_ladder_counts_days_from_today(days: int, code: str) -> None:
    due = {"due_on": TODAY + timedelta(days), "loans": 3, "owed": Decimal("0.01")}
    steps = [step for step in ladder([due], TODAY) if step.loans]
    assert [(step.code, step.loans, step.owed) for step in steps] == [(code, 3, Decimal("0.01"))]
    assert (steps[0].first or date.min) <= due["due_on"] <= (steps[0].last or date.max), "the days it links to"


def test_reasons_against_new_loans_stand_on_top(
    history: World, open_page: Callable[[str], Any], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "暂停新增" not in open_page(address(history)).content.decode()
    Clock(monkeypatch, date(2013, 12, 31))
    page = sign_in(history.auditor).get(address(history))
    assert [block.title for block in page.context["board"].standing.blocks] == ["配套资金逾期未到位"]
    assert page.context["matches"].late == Decimal(8_000_000)
    assert "配套资金逾期未到位" in page.content.decode()


# links


def total(page: Any, column: str) -> Decimal:
    """What a list says under one of its columns; its rows by `count`."""
    listing = page.context["listing"]
    assert listing.errors == [], listing.errors
    if column == "count":
        return Decimal(listing.count)
    place = next(place for place, one in enumerate(listing.columns) if one.key == column)
    return Decimal(listing.totals[f"t{place}"] or 0)


CHARTS = {
    "by-quarter": ("amount", "declared_reserve"),
    "by-quarter-count": ("count",),
    **dict.fromkeys(("by-size", "by-bank", "by-industry"), ("amount", "outstanding")),
    "ladder": ("outstanding",),
    "ageing": ("owed",),
}
"""Which column of the list each series of a chart adds up to."""


def test_every_category_of_every_chart_leads_to_rows_that_add_up_to_it(history: World, open_page: Callable[[str], Any]) -> None:
    page = open_page(address(history))
    charts: list[Chart] = [*page.context["lending"], page.context["ladder"], page.context["ageing"]]
    assert {chart.id for chart in charts} == set(CHARTS)
    for chart in charts:
        unit = 1 if CHARTS[chart.id] == ("count",) else Decimal(10_000)
        assert len(chart.urls) == len(chart.categories)
        for place, url in enumerate(chart.urls):
            rows = open_page(url)
            for series, column in zip(chart.series, CHARTS[chart.id], strict=True):
                assert total(rows, column) == pytest.approx(series.values[place] * unit, abs=50), (chart.id, place, column)


CARDS = {
    "累计放款": ("amount", Decimal(17_000_000)),
    "贷款余额": ("outstanding", Decimal(11_000_000)),
    "配套（省:镇 = 1:4）": ("amount", Decimal(48_000_000)),
    "逾期贷款余额": ("outstanding", Decimal(2_000_000)),
    "到期：已过到期日": ("outstanding", Decimal(2_000_000)),
    "到期：30 天内": ("outstanding", Decimal(5_000_000)),
    "已代偿": ("paid", Decimal(2_000_000)),
    "追偿已划回": ("returned", Decimal(480_000)),
    "已备付、未划款": ("granted", Decimal(1_000_000)),
    "已核销": ("count", Decimal(1)),
}


def test_every_card_leads_to_rows_that_add_up_to_it(history: World, open_page: Callable[[str], Any]) -> None:
    page = open_page(address(history))
    cards: list[NumberCard] = [card for name in ("numbers", "overdue", "compensation") for card in page.context[name] if card.url]
    rates = {card.label: card for card in cards if card.label in ("逾期率", "代偿率")}
    assert {card.label for card in cards} == {*CARDS, *rates}
    for card in cards:
        if card.label in CARDS:
            column, expected = CARDS[card.label]
            assert total(open_page(card.url), column) == expected, card.label
    for label, value in (("逾期率", "18.18%"), ("代偿率", "2.92%")):
        assert rates[label].value == value
        assert value in open_page(rates[label].url).content.decode()


def test_every_figure_of_the_accounts_leads_to_what_it_is_made_of(history: World, open_page: Callable[[str], Any]) -> None:
    page = open_page(address(history))
    addresses, joint = page.context["addresses"], page.context["board"].standing.joint
    assert total(open_page(addresses["earmarked"]), "earmarked") == joint.earmarked == Decimal(1_200_000)
    assert total(open_page(addresses["payable"]), "granted") == joint.claims_payable == Decimal(1_000_000)
    assert total(open_page(addresses["obligations"]), "amount") == page.context["matches"].due
    for row in page.context["accounts"]:
        shown = open_page(row.line.account.get_absolute_url()).content.decode()
        assert all(yuan(getattr(row.line.figures, name)) in shown for name in ("balance", "earmarked", "claims_payable", "free"))
    for row, _ in page.context["matches"].rows:
        assert yuan(row.amount) in open_page(row.get_absolute_url()).content.decode()


def test_many_industries_are_cut_to_the_largest_and_it_says_so(board: Dashboard) -> None:
    many = [Part(f"{13 + number}", f"行业{number}", Sum(1, Decimal(10_000))) for number in range(MOST_INDUSTRIES + 1)]
    values = {name: getattr(board, name) for name in Dashboard.__slots__}
    chart = next(one for one in picture(Dashboard(**values | {"industries": many}), workday_table())["lending"] if one.id == "by-industry")
    assert len(chart.categories) == len(chart.urls) == MOST_INDUSTRIES
    assert f"共 {MOST_INDUSTRIES + 1} 个行业" in chart.note


# the page


@pytest.mark.parametrize("name", READERS)
def test_the_page_takes_few_statements(
    history: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any, name: str
) -> None:
    Clock(monkeypatch, TODAY)
    client = sign_in(getattr(history, name))
    with django_assert_max_num_queries(17):
        assert client.get(address(history)).status_code == 200


def test_an_empty_programme_says_what_to_do_first(history: World, sign_in: SignIn) -> None:
    empty, client = elsewhere(history), sign_in(history.province)
    page = client.get(address(empty))
    said = page.content.decode()
    for words in ("还没有准备金账户", "还没有配套义务", "还没有放款", "目前没有在贷", "还没有代偿"):
        assert words in said
    for name in ("contributions", "recommendations", "loans"):
        assert client.get(page.context["addresses"][name]).status_code == 200
    account = {"funder": history.town_organisation, "bank": history.bank_organisation, "name": "专户", "number": "1", "opened_on": TODAY}
    open_reserve_account(programme=empty.programme, **account, by=history.sysadmin, **on(TODAY))
    assert "还没有到账的出资" in client.get(address(empty)).content.decode()


def test_the_sidebar_leads_to_the_newest_active_programme_and_stays_marked(history: World, open_page: Callable[[str], Any]) -> None:
    assert open_page(reverse("reports:own_dashboard")).url == address(history)
    assert open_page(f"{reverse('reports:own_dashboard')}?programme=none").status_code == 404
    groups = open_page(address(history)).context["navigation"]
    assert [item.label for group in groups for item in group.items if item.active] == ["项目看板"]


def test_who_has_no_programme_is_told_so(db: None, sign_in: SignIn) -> None:
    lonely = make_person("lonely", make_organisation(OrganisationKind.BANK, "新银行"), Role.OFFICER)
    assert "还没有项目" in sign_in(lonely).get(reverse("reports:own_dashboard")).content.decode()


def test_the_switcher_turns_to_the_same_page_of_another(history: World, open_page: Callable[[str], Any]) -> None:
    links = open_page(address(history)).context["programmes"]
    assert [(link.url, link.current) for link in links] == [(address(history), True)]
