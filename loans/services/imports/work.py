"""What the background takes up: the rows say what is to be done, so that a lost message costs time and nothing else."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ...import_enums import FILE_LIFECYCLE, IN_WORK, FileStatus
from ...models import ImportFile
from .booking import book_file, give_up_booking
from .reading import give_up_reading, read_file

TAKEN_OVER_AFTER = timedelta(minutes=15)
"""A claim this old is of a worker that died: neither reading nor a piece of booking takes so long."""

MOST_ATTEMPTS = 3


def work_next(*, on: date, now: datetime) -> bool:
    """Read the oldest file that waits for it, or book a piece of it; whether there was one."""
    file = _claim(now)
    if file is None:
        return False
    reading = file.status == FileStatus.READING
    if file.attempts > MOST_ATTEMPTS:
        (give_up_reading if reading else give_up_booking)(import_file=file, now=now)
        return True
    try:
        (read_file if reading else book_file)(import_file=file, on=on, now=now)
    except Exception:  # a mistake of ours or of the machine: tried again at once, and not for ever
        ImportFile.objects.filter(pk=file.pk).update(claimed_at=None)
        raise
    return True


@transaction.atomic
def _claim(now: datetime) -> ImportFile | None:
    """Take a file up, so that no other worker does."""
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - TAKEN_OVER_AFTER)
    file: ImportFile | None = (
        ImportFile.objects.select_for_update(skip_locked=True, no_key=True).filter(free, status__in=IN_WORK).order_by("id").first()
    )
    if file is None:
        return None
    if file.status != FileStatus.BOOKING:
        file.status = FILE_LIFECYCLE.target("read", file.status)
    file.claimed_at = now
    file.attempts += 1
    file.save(update_fields=["status", "claimed_at", "attempts"])
    return file
