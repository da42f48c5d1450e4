"""A programme's loans by size and by industry: those made in a span, and those in force at its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Count, QuerySet

from common.money import ZERO, total
from enterprises.enums import Size
from enterprises.rules import industry_name
from loans.enums import DRAWN
from loans.models import Loan
from reserve.models import Programme

from .arrears import owing

_KEYS = {
    "size": ("credit_line__size",),
    "industry": ("enterprise__industry_edition", "enterprise__industry_code", "enterprise__size_industry"),
}


@dataclass(frozen=True, slots=True)
class Lent:
    """户数、笔数 and an amount in yuan."""

    enterprises: int = 0
    loans: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Group:
    """One size or industry (division of GB/T 4754): `made` in the span, `in_force` at its end."""

    code: str
    name: str
    made: Lent
    in_force: Lent


def groups(programme: Programme, start: date, end: date, by: Literal["size", "industry"]) -> list[Group]:
    """Size as of each loan's approval, industry as the register has it; the largest balance first. Two queries.

    An enterprise whose size changed between two loans is counted in both sizes.
    """
    loans = Loan.objects.filter(programme=programme)
    made = loans.filter(status__in=DRAWN, disbursed_on__range=(start, end)).order_by()
    in_force = owing(loans, end).filter(occupied__gt=0).order_by()
    lent, carried = _collected(made, by, "amount"), _collected(in_force, by, "owed")
    rows = [Group(*key, lent.get(key, Lent()), carried.get(key, Lent())) for key in lent | carried]
    return sorted(rows, key=lambda row: (-row.in_force.amount, -row.made.amount, row.code))


def _collected(rows: QuerySet[Any], by: str, amount: str) -> dict[tuple[str, str], Lent]:
    """By code and name. Enterprises of one division under several codes are different ones, so their counts add up."""
    sums: Iterable[dict[str, Any]] = rows.values(*_KEYS[by]).annotate(
        enterprises=Count("enterprise", distinct=True), loans=Count("pk"), sum=total(amount)
    )
    found: dict[tuple[str, str], Lent] = {}
    for row in sums:
        key = _named(*(row[name] for name in _KEYS[by]))
        so_far = found.get(key, Lent())
        found[key] = Lent(so_far.enterprises + row["enterprises"], so_far.loans + row["loans"], so_far.amount + row["sum"])
    return found


def _named(*key: str) -> tuple[str, str]:
    if len(key) == 1:
        return key[0], str(Size(key[0]).label)
    edition, code, size_industry = key
    return f"{code[:2]}（{edition}）", industry_name(code, edition, size_industry)
