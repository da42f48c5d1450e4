"""Background work: the queue's settings and the beat table, the only place that says what runs by itself and when.

A task is never the truth: services write rows, and these jobs pick up what the rows say is due. Every one is safe to
run twice and catches up what it missed, so a lost message or a stopped scheduler costs time, not facts.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SECONDS = 1
MINUTE = 60
HOUR = 60 * MINUTE

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    timezone="Asia/Shanghai",
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    # Nobody waits for a result: what a task did stands in the database.
    task_ignore_result=True,
    # A worker that dies gives its message back; it takes one at a time, so it never sits on others' work.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Redis hands a message out again when it is not acknowledged in time, so this exceeds the longest task.
    broker_transport_options={"visibility_timeout": 2 * HOUR},
    task_soft_time_limit=HOUR,
    task_time_limit=HOUR + 60,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    # No gossip among workers: none needs to know another, and each costs the queue a standing conversation.
    worker_send_task_events=False,
    worker_max_memory_per_child=600_000,
)
app.autodiscover_tasks()

# `expires`: a message the next one will replace is not worth its turn, so that a worker that is back works none twice.
app.conf.beat_schedule = {
    # Every half hour so that a machine switched off at midnight catches up when it is back: the job keeps the last
    # day it has done, walks the days since, and does nothing when today is done. It computes deadlines, reminds,
    # marks what is overdue and tells what lapses soon.
    "daily": {"task": "reports.tasks.run_daily", "schedule": crontab(minute="5,35"), "options": {"expires": HOUR // 3}},
    # First day after a quarter: writes the quarterly summary of each bank and programme that owes one, a nil return
    # too. Asked every day at 00:45, because a summary that is there already is left alone and a missed day is made up.
    "quarter": {"task": "reports.tasks.generate_summaries", "schedule": crontab(hour="0", minute="45"), "options": {"expires": 12 * HOUR}},
    # Reads files of rows that were sent and books those that were confirmed: somebody sits before the page and waits.
    "files": {"task": "loans.tasks.work_files", "schedule": 5 * SECONDS, "options": {"expires": 4 * SECONDS}},
    # Sends the notifications that are due by e-mail; without a mail server it finds nothing to do.
    "mail": {"task": "parties.tasks.send_mail_notifications", "schedule": crontab(), "options": {"expires": MINUTE - 10}},
}


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Having a receiver keeps Celery from configuring logging; Django has done so from settings.LOGGING."""


@app.task(name="config.ping")
def ping(word: str) -> str:
    """Answer with the word: shows that worker and queue understand each other, touching nothing."""
    return word
