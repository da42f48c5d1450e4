"""Files as a bank's clerk makes them, sent and worked on to where a test wants them."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from loans.models import ImportFile, ImportRow
from loans.services import imports
from parties.models import User
from tests.factories import World, on
from tests.support.workbooks import workbook

REPAYMENT_HEADS = ("借据号", "还款日期", "归还本金", "支付利息", "支付罚息", "回单号")


def csv_bytes(rows: Sequence[Sequence[Any]], *, encoding: str = "gbk") -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode(encoding)


def send(
    world: World, rows: Sequence[Sequence[Any]] | bytes, *, day: date, kind: str = "repayments", by: User | None = None, **more: Any
) -> ImportFile:
    """Uploaded, not yet read. Rows become a workbook."""
    content = rows if isinstance(rows, bytes) else workbook(rows)
    file = SimpleUploadedFile(more.pop("name", "还款明细.xlsx"), content)
    return imports.upload_file(programme=world.programme, kind=kind, file=file, **more, by=by or world.bank, **on(day))


def work(day: date) -> None:
    """All the background has to do."""
    while imports.work_next(**on(day)):
        pass


def preview(world: World, rows: Sequence[Sequence[Any]] | bytes, *, day: date, **more: Any) -> ImportFile:
    """Uploaded and read."""
    file = send(world, rows, day=day, **more)
    work(day)
    file.refresh_from_db()
    return file


def confirm(world: World, file: ImportFile, *, day: date, mode: str = "good", by: User | None = None) -> ImportFile:
    """Confirmed by the reviewer and booked."""
    imports.confirm_file(import_file=file, mode=mode, version=file.version, by=by or world.bank2, **on(day))
    work(day)
    file.refresh_from_db()
    return file


def codes(file: ImportFile) -> list[list[str]]:
    """The numbers of each row's exceptions, in the order of the file."""
    return [row.codes.split() for row in file.rows.order_by("number")]


def said(file: ImportFile) -> list[str]:
    """The numbers of the file's own exceptions."""
    return [one["code"] for one in file.findings]


def only_row(file: ImportFile) -> ImportRow:
    return file.rows.get()
