"""The repayment schedule of a loan: what falls due when, by the seven methods (domain §6).

A schedule is a function of the contract and of what changed it since (early repayments, extensions). Interest is
computed exactly and rounded half up once an instalment; the last instalment takes what rounding left of the principal,
so that the principal of a schedule always adds up to the loan.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.money import ZERO, round_half_up

from ..enums import InstalmentKind, PrepaymentEffect, RepaymentMethod
from .terms import add_months

SETTLEMENT_DAY = 20
"""结息日: interest is settled on the 20th of each month, or of each quarter's last month."""

DAYS_OF_YEAR = 360
_DAY = timedelta(days=1)
_BY_MONTHS = (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a 借据 agrees: yuan, annual percent.

    `agreed`: days and principal of an agreed table (分期还本); what it leaves falls due at maturity. `cycle_months`: such a
    loan's interest is settled every month (1) or every quarter (3). `anchor`: the disbursement, whose day of the month instalments
    keep, where the schedule starts later (期初).
    """

    principal: Decimal
    annual_rate: Decimal
    starts_on: date
    due_on: date
    method: str
    cycle_months: int = 1
    agreed: tuple[tuple[date, Decimal], ...] = ()
    anchor: date | None = None


@dataclass(frozen=True, slots=True)
class Prepayment:
    """Principal paid before it was due; `effect` says what becomes of the instalments that remain."""

    on: date
    principal: Decimal
    effect: str = PrepaymentEffect.LOWER


@dataclass(frozen=True, slots=True)
class NewTerm:
    """展期: what is owed at the old maturity runs on to `due_on`, from the old maturity at `annual_rate`."""

    due_on: date
    annual_rate: Decimal


class Instalment(NamedTuple):
    """What falls due on a day, in yuan; `balance` is owed after it. `days`: those the interest is for, None for a whole month."""

    number: int
    kind: str
    due_on: date
    annual_rate: Decimal
    days: int | None
    principal: Decimal
    interest: Decimal
    balance: Decimal

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest


def schedule(contract: Contract, prepayments: Iterable[Prepayment] = (), new_terms: Sequence[NewTerm] = ()) -> list[Instalment]:
    """Every instalment from disbursement to the last maturity, in order of their days.

    A prepayment is an instalment of its own. Of one that exceeds what the schedule still owes, only that much counts (the
    rest pays arrears); one on or after the last maturity is none. A new term carries what would have fallen due at the old
    maturity to the new one, planned by the same method; the old term's interest stays due at the old maturity.
    """
    plan = _Plan(contract.principal)
    events = sorted(prepayments, key=lambda event: event.on)
    starts_on = contract.starts_on
    terms = [NewTerm(contract.due_on, contract.annual_rate), *new_terms]
    for place, new in enumerate(terms):
        if not plan.balance:
            break
        term = _Term(
            method=contract.method,
            annual_rate=new.annual_rate,
            daily=Fraction(new.annual_rate) / (100 * DAYS_OF_YEAR),
            monthly=Fraction(new.annual_rate) / 1200,
            starts_on=starts_on,
            anchor=starts_on if place or contract.anchor is None else contract.anchor,
            due_on=new.due_on,
            is_last=place == len(terms) - 1,
            cycle_months=contract.cycle_months,
            agreed=[row for row in contract.agreed if starts_on <= row[0] < new.due_on],
            prepayments=[event for event in events if starts_on <= event.on < new.due_on],
        )
        (_plan_by_months if term.method in _BY_MONTHS else _plan_by_days)(plan, term)
        starts_on = new.due_on
    return plan.rows


@dataclass(frozen=True, slots=True)
class _Term:
    """One stretch of a loan between two maturities, with the interest on one yuan. The last one pays everything back."""

    method: str
    annual_rate: Decimal
    daily: Fraction
    monthly: Fraction
    starts_on: date
    anchor: date
    due_on: date
    is_last: bool
    cycle_months: int
    agreed: list[tuple[date, Decimal]]
    prepayments: list[Prepayment]


@dataclass(slots=True)
class _Plan:
    """The schedule while it is written, and what it still owes."""

    balance: Decimal
    rows: list[Instalment] = field(default_factory=list)

    def add(self, kind: str, due_on: date, term: _Term, days: int | None, principal: Decimal, interest: Fraction) -> None:
        self.balance -= principal
        number = len(self.rows) + 1
        self.rows.append(Instalment(number, kind, due_on, term.annual_rate, days, principal, round_half_up(interest), self.balance))


class BankRow(NamedTuple):
    """What the bank's own schedule says of a day, in yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


def follow_bank(ours: Sequence[Instalment], rows: Sequence[BankRow], principal: Decimal) -> list[Instalment]:
    """The bank's rows from their first day on, ours before it (domain §6: the bank's schedule is the truth, ours checks it).

    `principal`: the loan's, in yuan. What the two divide must be the same; who records the rows has checked it.
    """
    kept = [row for row in ours if row.due_on < rows[0].due_on]
    balance = kept[-1].balance if kept else principal
    found = list(kept)
    for row in rows:
        balance -= row.principal
        rate = next((own.annual_rate for own in ours if own.due_on >= row.due_on), ours[-1].annual_rate)
        days = None if ours[-1].days is None else 0
        found.append(Instalment(len(found) + 1, InstalmentKind.BANK, row.due_on, rate, days, row.principal, row.interest, balance))
    return found


# By months: equal instalments and equal principal, a twelfth of the annual rate a month


def monthly_dates(starts_on: date, due_on: date) -> list[date]:
    """The disbursement's day of every month, clamped to the month's end, and `due_on` as the last (domain §6)."""
    days, months = [], 1
    while (day := add_months(starts_on, months)) < due_on:
        days.append(day)
        months += 1
    return [*days, due_on]


def level_instalment(principal: Decimal, annual_rate: Decimal, periods: int) -> Decimal:
    """等额本息: A = P·i(1+i)^n ÷ ((1+i)^n − 1), i = annual ÷ 12, half up. 3,000,000 at 7.8 % in 12 months → 260,687.95."""
    monthly = Fraction(annual_rate) / 1200
    growth = (1 + monthly) ** periods
    return round_half_up(Fraction(principal) * monthly * growth / (growth - 1))


def _plan_by_months(plan: _Plan, term: _Term) -> None:
    every = monthly_dates(term.anchor, term.due_on)
    days = [day for day in every if day >= term.starts_on]
    gone = len(every) - len(days)  # months that were over when the schedule starts
    share = _share(term, plan.balance, len(days))
    previous = term.starts_on
    for place, day in enumerate(days):
        accrued = Fraction(0)  # on what was prepaid within the month, to the day it was paid
        for event in (event for event in term.prepayments if previous <= event.on < day):
            principal, elapsed = min(event.principal, plan.balance), (event.on - previous).days
            accrued += Fraction(principal * elapsed) * term.daily
            if principal == plan.balance:
                plan.add(InstalmentKind.EARLY, event.on, term, elapsed, principal, accrued)
                return
            plan.add(InstalmentKind.EARLY, event.on, term, 0, principal, Fraction(0))
            if event.effect == PrepaymentEffect.LOWER:
                share = _share(term, plan.balance, len(days) - place)
        broken = _days_of_broken_month(term.anchor, gone + place + 1, previous, day)
        interest = Fraction(plan.balance) * term.monthly if broken is None else Fraction(plan.balance * broken) * term.daily
        if day == term.due_on:
            principal = plan.balance if term.is_last else ZERO
        elif term.method == RepaymentMethod.EQUAL_PRINCIPAL:
            principal = min(share, plan.balance)
        else:
            principal = min(share - round_half_up(interest), plan.balance)
        plan.add(InstalmentKind.REGULAR, day, term, broken, principal, interest + accrued)
        if not plan.balance:
            return
        previous = day


def _share(term: _Term, balance: Decimal, periods: int) -> Decimal:
    """What stays the same each month: the whole instalment, or its principal."""
    if term.method == RepaymentMethod.EQUAL_PRINCIPAL:
        return round_half_up(Fraction(balance) / periods)
    return level_instalment(balance, term.annual_rate, periods)


def _days_of_broken_month(anchor: date, months: int, previous: date, day: date) -> int | None:
    """Days of a period that is no whole month; None for one that ends on the month's day or, as contracts often put it, a day before."""
    whole, begins = add_months(anchor, months), add_months(anchor, months - 1)
    return None if previous == begins and day in (whole, whole - _DAY) else (day - previous).days


# By days: interest on the daily balance, actual days over 360, the first day counted and the last not


def settlement_days(starts_on: date, due_on: date, cycle_months: int) -> Iterator[date]:
    """The 20th of each month (or of March, June, September, December), from `starts_on` on, before `due_on`."""
    day = date(starts_on.year, starts_on.month, SETTLEMENT_DAY)
    while day < due_on:
        if day >= starts_on and day.month % cycle_months == 0:
            yield day
        day = add_months(day, 1)


def _plan_by_days(plan: _Plan, term: _Term) -> None:
    settles = [] if term.method == RepaymentMethod.BULLET else list(settlement_days(term.starts_on, term.due_on, _cycle(term)))
    agreed = dict(term.agreed)
    early: dict[date, list[Prepayment]] = {}
    for event in term.prepayments:
        early.setdefault(event.on, []).append(event)
    interest = _Accrual(term)
    for day in sorted({*settles, *agreed, *early}):
        interest.run_to(day, plan.balance)
        for kind, principal, effect in [
            *((InstalmentKind.REGULAR, amount, None) for amount in [agreed.get(day)] if amount),
            *((InstalmentKind.EARLY, event.principal, event.effect) for event in early.get(day, ())),
        ]:
            principal, before = min(principal, plan.balance), plan.balance
            if principal == plan.balance:
                plan.add(kind, day, term, *interest.days_and_principal(principal))
                return
            plan.add(kind, day, term, 0, principal, Fraction(0))
            if effect == PrepaymentEffect.LOWER:
                agreed = {later: _scaled(amount, plan.balance, before) if later > day else amount for later, amount in agreed.items()}
        if day in settles:
            interest.run_to(day + _DAY, plan.balance)
            plan.add(InstalmentKind.INTEREST, day, term, *interest.days_and_principal(ZERO))
    interest.run_to(term.due_on, plan.balance)
    plan.add(InstalmentKind.REGULAR, term.due_on, term, *interest.days_and_principal(plan.balance if term.is_last else ZERO))


def _cycle(term: _Term) -> int:
    """Months between two settlements of interest."""
    if term.method == RepaymentMethod.QUARTERLY_INTEREST:
        return 3
    return term.cycle_months if term.method == RepaymentMethod.AGREED_INSTALMENTS else 1


def _scaled(amount: Decimal, after: Decimal, before: Decimal) -> Decimal:
    return round_half_up(Fraction(amount) * Fraction(after) / Fraction(before))


@dataclass(slots=True)
class _Accrual:
    """Since the last settlement: what was owed times the days it was (yuan-days), which interest follows from, and the days."""

    term: _Term
    owed: Decimal = ZERO
    days: int = 0
    next_day: date = date.min

    def __post_init__(self) -> None:
        self.next_day = self.term.starts_on

    def run_to(self, day: date, balance: Decimal) -> None:
        """Count the days before `day` at this balance."""
        days = (day - self.next_day).days
        if days > 0:
            self.owed += balance * days
            self.days += days
            self.next_day = day

    def days_and_principal(self, principal: Decimal) -> tuple[int, Decimal, Fraction]:
        """Settle: what an instalment of this principal is for, and start anew."""
        settled = (self.days, principal, Fraction(self.owed) * self.term.daily)
        self.owed, self.days = ZERO, 0
        return settled
