"""The reserve's own arithmetic and judgements (domain §3.2, §3.3). Pure: no database, no clock."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from common.money import round_half_up

from .enums import DeadlineKind, ObligationStatus

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
