"""The night's work on many running loans, and how long a long schedule takes.

    .venv/bin/python benchmarks/servicing.py [--loans 50000] [--late 0.02] [--worst]

On a scratch database of its own, dropped afterwards: beside the PostgreSQL that `DATABASE_URL` names, else SQLite in a
temporary directory. A night on which a share of the loans falls overdue, each of which is told to bank and offices; with
`--worst`, another on which all others do as well. Exit status 1 when the ordinary night takes more than 5 minutes, a
night's memory grows by more than 100 MB, or a schedule of 120 instalments takes more than a millisecond.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from scratch import AMOUNT, application, clones, make_loans

NIGHT_SECONDS, NIGHT_MB, SCHEDULE_SECONDS = 300, 100, 0.001


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loans", type=int, default=50_000)
    parser.add_argument("--late", type=float, default=0.02)
    parser.add_argument("--worst", action="store_true")
    given = parser.parse_args()
    with application():
        met = measure_schedule()
        first_late = fill(given.loans, given.late)
        met &= measure_night("ordinary night", first_late, NIGHT_SECONDS)
        if given.worst:
            measure_night("every loan falls overdue", first_late + timedelta(days=NEXT_PAYMENT), None)
    return 0 if met else 1


NEXT_PAYMENT = 30  # days after which those in order are late as well


def fill(loans: int, late: float) -> date:
    """Running loans of one day with schedules; a share was not paid, the others are in order. Returns the first night it shows."""
    from loans.models import OverdueSpell, ScheduleLine
    from tests.factories import fund, make_line, make_loan, make_world

    world = fund(make_world())
    first = make_loan(world, make_line(world), amount=AMOUNT)
    made = make_loans(first, loans, lambda _: first.disbursed_on)
    for line in first.schedule_lines.all():
        clones(line, ({"loan_id": loan.pk} for loan in made))
    spell: OverdueSpell = first.overdue_spells.get()
    for share, days in ((made[: int(loans * late)], 0), (made[int(loans * late) :], NEXT_PAYMENT)):
        later = timedelta(days=days)
        clones(spell, ({"loan_id": loan.pk, "payable_on": spell.payable_on + later, "from_on": spell.from_on + later} for loan in share))
    print(f"{loans:,} running loans, {ScheduleLine.objects.count():,} instalments")
    return spell.from_on


def measure_night(what: str, on: date, at_most: float | None) -> bool:
    from loans.services.daily import assess_loans
    from parties.models import Notification

    told, memory, started = Notification.objects.count(), _memory(), time.perf_counter()
    counts = assess_loans(on, datetime(on.year, on.month, on.day, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    seconds, grown = time.perf_counter() - started, _memory() - memory
    print(f"{what}: {seconds:.1f} s, {counts}, {Notification.objects.count() - told:,} notifications, memory +{grown:.0f} MB")
    return grown <= NIGHT_MB and (at_most is None or seconds <= at_most)


def measure_schedule() -> bool:
    """120 monthly instalments of every method; the slowest counts."""
    from loans.enums import RepaymentMethod
    from loans.rules.schedules import Contract, schedule

    terms: dict[str, Any] = {"principal": Decimal(3_000_000), "annual_rate": Decimal("7.2"), "cycle_months": 1, "agreed": ()}
    found = {}
    for method in RepaymentMethod.values:
        contract = Contract(**terms, starts_on=date(2012, 3, 1), due_on=date(2022, 3, 1), method=method)
        found[method] = _best(lambda contract=contract: schedule(contract)), len(schedule(contract))
    method, (seconds, rows) = max(found.items(), key=lambda item: item[1][0])
    print(f"a schedule of ten years: {seconds * 1000:.2f} ms at most ({method}, {rows} instalments)")
    return seconds <= SCHEDULE_SECONDS


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _memory() -> float:
    """The most this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
