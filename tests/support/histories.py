"""Loans with random lives: paid in time, late, early, told of later, taken back. The same seed gives the same lives."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from common.errors import Refusal
from loans.models import Loan
from loans.services.daily import assess_loans
from tests.factories import World, make_enterprise, make_line, make_loan, make_repayment, make_reversal, moment

FIRST = date(2023, 2, 1)
METHODS = ("quarterly_interest", "monthly_interest", "equal_principal", "equal_instalment", "bullet")


def lend_at_random(world: World, seed: int, *, count: int = 4, until: date = date(2024, 9, 30)) -> list[Loan]:
    """`count` loans of 2023, each with what was paid on it by `until`, the day up to which the daily job has run."""
    random = Random(seed)
    loans = []
    for number in range(1, count + 1):
        enterprise, method = make_enterprise(world, number, day=FIRST), random.choice(METHODS)
        line = make_line(world, enterprise, day=FIRST, amount="1200000", annual_rate=Decimal("4.5"), repayment_method=method)
        loans.append(make_loan(world, line, day=FIRST + timedelta(days=number)))
    told = sorted(random.choice([20, 100, 240, 400]) + random.randrange(180) for _ in range(count * 5))
    for days in told:
        day = FIRST + timedelta(days=days)
        if day <= until:
            _pay(world, random.choice(loans), day, random)
    assess_loans(until, moment(until))
    for loan in loans:
        loan.refresh_from_db()
    return loans


def _pay(world: World, loan: Loan, told_on: date, random: Random) -> None:
    """A payment that was made up to three weeks before; now and then it was no payment after all."""
    loan.refresh_from_db()
    paid_on = max(loan.disbursed_on, told_on - timedelta(days=random.choice([0, 0, 0, 21])))
    principal = loan.outstanding if random.random() < 0.2 else min(loan.outstanding, Decimal(random.choice([0, 50_000, 100_000, 300_000])))
    try:
        row = make_repayment(world, loan, principal, paid_on=paid_on, day=told_on, **({} if principal else {"interest": Decimal(12_000)}))
    except Refusal:  # not every random payment makes sense: nothing happened then
        return
    if random.random() < 0.15:
        make_reversal(world, row, day=told_on)
