"""Scheduled tasks: dates in, one service call; they read the clock because nobody hands them a date."""

from datetime import date

from celery import shared_task

from common.http import now, today
from reserve.quarters import Quarter

from .services import daily, summaries


@shared_task
def run_daily(on: str | None = None) -> dict[str, dict[str, int]]:
    """The daily job up to `on` (ISO date; today when None), catching up days it missed."""
    day = _day(on)
    return {run.on.isoformat(): run.counts for run in daily.run_daily(on=day, now=now())}


@shared_task
def generate_summaries(on: str | None = None) -> int:
    """Make the summaries owed for the quarter that ended before `on`; returns how many were made."""
    day = _day(on)
    return len(summaries.generate_summaries(quarter=Quarter.of(day).previous(), on=day, now=now()))


def _day(on: str | None) -> date:
    return date.fromisoformat(on) if on else today()
