"""The account statement adds up to the 分, on screen and in its files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from python_calamine import CalamineWorkbook

from parties.models import User
from reserve.ledger_enums import AccountKind, Purpose
from reserve.selectors.accounts import BookStatement, book
from reserve.selectors.ledger import balances, statement
from reserve.services import ledger
from tests.factories import World, fund, make_world, moment

FIRST, LAST = date(2012, 1, 1), date(2012, 12, 31)


def post(world: World, number: int, day: date, amount: Decimal, *, earmarks: bool, value_date: date | None = None) -> None:
    move = ledger.earmark if earmarks else ledger.release
    ledger.post(
        programme=world.programme,
        purpose=Purpose.EARMARK if earmarks else Purpose.RELEASE,
        transfers=[move(world.town_account, amount)],
        source=("loan", number),
        ledger_date=day,
        value_date=value_date or day,
        by=world.bank2,
        now=moment(day),
        key=f"test:{number}",
        memo=f"=演示企业{number}",
    )


def adds_up(booked: BookStatement) -> None:
    """Opening, line by line, sums and closing agree."""
    one = booked.statement
    sign = 1 if one.kind == AccountKind.BANK else -1
    running = one.opening
    for line in booked.lines:
        running += sign * ((line.debit or Decimal(0)) - (line.credit or Decimal(0)))
        assert line.balance == running
    assert running == one.closing
    assert booked.debits == sum((line.debit for line in booked.lines if line.debit), Decimal(0))
    assert booked.credits == sum((line.credit for line in booked.lines if line.credit), Decimal(0))
    assert one.closing == one.opening + sign * (booked.debits - booked.credits)


class Statements(TestCase):
    @hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
    @given(
        moves=st.lists(st.tuples(st.integers(1, 300_000_000), st.booleans(), st.integers(0, 9)), max_size=12),
        cut=st.integers(0, 120),
    )
    def test_every_kind_adds_up_in_every_period(self, moves: list[tuple[int, bool, int]], cut: int) -> None:
        world = fund(make_world())
        day, held = date(2012, 1, 10), 0
        for number, (cents, earmarks, gap) in enumerate(moves):
            day += timedelta(days=gap)
            if not earmarks and cents > held:
                continue
            held += cents if earmarks else -cents
            post(world, number, day, Decimal(cents).scaleb(-2), earmarks=earmarks)
        middle = date(2012, 1, 5) + timedelta(days=cut)
        for kind in AccountKind:
            before = book(statement(world.town_account, kind, FIRST, middle))
            after = book(statement(world.town_account, kind, middle + timedelta(days=1), LAST))
            adds_up(before)
            adds_up(after)
            assert before.statement.closing == after.statement.opening
            assert after.statement.closing == balances([world.town_account], LAST)[world.town_account.pk].of(kind)
            assert (after.year_debits, after.year_credits) == (before.debits + after.debits, before.credits + after.credits)


@pytest.fixture
def world(db: None) -> World:
    made = fund(make_world())
    post(made, 1, date(2012, 2, 1), Decimal("400000.01"), earmarks=True)
    post(made, 2, date(2012, 4, 9), Decimal("0.02"), earmarks=False, value_date=date(2012, 3, 30))
    return made


def page(user: User, url: str) -> bytes:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    response = client.get(url)
    assert response.status_code == 200
    return b"".join(response) if response.streaming else response.content


def address(world: World, **query: str) -> str:
    pairs = {"kind": "free", "first": "2012-01-01", "last": "2012-12-31", **query}
    return reverse("reserve:statement", args=[world.town_account.pk]) + "?" + "&".join(f"{k}={v}" for k, v in pairs.items())


def test_the_page_shows_opening_lines_totals_and_closing(world: World) -> None:
    text = page(world.auditor, address(world)).decode()
    words = ("期初余额", "本期合计", "2012年累计", "期末余额", "2012-03-30")
    for shown in (*words, "40,000,000.00", "400,000.01", "39,599,999.99", "0.02", "39,600,000.01"):
        assert shown in text, shown


def test_the_csv_adds_up_and_runs_nothing(world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(page(world.auditor, address(world, export="csv")).decode("utf-8-sig"))))
    assert [row["业务"] for row in rows] == ["期初余额", "占用", "释放", "本期合计", "本年累计", "期末余额"]
    assert rows[1]["摘要"] == "'=演示企业1"
    opening, closing = Decimal(rows[0]["余额（元）"]), Decimal(rows[-1]["余额（元）"])
    assert closing == opening - Decimal(rows[3]["借方（元）"]) + Decimal(rows[3]["贷方（元）"]) == Decimal("39600000.01")


def test_the_workbook_holds_numbers(world: World) -> None:
    book_ = CalamineWorkbook.from_filelike(io.BytesIO(page(world.auditor, address(world, export="xlsx"))))
    rows = book_.get_sheet_by_index(0).to_python()
    assert rows[0][6:] == ["借方（元）", "贷方（元）", "方向", "余额（元）"]
    assert rows[2][6] == 400000.01
    assert rows[-1][9] == 39600000.01


def test_a_period_that_cannot_be_is_refused_in_words(world: World) -> None:
    client = Client()
    client.force_login(world.town, backend=settings.AUTHENTICATION_BACKENDS[-1])
    for query, words in (({"last": "2011-12-31"}, "早于起日"), ({"first": "40909"}, "Excel"), ({"kind": "gold"}, "gold")):
        response = client.get(address(world, **query))
        assert response.status_code == 400
        assert words in response.content.decode()
    assert client.get(address(world, export="pdf")).status_code == 400


def test_the_account_page_shows_both_datings(world: World) -> None:
    url = reverse("reserve:account", args=[world.town_account.pk])
    text = page(world.auditor, f"{url}?as_of=2012-03-31").decode()
    assert "39,599,999.99" in text  # as the books stood
    assert "39,600,000.01" in text  # with the release valued on 30 March
    client = Client()
    client.force_login(world.auditor, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(f"{url}?as_of=40909").status_code == 400
