"""Every clock of the domain: opened with its due day, met, cancelled, computed again when a year's notice comes."""

from datetime import date
from typing import Any

from django.db import models, transaction

from parties.models import Organisation

from ..calendar import workday_table
from ..enums import DeadlineKind
from ..models import Deadline, Programme
from ..workdays import WorkdayTable


@transaction.atomic
def open_deadline(
    *,
    programme: Programme,
    kind: DeadlineKind,
    organisation: Organisation,
    subject: models.Model,
    label: str,
    url: str,
    starts_on: date,
    workdays: int | None = None,
    due_on: date | None = None,
) -> Deadline:
    """Start the clock of `subject`: due `workdays` working days after `starts_on`, or on the day `due_on`.

    A working day in a year without a notice is provisional and says so. Opening the same clock again (a paper returned,
    a date corrected) restarts its row. Writes Deadline.
    """
    provisional = False
    if workdays is not None and due_on is None:
        due_on, provisional = workday_table().add_workdays_provisional(starts_on, workdays)
    elif workdays is not None or due_on is None:
        raise ValueError("a deadline has either a number of working days or a day")
    row, _ = Deadline.objects.update_or_create(
        programme=programme,
        organisation=organisation,
        kind=kind,
        **_about(subject),
        defaults={
            "label": label[:200],
            "url": url,
            "starts_on": starts_on,
            "workdays": workdays,
            "due_on": due_on,
            "provisional": provisional,
            "met_on": None,
            "late_workdays": 0,
            "cancelled_on": None,
        },
    )
    return row


@transaction.atomic
def meet_deadline(
    *, on: date, kind: DeadlineKind | None = None, subject: models.Model | None = None, deadline: Deadline | None = None
) -> Deadline | None:
    """Stop the clock, named by kind and subject or itself: done on `on`, with the working days it is late.

    None when no such clock runs. Where several organisations have the same clock, all of theirs stop, and the first is
    returned. Writes Deadline.
    """
    rows = _running(kind, subject, deadline)
    for row in rows:
        row.met_on = on
        row.late_workdays = late_workdays(workday_table(), row.due_on, on)
        row.save(update_fields=["met_on", "late_workdays"])
    return rows[0] if rows else None


@transaction.atomic
def cancel_deadline(
    *, on: date, kind: DeadlineKind | None = None, subject: models.Model | None = None, deadline: Deadline | None = None
) -> Deadline | None:
    """Stop the clock because nothing is owed any more; as `meet_deadline` otherwise."""
    rows = _running(kind, subject, deadline)
    for row in rows:
        row.cancelled_on = on
        row.save(update_fields=["cancelled_on"])
    return rows[0] if rows else None


def late_workdays(table: WorkdayTable, due_on: date, on: date) -> int:
    """Working days after the due day up to and including `on`; 0 when in time."""
    return max(0, table.workdays_between_provisional(due_on, on)[0]) if on > due_on else 0


def _running(kind: DeadlineKind | None, subject: models.Model | None, deadline: Deadline | None) -> list[Deadline]:
    rows = Deadline.objects.select_for_update(no_key=True).filter(met_on__isnull=True, cancelled_on__isnull=True)
    if deadline is not None:
        return list(rows.filter(pk=deadline.pk))
    if kind is None or subject is None:
        raise ValueError("name the clock by kind and subject, or by itself")
    return list(rows.filter(kind=kind, **_about(subject)).order_by("id"))


def _about(subject: models.Model) -> dict[str, Any]:
    return {"subject_type": subject._meta.label_lower, "subject_id": subject.pk}
