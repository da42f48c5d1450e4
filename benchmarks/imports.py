"""A file of repayments read and checked row by row: seconds, statements, memory.

    .venv/bin/python benchmarks/imports.py [--rows 10000]

On a scratch database of its own, dropped afterwards: beside the PostgreSQL that `DATABASE_URL` names, else SQLite. Loans are by
turns of the methods of repayment; each row pays one of them, every tenth is wrong. Exit status 1 above `SECONDS_MAX`.
"""

import argparse
import io
import resource
import sys
import tempfile
import time
from datetime import date
from typing import Any

from scratch import AMOUNT, application, make_loans

SECONDS_MAX = 20
LENT, PAID, DAY = date(2012, 3, 1), date(2012, 9, 20), date(2012, 9, 25)
METHODS = ("quarterly_interest", "monthly_interest", "equal_instalment", "equal_principal", "bullet")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as directory, application():
        from django.conf import settings

        settings.MEDIA_ROOT = directory
        return measure(fill(rows), rows)


def fill(rows: int) -> Any:
    """As many loans as rows."""
    from loans.models import Loan
    from tests.factories import fund, make_line, make_loan, make_world

    world = fund(make_world())
    first = make_loan(world, make_line(world), day=LENT, amount=AMOUNT)
    made = make_loans(first, rows, lambda _: LENT)
    for place, method in enumerate(METHODS):
        Loan.objects.filter(pk__in=[loan.pk for loan in made[place :: len(METHODS)]]).update(repayment_method=method)
    return world


def workbook(rows: int) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("数据")
    sheet.write_row(0, 0, ["借据号", "还款日期", "归还本金", "支付利息", "回单号"])
    for n in range(rows):
        wrong = n % 10 == 9
        sheet.write_row(n + 1, 0, [f"B{n}", PAID, AMOUNT * 2 if wrong else AMOUNT, None, f"HD{n}"])
    book.close()
    return target.getvalue()


def measure(world: Any, rows: int) -> int:
    """Upload, then the background's whole reading."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from loans.services import imports
    from tests.factories import on

    content = workbook(rows)
    file = SimpleUploadedFile("还款.xlsx", content)
    sent = imports.upload_file(programme=world.programme, kind="repayments", file=file, by=world.bank, **on(DAY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with CaptureQueriesContext(connection) as statements:
        started = time.perf_counter()
        imports.work_next(**on(DAY))
        seconds = time.perf_counter() - started
    sent.refresh_from_db()
    wrong = sent.rows.filter(verdict="error").count()
    assert (sent.status, sent.rows_total, wrong) == ("previewed", rows, rows // 10), (sent.status, sent.rows_total, wrong)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"{connection.vendor}: {rows:,} rows of {len(content) / 2**20:.1f} MiB read and checked in {seconds:.1f} s")
    print(f"{len(statements)} statements; {more:.0f} MiB more at the highest than before")
    return 0 if seconds <= SECONDS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
