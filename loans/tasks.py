"""Periodic work of this app; `config/celery.py` says when."""

from celery import shared_task

from common.http import now, today

from .services import imports


@shared_task
def work_files() -> int:
    """Every few seconds: read the files that were sent, book those that were confirmed; how many there were."""
    done = 0
    while imports.work_next(on=today(), now=now()):
        done += 1
    return done
