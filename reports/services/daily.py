"""The daily job: every app's dated work, one day after another, each day once (domain §3, last paragraph).

It computes, reminds and marks what a date alone decides; it closes, cancels and writes off nothing.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from enterprises.services import daily as enterprises_daily
from loans.services import daily as loans_daily
from loans.services.risk import count_risk
from reserve.models import JobRun
from reserve.services import daily as reserve_daily
from reserve.services.jobs import SomeFailed

from .summaries import generate_missing

logger = logging.getLogger(__name__)

JOB = "daily"
TRIED_AGAIN = timedelta(days=31)
"""How far back a run looks for days that failed; an older one is worked again by a run up to its own day."""

Counts = Mapping[str, int]


def _summaries(*, on: date, now: datetime) -> Counts:
    return {"summaries_generated": len(generate_missing(on=on, now=now))}


STEPS: dict[str, Callable[..., Counts]] = {
    "deadlines": reserve_daily.chase_deadlines,
    "calendar": reserve_daily.ask_for_calendar,
    "recommendations": enterprises_daily.tell_of_recommendations,
    "certificates": enterprises_daily.tell_of_certificates,
    "lines": loans_daily.lapse_lines,
    "loans": loans_daily.assess_loans,
    "risk": count_risk,
    "summaries": _summaries,
}


def run_daily(*, on: date, now: datetime) -> list[JobRun]:
    """Work through every day not worked yet, up to and including `on`; returns the days' rows, oldest first.

    The first run ever takes `on` alone. A day of the last `TRIED_AGAIN` is worked again while it is unfinished or had
    failures; every step is safe to repeat. A step that raises is kept in the day's `failures` and stops no other step.
    """
    return [_run_day(day, now) for day in _days(on)]


def _days(on: date) -> list[date]:
    """Days to work again, then those after the last one worked: all in order."""
    rows = JobRun.objects.filter(job=JOB, on__lte=on)
    last = rows.order_by("-on").values_list("on", flat=True).first()
    first_new = on if last is None else last + timedelta(days=1)
    undone = rows.filter(on__gt=on - TRIED_AGAIN).exclude(finished_at__isnull=False, failures=[])
    again = undone.order_by("on").values_list("on", flat=True)
    return [*again, *(first_new + timedelta(days=number) for number in range((on - first_new).days + 1))]


def _run_day(day: date, now: datetime) -> JobRun:
    run, _ = JobRun.objects.update_or_create(job=JOB, on=day, defaults={"started_at": now, "finished_at": None})
    counts: dict[str, int] = {}
    failures: list[str] = []
    for name, step in STEPS.items():
        try:
            counts.update(step(on=day, now=now))
        except SomeFailed as partly:
            counts.update(partly.counts)
            failures += partly.failures
        except Exception as error:  # one failing step must not keep the others' reminders from anyone
            logger.exception("daily job: %s on %s failed", name, day)
            failures.append(f"{name}: {type(error).__name__}: {error}")
    run.counts, run.failures, run.finished_at = counts, failures, now
    run.save()
    return run
