"""Who took an enterprise's whole file with them."""

from datetime import date, datetime

from django.db import transaction

from common.errors import NotFound
from enterprises.models import Enterprise
from parties.models import User
from parties.services import audit
from reserve.models import Programme


@transaction.atomic
def record_archive(*, enterprise: Enterprise, papers: int, sha256: str, by: User, on: date, now: datetime) -> None:
    """Keep in the trail that the person took the file as a ZIP of this hash, with so many papers.

    One line for each of their programmes the enterprise is in, all of which the ZIP shows: who reads the trail of one finds it.
    Writes: audit. Raises: NotFound (an enterprise that is not theirs to see).
    """
    programmes = list(Programme.objects.visible_to(by).filter(enterprise_links__enterprise=enterprise).order_by("pk"))
    if not programmes:
        raise NotFound
    for programme in programmes:
        audit.record(
            by=by,
            now=now,
            action="enterprise.archive",
            subject=enterprise,
            summary=f"下载一企一档（截至 {on}，材料 {papers} 份，SHA-256 {sha256[:12]}…）",
            programme=programme.code,
        )
