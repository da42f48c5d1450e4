"""Reading the lines of a bank's statement from a file or a pasted text: 日期, 收入, 支出, 回单号, 摘要, 余额.

Nothing is guessed: a cell that cannot be read is named with its line, and then nothing of the statement is taken.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import IO, Any, Final

from common.errors import InvalidInput
from common.money import format_yuan, parse_amount
from common.reading import Unclear, narrow, parse_day
from common.sheets import Sheet, open_sheet
from common.sheets.cells import Cell, CellKind, Line
from common.texts import checked_text

from ..errors import BadStatement

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("日期", "交易日期", "记账日期", "入账日期"),
    "income": ("收入", "收入金额", "贷方", "贷方发生额", "贷方金额"),
    "expense": ("支出", "支出金额", "借方", "借方发生额", "借方金额"),
    "receipt_no": ("回单号", "回单编号", "流水号", "交易流水号"),
    "summary": ("摘要", "用途", "备注"),
    "balance": ("余额", "账户余额"),
}
REQUIRED: Final = ("day", "income", "expense")
SHORT_FORMAT: Final = dict(enumerate(HEADINGS))
_HEADER_WITHIN = 10
_SUMS = ("合计", "总计", "小计", "本期合计", "期初余额", "期末余额", "承前页", "过次页")
_MOST_MISTAKES = 20


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A movement as the bank booked it (yuan): money in or money out; `balance` after it, where the bank names it."""

    day: date
    income: Decimal | None = None
    expense: Decimal | None = None
    receipt_no: str = ""
    summary: str = ""
    balance: Decimal | None = None


def read_file(file: IO[bytes]) -> list[StatementRow]:
    """The rows of an uploaded workbook or CSV, below its headings. Raises: Unreadable, BadStatement (both name `file`)."""
    with open_sheet(file) as sheet:
        return _read(sheet, "file", headings_needed=True)


def read_text(text: str) -> list[StatementRow]:
    """The rows of a pasted text, a line each, in the short format or below headings. Raises: Unreadable, BadStatement (`lines`)."""
    with open_sheet(BytesIO(text.replace("，", ",").encode())) as sheet:
        return _read(sheet, "lines", headings_needed=False)


def _read(sheet: Sheet, field: str, *, headings_needed: bool) -> list[StatementRow]:
    start, places = _places(list(islice(sheet.lines(), _HEADER_WITHIN)))
    if not places and headings_needed:
        raise _bad(field, ["没有找到表头：前 10 行中须有一行写明 日期、收入、支出（另可有 回单号、摘要、余额）。"])
    rows, mistakes = [], []
    for line in sheet.lines():
        if line.number <= start or narrow(next((c.text for c in line.cells if c.text.strip()), "")).startswith(_SUMS):
            continue
        try:
            rows.append(_row(line, places or SHORT_FORMAT))
        except InvalidInput as mistake:
            mistakes.append(f"第 {line.number} 行：{mistake.message}")
    if mistakes:
        raise _bad(field, mistakes)
    return rows


def _places(first: Sequence[Line]) -> tuple[int, dict[int, str]]:
    """The line of the headings and which column is what; nothing where no line has those that are required."""
    known = {name: key for key, names in HEADINGS.items() for name in names}
    for line in first:
        headings = (re.sub(r"[（(][^（）()]*[）)]|[\s*]", "", narrow(cell.text)) for cell in line.cells)
        places = {place: known[heading] for place, heading in enumerate(headings) if heading in known}
        if set(REQUIRED) <= set(places.values()):
            return line.number, places
    return 0, {}


def _row(line: Line, places: Mapping[int, str]) -> StatementRow:
    values: dict[str, Any] = {}
    for place, key in places.items():
        cell = line.cell(place)
        _require_typed(cell, HEADINGS[key][0])
        value = _READERS[key](cell.text.strip()) if cell.text.strip() else None
        if value is not None:
            values[key] = value
    if "day" not in values:
        raise InvalidInput("没有日期。")
    if ("income" in values) == ("expense" in values):
        raise InvalidInput("收入、支出须填且只填一项。")
    return StatementRow(**values)


def _require_typed(cell: Cell, label: str) -> None:
    """A computed cell may show an old result, and an error none. Raises: InvalidInput."""
    if cell.formula or cell.kind == CellKind.ERROR:
        raise InvalidInput(f"“{label}”是{'公式' if cell.formula else '错误值'}；请粘贴为数值后再上传。")


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except Unclear:
        raise InvalidInput(f"“{text[:20]}”不是日期，请写成 2012-09-01。") from None


def _movement(text: str) -> Decimal | None:
    """An amount; banks print 0 or a dash where there is none."""
    plain = narrow(text)
    if plain in ("-", "—", "–") or re.fullmatch(r"0+(\.0+)?", plain):
        return None
    return parse_amount(text)


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "day": _day,
    "income": _movement,
    "expense": _movement,
    "receipt_no": lambda text: checked_text("receipt_no", "回单号", narrow(text), 40, printed=False),
    "summary": lambda text: checked_text("summary", "摘要", text, 200, printed=False),
    "balance": lambda text: parse_amount(text, allow_zero=True),
}


def check_rows(rows: Sequence[StatementRow], *, first: date, last: date, opening: Decimal, field: str = "lines") -> None:
    """Days within the period, and the bank's own running balance. Raises: BadStatement, naming each row by its place."""
    mistakes, balance = [], opening
    for place, row in enumerate(rows, 1):
        balance += (row.income or Decimal(0)) - (row.expense or Decimal(0))
        if not first <= row.day <= last:
            mistakes.append(f"第 {place} 笔的日期 {row.day} 不在 {first} 至 {last} 之间。")
        if row.balance is not None and row.balance != balance:
            mistakes.append(f"第 {place} 笔之后的余额应为 {format_yuan(balance)} 元，对账单写的是 {format_yuan(row.balance)} 元。")
            balance = row.balance
    if mistakes:
        raise _bad(field, mistakes)


def _bad(field: str, mistakes: Iterable[str]) -> BadStatement:
    sentences = list(mistakes)
    more = [f"另有 {len(sentences) - _MOST_MISTAKES} 处。"] if len(sentences) > _MOST_MISTAKES else []
    shown = [*sentences[:_MOST_MISTAKES], *more]
    return BadStatement(f"对账单明细有 {len(sentences)} 处错误：{shown[0]}请更正后重新提交。", fields={field: shown})
