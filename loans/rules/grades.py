"""Five grades and the ageing of arrears (domain §6; 《商业银行金融资产风险分类办法》, in force from 2023-07-01)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ..enums import LoanGrade

FLOORS_SINCE = date(2023, 7, 1)
"""Before this day the bank's own grade stands and is only checked."""

TECHNICAL_DAYS = 7
"""Up to so many days overdue may be technical and leave a loan 正常."""

_FLOORS: Final = {
    LoanGrade.LOSS: 360,
    LoanGrade.DOUBTFUL: 270,
    LoanGrade.SUBSTANDARD: 90,
    LoanGrade.SPECIAL_MENTION: TECHNICAL_DAYS,
}
_ORDER = list(LoanGrade)

AGEING: Final = ((0, "未逾期"), (30, "1–30 天"), (90, "31–90 天"), (180, "91–180 天"), (360, "181–360 天"))
"""Upper ends of the columns of the ageing table, in days overdue; beyond the last stands 360 天以上."""

LONGEST = "360 天以上"


def worse(one: str, other: str) -> LoanGrade:
    """The worse of two grades."""
    return max(LoanGrade(one), LoanGrade(other), key=_ORDER.index)


def floors_on(day: date) -> Mapping[LoanGrade, int]:
    """The grades a day prescribes, worst first, each for loans overdue more than so many days; none before `FLOORS_SINCE`."""
    return {} if day < FLOORS_SINCE else _FLOORS


def grade_floor(days_overdue: int, day: date) -> LoanGrade:
    """The best grade a loan overdue so many days may have on a day; 正常 where none is prescribed."""
    return next((grade for grade, beyond in floors_on(day).items() if days_overdue > beyond), LoanGrade.NORMAL)


def grade_in_force(entered: str, days_overdue: int, day: date) -> LoanGrade:
    """The bank's own grade, and never better than the days overdue allow."""
    return worse(entered, grade_floor(days_overdue, day))


def grade_warning(entered: str, days_overdue: int, day: date) -> str | None:
    """Before the floors: what to say of a loan 90 days overdue or more that the bank grades better than 次级."""
    if day >= FLOORS_SINCE or days_overdue < 90 or worse(entered, LoanGrade.SUBSTANDARD) == entered:
        return None
    return f"已逾期 {days_overdue} 天，分类仍为“{LoanGrade(entered).label}”，按惯例应不优于“次级”，请核对。"


def ageing_bucket(days_overdue: int) -> str:
    """The column of the ageing table."""
    return next((label for most, label in AGEING if days_overdue <= most), LONGEST)
