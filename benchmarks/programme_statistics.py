"""The published figures over many loans: how many SQL statements, how many seconds.

    .venv/bin/python benchmarks/programme_statistics.py [--loans 100000]

On a scratch database of its own, dropped afterwards: beside the PostgreSQL that `DATABASE_URL` names, else SQLite in a
temporary directory. Exit status 1 above 5 statements. The records are cloned from one case that went through the
services, so that every constraint holds; the ledger's entries are filler (their chain is not what is measured).
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

sys.path[0] = str(Path(__file__).resolve().parent.parent)

STATEMENTS_MAX = 5
BATCH = 5000
LINES_EACH, LOANS_EACH = 10, 5  # credit lines an enterprise, drawdowns a line
AS_OF = date(2014, 12, 31)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loans", type=int, default=100_000)
    loans = parser.parse_args().loans
    with scratch_database() as url:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        try:
            call_command("migrate", verbosity=0)
            programme = fill(loans)
            return measure(programme, loans)
        finally:
            connection.close()


@contextmanager
def scratch_database() -> Iterator[str]:
    """The address of an empty database that is gone afterwards."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite:///{directory}/statistics.sqlite3"
        return
    import psycopg2

    name = f"statistics_bench_{os.getpid()}"
    admin = psycopg2.connect(server)
    admin.autocommit = True
    try:
        admin.cursor().execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        admin.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.close()


def fill(loans: int) -> Any:
    """One case through the services, then clones of it: enterprises, recommendations, lines, entries, loans."""
    from django.db import connection

    from enterprises.identifiers import make_org_code
    from enterprises.models import Enterprise, Recommendation
    from loans.models import CreditLine, Loan
    from reserve.models import LedgerEntry, LedgerHead
    from reserve.models.ledger import ENTRY_SPAN
    from tests.factories import fund, make_line, make_loan, make_world

    world = fund(make_world())
    first = make_loan(world, make_line(world))
    lines = -(-loans // LOANS_EACH)
    enterprises = clones(
        first.enterprise,
        ({"org_code": make_org_code(f"{10_000_000 + n}"), "industry_code": f"{27 + n % 13}"} for n in range(-(-lines // LINES_EACH))),
    )
    recommendations = clones(first.credit_line.recommendation, ({"enterprise_id": enterprises[n // LINES_EACH].pk} for n in range(lines)))
    made = clones(
        first.credit_line,
        (
            {
                "enterprise_id": recommendations[n].enterprise_id,
                "recommendation_id": recommendations[n].pk,
                "amount": Decimal(500_000),
                "size": "medium" if n // LINES_EACH % 10 == 0 else "small",
                "decided_on": date(2012, 1, 4) + timedelta(days=n % 1080),
            }
            for n in range(lines)
        ),
    )
    head = LedgerHead.objects.get(programme=world.programme).sequence
    entries = clones(first.entry, ({"id": world.programme.pk * ENTRY_SPAN + head + n, "sequence": head + n} for n in range(1, loans + 1)))
    clones(
        first,
        (
            {
                "enterprise_id": made[n // LOANS_EACH].enterprise_id,
                "credit_line_id": made[n // LOANS_EACH].pk,
                "note_no": f"B{n}",
                "entry_id": entries[n].pk,
                "amount": Decimal(100_000),
                "outstanding": Decimal(100_000),
                "declared_reserve": Decimal("13333.33"),
                "declared_provincial": Decimal("2666.67"),
                "disbursed_on": date(2012, 1, 4) + timedelta(days=n % 1080),
                "due_on": date(2013, 1, 4) + timedelta(days=n % 1080),
            }
            for n in range(loans)
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for model in (Enterprise, Recommendation, CreditLine, Loan, LedgerEntry):
        print(f"{model._meta.verbose_name}: {model.objects.count():,}")
    return world.programme


def clones(row: Any, changes: Iterator[dict[str, Any]]) -> list[Any]:
    """Rows like `row` but for the changes, written in bulk."""
    model = type(row)
    same = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields if not field.primary_key}
    made = [model(**same | change) for change in changes]
    return list(model._default_manager.bulk_create(made, batch_size=BATCH))


def measure(programme: Any, loans: int) -> int:
    """The first run (cold) and the best of five, with the number of statements."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from reports.selectors.statistics import statistics

    seconds = []
    for _ in range(5):
        with CaptureQueriesContext(connection) as statements:
            started = time.perf_counter()
            found = statistics(programme, AS_OF)
            seconds.append(time.perf_counter() - started)
    assert found.loans == loans + 1
    assert found.loan_amount == Decimal(100_000) * loans + Decimal(5_000_000)
    print(f"{connection.vendor}: {found.loans:,} loans, {found.approvals:,} approvals, {found.enterprises:,} enterprises")
    print(f"{len(statements)} statements; {seconds[0]:.3f} s the first time, {min(seconds):.3f} s at best")
    return 0 if len(statements) <= STATEMENTS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
