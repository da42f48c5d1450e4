"""展期: how long, at what rate (domain §4; 《贷款通则》第十二条, 《人民币利率管理规定》第二十条)."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up

from .terms import add_months

SHORT_MONTHS, MEDIUM_MONTHS, LONGEST_MONTHS = 12, 60, 36


def latest_extension(starts_on: date, due_on: date) -> date:
    """The last day a loan of this original term may be extended to, all its extensions together.

    Up to one year: by the original term; over one and up to five years: by half of it (in days); beyond: by three years.
    """
    if due_on > add_months(starts_on, MEDIUM_MONTHS):
        return add_months(due_on, LONGEST_MONTHS)
    if due_on > add_months(starts_on, SHORT_MONTHS):
        return due_on + timedelta(days=(due_on - starts_on).days // 2)
    months = _whole_months(starts_on, due_on)
    return add_months(due_on, months) + (due_on - add_months(starts_on, months))


def extension_rate(annual_rate: Decimal, old_reference: Decimal, new_reference: Decimal) -> Decimal:
    """What the rate becomes when the term, counted from disbursement, reaches a higher tier of the published rate.

    The contract's multiple of its tier is kept: 7.8 % at 6.00 becomes 7.995 % at 6.15. Never lower than before.
    """
    if new_reference <= old_reference:
        return annual_rate
    return round_half_up(Fraction(annual_rate) * Fraction(new_reference) / Fraction(old_reference), 4)


def _whole_months(starts_on: date, due_on: date) -> int:
    months = 0
    while add_months(starts_on, months + 1) <= due_on:
        months += 1
    return months
