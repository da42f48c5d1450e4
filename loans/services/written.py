"""The terms of a drawdown as JSON keeps them, back again, and as people read them."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from common.money import api_string, format_yuan

from ..enums import Guarantee, RepaymentMethod
from ..models import Correction, Loan
from .drawdowns import Drawdown


def texts(drawdown: Drawdown, guarantee: str) -> dict[str, Any]:
    """The terms as JSON keeps them."""
    return {
        **{name: _text(getattr(drawdown, name)) for name in Drawdown.__slots__ if name != "agreed"},
        "guarantee": guarantee,
        "agreed": [[day.isoformat(), api_string(part)] for day, part in drawdown.agreed],
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def parsed(texts: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a drawdown back from their texts."""
    read: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(("contract_on", "disbursed_on", "due_on"), date.fromisoformat),
        **dict.fromkeys(("amount", "annual_rate"), Decimal),
        "cycle_months": int,
        "agreed": lambda rows: tuple((date.fromisoformat(day), Decimal(part)) for day, part in rows),
    }
    return {name: read[name](text) if name in read else text for name, text in texts.items() if name != "guarantee"}


def _label(name: str) -> str:
    return "分期还本计划" if name == "agreed" else str(Loan._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _shown(name: str, text: Any) -> str:
    if name == "agreed":
        return "；".join(f"{day} {format_yuan(Decimal(part))}" for day, part in text) or "无"
    if name == "amount":
        return format_yuan(Decimal(text))
    choices = {"repayment_method": RepaymentMethod, "guarantee": Guarantee}
    return str(choices[name](text).label) if name in choices else str(text)


def said(correction: Correction) -> dict[str, tuple[str, str]]:
    """What a correction changes, by the field's label: before and after as people read them."""
    return {_label(name): (_shown(name, correction.before[name]), _shown(name, text)) for name, text in correction.after.items()}
