"""Workbooks of papers: amounts and days as real numbers and days, texts that nothing runs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

_NARROWEST, _WIDEST = 14, 30
"""Of columns, in digits."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a paper under its title: rows below a `head`, or without one facts (label, value)."""

    title: str
    rows: Sequence[Sequence[Any]]
    head: Sequence[str] = ()


def workbook(name: str, title: str, parts: Sequence[Part]) -> bytes:
    """One sheet `name`: the paper's title, then its parts one below the other."""
    return workbook_of_sheets(title, [(name, parts)])


def workbook_of_sheets(title: str, sheets: Sequence[tuple[str, Sequence[Part]]]) -> bytes:
    """Several sheets by name, each with the paper's title and its own parts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = formats_of(book)
        for name, parts in sheets:
            _sheet(book.add_worksheet(name), title, parts, formats)
    return out.getvalue()


def _sheet(sheet: Any, title: str, parts: Sequence[Part], formats: dict[Any, Any]) -> None:
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    widths = _widths(title, parts)
    if len(widths) > 5:
        sheet.set_landscape()
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.merge_range(0, 0, 0, len(widths) - 1, title, formats["title"])
    row = 2
    for part in parts:
        row = _part(sheet, row, part, widths, formats) + 1


def _widths(title: str, parts: Sequence[Part]) -> list[int]:
    """Of each column by its longest value, together no narrower than the title; a fact stands across all columns but the first."""
    count = max(2, *(len(line) for part in parts for line in (part.head, *part.rows)))
    lines = [line for part in parts if part.head for line in (part.head, *part.rows)]
    longest = [max((2 * len(str(line[index])) for line in lines if index < len(line)), default=0) for index in range(count)]
    widths = [min(max(_NARROWEST, width), _WIDEST) for width in longest]
    missing = max(0, 26 * len(title) // 10 - sum(widths))  # a character of the title is as wide as 2.6 digits of a cell
    return [*widths[:1], *(width + missing // (count - 1) for width in widths[1:])]


def _part(sheet: Any, row: int, part: Part, widths: Sequence[int], formats: dict[Any, Any]) -> int:
    """Write a part from `row` on; the row after it."""
    sheet.write_string(row, 0, part.title, formats["part"])
    row += 1
    for index, label in enumerate(part.head):
        sheet.write_string(row, index, label, formats["head"])
    row += bool(part.head)
    for line in part.rows:
        if part.head:
            for index, value in enumerate(line):
                write(sheet, row, index, value, formats.get(type(value), formats[str]))
        else:
            label, value = line
            _fact(sheet, row, label, value, widths, formats)
        row += 1
    return row


def _fact(sheet: Any, row: int, label: str, value: Any, widths: Sequence[int], formats: dict[Any, Any]) -> None:
    sheet.write_string(row, 0, label, formats["head"])
    style = formats.get(type(value), formats[str])
    if not isinstance(value, str) or len(widths) == 2:
        write(sheet, row, 1, value, style)
        return
    sheet.merge_range(row, 1, row, len(widths) - 1, value, style)
    sheet.set_row(row, 15 * (1 + 2 * len(value) // sum(widths[1:])))  # a merged cell does not grow by itself


def formats_of(book: Any) -> dict[Any, Any]:
    """By the type of a value, and by name for a rate, the head, the title and that of a part."""
    return {
        Decimal: book.add_format({"num_format": "#,##0.00", "border": 1}),
        date: book.add_format({"num_format": "yyyy-mm-dd", "border": 1, "align": "center"}),
        str: book.add_format({"border": 1, "text_wrap": True}),
        "annual_rate": book.add_format({"num_format": "0.0000", "border": 1}),
        "head": book.add_format({"bold": True, "border": 1, "bg_color": "#F0F0F0", "align": "center", "text_wrap": True}),
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
        "part": book.add_format({"bold": True}),
    }


def write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    """One cell by the type of its value; nothing known leaves it empty."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, (Decimal, int)):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, value or "", style)
