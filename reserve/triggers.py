"""The append-only triggers: created after every migrate, asserted by `/readyz`.

Django remakes a table on SQLite without its triggers and says nothing, so no migration creates them: `post_migrate` does,
for all tables whose model is an `AppendOnlyModel`, each time.
"""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models.signals import post_migrate

from common.append_only import append_only_models, append_only_sql, drop_append_only_sql, guards

from .services import ledger_sql

# A trigger's name says nothing of what it does: name, table, definition; none that is disabled, conditional or for some columns.
_CATALOGUE = {
    "postgresql": """
        SELECT t.tgname, c.relname, t.tgtype::text || p.prosrc
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE pg_table_is_visible(c.oid) AND t.tgqual IS NULL AND t.tgattr::text = ''
        AND (t.tgenabled = 'A' OR t.tgenabled = 'O' AND current_setting('session_replication_role') <> 'replica')
    """,
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
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
    """The names of triggers that should guard a table and do not, sorted: gone, disabled, or not what they were made."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE[connection.vendor])
        standing = set(cursor.fetchall())
    expected = [guard for model in append_only_models() for guard in guards(model._meta.db_table, connection.vendor)]
    return sorted(guard.name for guard in expected if (guard.name, guard.table, guard.recorded) not in standing)


def _after_migrate(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    install(using)
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            ledger_sql.install_function(cursor)


def _each_table(using: str, statements: Any) -> None:
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for model in append_only_models():
            if model._meta.db_table in existing:
                for statement in statements(model._meta.db_table, connection.vendor):
                    cursor.execute(statement)
