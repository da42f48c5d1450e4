"""关注名单: which running loans somebody should look at, why, and in what order (domain §3.8)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loans.enums import WatchReason
from loans.models import Loan
from loans.selectors.watch import GRAVITY, because_of, reasons, watched
from loans.services.grades import enter_grade
from loans.services.warnings import lift_warning
from parties.models import User
from reserve.quarters import Quarter
from tests.factories import (
    World,
    elsewhere,
    fund,
    make_enterprise,
    make_inspection,
    make_line,
    make_loan,
    make_repayment,
    make_warning,
    make_world,
    on,
)
from tests.support.caller import Callers
from tests.support.clock import Clock
from tests.support.histories import FIRST, lend_at_random

pytestmark = pytest.mark.django_db
DISBURSED = date(2023, 9, 15)
DAY = date(2023, 9, 20)
R = WatchReason


@pytest.fixture
def world() -> World:
    return fund(make_world())


def lend(world: World, number: int = 1, **changes: Any) -> Loan:
    """300万 from 2023-09-15 to 2024-08-15, the first interest payable on 2023-09-21."""
    enterprise = make_enterprise(world, number, day=date(2023, 9, 1))
    line = make_line(world, enterprise, day=date(2023, 9, 1), amount="3000000", annual_rate=Decimal("4.5"))
    return make_loan(world, line, day=DISBURSED, **changes)


def why(day: date) -> list[dict[WatchReason, str]]:
    return [reasons(row, day) for row in watched(Loan.objects.all(), day)]


class TestReasons:
    def test_a_sound_loan_is_not_on_it(self, world: World) -> None:
        lend(world)
        assert why(DAY) == []

    def test_overdue_from_the_day_after_the_payable_day_without_a_job(self, world: World) -> None:
        lend(world)
        assert [why(date(2023, 9, day)) for day in (21, 22)] == [[], [{R.OVERDUE: "逾期 1 天"}]]

    def test_the_grade_in_force(self, world: World) -> None:
        loan = lend(world)
        assert why(date(2023, 10, 9)) == [{R.OVERDUE: "逾期 18 天", R.SPECIAL_MENTION: "五级分类“关注”"}]
        enter_grade(loan=loan, grade="doubtful", from_on=DAY, reason="停产", by=world.bank, **on(DAY))
        assert why(DAY) == [{R.NON_PERFORMING: "五级分类“可疑”"}]

    def test_a_warning_until_it_is_lifted_on_every_loan_of_the_borrower(self, world: World) -> None:
        first = lend(world)
        line = make_line(world, first.enterprise, day=DAY, amount="1000000", annual_rate=Decimal("4.5"))
        make_loan(world, line, day=DAY)
        stopped, wages = make_warning(world, first, day=DAY), make_warning(world, first, day=DAY, kind="wages")
        assert why(DAY) == [{R.WARNING: "预警：欠薪等 2 份"}] * 2
        lift_warning(early_warning=wages, reason="已付清", by=world.bank2, **on(DAY))
        assert why(DAY) == [{R.WARNING: "预警：停产"}] * 2
        lift_warning(early_warning=stopped, reason="已复产", by=world.bank2, **on(DAY))
        assert why(DAY) == []

    def test_a_warning_is_of_its_own_programme(self, world: World) -> None:
        make_warning(world, lend(world), day=DAY)
        there = elsewhere(world)
        rows = watched(Loan.objects.filter(programme=there.programme), DAY)
        assert list(rows) == []

    def test_the_latest_inspection_and_the_one_that_is_missing(self, world: World) -> None:
        loan, day = lend(world), date(2024, 1, 2)
        make_repayment(world, loan, "0", paid_on=day, interest=Decimal(200_000))
        assert why(date(2023, 12, 31)) != []
        assert why(day) == [{R.UNINSPECTED: "2023年第四季度未检查"}]
        make_inspection(world, loan, day=day, quarter=Quarter(2023, 4), result="at_risk")
        assert why(day) == [{R.INSPECTION: "检查结论“有风险”"}]
        make_inspection(world, loan, day=day)
        assert why(day) == []

    def test_maturity_from_thirty_days_before(self, world: World) -> None:
        loan = lend(world, due_on=date(2023, 11, 30))
        make_repayment(world, loan, "0", paid_on=DAY, interest=Decimal(200_000))
        days = [date(2023, 10, 30), date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 1)]
        make_inspection(world, loan, day=date(2023, 10, 1))
        assert [[row.get(R.MATURITY) for row in why(day)] for day in days] == [[], ["30 天后到期"], ["今日到期"], ["已过到期日"]]

    def test_a_settled_loan_is_off_it(self, world: World) -> None:
        loan = lend(world)
        make_warning(world, loan, day=DAY)
        make_repayment(world, loan, loan.outstanding, paid_on=DAY)
        assert why(DAY) == []


def test_gravest_first_then_longest_overdue(world: World) -> None:
    loans = [lend(world, number) for number in range(1, 6)]
    day = date(2023, 9, 28)
    for loan in loans[2:]:
        make_repayment(world, loan, "0", paid_on=DAY, interest=Decimal(5_000))
    make_repayment(world, loans[1], "0", paid_on=date(2023, 9, 21), interest=Decimal(1))
    make_warning(world, loans[2], day=DAY)
    make_inspection(world, loans[3], day=DAY, result="attention")
    enter_grade(loan=loans[4], grade="loss", from_on=DAY, reason="失联", by=world.bank, **on(DAY))
    found = [(row.pk, row.gravity) for row in watched(Loan.objects.all(), day)]
    wanted = [(4, R.NON_PERFORMING), (0, R.OVERDUE), (1, R.OVERDUE), (2, R.WARNING), (3, R.INSPECTION)]
    assert found == [(loans[place].pk, GRAVITY[reason]) for place, reason in wanted]


@pytest.mark.parametrize("seed", range(2))
def test_database_and_words_agree_on_every_loan_and_day(world: World, seed: int) -> None:
    lend_at_random(world, seed)
    for days in range(0, 600, 37):
        day = date.fromordinal(FIRST.toordinal() + days)
        rows = list(watched(Loan.objects.all(), day))
        assert [row.gravity for row in rows] == sorted(row.gravity for row in rows)
        for row in rows:
            assert row.gravity == GRAVITY[next(iter(reasons(row, day)))]
        for reason in WatchReason:
            named = {row.pk for row in rows if reason in reasons(row, day)}
            assert set(because_of(watched(Loan.objects.all(), day), reason, day).values_list("pk", flat=True)) == named


class TestPage:
    @pytest.fixture
    def browser(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
        Clock(monkeypatch, DAY)

        def open_as(name: str) -> Client:
            client = Client()
            client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
            return client

        return open_as

    @pytest.mark.parametrize("name", ["bank", "science", "town2", "province", "auditor"])
    def test_everyone_of_the_programme_reads_why(self, world: World, browser: Callable[[str], Client], name: str) -> None:
        loan = lend(world)
        make_warning(world, loan, day=DAY)
        page = browser(name).get(reverse("loans:watch_list")).content.decode()
        assert "预警：停产" in page
        assert loan.get_absolute_url() in page

    @pytest.mark.parametrize("query, count", [({}, 2), ({"reason": "warning"}, 1), ({"reason": "inspection"}, 2), ({"q": "演示002"}, 1)])
    def test_it_is_filtered_totalled_and_exported(
        self, world: World, browser: Callable[[str], Client], query: dict[str, str], count: int
    ) -> None:
        for number in (1, 2):
            make_inspection(world, lend(world, number), day=DAY, result="attention")
        make_warning(world, Loan.objects.earliest("pk"), day=DAY)
        client = browser("science")
        listing = client.get(reverse("loans:watch_list"), query).context["listing"]
        assert (listing.count, listing.totals["t3"]) == (count, 3_000_000 * count)
        rows = b"".join(client.get(reverse("loans:watch_list"), query | {"export": "csv"}).streaming_content).decode("utf-8-sig")
        assert rows.count("JJ0000") == count

    @pytest.mark.parametrize(
        "asked, warnings, inspections",
        [({"q": "演示"}, "?status=warned", ""), ({"programme": "xiaolan"}, "?status=warned&amp;programme=xiaolan", "?programme=xiaolan")],
    )
    def test_its_links_lead_to_lists_of_the_same_programme(
        self, world: World, browser: Callable[[str], Client], asked: dict[str, str], warnings: str, inspections: str
    ) -> None:
        page = browser("auditor").get(reverse("loans:watch_list"), asked).content.decode()
        assert f'class="btn" href="{reverse("loans:warning_list")}{warnings}"' in page
        assert f'class="btn" href="{reverse("loans:inspection_due")}{inspections}"' in page

    def test_an_unknown_reason_is_an_error_and_no_row(self, world: World, browser: Callable[[str], Client]) -> None:
        make_warning(world, lend(world), day=DAY)
        assert browser("bank").get(reverse("loans:watch_list"), {"reason": "fire"}).context["listing"].count == 0

    def test_it_costs_the_same_however_many(self, world: World, browser: Callable[[str], Client]) -> None:
        client, counts = browser("bank"), []
        for numbers in ((1,), (2, 3)):
            for number in numbers:
                make_warning(world, lend(world, number), day=DAY)
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("loans:watch_list"))
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 20

    def test_the_api_says_the_same(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        make_warning(world, lend(world), day=DAY)
        api = Callers(Clock(monkeypatch, DAY))
        row = api.only("auditor", "watched-loans/", programme="xiaolan", reason="warning")
        assert row["reasons"] == [{"reason": "warning", "detail": "预警：停产"}]
        assert (row["outstanding"], row["days_overdue"], row["grade"]) == ("3000000.00", 0, "normal")
        assert api.send("auditor", "watched-loans/?reason=fire", method="get").status_code == 400
