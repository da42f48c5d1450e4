"""The quarterly summary as a table: the one description its page, PDF, XLSX and CSV are made from (domain §8)."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.display import date_cn
from common.export import safe_text
from common.money import format_yuan
from common.rates import annual_to_monthly_permille

from .. import rules
from .pdf import render_pdf

Line = Mapping[str, Any]
PREFIXES = {"lines": "", "adjustments": "adjustment_"}
OWN_COLUMNS = 1 + len(rules.SEVEN_COLUMNS)
ANNEX = "附：调整（以前季度发放、本期补报的贷款，不计入上表合计）"
CHANGES_ANNEX = "附：变动（以前季度贷款的补记还款、冲正、更正与展期）"


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


CHANGES = (
    _plain("number", "序号", width=6, align="centre"),
    _plain("kind", "事项", "kind_label", width=12, align="centre"),
    _plain("enterprise_name", rules.SEVEN_COLUMNS["enterprise_name"], width=34),
    _plain("note_no", "借据号", width=18),
    _day("fact_on", "发生日期"),
    _day("recorded_on", "入账日期"),
    _money("principal_change", "本金变动", ""),
    _plain("detail", "说明", width=60),
)


def changes(content: Mapping[str, Any]) -> list[list[Cell]]:
    """What became of loans of earlier quarters, as printed text in the order of `CHANGES`."""
    return [[Cell(column.text(line), column.align) for column in CHANGES] for line in content["changes"]]


def table(content: Mapping[str, Any], lines: str = "lines") -> Rows:
    """The lines (or the "adjustments") and their total as printed text."""
    chosen = columns(content)
    totals = totals_of(content, chosen, lines)
    return Rows(
        chosen,
        [[Cell(column.text(line), column.align) for column in chosen] for line in content[lines]],
        count=content[f"{PREFIXES[lines]}loan_count"],
        total=format_yuan(totals[2]),
        words=in_words_of(content, lines),
        added=[Cell("" if total is None else format_yuan(total), "number") for total in totals[OWN_COLUMNS:]],
    )


def totals_of(content: Mapping[str, Any], chosen: Sequence[Column], lines: str) -> list[Any]:
    """One value for each column: its sum in yuan, None for a column that is not summed."""
    return [Decimal(content[PREFIXES[lines] + column.total]) if column.total else None for column in chosen]


def in_words_of(content: Mapping[str, Any], lines: str) -> str:
    """What stands beside the sum of the loans: in words, and the declared reserve where its columns are there."""
    prefix = PREFIXES[lines]
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
            "change_columns": CHANGES,
            "changes": changes(content),
            "changes_annex": CHANGES_ANNEX,
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
        writer.writerow(["合计", *totals_of(content, chosen, lines)[1:]])
    if content["changes"]:
        writer.writerow(["变动"])
        writer.writerow([column.label for column in CHANGES])
        writer.writerows([_csv_value(column.value(line)) for column in CHANGES] for line in content["changes"])
    writer.writerow([provenance(content, checksum)])
    return ("\ufeff" + out.getvalue()).encode()


def _csv_value(value: Any) -> Any:
    return safe_text(value) if isinstance(value, str) else value
