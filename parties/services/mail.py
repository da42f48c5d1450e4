"""Sending notifications on by e-mail, where a mail server is configured."""

from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from ..models import Notification

# What is older was meant for another time: a server configured today does not send last year's reminders.
WINDOW = timedelta(days=3)
BATCH = 200


def send_due(*, now: datetime) -> int:
    """Mail the notifications not mailed yet; returns how many went out.

    A row is marked before its mail is sent and unmarked when that fails, so that two workers never send it twice; a
    failure keeps its reason and is tried again by the next run, for three days. Writes: Notification.
    """
    if not settings.EMAIL_ENABLED:
        return 0
    due = Notification.objects.filter(
        mailed_at__isnull=True, created_at__gt=now - WINDOW, recipient__is_active=True, recipient__is_service=False
    ).exclude(recipient__email="")
    sent = 0
    connection = get_connection()
    for message in due.select_related("recipient").order_by("id")[:BATCH]:
        if Notification.objects.filter(pk=message.pk, mailed_at__isnull=True).update(mailed_at=now, mail_error=""):
            sent += _send(message, connection)
    return sent


def _send(message: Notification, connection: BaseEmailBackend) -> bool:
    address = f"\n\n{settings.SITE_URL}{message.url}" if settings.SITE_URL and message.url else ""
    mail = EmailMessage(
        subject=" ".join(message.subject.split()),
        body=f"{message.recipient.name}：\n\n{message.body or message.subject}{address}\n\n本邮件由系统自动发出，请勿回复。",
        to=[message.recipient.email],
        connection=connection,
    )
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        Notification.objects.filter(pk=message.pk).update(mailed_at=None, mail_error=f"{type(error).__name__}: {error}"[:200])
        return False
    return True
