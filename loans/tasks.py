"""Periodic work of this app; `config/celery.py` says when."""

from celery import shared_task

from common.http import now, today

from .services import imports


@shared_task
def work_files() -> bool:
    """Every few seconds: read the oldest file that was sent, or book a piece of one that was confirmed; whether there was one."""
    return imports.work_next(on=today(), now=now())
