"""Pure rules about loans: terms, rate caps, earmarks (domain §3.6, §3.7, §4, §6). No database, no clock."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple, Protocol, TypeVar

from common.errors import InvalidInput
from common.money import round_half_up, split

LPR_SINCE = date(2019, 8, 20)
"""From this contract date the cap follows the LPR (中国人民银行公告〔2019〕第15号), before it the benchmark rate."""

_TENORS = ((6, "up_to_6_months"), (12, "up_to_1_year"), (36, "up_to_3_years"), (60, "up_to_5_years"))


class DatedRates(Protocol):
    """A published row: the day it takes effect, and a column for each tenor."""

    @property
    def effective_on(self) -> date: ...


Row = TypeVar("Row", bound=DatedRates)


class Earmark(NamedTuple):
    """A loan's part of the reserve, in yuan: `total` = `provincial` + `town`."""

    total: Decimal
    provincial: Decimal
    town: Decimal


# Terms


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


# Rates, in annual percent with four decimals


def monthly_permille_to_annual(monthly: Decimal) -> Decimal:
    """‰ a month → % a year: 6.5‰ = 7.8000% (domain §6)."""
    return round_half_up(Fraction(monthly) * 12 / 10, 4)


def annual_to_monthly_permille(annual: Decimal) -> Decimal:
    """% a year → ‰ a month, as rural banks print it."""
    return round_half_up(Fraction(annual) * 10 / 12, 4)


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


# Earmarks


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
