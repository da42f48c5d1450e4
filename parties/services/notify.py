"""Notifications to people; the mail task sends them on where a mail server is configured."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from ..delegations import delegations_of, take_places
from ..models import Notification, Organisation, User


def people_of(organisations: Iterable[Organisation]) -> list[User]:
    """Everyone who works in these organisations: officers and reviewers, not viewers and service accounts."""
    return list(_people(organisations))


def people_on(organisations: Iterable[Organisation], on: date) -> list[User]:
    """`people_of` with the places they take that day: for who asks for a role or a permission. One statement."""
    return [take_places(person, person.found, on) for person in _people(organisations).annotate(found=delegations_of("pk"))]


def _people(organisations: Iterable[Organisation]) -> Any:
    wanted = User.objects.filter(organisation__in=list(organisations), is_active=True, is_service=False, role__in=("officer", "reviewer"))
    return wanted.select_related("organisation")


def notify(*, recipients: Iterable[User], key: str, subject: str, body: str = "", url: str = "", now: datetime) -> int:
    """Leave one message for each recipient; the same `key` twice reaches a person once. Returns how many were asked for."""
    rows = [
        Notification(recipient=person, key=key[:120], subject=subject[:120], body=body, url=url, created_at=now) for person in recipients
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
