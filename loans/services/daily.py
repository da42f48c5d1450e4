"""The loans' part of the daily job. Reminders of expiries and maturities are the deadlines' own (`reserve.services.daily`)."""

from datetime import date, datetime

from django.db import transaction

from common.money import format_yuan
from parties.enums import Role
from reserve.enums import DeadlineKind
from reserve.models import Deadline
from reserve.services.deadlines import cancel_deadline

from ..models import CreditLine
from .common import tell_bank


def run(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: the clocks of lines whose validity has passed stop, and their bank is told what was not drawn.

    The line itself lapses by its date alone. Safe to run twice; each line in a transaction of its own.
    """
    clocks = Deadline.objects.filter(kind=DeadlineKind.APPROVAL_EXPIRY, due_on__lt=on, met_on__isnull=True, cancelled_on__isnull=True)
    lapsed = list(clocks.order_by("pk").values_list("subject_id", flat=True))
    for line_id in lapsed:
        _lapse(line_id, on, now)
    return {"lapsed": len(lapsed)}


@transaction.atomic
def _lapse(line_id: int, on: date, now: datetime) -> None:
    line = CreditLine.objects.with_drawn().select_related("bank", "recommendation").get(pk=line_id)
    cancel_deadline(kind=DeadlineKind.APPROVAL_EXPIRY, subject=line, on=on)
    tell_bank(
        line.bank,
        Role.OFFICER,
        key=f"approval:{line.pk}:lapsed",
        subject=f"授信用款期限已过：{line.recommendation.enterprise_name}",
        body=f"用款期限至 {line.valid_until}，未用 {format_yuan(line.undrawn)} 元不能再提用；如仍需贷款请重新推荐、审批。",
        url=line.get_absolute_url(),
        now=now,
    )
