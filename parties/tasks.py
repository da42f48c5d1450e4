"""Periodic work of this app; `config/celery.py` says when."""

from celery import shared_task

from common.http import now

from .services.mail import send_due


@shared_task
def send_mail_notifications() -> int:
    """Every minute: mail the notifications that are due. Without a mail server it does nothing."""
    return send_due(now=now())
