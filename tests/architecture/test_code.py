"""Calls that have one place, or none: the clock, floats, statuses written past the services."""

import ast
from collections.abc import Callable, Iterator

import pytest

from .source import calls, in_rooms, modules, room, where

CLOCKS = {
    *("timezone.now", "timezone.localdate", "timezone.localtime"),
    *("date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.time"),
}
CLOCKLESS_ROOMS = ("rules", "services", "selectors", "permissions", "enums", "errors", "calendar", "quarters")


def clock_reads(text: str) -> Iterator[ast.Call]:
    """Reads of the clock: `timezone.localdate(moment)` converts and is none."""
    for node, name in calls(text):
        two_last = ".".join(name.split(".")[-2:])
        converts = two_last in {"timezone.localdate", "timezone.localtime"} and (node.args or node.keywords)
        if two_last in CLOCKS and not converts:
            yield node
        if name in {"today", "now"}:  # common.http's, which belong to views, tasks and commands
            yield node


def status_updates(text: str) -> Iterator[ast.Call]:
    for node, name in calls(text):
        if name.endswith(".update") and any(keyword.arg == "status" for keyword in node.keywords):
            yield node


def floats(text: str) -> Iterator[ast.expr]:
    """`float(...)`, `FloatField` and float literals; an annotation does no arithmetic, yet means someone will."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id="float") | ast.Attribute(attr="FloatField") | ast.Constant(value=float()):
                yield node


def number_filters(text: str) -> Iterator[ast.Call]:
    """The library's number filters read decimals of any exponent, which freezes the process when one becomes a whole number."""
    for node, name in calls(text):
        if name.rsplit(".", 1)[-1] in {"NumberFilter", "RangeFilter", "NumericRangeFilter"}:
            yield node


@pytest.mark.parametrize(
    "find, bad, good",
    [
        (clock_reads, "x = timezone.now()", "x = timezone.localdate(moment)"),
        (clock_reads, "from datetime import date\nx = date.today()", "x = self.today"),
        (clock_reads, "from common.http import today\nx = today()", "def f(today): return today"),
        (status_updates, "Loan.objects.filter(pk=1).update(status='x')", "Loan.objects.filter(status='x').update(name='y')"),
        (number_filters, "batch = django_filters.NumberFilter()", "batch = IntegerFilter()"),
        (floats, "x = float('1')", "x = Decimal('1')"),
        (floats, "x = amount * 0.3", "x = amount * 3 / 10"),
        (floats, "def f(rate: float) -> None: ...", "def f(rate: Fraction) -> None: ..."),
    ],
)
def test_each_search_finds_the_bad_and_passes_the_good(find: Callable[[str], Iterator[ast.expr]], bad: str, good: str) -> None:
    assert list(find(bad))
    assert not list(find(good))


def test_business_code_never_reads_the_clock() -> None:
    found = [where(path, node) for path in in_rooms(*CLOCKLESS_ROOMS) for node in clock_reads(path.read_text())]
    assert found == []


def test_a_status_is_written_by_services_alone() -> None:
    outside = [path for path in modules() if room(path) != "services"]
    assert [where(path, node) for path in outside for node in status_updates(path.read_text())] == []


def test_no_float_comes_near_money() -> None:
    found = [where(path, node) for path in in_rooms("rules", "services", "selectors", "models") for node in floats(path.read_text())]
    assert found == []


def test_no_filter_reads_a_decimal() -> None:
    assert [where(path, node) for path in modules() for node in number_filters(path.read_text())] == []
