"""How long a loan and a credit line may run (domain §3.6, §4)."""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clamped to the month's end: 31 January + 1 = 28 or 29 February."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def max_due_on(disbursed_on: date, months: int) -> date:
    """The last lawful due date: `term_months_max` after disbursement, that day included (domain §4)."""
    return add_months(disbursed_on, months)


def approval_expires_on(approved_on: date, valid_days: int) -> date:
    """The last day a credit line can be drawn: approval + `approval_valid_days` (domain §4)."""
    return approved_on + timedelta(days=valid_days)
