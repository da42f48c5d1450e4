"""What people write for a day or a rate: understood where it can only mean one thing, else refused by the kind of mistake.

Forms, endpoints and files read by these; amounts are read by `common.money.parse_amount`.
"""

import datetime
import re
import unicodedata
from decimal import Decimal

from .money import round_half_up
from .rates import PLACES, monthly_permille_to_annual

_SEPARATED = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_CHINESE = re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_EXCEL_SERIAL = re.compile(r"^\d{5}(\.\d+)?$")


class Unclear(ValueError):
    """A text that is no day or no rate. `code` names the mistake for whoever words it, `text` is what was read."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def narrow(text: str) -> str:
    """Full-width digits, letters and signs as ordinary ones; blanks around dropped."""
    return unicodedata.normalize("NFKC", text).strip()


def parse_day(text: str) -> datetime.date:
    """A day: 2012-09-01, 2012-9-1, 2012/9/1, 2012年9月1日, 20120901.

    Raises:
        Unclear: `excel` (its serial numbers look alike), `nonexistent` or `invalid`.
    """
    plain = re.sub(r"\s+", "", narrow(text))
    if _EXCEL_SERIAL.match(plain):
        raise Unclear("excel", plain)
    for pattern in (_SEPARATED, _CHINESE, _COMPACT):
        if match := pattern.match(plain):
            try:
                return datetime.date(*(int(part) for part in match.groups()))
            except ValueError:
                raise Unclear("nonexistent", plain) from None
    raise Unclear("invalid", plain)


def parse_rate(text: str) -> Decimal:
    """An interest rate as annual percent with four decimals: 7.8, 7.8% and 6.5‰ (monthly, rounded half up) are the same.

    Raises:
        Unclear: `invalid`, `range` (not above 0, or above 100) or `places` (more than four decimals).
    """
    plain = narrow(text)
    unit = plain[-1:] if plain.endswith(("%", "‰")) else "%"
    figure = plain.removesuffix(unit).strip()
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", figure):
        raise Unclear("invalid", plain)
    annual = monthly_permille_to_annual(Decimal(figure)) if unit == "‰" else Decimal(figure)
    if not 0 < annual <= 100:
        raise Unclear("range", plain)
    exact = round_half_up(annual, PLACES)
    if exact != annual:
        raise Unclear("places", plain)
    return exact
