"""Tables as files: XLSX and CSV, with real numbers and without a cell that a spreadsheet would execute."""

import csv
import datetime
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

# Number formats of the numeric kinds of `common.listing`. A rate is kept in percent, a percentage as a fraction.
NUMBER_FORMATS = {
    "number": "#,##0",
    "yuan": "#,##0.00",
    "wan": "#,##0.00####",
    "percent": "0.00%",
    "rate": "0.0000",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}
# A spreadsheet runs what starts with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """`heads`: (label, kind) of each column; `rows` and `totals`: raw values; `notes`: how the rows were chosen.

    `title` names the file. The notes stand on a sheet of their own; a CSV is the bare table.
    """

    title: str
    heads: Sequence[tuple[str, str]]
    rows: Iterable[Sequence[Any]]
    totals: Sequence[Any]
    notes: Sequence[str] = ()


def safe_text(value: str) -> str:
    """A text that a spreadsheet shows and does not run: an apostrophe before what looks like a formula."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _disposition(title: str, suffix: str) -> str:
    return f"attachment; filename=\"export.{suffix}\"; filename*=UTF-8''{quote(f'{title}.{suffix}')}"


def _csv_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int) else safe_text(str(value))


class _Line:
    """The file object csv.writer wants; it hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(table: Table) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([safe_text(label) for label, _ in table.heads])
    for row in table.rows:
        yield writer.writerow([_csv_value(value) for value in row])
    if table.totals:
        yield writer.writerow([_csv_value(value) for value in table.totals])


def csv_response(table: Table) -> HttpResponseBase:
    """UTF-8 with the byte order mark Excel needs, row by row."""
    response = StreamingHttpResponse(csv_lines(table), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = _disposition(table.title, "csv")
    return response


def xlsx_response(table: Table) -> HttpResponseBase:
    """A workbook written in constant memory; amounts, rates and dates are real cells, texts are never formulas."""
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115  (FileResponse closes it)
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd", "remove_timezone": True})
    sheet = book.add_worksheet("数据")
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in NUMBER_FORMATS.items()}
    total_formats = {kind: book.add_format({"num_format": text, "bold": True, "top": 1}) for kind, text in NUMBER_FORMATS.items()}
    total_formats["text"] = book.add_format({"bold": True, "top": 1})
    kinds = [kind for _, kind in table.heads]
    for i, (label, kind) in enumerate(table.heads):
        sheet.set_column(i, i, 28 if kind == "text" else 20 if kind == "yuan" else 14)
        sheet.write_string(0, i, label, bold)
    sheet.freeze_panes(1, 1)
    last = 0
    for last, row in enumerate(table.rows, start=1):
        _write_row(sheet, last, row, kinds, formats)
    if table.totals:
        _write_row(sheet, last + 1, table.totals, kinds, total_formats)
    if table.notes:
        notes = book.add_worksheet("筛选条件")
        notes.set_column(0, 0, 60)
        for i, note in enumerate(table.notes):
            notes.write_string(i, 0, note)
    book.close()
    target.seek(0)
    response = FileResponse(target, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response.headers["Content-Disposition"] = _disposition(table.title, "xlsx")
    return response


def _write_row(sheet: Any, number: int, row: Sequence[Any], kinds: Sequence[str], formats: dict[str, Any]) -> None:
    for i, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        style = formats.get(kind) or formats.get("text")
        if isinstance(value, datetime.datetime):
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            sheet.write_datetime(number, i, local.replace(tzinfo=None), style)
        elif isinstance(value, datetime.date):
            sheet.write_datetime(number, i, datetime.datetime(value.year, value.month, value.day), style)  # noqa: DTZ001  (a day)
        elif isinstance(value, bool):
            sheet.write_string(number, i, "是" if value else "否", style)
        elif isinstance(value, int | Decimal):
            sheet.write_number(number, i, value / 10_000 if kind == "wan" else value, style)
        elif value not in (None, ""):
            sheet.write_string(number, i, str(value), style)
        elif "text" in formats:
            sheet.write_blank(number, i, None, style)


WRITERS: dict[str, Callable[[Table], HttpResponseBase]] = {"xlsx": xlsx_response, "csv": csv_response}
