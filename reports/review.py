"""What the page of a summary under review is made of: its lines beside the version before, the quarter before, remarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.forms import BoundField

from common.display import yuan
from common.page import Tone

from .forms import ReviewForm
from .models import SummaryRemark
from .renderers.summary import Column, columns
from .selectors.summary_review import Borrower, Line, Pair

NOTE = Column("note_no", "借据号", lambda line: line["note_no"], lambda line: str(line["note_no"]), "centre")
# what became of a line: label, tone, icon
ADDED: tuple[str, Tone, str] = ("新增", "info", "plus")
REMOVED: tuple[str, Tone, str] = ("删去", "bad", "minus")
CHANGED: tuple[str, Tone, str] = ("改动", "warn", "edit")
SAME: tuple[str, Tone, str] = ("相同", "neutral", "check")


@dataclass(frozen=True, slots=True)
class ReviewCell:
    """`before`: what the version before said, "" when the same."""

    text: str
    align: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line. `mark`: how it differs from the version before, None for a first version; `control`: where its remark is written."""

    cells: Sequence[ReviewCell]
    mark: tuple[str, Tone, str] | None
    remarks: Sequence[SummaryRemark]
    control: BoundField | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A table of lines, with how many differ from the version before: "" for a first version."""

    columns: Sequence[Column]
    lines: Sequence[ReviewLine]
    differences: str = ""
    marked: bool = False

    @property
    def width(self) -> int:
        return len(self.columns) + self.marked


def review_columns(content: Mapping[str, Any]) -> list[Column]:
    """The paper's columns, with the 借据号 by which a line is known."""
    chosen = columns(content)
    return chosen if any(column.key == "note_no" for column in chosen) else [*chosen, NOTE]


def review_of(
    content: Mapping[str, Any],
    found: Sequence[Pair],
    remarks: Mapping[str, Sequence[SummaryRemark]],
    form: ReviewForm | None,
    *,
    marked: bool,
) -> Review:
    """`found`: the lines beside those of the version before; `marked`: there is one."""
    chosen = review_columns(content)
    lines = []
    for pair in found:
        line: Line = pair.after or pair.before or {}
        cells = [_cell(column, pair) for column in chosen]
        control = form.control_of(line["note_no"]) if form is not None and pair.after is not None else None
        lines.append(ReviewLine(cells, _mark(pair, cells) if marked else None, remarks.get(line["note_no"], ()), control))
    return Review(chosen, lines, _differences(lines) if marked else "", marked)


def _cell(column: Column, pair: Pair) -> ReviewCell:
    text = column.text(pair.after or pair.before or {})
    before = column.text(pair.before) if pair.before and pair.after and column.key != "number" else text
    return ReviewCell(text, column.align, before if before != text else "")


def _mark(pair: Pair, cells: Sequence[ReviewCell]) -> tuple[str, Tone, str]:
    if pair.before is None:
        return ADDED
    if pair.after is None:
        return REMOVED
    return CHANGED if any(cell.before for cell in cells) else SAME


def _differences(lines: Sequence[ReviewLine]) -> str:
    counts = [(mark[0], sum(line.mark == mark for line in lines)) for mark in (ADDED, REMOVED, CHANGED)]
    return "，".join(f"{label} {count} 行" for label, count in counts if count) or "各行没有变动"


@dataclass(frozen=True, slots=True)
class Against:
    """Two declarations' totals: what, before, now, change with its sign."""

    label: str
    before: str
    now: str
    change: str


def totals(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Against]:
    """笔数, 金额 and declared reserve of two contents side by side."""
    return [
        _count("新发放笔数", before["loan_count"], after["loan_count"]),
        _money("贷款金额（元）", before["total_amount"], after["total_amount"]),
        _money("申报准备金（元，推算）", before["declared_reserve"], after["declared_reserve"]),
        _count("调整（补报）笔数", before["adjustment_loan_count"], after["adjustment_loan_count"]),
        _money("调整（补报）金额（元）", before["adjustment_total_amount"], after["adjustment_total_amount"]),
    ]


def _count(label: str, before: int, now: int) -> Against:
    return Against(label, str(before), str(now), _signed(now - before, str(abs(now - before))))


def _money(label: str, before: str, now: str) -> Against:
    change = Decimal(now) - Decimal(before)
    return Against(label, yuan(Decimal(before)), yuan(Decimal(now)), _signed(change, yuan(abs(change))))


def _signed(change: Decimal | int, text: str) -> str:
    if not change:
        return "相同"
    return f"{'增加' if change > 0 else '减少'} {text}"


@dataclass(frozen=True, slots=True)
class BorrowerRow:
    """An enterprise in two quarters, with the mark that says whether it is new to the list."""

    borrower: Borrower
    mark: tuple[str, Tone, str]


def borrower_rows(found: Sequence[Borrower]) -> list[BorrowerRow]:
    return [BorrowerRow(one, _borrower_mark(one)) for one in found]


def _borrower_mark(one: Borrower) -> tuple[str, Tone, str]:
    if not one.count_before:
        return ("上季度没有", "info", "plus")
    return ("上季度也有", "neutral", "refresh") if one.count else ("本季度没有", "neutral", "minus")
