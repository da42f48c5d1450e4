"""Notifications to people; the mail task sends them on where a mail server is configured."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from ..categories import of_key
from ..delegations import delegations_of, take_places
from ..models import Notification, NotificationPreference, Organisation, User


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
    """Leave one message for each recipient; the same `key` twice reaches a person once. Returns how many were asked for.

    Who wants none of its category (`parties.categories`) gets no row; who wants it one way, one for that way.
    Writes: Notification.
    """
    people = list(recipients)
    ways = _ways(people, key)
    rows = [
        Notification(
            recipient=person, key=key[:120], subject=subject[:120], body=body, url=url, created_at=now, in_app=in_app, by_mail=by_mail
        )
        for person in people
        for in_app, by_mail in [ways.get(person.pk, (True, True))]
        if in_app or by_mail
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(people)


def _ways(people: list[User], key: str) -> dict[int, tuple[bool, bool]]:
    """By person, whether they want messages of this key in the application and by mail, where that is not both."""
    category = of_key(key)
    if category is None:
        return {}
    found = NotificationPreference.objects.filter(user__in=people, category=category.code)
    return {row.user_id: (row.in_app or category.mandatory, row.by_mail) for row in found}
