"""Month-end balances as the bank's own system has them, held against ours: nothing is posted, every difference is said."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from common.money import ZERO, MoneyField, format_yuan, total, yuan

from ...enums import DRAWN, LoanGrade, LoanStatus
from ...models import ImportFile, ImportRow, Loan, OverdueSpell, PrincipalMovement
from ...rules.imports.catalogue import Finding, finding
from ...rules.imports.cells import ReadRow
from ...selectors.grades import with_grade
from .desk import Checked, FileDesk, notes_of


class PositionDesk(FileDesk):
    """Ours as of the file's day: principal by the days facts happened, arrears by the spells."""

    sums: ClassVar[tuple[str, ...]] = ("balance",)

    def __init__(self, file: ImportFile, on: date) -> None:
        super().__init__(file, on)
        if file.position_on is None:
            raise AssertionError("a file of positions has its day")
        self._day = file.position_on
        self._ours: dict[str, Any] = {}
        self._entered: dict[str, Loan] = {}
        self._named: set[str] = set()

    def meet(self, rows: Sequence[ReadRow]) -> None:
        """A loan that is named, however wrongly, is not left out."""
        self._named |= notes_of(rows)

    def prepare(self, rows: Sequence[ReadRow]) -> None:
        """Read the loans of these rows as they stood on the day: a fixed number of statements."""
        notes = notes_of(rows)
        graded = with_grade(self._as_of_the_day().filter(note_no__in=notes), self._day).select_related("credit_line")
        overdue = OverdueSpell.objects.on(self._day).filter(loan__note_no__in=notes, loan__bank=self.file.organisation_id)
        late = set(overdue.values_list("loan_id", flat=True))
        self._ours = {loan.note_no: loan for loan in graded}
        for loan in self._ours.values():
            loan.was_overdue = loan.pk in late
        entered = Loan.objects.filter(self._scope, status=LoanStatus.ENTERED, note_no__in=notes)
        self._entered = {loan.note_no: loan for loan in entered}

    def check(self, row: ReadRow) -> Checked:
        """The loan, its state, balance, line and terms on that day."""
        values, note = row.values, row.values["note_no"]
        found = self.twice(row, note, "E302", f"借据号“{note}”")
        if entered := self._entered.get(note):
            return Checked([*found, finding("E312", f"借据 {note} 的放款状态为“{entered.get_status_display()}”。")], entered)
        loan = self._ours.get(note)
        if loan is None:
            return Checked([*found, finding("E311", f"本行在本项目没有借据“{note}”。")])
        found += self._state(loan, values["status"])
        if not any(one.is_error for one in found):
            found += self._balance(loan, values["balance"], values["status"])
        return Checked([*found, *self._line(loan, values), *self._terms(loan, values)], loan)

    def finish(self) -> list[Finding]:
        """Loans with principal on that day that the file does not name."""
        owing = self._as_of_the_day().filter(owed__gt=yuan(ZERO)).order_by("note_no")
        return [
            finding("E023", f"借据 {note}（{name}）{self._day} 在册余额 {format_yuan(owed)} 元，文件中没有。")
            for note, name, owed in owing.values_list("note_no", "enterprise_name", "owed")
            if note not in self._named
        ]

    def book(self, row: ImportRow, values: Mapping[str, Any], *, on: date, now: datetime) -> None:
        """The row agrees with ours: the two people of the file have said so, and nothing is posted."""

    @property
    def _scope(self) -> Any:
        return Q(bank=self.file.organisation_id, programme=self.file.programme_id)

    def _as_of_the_day(self) -> QuerySet[Any]:
        """Loans disbursed by the day, with what they `owed` at its end."""
        moved = PrincipalMovement.objects.filter(loan=OuterRef("pk"), fact_on__lte=self._day).order_by().values("loan")
        owed = Coalesce(Subquery(moved.values(sum=total("change")), output_field=MoneyField()), yuan(ZERO))
        here = Q(opening_on__isnull=True) | Q(opening_on__lte=self._day)
        rows: QuerySet[Any] = Loan.objects.filter(self._scope, here, status__in=DRAWN, disbursed_on__lte=self._day)
        found: QuerySet[Any] = rows.annotate(owed=owed)
        return found

    def _state(self, loan: Any, status: str) -> list[Finding]:
        settled = loan.settled_on is not None and loan.settled_on <= self._day
        if settled and status != LoanStatus.SETTLED:
            return [finding("E313", f"借据 {loan.note_no} 在册已于 {loan.settled_on} 结清，文件为“{LoanStatus(status).label}”。")]
        if not settled and (status == LoanStatus.OVERDUE) != loan.was_overdue and status != LoanStatus.SETTLED:
            ours = LoanStatus.OVERDUE if loan.was_overdue else LoanStatus.ACTIVE
            return [finding("W322", f"借据 {loan.note_no} 在册为“{ours.label}”，文件为“{LoanStatus(status).label}”。")]
        return []

    def _balance(self, loan: Any, balance: Decimal, status: str) -> list[Finding]:
        figures = f"借据 {loan.note_no} 在册余额 {format_yuan(loan.owed)} 元，文件 {format_yuan(balance)} 元"
        if balance < loan.owed:
            return [finding("E314", f"{figures}，少 {format_yuan(loan.owed - balance)} 元，没有对应的归还本金。")]
        if balance > loan.owed:
            return [finding("E315", f"{figures}，多 {format_yuan(balance - loan.owed)} 元。")]
        if status == LoanStatus.SETTLED and balance:
            return [finding("E313", f"借据 {loan.note_no} 状态为“结清”，而余额 {format_yuan(balance)} 元。")]
        return []

    def _line(self, loan: Any, values: Mapping[str, Any]) -> list[Finding]:
        undrawn, line = values.get("undrawn"), loan.credit_line.amount
        if undrawn is None or values["balance"] + undrawn <= line:
            return []
        return [
            finding(
                "E316",
                f"借据 {loan.note_no} 余额 {format_yuan(values['balance'])} 元加未用额度 {format_yuan(undrawn)} 元，"
                f"超过授信 {format_yuan(line)} 元。",
            )
        ]

    def _terms(self, loan: Any, values: Mapping[str, Any]) -> list[Finding]:
        found, due_on, grade = [], values.get("due_on"), values.get("grade")
        if due_on and due_on > loan.due_on:
            found.append(finding("E317", f"借据 {loan.note_no} 在册 {loan.due_on} 到期，文件为 {due_on}。"))
        elif due_on and due_on < loan.due_on:
            found.append(finding("W323", f"借据 {loan.note_no} 在册 {loan.due_on} 到期，文件为 {due_on}。"))
        if grade and loan.grade and grade != loan.grade:
            ours, theirs = LoanGrade(loan.grade).label, LoanGrade(grade).label
            found.append(finding("W324", f"借据 {loan.note_no} 在册五级分类为“{ours}”，文件为“{theirs}”。"))
        return found
