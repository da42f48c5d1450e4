"""The recorded decision that ends a programme."""

from datetime import date, datetime

from django.db import transaction

from common.texts import checked_text
from parties.models import User
from parties.permissions import require
from parties.services import audit, notify

from ...enums import PROGRAMME_LIFECYCLE, DeadlineKind
from ...models import Deadline, Programme
from ...permissions import require_party
from ..guards import lock_programme
from .common import refuse


@transaction.atomic
def end_programme(*, programme: Programme, ended_on: date, reason: str, by: User, on: date, now: datetime) -> Programme:
    """Record the decision that ended the programme. Clocks of matches still owed stop; what was lent goes on to its end.

    Locks the programme; writes its status, cancels open match deadlines, audit event, notices to all parties.

    Raises:
        NotAllowed; NotFound; WrongState; BadProgramme: a date in the future or before the agreement; InvalidInput: no reason.
    """
    require(by, "programme.end")
    programme = lock_programme(programme.pk)
    require_party(by, programme)
    target = PROGRAMME_LIFECYCLE.target("end", programme.status)
    reason = checked_text("reason", "终止依据", reason, 200, printed=False)
    if not programme.agreement_signed_on <= ended_on <= on:
        refuse("ended_on", f"终止日 {ended_on} 应在协议签署日（{programme.agreement_signed_on}）与今天（{on}）之间；请核对。")
    programme.status, programme.ended_on, programme.end_reason, programme.ended_by = target, ended_on, reason, by
    programme.save(update_fields=["status", "ended_on", "end_reason", "ended_by"])
    owed = Deadline.objects.filter(programme=programme, kind=DeadlineKind.MATCH, met_on__isnull=True, cancelled_on__isnull=True).update(
        cancelled_on=on
    )
    audit.record(
        by=by,
        now=now,
        action="programme.end",
        subject=programme,
        programme=programme.code,
        summary=f"项目“{programme.name}”于 {ended_on} 终止" + (f"，{owed} 项未履行的配套义务停止计时" if owed else ""),
        changes={"终止日": (None, ended_on)},
        reason=reason,
    )
    notify.notify(
        recipients=notify.people_of(programme.organisations()),
        key=f"programme-ended:{programme.pk}",
        subject=f"项目终止：{programme.name}",
        body=f"{programme.name}已于 {ended_on} 终止，不再新增推荐与贷款。依据：{reason}",
        url=programme.get_absolute_url(),
        now=now,
    )
    return programme
