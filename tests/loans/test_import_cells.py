"""Reading cells, without a database: whatever stands there is understood or said, and what is kept reads the same again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sheets.cells import Cell, CellKind, Line
from loans.rules.imports.catalogue import verdict_of
from loans.rules.imports.cells import find_header, is_total, read_line, read_value, values_of
from loans.rules.imports.columns import COLUMNS, Column

REPAYMENTS = COLUMNS["repayments"]
EVERY = [column for columns in COLUMNS.values() for column in columns]


def line(number: int, *texts: str) -> Line:
    return Line(number, tuple(Cell(text, CellKind.TEXT) for text in texts))


def column(key: str) -> Column:
    return next(one for one in REPAYMENTS if one.key == key)


@given(column=st.sampled_from(EVERY), text=st.text(max_size=60) | st.from_regex(r"[-+]?[0-9０-９,.%‰年月日/万元]{1,20}"))
def test_whatever_stands_in_a_cell_is_a_value_an_error_or_nothing(column: Column, text: str) -> None:
    value, found = read_value(column, text)
    wrong = any(one.is_error for one in found)
    if text.strip():
        assert (value is None) == wrong
    else:
        assert value is None
        assert wrong == column.required


@given(
    note=st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    amount=st.decimals(0, 10**9, places=2, allow_nan=False),
)
def test_what_is_kept_of_a_row_reads_the_same_again(note: str, day: date, amount: Decimal) -> None:
    header = find_header(REPAYMENTS, [line(1, "借据号", "还款日期", "归还本金")])
    row = read_line(header, line(2, note, day.isoformat(), f"{amount:f}"), typed=False)
    assert verdict_of(row.findings) == "ok"
    assert row.values == {"note_no": note, "paid_on": day, "principal": amount} == values_of(REPAYMENTS, row.texts)


@pytest.mark.parametrize("heading", ["借据号", "借据编号", " 借据号* ", "借据号（必填）", "借 据 号", "借据号(必填)"])
def test_a_heading_is_known_by_its_name_however_it_is_dressed(heading: str) -> None:
    header = find_header(REPAYMENTS, [line(1, "还款明细"), line(3, heading, "还款日期", "本金（元）")])
    assert (header.line, header.missing) == (3, [])
    assert [one.key for one in header.places.values()] == ["note_no", "paid_on", "principal"]


@pytest.mark.parametrize("text, total", [("合计", True), ("总计：", True), ("合 计", True), ("JJ合计", False), ("", False)])
def test_a_total_line_is_told_by_its_first_word(text: str, total: bool) -> None:
    assert is_total(line(9, "", text, "100.00")) is total


@pytest.mark.parametrize(
    "key, text, value",
    [
        ("note_no", "ＪＪ００１", "JJ001"),
        ("principal", "１，０００．５０", Decimal("1000.50")),
        ("principal", "100万", Decimal("1000000")),
        ("paid_on", "2012年9月1日", date(2012, 9, 1)),
        ("kind", "提前还款", "early"),
    ],
)
def test_what_people_write_is_understood(key: str, text: str, value: Any) -> None:
    assert read_value(column(key), text)[0] == value
