"""What one kind of file asks of its rows: how they are checked against the records, and how one is booked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar, Protocol

from common.errors import Refusal
from enterprises.errors import AlreadyRegistered
from reserve.models import ClosedPeriod
from reserve.quarters import Quarter
from reserve.rulebook import Rules

from ...errors import LineExceeded, LineNotUsable, NoteNumberTaken, RepaymentAboveOutstanding, TermTooLong
from ...models import CreditLine, ImportFile, ImportRow, Loan
from ...rules.imports.catalogue import Finding, finding
from ...rules.imports.cells import ReadRow

CODES: Mapping[type[Refusal], str] = {
    RepaymentAboveOutstanding: "E319",
    TermTooLong: "E317",
    LineNotUsable: "E321",
    LineExceeded: "E321",
    NoteNumberTaken: "E323",
    AlreadyRegistered: "E331",
}
"""Refusals with a number of their own; every other one is E390 with its own sentence."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the records say of a row, and what it is about."""

    findings: Sequence[Finding] = ()
    loan: Loan | None = None


class Desk(Protocol):
    """One file's rows, in their order: a row is checked as if those before it were booked already.

    `sums`: the columns a declared total is the sum of, a stated total first. A desk meets every row of a chunk, also those that
    are booked or in error; it prepares for the chunk's others together, so that statements do not grow with rows, and checks
    them one by one.
    """

    sums: ClassVar[tuple[str, ...]]
    file: ImportFile

    def meet(self, rows: Sequence[ReadRow]) -> None: ...

    def prepare(self, rows: Sequence[ReadRow]) -> None: ...

    def check(self, row: ReadRow) -> Checked: ...

    def finish(self) -> list[Finding]: ...

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None: ...


class FileDesk:
    """What desks share: the file, the day, doubles within the file, the quarter."""

    sums: ClassVar[tuple[str, ...]] = ()

    def __init__(self, file: ImportFile, on: date) -> None:
        self.file = file
        self.on = on
        self._seen: dict[object, int] = {}
        self._rules: dict[tuple[tuple[str, str], ...], Rules] = {}

    def meet(self, rows: Sequence[ReadRow]) -> None:
        """Nothing depends on them."""

    def finish(self) -> list[Finding]:
        return []

    def twice(self, row: ReadRow, key: object, code: str, what: str) -> list[Finding]:
        """A row like one before it."""
        first = self._seen.setdefault(key, row.number)
        return [finding(code, f"{what}，与第 {first} 行重复。")] if first != row.number else []

    def share_rules(self, lines: Iterable[CreditLine]) -> None:
        """Let lines approved under the same rules have them read from their texts once."""
        for line in lines:
            key = tuple(sorted(line.rule_texts.items()))
            if key not in self._rules:
                self._rules[key] = line.rules
            line.rules = self._rules[key]

    def of_quarter(self, day: date, what: str) -> list[Finding]:
        """A day outside of the quarter the file is about, or in one that is closed."""
        quarter = Quarter.of(day)
        if self.file.quarter and str(quarter) != self.file.quarter:
            return [finding("E303", f"{what} {day} 属于 {quarter.label_cn}，不是所报的 {Quarter.parse(self.file.quarter).label_cn}。")]
        if str(quarter) in self.closed and quarter != Quarter.of(self.on):
            return [finding("W321", f"{what} {day} 所在的{quarter.label_cn}已经报送。")]
        return []

    @cached_property
    def closed(self) -> frozenset[str]:
        """Quarters the bank has submitted."""
        rows = ClosedPeriod.objects.filter(programme=self.file.programme_id, bank=self.file.organisation_id)
        return frozenset(rows.values_list("quarter", flat=True))


def refused(refusal: Refusal) -> Finding:
    """A rule's refusal as an exception of the catalogue."""
    return finding(CODES.get(type(refusal), "E390"), refusal.message)


def enterprise_code(values: Mapping[str, Any]) -> str:
    """A row's enterprise by its code, as the register writes it."""
    return re.sub(r"[-\s]", "", values["enterprise"]).upper()


def notes_of(rows: Iterable[ReadRow]) -> set[str]:
    return {note for row in rows if (note := row.values.get("note_no"))}
