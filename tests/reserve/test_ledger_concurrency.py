"""Many people at once, with real connections: exactly what fits is posted, once, in one chain."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from common.errors import IdempotencyMismatch
from reserve.errors import InsufficientBalance
from reserve.ledger_enums import Purpose
from reserve.models.ledger import LedgerEntry
from reserve.selectors.ledger import current_balances
from reserve.services import ledger
from reserve.services.verify import verify_ledger
from tests.support.ledger import Books, make_books

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CLIENTS = 20


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """Do it `count` times on CLIENTS connections that start together; how often which outcome came."""
    start = Barrier(CLIENTS)

    def client(first: int) -> list[str]:
        start.wait()
        try:
            return [act(number) for number in range(first, count, CLIENTS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(outcome for outcomes in pool.map(client, range(CLIENTS)) for outcome in outcomes)


def attempt(books: Books, amount: str, key: str) -> str:
    lines = (ledger.earmark(books.province, Decimal(amount)), ledger.earmark(books.town, Decimal(amount) * 4))
    try:
        return str(books.post(Purpose.EARMARK, *lines, key=key).sequence)
    except (InsufficientBalance, IdempotencyMismatch) as refusal:
        return refusal.code


def test_a_hundred_at_once_take_exactly_what_is_free() -> None:
    books = make_books()
    books.contribute("37.99", "1000.00")
    outcomes = at_once(100, lambda number: attempt(books, "1.00", f"loan:{number}"))
    assert outcomes.pop("insufficient_balance") == 63
    assert set(outcomes) == {str(sequence) for sequence in range(2, 39)}
    held = current_balances([books.province])[books.province.pk]
    assert (held.free, held.earmarked) == (Decimal("0.99"), Decimal(37))
    result = verify_ledger(programme=books.programme)
    assert (result.fault, result.entries, result.transfers) == (None, 38, 76)


def test_the_same_key_at_once_posts_once_and_answers_all() -> None:
    books = make_books()
    books.contribute("1000.00", "4000.00")
    assert at_once(CLIENTS, lambda _: attempt(books, "1.00", "the same")) == {"2": CLIENTS}
    assert LedgerEntry.objects.count() == 2
    assert verify_ledger(programme=books.programme).fault is None


def test_the_same_key_at_once_for_different_requests_lets_one_through() -> None:
    books = make_books()
    books.contribute("1000.00", "4000.00")
    outcomes = at_once(CLIENTS, lambda number: attempt(books, f"{number + 1}.00", "the same"))
    assert outcomes == {"2": 1, "idempotency_mismatch": CLIENTS - 1}


def test_programmes_do_not_wait_for_or_disturb_each_other() -> None:
    several = [make_books(f"p{number}") for number in range(4)]
    for books in several:
        books.contribute("100.00", "400.00")
    at_once(80, lambda number: attempt(several[number % 4], "1.00", f"loan:{number}"))
    for books in several:
        assert verify_ledger(programme=books.programme).fault is None
        assert current_balances([books.province])[books.province.pk].earmarked == 20
