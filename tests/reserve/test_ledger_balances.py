"""Balances at any date by both calendars, statements, turnover."""

from datetime import date
from decimal import Decimal

import pytest

from reserve.ledger_enums import AccountKind, Purpose
from reserve.selectors.ledger import Balances, balance_series, balances, current_balances, statement, turnover
from reserve.services import ledger
from tests.support.ledger import NOW, Books, make_books

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY = date(2012, 3, 20), date(2012, 4, 10), date(2012, 5, 2)


def money(balance: str, free: str, earmarked: str = "0", payable: str = "0") -> Balances:
    return Balances(Decimal(balance), Decimal(free), Decimal(earmarked), Decimal(payable))


@pytest.fixture
def books() -> Books:
    """March: 1,000 in. April: 30 set aside for a fact of March. May: 10 released, 500 in that had arrived in April."""
    books = make_books()
    books.contribute("1000.00", on=MARCH)
    books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(30)), on=APRIL, value=date(2012, 3, 30))
    books.post(Purpose.RELEASE, ledger.release(books.province, Decimal(10)), on=MAY)
    books.post(Purpose.CONTRIBUTION, ledger.contribute(books.province, Decimal(500)), on=MAY, value=APRIL, memo="第二笔")
    return books


@pytest.mark.parametrize(
    "day, by_ledger, by_value",
    [
        (date(2012, 3, 19), money("0", "0"), money("0", "0")),
        (MARCH, money("1000", "1000"), money("1000", "1000")),
        (date(2012, 3, 31), money("1000", "1000"), money("1000", "970", "30")),
        (date(2012, 4, 9), money("1000", "1000"), money("1000", "970", "30")),
        (APRIL, money("1000", "970", "30"), money("1500", "1470", "30")),
        (date(2012, 5, 1), money("1000", "970", "30"), money("1500", "1470", "30")),
        (MAY, money("1500", "1480", "20"), money("1500", "1480", "20")),
        (date(2030, 1, 1), money("1500", "1480", "20"), money("1500", "1480", "20")),
    ],
)
def test_balance_at_a_date(books: Books, day: date, by_ledger: Balances, by_value: Balances) -> None:
    assert balances([books.province], day)[books.province.pk] == by_ledger
    assert balances([books.province], day, by="value")[books.province.pk] == by_value


def test_the_latest_balance_is_the_stored_one(books: Books) -> None:
    accounts = [books.province, books.town]
    assert balances(accounts, MAY) == current_balances(accounts)


def test_a_series_for_many_days_and_accounts_takes_two_queries(books: Books, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    days = [date(2012, month, 28) for month in range(1, 13)]
    with django_assert_num_queries(2):
        series = balance_series([books.province, books.town], days, by="value")
    assert [series[day][books.province.pk].balance for day in days[1:5]] == [0, 1000, 1500, 1500]
    assert {series[day][books.town.pk] for day in days} == {Balances()}


def test_other_programmes_do_not_disturb(books: Books) -> None:
    other = make_books("other")
    other.contribute("7.00", on=APRIL, value=MARCH)
    both = [books.province, other.province]
    assert {pk: held.balance for pk, held in balances(both, MARCH, by="value").items()} == {
        books.province.pk: Decimal(1000),
        other.province.pk: Decimal(7),
    }


def test_a_statement_opens_lists_and_closes(books: Books) -> None:
    page = statement(books.province, AccountKind.FREE, APRIL, MAY)
    assert (page.opening, page.closing, page.increases, page.decreases) == (1000, 1480, 510, 30)
    assert [(line.sequence, line.increase, line.decrease, line.balance, line.counter_kind.value) for line in page.lines] == [
        (2, None, Decimal(30), Decimal(970), "earmarked"),
        (3, Decimal(10), None, Decimal(980), "earmarked"),
        (4, Decimal(500), None, Decimal(1480), "bank"),
    ]
    assert (page.lines[2].memo, page.lines[2].value_date, page.lines[2].purpose.label) == ("第二笔", APRIL, "出资到位")


def test_a_statement_of_the_bank_grows_by_debits_and_shrinks_by_credits(books: Books) -> None:
    books.post(Purpose.REFUND, ledger.pay_out(books.province, Decimal(100)), on=MAY)
    page = statement(books.province, AccountKind.BANK, MAY, MAY)
    assert (page.opening, page.closing) == (1000, 1400)
    assert [(line.increase, line.decrease) for line in page.lines] == [(Decimal(500), None), (None, Decimal(100))]


def test_a_statement_without_lines_closes_as_it_opens(books: Books) -> None:
    page = statement(books.province, AccountKind.FREE, date(2012, 4, 11), date(2012, 4, 30))
    assert (page.opening, page.closing, list(page.lines)) == (970, 970, [])


def test_a_statement_takes_three_queries_however_many_lines(books: Books, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(3):
        books.contribute("1.00", on=MAY)
    with django_assert_num_queries(3):
        assert len(statement(books.province, AccountKind.FREE, MARCH, MAY).lines) == 7


def test_turnover_says_what_came_in_and_went_out_by_purpose(books: Books) -> None:
    refund = books.post(Purpose.REFUND, ledger.pay_out(books.province, Decimal(100)), on=MAY)
    ledger.reverse(entry=refund, reason="误退", ledger_date=MAY, value_date=MAY, by=books.clerk, now=NOW, key="undo")
    assert turnover([books.province, books.town], APRIL, MAY) == {
        books.province.pk: {Purpose.CONTRIBUTION: Decimal(500), Purpose.REFUND: Decimal(-100), Purpose.REVERSAL: Decimal(100)},
        books.town.pk: {},
    }
