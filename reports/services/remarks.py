"""Remarks of the provincial centre on single lines of a summary under review (批注)."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from common.errors import WrongState
from common.texts import checked_text
from parties.models import User
from parties.permissions import require
from parties.services import audit

from .. import rules
from ..enums import REVIEWED, SummaryStatus
from ..errors import UnknownLine
from ..models import QuarterlySummary, SummaryRemark
from ..selectors.summaries import document
from ..selectors.summary_review import declared_lines


@transaction.atomic
def remark_summary(*, summary: QuarterlySummary, remarks: Mapping[str, str], by: User, on: date, now: datetime) -> QuarterlySummary:
    """The person's remarks on lines of a version under review, by 借据号; "" withdraws what they had said of that line, a line that is
    not named keeps it. The bank reads them when the version is returned.

    Locks the summary. Writes remarks, audit.

    Raises:
        NotAllowed, WrongState; UnknownLine; InvalidInput: a text of more than `LONGEST_REMARK` characters.
    """
    locked: QuarterlySummary = QuarterlySummary.objects.select_for_update(of=("self",)).select_related("programme").get(pk=summary.pk)
    require(by, "summary.remark")
    if locked.status not in REVIEWED:
        allowed = [str(SummaryStatus(status).label) for status in REVIEWED]
        raise WrongState.of("申报汇总表", status=locked.get_status_display(), action="批注", allowed=allowed)
    write_remarks(locked, remarks, by, now)
    return locked


def write_remarks(summary: QuarterlySummary, remarks: Mapping[str, str], by: User, now: datetime) -> None:
    """As `remark_summary`, of a locked summary whose status and person have been checked."""
    known = {line["note_no"] for line in declared_lines(document(summary))}
    own = {row.note_no: row for row in summary.remarks.filter(written_by=by, withdrawn_at__isnull=True)}
    for note_no, given in remarks.items():
        if note_no not in known:
            sentence = f"本版汇总表中没有借据“{note_no}”，不能批注；请按表中的借据号填写。"
            raise UnknownLine(sentence, fields={"remarks": [sentence]})
        text = checked_text("remarks", f"借据 {note_no} 的批注", given, rules.LONGEST_REMARK, required=False, printed=False)
        _write(summary, note_no, own.get(note_no), text, by, now)


def _write(summary: QuarterlySummary, note_no: str, standing: SummaryRemark | None, text: str, by: User, now: datetime) -> None:
    if text == (standing.text if standing else ""):
        return
    if standing is not None:
        standing.withdrawn_at = now
        standing.save(update_fields=["withdrawn_at"])
    if text:
        SummaryRemark.objects.create(summary=summary, note_no=note_no, text=text, written_by=by, written_at=now)
    # The trail is read by the bank too: what was said reaches it with the return, not before.
    said = ("改写批注" if standing else "批注") if text else "撤销批注"
    audit.record(
        by=by, now=now, action="summary.remark", subject=summary, programme=summary.programme.code, summary=f"{said}：借据 {note_no}"
    )
