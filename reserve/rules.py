"""The reserve's own arithmetic and judgements (domain §3.2, §3.3). Pure: no database, no clock."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from common.money import round_half_up

from .enums import DeadlineKind, DifferenceKind, ObligationStatus

# Working days before the due day on which those concerned are reminded, and how often afterwards (0: not at all).
REMIND_BEFORE: Final[dict[str, tuple[int, ...]]] = {
    DeadlineKind.MATCH: (10, 5, 1),
    DeadlineKind.RECOMMENDATION_EXPIRY: (10, 1),
    DeadlineKind.BANK_DECISION: (3, 0),
    DeadlineKind.APPROVAL_EXPIRY: (10, 1),
    DeadlineKind.LOAN_MATURITY: (10, 1),
    DeadlineKind.SUMMARY: (5, 1, 0),
    DeadlineKind.CLAIM_PRECHECK: (1, 0),
    DeadlineKind.CLAIM_DECISION: (5, 1, 0),
    DeadlineKind.CLAIM_PAYMENT: (3, 0),
    DeadlineKind.RECOVERY_REMIT: (3, 0),
}
REMIND_AFTER_EVERY: Final[dict[str, int]] = {
    DeadlineKind.MATCH: 1,
    DeadlineKind.BANK_DECISION: 5,
    DeadlineKind.SUMMARY: 5,
    DeadlineKind.CLAIM_PRECHECK: 1,
    DeadlineKind.CLAIM_DECISION: 5,
    DeadlineKind.CLAIM_PAYMENT: 5,
    DeadlineKind.RECOVERY_REMIT: 5,
}


def obligation_amount(contribution: Decimal, match_ratio: Fraction) -> Decimal:
    """What the town owes for a provincial deposit: ratio × amount, half up to the 分 (domain §3.3)."""
    return round_half_up(Fraction(contribution) * match_ratio)


def obligation_status(*, due_on: date, provisional: bool, fulfilled_on: date | None, on: date) -> ObligationStatus:
    """Where an obligation stands on `on` (domain §3.3). The arrival decides, not its confirmation.

    A provisional due date makes nobody overdue: it is a guess, and the notice of the year may move it.
    """
    if fulfilled_on is not None:
        return ObligationStatus.FULFILLED if fulfilled_on <= due_on else ObligationStatus.FULFILLED_LATE
    return ObligationStatus.OVERDUE if on > due_on and not provisional else ObligationStatus.OPEN


def reminder_due(kind: str, workdays_left: int, *, provisional: bool = False) -> bool:
    """Whether a working day with so many working days left (negative: late) is one to remind on.

    Nobody is late after a provisional day: the first working day says so once (domain §5).
    """
    if workdays_left >= 0:
        return workdays_left in REMIND_BEFORE[kind]
    if provisional:
        return workdays_left == -1
    every = REMIND_AFTER_EVERY.get(kind, 0)
    return every > 0 and -workdays_left % every == 0


# The bank's statement beside the ledger 对账


@dataclass(frozen=True, slots=True)
class CashLine:
    """A movement of an account, as the bank or as the ledger has it: `amount` (yuan) is positive for money in.

    `key`: of the statement's line, or of the ledger's entry. `period`: the statement in whose days it lies; None: in none.
    """

    key: int
    day: date
    amount: Decimal
    receipt_no: str
    period: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the two sides do not say alike. `gap`: what the bank has more (yuan, signed)."""

    kind: DifferenceKind
    bank: CashLine | None
    book: CashLine | None
    gap: Decimal

    @property
    def period(self) -> int:
        """The statement it is listed in: that of the bank's line, else of the ledger's."""
        line = self.bank or self.book
        if line is None or line.period is None:
            raise ValueError("a difference without a line of a statement's period is its statement's own")
        return line.period


def receipt_in(memo: str) -> str:
    """The bank's receipt number in an entry's memo (`…，回单号 HD001`): what a posting that moved the bank's money names last."""
    found = re.search(r"回单号 ([^\s，。；]+)$", memo)
    return found[1] if found else ""


def cash_differences(bank: Sequence[CashLine], book: Sequence[CashLine]) -> list[Difference]:
    """One account's lines of all its statements against all its movements in the ledger, each line matched once.

    First what agrees in day, amount and receipt; then the same receipt and amount on another day (a difference only within one
    statement: what one has at its end and the other later is only on its way); then the same receipt with another amount; then the
    same day and amount where one side names no receipt, or another. What is left is on one side alone; in the ledger it
    counts where a statement speaks of its day.
    """
    sides = _Sides(list(bank), list(book))
    found: list[Difference] = []
    sides.pairs(lambda line: (line.day, line.amount, line.receipt_no))
    for one, other in sides.pairs(lambda line: line.receipt_no and (line.amount, line.receipt_no)):
        if one.period == other.period:
            found.append(_between(DifferenceKind.DAY, one, other))
    for one, other in sides.pairs(lambda line: line.receipt_no and (line.amount > 0, line.receipt_no)):
        found.append(_between(DifferenceKind.AMOUNT, one, other))
    for one, other in sides.pairs(lambda line: (line.day, line.amount)):
        if one.receipt_no and other.receipt_no:
            found.append(_between(DifferenceKind.RECEIPT, one, other))
    found += [Difference(DifferenceKind.ONLY_BANK, line, None, line.amount) for line in sides.bank]
    found += [Difference(DifferenceKind.ONLY_LEDGER, None, line, -line.amount) for line in sides.book if line.period is not None]
    return sorted(found, key=_day_of)


@dataclass(slots=True)
class _Sides:
    """The lines not matched yet."""

    bank: list[CashLine]
    book: list[CashLine]

    def pairs(self, key: Callable[[CashLine], Hashable]) -> list[tuple[CashLine, CashLine]]:
        """Take out the lines of both sides that agree in `key`, one with one, in order; a falsy key matches nothing."""
        waiting: defaultdict[Hashable, list[CashLine]] = defaultdict(list)
        for line in reversed(self.book):
            waiting[key(line)].append(line)
        found = [(line, waiting[key(line)].pop()) for line in self.bank if key(line) and waiting[key(line)]]
        taken, gone = {one.key for one, _ in found}, {other.key for _, other in found}
        self.bank = [line for line in self.bank if line.key not in taken]
        self.book = [line for line in self.book if line.key not in gone]
        return found


def _between(kind: DifferenceKind, bank: CashLine, book: CashLine) -> Difference:
    return Difference(kind, bank, book, bank.amount - book.amount)


def _day_of(difference: Difference) -> date:
    line = difference.bank or difference.book
    return line.day if line else date.min
