"""The quarterly summary as a workbook: one sheet as printed, one for each part of the annex there is."""

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from .. import rules
from .sheets import formats_of, write
from .summary import ANNEX, CHANGES, CHANGES_ANNEX, OWN_COLUMNS, PREFIXES, Column, Line, columns, in_words_of, provenance, totals_of


def to_xlsx(content: Mapping[str, Any], checksum: str) -> bytes:
    """One sheet as printed, amounts and dates as real numbers and dates; a second sheet for the annex where there is one."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, "申报汇总表", content, checksum, "lines")
        if content["adjustments"]:
            _sheet(book, "调整", content, checksum, "adjustments")
        if content["changes"]:
            _changes_sheet(book, content, checksum)
    return out.getvalue()


def _sheet(book: Any, name: str, content: Mapping[str, Any], checksum: str, lines: str) -> None:
    chosen = columns(content)
    formats = formats_of(book)
    sheet, row = _filled(book, name, f"《{content['title']}》{'' if lines == 'lines' else ANNEX}", content, chosen, content[lines], formats)
    last, plain, head = len(chosen) - 1, formats[str], formats["head"]
    if not content[lines]:
        sheet.merge_range(row, 0, row, last, rules.NIL_TEXT, plain)
        row += 1
    sheet.set_row(row, 32)
    sheet.write_string(row, 0, "合计", head)
    sheet.write_string(row, 1, f"{content[f'{PREFIXES[lines]}loan_count']}笔", plain)
    for index, total in enumerate(totals_of(content, chosen, lines)):
        if total is not None:
            sheet.write_number(row, index, total, formats[Decimal])
    sheet.merge_range(row, 3, row, OWN_COLUMNS - 1, in_words_of(content, lines), plain)
    _signed(sheet, row + 1, content, checksum)


def _changes_sheet(book: Any, content: Mapping[str, Any], checksum: str) -> None:
    formats = formats_of(book)
    sheet, row = _filled(book, "变动", f"《{content['title']}》{CHANGES_ANNEX}", content, CHANGES, content["changes"], formats)
    _signed(sheet, row, content, checksum)


def _filled(
    book: Any, name: str, title: str, content: Mapping[str, Any], chosen: Sequence[Column], lines: Sequence[Line], formats: dict[Any, Any]
) -> tuple[Any, int]:
    """A sheet with its head and lines, and the row after them."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.merge_range(0, 0, 0, len(chosen) - 1, title, formats["title"])
    sheet.write_string(1, 0, f"报送：{content['recipient']}　填报单位：{content['bank']}　所属期：{content['quarter_label']}　金额单位：元")
    for index, column in enumerate(chosen):
        sheet.set_column(index, index, column.width)
        sheet.write_string(2, index, column.label, formats["head"])
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    for row, line in enumerate(lines, 3):
        for index, column in enumerate(chosen):
            value = column.value(line)
            write(sheet, row, index, value, formats.get(column.key) or formats.get(type(value), formats[str]))
    return sheet, 3 + len(lines)


def _signed(sheet: Any, row: int, content: Mapping[str, Any], checksum: str) -> None:
    people = f"填表人：{content.get('prepared_by', '')}　复核人：{content.get('reviewed_by', '')}　负责人：　　　　"
    sheet.write_string(row, 0, f"{people}　联系电话：{content.get('phone', '')}　填报日期：{content.get('submitted_on', '')}")
    sheet.write_string(row + 1, 0, provenance(content, checksum))
