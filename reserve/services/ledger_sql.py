"""The ledger's hand-written statements: the same text on SQLite and PostgreSQL, integers of 分, no ORM on the way.

Three round trips an entry on PostgreSQL: lock the head, move the balances, write the rows. What they rely on: they are
called inside a transaction, and whoever holds the head's lock is the only writer of that programme's ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

Place = tuple[int, str]  # reserve account id, account kind
Statement = tuple[str, list[Any]]


class Head(NamedTuple):
    """The end of the chain as it was when it was locked."""

    sequence: int
    hash: str
    ledger_date: date | None


class Held(NamedTuple):
    """A ledger account after its balance was moved."""

    id: int
    cents: int


class EntryRow(NamedTuple):
    """A row of LedgerEntry, in the order of its columns below."""

    id: int
    programme_id: int
    sequence: int
    purpose: str
    source_type: str
    source_id: int
    memo: str
    ledger_date: date
    value_date: date
    recorded_at: datetime
    recorded_by_id: int
    reverses_id: int | None
    previous_hash: str
    hash: str


class TransferRow(NamedTuple):
    """A row of Transfer, amounts in 分."""

    entry_id: int
    position: int
    debit_id: int
    credit_id: int
    amount: int
    debit_balance_after: int
    credit_balance_after: int


class KeyRow(NamedTuple):
    """A row of IdempotencyKey."""

    entry_id: int
    programme_id: int
    key: str
    request_hash: str


def lock_head(programme_id: int) -> Head:
    """Lock the programme's head until the transaction ends. (On SQLite the transaction itself excludes other writers.)

    Raises:
        ValueError: it has none.
    """
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sequence, hash, ledger_date FROM reserve_ledgerhead WHERE programme_id = %s{lock}",  # noqa: S608
            [programme_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise ValueError(f"programme {programme_id} has no ledger: open_accounts comes first")
    return Head(*row)


def move_balances(programme_id: int, net: Mapping[Place, int], keys: Sequence[str]) -> dict[Place, Held]:
    """Add each net amount to its account, unless that account would fall below zero; nothing at all if a key is known.

    Returns the accounts moved: fewer than asked for tells the caller to find out why and to roll back or answer.
    """
    rows = ", ".join(["(%s, %s, %s)"] * len(net))
    sql = f"""
        WITH move (reserve_account_id, kind, cents) AS (VALUES {rows})
        UPDATE reserve_ledgeraccount SET balance = balance + move.cents FROM move
        WHERE programme_id = %s
          AND reserve_ledgeraccount.reserve_account_id = move.reserve_account_id
          AND reserve_ledgeraccount.kind = move.kind
          AND balance + move.cents >= 0
          AND NOT EXISTS (
              SELECT 1 FROM reserve_idempotencykey WHERE programme_id = %s AND key IN ({_marks(keys)}))
        RETURNING reserve_ledgeraccount.reserve_account_id, reserve_ledgeraccount.kind, id, balance
    """  # noqa: S608  # only marks are put in, never values
    moves = [value for (account, kind), cents in net.items() for value in (account, str(kind), cents)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*moves, programme_id, programme_id, *keys])
        return {(account, kind): Held(id_, cents) for account, kind, id_, cents in cursor.fetchall()}


def write(
    entries: Sequence[EntryRow], transfers: Sequence[TransferRow], keys: Sequence[KeyRow]
) -> None:
    """Write a batch's rows and advance the head to its last entry."""
    last = entries[-1]
    adapt = connection.ops
    entry_values = [
        entry._replace(
            ledger_date=adapt.adapt_datefield_value(entry.ledger_date),
            value_date=adapt.adapt_datefield_value(entry.value_date),
            recorded_at=adapt.adapt_datetimefield_value(entry.recorded_at),
        )
        for entry in entries
    ]
    _run(
        [
            _insert("reserve_ledgerentry", EntryRow._fields, entry_values),
            _insert("reserve_transfer", TransferRow._fields, transfers),
            _insert("reserve_idempotencykey", KeyRow._fields, keys),
            (
                "UPDATE reserve_ledgerhead SET sequence = %s, hash = %s, ledger_date = %s WHERE programme_id = %s",
                [last.sequence, last.hash, entry_values[-1].ledger_date, last.programme_id],
            ),
        ]
    )


def _insert(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Statement:
    row = f"({_marks(columns)})"
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(rows))}"  # noqa: S608
    return sql, [value for values in rows for value in values]


def _run(statements: Iterable[Statement]) -> None:
    """Execute in order; PostgreSQL takes them all in one round trip."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            texts, values = zip(*statements, strict=True)
            cursor.execute("; ".join(texts), [value for some in values for value in some])
        else:
            for text, some in statements:
                cursor.execute(text, some)


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))
