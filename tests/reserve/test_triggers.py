"""The database itself refuses to change what is written once, on SQLite and PostgreSQL."""

import re
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from common.append_only import AppendOnlyError, append_only_models
from parties.models import AuditEvent
from reserve import triggers
from reserve.models.ledger import IdempotencyKey, LedgerEntry, Transfer
from tests.support.ledger import NOW, Books, make_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> Books:
    books = make_books()
    books.contribute("100.00")
    AuditEvent.objects.create(at=NOW, action="test", object_type="test", object_id="1", object_label="x", summary="x")
    connection.check_constraints()  # PostgreSQL alters and truncates no table whose foreign keys wait for the commit
    return books


GUARDED = [LedgerEntry, Transfer, IdempotencyKey, AuditEvent]


def test_every_append_only_model_is_guarded() -> None:
    assert set(GUARDED) <= set(append_only_models())
    assert triggers.missing() == []


@pytest.mark.parametrize("model", GUARDED)
@pytest.mark.parametrize("sql", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_raw_sql_is_refused(books: Books, model: type, sql: str) -> None:
    if sql.startswith("TRUNCATE") and connection.vendor == "sqlite":
        return  # SQLite knows no TRUNCATE
    table, column = model._meta.db_table, model._meta.concrete_fields[1].column
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(sql.format(table=table, column=column))
    assert model.objects.exists()


@pytest.mark.parametrize("model", GUARDED)
def test_the_models_refuse_too(books: Books, model: type) -> None:
    row = model.objects.first()
    for attempt in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(pk=1)):
        with pytest.raises(AppendOnlyError):
            attempt()


def test_a_dropped_trigger_is_named_and_the_next_migrate_restores_it(books: Books) -> None:
    triggers.drop()
    assert "reserve_ledgerentry_append_only" in triggers.missing() or "reserve_ledgerentry_no_update" in triggers.missing()
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []


_PG = "reserve_transfer_append_only"
_PG_BEFORE = f"DROP TRIGGER {_PG} ON reserve_transfer; CREATE TRIGGER {_PG} BEFORE"
_LITE = "reserve_transfer_no_update"
DISARMED = {
    "postgresql": {
        "disabled": f"ALTER TABLE reserve_transfer DISABLE TRIGGER {_PG}",
        "for replicas only": f"ALTER TABLE reserve_transfer ENABLE REPLICA TRIGGER {_PG}",
        "for fewer events": f"{_PG_BEFORE} DELETE ON reserve_transfer FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()",
        "for each row": f"{_PG_BEFORE} UPDATE OR DELETE ON reserve_transfer FOR EACH ROW EXECUTE FUNCTION append_only_refuse()",
        "for one column": f"{_PG_BEFORE} UPDATE OF position OR DELETE OR TRUNCATE ON reserve_transfer"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()",
        "on a condition": f"{_PG_BEFORE} UPDATE OR DELETE OR TRUNCATE ON reserve_transfer"
        " FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION append_only_refuse()",
        "on another table": f"{_PG_BEFORE} UPDATE OR DELETE OR TRUNCATE ON reserve_jobrun"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()",
        "calling something else": "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        f" {_PG_BEFORE} UPDATE OR DELETE OR TRUNCATE ON reserve_transfer FOR EACH STATEMENT EXECUTE FUNCTION nothing()",
    },
    "sqlite": {
        "gone": f"DROP TRIGGER {_LITE}",
        "doing nothing": f"DROP TRIGGER {_LITE}; CREATE TRIGGER {_LITE} BEFORE UPDATE ON reserve_transfer BEGIN SELECT 1; END",
        "for another event": f"DROP TRIGGER {_LITE}; CREATE TRIGGER {_LITE} BEFORE INSERT ON reserve_transfer"
        " BEGIN SELECT RAISE(ABORT, 'no'); END",
        "on another table": f"DROP TRIGGER {_LITE}; CREATE TRIGGER {_LITE} BEFORE UPDATE ON reserve_jobrun"
        " BEGIN SELECT RAISE(ABORT, 'no'); END",
    },
}


def run(script: str) -> None:
    """Several statements, as an intruder with the owner's rights types them."""
    with connection.cursor() as cursor:
        for statement in re.split(r";\s+(?=CREATE|DROP)", script):
            cursor.execute(statement)


@pytest.mark.parametrize("vendor, how", [(vendor, how) for vendor, ways in DISARMED.items() for how in ways])
def test_a_disarmed_trigger_is_named_and_the_next_migrate_arms_it(books: Books, vendor: str, how: str) -> None:
    if vendor != connection.vendor:
        return
    run(DISARMED[vendor][how])
    assert triggers.missing() == [_PG if vendor == "postgresql" else _LITE]
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute("UPDATE reserve_transfer SET position = position")


@pytest.mark.postgres
def test_a_function_that_refuses_nothing_disarms_every_trigger(books: Books) -> None:
    run("CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    assert len(triggers.missing()) == len(append_only_models())
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []


@pytest.mark.postgres
def test_a_session_that_plays_the_replica_has_no_triggers(books: Books) -> None:
    run("SET LOCAL session_replication_role = replica")
    assert len(triggers.missing()) == len(append_only_models())
    run("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_can_be_emptied_1() -> None:
    make_books().contribute("1.00")
    assert Transfer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_can_be_emptied_2() -> None:
    """Its twin has left nothing behind, and the triggers are back."""
    assert Transfer.objects.count() == 0
    assert triggers.missing() == []
    make_books().contribute(str(Decimal(1)))
