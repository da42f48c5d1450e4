"""Reading reserve accounts, the entries of the ledger and clocks, as pages and endpoints show them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from common.money import ZERO, total
from parties.models import User

from ..calendar import workday_table
from ..ledger_enums import AccountKind
from ..models import Deadline, LedgerAccount, LedgerEntry, Programme, ReserveAccount, Transfer, programme_keys
from ..workdays import WorkdayTable
from .ledger import Balances, Statement, balances


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """A reserve account with what it holds on a day, and the share of its balance that is earmarked."""

    account: ReserveAccount
    figures: Balances

    @property
    def earmarked_share(self) -> Decimal:
        return self.figures.earmarked / self.figures.balance if self.figures.balance else Decimal(0)


def accounts_of(programme: Programme) -> list[ReserveAccount]:
    """The programme's reserve accounts, the provincial one first. One query."""
    return list(ReserveAccount.objects.filter(programme=programme).select_related("funder", "bank").order_by("id"))


def figures_of(accounts: list[ReserveAccount], as_of: date) -> list[AccountFigures]:
    """Their figures at the end of `as_of`, by ledger date. One query."""
    found = balances(accounts, as_of)
    return [AccountFigures(account, found[account.pk]) for account in accounts]


def visible_entries(user: User) -> QuerySet[LedgerEntry]:
    """The ledger of the person's programmes, in order of the chain."""
    entries: QuerySet[LedgerEntry] = LedgerEntry.objects.filter(programme__in=programme_keys(user))
    return entries if user.organisation_id is not None else entries.none()


@dataclass(frozen=True, slots=True)
class BookLine:
    """A line of the statement as a bookkeeper writes it: 借方, 贷方, 余额."""

    entry_id: int
    sequence: int
    ledger_date: date
    value_date: date
    purpose: str
    memo: str
    counter: str
    debit: Decimal | None
    credit: Decimal | None
    balance: Decimal


@dataclass(frozen=True, slots=True)
class BookStatement:
    """A statement in debits and credits, with the totals of the period and of the year up to its end."""

    statement: Statement
    lines: list[BookLine]
    debits: Decimal
    credits: Decimal
    year_debits: Decimal
    year_credits: Decimal

    def side(self, balance: Decimal) -> str:
        """借, 贷 or 平."""
        if not balance:
            return "平"
        return "借" if self.statement.kind == AccountKind.BANK else "贷"


def book(statement: Statement) -> BookStatement:
    """The statement in debits and credits: the bank grows by debits, the kinds that say whom money is for by credits."""
    grows_by_debit = statement.kind == AccountKind.BANK
    lines = [
        BookLine(
            entry_id=line.entry_id,
            sequence=line.sequence,
            ledger_date=line.ledger_date,
            value_date=line.value_date,
            purpose=line.purpose.label,
            memo=line.memo,
            counter=line.counter_kind.label,
            debit=line.increase if grows_by_debit else line.decrease,
            credit=line.decrease if grows_by_debit else line.increase,
            balance=line.balance,
        )
        for line in statement.lines
    ]
    year_debits, year_credits = _year_totals(statement)
    debits, credited = statement.increases, statement.decreases
    if not grows_by_debit:
        debits, credited = credited, debits
    return BookStatement(statement, lines, debits, credited, year_debits, year_credits)


def _year_totals(statement: Statement) -> tuple[Decimal, Decimal]:
    """本年累计: what the account was debited and credited from 1 January to the end of the period. Two queries."""
    account = LedgerAccount.objects.get(reserve_account=statement.reserve_account, kind=statement.kind)
    span = (date(statement.last.year, 1, 1), statement.last)
    rows = Transfer.objects.filter(Q(debit=account) | Q(credit=account), entry__ledger_date__range=span)
    sums = rows.aggregate(debits=total("amount", where=Q(debit=account)), credits=total("amount", where=Q(credit=account)))
    return sums["debits"] or ZERO, sums["credits"] or ZERO


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline as people read it: `left` working days (negative: late; None: no longer running)."""

    deadline: Deadline
    left: int | None

    @property
    def known_left(self) -> int | None:
        """`left`, but None after a provisional day, which makes nobody late (domain §5)."""
        passed = self.deadline.provisional and self.left is not None and self.left < 0
        return None if passed else self.left


def clock(deadline: Deadline, on: date, table: WorkdayTable | None = None) -> Clock:
    """How far the clock has run on `on`."""
    if deadline.met_on is not None or deadline.cancelled_on is not None:
        return Clock(deadline, None)
    return Clock(deadline, (table or workday_table()).workdays_between_provisional(on, deadline.due_on)[0])
