"""期初贷款 from the old register: each with its line, as it stood on the programme's 启用日."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q

from common.errors import Refusal
from common.money import format_yuan
from enterprises.models import Enterprise
from reserve.errors import InsufficientBalance
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_by_day
from reserve.services.guards import require_active

from ...enums import LoanStatus
from ...models import CreditLine, ImportFile, ImportRow, Loan
from ...rules.earmarks import earmark_target
from ...rules.imports.catalogue import Finding, finding
from ...rules.imports.cells import ReadRow, values_of
from ...rules.imports.columns import COLUMNS
from ...rules.openings import opening_faults, term_of
from ...selectors.exposure import CoverAccount, cover_accounts
from ..drawdowns import cover
from ..openings import Opening, book_opening
from .desk import Checked, FileDesk, enterprise_code, notes_of, refused

Key = tuple[str, date, Decimal, int | None]
"""What makes rows drawdowns of one line: the enterprise's code, the day of approval, the amount, the old batch."""


class OpeningDesk(FileDesk):
    """`_left`: what is undrawn of each line after the rows so far, `_accounts`: what is free of the reserve, both in yuan.

    A line is known by its enterprise, approval day, amount and old batch: rows that share these were drawn from one line.
    """

    sums: ClassVar[tuple[str, ...]] = ("outstanding",)

    def __init__(self, file: ImportFile, on: date) -> None:
        super().__init__(file, on)
        if file.programme.started_on is None:
            raise AssertionError("files of openings are taken where there is a 启用日")
        self._started_on = file.programme.started_on
        self._enterprises: dict[str, Enterprise] = {}
        self._lines: dict[Key, CreditLine] = {}
        self._left: dict[Key, Decimal] = {}
        self._rules_of: dict[date, Rules] = {}
        self._taken: dict[str, Loan] = {}
        self._accounts: tuple[CoverAccount, ...] | None = None

    def prepare(self, rows: Sequence[ReadRow]) -> None:
        """Read these enterprises with their sizes, opening lines, rules of the days and note numbers: five statements."""
        codes = {enterprise_code(row.values) for row in rows}
        named = Q(org_code__in=codes) | Q(uscc__in=codes)
        for enterprise in Enterprise.objects.filter(named, links__programme=self.file.programme_id).prefetch_related("years"):
            self._enterprises |= dict.fromkeys({enterprise.org_code, enterprise.uscc or enterprise.org_code}, enterprise)
        lines = CreditLine.objects.filter(
            programme=self.file.programme_id, bank=self.file.organisation_id, recommendation__is_opening=True
        ).filter(enterprise__in={one.pk for one in self._enterprises.values()})
        for line in lines.with_drawn().select_related("enterprise", "recommendation", "programme"):
            key: Key = (line.enterprise.org_code, line.decided_on, line.amount, line.recommendation.former_batch)
            self._lines[key] = line
            self._left.setdefault(key, line.amount - line.drawn)
        days = sorted({row.values["approved_on"] for row in rows} - self._rules_of.keys())
        self._rules_of |= dict(zip(days, rules_by_day(self.file.programme, days), strict=True))
        notes = Loan.objects.filter(bank=self.file.organisation_id, note_no__in=notes_of(rows)).exclude(status=LoanStatus.DISCARDED)
        self._taken |= {loan.note_no: loan for loan in notes}

    def check(self, row: ReadRow) -> Checked:
        """The note number, the row by itself, its enterprise, its line, and the reserve after the rows so far."""
        values, note = row.values, row.values["note_no"]
        if note in self._taken:
            return Checked([finding("E323", f"借据号“{note}”在本行已登记过。")], self._taken[note])
        agreed_on = self.file.programme.agreement_signed_on
        found = self.twice(row, note, "E302", f"借据号“{note}”")
        found += opening_faults(values, agreed_on=agreed_on, started_on=self._started_on)
        enterprise = self._enterprises.get(enterprise_code(values))
        if enterprise is None:
            found.append(finding("E346", f"代码 {values['enterprise']} 不在本项目的企业名录中。"))
        elif not self._size(enterprise, values):
            found.append(finding("E348", f"“{enterprise.name}”没有 {values['approved_on'].year} 年及以前的年度指标。"))
        if found:
            return Checked(found)
        return Checked(self._taken_from(self._key(values), values))

    def _taken_from(self, key: Key, values: Mapping[str, Any]) -> list[Finding]:
        """Draw from the line and occupy the reserve: both then stand as after this row."""
        left = self._left.get(key, values["line_amount"])
        if values["amount"] > left:
            drawn, amount = format_yuan(values["line_amount"] - left), format_yuan(values["amount"])
            return [finding("E343", f"授信 {format_yuan(values['line_amount'])} 元，前面已提 {drawn} 元，本笔 {amount} 元。")]
        rules = self._rules_of[values["approved_on"]]
        mark = earmark_target(values["outstanding"], rules.leverage, rules.match_ratio)
        try:
            require_active(self.file.programme, self.on)
            accounts = self._accounts or cover_accounts(self.file.programme_id)
            self._accounts = cover(mark, accounts) if mark.total else accounts
        except InsufficientBalance as refusal:
            return [finding("E347", refusal.message)]
        except Refusal as refusal:
            return [refused(refusal)]
        self._left[key] = left - values["amount"]
        return []

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None:
        """Check it once more and write it by the two people of the bank. Raises: Refusal; as `book_opening`."""
        file = self.file
        if file.confirmed_by is None or file.countersigned_by is None:
            raise AssertionError("a file of openings in booking has its three people")
        probe = ReadRow(row.number, row.texts, values, ())
        # What is drawn and free changes with every row booked.
        self._enterprises, self._lines, self._left, self._accounts = {}, {}, {}, None
        self.prepare([probe])
        found = [one for one in self.check(probe).findings if one.is_error]
        if found:
            raise Refusal("".join(one.text for one in found))
        enterprise = self._enterprises[enterprise_code(values)]
        key = self._key(values)
        opening = Opening(
            programme=file.programme,
            bank=file.organisation,
            enterprise=enterprise,
            values=values,
            line=self._lines.get(key),
            size=self._size(enterprise, values),
            term_months=self._terms[key],
            rules=self._rules_of[values["approved_on"]],
        )
        row.loan = book_opening(opening=opening, entered_by=file.uploaded_by, confirmed_by=file.confirmed_by, on=on, now=now)

    @cached_property
    def _terms(self) -> dict[Key, int]:
        """The term of each line of the file: that of its longest loan."""
        found: dict[Key, int] = {}
        for texts in self.file.rows.values_list("texts", flat=True):
            values = values_of(COLUMNS[self.file.kind], texts)
            key = self._key(values)
            found[key] = max(found.get(key, 0), term_of(values["disbursed_on"], values["due_on"]))
        return found

    @staticmethod
    def _key(values: Mapping[str, Any]) -> Key:
        code = enterprise_code(values)
        org_code = code[8:17] if len(code) == 18 else code  # the unified code holds it
        return org_code, values["approved_on"], values["line_amount"], values.get("former_batch")

    @staticmethod
    def _size(enterprise: Enterprise, values: Mapping[str, Any]) -> str:
        """As the row says, else by the latest year recorded up to the approval's; "" where there is none."""
        years = sorted((row.year, row.size) for row in enterprise.years.all() if row.year <= values["approved_on"].year)
        return values.get("size") or (years[-1][1] if years else "")
