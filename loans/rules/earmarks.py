"""What of the reserve a loan occupies (domain §4, formulas)."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from common.money import round_half_up, split


class Earmark(NamedTuple):
    """A loan's part of the reserve, in yuan: `total` = `provincial` + `town`."""

    total: Decimal
    provincial: Decimal
    town: Decimal


def earmark_target(outstanding: Decimal, leverage: Fraction, match_ratio: Fraction) -> Earmark:
    """What a loan with this outstanding principal occupies: round(outstanding ÷ leverage), the province's part
    round(target ÷ (1 + match_ratio)), the town's the rest (domain §4, formulas). 3,000,000 ÷ 7.5 → 400,000 = 80,000 + 320,000.
    """
    total = round_half_up(Fraction(outstanding) / leverage)
    provincial, town = split(total, 1, 1 + match_ratio)
    return Earmark(total, provincial, town)


def earmark_difference(before: Earmark, after: Earmark) -> Earmark:
    """What a movement posts: the difference of targets (positive occupies, negative releases), so nothing drifts."""
    return Earmark(after.total - before.total, after.provincial - before.provincial, after.town - before.town)


NO_EARMARK = Earmark(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"))
