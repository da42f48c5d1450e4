"""The database itself refuses to change what is written once, on SQLite and PostgreSQL."""

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


@pytest.mark.postgres
def test_a_disabled_trigger_is_named(books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reserve_transfer DISABLE TRIGGER USER")
        assert triggers.missing() == ["reserve_transfer_append_only"]
        cursor.execute("ALTER TABLE reserve_transfer ENABLE TRIGGER USER")


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
