"""The highest lawful annual rate (domain §3.7, §4)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Protocol, TypeVar

from common.errors import InvalidInput

from .terms import add_months

LPR_SINCE = date(2019, 8, 20)
"""From this contract date the cap follows the LPR (中国人民银行公告〔2019〕第15号), before it the benchmark rate."""

_TENORS = ((6, "up_to_6_months"), (12, "up_to_1_year"), (36, "up_to_3_years"), (60, "up_to_5_years"))


class DatedRates(Protocol):
    """A published row: the day it takes effect, and a column for each tenor."""

    @property
    def effective_on(self) -> date: ...


Row = TypeVar("Row", bound=DatedRates)


def benchmark_tenor(starts_on: date, due_on: date) -> str:
    """The benchmark column of a loan's term; a loan due exactly 6 or 12 … months after its start is in the shorter one."""
    return next((column for months, column in _TENORS if due_on <= add_months(starts_on, months)), "over_5_years")


def lpr_tenor(starts_on: date, due_on: date) -> str:
    """The LPR column: one year's up to five years, the other beyond (domain §4)."""
    return "one_year" if due_on <= add_months(starts_on, 60) else "over_five_years"


def rate_cap(
    *,
    contract_on: date,
    starts_on: date,
    due_on: date,
    benchmark_rows: Iterable[DatedRates],
    lpr_rows: Iterable[DatedRates],
    multiplier: Fraction,
    basis_points: int,
) -> Decimal:
    """The highest lawful annual rate (domain §4 `rate_cap_multiplier`, `lpr_cap_basis_points`).

    The published row is that of the contract date, the tenor that of the loan (`starts_on` = disbursement). Cut to four
    decimals, not rounded: a rate has four, so `rate <= cap` is the exact comparison.

    Raises:
        InvalidInput: no row is in force on the contract date.
    """
    if contract_on < LPR_SINCE:
        row = row_in_force(benchmark_rows, contract_on, "贷款基准利率")
        cap = Fraction(getattr(row, benchmark_tenor(starts_on, due_on))) * multiplier
    else:
        row = row_in_force(lpr_rows, contract_on, "贷款市场报价利率（LPR）")
        cap = Fraction(getattr(row, lpr_tenor(starts_on, due_on))) + Fraction(basis_points, 100)
    return Decimal(floor(cap * 10000)).scaleb(-4)


def row_in_force(rows: Iterable[Row], day: date, name: str) -> Row:
    """The last row that takes effect on or before `day`.

    Raises:
        InvalidInput: `day` is before the first row.
    """
    row = max((row for row in rows if row.effective_on <= day), key=lambda row: row.effective_on, default=None)
    if row is None:
        sentence = f"没有 {day} 的{name}，无法核定利率上限；请核对合同日期，或由系统管理员补录利率。"
        raise InvalidInput(sentence, fields={"contract_on": [sentence]})
    return row
