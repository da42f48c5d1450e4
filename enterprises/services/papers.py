"""Scans of the papers that belong to a recommendation or a batch (domain §3.5: the sealed paper remains the original)."""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from common.errors import NotFound
from parties.models import Attachment, User
from parties.services.attachments import store_attachment

from ..models import Batch, Recommendation
from ..permissions import check_paper


@transaction.atomic
def add_paper(*, subject: Recommendation | Batch, kind: str, file: "UploadedFile[Any]", by: User, on: date, now: datetime) -> Attachment:
    """Keep a scan with its recommendation or batch; `kind` says in Chinese which paper it is.

    Locks the subject; writes the file, Attachment, audit. Raises: NotAllowed, NotFound, WrongOffice, BadAttachment.
    """
    rows: Any = type(subject)._default_manager
    found = rows.select_for_update(of=("self",)).visible_to(by).select_related("programme").filter(pk=subject.pk).first()
    if found is None:
        raise NotFound
    check_paper(found, user=by, on=on)
    return store_attachment(subject=found, kind=kind, file=file, by=by, on=on, now=now, programme=found.programme.code)
