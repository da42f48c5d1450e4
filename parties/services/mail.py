"""Sending notifications on by e-mail, where a mail server is configured."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from ..models import Notification

logger = logging.getLogger(__name__)

# What is older was meant for another time: a server configured today does not send last year's reminders.
WINDOW = timedelta(days=3)
BATCH = 200
OF_THE_MESSAGE = (SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError, ValueError)
"""What a server, or the library before it, has against one message; anything else concerns all of them."""


def send_due(*, now: datetime) -> int:
    """Mail the notifications not mailed yet over one connection; returns how many went out.

    A row is marked before its mail is sent and unmarked when that fails, so that two workers never send it twice; a
    failure keeps its reason and is tried again by the next run, for three days. When the server itself fails, the run
    ends: nobody waits for it once for each message. Writes: Notification.
    """
    if not settings.EMAIL_ENABLED:
        return 0
    due = Notification.objects.filter(
        mailed_at__isnull=True, by_mail=True, created_at__gt=now - WINDOW, recipient__is_active=True, recipient__is_service=False
    ).exclude(recipient__email="")
    sent = 0
    connection = get_connection()
    try:
        for message in due.select_related("recipient").order_by("id")[:BATCH]:
            if Notification.objects.filter(pk=message.pk, mailed_at__isnull=True).update(mailed_at=now, mail_error=""):
                sent += _send(message, connection)
    except OSError as error:  # those of smtplib are
        logger.warning("the mail server failed, the next run tries again: %s", error)
    finally:
        connection.close()
    return sent


def _send(message: Notification, connection: BaseEmailBackend) -> bool:
    """Whether it went out. Raises what is not `OF_THE_MESSAGE`."""
    address = f"\n\n{settings.SITE_URL}{message.url}" if settings.SITE_URL and message.url else ""
    mail = EmailMessage(
        subject=" ".join(message.subject.split()),
        body=f"{message.recipient.name}：\n\n{message.body or message.subject}{address}\n\n本邮件由系统自动发出，请勿回复。",
        to=[message.recipient.email],
    )
    try:
        connection.open()  # once: it stays open until the run closes it
        connection.send_messages([mail])
    except Exception as error:  # the task's time being up is one too
        Notification.objects.filter(pk=message.pk).update(mailed_at=None, mail_error=f"{type(error).__name__}: {error}"[:200])
        if not isinstance(error, OF_THE_MESSAGE):
            raise
        return False
    return True
