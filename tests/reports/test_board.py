"""到期看板: what falls due in the days to come, of every kind, for every party, in one order and few statements."""

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

from enterprises.models import EnterpriseCategory
from enterprises.services.enterprises import record_category
from loans.models import Loan
from loans.services.daily import lapse_lines
from parties.models import User
from reports.enums import DUE_KINDS
from reports.lists import due_address, due_words
from reports.selectors.board import Span, board, span_of
from reserve.calendar import workday_table
from reserve.enums import DeadlineKind
from tests.factories import (
    World,
    deposit,
    elsewhere,
    make_endorsed,
    make_enterprise,
    make_inspection,
    make_line,
    make_loan,
    make_repayment,
    make_sent,
    make_summary,
    moment,
    on,
)
from tests.support.clock import Clock

SignIn = Callable[[User], Client]
DAY = date(2012, 6, 15)
UNTIL = date(2012, 7, 31)


@pytest.fixture
def lent(world: World) -> World:
    """A loan of 2012-03-01 due on 2012-07-20, with quarterly interest."""
    make_loan(world, day=date(2012, 3, 1), due_on=date(2012, 7, 20))
    return world


def due(world: World, until: date = UNTIL, *, day: date = DAY, by: User | None = None, **asked: Any) -> list[tuple[date, str, str]]:
    rows = board(by or world.bank, Span(day, until), **asked)
    return [(row["day"], row["what"], due_words(row)) for row in rows]


class TestSources:
    def test_a_maturity_with_what_is_owed_and_an_instalment_with_what_is_unpaid_of_it(self, lent: World) -> None:
        make_repayment(lent, Loan.objects.get(), "1000000", paid_on=date(2012, 5, 2), interest=Decimal("21666.67"))
        rows = {row["what"]: row for row in board(lent.bank, Span(DAY, UNTIL))}
        assert {what: (row["day"], row["sum"]) for what, row in rows.items() if what in ("maturity", "instalment")} == {
            "maturity": (date(2012, 7, 20), Decimal("4000000.00")),
            "instalment": (date(2012, 6, 21), Loan.objects.get().schedule_lines.get(payable_on=date(2012, 6, 21)).interest),
        }
        assert rows["maturity"]["unit_id"] == lent.bank_organisation.pk

    def test_what_is_paid_or_settled_is_gone(self, lent: World) -> None:
        loan = Loan.objects.get()
        make_repayment(lent, loan, "0", paid_on=DAY, interest=Decimal(130_000))
        assert "instalment" not in {what for _, what, _ in due(lent)}
        make_repayment(lent, loan, loan.outstanding, paid_on=DAY)
        assert due(lent, date(2012, 7, 31)) == []

    def test_the_inspections_of_the_quarter_in_one_line(self, lent: World) -> None:
        make_loan(lent, make_line(lent, make_enterprise(lent, 2)), day=date(2012, 3, 2))
        line = (date(2012, 6, 30), "inspection", "2012年第二季度贷后检查：2 笔")
        assert line in due(lent)
        assert "inspection" not in {what for _, what, _ in due(lent, date(2012, 6, 29))}
        assert line in due(lent, date(2012, 7, 5), day=date(2012, 7, 2))  # late, and still to be made
        for loan in Loan.objects.all():
            make_inspection(lent, loan, day=DAY)
        assert "inspection" not in {what for _, what, _ in due(lent)}

    def test_a_certificate_of_a_borrower_unless_a_later_one_follows(self, lent: World) -> None:
        loan = Loan.objects.get()
        EnterpriseCategory.objects.filter(enterprise=loan.enterprise).update(valid_until=date(2012, 6, 20))
        make_enterprise(lent, 2)
        EnterpriseCategory.objects.exclude(enterprise=loan.enterprise).update(valid_until=date(2012, 6, 20))  # borrows nothing
        found = (date(2012, 6, 20), "certificate", f"类别证书到期：{loan.enterprise.name}（GR201144000001）")
        assert [row for row in due(lent) if row[1] == "certificate"] == [found]
        assert {row["unit"] for row in board(lent.bank, Span(DAY, UNTIL), kind="certificate")} == {"市中心"}
        later = {"category": "high_tech", "certificate_no": "GR2", "valid_from": DAY, "valid_until": date(2015, 1, 1)}
        record_category(enterprise=loan.enterprise, **later, by=lent.centre, **on(DAY))
        assert due(lent, kind="certificate") == []

    def test_running_clocks_of_every_office_also_those_that_have_run_out(self, lent: World) -> None:
        make_endorsed(lent, make_enterprise(lent, 2), day=date(2012, 2, 1))
        make_sent(lent, make_enterprise(lent, 3), day=date(2012, 6, 1))
        make_line(lent, make_enterprise(lent, 4), day=date(2012, 4, 5))
        deposit(lent, amount="1000000", arrived_on=date(2012, 6, 1))
        make_summary(lent, "2012Q2", day=date(2012, 7, 2))
        found = {what: day for day, what, _ in due(lent, date(2012, 8, 31), day=date(2012, 7, 2))}
        kinds = ("recommendation_expiry", "bank_decision", "approval_expiry", "match", "summary")
        assert {kind: found[kind] for kind in kinds} == {
            "recommendation_expiry": date(2012, 7, 30),
            "bank_decision": date(2012, 6, 15),
            "approval_expiry": date(2012, 7, 4),
            "match": date(2012, 7, 16),
            "summary": date(2012, 7, 13),
        }

    def test_a_lapsed_line_is_gone_once_its_clock_stops(self, lent: World) -> None:
        make_line(lent, make_enterprise(lent, 4), day=date(2012, 3, 15))
        assert len(due(lent, kind="approval_expiry")) == 1
        lapse_lines(DAY, moment(DAY))
        assert due(lent, kind="approval_expiry") == []


def test_maturities_are_no_clock_of_their_own_beside_the_loan(lent: World) -> None:
    assert DeadlineKind.LOAN_MATURITY not in dict(DUE_KINDS)
    assert [what for _, what, _ in due(lent)].count("maturity") == 1


def test_in_order_of_days(lent: World) -> None:
    make_sent(lent, make_enterprise(lent, 3), day=date(2012, 6, 1))
    days = [day for day, _, _ in due(lent)]
    assert days == sorted(days)
    assert len(set(days)) > 3


@pytest.mark.django_db
def test_the_span_is_counted_in_working_days() -> None:
    table = workday_table()
    assert span_of(10, date(2012, 9, 25), table) == Span(date(2012, 9, 25), date(2012, 10, 15))  # over the National Day
    assert span_of(10, date(2031, 9, 25), table).until > date(2031, 10, 9)  # a year without a notice is guessed


def test_of_ones_own_programmes_alone(lent: World) -> None:
    there = elsewhere(lent)
    assert {row["project_code"] for row in board(lent.bank, Span(DAY, UNTIL))} == {"xiaolan"}
    assert due(lent, programme=there.programme) == []
    assert due(lent, by=lent.sysadmin) == []


@pytest.mark.parametrize("name", ["bank", "bank2", "science", "centre", "town2", "province", "auditor"])
def test_everyone_reads_it_from_the_navigation(lent: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    Clock(monkeypatch, DAY)
    client = sign_in(getattr(lent, name))
    assert reverse("reports:due_board") in client.get("/").content.decode()
    page = client.get(reverse("reports:due_board"), {"within": "30"}).content.decode()
    assert "贷款到期：中山市演示001锁业有限公司（JJ00001）" in page
    assert "剩余 4 个工作日" in page  # to the instalment of 2012-06-21


@pytest.mark.parametrize(
    "query, kinds",
    [
        ({}, ["instalment", "inspection"]),
        ({"within": "20"}, ["instalment", "inspection"]),
        ({"within": "30"}, ["instalment", "inspection", "maturity"]),
        ({"within": "30", "kind": "maturity"}, ["maturity"]),
        ({"within": "30", "kind": "summary"}, []),
        ({"within": "30", "q": "JJ00001 演示001"}, ["instalment", "maturity"]),
        ({"within": "30", "q": "没有这家"}, []),
        ({"within": "30", "programme": "xiaolan", "sort": "-day"}, ["maturity", "inspection", "instalment"]),
    ],
)
def test_the_page_is_filtered_sorted_and_exported(
    lent: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], kinds: list[str]
) -> None:
    Clock(monkeypatch, DAY)
    client, url = sign_in(lent.town), reverse("reports:due_board")
    listing = client.get(url, query).context["listing"]
    assert [row["what"] for row in listing.page.object_list] == kinds
    lines = b"".join(client.get(url, query | {"export": "csv"}).streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(kinds)


def test_it_is_narrowed_to_one_organisation(lent: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, DAY)
    deposit(lent, amount="1000000", arrived_on=date(2012, 6, 1))
    client, url = sign_in(lent.town), reverse("reports:due_board")
    rows = client.get(url, {"within": "30", "organisation": lent.town_organisation.pk}).context["listing"].page.object_list
    assert [row["what"] for row in rows] == ["match"]
    assert [client.get(due_address(row)).status_code for row in client.get(url, {"within": "30"}).context["listing"].rows] == [200] * 4


@pytest.mark.parametrize(
    "query", [{"within": "7"}, {"kind": "fire"}, {"organisation": "9999"}, {"sort": "sum"}, {"sort": "what"}, {"colour": "red"}]
)
def test_what_the_page_cannot_read_is_an_error_and_no_row(lent: World, sign_in: SignIn, query: dict[str, str]) -> None:
    listing = sign_in(lent.bank).get(reverse("reports:due_board"), query).context["listing"]
    assert (listing.count, bool(listing.errors)) == (0, True)


def test_the_page_costs_the_same_however_much_is_due(world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, DAY)
    client, counts = sign_in(world.bank), []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            make_loan(world, make_line(world, make_enterprise(world, number)), day=date(2012, 3, number))
            make_sent(world, make_enterprise(world, number + 10), day=date(2012, 6, number))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("reports:due_board"), {"within": "30"})
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_the_api_says_the_same(lent: World, api: Callable[[User], APIClient], monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, DAY)
    client = api(lent.auditor)
    data = client.get("/api/v1/due-items/", {"within": "30", "kind": "maturity"}).json()
    [row] = data["results"]
    assert (row["day"], row["amount"], row["programme"]) == ("2012-07-20", "5000000.00", "xiaolan")
    assert row["url"] == Loan.objects.get().get_absolute_url()
    assert client.get("/api/v1/due-items/", {"within": "7"}).status_code == 400
    assert api(lent.sysadmin).get("/api/v1/due-items/").status_code == 403
