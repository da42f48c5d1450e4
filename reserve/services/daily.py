"""The reserve's part of the daily job: reminders working day by working day, overdue matches, a missing calendar year.

It computes and tells, and decides nothing. Safe to run twice (every notice has its key) and for a day long past.
"""

from collections import Counter
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from common.display import workdays_left
from parties.enums import Role
from parties.models import User
from parties.services import notify

from ..calendar import workday_table
from ..enums import DeadlineKind, ObligationStatus
from ..models import Deadline, FundingObligation
from ..rules import reminder_due
from ..workdays import WorkdayTable
from . import obligations

CALENDAR_REMINDER_FROM = (11, 1)


def run(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: returns how many clocks reminded, matches fell overdue, administrators were asked for a calendar.

    On a day that is not worked nobody is reminded. Each object in a transaction of its own.
    """
    table = workday_table()
    counts = Counter({"reminded": 0, "overdue": 0, "calendar": 0})
    if not _is_workday(table, on):
        return dict(counts)
    running = Deadline.objects.filter(met_on__isnull=True, cancelled_on__isnull=True, starts_on__lte=on)
    for deadline in running.select_related("organisation", "programme").order_by("pk"):
        if deadline.kind == DeadlineKind.MATCH:
            counts.update(_match(deadline, table, on, now))
        else:
            counts["reminded"] += _remind(deadline, table, on, now)
    counts["calendar"] = _ask_for_calendar(table, on, now)
    return dict(counts)


def _match(deadline: Deadline, table: WorkdayTable, on: date, now: datetime) -> dict[str, int]:
    """Remind the town; once its day has passed, mark the obligation overdue, tell the town daily and the others once."""
    if on <= deadline.due_on or deadline.provisional:
        return {"reminded": int(_remind(deadline, table, on, now))}
    with transaction.atomic():
        obligation = obligations.lock(FundingObligation.objects.get(deadline=deadline).pk)
        if obligation.fulfilled_on is not None:  # arrived meanwhile
            return {}
        fell = obligations.judge(obligation=obligation, by=None, on=on, now=now)
        obligations.tell_overdue(obligation=obligation, table=table, on=on, now=now)
    return {"reminded": 1, "overdue": int(fell and obligation.status == ObligationStatus.OVERDUE)}


def _remind(deadline: Deadline, table: WorkdayTable, on: date, now: datetime) -> bool:
    left = table.workdays_between_provisional(on, deadline.due_on)[0]
    if not reminder_due(deadline.kind, left, provisional=deadline.provisional):
        return False
    when = workdays_left(left, deadline.provisional)
    notify.notify(
        recipients=people_of(deadline),
        key=f"deadline:{deadline.pk}:{on}",
        subject=f"{when}：{deadline.label}",
        body=f"{deadline.programme.name}：{deadline.label}，期限 {deadline.due_on}，{when}。",
        url=deadline.url,
        now=now,
    )
    return True


def people_of(deadline: Deadline) -> list[User]:
    """Those whose clock it is."""
    return notify.people_of([deadline.organisation])


def _ask_for_calendar(table: WorkdayTable, on: date, now: datetime) -> int:
    """From 1 November ask the administrators for next year's notice, once a week; for the current year's every working day."""
    asked = 0
    missing = [(on.year, f"{on}")]
    if (on.month, on.day) >= CALENDAR_REMINDER_FROM:
        missing.append((on.year + 1, f"W{on.isocalendar().week}"))
    for year, key in missing:
        if year not in table.known_years:
            notify.notify(
                recipients=User.objects.filter(role=Role.SYSTEM_ADMIN, is_active=True),
                key=f"calendar:{year}:{key}",
                subject=f"请录入{year}年放假安排",
                body=f"{year}年的放假安排尚未录入，涉及该年的期限都是暂定的。国务院办公厅通知发布后请及时录入。",
                url=reverse("reserve:calendar_year", args=[year]),
                now=now,
            )
            asked += 1
    return asked


def _is_workday(table: WorkdayTable, on: date) -> bool:
    """Also in a year without a notice: reminding on a guessed working day harms nobody."""
    yesterday = date.fromordinal(on.toordinal() - 1)
    return table.workdays_between_provisional(yesterday, on)[0] == 1
