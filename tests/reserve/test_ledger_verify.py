# ruff: noqa: S608  # the intruder of these tests writes SQL by hand
"""verify_ledger: what is whole passes, and whatever is touched behind the application's back is found."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from reserve import triggers
from reserve.ledger_enums import Purpose
from reserve.models.ledger import LedgerAccount, LedgerEntry, LedgerHead
from reserve.services import ledger
from reserve.services.verify import Anchor, verify_ledger
from tests.factories import fund, make_world
from tests.support.ledger import Books, make_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    """Four entries, the second with two transfers."""
    books = make_books()
    books.contribute("1000.00", "4000.00")
    books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(10)), ledger.earmark(books.town, Decimal(40)))
    books.post(Purpose.RELEASE, ledger.release(books.province, Decimal(5)))
    books.post(Purpose.INTEREST, ledger.contribute(books.province, Decimal("0.07")), memo="利息")
    return books


@pytest.fixture
def unguarded() -> Iterator[Callable[..., None]]:
    """Raw SQL past the triggers and past the checks that can be postponed, as an intruder with the owner's rights has it."""
    triggers.drop()

    def run(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount > 0, "the tampering changed nothing"

    yield run
    triggers.install()


def code(books: Books, *anchors: Anchor) -> str | None:
    fault = verify_ledger(programme=books.programme, anchors=anchors).fault
    return fault.code if fault else None


def nth(books: Books, sequence: int) -> int:
    return LedgerEntry.objects.get(programme=books.programme, sequence=sequence).pk


def test_a_whole_ledger_passes(books: Books) -> None:
    result = verify_ledger(programme=books.programme)
    assert (result.fault, result.entries, result.transfers, result.head_sequence) == (None, 4, 6, 4)
    assert result.head_hash == LedgerHead.objects.get(programme=books.programme).hash


def test_an_empty_ledger_passes() -> None:
    assert code(make_books()) is None


ENTRY, TRANSFER, KEY = "reserve_ledgerentry", "reserve_transfer", "reserve_idempotencykey"


@pytest.mark.parametrize(
    "column, value",
    [
        ("purpose", "'interest'"),
        ("source_type", "'other'"),
        ("source_id", "99"),
        ("memo", "'改过'"),
        ("ledger_date", "'2012-05-03'"),
        ("value_date", "'2012-05-01'"),
        ("recorded_at", "'2012-05-02 04:00:00+00:00'"),
        ("previous_hash", "'00'"),
        ("hash", "'00'"),
    ],
)
@pytest.mark.parametrize("sequence", [2, 4])
def test_an_entry_edited_in_any_field_is_found(
    books: Books, unguarded: Callable[..., None], column: str, value: str, sequence: int
) -> None:
    if (column, sequence) == ("purpose", 4):
        value = "'recovery'"
    unguarded(f"UPDATE {ENTRY} SET {column} = {value} WHERE id = {nth(books, sequence)}")
    assert code(books) is not None


def test_another_recorder_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    other = type(books.clerk).objects.create(username="other", name="他人", organisation=books.province.bank, role="officer")
    unguarded(f"UPDATE {ENTRY} SET recorded_by_id = {other.pk} WHERE id = {nth(books, 1)}")
    assert code(books) == "hash"


def test_an_amount_edited_with_all_balances_to_match_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    """The clever thief edits everything that adds up; the hash does not."""
    last = nth(books, 4)
    unguarded(
        f"UPDATE {TRANSFER} SET amount = amount + 100, debit_balance_after = debit_balance_after + 100,"
        f" credit_balance_after = credit_balance_after + 100 WHERE entry_id = {last}"
    )
    unguarded(
        f"UPDATE reserve_ledgeraccount SET balance = balance + 100"
        f" WHERE reserve_account_id = {books.province.pk} AND kind IN ('bank', 'free')"
    )
    result = verify_ledger(programme=books.programme).fault
    assert result is not None
    assert (result.code, result.pk) == ("hash", last)
    assert "第 4 号分录" in result.message


def test_a_balance_after_edited_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    unguarded(f"UPDATE {TRANSFER} SET credit_balance_after = credit_balance_after + 1 WHERE entry_id = {nth(books, 3)}")
    assert code(books) == "balance_after"


def test_a_transfer_moved_to_another_account_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    town = LedgerAccount.objects.get(reserve_account=books.town, kind="free").pk
    unguarded(f"UPDATE {TRANSFER} SET credit_id = {town} WHERE entry_id = {nth(books, 4)}")
    assert code(books) == "accounts"


def test_a_transfer_deleted_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    unguarded(f"DELETE FROM {TRANSFER} WHERE entry_id = {nth(books, 2)} AND position = 2")
    assert code(books) == "hash"


def test_a_transfer_added_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    unguarded(
        f"INSERT INTO {TRANSFER} (entry_id, position, debit_id, credit_id, amount, debit_balance_after, credit_balance_after)"
        f" SELECT entry_id, 2, debit_id, credit_id, 1, debit_balance_after, credit_balance_after FROM {TRANSFER}"
        f" WHERE entry_id = {nth(books, 4)}"
    )
    assert code(books) == "hash"


def delete(unguarded: Callable[..., None], entry: int) -> None:
    for table, column in ((KEY, "entry_id"), (TRANSFER, "entry_id"), (ENTRY, "id")):
        unguarded(f"DELETE FROM {table} WHERE {column} = {entry}")


@pytest.mark.parametrize("sequence, expected", [(1, "sequence_gap"), (2, "sequence_gap"), (4, "head")])
def test_an_entry_deleted_with_all_its_rows_is_found(books: Books, unguarded: Callable[..., None], sequence: int, expected: str) -> None:
    delete(unguarded, nth(books, sequence))
    assert code(books) == expected


def test_the_last_entry_deleted_and_everything_put_back_is_found_by_an_anchor(books: Books, unguarded: Callable[..., None]) -> None:
    """Undoing the last entry without a trace leaves a whole chain; a head printed elsewhere still tells."""
    printed = LedgerHead.objects.get(programme=books.programme)
    third = LedgerEntry.objects.get(sequence=3)
    delete(unguarded, nth(books, 4))
    unguarded(
        f"UPDATE reserve_ledgeraccount SET balance = balance - 7"
        f" WHERE kind IN ('bank', 'free') AND reserve_account_id = {books.province.pk}"
    )
    unguarded(f"UPDATE reserve_ledgerhead SET sequence = 3, hash = '{third.hash}' WHERE programme_id = {books.programme.pk}")
    assert code(books) is None
    assert code(books, Anchor(printed.sequence, printed.hash)) == "anchor"


def test_an_anchor_is_the_hash_or_its_beginning_but_not_nothing(books: Books) -> None:
    known = LedgerEntry.objects.get(sequence=3).hash
    assert code(books, Anchor(3, known)) is None
    assert code(books, Anchor(3, known[:8])) is None
    assert code(books, Anchor(3, "")) == "anchor"


@pytest.mark.parametrize("change", ["sequence = 3", "hash = 'ff'", "ledger_date = '2013-01-01'"])
def test_the_head_edited_is_found(books: Books, unguarded: Callable[..., None], change: str) -> None:
    unguarded(f"UPDATE reserve_ledgerhead SET {change} WHERE programme_id = {books.programme.pk}")
    assert code(books) == "head"


def test_a_stored_balance_edited_is_found(books: Books, unguarded: Callable[..., None]) -> None:
    unguarded(f"UPDATE reserve_ledgeraccount SET balance = balance + 1 WHERE reserve_account_id = {books.town.pk} AND kind = 'free'")
    assert code(books) == "balance"


@pytest.mark.parametrize("sql", ["DELETE FROM {key} WHERE entry_id = {id}", "UPDATE {key} SET request_hash = '00' WHERE entry_id = {id}"])
def test_an_idempotency_key_touched_is_found(books: Books, unguarded: Callable[..., None], sql: str) -> None:
    unguarded(sql.format(key=KEY, id=nth(books, 2)))
    assert code(books) in {"key_missing", "request_hash"}


class TestCommand:
    def test_it_reports_every_programme_and_its_head(self) -> None:
        fund(make_world())
        make_books("other")
        out = StringIO()
        call_command("verify_ledger", stdout=out)
        assert "OK   xiaolan: 2 entries, 2 transfers, head 2:" in out.getvalue()
        assert "OK   other: 0 entries, 0 transfers, head 0:-" in out.getvalue()

    def test_it_fails_and_names_the_row(self, books: Books, unguarded: Callable[..., None]) -> None:
        unguarded(f"UPDATE {ENTRY} SET memo = 'x' WHERE id = {nth(books, 3)}")
        triggers.install()
        err = StringIO()
        with pytest.raises(CommandError):
            call_command("verify_ledger", programme="books", stderr=err)
        assert f"reserve_ledgerentry #{nth(books, 3)} [hash] 第 3 号分录" in err.getvalue()

    def test_it_fails_when_a_trigger_is_missing(self, books: Books, unguarded: Callable[..., None]) -> None:
        err = StringIO()
        with pytest.raises(CommandError):
            call_command("verify_ledger", stdout=StringIO(), stderr=err)
        assert "trigger missing" in err.getvalue()

    @pytest.mark.parametrize("anchor", ["3:", "3", "x:9f"])
    def test_it_refuses_an_anchor_that_holds_nothing(self, books: Books, anchor: str) -> None:
        with pytest.raises(CommandError, match="写法不对"):
            call_command("verify_ledger", programme="books", anchor=[anchor])

    def test_it_refuses_an_unknown_programme(self) -> None:
        with pytest.raises(CommandError, match="没有代码为"):
            call_command("verify_ledger", programme="nowhere")


def test_reading_takes_the_same_number_of_queries_however_long_the_chain(books: Books, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _ in range(10):
        books.contribute("1.00")
    with django_assert_max_num_queries(6):
        assert code(books) is None
