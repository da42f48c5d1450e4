"""Writing one entry: a function in the database on PostgreSQL, the same steps as statements on SQLite.

Both are called inside a transaction, lock the programme's head first, and return the same `Outcome`. When it is not
"posted", something may have been written: the caller rolls back (or, for "known", answers; nothing was written then).
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from django.db import connection

from .. import chain
from ..ledger_enums import AccountKind
from ..models.ledger import ENTRY_SPAN

FUNCTION = "ledger_post"


class Order(NamedTuple):
    """Everything to be written, but the entry's place in the chain; the order is that of the function's parameters."""

    programme_id: int
    purpose: str
    source_type: str
    source_id: int
    memo: str
    ledger_date: date
    value_date: date
    recorded_at: datetime
    recorded_by_id: int
    reverses_id: int | None
    key: str
    request_hash: str
    content_hash: str
    lines: Sequence[chain.Line]


class Outcome(NamedTuple):
    """What became of an order. "short": `failed_line` (from 1) finds too little, or no account, of `failed_kind`."""

    outcome: Literal["posted", "known", "backwards", "short", "no_ledger"]
    sequence: int = 0
    previous_hash: str = ""
    hash: str = ""
    failed_line: int = 0
    failed_kind: str = ""


def install_function(cursor: Any) -> None:
    """Create the function anew (PostgreSQL only; called after every migrate, as the triggers are)."""
    cursor.execute((Path(__file__).parent / "ledger_function.sql").read_text(encoding="utf-8"))


def lock_head(programme_id: int) -> None:
    """Lock the programme's head until the transaction ends. (On SQLite the transaction itself excludes other writers.)

    Raises:
        ValueError: it has none.
    """
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM reserve_ledgerhead WHERE programme_id = %s{lock}", [programme_id])  # noqa: S608
        if cursor.fetchone() is None:
            raise ValueError(f"programme {programme_id} has no ledger: open_accounts comes first")


def post_entry(order: Order) -> Outcome:
    """Write one entry, its transfers and its key; move the balances; advance the head."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return by_function(cursor, order)
        return by_statements(cursor, order)


def by_function(cursor: Any, order: Order) -> Outcome:
    columns = [list(column) for column in zip(*order.lines, strict=True)]
    cursor.execute(_call(), [ENTRY_SPAN, *order[:-1], *columns])
    return Outcome(*cursor.fetchone())


@cache
def _call() -> str:
    marks = ", ".join(["%s"] * (len(Order._fields)))
    return f"SELECT * FROM {FUNCTION}({marks}, %s::bigint[], %s::text[], %s::text[], %s::bigint[])"  # noqa: S608


def by_statements(cursor: Any, order: Order) -> Outcome:
    """The function's twin: the same steps in the same order."""
    cursor.execute("SELECT sequence, hash, ledger_date FROM reserve_ledgerhead WHERE programme_id = %s", [order.programme_id])
    head = cursor.fetchone()
    if head is None:
        return Outcome("no_ledger")
    last_sequence, previous_hash, last_date = head
    cursor.execute("SELECT 1 FROM reserve_idempotencykey WHERE programme_id = %s AND key = %s", [order.programme_id, order.key])
    if cursor.fetchone():
        return Outcome("known")
    if last_date is not None and order.ledger_date < last_date:
        return Outcome("backwards")
    sequence = last_sequence + 1
    entry_id = order.programme_id * ENTRY_SPAN + sequence
    digest = chain.entry_hash(order.content_hash, previous_hash=previous_hash, sequence=sequence)
    ledger_date, value_date = (connection.ops.adapt_datefield_value(day) for day in (order.ledger_date, order.value_date))
    recorded_at = connection.ops.adapt_datetimefield_value(order.recorded_at)
    _insert(
        cursor,
        "reserve_ledgerentry (id, programme_id, sequence, purpose, source_type, source_id, memo, ledger_date, value_date,"
        " recorded_at, recorded_by_id, reverses_id, previous_hash, hash)",
        [entry_id, order.programme_id, sequence, *order[1:5], ledger_date, value_date, recorded_at, *order[8:10], previous_hash, digest],
    )
    for position, line in enumerate(order.lines, start=1):
        debit = _move(cursor, line, line.debit, line.cents if line.debit == AccountKind.BANK else -line.cents)
        if debit is None:
            return Outcome("short", failed_line=position, failed_kind=line.debit)
        credit = _move(cursor, line, line.credit, -line.cents if line.credit == AccountKind.BANK else line.cents)
        if credit is None:
            return Outcome("short", failed_line=position, failed_kind=line.credit)
        _insert(
            cursor,
            "reserve_transfer (entry_id, position, debit_id, credit_id, amount, debit_balance_after, credit_balance_after)",
            [entry_id, position, debit[0], credit[0], line.cents, debit[1], credit[1]],
        )
    key_row = [entry_id, order.programme_id, order.key, order.request_hash]
    _insert(cursor, "reserve_idempotencykey (entry_id, programme_id, key, request_hash)", key_row)
    cursor.execute(
        "UPDATE reserve_ledgerhead SET sequence = %s, hash = %s, ledger_date = %s WHERE programme_id = %s",
        [sequence, digest, ledger_date, order.programme_id],
    )
    return Outcome("posted", sequence, previous_hash, digest)


def _move(cursor: Any, line: chain.Line, kind: str, change: int) -> tuple[int, int] | None:
    """Change one balance unless it would fall below zero; its account's id and the balance after, or nothing."""
    cursor.execute(
        "UPDATE reserve_ledgeraccount SET balance = balance + %s"
        " WHERE reserve_account_id = %s AND kind = %s AND balance + %s >= 0 RETURNING id, balance",
        [change, line.reserve_account_id, kind, change],
    )
    row: tuple[int, int] | None = cursor.fetchone()
    return row


def _insert(cursor: Any, target: str, values: list[Any]) -> None:
    cursor.execute(f"INSERT INTO {target} VALUES ({', '.join(['%s'] * len(values))})", values)  # noqa: S608
