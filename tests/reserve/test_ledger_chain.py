"""The hashes: fixed for ever, and the same from PostgreSQL's function as from the statements SQLite uses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection, transaction

from reserve import chain
from reserve.ledger_enums import Purpose
from reserve.services import ledger, ledger_sql
from tests.support.ledger import DAY, NOW, Books, make_books

REQUEST = chain.Request(
    purpose="earmark",
    source_type="loan",
    source_id=42,
    memo="占用“甲”公司",
    value_date=date(2012, 6, 29),
    by_id=7,
    reverses_id=None,
    lines=[chain.Line(1, "free", "earmarked", 8_000_000), chain.Line(2, "free", "earmarked", 32_000_000)],
)
AT = datetime(2012, 7, 2, 1, 30, tzinfo=UTC)


def content(**changes: object) -> str:
    facts: dict[str, object] = {"programme_id": 3, "ledger_date": date(2012, 7, 2), "recorded_at": AT, "key": "loan:42"}
    return chain.content_hash(chain.request_hash(REQUEST), **facts | changes)  # type: ignore[arg-type]


def test_the_canonical_form_never_changes() -> None:
    """A change here breaks the chain of every installation: add a new FORMAT instead."""
    assert chain.request_hash(REQUEST) == "46a08e9fc3ade5a571e3897dc4c9e71c1962cda75190bd52dab64ee111d0335b"
    assert content() == "8fe4dd44535f2a4e569d561df781c7ecdf40e7e15d73e2adb475307cf810d0da"
    assert (
        chain.entry_hash(content(), previous_hash="ab", sequence=12) == "c387fe9e73556fb3699ed661373d5b2bd51f72d6ecc8f3c4056ad63c8a315f08"
    )


def test_the_hash_is_of_the_moment_not_of_the_time_zone() -> None:
    assert content(recorded_at=AT.astimezone(timezone(timedelta(hours=8)))) == content()


@pytest.mark.parametrize(
    "changes", [{"programme_id": 4}, {"ledger_date": date(2012, 7, 3)}, {"recorded_at": AT + timedelta(microseconds=1)}, {"key": "x"}]
)
def test_every_fact_of_the_posting_counts(changes: dict[str, object]) -> None:
    assert content(**changes) != content()


@pytest.mark.postgres
@pytest.mark.django_db
class TestTwins:
    """The function and the statements do the same to the same order, and answer alike."""

    @pytest.fixture
    def books(self) -> Books:
        books = make_books()
        books.contribute("100.00", "400.00", on=DAY)
        return books

    def both(self, books: Books, posting: ledger.Posting, **changes: object) -> ledger_sql.Outcome:
        order = ledger.order(books.programme, posting, books.clerk, NOW)._replace(**changes)  # type: ignore[arg-type]
        seen = []
        for write in (ledger_sql.by_function, ledger_sql.by_statements):
            with transaction.atomic(), connection.cursor() as cursor:
                outcome = write(cursor, order)
                cursor.execute(
                    "SELECT kind, balance, sequence, hash FROM reserve_ledgeraccount JOIN reserve_ledgerhead USING (programme_id)"
                    " ORDER BY reserve_ledgeraccount.id"
                )
                rows = [cursor.fetchall()]
                for table in ("ledgerentry", "idempotencykey"):
                    cursor.execute(f"SELECT * FROM reserve_{table} ORDER BY 1")  # noqa: S608
                    rows.append(cursor.fetchall())
                cursor.execute(
                    "SELECT entry_id, position, debit_id, credit_id, amount, debit_balance_after, credit_balance_after"
                    " FROM reserve_transfer ORDER BY 1, 2"
                )
                rows.append(cursor.fetchall())
                seen.append((outcome, rows))
                transaction.set_rollback(True)
        (by_function, function_rows), (by_statements, statement_rows) = seen
        assert function_rows == statement_rows
        assert [value or None for value in by_function] == [value or None for value in by_statements]
        return by_function

    def earmark(self, books: Books, amount: str = "1.00") -> ledger.Posting:
        lines = [ledger.earmark(books.province, Decimal(1)), ledger.earmark(books.town, Decimal(amount))]
        return ledger.Posting(Purpose.EARMARK, lines, ("test", 1), DAY, DAY, "twin", "占用“甲”")

    def test_posted(self, books: Books) -> None:
        assert self.both(books, self.earmark(books)).outcome == "posted"

    def test_known(self, books: Books) -> None:
        assert self.both(books, replace(self.earmark(books), key="test:1")).outcome == "known"

    def test_backwards(self, books: Books) -> None:
        day = DAY - timedelta(1)
        assert self.both(books, replace(self.earmark(books), ledger_date=day, value_date=day)).outcome == "backwards"

    def test_short_of_what_is_debited(self, books: Books) -> None:
        outcome = self.both(books, self.earmark(books, "400.01"))
        assert (outcome.outcome, outcome.failed_line, outcome.failed_kind) == ("short", 2, "free")

    def test_short_of_what_is_credited(self, books: Books) -> None:
        books.post(Purpose.EARMARK, ledger.earmark(books.province, Decimal(100)))
        refund = replace(self.earmark(books), purpose=Purpose.REFUND, transfers=[ledger.pay_out(books.town, Decimal(401))])
        assert self.both(books, refund).failed_kind == "free"

    def test_no_ledger(self, books: Books) -> None:
        assert self.both(books, self.earmark(books), programme_id=10**6).outcome == "no_ledger"
