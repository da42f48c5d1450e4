"""Two questions of a supervisor: is the process alive (`/healthz`), and can it do its work (`/readyz`)?

Answered by the first middleware, before host names, TLS and sessions: a probe knows none of them. Upper apps add
their own checks with `register_check` when they start, so that this module imports nothing above it.
"""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection

logger = logging.getLogger(__name__)

Check = Callable[[], Sequence[str]]
"""Returns what is wrong, one line each; empty is well. What it raises counts as wrong."""

PATIENCE: Final = 2
"""Seconds a check may take to be answered: who hangs must not hold the threads that serve people."""
_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Add a question to `/readyz`. Called once from an app's `ready()`; the same name replaces."""
    _checks[name] = check


def problems() -> dict[str, list[str]]:
    """Every check by name with what is wrong. A check that raises must not keep the others from being asked."""
    found = {}
    for name, check in _checks.items():
        try:
            found[name] = list(check())
        except Exception as error:
            # The sentence may name hosts or users, so it goes to the log; the answer gets the kind of failure.
            logger.exception("readiness check failed: %s", name)
            found[name] = [type(error).__name__]
    return found


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return _answer({})
        if request.path_info == "/readyz":
            return _answer(problems())
        return self.get_response(request)


def _answer(found: dict[str, list[str]]) -> JsonResponse:
    failing = any(found.values())
    body: dict[str, object] = {"status": "failing" if failing else "ok"}
    if found:
        body["checks"] = {name: lines or "ok" for name, lines in found.items()}
    response = JsonResponse(body, status=503 if failing else 200)
    response["Cache-Control"] = "no-store"
    return response


def in_database(check: Check) -> Check:
    """A check that asks the database, each of its statements cut off by PostgreSQL after `PATIENCE` (a table may be locked)."""

    @wraps(check)
    def asked() -> Sequence[str]:
        if connection.vendor != "postgresql":
            return check()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [PATIENCE * 1000])
            return check()

    return asked


@in_database
def _database() -> Sequence[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return []


@in_database
def _migrations() -> Sequence[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"not applied: {migration.app_label}.{migration.name}" for migration, _ in plan]


def _queue() -> list[str]:
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=PATIENCE, transport_options=patience) as broker:
        broker.ensure_connection(max_retries=1, timeout=PATIENCE)
    return []


register_check("database", _database)
register_check("migrations", _migrations)
register_check("queue", _queue)
