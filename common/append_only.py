"""Rows that are written once: refused in Python here, in the database by triggers (`append_only_sql`)."""

from typing import Any, ClassVar, NoReturn

from django.apps import apps
from django.db import models


class AppendOnlyError(TypeError):
    """A programmer tried to change or delete a posted row; reverse it by a new, linked one instead."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never updated")

    def delete(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never updated")


class AppendOnlyModel(models.Model):
    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are never updated")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted")


def append_only_models() -> list[type[models.Model]]:
    """Every concrete model whose rows are written once."""
    return [model for model in apps.get_models() if issubclass(model, AppendOnlyModel)]


def trigger_names(table: str, vendor: str) -> list[str]:
    """The triggers that guard a table."""
    if vendor == "postgresql":
        return [f"{table}_append_only"]
    return [f"{table}_no_update", f"{table}_no_delete"]


def append_only_sql(table: str, vendor: str) -> list[str]:
    """Statements that make the database itself refuse to change or empty `table`; safe to repeat.

    The refusal is an IntegrityError on both databases. On PostgreSQL one trigger for each statement, not for each row,
    so that inserting costs nothing; there TRUNCATE is refused as well (SQLite has none).
    """
    names = trigger_names(table, vendor)
    if vendor == "postgresql":
        return [
            """
            CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
            END $$
            """,
            f"""
            CREATE OR REPLACE TRIGGER {names[0]} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()
            """,
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {operation} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {operation} refused'); END"
        for name, operation in zip(names, ("UPDATE", "DELETE"), strict=True)
    ]


def drop_append_only_sql(table: str, vendor: str) -> list[str]:
    """Undo `append_only_sql`: for test suites that must empty tables, and for migrations that must rewrite one."""
    on = f" ON {table}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in trigger_names(table, vendor)]
