"""The ageing table: exact on any day, equal to what is owed and occupied, each row with its loans (domain §4, §6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from common.http import today
from loans.models import Loan
from loans.rules.grades import ageing_bucket
from loans.selectors.exposure import outstanding_at
from loans.selectors.servicing import account_of
from parties.enums import OrganisationKind, Role
from parties.models import User
from reports.selectors.arrears import BUCKETS, ageing, owing
from reserve.selectors.ledger import balances
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_reversal,
)
from tests.support.histories import FIRST, lend_at_random

SignIn = Callable[[User], Client]
DAY = date(2012, 7, 31)
PAYABLE = date(2012, 3, 21)  # the first interest, settled on the 20th


@pytest.fixture
def lent(world: World) -> World:
    """Three loans of 2012-03-01: 300万 on which nothing is paid, 400万 paid up to July, 500万 repaid on 2012-07-02."""
    loans = [
        make_loan(world, make_line(world, make_enterprise(world, n), amount=f"{n + 2}000000"), day=date(2012, 3, 1)) for n in (1, 2, 3)
    ]
    make_repayment(world, loans[1], "0", paid_on=PAYABLE, interest=Decimal(200_000))
    make_repayment(world, loans[2], "0", paid_on=PAYABLE, interest=Decimal(200_000))
    make_repayment(world, loans[2], "5000000", paid_on=date(2012, 7, 2))
    return world


@pytest.mark.parametrize(
    "day, counts, owed",
    [
        (date(2012, 2, 29), [0, 0, 0, 0, 0, 0], "0"),
        (PAYABLE, [3, 0, 0, 0, 0, 0], "12000000"),
        (PAYABLE + timedelta(days=1), [2, 1, 0, 0, 0, 0], "12000000"),
        (PAYABLE + timedelta(days=30), [2, 1, 0, 0, 0, 0], "12000000"),
        (PAYABLE + timedelta(days=31), [2, 0, 1, 0, 0, 0], "12000000"),
        (PAYABLE + timedelta(days=91), [2, 0, 0, 1, 0, 0], "12000000"),
        (DAY, [1, 0, 0, 1, 0, 0], "7000000"),
    ],
)
def test_loans_stand_in_the_column_of_their_days(lent: World, day: date, counts: list[int], owed: str) -> None:
    [table] = ageing(lent.programme, day)
    assert [bucket.loans for bucket in table.buckets] == counts
    assert (table.owed, sum(bucket.owed for bucket in table.buckets)) == (Decimal(owed), Decimal(owed))


def test_shares_and_earmarks(lent: World) -> None:
    [table] = ageing(lent.programme, DAY)
    rows = {bucket.code: (bucket.owed, bucket.share, bucket.occupied) for bucket in table.buckets if bucket.loans}
    assert rows == {
        "0": (Decimal(4_000_000), Decimal("0.5714"), Decimal("533333.33")),
        "180": (Decimal(3_000_000), Decimal("0.4286"), Decimal("400000.00")),
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_day_agrees_with_the_rules_the_debt_and_the_ledger(world: World, seed: int) -> None:
    loans = lend_at_random(world, seed)
    accounts = [world.provincial_account, world.town_account]
    for days in range(0, 600, 29):
        day = FIRST + timedelta(days=days)
        [table] = ageing(world.programme, day)
        assert table.owed == outstanding_at(world.programme, day)
        assert table.occupied == sum(one.earmarked for one in balances(accounts, day, by="value").values())
        rows = {row.pk: row for row in owing(Loan.objects.all(), day)}
        for loan in loans:
            if loan.pk in rows:
                assert BUCKETS[rows[loan.pk].bucket] == ageing_bucket(account_of(loan).standing(day).days_overdue)


def test_a_past_day_is_seen_by_what_is_known_now(lent: World) -> None:
    loan = Loan.objects.earliest("pk")
    before = ageing(lent.programme, date(2012, 7, 10))[0]
    paid = make_repayment(lent, loan, "0", paid_on=date(2012, 7, 5), interest=Decimal(200_000), day=DAY)
    assert [bucket.loans for bucket in ageing(lent.programme, date(2012, 7, 10))[0].buckets] == [2, 0, 0, 0, 0, 0]
    assert [bucket.loans for bucket in ageing(lent.programme, date(2012, 7, 4))[0].buckets] == [1, 0, 0, 1, 0, 0]
    make_reversal(lent, paid, day=DAY)
    assert ageing(lent.programme, date(2012, 7, 10))[0] == before


def second_bank(world: World) -> None:
    """One loan of 200万 of another bank of the programme."""
    bank = make_organisation(OrganisationKind.BANK, "另一村镇银行", "另一行")
    add_party(programme=world.programme, organisation=bank, by=world.sysadmin, **at(2012, 7, 3))
    officer, reviewer = make_person("other", bank, Role.OFFICER), make_person("other2", bank, Role.REVIEWER)
    there = replace(world, bank_organisation=bank, bank=officer, bank2=reviewer)
    make_loan(there, make_line(there, make_enterprise(there, 9), amount="2000000", day=date(2012, 7, 4)), day=date(2012, 7, 4))


def test_several_banks_have_a_table_each_and_add_up(lent: World) -> None:
    second_bank(lent)
    every, *banks = ageing(lent.programme, DAY)
    assert [table.name for table in (every, *banks)] == ["全部银行", "村镇银行", "另一行"]
    assert [table.owed for table in banks] == [Decimal(7_000_000), Decimal(2_000_000)]
    assert (every.owed, every.loans) == (Decimal(9_000_000), 3)


def test_each_row_leads_to_its_loans(lent: World, sign_in: SignIn) -> None:
    client = sign_in(lent.auditor)
    page = client.get(reverse("reports:ageing"), {"programme": "xiaolan", "as_of": str(DAY)})
    [(table, _)] = page.context["breakdowns"]
    for (_, count, owed, _, occupied), url in zip(table.rows, table.urls, strict=True):
        listing = client.get(url).context["listing"]
        assert (listing.count, listing.totals.get("t4") or 0, listing.totals.get("t5") or 0) == (count, owed, occupied)


def test_the_loans_are_exported_with_their_days(lent: World, sign_in: SignIn) -> None:
    query = {"programme": "xiaolan", "as_of": str(DAY), "bucket": "180", "export": "csv"}
    lines = b"".join(sign_in(lent.bank).get(reverse("reports:ageing_loans"), query).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1].split(",")[1:5] == ["JJ00001", "132", "91–180 天", "3000000.00"]


@pytest.mark.parametrize("query", [{"as_of": "2012-13-01"}, {"bucket": "17"}, {"bucket": "17", "sort": "-owed"}, {"programme": "none"}])
def test_what_the_list_cannot_read_is_an_error_and_no_row(lent: World, sign_in: SignIn, query: dict[str, str]) -> None:
    listing = sign_in(lent.bank).get(reverse("reports:ageing_loans"), query).context["listing"]
    assert (listing.count, bool(listing.errors)) == (0, True)


@pytest.mark.parametrize("query", [{"as_of": "2012-13-01"}, {"export": "doc"}, {"export": "csv", "table": "x"}])
def test_what_the_page_cannot_read_is_a_400(lent: World, sign_in: SignIn, query: dict[str, str]) -> None:
    assert sign_in(lent.bank).get(reverse("reports:ageing"), query).status_code == 400


def test_the_table_is_exported_with_its_totals(lent: World, sign_in: SignIn) -> None:
    query = {"programme": "xiaolan", "as_of": str(DAY), "export": "csv"}
    text = b"".join(sign_in(lent.town).get(reverse("reports:ageing"), query).streaming_content).decode("utf-8-sig")
    assert "合计,2,7000000.00,1,933333.33" in text


def test_pages_cost_the_same_however_many_loans(world: World, sign_in: SignIn) -> None:
    client, counts = sign_in(world.bank), []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            make_loan(world, make_line(world, make_enterprise(world, number)), day=date(2012, 3, number))
        with CaptureQueriesContext(connection) as asked:
            for name in ("reports:ageing", "reports:ageing_loans"):
                assert client.get(reverse(name)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 30


def test_the_api_says_the_same(lent: World, api: Callable[[User], APIClient]) -> None:
    second_bank(lent)
    answer = api(lent.auditor).get("/api/v1/programmes/xiaolan/ageing/", {"as_of": str(DAY)})
    data: Any = answer.json()
    assert [(table["name"], table["owed"]) for table in data["tables"]] == [
        *(("全部银行", "9000000.00"), ("村镇银行", "7000000.00"), ("另一行", "2000000.00"))
    ]
    assert data["tables"][0]["buckets"][3] | {"share": ""} == {
        "code": "180", "label": "91–180 天", "loans": 1, "owed": "3000000.00", "share": "", "occupied": "400000.00",
    }  # fmt: skip
    assert answer["ETag"]
    assert api(lent.auditor).get("/api/v1/programmes/xiaolan/ageing/", {"page": "1"}).status_code == 400


@pytest.mark.parametrize("page", ["ageing/", "ageing/loans/", "overdue-rate/", "overdue-rate/?step=month"])
def test_the_first_day_there_is_breaks_nothing(lent: World, sign_in: SignIn, page: str) -> None:
    assert sign_in(lent.auditor).get(f"/{page}{'&' if '?' in page else '?'}as_of=0001-01-01").status_code == 200


@pytest.mark.parametrize("page", ["ageing/", "ageing/loans/", "overdue-rate/", "overdue-rate/?step=month", "statistics/"])
def test_of_days_to_come_there_are_no_figures(lent: World, sign_in: SignIn, page: str) -> None:
    client = sign_in(lent.auditor)
    for day in (date.max, today() + timedelta(days=1)):
        answer = client.get(f"/{page}{'&' if '?' in page else '?'}as_of={day}").content.decode()
        assert f"{day} 还没有到" in answer


@pytest.mark.parametrize("resource", ["ageing/", "overdue-rate/", "overdue-rate/?step=month", "statistics/"])
def test_nor_in_the_api(lent: World, api: Callable[[User], APIClient], resource: str) -> None:
    url = f"/api/v1/programmes/xiaolan/{resource}{'&' if '?' in resource else '?'}as_of="
    assert api(lent.auditor).get(f"{url}0001-01-01").status_code == 200
    answer = api(lent.auditor).get(f"{url}9999-12-31")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["as_of"])
