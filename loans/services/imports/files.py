"""A file's way: uploaded, confirmed, checked anew, discarded. What it holds is read in the background."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from common.display import iso
from common.errors import InvalidInput
from common.lifecycle import require_version
from common.money import require_amount
from parties.enums import OFFICES
from parties.models import User
from parties.permissions import may, same_hands
from parties.services import audit
from parties.services.attachments import clean_name
from parties.services.notify import notify, people_on
from reserve.models import Programme
from reserve.permissions import require_party
from reserve.quarters import Quarter

from ...errors import FileHasErrors, FileTooLongForAll, NothingToBook, SameFile
from ...import_enums import FILE_LIFECYCLE, GRANTS, FileKind, FileStatus, RowState, TakeMode, Verdict
from ...models import ImportFile
from ...permissions import (
    require_confirm_file,
    require_discard_file,
    require_recheck_file,
    require_upload_file,
)
from ..common import lock, require_reason

ALL_LIMIT = 500
"""Rows booked in one transaction: more would keep everybody else waiting for the ledger."""


@transaction.atomic
def upload_file(
    *,
    programme: Programme,
    kind: str,
    file: "UploadedFile[Any]",
    position_on: date | None = None,
    quarter: Quarter | None = None,
    declared_count: int | None = None,
    declared_total: Decimal | None = None,
    by: User,
    on: date,
    now: datetime,
) -> ImportFile:
    """Keep a file of rows; the background reads it next.

    `position_on`: the month's last day, of balances alone; `quarter`: the one all rows lie in, of repayments and loans alone.
    `declared_total`, in yuan, and `declared_count` are what the sender says is in it.
    Writes: the file, ImportFile, audit.

    Raises:
        NotAllowed; NotFound: a foreign programme; InvalidInput: kind, programme, day, quarter or size; SameFile: it was sent before.
    """
    require_upload_file(by, kind)
    require_party(by, programme)
    _check_started(programme, kind, on)
    _check_period(kind, position_on, quarter, on)
    limit, size = settings.ATTACHMENT_MAX_BYTES, file.size or 0
    if not 0 < size <= limit:
        large = f"文件有 {size / 2**20:.1f} MB，超过上限 {limit // 2**20} MB；请拆分成几个文件分别上传。"
        raise _bad("file", large if size else "文件是空的；请重新选择。")
    row = ImportFile(
        programme=programme,
        organisation=by.organisation,
        kind=kind,
        name=clean_name(file.name or ""),
        size=size,
        sha256=_sha256(file),
        position_on=position_on,
        quarter=str(quarter or ""),
        declared_count=declared_count,
        declared_total=None if declared_total is None else require_amount(declared_total, field="declared_total", allow_zero=True),
        uploaded_by=by,
        uploaded_at=now,
    )
    row.findings = _sent_before(row)
    row.file.save(uuid4().hex, file, save=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:  # two at once
        raise SameFile(row.name) from error
    record(row, "upload", f"上传{row}（{size:,} 字节，SHA-256 {row.sha256[:12]}…）", by=by, now=now)
    return row


@transaction.atomic
def confirm_file(*, import_file: ImportFile, mode: str, version: int | None = None, by: User, on: date, now: datetime) -> ImportFile:
    """Another person takes the file as they saw it (`version`): all of it, or its good rows while the bad ones wait.

    The background books it next, of openings once an office has countersigned. Locks and writes the ImportFile; audit.

    Raises:
        NotAllowed, SamePerson, WrongState, Conflict; FileHasErrors: not all of it can be taken; NothingToBook;
        FileTooLongForAll: more rows than one transaction should hold.
    """
    row = lock(import_file)
    require_confirm_file(by, row)
    require_version(row.version, version)
    waiting = row.rows.filter(state=RowState.WAITING)
    wrong, good = waiting.filter(verdict=Verdict.ERROR).count(), waiting.exclude(verdict=Verdict.ERROR).count()
    require_takeable(row, mode, good, wrong)
    countersigned = bool(GRANTS[row.kind].countersign)
    row.status = FILE_LIFECYCLE.target("pass_on" if countersigned else "confirm", row.status)
    row.mode, row.confirmed_by, row.confirmed_at = mode, by, now
    row.rows_done, row.claimed_at, row.attempts, row.failure = row.rows_total - good, None, 0, ""
    row.version += 1
    row.save()
    left = f"，{wrong} 行有错误的等待" if wrong else ""
    summary = f"复核{row}：{TakeMode(mode).label}，{good} 行{left}"
    record(row, "confirm", summary, by=by, now=now)
    if countersigned:
        tell(row, countersigners(row, on), "to_countersign", f"待会签数据文件：{row.name}", summary, now=now)
    return row


def require_takeable(row: ImportFile, mode: str, good: int, wrong: int) -> None:
    """What of a file with so many good and wrong rows can be taken. Raises: as `confirm_file`, of the file itself."""
    if mode not in TakeMode.values:
        raise _bad("mode", "请选择采纳方式：全部采纳，或先采纳无误的行。")
    whole = bool(GRANTS[row.kind].countersign)
    if whole and mode != TakeMode.ALL:
        raise _bad("mode", f"{row.get_kind_display()}文件由双方确认，只能全部采纳。")
    if mode == TakeMode.ALL and (wrong or row.errors):
        raise FileHasErrors(wrong, whole=whole)
    if not good:
        raise NothingToBook
    if mode == TakeMode.ALL and good > ALL_LIMIT:
        raise FileTooLongForAll(good, ALL_LIMIT, whole=whole)


@transaction.atomic
def recheck_file(*, import_file: ImportFile, version: int | None = None, by: User, on: date, now: datetime) -> ImportFile:
    """Check the rows that are not booked once more: what they waited for may have been done.

    Locks and writes the ImportFile; audit. Raises: NotAllowed, WrongState, Conflict.
    """
    row = lock(import_file)
    require_recheck_file(by, row)
    require_version(row.version, version)
    row.status = FILE_LIFECYCLE.target("recheck", row.status)
    row.withdraw_confirmation()
    row.rows_done, row.attempts, row.failure = 0, 0, ""
    row.version += 1
    row.save()
    record(row, "recheck", f"重新核对{row}", by=by, now=now)
    return row


@transaction.atomic
def discard_file(*, import_file: ImportFile, reason: str, version: int | None = None, by: User, on: date, now: datetime) -> ImportFile:
    """Take a file back (officer) or refuse it (reviewer) before anything of it is booked; it may be sent again.

    Locks and writes the ImportFile; audit, notification. Raises: NotAllowed, WrongState, Conflict, InvalidInput (no reason).
    """
    row = lock(import_file)
    require_discard_file(by, row)
    require_version(row.version, version)
    if row.rows.filter(state=RowState.BOOKED).exists():
        raise InvalidInput("文件中已有行采纳，不能作废；未采纳的行不会自行采纳，可以不再处理。")
    row.discard_reason = require_reason(reason)
    row.status = FILE_LIFECYCLE.target("discard", row.status)
    row.version += 1
    row.save(update_fields=["discard_reason", "status", "version"])
    record(row, "discard", f"作废{row}", by=by, now=now, reason=row.discard_reason)
    tell(row, [row.uploaded_by], "discarded", f"数据文件已作废：{row.name}", row.discard_reason, now=now)
    return row


def record(row: ImportFile, verb: str, summary: str, *, by: User | None, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=f"import.{verb}", subject=row, summary=summary, programme=row.programme.code, **more)


def tell(row: ImportFile, people: list[User], event: str, subject: str, body: str, *, now: datetime) -> None:
    """Leave a message about a state of the file."""
    key = f"import:{row.pk}:v{row.version}:{event}"
    notify(recipients=people, key=key, subject=subject, body=body, url=row.get_absolute_url(), now=now)


def confirmers(row: ImportFile, on: date) -> list[User]:
    """Who may confirm it that day: colleagues with the grant, without the one who sent it."""
    grants = GRANTS[row.kind]
    people = [person for person in people_on([row.organisation], on) if may(person, grants.confirm)]
    return [person for person in people if not (grants.two_people and same_hands(row.uploaded_by_id, person, row.uploaded_at))]


def countersigners(row: ImportFile, on: date) -> list[User]:
    """Who may countersign it that day: reviewers of the offices."""
    offices = people_on(row.programme.organisations(*OFFICES), on)
    return [person for person in offices if may(person, GRANTS[row.kind].countersign)]


def _check_started(programme: Programme, kind: str, on: date) -> None:
    """Openings are of programmes that start mid-life, from their 启用日 on."""
    if kind != FileKind.OPENING:
        return
    if programme.started_on is None:
        raise _bad("kind", f"{programme.name}自始在本系统办理，没有启用日，不能导入期初贷款。")
    if programme.started_on > on:
        raise _bad("kind", f"项目的启用日 {programme.started_on} 尚未到，期初贷款在启用日起导入。")


def _check_period(kind: str, position_on: date | None, quarter: Quarter | None, on: date) -> None:
    if (kind == FileKind.POSITIONS) != (position_on is not None):
        said = "请填写月末日期，余额按该日日终核对。" if position_on is None else "只有月末余额文件填写月末日期，请清空。"
        raise _bad("position_on", said)
    if position_on is not None and position_on > on:
        raise _bad("position_on", f"月末日期 {position_on} 晚于今天（{on}），请核对。")
    if position_on is not None and (position_on + timedelta(days=1)).day != 1:
        raise _bad("position_on", f"{position_on} 不是月末，余额按每月最后一天的日终核对；请核对日期。")
    if quarter is not None and kind not in (FileKind.REPAYMENTS, FileKind.LOANS):
        raise _bad("quarter", "只有还款和放款借据文件填写所属季度，请清空。")


def _sent_before(row: ImportFile) -> list[dict[str, str]]:
    """The same bytes again: refused while the earlier file counts, said where it was discarded or could not be read.

    Balances of another month are another file, though not one of them may have changed.
    """
    same = {"programme": row.programme, "organisation": row.organisation, "kind": row.kind, "position_on": row.position_on}
    twins = ImportFile.objects.filter(**same, sha256=row.sha256)
    earlier = twins.order_by("-id").first()
    if earlier is None:
        return []
    standing = twins.exclude(status__in=(FileStatus.DISCARDED, FileStatus.FAILED)).first()
    if standing is not None:
        raise SameFile(standing.name, standing)
    said = f"{iso(earlier.uploaded_at)} 上传过内容完全相同的“{earlier.name}”（{earlier.get_status_display()}）。"
    return [{"code": "W014", "text": said}]


def _sha256(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _bad(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})
