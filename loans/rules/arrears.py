"""What of a schedule is paid, since when it is not, and what that costs (domain §3.8, §6). Days count to the end of a day.

Paid principal meets the instalments in the order of their days, and so does paid interest, each in a row of its own: how a
payment divides between them is the bank's record. An instalment is in time on its payable day, overdue from the next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.money import ZERO, round_half_up

from ..enums import InstalmentKind
from .schedules import DAYS_OF_YEAR, Instalment


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, in yuan. `early`: its principal was paid before it was due."""

    on: date
    principal: Decimal
    interest: Decimal = ZERO
    penalty: Decimal = ZERO
    early: bool = False


class Due(NamedTuple):
    """An instalment with the last day on which paying it is in time."""

    instalment: Instalment
    payable_on: date


@dataclass(frozen=True, slots=True)
class Line:
    """An instalment and what was paid of it by a day, in yuan.

    `grace_interest`: contract interest from a maturity that was no working day to the payment, at the latest to the
    payable day. `cleared_on`: the day on which the last of it was paid.
    """

    instalment: Instalment
    payable_on: date
    grace_interest: Decimal
    principal_paid: Decimal
    interest_paid: Decimal
    cleared_on: date | None

    @property
    def interest(self) -> Decimal:
        return self.instalment.interest + self.grace_interest

    @property
    def principal_left(self) -> Decimal:
        return self.instalment.principal - self.principal_paid

    @property
    def interest_left(self) -> Decimal:
        return self.interest - self.interest_paid

    def is_overdue(self, day: date) -> bool:
        return self.payable_on < day and (self.cleared_on is None or self.cleared_on > day)


class Spell(NamedTuple):
    """Days on which the same instalment was the oldest unpaid: [`from_on`, `until_on`), None while it lasts.

    Days overdue on one of them = that day − `payable_on`.
    """

    payable_on: date
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan at the end of `day`, in yuan."""

    day: date
    lines: list[Line]
    penalty: Decimal
    penalty_paid: Decimal

    @property
    def overdue_since(self) -> date | None:
        """The payable day of the oldest instalment in arrears."""
        return min((line.payable_on for line in self.lines if line.is_overdue(self.day)), default=None)

    @property
    def days_overdue(self) -> int:
        return (self.day - self.overdue_since).days if self.overdue_since else 0

    @property
    def principal_due(self) -> Decimal:
        """Principal that has fallen due and is not paid, that of `day` included."""
        return sum((line.principal_left for line in self._fallen_due), ZERO)

    @property
    def interest_due(self) -> Decimal:
        """As `principal_due`, of interest."""
        return max(ZERO, sum((line.interest_left for line in self._fallen_due), ZERO))

    @property
    def penalty_due(self) -> Decimal:
        return max(ZERO, self.penalty - self.penalty_paid)

    @property
    def overdue_principal(self) -> Decimal:
        return sum((line.principal_left for line in self.lines if line.is_overdue(self.day)), ZERO)

    @property
    def overdue_interest(self) -> Decimal:
        return sum((line.interest_left for line in self.lines if line.is_overdue(self.day)), ZERO)

    @property
    def _fallen_due(self) -> list[Line]:
        return [line for line in self.lines if line.instalment.due_on <= self.day]


def standing(
    dues: Sequence[Due], payments: Iterable[Payment], *, day: date, penalty_rate: Fraction, reckoned_from: date = date.min
) -> Standing:
    """What is paid, in arrears and owed besides at the end of `day`.

    `penalty_rate`: penalty interest as a multiple of the contract rate, 1.5 for an uplift of 50 %. Payments after `day`
    do not count. `reckoned_from`: no interest of earlier days is reckoned (期初).
    """
    made = sorted((payment for payment in payments if payment.on <= day), key=lambda payment: payment.on)
    principal = _principal_by_line(dues, made)
    grace = [_grace(due, paid, day, reckoned_from) for due, paid in zip(dues, principal, strict=True)]
    owed = [due.instalment.interest + extra for due, extra in zip(dues, grace, strict=True)]
    interest = _in_order(owed, [(payment.on, payment.interest) for payment in made])
    lines = [
        Line(
            due.instalment,
            due.payable_on,
            extra,
            sum((amount for _, amount in of_principal), ZERO),
            sum((amount for _, amount in of_interest), ZERO),
            _cleared_on(due, total, of_principal, of_interest),
        )
        for due, extra, total, of_principal, of_interest in zip(dues, grace, owed, principal, interest, strict=True)
    ]
    penalty = sum((_penalty(due, paid, day, reckoned_from) for due, paid in zip(dues, principal, strict=True)), Fraction(0))
    return Standing(day, lines, round_half_up(penalty * penalty_rate), sum((payment.penalty for payment in made), ZERO))


def spells(lines: Iterable[Line]) -> list[Spell]:
    """Every stretch of days in arrears, oldest first, without gaps in between where one follows another."""
    found: list[Spell] = []
    covered = date.min
    for line in sorted(lines, key=lambda line: line.payable_on):
        from_on = max(line.payable_on + timedelta(days=1), covered)
        if line.cleared_on is None:
            return [*found, Spell(line.payable_on, from_on, None)]
        if line.cleared_on > from_on:
            found.append(Spell(line.payable_on, from_on, line.cleared_on))
            covered = line.cleared_on
    return found


_Paid = list[tuple[date, Decimal]]


def _principal_by_line(dues: Sequence[Due], payments: Sequence[Payment]) -> list[_Paid]:
    """Early money meets the early instalments of its day; all other principal the rest, oldest first."""
    found: list[_Paid] = [[] for _ in dues]
    due: _Paid = []
    for payment in payments:
        left = payment.principal
        if payment.early:
            for place, (instalment, _) in enumerate(dues):
                if instalment.kind == InstalmentKind.EARLY and instalment.due_on == payment.on:
                    part = min(left, instalment.principal - _sum(found[place]))
                    left -= part
                    if part:
                        found[place].append((payment.on, part))
        if left:
            due.append((payment.on, left))
    regular = [place for place, (instalment, _) in enumerate(dues) if instalment.kind != InstalmentKind.EARLY]
    for place, paid in zip(regular, _in_order([dues[place].instalment.principal for place in regular], due), strict=True):
        found[place] = paid
    return found


def _in_order(owed: Sequence[Decimal], money: _Paid) -> list[_Paid]:
    """Divide money, oldest first, over what is owed, oldest first."""
    found: list[_Paid] = [[] for _ in owed]
    place, room = 0, owed[0] if owed else ZERO
    for on, amount in money:
        left = amount
        while left and place < len(owed):
            part = min(left, room)
            if part:
                found[place].append((on, part))
                left, room = left - part, room - part
            if not room:
                place += 1
                room = owed[place] if place < len(owed) else ZERO
    return found


def _cleared_on(due: Due, interest_owed: Decimal, principal: _Paid, interest: _Paid) -> date | None:
    """The day of the last payment that was needed; an instalment of nothing is cleared on its own day."""
    if _sum(principal) < due.instalment.principal or _sum(interest) < interest_owed:
        return None
    return max((on for on, _ in (*principal, *interest)), default=due.instalment.due_on)


def _grace(due: Due, principal: _Paid, day: date, reckoned_from: date) -> Decimal:
    """Contract interest on a maturity's principal while it waits for the next working day (domain §6)."""
    start = max(due.instalment.due_on, reckoned_from)
    return round_half_up(_interest_on_unpaid(due.instalment, principal, start, min(day, due.payable_on)))


def _penalty(due: Due, principal: _Paid, day: date, reckoned_from: date) -> Fraction:
    """Contract interest on overdue principal, exact; the penalty is a multiple of it."""
    return _interest_on_unpaid(due.instalment, principal, max(due.payable_on, reckoned_from), day)


def _interest_on_unpaid(instalment: Instalment, principal: _Paid, start: date, end: date) -> Fraction:
    """Interest on what of the principal is unpaid at the end of each day of [start, end)."""
    if not instalment.principal or end <= start:
        return Fraction(0)
    days_owed = Fraction(0)
    left, since = instalment.principal, start
    for on, amount in principal:
        if on >= end:
            break
        if on > since:
            days_owed += Fraction(left) * (on - since).days
            since = on
        left -= amount
    days_owed += Fraction(left) * (end - since).days
    return days_owed * Fraction(instalment.annual_rate) / 100 / DAYS_OF_YEAR


def _sum(paid: _Paid) -> Decimal:
    return sum((amount for _, amount in paid), ZERO)


def penalty_multiple(overdue_uplift: Fraction, misuse_uplift: Fraction, *, misused: bool) -> Fraction:
    """Penalty interest as a multiple of the contract rate; overdue and misused, the higher uplift alone counts (domain §4)."""
    return 1 + (max(overdue_uplift, misuse_uplift) if misused else overdue_uplift)


def ahead_of(state: Standing) -> Line | None:
    """The next instalment, which may be paid some days before its own: not what falls due by days at maturity, as its interest ends
    with the payment.
    """
    line = next((line for line in state.lines if line.instalment.due_on > state.day and line.principal_left), None)
    by_days_at_maturity = line is not None and line is state.lines[-1] and line.instalment.days is not None
    return None if by_days_at_maturity else line


def is_early(state: Standing, principal: Decimal) -> bool:
    """Whether principal paid on the day of `state` is an early repayment: more than has fallen due and the next instalment."""
    ahead = ahead_of(state)
    return principal > state.principal_due + (ahead.principal_left if ahead else ZERO)


def interest_with(state: Standing, principal: Decimal) -> Decimal:
    """The interest to be paid with so much principal: what is due, and that of the next instalment where it is paid whole; of one
    paid in part the interest stays due on its day."""
    ahead = ahead_of(state)
    whole = ahead is not None and principal >= state.principal_due + ahead.principal_left
    return state.interest_due + (ahead.interest_left if ahead and whole else ZERO)


class Parts(NamedTuple):
    """How a payment divides, in yuan."""

    principal: Decimal
    interest: Decimal
    penalty: Decimal


def allocate(amount: Decimal, owed: Parts, *, principal_first: bool) -> tuple[Parts, Decimal]:
    """Divide a payment over what has fallen due: penalty, interest, then principal, or the other way round (domain §3.8).

    Returns the parts, and what is left when nothing due remains.
    """
    order = ["principal", "interest", "penalty"] if principal_first else ["penalty", "interest", "principal"]
    taken = {}
    for name in order:
        taken[name] = min(amount, getattr(owed, name))
        amount -= taken[name]
    return Parts(**taken), amount
