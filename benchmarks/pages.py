"""Every page of the replayed programmes with 100,000 loans in the database: SQL statements, server time, bytes over the wire.

    DATABASE_URL=postgres://… .venv/bin/python benchmarks/pages.py [--loans 100000] [--runs 7] [--only /loans/] [--who bank,town2]

On a scratch database of its own beside the PostgreSQL that `DATABASE_URL` names, dropped afterwards. The loans are copies of
the demonstration's: 98 of 100 settled in the ended programme, the others running in the living one, with their enterprises,
recommendations, credit lines, movements, repayments, instalments, clocks, ledger entries, trail and messages. Each kind of
page is opened once by each of the people whose pages differ, as the crawl of the tests does, then again for its time; an order
or a further page of a list by the first of them; files to download are no pages. Exit status 1 when a page takes more than 20
statements, its 95th percentile more than 150 ms, or its HTML more than 50 KB compressed.
"""

import argparse
import gzip
import io
import os
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from scratch import application

PEOPLE = ("province", "science2", "town2", "bank", "auditor", "sysadmin", "auditadmin")
SEARCHES = ("/search/?q=B1000", "/search/?q=70000123", "/loans/?q=B1000")  # parts of a note's number, of an enterprise's code
STATEMENTS_MAX, P95_MAX, BYTES_MAX = 20, 0.150, 50_000
RUNNING_SHARE = 50  # one of so many loans is running
LOANS_EACH, LINES_EACH, BATCH_SIZE = 5, 10, 50  # drawdowns a credit line, lines an enterprise, recommendations a batch


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", default="", help="beginning of the addresses to measure")
    parser.add_argument("--who", default=",".join(PEOPLE), help="whose pages")
    given = parser.parse_args()
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("DATABASE_URL must name a PostgreSQL: this benchmark copies rows by its generate_series")
    with application():
        fill(given.loans)
        import config.wsgi  # noqa: F401  # as a server of pages starts: what is loaded is no garbage to look for

        return report(measure(given.runs, given.only, given.who.split(",")))


# --- the rows -----------------------------------------------------------------------------------------------------------


def fill(loans: int) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.models import F

    from loans.models import Loan

    started = time.perf_counter()
    call_command("replay", stdout=io.StringIO())
    running = loans // RUNNING_SHARE
    for programme, status, count in (("xiaolan", "settled", loans - running), ("demo", "active", running)):
        rows = Loan.objects.filter(programme__code=programme, status=status, claim=None, opening_on=None)
        copy_loan(rows.filter(outstanding__in=(0, F("amount"))).order_by("pk").first(), count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself after a while
    seconds = time.perf_counter() - started
    print(f"{Loan.objects.count():,} loans, {Loan.objects.running().count():,} of them running, made in {seconds:.0f} s", flush=True)


@dataclass(frozen=True)
class Copies:
    """So many copies of a loan: the keys their loans, movements and repayments begin with, and how each is moved in time."""

    first: Any
    count: int
    loan: int
    movement: int
    repayment: int
    shift: str

    def days(self, *names: str) -> dict[str, str]:
        return {name: f"{name} + {self.shift}" for name in names}


def copy_loan(first: Any, loans: int) -> None:
    """So many loans like `first`, each with copies of what hangs on it, spread over enterprises and three years."""
    repayment = first.repayments.first()
    shift = "(g % 1080 - 540)" if first.settled_on else "-(g % 20)"
    of = Copies(first, loans, next_id(first), next_id(first.movement), next_id(repayment) if repayment else 0, shift)
    copy_notes(of, *copy_lines(first, loans))
    if repayment is not None:
        receipt = {"id": f"{of.repayment} + g", "receipt_no": f"'R' || ({of.repayment} + g)", "loan_id": f"{of.loan} + g"}
        copies(repayment, loans, **receipt, **of.days("paid_on"))
    for moved in first.movements.order_by("pk"):
        mine = next_id(moved)
        source = f"{of.loan} + g" if moved.pk == first.movement_id else f"{of.repayment} + g"
        place = {"id": f"{mine} + g", "source_id": source, "entry_id": "NULL", "loan_id": f"{of.loan} + g"}
        copies(moved, loans, **place, **of.days("fact_on", "value_on", "posted_on"))
    for instalment in first.schedule_lines.all():
        copies(instalment, loans, loan_id=f"{of.loan} + g", **of.days("due_on", "payable_on"))
    confirm(of)
    copy_traces(of)
    copy_entry(of)


def copy_lines(first: Any, loans: int) -> tuple[int, int]:
    """Credit lines enough for so many loans, with what leads to them; the first key of enterprises and of lines."""
    line, recommendation, enterprise = first.credit_line, first.credit_line.recommendation, first.enterprise
    enterprises, lines, recommendations = next_id(enterprise), next_id(line), next_id(recommendation)
    batches = next_id(recommendation.batch)
    count = -(-loans // LOANS_EACH)
    to_enterprise = f"{enterprises} + g / {LINES_EACH}"
    copies(
        enterprise,
        -(-count // LINES_EACH),
        id=f"{enterprises} + g",
        name=f"'样本科技有限公司' || ({enterprises} + g)",
        org_code=f"'B' || lpad(({enterprises} + g)::text, 8, '0')",
        uscc="NULL",
    )
    copies(recommendation.batch, -(-count // BATCH_SIZE), id=f"{batches} + g", number=f"{batches + 1000} + g")
    to_batch = f"{batches} + g / {BATCH_SIZE}"
    copies(recommendation, count, id=f"{recommendations} + g", enterprise_id=to_enterprise, batch_id=to_batch)
    copies(line, count, id=f"{lines} + g", recommendation_id=f"{recommendations} + g", enterprise_id=to_enterprise)
    return enterprises, lines


def copy_notes(of: Copies, enterprises: int, lines: int) -> None:
    """Unconfirmed, as a loan and its movement point to each other."""
    entered = {"movement_id": "NULL", "status": "'entered'", "confirmed_by_id": "NULL", "confirmed_at": "NULL", "confirmed_on": "NULL"}
    copies(
        of.first,
        of.count,
        id=f"{of.loan} + g",
        enterprise_id=f"{enterprises} + g / {LINES_EACH * LOANS_EACH}",
        credit_line_id=f"{lines} + g / {LOANS_EACH}",
        note_no=f"'B' || ({of.loan} + g)",
        contract_no=f"'HT' || ({of.loan} + g)",
        settled_on="NULL",
        outstanding="0",
        **entered,
        **of.days("disbursed_on", "due_on"),
    )


def copy_traces(of: Copies) -> None:
    """Clocks, trail and messages."""
    from parties.models import AuditEvent, Notification, User
    from reserve.models import Deadline

    loan = {"object_id": f"({of.loan} + g)::text", "object_label": f"'借据 B' || ({of.loan} + g)"}
    for clock in Deadline.objects.filter(subject_type="loans.loan", subject_id=of.first.pk):
        label = f"replace(label, '{of.first.note_no}', 'B' || ({of.loan} + g))"
        url = f"'/loans/' || ({of.loan} + g) || '/'"
        copies(clock, of.count, subject_id=f"{of.loan} + g", label=label, url=url, **of.days("due_on"))
    for event in AuditEvent.objects.filter(object_type="loans.loan", object_id=str(of.first.pk))[:3]:
        copies(event, of.count, **loan)
    message = Notification.objects.filter(recipient__in=User.objects.filter(username__startswith="bank")).first()
    copies(message, of.count, key=f"'bench' || ({of.loan} + g)")


def copy_entry(of: Copies) -> None:
    """What the drawdown posted, again and again at the end of the chain (whose hashes this does not keep)."""
    from reserve.models import LedgerEntry, Transfer

    entry = LedgerEntry.objects.get(pk=of.first.movement.entry_id)
    last = LedgerEntry.objects.filter(programme=entry.programme).order_by("-pk").first()
    assert last is not None
    place = {"id": f"{last.pk} + 1 + g", "sequence": f"{last.sequence} + 1 + g", "source_id": f"{of.loan} + g"}
    today = f"DATE '{last.ledger_date}'"
    copies(entry, of.count, **place, ledger_date=today, value_date=today, hash="md5(g::text)")
    for transfer in Transfer.objects.filter(entry=entry):
        copies(transfer, of.count, entry_id=f"{last.pk} + 1 + g")


def confirm(of: Copies) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE loans_loan l SET movement_id = {of.movement} + l.id - {of.loan}, status = f.status, outstanding = f.outstanding,"  # noqa: S608
            " confirmed_by_id = f.confirmed_by_id, confirmed_at = f.confirmed_at, confirmed_on = f.confirmed_on,"
            f" settled_on = f.settled_on + {of.shift.replace('g', f'(l.id - {of.loan})')}::int"
            f" FROM loans_loan f WHERE f.id = {of.first.pk} AND l.id BETWEEN {of.loan} AND {of.loan + of.count - 1}"
        )


def next_id(row: Any) -> int:
    model = type(row)
    return int(model._base_manager.order_by("-pk").values_list("pk", flat=True)[0]) + 1


def copies(row: Any, count: int, **changes: str) -> None:
    """Rows like `row` but for the columns named, each an SQL expression of its own columns and the number `g` from 0."""
    from django.db import connection

    meta = type(row)._meta
    columns = [field.column for field in meta.concrete_fields if not field.primary_key or field.column in changes]
    values = ", ".join(changes.get(column, f"t.{column}") for column in columns)
    table, key = meta.db_table, meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t, generate_series(0, {count - 1}) g"  # noqa: S608
            f" WHERE t.{key} = {int(row.pk)}"
        )
        if "id" in changes and meta.pk.get_internal_type().endswith("AutoField"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


# --- the pages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    person: str
    url: str
    statements: int
    seconds: list[float]
    size: int

    @property
    def p95(self) -> float:
        """Of few runs: the slowest but for one in twenty, that is the slowest."""
        return sorted(self.seconds)[max(0, -(-len(self.seconds) * 95 // 100) - 1)]

    @property
    def fault(self) -> str:
        faults = [
            f"{self.statements} statements" if self.statements > STATEMENTS_MAX else "",
            f"{self.p95 * 1000:.0f} ms" if self.p95 > P95_MAX else "",
            f"{self.size / 1000:.0f} KB" if self.size > BYTES_MAX else "",
        ]
        return ", ".join(filter(None, faults))


def measure(runs: int, only: str, people: list[str]) -> list[Measured]:
    """Each kind of page once for each person, found by following links from the first page."""
    from django.test import Client

    from parties.models import User
    from tests.journeys.test_crawl import kind_of, look, turns

    found = []
    turned = Counter[str]()
    for name in people:
        client = Client(raise_request_exception=False)
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        waiting, kinds = deque(["/", *SEARCHES]), Counter[str]()
        while waiting:
            url = waiting.popleft()
            if url.startswith(only):
                one = time_of(client, name, url, runs)
                if one is not None:
                    found.append(one)
                    if one.fault:
                        print(f"  {name} {url}: {one.fault}", flush=True)
            for link in look(client, url)[1]:
                kind, known = kind_of(link), turned if turns(link) else kinds
                if kind and not known[kind] and "export=" not in link and not link.rstrip("/").endswith(("pdf", "xlsx", "csv", "json")):
                    known[kind] += 1
                    waiting.append(link)
    return found


def time_of(client: Any, name: str, url: str, runs: int) -> Measured | None:
    """A page's figures; None for what is no page (a redirection, a paper)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as statements:
        answer = client.get(url)  # not counted: plans, caches, imports
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return None
    asked, seconds = len(statements), []
    for _ in range(runs):  # each starts a new log of statements
        started = time.perf_counter()
        client.get(url)
        seconds.append(time.perf_counter() - started)
    return Measured(name, url, asked, seconds, len(gzip.compress(answer.content, 6)))


def report(found: list[Measured]) -> int:
    every = sorted(seconds for one in found for seconds in one.seconds)
    statements, size = max(one.statements for one in found), max(one.size for one in found)
    print(f"{len(found)} pages, at most {statements} statements, {size / 1000:.1f} KB compressed")
    print(f"median {every[len(every) // 2] * 1000:.0f} ms, 95th percentile of all answers {every[len(every) * 95 // 100] * 1000:.0f} ms")
    for one in sorted(found, key=lambda one: -one.p95)[:15]:
        print(f"{one.p95 * 1000:6.0f} ms {one.statements:3} {one.size / 1000:5.1f} KB  {one.person:10} {one.url}")
    return 1 if any(one.fault for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
