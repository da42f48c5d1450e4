"""Whether a step left the database as it was: every row of every business table, compared.

Reading them all is dear, and a step that wrote nothing needs it only once. So the database itself is asked what it has
written: it counts every row put in, changed or deleted, also by a trigger, a function or a step that was rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from common.errors import Refusal

APPS = {"parties", "reserve", "enterprises", "loans", "reports"}
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Table:
    """Names as the database quotes them; `columns` in its own order."""

    name: str
    key: str
    columns: tuple[str, ...]

    @property
    def position(self) -> int:
        """Where the primary key stands among the columns."""
        return self.columns.index(self.key)


def all_rows() -> Rows:
    """Every row of the business apps as the database holds it, by model."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for label, table in tables().items():
            cursor.execute(f"SELECT * FROM {table.name} ORDER BY {table.key}")  # noqa: S608
            found[label] = cursor.fetchall()
    return found


def written() -> tuple[Any, ...]:
    """The database's own count of rows written through this connection. It differs whenever a row was written in between;
    on PostgreSQL, which counts by transaction, also whenever another transaction has begun.
    """
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return (connection.connection.total_changes,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp(), sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return tuple(cursor.fetchone())


def number_on() -> None:
    """Let PostgreSQL number the next rows from the newest there are, as SQLite does, which takes numbers back with the rows: so that
    the same steps number their rows the same in every test. One statement.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_numbering())


@cache
def _numbering() -> str:
    with connection.cursor() as cursor:
        sequences = {}
        for table in tables().values():
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table.name, table.key.strip('"')])
            if sequence := cursor.fetchone()[0]:
                sequences[sequence] = f"SELECT max({table.key}) FROM {table.name}"  # noqa: S608
    return "SELECT " + ", ".join(f"setval('{name}', COALESCE(({newest}), 0) + 1, false)" for name, newest in sequences.items())


@contextmanager
def untouched(before: Rows | None = None) -> Iterator[None]:
    """Not a row differs after the block. `before`: the rows at its beginning, where they are known."""
    rows = all_rows() if before is None else before
    count = written()
    yield
    if written() != count:
        after = all_rows()
        different = [label for label in rows if rows[label] != after[label]]
        assert not different, f"rows of {different} differ"


@contextmanager
def refused(refusal: type[Refusal], match: str = "", *, field: str = "") -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The block is refused in just this way (naming `field` when given), and not a row of the database differs afterwards."""
    with untouched():
        with pytest.raises(refusal, match=match or None) as caught:
            yield caught
        assert type(caught.value) is refusal
        assert not field or field in caught.value.fields


@cache
def tables() -> dict[str, Table]:
    """The tables of the business apps, by model."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in APPS]
    return {model._meta.label: _table(model) for model in models}


def _table(model: Any) -> Table:
    quoted = connection.ops.quote_name
    name = quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} LIMIT 0")  # noqa: S608
        return Table(name, quoted(model._meta.pk.column), tuple(quoted(column[0]) for column in cursor.description))
