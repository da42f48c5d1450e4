"""The numbers the three administrators watch."""

from dataclasses import dataclass
from datetime import date, timedelta

from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.db.models import Count, Q

from parties.models import AuditEvent, Organisation, User
from reserve.models import JobRun, Programme
from reserve.workdays import WorkdayTable


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """What the system administrator watches."""

    programmes: int
    organisations: int
    people: int
    calendar_until: int
    last_job: date | None


def system_figures(table: WorkdayTable) -> SystemFigures:
    return SystemFigures(
        programmes=Programme.objects.count(),
        organisations=Organisation.objects.filter(is_active=True).count(),
        people=User.objects.filter(is_active=True).count(),
        calendar_until=max(table.known_years),
        last_job=JobRun.objects.filter(finished_at__isnull=False).order_by("-on").values_list("on", flat=True).first(),
    )


@dataclass(frozen=True, slots=True)
class SecurityFigures:
    """What the security administrator watches: accounts, and names or addresses locked out now."""

    active: int
    inactive: int
    locked: int
    failures_this_week: int


def security_figures(on: date) -> SecurityFigures:
    people = User.objects.aggregate(active=Count("id", filter=Q(is_active=True)), inactive=Count("id", filter=Q(is_active=False)))
    return SecurityFigures(
        active=people["active"],
        inactive=people["inactive"],
        locked=AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT).count(),
        failures_this_week=AccessFailureLog.objects.filter(attempt_time__date__gt=on - timedelta(days=7)).count(),
    )


@dataclass(frozen=True, slots=True)
class TrailFigures:
    """What the audit administrator watches."""

    events_today: int
    events_this_week: int
    failures_this_week: int


def trail_figures(on: date) -> TrailFigures:
    since = Q(at__date__gt=on - timedelta(days=7), at__date__lte=on)
    events = AuditEvent.objects.filter(since).aggregate(today=Count("id", filter=Q(at__date=on)), week=Count("id"))
    return TrailFigures(
        events_today=events["today"],
        events_this_week=events["week"],
        failures_this_week=AccessFailureLog.objects.filter(attempt_time__date__gt=on - timedelta(days=7)).count(),
    )
