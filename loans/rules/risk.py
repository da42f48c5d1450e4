"""The rates that show what the reserve is exposed to, and past which line they are (domain §4 `overdue_rate_…`)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.money import round_half_up
from reserve.rulebook import Rules


@dataclass(frozen=True, slots=True)
class RatePoint:
    """The end of a day, in yuan: principal owed, and that of loans overdue for longer than the rules of the day let pass."""

    day: date
    rules: Rules
    owed: Decimal
    overdue: Decimal

    @property
    def rate(self) -> Decimal | None:
        """A fraction with 4 decimals; None where nothing is owed."""
        return round_half_up(self.overdue / self.owed, 4) if self.owed else None

    @property
    def warns(self) -> bool:
        """Whether the rate, unrounded, is past the threshold of the day."""
        return self._exceeds(self.rules.overdue_rate_warn)

    @property
    def stops(self) -> bool:
        """The same of the threshold that stops new cover, which counts from a certain size only."""
        return self._exceeds(self.rules.overdue_rate_stop) and self.owed >= self.rules.overdue_rate_min_outstanding

    def _exceeds(self, line: Fraction) -> bool:
        return Fraction(self.overdue) > Fraction(self.owed) * line
