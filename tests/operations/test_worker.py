"""A real worker on a real queue: a message goes in, its effect is read from the database."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from kombu import Connection

from config.celery import app
from config.env import broker_url
from reserve.models import JobRun
from tests.conftest import until
from tests.support import migrated

BASE = Path(__file__).resolve().parents[2]
DONE = f"SELECT count(*) FROM {JobRun._meta.db_table} WHERE job = 'daily' AND finished_at IS NOT NULL"  # noqa: S608
Count = Callable[[], int]


@pytest.fixture
def database(transactional_db: None, tmp_path: Path) -> tuple[str, Count]:
    """A database that another process sees, and the number of days the daily job has done in it."""
    if connection.vendor == "postgresql":
        it = connection.settings_dict
        url = f"postgres://{it['USER']}:{it['PASSWORD']}@{it['HOST']}:{it['PORT'] or 5432}/{it['NAME']}"
        return url, JobRun.objects.filter(finished_at__isnull=False).count
    file = tmp_path / "db.sqlite3"  # the tests' own SQLite lives in the memory of this process
    url = f"sqlite:///{file}"
    migrated.begin(file)
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE, env=os.environ | {"DATABASE_URL": url}, check=True)

    def count() -> int:
        with sqlite3.connect(file) as reader:
            number = reader.execute(DONE).fetchone()[0]
        reader.close()
        return int(number)

    return url, count


@pytest.fixture
def worker(database: tuple[str, Count], queue_url: str, tmp_path: Path) -> Iterator[str]:
    """A worker process; gives the name of the queue it alone listens to."""
    queue = f"test-{uuid4().hex}"
    environ = os.environ | {"DATABASE_URL": database[0], "REDIS_URL": queue_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", queue, "-c", "1", "-n", f"{queue}@%h", "--loglevel", "INFO"]
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"], cwd=BASE, env=environ, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield queue
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        print(log.read_text())  # pytest shows it when the test fails


@pytest.mark.slow
def test_a_worker_takes_a_message_and_its_effect_is_in_the_database(worker: str, database: tuple[str, Count], queue_url: str) -> None:
    _, days_done = database
    assert days_done() == 0
    with Connection(broker_url({"REDIS_URL": queue_url}, BASE)) as broker:
        for _ in range(2):  # safe to run twice
            app.send_task("reports.tasks.run_daily", args=["2013-05-06"], queue=worker, connection=broker)
        app.send_task("reports.tasks.run_daily", args=["2013-05-08"], queue=worker, connection=broker)
    until(lambda: days_done() == 3, "the day, and the two it had missed since", 60)


def test_every_entry_of_the_beat_table_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_a_message_expires_before_the_next_of_its_kind() -> None:
    between = {"daily": 30 * 60, "quarter": 24 * 60 * 60, "mail": 60, "files": 5}
    expires = {name: entry["options"]["expires"] for name, entry in app.conf.beat_schedule.items()}
    assert {name for name, seconds in expires.items() if 0 < seconds < between[name]} == set(between)


@pytest.mark.parametrize(
    "level, message, told",
    [
        (logging.INFO, "Scheduler: Sending due task files (loans.tasks.work_files)", False),
        (logging.INFO, "Task loans.tasks.work_files[1] succeeded in 0.01s: False", False),
        (logging.ERROR, "Task loans.tasks.work_files[1] raised unexpected: ValueError()", True),
        (logging.INFO, "Task reports.tasks.run_daily[1] succeeded in 0.01s: None", True),
    ],
)
def test_the_log_is_not_filled_by_what_runs_every_few_seconds(level: int, message: str, told: bool) -> None:
    record = logging.LogRecord("celery", level, "", 0, message, (), None)
    assert settings.LOGGING["filters"]["worth_a_line"]["callback"](record) is told


def test_mail_ends_within_its_minute_whatever_its_server_does() -> None:
    app.loader.import_default_modules()
    task = app.tasks["parties.tasks.send_mail_notifications"]
    assert task.soft_time_limit + settings.EMAIL_TIMEOUT < task.time_limit < 60


def test_messages_are_json_acknowledged_late_and_taken_one_at_a_time() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit
