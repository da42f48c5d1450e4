"""Booking a confirmed file: each row through the service that books one entered by hand, with all its checks."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from common.errors import Refusal
from parties.delegations import acting
from parties.models import User

from ...import_enums import FILE_LIFECYCLE, FileStatus, RowState, TakeMode, Verdict
from ...models import ImportFile, ImportRow
from ...rules.imports.catalogue import finding
from ...rules.imports.cells import values_of
from ...rules.imports.columns import COLUMNS
from ..common import lock
from .desk import Desk
from .desks import desk_of
from .files import record, tell

PROGRESS_EVERY = 20
PIECE = 500
"""Rows booked at a time, some ten seconds: mail and the daily job have their turn in between."""


class _RowRefused(Exception):
    def __init__(self, row: ImportRow, refusal: Refusal) -> None:
        super().__init__()
        self.row, self.refusal = row, refusal


def book_file(*, import_file: ImportFile, on: date, now: datetime) -> ImportFile:
    """Book a claimed file as it was confirmed: all in one transaction, or each good row in one of its own.

    Good rows are booked a piece at a time; what is left is claimed again, also after a run that was broken off. A row refused
    at that moment is marked with the reason: alone where good rows are taken, the whole file given back where all or nothing
    was asked.
    Locks and writes as the services of its kind, the rows and the ImportFile; audit, notification.
    """
    _load_people(import_file)
    desk = desk_of(import_file, on)
    if import_file.mode == TakeMode.ALL:
        try:
            with transaction.atomic():
                for row in _rows(_waiting(import_file)):
                    _book_row(desk, row, on=on, now=now)
                return _finish(import_file, on=on, now=now)
        except _RowRefused as stopped:
            _mark(stopped)
            return _give_back(import_file, f"第 {stopped.row.number} 行未能采纳：{stopped.refusal.message}", now)
    waiting = _waiting(import_file)
    for row in _rows(waiting[:PIECE]):
        try:
            with transaction.atomic():
                _book_row(desk, row, on=on, now=now)
        except _RowRefused as refused:
            _mark(refused)
        import_file.rows_done += 1
        if import_file.rows_done % PROGRESS_EVERY == 0:
            ImportFile.objects.filter(pk=import_file.pk).update(rows_done=import_file.rows_done)
    if len(waiting) > PIECE:
        return _pause(import_file)
    return _finish(import_file, on=on, now=now)


def _load_people(file: ImportFile) -> None:
    """Officer and reviewer as they acted: a delegate's rights are those of the moment they sent or confirmed it."""
    file.uploaded_by = acting(file.uploaded_by, timezone.localdate(file.uploaded_at), file.uploaded_at)
    if file.confirmed_by is not None and file.confirmed_at is not None:
        file.confirmed_by = acting(file.confirmed_by, timezone.localdate(file.confirmed_at), file.confirmed_at)


def _waiting(file: ImportFile) -> list[int]:
    """The rows to book, by id, in the order of the file."""
    return list(file.rows.filter(state=RowState.WAITING).exclude(verdict=Verdict.ERROR).order_by("number").values_list("pk", flat=True))


def _rows(pks: list[int]) -> Iterator[ImportRow]:
    for pk in pks:
        yield ImportRow.objects.select_related("loan").get(pk=pk)


def _book_row(desk: Desk, row: ImportRow, *, on: date, now: datetime) -> None:
    """Book a row unless another run has dealt with it meanwhile. Raises: _RowRefused."""
    fresh = lock(row)
    if fresh.state == RowState.BOOKED or fresh.verdict == Verdict.ERROR:
        return
    try:
        with transaction.atomic():
            desk.book(row, values_of(COLUMNS[desk.file.kind], row.texts), on=on, now=now)
    except Refusal as refusal:
        raise _RowRefused(row, refusal) from refusal
    row.state = RowState.BOOKED
    row.save()


def _mark(refused: _RowRefused) -> None:
    """The row waits, with the reason that kept it out."""
    row = ImportRow.objects.get(pk=refused.row.pk)
    row.findings = [*row.findings, finding("E391", refused.refusal.message)._asdict()]
    row.codes = f"{row.codes or ' '}E391 "
    row.verdict = Verdict.ERROR
    row.save(update_fields=["findings", "codes", "verdict"])


def _pause(file: ImportFile) -> ImportFile:
    """Leave the rest to whoever comes next."""
    file.claimed_at, file.attempts = None, 0
    file.save(update_fields=["claimed_at", "attempts", "rows_done"])
    return file


@transaction.atomic
def _finish(file: ImportFile, *, on: date, now: datetime) -> ImportFile:
    row = lock(file)
    if row.status != FileStatus.BOOKING:
        return row
    booked, left = row.rows.filter(state=RowState.BOOKED).count(), row.rows.filter(state=RowState.WAITING).count()
    row.status = FILE_LIFECYCLE.target("book_partly" if left else "book", row.status)
    row.rows_done, row.claimed_at = row.rows_total, None
    row.version += 1
    row.save()
    summary = f"{row}采纳完毕：已采纳 {booked} 行{f'，{left} 行有错误的等待' if left else ''}"
    record(row, "book", summary, by=None, now=now)
    tell(row, _both(row), "booked", f"数据文件已采纳：{row.name}", summary, now=now)
    return row


def give_up_booking(*, import_file: ImportFile, now: datetime) -> ImportFile:
    """A file whose booking broke off again and again waits for its people; what is booked of it stays booked."""
    return _give_back(import_file, "系统采纳时连续出错，已停止；请把文件名和时间告知系统管理员。", now)


@transaction.atomic
def _give_back(file: ImportFile, failure: str, now: datetime) -> ImportFile:
    """It waits to be confirmed again, mended or otherwise."""
    row = lock(file)
    if row.status != FileStatus.BOOKING:
        return row
    row.failure = failure[:300]
    people = _both(row)
    row.status = FILE_LIFECYCLE.target("give_back", row.status)
    row.withdraw_confirmation()
    row.version += 1
    row.save()
    record(row, "give_back", f"{row}停止采纳：{row.failure}", by=None, now=now)
    tell(row, people, "given_back", f"数据文件停止采纳：{row.name}", row.failure, now=now)
    return row


def _both(row: ImportFile) -> list[User]:
    return [person for person in (row.uploaded_by, row.confirmed_by, row.countersigned_by) if person is not None]
