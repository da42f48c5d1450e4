"""Reading one's notifications. What the session counted as unread is counted again after each."""

from datetime import date, datetime

from ..models import Notification, User


def mark_read(*, notification: Notification, by: User, on: date, now: datetime) -> Notification:
    """Mark one's own message as read; the first reading counts. Writes: Notification."""
    Notification.objects.visible_to(by).filter(pk=notification.pk, read_at__isnull=True).update(read_at=now)
    by.unread = None
    notification.refresh_from_db()
    return notification


def mark_unread(*, notification: Notification, by: User, on: date, now: datetime) -> Notification:
    """Mark one's own message as not read yet, to come back to it. Writes: Notification."""
    Notification.objects.visible_to(by).filter(pk=notification.pk).update(read_at=None)
    by.unread = None
    notification.refresh_from_db()
    return notification


def mark_all_read(*, by: User, on: date, now: datetime) -> int:
    """Mark everything unread of one's own as read; returns how many. Writes: Notification."""
    by.unread = None
    return int(Notification.objects.visible_to(by).filter(read_at__isnull=True).update(read_at=now))
