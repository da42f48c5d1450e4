"""Periodic work of this app; `config/celery.py` says when."""

from celery import shared_task

from common.http import now

from .services.mail import send_due


@shared_task(soft_time_limit=40, time_limit=55)
def send_mail_notifications() -> int:
    """Every minute: mail the notifications that are due. Without a mail server it does nothing.

    It ends within its minute, so that however slow the mail server is, one slot at most is taken from the other jobs.
    """
    return send_due(now=now())
