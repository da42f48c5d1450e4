"""What a file is made of: parts of rows of cells, each raw and as text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.display import DASH, iso, rate, text, yuan
from common.money import ZERO
from common.page import Tone
from common.templatetags.ui import TONES


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: raw for a workbook, as text for a page and for paper. `wraps`: words of any length; `tone`: a status, drawn as one."""

    value: Any
    text: str
    numeric: bool = False
    wraps: bool = False
    url: str = ""
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file under its title. `empty`: (what, hint) shown on the page where there is nothing; "" leaves the part out."""

    key: str
    title: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] = ()
    empty: tuple[str, str] = ("", "")

    @property
    def is_shown(self) -> bool:
        return bool(self.rows or self.empty[0])

    @property
    def is_wide(self) -> bool:
        return len(self.heads) > 8

    @property
    def widths(self) -> list[str]:
        """Of each column on paper, by what its kind needs: 8.4%."""
        needs = [_NEEDS.get(kind, 10) for _, kind in self.heads]
        return [f"{Decimal(100 * need) / sum(needs):.1f}%" for need in needs]


_SHOWN: dict[str, Callable[[Any], str]] = {
    "text": text,
    "words": text,
    "date": iso,
    "number": lambda value: DASH if value is None else f"{value:,}",
    "yuan": yuan,
    "rate": rate,
}
_NUMERIC = ("number", "yuan", "rate")
_NEEDS = {"date": 9, "number": 9, "rate": 8, "yuan": 12, "words": 24}
"""Of a column's kind against a text's 10: what a day, a sum of nine digits, a sentence takes."""


@dataclass(frozen=True, slots=True)
class Status:
    """A value of a status with its label; its tone is that of the pages."""

    value: str
    label: str

    @classmethod
    def of(cls, row: Any, field: str = "status") -> "Status":
        return cls(getattr(row, field), getattr(row, f"get_{field}_display")())

    @classmethod
    def named(cls, choices: Any, value: str) -> "Status":
        return cls(value, str(choices(value).label))


@dataclass(frozen=True, slots=True)
class Link:
    """A value that leads to an object's page."""

    value: Any
    url: str


def _cell(value: Any, kind: str) -> Cell:
    if isinstance(value, Status):
        return Cell(value.label, value.label, tone=TONES.get(value.value, "neutral"))
    url, plain = (value.url, value.value) if isinstance(value, Link) else ("", value)
    return Cell(plain, _SHOWN[kind](plain), kind in _NUMERIC, kind == "words", url)


def section(
    key: str,
    title: str,
    heads: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    totals: Sequence[Any] = (),
    empty: tuple[str, str] = ("", ""),
) -> Section:
    def cells(row: Sequence[Any]) -> list[Cell]:
        return [_cell(value, kind) for value, (_, kind) in zip(row, heads, strict=True)]

    return Section(key, title, heads, [cells(row) for row in rows], cells(totals) if rows and totals else (), empty)


def summed(rows: Sequence[Any], name: str) -> Decimal:
    """Of one attribute, in yuan."""
    return sum((getattr(row, name) for row in rows), ZERO)
