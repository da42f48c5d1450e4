"""借据 from a file: each drawn within an approved line of its enterprise, entered and confirmed by the two people of the file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q

from common.errors import Refusal
from common.money import ZERO, format_yuan
from reserve.models import ReferenceRate
from reserve.services.guards import require_active

from ...enums import ApprovalStatus, LoanStatus
from ...errors import CoverBlocked
from ...models import CreditLine, ImportFile, ImportRow, Loan
from ...rules.imports.catalogue import Finding, finding
from ...rules.imports.cells import ReadRow
from ...selectors.exposure import CoverAccount, cover_accounts
from ..drawdowns import Terms, check_alone, cover, drawdown_of, require_cover
from ..loans import book_loan
from .desk import Checked, FileDesk, enterprise_code, notes_of, refused

TERMS = tuple(Terms.__annotations__)


class LoanDesk(FileDesk):
    """`_left`: what is undrawn of each line after the rows so far, `_accounts`: what is free of the reserve, both in yuan."""

    sums: ClassVar[tuple[str, ...]] = ("amount",)

    def __init__(self, file: ImportFile, on: date) -> None:
        super().__init__(file, on)
        self._rates = list(ReferenceRate.objects.order_by("-effective_on", "-entry"))
        self._lines: dict[str, list[CreditLine]] = {}
        self._left: dict[int, Decimal] = {}
        self._taken: dict[str, Loan] = {}
        self._accounts: tuple[CoverAccount, ...] | None = None

    def prepare(self, rows: Sequence[ReadRow]) -> None:
        """Read the lines of these enterprises and the note numbers in use: two statements."""
        wanted = {enterprise_code(row.values) for row in rows} - self._lines.keys()
        found: dict[str, list[CreditLine]] = defaultdict(list)
        lines = list(self._of_the_bank(wanted))
        self.share_rules(lines)
        for line in lines:
            self._left.setdefault(line.pk, (line.amount or ZERO) - line.drawn)
            for code in {line.enterprise.org_code, line.enterprise.uscc or line.enterprise.org_code}:
                found[code].append(line)
        self._lines |= {code: found.get(code, []) for code in wanted}
        notes = Loan.objects.filter(bank=self.file.organisation_id, note_no__in=notes_of(rows)).exclude(status=LoanStatus.DISCARDED)
        self._taken |= {loan.note_no: loan for loan in notes}

    def check(self, row: ReadRow) -> Checked:
        """The note number, the quarter, the line, and what a drawdown by itself has to keep to."""
        values = row.values
        note = values["note_no"]
        if note in self._taken:
            return Checked([finding("E323", f"借据号“{note}”在本行已登记过。")], self._taken[note])
        found = self.twice(row, note, "E302", f"借据号“{note}”") + self.of_quarter(values["disbursed_on"], "发放日期")
        if any(one.is_error for one in found):
            return Checked(found)
        return Checked([*found, *self._drawn(values)])

    def _drawn(self, values: Mapping[str, Any]) -> list[Finding]:
        """Find the line and draw from it; what is left of it then stands as after this row."""
        line = self._line(values)
        if isinstance(line, Finding):
            return [line]
        try:
            drawdown = drawdown_of(line, terms_of(values))
            check_alone(line=line, drawdown=drawdown, on=self.on, left=self._left[line.pk], rates=self._rates)
            require_active(line.programme, drawdown.disbursed_on)
            self._accounts = cover(line.earmark_for(drawdown.amount), self._reserve())
        except Refusal as refusal:
            return [refused(refusal)]
        self._left[line.pk] -= drawdown.amount
        return []

    @cached_property
    def _blocked(self) -> Refusal | None:
        try:
            require_cover(self.file.programme, self.file.organisation_id, self.on)
        except CoverBlocked as refusal:
            return refusal
        return None

    def _reserve(self) -> tuple[CoverAccount, ...]:
        """What is free after the rows so far. Read once a file. Raises: CoverBlocked, NoReserveAccount."""
        if self._blocked:
            raise self._blocked
        if self._accounts is None:
            self._accounts = cover_accounts(self.file.programme_id)
        return self._accounts

    def _line(self, values: Mapping[str, Any]) -> CreditLine | Finding:
        """The one line the row can mean: of the batch it names, else the only one that carries it, else the only one there is."""
        lines = self._lines[enterprise_code(values)]
        if batch := values.get("batch"):
            lines = [line for line in lines if line.recommendation.batch and line.recommendation.batch.number == batch]
        able = [line for line in lines if not line.lapsed(values["disbursed_on"]) and self._left[line.pk] >= values["amount"]]
        if len(able) == 1 or (not able and len(lines) == 1):
            return (able or lines)[0]
        of = f"代码 {values['enterprise']}{f'、第 {batch} 批' if batch else ''}"
        if not lines:
            return finding("E321", f"{of} 在本行没有已批准的授信。")
        amount = format_yuan(values["amount"])
        if not able:
            return finding("E321", f"{of} 的 {len(lines)} 笔授信在 {values['disbursed_on']} 都没有 {amount} 元可用。")
        return finding("E322", f"{of} 有 {len(able)} 笔授信可用于 {amount} 元。")

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None:
        """Enter and confirm by the two people of the file. Raises: as `book_loan`."""
        if self.file.confirmed_by is None:
            raise AssertionError("a file in booking has its two people")
        probe = ReadRow(row.number, row.texts, values, ())
        self._lines.clear()  # what is drawn changes with every row booked
        self._left.clear()
        self.prepare([probe])
        line = self._line(values)
        if isinstance(line, Finding):
            raise Refusal(line.text)
        row.loan = book_loan(
            credit_line=line,
            entered_by=self.file.uploaded_by,
            confirmed_by=self.file.confirmed_by,
            on=on,
            now=now,
            **terms_of(values),
        )

    def _of_the_bank(self, codes: set[str]) -> Any:
        known = Q(enterprise__org_code__in=codes) | Q(enterprise__uscc__in=codes)
        rows = CreditLine.objects.filter(
            known, programme=self.file.programme_id, bank=self.file.organisation_id, status=ApprovalStatus.APPROVED
        ).exclude(recommendation__is_opening=True)
        return rows.with_drawn().select_related("enterprise", "recommendation__batch", "bank", "programme").order_by("pk")


def terms_of(values: Mapping[str, Any]) -> Terms:
    """The row's terms as the services take them."""
    given: Any = {name: value for name, value in values.items() if name in TERMS}
    return given  # type: ignore[no-any-return]
