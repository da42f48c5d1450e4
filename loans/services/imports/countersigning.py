"""What binds both sides is confirmed by both: an office of the other side countersigns a file the bank has confirmed, or refuses it."""

from datetime import date, datetime

from django.db import transaction

from common.lifecycle import require_version
from parties.models import User
from reserve.permissions import require_party

from ...import_enums import FILE_LIFECYCLE
from ...models import ImportFile
from ...permissions import require_countersign_file
from ..common import lock, require_reason
from .files import record, tell


@transaction.atomic
def countersign_file(*, import_file: ImportFile, version: int | None = None, by: User, on: date, now: datetime) -> ImportFile:
    """A reviewer of an office agrees to the file as they saw it (`version`); the background books it next.

    Locks and writes the ImportFile; audit. Raises: NotFound (no party of the programme), NotAllowed, WrongState, Conflict.
    """
    row = lock(import_file)
    require_countersign_file(by, row)
    require_party(by, row.programme)
    require_version(row.version, version)
    row.status = FILE_LIFECYCLE.target("countersign", row.status)
    row.countersigned_by, row.countersigned_at = by, now
    row.version += 1
    row.save()
    record(row, "countersign", f"{_office(by)}会签{row}", by=by, now=now)
    return row


@transaction.atomic
def refuse_file(*, import_file: ImportFile, reason: str, version: int | None = None, by: User, on: date, now: datetime) -> ImportFile:
    """An office does not agree: the file goes back to the bank, which checks it anew, confirms it again or takes it back.

    Locks and writes the ImportFile; audit, notification. Raises: as `countersign_file`, InvalidInput (no reason).
    """
    row = lock(import_file)
    require_countersign_file(by, row)
    require_party(by, row.programme)
    require_version(row.version, version)
    reason = require_reason(reason)
    people = [person for person in (row.uploaded_by, row.confirmed_by) if person is not None]
    row.status = FILE_LIFECYCLE.target("refuse", row.status)
    row.withdraw_confirmation()
    row.failure = f"{_office(by)}不予会签：{reason}"[:300]
    row.version += 1
    row.save()
    record(row, "refuse", f"{_office(by)}退回{row}", by=by, now=now, reason=reason)
    tell(row, people, "refused", f"数据文件未获会签：{row.name}", row.failure, now=now)
    return row


def _office(by: User) -> str:
    return by.organisation.short_name if by.organisation else ""
