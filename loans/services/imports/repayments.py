"""Repayments from a file, each planned as if those above it had been booked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Prefetch

from common.errors import Refusal
from common.money import format_yuan
from reserve.calendar import workday_table

from ...enums import LoanStatus, RepaymentStatus
from ...models import ImportFile, ImportRow, Loan, Repayment
from ...rules.imports.catalogue import Finding, finding
from ...rules.imports.cells import ReadRow
from ...selectors.servicing import Account, account_from, bank_rows_of
from ..payments import Payment, plan_payment
from ..repayments import book_repayment
from .desk import Checked, FileDesk, notes_of, refused

PARTS = ("amount", "principal", "interest", "penalty")


class RepaymentDesk(FileDesk):
    """`_accounts`: of each loan met, its account with the file's own rows so far."""

    sums: ClassVar[tuple[str, ...]] = PARTS

    def __init__(self, file: ImportFile, on: date) -> None:
        super().__init__(file, on)
        self._table = workday_table()
        self._accounts: dict[str, Account] = {}
        self._made: dict[str, list[Repayment]] = defaultdict(list)
        self._unbooked: dict[str, Loan] = {}

    def prepare(self, rows: Sequence[ReadRow]) -> None:
        """Read the accounts of the loans in these rows: a fixed number of statements."""
        wanted = notes_of(rows) - self._accounts.keys() - self._unbooked.keys()
        standing = Repayment.objects.filter(status__in=(RepaymentStatus.ENTERED, RepaymentStatus.CONFIRMED)).order_by("paid_on", "id")
        found = list(
            Loan.objects.filter(bank=self.file.organisation_id, programme=self.file.programme_id, note_no__in=wanted)
            .exclude(status=LoanStatus.DISCARDED)
            .select_related("credit_line")
            .prefetch_related(Prefetch("repayments", standing, to_attr="standing"), "extensions", "agreed_instalments")
        )
        followed = bank_rows_of(found)
        self.share_rules(loan.credit_line for loan in found)
        for loan in found:
            if not loan.is_drawn:
                self._unbooked[loan.note_no] = loan
                continue
            self._made[loan.note_no] = loan.standing
            confirmed = [one for one in self._made[loan.note_no] if one.status == RepaymentStatus.CONFIRMED]
            self._accounts[loan.note_no] = account_from(loan, confirmed, self._table, bank_rows=followed.get(loan.pk, ()))

    def check(self, row: ReadRow) -> Checked:
        """The loan, the state it is in, doubles, the quarter, and what the payment would be."""
        values = row.values
        note, paid_on = values["note_no"], values["paid_on"]
        account = self._accounts.get(note)
        if account is None:
            return self._without_account(note)
        loan = account.loan
        key = (note, paid_on, *(values.get(name) for name in (*PARTS, "receipt_no")))
        found = self.twice(row, key, "E301", f"借据 {note} {paid_on} 的还款") or self._booked_before(note, values)
        if not found and loan.status == LoanStatus.SETTLED:
            found = [finding("E313", f"借据 {note} 已结清{f'（{loan.settled_on}）' if loan.settled_on else '（本文件前面的行还清）'}。")]
        found += self.of_quarter(paid_on, "还款日期")
        if not any(one.is_error for one in found):
            found += self._plan(account, values)
        return Checked(found, loan)

    def _without_account(self, note: str) -> Checked:
        loan = self._unbooked.get(note)
        if loan is not None:
            return Checked([finding("E312", f"借据 {note} 的放款状态为“{loan.get_status_display()}”。")], loan)
        return Checked([finding("E311", f"本行在本项目没有借据“{note}”。")])

    def _booked_before(self, note: str, values: Mapping[str, Any]) -> list[Finding]:
        """The same repayment on record, entered by hand or from another file; two receipts tell two payments apart."""
        receipt = values.get("receipt_no", "")
        for one in self._made[note]:
            told_apart = receipt and one.receipt_no and receipt != one.receipt_no
            if one.paid_on == values["paid_on"] and not told_apart and _same_money(one, values):
                return [
                    finding("E318", f"借据 {note} {one.paid_on} 已有一笔还款 {format_yuan(one.amount)} 元（{one.get_status_display()}）。")
                ]
        return []

    def _plan(self, account: Account, values: Mapping[str, Any]) -> list[Finding]:
        """Divide the payment; the account then stands as after it."""
        loan, given = account.loan, payment_of(values)
        try:
            planned = plan_payment(account, given, self.on)
        except Refusal as refusal:
            return [refused(refusal)]
        self._accounts[loan.note_no] = account.with_payment(given.paid_on, planned.parts, planned.effect)
        loan.outstanding -= planned.parts.principal
        if not loan.outstanding:
            loan.status = LoanStatus.SETTLED
        return []

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None:
        """Enter and confirm by the two people of the file. Raises: as `book_repayment`."""
        if row.loan is None or self.file.confirmed_by is None:
            raise AssertionError("a row without error has its loan, a file in booking its two people")
        row.repayment = book_repayment(
            loan=row.loan,
            payment=payment_of(values),
            receipt_no=values.get("receipt_no", ""),
            entered_by=self.file.uploaded_by,
            confirmed_by=self.file.confirmed_by,
            on=on,
            now=now,
        )


def payment_of(values: Mapping[str, Any]) -> Payment:
    return Payment(
        paid_on=values["paid_on"],
        **{name: values.get(name) for name in PARTS},
        kind=values.get("kind", ""),
        effect=values.get("effect", ""),
    )


def _same_money(one: Repayment, values: Mapping[str, Any]) -> bool:
    """Whether what the row states agrees with a repayment on record; what it leaves open does not tell them apart."""
    on_record: dict[str, Decimal] = {name: getattr(one, name) for name in PARTS}
    return all(on_record[name] == value for name, value in values.items() if name in PARTS)
