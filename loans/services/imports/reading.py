"""Reading a file into rows with their verdicts, chunk by chunk, so that progress is seen and memory stays small."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from common.money import ZERO, format_yuan
from common.sheets import Sheet, Unreadable, open_sheet
from common.sheets.cells import Line

from ...import_enums import FILE_LIFECYCLE, FileStatus, RowState
from ...models import ImportFile, ImportRow
from ...rules.imports.catalogue import Finding, finding, verdict_of
from ...rules.imports.cells import HEADER_WITHIN, Header, ReadRow, find_header, is_total, read_line, sum_of, total_on
from ...rules.imports.columns import COLUMNS
from ..common import lock
from .desk import Checked, Desk
from .desks import desk_of
from .files import confirmers, record, tell

CHUNK = 500
DATA_SHEET, HELP_SHEET = "数据", "填写说明"
"""The sheets of a template: the one that is read, the one that is not."""

Item = TypeVar("Item")


class _Unusable(Exception):
    """A file of which no row can be read."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings


@dataclass(slots=True)
class _Sums:
    """What the data lines add up to, and what a total line says they should."""

    count: int = 0
    total: Decimal = ZERO
    unread: int = 0
    stated: Decimal | None = None
    hidden: list[int] = field(default_factory=list)
    total_lines: list[int] = field(default_factory=list)


def read_file(*, import_file: ImportFile, on: date, now: datetime) -> ImportFile:
    """Read a claimed file and check every row that is not booked yet; then it waits for its confirmation.

    Writes the rows in chunks, each its own transaction, with the progress; at last status, findings, audit, notifications.
    A file that cannot be read is marked failed and says why; nothing is raised for it.
    """
    booked = dict(import_file.rows.filter(state=RowState.BOOKED).values_list("number", "texts"))
    import_file.rows.filter(state=RowState.WAITING).delete()
    said = [Finding(**one) for one in import_file.findings if one["code"] == "W014"]
    try:
        with import_file.file.open("rb") as stored, open_sheet(stored, prefer=DATA_SHEET, ignore=frozenset({HELP_SHEET})) as sheet:
            import_file.origin = sheet.origin
            header = _header(import_file, sheet)
            said += [*header.findings, *_beside(sheet)]
            said += _read_rows(import_file, sheet, header, booked.keys(), on)
    except Unreadable as unreadable:
        return _fail(import_file, [*said, finding("E001", unreadable.message)], now)
    except _Unusable as unusable:
        return _fail(import_file, [*said, *unusable.findings], now)
    return _previewed(import_file, said, now)


def give_up_reading(*, import_file: ImportFile, now: datetime) -> ImportFile:
    """A file that broke its reading again and again is marked failed."""
    return _fail(import_file, [finding("E001", "系统读取时连续出错，已停止；请把文件名和时间告知系统管理员。")], now)


def _header(file: ImportFile, sheet: Sheet) -> Header:
    """The headings, and how many lines stand below them. Raises: _Unusable."""
    first = list(islice(sheet.lines(), HEADER_WITHIN))
    header = find_header(COLUMNS[file.kind], first)
    if header.missing:
        missing = "、".join(column.label for column in header.missing)
        raise _Unusable(finding("E002", f"没有找到这些列：{missing}（在前 {HEADER_WITHIN} 行中寻找表头）。"))
    if any(one.is_error for one in header.findings):
        raise _Unusable(*header.findings)
    file.rows_total = sum(1 for line in sheet.lines() if line.number > header.line and not is_total(line))
    if not file.rows_total:
        raise _Unusable(*header.findings, finding("E004", f"表头（第 {header.line} 行）以下没有数据。"))
    ImportFile.objects.filter(pk=file.pk).update(rows_total=file.rows_total, rows_done=0)
    return header


def _beside(sheet: Sheet) -> Iterator[Finding]:
    """What the workbook holds besides."""
    if sheet.others:
        yield finding("W012", f"读取的是{sheet.origin}；未读取：{'、'.join(sheet.others)}。")
    if sheet.hidden_columns:
        yield finding("W013", f"有 {len(sheet.hidden_columns)} 列是隐藏的。")


def _read_rows(file: ImportFile, sheet: Sheet, header: Header, booked: Iterable[int], on: date) -> list[Finding]:
    """Rows into the database; returns what is to be said of the file as a whole."""
    desk, sums, done = desk_of(file, on), _Sums(), frozenset(booked)
    lines = _data_lines(sheet, header, sums, desk.sums)
    for chunk in _chunks(lines, CHUNK):
        rows = [read_line(header, line, typed=sheet.typed) for line in chunk]
        _add(sums, rows, desk)
        fresh = [row for row in rows if row.number not in done]
        desk.meet(rows)
        desk.prepare([row for row in fresh if row.usable])
        kept = [_kept(file, row, desk.check(row) if row.usable else Checked()) for row in fresh]
        with transaction.atomic():
            ImportRow.objects.bulk_create(kept)
            ImportFile.objects.filter(pk=file.pk).update(rows_done=sums.count)
    return [*_of_the_whole(file, sums, desk), *desk.finish()]


def _data_lines(sheet: Sheet, header: Header, sums: _Sums, keys: tuple[str, ...]) -> Iterator[Line]:
    for line in sheet.lines():
        if line.number <= header.line:
            continue
        if is_total(line):
            sums.total_lines.append(line.number)
            stated = total_on(header, line, keys)
            sums.stated = stated if stated is not None else sums.stated
            continue
        if line.hidden:
            sums.hidden.append(line.number)
        yield line


def _add(sums: _Sums, rows: Iterable[ReadRow], desk: Desk) -> None:
    for row in rows:
        sums.count += 1
        if not desk.sums:
            continue
        sums.total += sum_of(row.values, desk.sums)
        sums.unread += any(row.texts.get(key) and key not in row.values for key in desk.sums)


def _of_the_whole(file: ImportFile, sums: _Sums, desk: Desk) -> Iterator[Finding]:
    """Hidden and total lines, and the figures that were declared."""
    if sums.hidden:
        yield finding("W013", f"有 {len(sums.hidden)} 行是隐藏的：第 {_listed(sums.hidden)} 行。")
    if sums.total_lines:
        yield finding("W015", f"第 {_listed(sums.total_lines)} 行是合计行。")
    if file.declared_count is not None and file.declared_count != sums.count:
        yield finding("E022", f"申报 {file.declared_count:,} 行，文件有 {sums.count:,} 行。")
    declared = file.declared_total if file.declared_total is not None else sums.stated
    if declared is not None and desk.sums and declared != sums.total:
        unread = f"（{sums.unread} 行的金额无法识别，未计入）" if sums.unread else ""
        yield finding("E021", f"申报合计 {format_yuan(declared)} 元，各行合计 {format_yuan(sums.total)} 元{unread}。")


def _kept(file: ImportFile, row: ReadRow, checked: Checked) -> ImportRow:
    found = [*row.findings, *checked.findings]
    codes = " ".join(dict.fromkeys(one.code for one in found))
    return ImportRow(
        file=file,
        number=row.number,
        texts=row.texts,
        words=" ".join(filter(None, row.texts.values())),
        verdict=verdict_of(found),
        findings=[one._asdict() for one in found],
        codes=f" {codes} " if codes else "",
        loan=checked.loan,
    )


@transaction.atomic
def _previewed(file: ImportFile, said: list[Finding], now: datetime) -> ImportFile:
    """The file waits for its confirmation, unless somebody else has taken it up meanwhile."""
    row = lock(file)
    if row.status != FileStatus.READING or row.claimed_at != file.claimed_at:
        return row
    row.status = FILE_LIFECYCLE.target("preview", row.status)
    row.origin, row.findings, row.rows_done = file.origin, [one._asdict() for one in said], row.rows_total
    row.claimed_at = None
    row.version += 1
    row.save()
    wrong = row.rows.filter(verdict="error").count()
    summary = f"核对完毕{row}：{row.rows_total} 行，{wrong} 行有错误"
    record(row, "read", summary, by=None, now=now)
    tell(row, [row.uploaded_by], "previewed", f"数据文件已核对：{row.name}", summary, now=now)
    tell(row, confirmers(row, timezone.localdate(now)), "to_confirm", f"待复核数据文件：{row.name}", summary, now=now)
    return row


@transaction.atomic
def _fail(file: ImportFile, said: list[Finding], now: datetime) -> ImportFile:
    row = lock(file)
    if row.status != FileStatus.READING or row.claimed_at != file.claimed_at:
        return row
    row.status = FILE_LIFECYCLE.target("fail", row.status)
    row.origin, row.findings, row.claimed_at = file.origin, [one._asdict() for one in said], None
    row.failure = next((one.text for one in said if one.is_error), "")[:300]
    row.version += 1
    row.save()
    record(row, "fail", f"{row}无法读取：{row.failure}", by=None, now=now)
    tell(row, [row.uploaded_by], "failed", f"数据文件无法读取：{row.name}", row.failure, now=now)
    return row


def _chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _listed(numbers: list[int], most: int = 20) -> str:
    return "、".join(map(str, numbers[:most])) + ("等" if len(numbers) > most else "")
