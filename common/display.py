"""How values are shown to people: pure functions from a value to a Chinese string, used by pages, lists and exports.

A missing value is a dash everywhere, never an empty cell that might be taken for zero.
"""

import datetime
import re
from decimal import Decimal

from django.utils import timezone

from .money import format_wan, format_yuan, round_half_up

DASH = "—"
QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
QUARTER_NAMES = {"1": "一", "2": "二", "3": "三", "4": "四"}


def yuan(value: Decimal | int | None) -> str:
    """10000000 → 10,000,000.00"""
    return DASH if value is None else format_yuan(Decimal(value))


def wan(value: Decimal | int | None, places: int = 2) -> str:
    """6412500 → 641.25万. For the eye: rounded to `places`, trailing zeros dropped; the exact amount stands nearby."""
    if value is None:
        return DASH
    text = format_wan(Decimal(value), places)
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}万"


def percent(value: Decimal | None, places: int = 2) -> str:
    """A fraction as a percentage: 0.0959 → 9.59%"""
    return DASH if value is None else f"{round_half_up(Decimal(value) * 100, places):,f}%"


def rate(value: Decimal | None) -> str:
    """An annual rate, kept in percent: 7.8 → 7.8000%"""
    return DASH if value is None else f"{round_half_up(Decimal(value), 4):f}%"


def date_cn(value: datetime.date | None) -> str:
    """2012年9月20日"""
    return DASH if value is None else f"{value.year}年{value.month}月{value.day}日"


def iso(value: datetime.date | datetime.datetime | None) -> str:
    """2012-09-20, or 2012-09-20 14:05 in local time for a moment."""
    if value is None:
        return DASH
    if isinstance(value, datetime.datetime):
        moment = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{moment:%Y-%m-%d %H:%M}"
    return value.isoformat()


def quarter_cn(value: str | None) -> str:
    """2012Q3 → 2012年第三季度"""
    match = QUARTER.match(value or "")
    return f"{match[1]}年第{QUARTER_NAMES[match[2]]}季度" if match else (value or DASH)


def workdays_left(days: int, provisional: bool = False) -> str:
    """剩余 3 个工作日, 今日到期, 逾期 2 个工作日; a provisional day makes nobody late (domain §5)."""
    if days < 0 and provisional:
        return "期限暂定，待放假安排公布后重新计算"
    words = f"剩余 {days} 个工作日" if days > 0 else "今日到期" if days == 0 else f"逾期 {-days} 个工作日"
    return f"{words}（暂定）" if provisional else words


def text(value: object) -> str:
    return DASH if value is None or value == "" else str(value)


def shown(value: object) -> str:
    """Any value of a paper by its type: an amount, a day, else text."""
    if isinstance(value, Decimal):
        return yuan(value)
    return iso(value) if isinstance(value, datetime.date) else text(value)
