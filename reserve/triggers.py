"""The append-only triggers: created after every migrate, asserted by `/readyz`.

Django remakes a table on SQLite without its triggers and says nothing, so no migration creates them: `post_migrate` does,
for all tables whose model is an `AppendOnlyModel`, each time.
"""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate

from common.append_only import append_only_models, append_only_sql, drop_append_only_sql, trigger_names

from .services import ledger_sql

_EXISTING = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def connect(app: AppConfig) -> None:
    """Create the triggers whenever `app` has been migrated (call it from the `ready()` of the last app that needs it)."""
    post_migrate.connect(_after_migrate, sender=app, dispatch_uid="append_only_triggers")


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Create the triggers of every append-only table that exists; safe to repeat."""
    _each_table(using, append_only_sql)


def drop(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop them, so that a test suite can empty its tables. Never in production: `verify_ledger` and `/readyz` tell."""
    _each_table(using, drop_append_only_sql)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of triggers that should exist and do not (or are disabled), sorted."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_EXISTING[connection.vendor])
        existing = {name for (name,) in cursor.fetchall()}
    tables = [model._meta.db_table for model in append_only_models()]
    return sorted(name for table in tables for name in trigger_names(table, connection.vendor) if name not in existing)


def _after_migrate(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    install(using)
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            ledger_sql.install_function(cursor)


def _each_table(using: str, statements: Any) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for model in append_only_models():
            if model._meta.db_table in existing:
                for statement in statements(model._meta.db_table, connection.vendor):
                    cursor.execute(statement)
