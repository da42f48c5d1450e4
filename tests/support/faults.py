"""Faults on purpose: rows the database itself refuses, for tests of what one bad object does to the others."""

from django.db import connection, models


def refuse_rows(model: type[models.Model], condition: str) -> None:
    """Let inserting a row of `model` fail where `condition` holds (SQL, the row is NEW); the test's own rollback ends it."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            raises = "BEGIN RAISE EXCEPTION 'refused on purpose'; END"
            cursor.execute(f"CREATE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $${raises}$$")
            when = f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_{table}()"
        else:
            when = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END"
        cursor.execute(f"CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} {when}")
