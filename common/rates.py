"""Interest rates: annual percent with four decimals everywhere; rural banks quote permille a month (domain §6)."""

from decimal import Decimal
from fractions import Fraction

from .money import round_half_up

PLACES = 4


def monthly_permille_to_annual(monthly: Decimal) -> Decimal:
    """‰ a month → % a year: 6.5‰ = 7.8000%, and 6.0667‰, as 7.28% is quoted, = 7.2800%."""
    return round_half_up(Fraction(monthly) * 12 / 10, PLACES)


def annual_to_monthly_permille(annual: Decimal) -> Decimal:
    """% a year → ‰ a month, as rural banks print it."""
    return round_half_up(Fraction(annual) * 10 / 12, PLACES)
