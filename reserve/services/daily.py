"""The reserve's part of the daily job: reminders working day by working day, overdue matches, a missing calendar year.

It computes and tells, and decides nothing. Safe to run twice (every notice has its key) and for a day long past.
"""

from collections.abc import Mapping
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
from .jobs import work_through

CALENDAR_REMINDER_FROM = (11, 1)


def chase_deadlines(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: clocks `reminded` of, matches that fell `overdue`. On a day that is not worked nobody is reminded.

    Each in a transaction of its own.

    Raises:
        SomeFailed.
    """
    table = workday_table()
    if not _is_workday(table, on):
        return {}
    running = Deadline.objects.filter(met_on__isnull=True, cancelled_on__isnull=True, starts_on__lte=on)
    return work_through(
        running.select_related("organisation", "programme").order_by("pk"),
        lambda deadline: _chase(deadline, table, on, now),
        lambda deadline: f"{deadline.programme.code} {deadline.label}",
    )


@transaction.atomic
def _chase(deadline: Deadline, table: WorkdayTable, on: date, now: datetime) -> Mapping[str, int]:
    """Remind whose clock it is; once a match's day has passed, mark it overdue, tell the town daily and the others once."""
    if deadline.kind != DeadlineKind.MATCH or on <= deadline.due_on or deadline.provisional:
        return {"reminded": 1} if _remind(deadline, table, on, now) else {}
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


def ask_for_calendar(on: date, now: datetime) -> dict[str, int]:
    """From 1 November ask the administrators for next year's notice, once a week; for the current year's every working day."""
    table = workday_table()
    if not _is_workday(table, on):
        return {}
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
    return {"calendar": asked}


def _is_workday(table: WorkdayTable, on: date) -> bool:
    """Also in a year without a notice: reminding on a guessed working day harms nobody."""
    yesterday = date.fromordinal(on.toordinal() - 1)
    return table.workdays_between_provisional(yesterday, on)[0] == 1
