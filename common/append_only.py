"""Rows that are written once: refused in Python here, in the database by triggers (`append_only_sql`)."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger on a table: the statement that makes it, and what the database's catalogue then says of it."""

    name: str
    table: str
    create: str
    recorded: str


_REFUSE = """
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END """
_EVENTS = 2 | 8 | 16 | 32  # bits of pg_trigger.tgtype: BEFORE, DELETE, UPDATE, TRUNCATE; without 1, for each statement


def guards(table: str, vendor: str) -> list[Guard]:
    """The triggers that make the database itself refuse to change or empty a table.

    On PostgreSQL one for each statement, not for each row, so that inserting costs nothing; there TRUNCATE is refused as
    well (SQLite has none). What a catalogue says: the statement on SQLite; events and the function's source on PostgreSQL.
    """
    if vendor == "postgresql":
        name = f"{table}_append_only"
        create = f"""
            CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()
        """
        return [Guard(name, table, create, f"{_EVENTS}{_REFUSE}")]
    refusals = {f"{table}_no_{operation.lower()}": operation for operation in ("UPDATE", "DELETE")}
    creates = {
        name: f"CREATE TRIGGER {name} BEFORE {operation} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {operation} refused'); END"
        for name, operation in refusals.items()
    }
    return [Guard(name, table, create, create) for name, create in creates.items()]


def append_only_sql(table: str, vendor: str) -> list[str]:
    """Statements that put the triggers of `table` in place, whatever stands there under their names; safe to repeat.

    The refusal is an IntegrityError on both databases.
    """
    creating = [guard.create for guard in guards(table, vendor)]
    if vendor == "postgresql":
        return [f"CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$", *creating]
    return [*drop_append_only_sql(table, vendor), *creating]


def drop_append_only_sql(table: str, vendor: str) -> list[str]:
    """Undo `append_only_sql`: for test suites that must empty tables, and for migrations that must rewrite one."""
    on = f" ON {table}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {guard.name}{on}" for guard in guards(table, vendor)]
