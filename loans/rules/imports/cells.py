"""One line of a table as values, with what is wrong or odd about each cell. Nothing is guessed in silence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from common.errors import InvalidInput
from common.money import ZERO, format_yuan, parse_amount
from common.reading import Unclear, narrow, parse_day, parse_rate
from common.sheets.cells import Cell, CellKind, Line
from common.texts import unprintable, unprintable_sentence

from .catalogue import Finding, finding
from .columns import Column, Kind

HEADER_WITHIN = 10
"""A title may stand above the headings, but not a page of it."""

YEARS = range(1949, 2101)
"""No fact of a programme, and no founding of an enterprise, lies outside of them."""

_TOTALS = ("合计", "总计", "小计", "合 计", "总 计")
_UNIT_OF_HEADING = re.compile(r"[（(][^（）()]*[）)]|[*＊\s]")
_SAFE_DIGITS = 15  # a spreadsheet keeps no more of a number
_WIDE = re.compile(r"[\uff01-\uff5e\u3000]")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A line as it was read: `texts` as they stood, `values` as they are understood; a cell in error has no value."""

    number: int
    texts: Mapping[str, str]
    values: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        return not any(one.is_error for one in self.findings)


@dataclass(slots=True)
class Header:
    """Where each column stands. `line`: the number of the headings' line; `missing`: required columns that are nowhere."""

    line: int
    places: dict[int, Column] = field(default_factory=dict)
    missing: list[Column] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def find_header(columns: Sequence[Column], lines: Sequence[Line]) -> Header:
    """The headings among the first lines: those of the line that knows most columns."""
    known = {_plain(name): column for column in columns for name in (*column.aliases, column.label)}
    best = max(lines, key=lambda line: sum(_plain(cell.text) in known for cell in line.cells), default=Line(0, ()))
    header = Header(best.number)
    for place, cell in enumerate(best.cells):
        column = known.get(_plain(cell.text))
        if column is None and cell.text.strip():
            header.findings.append(finding("W011", f"第 {place + 1} 列“{cell.text.strip()[:40]}”不是模板的列，未读取。"))
        elif column is not None and column in header.places.values():
            header.findings.append(finding("E003", f"第 {place + 1} 列“{cell.text.strip()[:40]}”与前面的“{column.label}”是同一列。"))
        elif column is not None:
            header.places[place] = column
    header.missing = [column for column in columns if column.required and column not in header.places.values()]
    return header


def is_total(line: Line) -> bool:
    """合计: a line that sums the others up."""
    first = next((cell.text for cell in line.cells if cell.text.strip()), "")
    return narrow(first).startswith(_TOTALS)


def read_line(header: Header, line: Line, *, typed: bool) -> ReadRow:
    """The line's cells by column. `typed`: the file knows dates and numbers from texts."""
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for place, column in header.places.items():
        cell = line.cell(place)
        texts[column.key] = cell.text.strip()
        faults = list(_about(column, cell))
        if not any(fault.is_error for fault in faults):
            value, more = read_value(column, cell.text)
            faults += [*more, *_kept_as(column, cell, typed=typed, read=value is not None)]
            if value is not None:
                values[column.key] = value
        findings += faults
    return ReadRow(line.number, texts, values, tuple(findings))


def values_of(columns: Sequence[Column], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row that was kept; it was read without error before."""
    found = {column.key: read_value(column, texts.get(column.key, ""))[0] for column in columns}
    return {key: value for key, value in found.items() if value is not None}


def read_value(column: Column, text: str) -> tuple[Any, list[Finding]]:
    """What a text means in its column, None where nothing stands there or it cannot be understood."""
    text = text.strip()
    if not text:
        return None, [finding("E101", f"“{column.label}”未填写。")] if column.required else []
    value, found = _READERS[column.kind](column, text)
    if value is not None and _WIDE.search(text) and column.kind not in (Kind.TEXT, Kind.CHOICE):
        found = [*found, finding("W101", f"“{column.label}”的“{text}”含全角字符，读作“{narrow(text)}”。")]
    return value, found


def total_on(header: Header, line: Line, keys: Sequence[str]) -> Decimal | None:
    """What a total line says the rows' money is; None where it gives no figure that can be read."""
    values = {}
    for place, column in header.places.items():
        if column.key in keys and (amount := _amount(column, line.cell(place).text.strip())[0]) is not None:
            values[column.key] = amount
    return sum_of(values, keys) if values else None


def _plain(heading: str) -> str:
    return _UNIT_OF_HEADING.sub("", narrow(heading).replace("(", "（").replace(")", "）"))


def _about(column: Column, cell: Cell) -> Iterator[Finding]:
    """What is wrong with a cell whatever stands in it."""
    if cell.formula:
        yield finding("E105", f"“{column.label}”是公式{f'（显示为“{cell.text.strip()[:40]}”）' if cell.text.strip() else ''}。")
    if cell.merged:
        yield finding("E112", f"“{column.label}”是合并单元格。")
    if cell.kind == CellKind.ERROR:
        yield finding("E111", f"“{column.label}”是错误值“{cell.text}”。")


def _kept_as(column: Column, cell: Cell, *, typed: bool, read: bool) -> Iterator[Finding]:
    """A value that was understood, in a cell of the wrong kind."""
    if not typed or not read:
        return
    if column.kind == Kind.DAY and cell.kind == CellKind.TEXT:
        yield finding("W102", f"“{column.label}”的“{cell.text.strip()}”是文本，不是日期。")
    if column.kind == Kind.CODE and cell.kind == CellKind.NUMBER:
        if len(cell.text.strip()) > _SAFE_DIGITS:
            yield finding("E113", f"“{column.label}”的“{cell.text}”存成了数字，15 位以后已失真。")
        else:
            yield finding("W103", f"“{column.label}”的“{cell.text}”存成了数字。")


def _text(column: Column, text: str) -> tuple[str | None, list[Finding]]:
    if len(text) > column.longest:
        return None, [finding("E108", f"“{column.label}”最多 {column.longest} 字，现有 {len(text)} 字。")]
    if character := unprintable(text):
        return None, [finding("E108", f"“{column.label}”：{unprintable_sentence(character)}")]
    return text, []


def _code(column: Column, text: str) -> tuple[str | None, list[Finding]]:
    return _text(column, narrow(text))


def _amount(column: Column, text: str) -> tuple[Decimal | None, list[Finding]]:
    plain = narrow(text)
    if re.match(r"[¥￥]? ?[-−－]", plain) or re.fullmatch(r"\([0-9.,]+\)", plain):
        return None, [finding("E104", f"“{column.label}”的“{text}”是负数。")]
    try:
        value = parse_amount(text, allow_zero=True)
    except InvalidInput as refusal:
        code = "E103" if "两位小数" in refusal.message else "E102"
        return None, [finding(code, f"“{column.label}”：{refusal.message}")]
    unit = [finding("W104", f"“{column.label}”的“{text}”读作 {format_yuan(value)} 元。")] if re.search("[万亿]", plain) else []
    return value, unit


def _day(column: Column, text: str) -> tuple[date | None, list[Finding]]:
    try:
        day = parse_day(text)
        if day.year in YEARS:
            return day, []
        return None, [finding("E106", f"“{column.label}”的“{text[:40]}”是 {day.year} 年，请核对年份。")]
    except Unclear as unclear:
        said = {"excel": "是 Excel 的日期序列号", "nonexistent": "这一天不存在"}.get(unclear.code, "看不出是哪一天")
        return None, [finding("E107" if unclear.code == "excel" else "E106", f"“{column.label}”的“{text[:40]}”{said}。")]


def _rate(column: Column, text: str) -> tuple[Decimal | None, list[Finding]]:
    try:
        return parse_rate(text), []
    except Unclear:
        return None, [finding("E110", f"“{column.label}”的“{text[:40]}”不是 0 至 100% 之间、最多四位小数的利率。")]


def _choice(column: Column, text: str) -> tuple[str | None, list[Finding]]:
    known = {narrow(label): code for label, code in column.choices.items()}
    code = known.get(narrow(text))
    if code is None:
        return None, [finding("E109", f"“{column.label}”的“{text[:40]}”不在可选范围：{'、'.join(column.choices)}。")]
    return code, []


def _whole(column: Column, text: str) -> tuple[int | None, list[Finding]]:
    plain = re.sub(r"^第|批$", "", narrow(text))
    if not re.fullmatch(r"[0-9]{1,6}", plain):
        return None, [finding("E114", f"“{column.label}”的“{text[:40]}”不是整数。")]
    return int(plain), []


_READERS = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.AMOUNT: _amount,
    Kind.DAY: _day,
    Kind.RATE: _rate,
    Kind.CHOICE: _choice,
    Kind.WHOLE: _whole,
}


def sum_of(values: Mapping[str, Any], keys: Sequence[str]) -> Decimal:
    """The money of a row: its total where it states one, else the sum of its parts."""
    first, *parts = keys
    stated: Decimal | None = values.get(first)
    return stated if stated is not None else sum((values.get(key, ZERO) for key in parts), ZERO)
