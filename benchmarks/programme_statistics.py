"""The published figures over many loans: how many SQL statements, how many seconds.

    .venv/bin/python benchmarks/programme_statistics.py [--loans 100000]

On a scratch database of its own, dropped afterwards: beside the PostgreSQL that `DATABASE_URL` names, else SQLite in a
temporary directory. Exit status 1 above 5 statements.
"""

import argparse
import sys
import time
from datetime import date
from typing import Any

from scratch import AMOUNT, application, make_loans, over_three_years

STATEMENTS_MAX = 5
AS_OF = date(2014, 12, 31)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loans", type=int, default=100_000)
    loans = parser.parse_args().loans
    with application():
        from tests.factories import fund, make_line, make_loan, make_world

        world = fund(make_world())
        make_loans(make_loan(world, make_line(world), amount=AMOUNT), loans, over_three_years)
        return measure(world.programme, loans)


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
    assert found.loan_amount == AMOUNT * (loans + 1)
    print(f"{connection.vendor}: {found.loans:,} loans, {found.approvals:,} approvals, {found.enterprises:,} enterprises")
    print(f"{len(statements)} statements; {seconds[0]:.3f} s the first time, {min(seconds):.3f} s at best")
    return 0 if len(statements) <= STATEMENTS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
