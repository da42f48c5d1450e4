"""逾期率: the definition of domain §4, exact at every end of a month or quarter, by few statements."""

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
from loans.selectors.servicing import account_of
from parties.models import User
from reports.enums import Step
from reports.selectors.overdue import MOST_POINTS, overdue_rates, period_ends
from reserve.services.programmes import set_rule
from tests.factories import World, make_enterprise, make_line, make_loan, make_repayment, on
from tests.support.histories import lend_at_random

SignIn = Callable[[User], Client]
DAY = date(2012, 7, 31)


@pytest.mark.parametrize(
    "first, as_of, step, ends",
    [
        (date(2012, 3, 1), DAY, Step.QUARTER, [date(2012, 3, 31), date(2012, 6, 30), DAY]),
        (date(2012, 5, 31), DAY, Step.MONTH, [date(2012, 5, 31), date(2012, 6, 30), DAY]),
        (date(2012, 11, 5), date(2013, 1, 15), Step.MONTH, [date(2012, 11, 30), date(2012, 12, 31), date(2013, 1, 15)]),
        (DAY, DAY, Step.MONTH, [DAY]),
    ],
)
def test_a_series_is_read_at_the_ends_and_today(first: date, as_of: date, step: Step, ends: list[date]) -> None:
    assert period_ends(first, as_of, step) == ends


def test_a_long_series_keeps_its_latest_points() -> None:
    assert len(period_ends(date(2001, 1, 1), DAY, Step.MONTH)) == MOST_POINTS


@pytest.fixture
def lent(world: World) -> World:
    """From 2012-03-01: 300万 on which nothing is paid since 2012-03-21, and 700万 in order."""
    make_loan(world, make_line(world, make_enterprise(world, 1), amount="3000000"), day=date(2012, 3, 1))
    sound = make_loan(world, make_line(world, make_enterprise(world, 2), amount="7000000"), day=date(2012, 3, 1))
    make_repayment(world, sound, "0", paid_on=date(2012, 3, 21), interest=Decimal(600_000))
    return world


def rates(world: World, day: date = DAY, step: Step = Step.MONTH) -> dict[date, Decimal | None]:
    [series] = overdue_rates(world.programme, day, step)
    return {point.day: point.rate for point in series.points}


def test_the_whole_principal_of_loans_overdue_for_more_than_thirty_days(lent: World) -> None:
    assert rates(lent) == {
        date(2012, 3, 31): Decimal(0),
        date(2012, 4, 30): Decimal("0.3000"),
        date(2012, 5, 31): Decimal("0.3000"),
        date(2012, 6, 30): Decimal("0.3000"),
        DAY: Decimal("0.3000"),
    }
    assert rates(lent, date(2012, 4, 20))[date(2012, 4, 20)] == 0  # the 30th day
    assert rates(lent, date(2012, 4, 21))[date(2012, 4, 21)] == Decimal("0.3000")


def test_paid_up_or_repaid_it_falls_whenever_that_is_told(lent: World) -> None:
    loan = Loan.objects.earliest("pk")
    make_repayment(lent, loan, "0", paid_on=date(2012, 6, 25), interest=Decimal(200_000), day=DAY)
    assert list(rates(lent, step=Step.QUARTER).values()) == [0, 0, 0]
    assert rates(lent)[date(2012, 5, 31)] == Decimal("0.3000")


def test_the_days_that_count_and_the_lines_are_those_of_the_rules_of_each_day(lent: World) -> None:
    given = {"programme": lent.programme, "reason": "商定", "by": lent.sysadmin, **on(date(2012, 5, 10))}
    set_rule(key="overdue_rate_min_days", text="180", effective_on=date(2012, 5, 10), **given)
    assert [rates(lent)[day] for day in (date(2012, 4, 30), date(2012, 5, 31))] == [Decimal("0.3000"), 0]


def test_past_the_line_warns_and_stops_from_a_size_only(lent: World) -> None:
    [series] = overdue_rates(lent.programme, DAY, Step.QUARTER)
    assert [(point.warns, point.stops) for point in series.points] == [(False, False), (True, False), (True, False)]
    given = {"programme": lent.programme, "reason": "商定", "by": lent.sysadmin, **on(DAY)}
    set_rule(key="overdue_rate_min_outstanding", text="1000万", effective_on=DAY, **given)
    [series] = overdue_rates(lent.programme, DAY, Step.QUARTER)
    assert [point.stops for point in series.points] == [False, False, True]


def test_nothing_lent_nothing_shown(world: World) -> None:
    assert overdue_rates(world.programme, DAY, Step.QUARTER) == []


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_every_loan_computed_by_itself(world: World, seed: int) -> None:
    loans = lend_at_random(world, seed)
    [series] = overdue_rates(world.programme, date(2024, 9, 30), Step.MONTH)
    for point in series.points:
        late = [loan for loan in loans if loan.disbursed_on <= point.day and account_of(loan).standing(point.day).days_overdue > 30]
        moved = [(loan, row) for loan in loans for row in loan.movements.filter(value_on__lte=point.day)]
        assert point.owed == sum(row.change for _, row in moved)
        assert point.overdue == sum(row.change for loan, row in moved if loan in late)


def test_statements_grow_neither_with_loans_nor_with_points(lent: World) -> None:
    counts = []
    for number, step, day in ((3, Step.QUARTER, date(2012, 4, 20)), (4, Step.MONTH, date(2015, 12, 31))):
        make_loan(lent, make_line(lent, make_enterprise(lent, number)), day=date(2012, 4, number))
        with CaptureQueriesContext(connection) as asked:
            overdue_rates(lent.programme, day, step)
        counts.append(len(asked))
    assert counts == [4, 4]


def test_the_page_draws_lists_and_exports_the_series(lent: World, sign_in: SignIn) -> None:
    client, query = sign_in(lent.auditor), {"programme": "xiaolan", "as_of": str(DAY)}
    page = client.get(reverse("reports:overdue_rate"), query)
    [chart] = page.context["charts"]
    assert chart.series[0].values == [Decimal("0.00"), Decimal("30.00"), Decimal("30.00")]
    assert [series.name for series in chart.series] == ["全部银行", "预警线", "暂停线"]
    text = page.content.decode()
    assert "超过预警线" in text
    assert f"/ageing/?programme=xiaolan&amp;as_of={DAY}" in text
    rows = b"".join(client.get(reverse("reports:overdue_rate"), query | {"step": "month", "export": "csv"}).streaming_content)
    assert "2012-05-31,10000000.00,3000000.00,0.3000,0.03,0.05,超过预警线" in rows.decode("utf-8-sig")


@pytest.mark.parametrize("query", [{"step": "week"}, {"as_of": "x"}, {"export": "doc"}, {"export": "csv", "table": "9"}])
def test_what_the_page_cannot_read_is_a_400(lent: World, sign_in: SignIn, query: dict[str, str]) -> None:
    assert sign_in(lent.bank).get(reverse("reports:overdue_rate"), query).status_code == 400


def test_an_empty_programme_has_a_page_too(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.bank)
    assert client.get(reverse("reports:overdue_rate")).status_code == 200
    assert client.get(reverse("reports:overdue_rate"), {"export": "csv"}).status_code == 400


def test_the_api_says_the_same(lent: World, api: Callable[[User], APIClient]) -> None:
    client = api(lent.province)
    data: Any = client.get("/api/v1/programmes/xiaolan/overdue-rate/", {"as_of": str(DAY)}).json()
    [series] = data["series"]
    assert series["points"][-1] == {
        "day": str(DAY), "min_days": 30, "owed": "10000000.00", "overdue": "3000000.00", "rate": "0.3000", "warns": True, "stops": False,
    }  # fmt: skip
    assert client.get("/api/v1/programmes/xiaolan/overdue-rate/", {"step": "week"}).json()["errors"].keys() == {"step"}
