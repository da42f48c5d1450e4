"""Numbers of a workbook as text: exact decimals, percentages and dates by the format of their cell."""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from enum import StrEnum

from .cells import CellKind

_SHOWN = Context(prec=15, rounding=ROUND_HALF_UP)
"""A spreadsheet shows 15 digits; what binary fractions leave behind them (0.30000000000000004) nobody typed."""

_EXACT = Context(prec=40)
_LONGEST = 20  # digits before the point; beyond, the number stays as it was written
_DATES = frozenset({*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 55), 57, 58})
_PERCENTAGES = frozenset({9, 10})
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')  # literal text, padding, colours and conditions of a format
_LAST_SERIAL = 2958465  # 9999-12-31
_DAY_SECONDS = 86400


class Format(StrEnum):
    """What a number format makes of a number."""

    PLAIN = "plain"
    DATE = "date"
    PERCENT = "percent"


def format_of(number: int, code: str) -> Format:
    """Of a built-in format (by its number, those of East Asian editions included) or of one with a code of its own."""
    if not code:
        return Format.DATE if number in _DATES else Format.PERCENT if number in _PERCENTAGES else Format.PLAIN
    plain = _NO_CODE.sub("", code).lower()
    if "%" in plain:
        return Format.PERCENT
    return Format.DATE if "general" not in plain and re.search("[yd]", plain) else Format.PLAIN


def written(text: str, shape: Format, *, since_1904: bool) -> tuple[str, CellKind]:
    """A number of the file as a person reads it, and what it is: 41153 → 2012-09-01 where the cell is formatted as a date."""
    try:
        value = _SHOWN.create_decimal(text)
    except InvalidOperation:
        return text, CellKind.ERROR
    if not value.is_finite():
        return text, CellKind.ERROR
    if shape == Format.DATE and 0 <= value <= _LAST_SERIAL:
        return _day(value, since_1904), CellKind.DATE
    if shape == Format.PERCENT:
        return f"{plain(_EXACT.multiply(value, Decimal(100)))}%", CellKind.NUMBER
    return plain(value), CellKind.NUMBER


def plain(value: Decimal) -> str:
    """Digits without exponent and without needless zeros."""
    if not -_LONGEST <= value.adjusted() < _LONGEST:
        return str(value)
    return f"{value.normalize(_EXACT):f}" if value else "0"


def _day(serial: Decimal, since_1904: bool) -> str:
    """A date, with its time where it has one. Excel counts a 29 February 1900 that never was."""
    days = int(serial)
    seconds = int((serial - days) * _DAY_SECONDS + Decimal("0.5"))
    days, seconds = days + seconds // _DAY_SECONDS, seconds % _DAY_SECONDS
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if days > 60 else 31)
    try:
        day = first + timedelta(days=days)
    except OverflowError:
        return plain(serial)
    return f"{day} {timedelta(seconds=seconds)}" if seconds else day.isoformat()
