"""`/healthz` and `/readyz`: what a supervisor relies on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import environ
import kombu.exceptions
import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client, override_settings

from common import health
from config.env import with_engine_options


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):
    def _only(**checks: health.Check) -> None:
        monkeypatch.setattr(health, "_checks", checks)

    return _only


def test_alive_is_answered_without_any_check(client: Client, only) -> None:
    only(broken=lambda: ["never asked"])
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_probe_with_an_unknown_host_name_gets_an_answer(client: Client) -> None:
    with override_settings(ALLOWED_HOSTS=["reserve.example"], SECURE_SSL_REDIRECT=True):
        assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_ready_when_every_check_is_well(client: Client, only) -> None:
    only(database=list, triggers=list)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "triggers": "ok"}}


def test_not_ready_names_what_is_wrong_and_still_asks_the_others(client: Client, only) -> None:
    def down() -> list[str]:
        raise ConnectionError("postgres://user:secret@db")

    only(database=down, triggers=lambda: ["reserve_transfer_no_update"])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": ["ConnectionError"], "triggers": ["reserve_transfer_no_update"]}
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_database_and_migrations_of_the_tests_are_well() -> None:
    assert health._database() == []
    assert health._migrations() == []


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_named() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    assert health._migrations() == ["not applied: sessions.0001_initial"]


def test_an_unreachable_queue_is_a_failure_not_a_hang(only) -> None:
    with override_settings(CELERY_BROKER_URL="redis+socket:///nonexistent/queue.sock"):
        only(queue=health._queue)
        assert health.problems() == {"queue": ["OperationalError"]}


@contextmanager
def soon(seconds: int = 6) -> Iterator[None]:
    since = time.monotonic()
    yield
    assert time.monotonic() - since < seconds


def test_a_queue_that_hangs_is_a_failure_soon(silent_server: str) -> None:
    with override_settings(CELERY_BROKER_URL=f"redis://{silent_server}/0"), soon(), pytest.raises(kombu.exceptions.OperationalError):
        health._queue()


def test_a_database_that_hangs_is_a_failure_soon(silent_server: str) -> None:
    found = with_engine_options(environ.Env.db_url_config(f"postgres://somebody@{silent_server}/x"))
    with soon(), pytest.raises(psycopg2.OperationalError, match="timeout expired"):
        ConnectionHandler({"default": found})["default"].connect()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_locked_is_a_failure_soon() -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        with soon(), pytest.raises(OperationalError):
            health._migrations()
    finally:
        other.close()
    assert health._migrations() == []
