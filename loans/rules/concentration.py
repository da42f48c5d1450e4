"""What one enterprise may owe one bank: a share of the bank's net capital (domain §4 `single_borrower_ratio`)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from common.money import ZERO, format_yuan, from_cents
from reserve.rulebook import display_value


def concentration_limit(net_capital: Decimal, ratio: Fraction) -> Decimal:
    """`ratio` × net capital in yuan, cut to the 分, so that an amount passes it exactly when it passes the product."""
    return from_cents(floor(Fraction(net_capital) * ratio * 100))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one enterprise owes, and can still draw from its lines, in yuan."""

    outstanding: Decimal = ZERO
    undrawn: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.outstanding + self.undrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """One enterprise at one bank over all the bank's programmes, against the net capital of a day; money in yuan.

    `adding`: what a decision or a drawdown puts on top of what is owed and can still be drawn.
    """

    net_capital: Decimal
    as_of: date
    used: Exposure
    ratio: Fraction
    adding: Decimal = ZERO

    @property
    def limit(self) -> Decimal:
        return concentration_limit(self.net_capital, self.ratio)

    @property
    def total(self) -> Decimal:
        return self.used.total + self.adding

    @property
    def left(self) -> Decimal:
        """What could still be added."""
        return max(self.limit - self.used.total, ZERO)

    @property
    def exceeded(self) -> bool:
        return self.total > self.limit

    @property
    def basis(self) -> str:
        """What the limit is made of."""
        return f"{self.as_of} 资本净额 {format_yuan(self.net_capital)} 元的 {display_value('single_borrower_ratio', self.ratio)}"

    @property
    def parts(self) -> str:
        """What the total is made of."""
        adding = f"，本笔 {format_yuan(self.adding)} 元" if self.adding else ""
        return f"在本行各项目未还本金 {format_yuan(self.used.outstanding)} 元，未用授信 {format_yuan(self.used.undrawn)} 元{adding}"

    @property
    def note(self) -> str:
        """That it is exceeded, for readers who may not know the bank's other programmes: no figure of them."""
        return f"已超过单一客户集中度限额 {format_yuan(self.limit)} 元"

    @property
    def sentence(self) -> str:
        """The same for the bank's own people, with every figure."""
        over = format_yuan(self.total - self.limit)
        return f"{self.note}（{self.basis}）：该企业{self.parts}，合计 {format_yuan(self.total)} 元，超出 {over} 元。"
