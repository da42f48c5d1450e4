"""The bank's statements held against the ledger: recomputed at every look, so that whatever is posted or sent later counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from common.money import ZERO
from parties.models import User

from ..enums import DifferenceKind, EntryStatus, StatementStatus
from ..ledger_enums import AccountKind
from ..models import BankStatement, BankStatementLine, LedgerEntry, ReserveAccount, StatementExplanation
from ..rules import CashLine, Difference, cash_differences, receipt_in
from .cash import bank_transfers, books_of
from .ledger import balance_series

ONE_DAY = timedelta(days=1)
Key = tuple[str, int | None, int | None, Decimal]


@dataclass(frozen=True, slots=True)
class Item:
    """A difference of a statement, with the explanation that stands for it (waiting or confirmed)."""

    difference: Difference
    explanation: StatementExplanation | None

    @property
    def is_open(self) -> bool:
        return self.explanation is None or self.explanation.status != EntryStatus.CONFIRMED


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A statement beside the ledger's bank account, by value date (yuan)."""

    statement: BankStatement
    income: Decimal
    expense: Decimal
    book_opening: Decimal
    book_closing: Decimal
    items: Sequence[Item]
    follows: bool

    @property
    def open_count(self) -> int:
        return sum(item.is_open for item in self.items)

    @property
    def is_even(self) -> bool:
        """对平: no difference is left unexplained."""
        return not self.open_count


def reconciliation(statement: BankStatement) -> Reconciliation:
    """One standing statement beside the ledger. At most seven queries."""
    return reconciliations([statement])[statement.pk]


def reconciliations(statements: Iterable[BankStatement]) -> dict[int, Reconciliation]:
    """Many standing statements, by id. At most seven queries, whatever their number."""
    asked = [one for one in statements if one.status != StatementStatus.DISCARDED]
    return _beside_the_ledger(asked, _standing(one.account for one in asked))


def last_reconciliations(accounts: Iterable[ReserveAccount]) -> dict[int, Reconciliation]:
    """The last standing statement of each account that has one, by account id. At most seven queries."""
    standing = _standing(accounts)
    last = {one.account_id: one for one in standing}
    return {one.statement.account_id: one for one in _beside_the_ledger(list(last.values()), standing).values()}


def _standing(accounts: Iterable[ReserveAccount]) -> list[BankStatement]:
    """Oldest first."""
    rows = BankStatement.objects.filter(account__in=list(accounts), status=StatementStatus.SENT)
    return list(rows.select_related("account__funder").order_by("first"))


def _beside_the_ledger(asked: Sequence[BankStatement], standing: Sequence[BankStatement]) -> dict[int, Reconciliation]:
    accounts = {one.account_id: one.account for one in asked}
    if not asked:
        return {}
    bank, book = _bank_lines(standing), _book_lines(accounts, standing)
    found: dict[int, list[Difference]] = defaultdict(list)
    for account in accounts:
        for difference in cash_differences(bank[account], book[account]):
            found[difference.period].append(difference)
    said = _explanations(asked)
    openings = balance_series(accounts.values(), sorted({one.first - ONE_DAY for one in asked}), "value")
    ends = {(one.account_id, one.last) for one in standing}
    return {
        one.pk: _reconciled(
            one,
            bank[one.account_id],
            book[one.account_id],
            found[one.pk],
            said[one.pk],
            opening=openings[one.first - ONE_DAY][one.account_id].balance,
            follows=(one.account_id, one.first - ONE_DAY) in ends,
        )
        for one in asked
    }


def _reconciled(
    statement: BankStatement,
    bank: Sequence[CashLine],
    book: Sequence[CashLine],
    differences: Sequence[Difference],
    said: Mapping[Key, StatementExplanation],
    *,
    opening: Decimal,
    follows: bool,
) -> Reconciliation:
    """A gap at the opening is the one at the closing before, listed there; without a statement before it is listed here."""
    own = [line.amount for line in bank if line.period == statement.pk]
    listed = list(differences)
    if statement.opening != opening and not follows:
        listed.insert(0, Difference(DifferenceKind.OPENING, None, None, statement.opening - opening))
    return Reconciliation(
        statement=statement,
        income=sum((amount for amount in own if amount > 0), ZERO),
        expense=-sum((amount for amount in own if amount < 0), ZERO),
        book_opening=opening,
        book_closing=opening + sum((line.amount for line in book if line.period == statement.pk), ZERO),
        items=[Item(one, said.get(key_of(one))) for one in listed],
        follows=follows,
    )


def key_of(difference: Difference) -> Key:
    """What makes a difference the same one at another look."""
    bank, book = difference.bank, difference.book
    return (difference.kind, bank.key if bank else None, book.key if book else None, difference.gap)


def _bank_lines(standing: Sequence[BankStatement]) -> dict[int, list[CashLine]]:
    accounts = {one.pk: one.account_id for one in standing}
    found: dict[int, list[CashLine]] = defaultdict(list)
    for line in BankStatementLine.objects.filter(statement__in=accounts).order_by("day", "statement_id", "position"):
        amount = line.income if line.income is not None else -(line.expense or ZERO)
        found[accounts[line.statement_id]].append(CashLine(line.pk, line.day, amount, line.receipt_no, line.statement_id, line.summary))
    return found


def _book_lines(accounts: Iterable[int], standing: Sequence[BankStatement]) -> dict[int, list[CashLine]]:
    """What the ledger moved into (+) and out of (−) each account's bank, by value date. An entry that was taken back on its own
    value date, and what took it back, are left out: the account stands as if neither had been."""
    periods: dict[int, list[BankStatement]] = defaultdict(list)
    for one in standing:
        periods[one.account_id].append(one)
    reversal_day = LedgerEntry.objects.filter(reverses=OuterRef("entry")).values("value_date")[:1]
    rows = (
        bank_transfers(books_of(accounts))
        .annotate(taken_back_on=Subquery(reversal_day))
        .filter(Q(taken_back_on__isnull=True) | ~Q(taken_back_on=F("entry__value_date")))
        .filter(Q(entry__reverses__isnull=True) | ~Q(entry__reverses__value_date=F("entry__value_date")))
        .order_by("entry__value_date", "entry_id", "position")
        .values_list("entry_id", "debit__reserve_account_id", "debit__kind", "amount", "entry__value_date", "entry__memo")
    )
    found: dict[int, list[CashLine]] = defaultdict(list)
    for entry, account, debit, amount, day, memo in rows:
        period = next((one.pk for one in periods[account] if one.first <= day <= one.last), None)
        signed = amount if debit == AccountKind.BANK else -amount
        lines = found[account]
        if lines and lines[-1].key == entry:  # an entry's movements of one account's bank are one to the bank
            signed += lines.pop().amount
        lines.append(CashLine(entry, day, signed, receipt_in(memo), period, memo))
    return found


def _explanations(statements: Sequence[BankStatement]) -> dict[int, dict[Key, StatementExplanation]]:
    """Those that stand, the latest of each difference last."""
    rows = StatementExplanation.objects.filter(statement__in=[one.pk for one in statements]).exclude(status=EntryStatus.DISCARDED)
    found: dict[int, dict[Key, StatementExplanation]] = defaultdict(dict)
    for row in rows.select_related("entered_by", "confirmed_by").order_by("pk"):
        found[row.statement_id][(row.kind, row.line_id, row.ledger_entry_id, row.gap)] = row
    return found


def explanations_to_confirm(user: User) -> QuerySet[StatementExplanation]:
    """Explanations of differences on the accounts of the person's organisation that wait for its reviewer, oldest first."""
    rows = StatementExplanation.objects.visible_to(user).filter(
        statement__account__funder=user.organisation_id, statement__status=StatementStatus.SENT, status=EntryStatus.ENTERED
    )
    return rows.select_related("statement__account__funder", "entered_by").order_by("pk")
