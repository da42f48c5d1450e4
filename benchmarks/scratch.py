"""What the benchmarks of many loans share: a database that is gone afterwards, and clones of one case that went through the services."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

sys.path[0] = str(Path(__file__).resolve().parent.parent)

BATCH = 5000
LINES_EACH, LOANS_EACH = 10, 5  # credit lines an enterprise, drawdowns a line
AMOUNT = Decimal(100_000)


@contextmanager
def application() -> Iterator[None]:
    """The application on an empty, migrated database: beside the PostgreSQL that `DATABASE_URL` names, else SQLite."""
    with _database() as url:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            connection.close()


@contextmanager
def _database() -> Iterator[str]:
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite:///{directory}/bench.sqlite3"
        return
    import psycopg2

    name = f"reserve_bench_{os.getpid()}"
    admin = psycopg2.connect(server)
    admin.autocommit = True
    try:
        admin.cursor().execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        admin.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.close()


def make_lines(first: Any, loans: int) -> list[Any]:
    """Credit lines enough for so many loans like `first`, with their enterprises and recommendations."""
    from enterprises.identifiers import make_org_code

    lines = -(-loans // LOANS_EACH)
    enterprises = clones(
        first.enterprise,
        ({"org_code": make_org_code(f"{10_000_000 + n}"), "industry_code": f"{27 + n % 13}"} for n in range(-(-lines // LINES_EACH))),
    )
    recommendations = clones(first.credit_line.recommendation, ({"enterprise_id": enterprises[n // LINES_EACH].pk} for n in range(lines)))
    return clones(
        first.credit_line,
        (
            {
                "enterprise_id": recommendations[n].enterprise_id,
                "recommendation_id": recommendations[n].pk,
                "amount": AMOUNT * LOANS_EACH,
                "size": "medium" if n // LINES_EACH % 10 == 0 else "small",
                "decided_on": over_three_years(n),
            }
            for n in range(lines)
        ),
    )


def over_three_years(number: int) -> date:
    """A day of disbursement of the programme's term."""
    return date(2012, 1, 4) + timedelta(days=number % 1080)


def make_loans(first: Any, loans: int, day: Callable[[int], date]) -> list[Any]:
    """So many loans like `first` with their movements, the n-th disbursed on `day(n)`.

    What they occupy is not in the ledger: its chain is not what is measured.
    """
    from django.db import connection, transaction

    lines, start, movement = make_lines(first, loans), first.pk + 1, first.movement.pk + 1
    term = first.due_on - first.disbursed_on
    with transaction.atomic():  # a loan and its movement point to each other
        made = clones(
            first,
            (
                {
                    "id": start + n,
                    "movement_id": movement + n,
                    "enterprise_id": lines[n // LOANS_EACH].enterprise_id,
                    "credit_line_id": lines[n // LOANS_EACH].pk,
                    "note_no": f"B{n}",
                    "disbursed_on": day(n),
                    "due_on": day(n) + term,
                }
                for n in range(loans)
            ),
        )
        own = ({"id": loan.movement_id, "loan_id": loan.pk, "source_id": loan.pk, "entry_id": None, **_days(loan)} for loan in made)
        clones(first.movement, own)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def _days(loan: Any) -> dict[str, date]:
    return dict.fromkeys(("fact_on", "value_on", "posted_on"), loan.disbursed_on)


def clones(row: Any, changes: Iterator[dict[str, Any]]) -> list[Any]:
    """Rows like `row` but for the changes, written in bulk."""
    model = type(row)
    same = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields if not field.primary_key}
    made = [model(**same | change) for change in changes]
    return list(model._default_manager.bulk_create(made, batch_size=BATCH))
