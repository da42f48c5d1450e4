"""What a sheet is made of, whatever file it came in."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from ..errors import InvalidInput

MAX_ROWS = 20_000
"""Lines with something in them; a file with more has to be divided."""

MAX_COLUMNS = 100
MAX_TEXT = 500
"""Characters of one cell. A longer text comes out cut to one more, so that it is seen to be too long."""


class Unreadable(InvalidInput):
    """A file that is no table, is damaged, or passes a limit; the sentence says which and what to do."""

    code = "sheet_unreadable"

    def __init__(self, message: str) -> None:
        super().__init__(message, fields={"file": [message]})


class CellKind(StrEnum):
    """What the file says a cell is; in CSV everything is text."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `text`: what stands in it, a number in plain digits (7.8% when formatted so), a date as 2012-09-01.

    `formula`: its value was computed, and may be an old one. `merged`: it belongs to a merged range.
    """

    text: str = ""
    kind: CellKind = CellKind.EMPTY
    formula: bool = False
    merged: bool = False


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Line:
    """A row with something in it, numbered as the person sees it. Cells after the last one that holds something are left out."""

    number: int
    cells: tuple[Cell, ...]
    hidden: bool = False

    def cell(self, place: int) -> Cell:
        return self.cells[place] if place < len(self.cells) else EMPTY


class Sheet(Protocol):
    """A table. `origin` says in Chinese what was read; `typed`: cells know whether they are numbers, dates or texts.

    `others`: visible sheets of the workbook that hold something and are not read; `hidden_columns`: by place, from 0.
    """

    origin: str
    typed: bool
    others: tuple[str, ...]
    hidden_columns: frozenset[int]

    def lines(self) -> Iterator[Line]:
        """The lines that hold something, from the top. Raises: Unreadable."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def counted(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, as long as they are not too many. Raises: Unreadable."""
    for count, line in enumerate(lines, 1):
        if count > MAX_ROWS:
            raise Unreadable(f"文件超过 {MAX_ROWS:,} 行；请拆分成几个文件分别上传。")
        yield line


def trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """Without the empty cells at the end. Raises: Unreadable when what remains is too wide."""
    while cells and not cells[-1].text and not cells[-1].formula:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise Unreadable(f"表格超过 {MAX_COLUMNS} 列；请删去不需要的列后再上传。")
    return tuple(cells)
