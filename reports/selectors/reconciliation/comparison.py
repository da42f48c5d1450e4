"""Two tellings of one fact, held side by side."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, repeat
from typing import Any

from django.db import models

from common.display import text
from reserve.services.verify import Fault

CHUNK = 500

Keyed = Iterable[tuple[Any, Any]]


def differences(row: models.Model, expected: Mapping[str, Any], basis: str) -> Iterator[Fault]:
    """The fields of a row that do not have the value they follow from; `basis` says from what, in Chinese."""
    for name, value in expected.items():
        found = getattr(row, name)
        if found != value:
            sentence = f"{row}的“{label_of(type(row), name)}”为“{text(found)}”，据{basis}应为“{text(value)}”。"
            yield Fault.of(type(row), row.pk, name, sentence)


def label_of(model: type[models.Model], path: str) -> str:
    """What people call a field, also one of a related row (`deadline__starts_on`)."""
    for name in path.split("__"):
        field: Any = model._meta.get_field(name)
        model = field.related_model
    return str(field.verbose_name)


def side_by_side(*streams: Keyed) -> Iterator[tuple[Any, list[list[Any]]]]:
    """Streams of (key, value), each in the order of its keys, read together: a key with the values each stream has of it."""
    marked = [zip(stream, repeat(number)) for number, stream in enumerate(streams)]
    for key, group in groupby(heapq.merge(*marked, key=_key), key=_key):
        values: list[list[Any]] = [[] for _ in streams]
        for (_, value), number in group:
            values[number].append(value)
        yield key, values


def _key(marked: tuple[tuple[Any, Any], int]) -> Any:
    return marked[0][0]
