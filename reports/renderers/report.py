"""A report of a period as PDF and as a workbook, both from the one document (domain §8)."""

import io
from decimal import Decimal
from typing import Any

import xlsxwriter

from common.export import NUMBER_FORMATS

from ..documents import Document
from ..pages import FigureTable
from .pdf import render_pdf

_FORMATS = NUMBER_FORMATS | {"times": "#,##0.00", "percent": "0.00%"}


def to_pdf(document: Document) -> bytes:
    """A4 landscape, definitions at the end, the ledger's head in the footer of every page."""
    return render_pdf("reports/pdf/report.html", {"document": document})


def to_xlsx(document: Document) -> bytes:
    """One sheet for each table, numbers as numbers, and one with the definitions."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = {kind: book.add_format({"num_format": text, "border": 1}) for kind, text in _FORMATS.items()}
        formats["text"] = book.add_format({"border": 1, "text_wrap": True})
        formats["head"] = book.add_format({"bold": True, "border": 1, "bg_color": "#F0F0F0", "align": "center", "text_wrap": True})
        formats["title"] = book.add_format({"bold": True, "font_size": 14})
        for table in document.sections:
            _table(_sheet(book, table.title.split("：")[0], document, table.title, formats), table, formats)
        sheet = _sheet(book, "口径说明", document, "口径说明", formats)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 110)
        for row, (term, meaning) in enumerate(document.definitions, 3):
            sheet.write_string(row, 0, term, formats["text"])
            sheet.write_string(row, 1, meaning, formats["text"])
    return out.getvalue()


def _sheet(book: Any, name: str, document: Document, title: str, formats: dict[str, Any]) -> Any:
    """A sheet with its three lines of heading, printed on one page's width."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, f"{document.title}：{title}", formats["title"])
    sheet.write_string(1, 0, f"项目：{document.programme}　报告期：{document.period}　金额单位：元　{document.notice}")
    sheet.set_footer(f"&L{document.ledger}&R第 &P 页 共 &N 页")
    return sheet


def _table(sheet: Any, table: FigureTable, formats: dict[str, Any]) -> None:
    for column, (label, kind) in enumerate(table.heads):
        sheet.set_column(column, column, 30 if kind == "text" else 18)
        sheet.write_string(2, column, label, formats["head"])
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(2)
    rows = [*table.rows, *([table.totals] if table.totals else [])]
    for number, row in enumerate(rows, 3):
        for column, (value, (_, kind)) in enumerate(zip(row, table.heads, strict=True)):
            if isinstance(value, (int, Decimal)):
                sheet.write_number(number, column, value, formats[kind])
            else:
                sheet.write_string(number, column, "—" if value is None else value, formats["text"])
