"""A programme's loans by size and by industry: those made in a span, and those in force at its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from common.money import ZERO, total
from enterprises.enums import Size
from enterprises.rules import industry_name
from loans.enums import DRAWN
from loans.models import Loan
from reserve.models import Programme

from .arrears import owing


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


def groups(programme: Programme, start: date, end: date) -> tuple[Sequence[Group], Sequence[Group]]:
    """By size as of each loan's approval, and by industry as the register has it; the largest balance first. Two queries.

    An enterprise whose size changed between two loans is counted in both sizes.
    """
    loans = Loan.objects.filter(programme=programme)
    made = _read(loans.filter(status__in=DRAWN, disbursed_on__range=(start, end)), "amount")
    in_force = _read(owing(loans, end).filter(occupied__gt=0), "owed")
    return _grouped(made, in_force, _size), _grouped(made, in_force, _industry)


_Row = Mapping[str, Any]
_Key = tuple[str, str]


def _read(rows: QuerySet[Any], amount: str) -> list[_Row]:
    """One row for each enterprise and size."""
    keys = ("enterprise", "credit_line__size", "enterprise__industry_edition", "enterprise__industry_code", "enterprise__size_industry")
    return list(rows.order_by().values(*keys).annotate(loans=Count("pk"), sum=total(amount)))


def _grouped(made: Sequence[_Row], in_force: Sequence[_Row], key: Callable[[_Row], _Key]) -> list[Group]:
    lent, carried = _collected(made, key), _collected(in_force, key)
    rows = [Group(*found, lent.get(found, Lent()), carried.get(found, Lent())) for found in lent | carried]
    return sorted(rows, key=lambda row: (-row.in_force.amount, -row.made.amount, row.code))


def _collected(rows: Sequence[_Row], key: Callable[[_Row], _Key]) -> dict[_Key, Lent]:
    found: dict[_Key, list[_Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {
        name: Lent(len({row["enterprise"] for row in group}), sum(row["loans"] for row in group), sum((row["sum"] for row in group), ZERO))
        for name, group in found.items()
    }


def _size(row: _Row) -> _Key:
    return row["credit_line__size"], str(Size(row["credit_line__size"]).label)


def _industry(row: _Row) -> _Key:
    """The division in its edition."""
    edition, code = row["enterprise__industry_edition"], row["enterprise__industry_code"]
    return f"{code[:2]}（{edition}）", industry_name(code, edition, row["enterprise__size_industry"])
