"""Steps that thousands of tests begin with, taken through the services once and then put back row by row.

What a step does follows from the rows it finds and from what it is given. So it is really taken by the first test of a process that
asks for it, and the rows it wrote, the papers it kept and what it returned are remembered for those two: a later test which finds
the very same rows and gives the very same things gets them back in a hundredth of the time. Any other row, argument or field of
an argument, however small the difference, and the step is taken anew.
"""

import dataclasses
import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from tests.support.rows import Rows, all_rows, number_on, tables, written

P = ParamSpec("P")
T = TypeVar("T")

_memory: dict[Any, "Memory | None"] = {}
MOST = 500
"""Rows put back by one statement: a statement of SQLite has 32,766 values at most."""


PLAIN = {type(None), bool, int, str, bytes, date, datetime, Decimal}


PERSON, TOKEN, SIGNED_IN = "parties.User", "parties.ApiToken", {"last_login", "previous_login", "backend"}
"""What signing in writes and sets, which no step reads."""


class Unknowable(Exception):
    """An argument of which it cannot be said whether it is the same as another."""


@dataclass(frozen=True)
class Memory:
    """What a step did. `refreshed`: which of the rows it was given it brought up to date."""

    added: Rows
    changed: Rows
    papers: dict[str, bytes]
    refreshed: tuple[int, ...]
    returned: bytes


@dataclass(frozen=True)
class Reading:
    count: Any
    rows: Rows

    def mark(self) -> None:
        """Nothing is done on commit."""


_read = Reading(None, {})


def remembered(step: Callable[P, T]) -> Callable[P, T]:
    """Let `step` be taken once for the same rows and arguments."""

    @wraps(step)
    def take(*args: P.args, **kwargs: P.kwargs) -> T:
        if not connection.in_atomic_block:
            return step(*args, **kwargs)
        before = _rows()
        try:
            key = (step, _print(before), _known(args), _known(kwargs))
        except Unknowable:
            return step(*args, **kwargs)
        given = list(_models([args, kwargs]))
        if memory := _memory.get(key):
            return cast(T, put_back(memory, given))
        if key in _memory:
            return step(*args, **kwargs)
        number_on()
        result, _memory[key] = observed(lambda: step(*args, **kwargs), given, before)
        return result

    return take


def observed(step: Callable[[], T], given: list[Any], before: Rows) -> tuple[T, "Memory | None"]:
    """Take the step, and tell what it did unless that cannot be put back. `given`: the rows it was given."""
    papers, as_given = set(_papers()), [_held(one) for one in given]
    with _clock() as looks:
        result = step()
    added, changed, gone = _difference(before, _rows())
    refreshed = tuple(i for i, one in enumerate(given) if _held(one) != as_given[i])
    if looks or gone or PERSON in changed or not all(_is_up_to_date(given[i]) for i in refreshed):
        return result, None
    new = {str(path.relative_to(settings.MEDIA_ROOT)): path.read_bytes() for path in set(_papers()) - papers}
    return result, Memory(added, changed, new, refreshed, _Pickler.packed(result, given))


@contextmanager
def _clock() -> Iterator[list[datetime]]:
    """When a step has looked at the clock: what it did then it would not do at another time."""
    clock, looks = timezone.now, list[datetime]()

    def now() -> datetime:
        looks.append(clock())
        return looks[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", now)
        yield looks


def put_back(memory: "Memory", given: list[Any]) -> Any:
    """Do what a step did, in a database as it found it; returns what it returned."""
    with connection.cursor() as cursor:
        for label, rows in memory.added.items():
            place = f"({', '.join(['%s'] * len(rows[0]))})"
            for some in (rows[start : start + MOST] for start in range(0, len(rows), MOST)):
                values = [value for row in some for value in row]
                cursor.execute(f"INSERT INTO {tables()[label].name} VALUES {', '.join([place] * len(some))}", values)  # noqa: S608
        for label, rows in memory.changed.items():
            table = tables()[label]
            new = ", ".join(f"{column} = %s" for column in table.columns)
            for row in rows:
                cursor.execute(f"UPDATE {table.name} SET {new} WHERE {table.key} = %s", [*row, row[table.position]])  # noqa: S608
    number_on()
    for name, content in memory.papers.items():
        path = Path(settings.MEDIA_ROOT) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for i in memory.refreshed:
        given[i].refresh_from_db()
    return _Unpickler.unpacked(memory.returned, given)


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows() -> Rows:
    """All rows; read anew only where one may have been written, or a transaction taken back, since they were read last.

    Django forgets what it was to do on commit when it takes back the transaction or savepoint in which it was told so.
    """
    global _read
    if _read.mark not in [mark for _, mark, *_ in connection.run_on_commit] or _read.count != written():
        connection.run_on_commit = [one for one in connection.run_on_commit if one[1] != _read.mark]
        _read = Reading(written(), all_rows())
        transaction.on_commit(_read.mark)
    return _read.rows


def _print(rows: Rows) -> int:
    """What tells one state of the database from another, for a step: who has signed in meanwhile does not."""
    people = tables()[PERSON]
    kept = [i for i, column in enumerate(people.columns) if column.strip('"') not in SIGNED_IN]
    seen = rows | {TOKEN: [], PERSON: [tuple(row[i] for i in kept) for row in rows[PERSON]]}
    return hash(tuple(tuple(found) for found in seen.values()))


def _difference(before: Rows, after: Rows) -> tuple[Rows, Rows, bool]:
    """Rows added and rows changed, by model, and whether any are gone."""
    added, changed, gone = {}, {}, False
    for label, rows in after.items():
        if rows == before[label]:
            continue
        at = tables()[label].position
        old = {row[at]: row for row in before[label]}
        if new := [row for row in rows if row[at] not in old]:
            added[label] = new
        if other := [row for row in rows if row[at] in old and old[row[at]] != row]:
            changed[label] = other
        gone = gone or len(old) + len(new) != len(rows)
    return added, changed, gone


def _papers() -> Iterator[Path]:
    return (path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file())


# --- arguments and results ----------------------------------------------------------------------------------------


def _known(value: Any) -> Any:
    """What tells a value from any other; of a row its fields and what was set on it besides, not what it has looked up."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Model):
        looked_up = {name for name in vars(value) if isinstance(getattr(type(value), name, None), cached_property)}
        return (value._meta.label, *((name, _known(held)) for name, held in _held(value).items() if name not in looked_up))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (type(value), *(_known(getattr(value, field.name)) for field in dataclasses.fields(value)))
    if isinstance(value, dict):
        return (dict, *((name, _known(held)) for name, held in value.items()))
    if isinstance(value, list | tuple):
        return (type(value), *map(_known, value))
    if isinstance(value, str):
        return str(value)  # a choice is what it is stored as
    if isinstance(value, FieldFile):
        return FieldFile, value.name
    raise Unknowable(type(value))


def _held(value: Any) -> dict[str, Any]:
    """What is set on a row, its fields first of all."""
    if not isinstance(value, Model):
        return {}
    return {name: held for name, held in vars(value).items() if name[0] != "_" and name not in SIGNED_IN}


def _models(value: Any) -> Iterator[Any]:
    """The rows in what a step was given, and what holds them: what is returned of these are the very same."""
    if isinstance(value, Model):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield value
        for field in dataclasses.fields(value):
            yield from _models(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from _models(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _models(one)


def _is_up_to_date(one: Any) -> bool:
    return bool(_known(one) == _known(type(one)._base_manager.get(pk=one.pk)))


class _Pickler(pickle.Pickler):
    given: dict[int, int]

    @classmethod
    def packed(cls, result: Any, given: list[Any]) -> bytes:
        target = io.BytesIO()
        pickler = cls(target)
        pickler.given = {id(one): i for i, one in enumerate(given)}
        pickler.dump(result)
        return target.getvalue()

    def persistent_id(self, value: Any) -> int | None:
        return self.given.get(id(value))


class _Unpickler(pickle.Unpickler):
    given: list[Any]

    @classmethod
    def unpacked(cls, packed: bytes, given: list[Any]) -> Any:
        unpickler = cls(io.BytesIO(packed))
        unpickler.given = given
        return unpickler.load()

    def persistent_load(self, number: int) -> Any:
        return self.given[number]
