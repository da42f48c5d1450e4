"""Which messages a person wants, and which way."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from ..categories import CATEGORIES
from ..errors import MandatoryMessages
from ..models import NotificationPreference, User
from . import audit


@transaction.atomic
def set_preferences(*, channels: Mapping[str, tuple[bool, bool]], by: User, on: date, now: datetime) -> User:
    """Keep by category whether its messages are shown in the application and mailed; categories left out stay as they are.

    Only what differs from the default (both) is kept. Locks: User. Writes: NotificationPreference; audit.
    Raises: MandatoryMessages, when one that must be shown is switched off; KeyError, of a category there is not.
    """
    for code, (in_app, _) in channels.items():
        if CATEGORIES[code].mandatory and not in_app:
            raise MandatoryMessages.of(CATEGORIES[code])
    User.objects.select_for_update().get(pk=by.pk)  # two windows save one after the other
    own = NotificationPreference.objects.filter(user=by)
    before = {row.category: (row.in_app, row.by_mail) for row in own}
    own.filter(category__in=channels).delete()
    NotificationPreference.objects.bulk_create(
        NotificationPreference(user=by, category=code, in_app=in_app, by_mail=by_mail)
        for code, (in_app, by_mail) in channels.items()
        if not (in_app and by_mail)
    )
    changes = {
        CATEGORIES[code].label: (_words(before.get(code, (True, True))), _words(chosen))
        for code, chosen in channels.items()
        if chosen != before.get(code, (True, True))
    }
    if changes:
        audit.record(by=by, now=now, action="account.own", subject=by, summary="修改通知设置", changes=changes)
    return by


def _words(channels: tuple[bool, bool]) -> str:
    return "、".join(name for name, chosen in zip(("站内", "邮件"), channels, strict=True) if chosen) or "不接收"
