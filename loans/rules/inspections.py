"""Which quarters a running loan owes a 贷后检查 for (domain §3.8): every one after that of its disbursement, due by the quarter's end."""

from datetime import date

from reserve.quarters import Quarter


def owed_quarters(disbursed_on: date, on: date, opening_on: date | None = None) -> list[Quarter]:
    """Of the last full quarter and the present one those a loan owes, oldest first. What lies further back is history, and so is a
    quarter that began before the loan's opening (期初)."""
    present = Quarter.of(on)
    return [
        quarter
        for quarter in (present.previous(), present)
        if disbursed_on < quarter.start and (opening_on or disbursed_on) <= quarter.start
    ]


def is_late(quarter: Quarter, on: date) -> bool:
    """Whether an inspection for the quarter, not made yet, is late: its last day is in time."""
    return quarter.end < on
