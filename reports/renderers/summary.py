"""The quarterly summary as a table: the one description its page, PDF, XLSX and CSV are made from (domain §8)."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from common.display import date_cn
from common.export import safe_text
from common.money import format_yuan
from common.rates import annual_to_monthly_permille

from .. import rules
from .pdf import render_pdf

Line = Mapping[str, Any]
_PREFIXES = {"lines": "", "adjustments": "adjustment_"}
_OWN_COLUMNS = 1 + len(rules.SEVEN_COLUMNS)
ANNEX = "附：调整（以前季度发放、本期补报的贷款，不计入上表合计）"


@dataclass(frozen=True, slots=True)
class Column:
    """`value` gives the cell as typed data (Decimal, date, int, str), `text` as it is printed; `width` in characters.

    `total`: the key of the snapshot's sum of the column, in yuan; that of the annex has `adjustment_` before it.
    """

    key: str
    label: str
    value: Callable[[Line], Any]
    text: Callable[[Line], str]
    align: str = ""
    width: int = 14
    total: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    align: str


@dataclass(frozen=True, slots=True)
class Rows:
    """One table as printed. `added`: one cell of the total row for each column beyond the seven."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    count: int
    total: str
    words: str
    added: Sequence[Cell]


def _money(key: str, label: str, total: str) -> Column:
    return Column(key, label, lambda line: Decimal(line[key]), lambda line: format_yuan(Decimal(line[key])), "number", 16, total)


def _day(key: str, label: str) -> Column:
    return Column(key, label, lambda line: date.fromisoformat(line[key]), lambda line: str(line[key]), "centre", 12)


def _plain(key: str, label: str, source: str = "", width: int = 14, align: str = "") -> Column:
    name = source or key
    return Column(key, label, lambda line: line[name], lambda line: str(line[name]), align, width)


def _rate(unit: str) -> Column:
    if unit == "monthly_permille":

        def monthly(line: Line) -> Decimal:
            return annual_to_monthly_permille(Decimal(line["annual_rate"]))

        return Column("annual_rate", "利率（月利率‰）", monthly, lambda line: f"{monthly(line):.4f}", "number", 12)
    return Column(
        "annual_rate", "利率（年利率%）", lambda line: Decimal(line["annual_rate"]), lambda line: str(line["annual_rate"]), "number", 12
    )


def columns(content: Mapping[str, Any]) -> list[Column]:
    """Serial number, the seven columns in their order, then what the programme's setting adds."""
    labels = rules.SEVEN_COLUMNS
    chosen = [
        _plain("number", "序号", width=6, align="centre"),
        _plain("enterprise_name", labels["enterprise_name"], width=34),
        _money("amount", labels["amount"], "total_amount"),
        _day("disbursed_on", labels["disbursed_on"]),
        _day("due_on", labels["due_on"]),
        _rate(content.get("rate_unit", "annual_percent")),
        _plain("purpose", labels["purpose"], width=22),
        _plain("repayment_method", labels["repayment_method"], "repayment_method_label", width=22),
    ]
    extra = {
        "note_no": [_plain("note_no", "借据号", width=18)],
        "declared_reserve": [
            _money("declared_provincial", "申报准备金（省）", "declared_provincial"),
            _money("declared_town", "申报准备金（镇）", "declared_town"),
        ],
        "guarantee": [_plain("guarantee", "担保方式", "guarantee_label", width=10, align="centre")],
    }
    for key in content.get("extra_columns", []):
        chosen += extra[key]
    return chosen


def table(content: Mapping[str, Any], lines: str = "lines") -> Rows:
    """The lines (or the "adjustments") and their total as printed text."""
    chosen = columns(content)
    totals = _totals(content, chosen, lines)
    return Rows(
        chosen,
        [[Cell(column.text(line), column.align) for column in chosen] for line in content[lines]],
        count=content[f"{_PREFIXES[lines]}loan_count"],
        total=format_yuan(totals[2]),
        words=_in_words(content, lines),
        added=[Cell("" if total is None else format_yuan(total), "number") for total in totals[_OWN_COLUMNS:]],
    )


def _totals(content: Mapping[str, Any], chosen: Sequence[Column], lines: str) -> list[Any]:
    """One value for each column: its sum in yuan, None for a column that is not summed."""
    return [Decimal(content[_PREFIXES[lines] + column.total]) if column.total else None for column in chosen]


def _in_words(content: Mapping[str, Any], lines: str) -> str:
    """What stands beside the sum of the loans: in words, and the declared reserve where its columns are there."""
    prefix = _PREFIXES[lines]
    words = f"大写：{content[f'{prefix}total_in_words']}"
    if "declared_reserve" not in content.get("extra_columns", []):
        return words
    return f"{words}　申报准备金（推算）合计：{format_yuan(Decimal(content[f'{prefix}declared_reserve']))}"


def provenance(content: Mapping[str, Any], checksum: str) -> str:
    """The footer that ties a paper to its snapshot and to the ledger of that moment."""
    if not checksum:
        return "草稿"
    ledger = content["ledger"]
    return f"第{content['version']}版 · 校验值 {checksum} · 账簿第{ledger['sequence']}笔 {ledger['hash']}"


def to_pdf(content: Mapping[str, Any], checksum: str) -> bytes:
    """A4 landscape PDF of a snapshot (or, without checksum, of a draft marked as such)."""
    submitted = content.get("submitted_on")
    return render_pdf(
        "reports/pdf/summary.html",
        {
            "content": content,
            "frozen": bool(checksum),
            "lines": table(content),
            "adjustments": table(content, "adjustments"),
            "annex": ANNEX,
            "nil_text": rules.NIL_TEXT,
            "provenance": provenance(content, checksum),
            "submitted_on_cn": date_cn(date.fromisoformat(submitted)) if submitted else "",
        },
    )


def to_csv(content: Mapping[str, Any], checksum: str) -> bytes:
    """UTF-8 with BOM: header, lines, total; then the annex under its own header. Figures plain, as typed."""
    out = io.StringIO()
    writer = csv.writer(out)
    chosen = columns(content)
    for lines, title in (("lines", ""), ("adjustments", "调整")):
        if title and not content[lines]:
            continue
        if title:
            writer.writerow([title])
        writer.writerow([column.label for column in chosen])
        for line in content[lines]:
            writer.writerow([_csv_value(column.value(line)) for column in chosen])
        if not title and not content[lines]:
            writer.writerow([rules.NIL_TEXT])
        writer.writerow(["合计", *_totals(content, chosen, lines)[1:]])
    writer.writerow([provenance(content, checksum)])
    return ("\ufeff" + out.getvalue()).encode()


def _csv_value(value: Any) -> Any:
    return safe_text(value) if isinstance(value, str) else value


def to_xlsx(content: Mapping[str, Any], checksum: str) -> bytes:
    """One sheet as printed, amounts and dates as real numbers and dates; a second sheet for the annex where there is one."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, "申报汇总表", content, checksum, "lines")
        if content["adjustments"]:
            _sheet(book, "调整", content, checksum, "adjustments")
    return out.getvalue()


def _sheet(book: Any, name: str, content: Mapping[str, Any], checksum: str, lines: str) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#F0F0F0", "align": "center", "text_wrap": True})
    formats = {
        Decimal: book.add_format({"num_format": "#,##0.00", "border": 1}),
        date: book.add_format({"num_format": "yyyy-mm-dd", "border": 1, "align": "center"}),
    }
    rate = book.add_format({"num_format": "0.0000", "border": 1})
    plain = book.add_format({"border": 1, "text_wrap": True})
    chosen = columns(content)
    last = len(chosen) - 1
    sheet.merge_range(0, 0, 0, last, f"《{content['title']}》{'' if lines == 'lines' else ANNEX}", title)
    sheet.write_string(1, 0, f"报送：{content['recipient']}　填报单位：{content['bank']}　所属期：{content['quarter_label']}　金额单位：元")
    for index, column in enumerate(chosen):
        sheet.set_column(index, index, column.width)
        sheet.write_string(2, index, column.label, head)
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    row = 3
    for line in content[lines]:
        for index, column in enumerate(chosen):
            value = column.value(line)
            style = rate if column.key == "annual_rate" else formats.get(type(value), plain)
            _write(sheet, row, index, value, style)
        row += 1
    if not content[lines]:
        sheet.merge_range(row, 0, row, last, rules.NIL_TEXT, plain)
        row += 1
    sheet.set_row(row, 32)
    sheet.write_string(row, 0, "合计", head)
    sheet.write_string(row, 1, f"{content[f'{_PREFIXES[lines]}loan_count']}笔", plain)
    for index, total in enumerate(_totals(content, chosen, lines)):
        if total is not None:
            sheet.write_number(row, index, total, formats[Decimal])
    sheet.merge_range(row, 3, row, _OWN_COLUMNS - 1, _in_words(content, lines), plain)
    people = f"填表人：{content.get('prepared_by', '')}　复核人：{content.get('reviewed_by', '')}　负责人：　　　　"
    sheet.write_string(row + 1, 0, f"{people}　联系电话：{content.get('phone', '')}　填报日期：{content.get('submitted_on', '')}")
    sheet.write_string(row + 2, 0, provenance(content, checksum))


def _write(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, (Decimal, int)):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, value, style)
