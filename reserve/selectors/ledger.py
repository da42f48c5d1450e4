"""Reading the ledger: balances at any date, statements. Balances are read or corrected, never summed from the start."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db import connection
from django.db.models import Q, Sum

from common.money import ZERO, from_cents

from ..ledger_enums import AccountKind, Purpose
from ..models.accounts import ReserveAccount
from ..models.ledger import LedgerAccount, Transfer
from .cash import bank_transfers, books_of

DateKind = Literal["ledger", "value"]


@dataclass(frozen=True, slots=True)
class Balances:
    """What a reserve account holds (yuan): `balance` = `free` + `earmarked` + `claims_payable`. Sums with `+`."""

    balance: Decimal = ZERO
    free: Decimal = ZERO
    earmarked: Decimal = ZERO
    claims_payable: Decimal = ZERO

    def __add__(self, other: "Balances") -> "Balances":
        return Balances(
            self.balance + other.balance,
            self.free + other.free,
            self.earmarked + other.earmarked,
            self.claims_payable + other.claims_payable,
        )

    def of(self, kind: AccountKind) -> Decimal:
        """The balance of one kind of ledger account."""
        return self.balance if kind == AccountKind.BANK else Decimal(getattr(self, kind.value))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as an account's statement shows it; `increase` or `decrease` is None. `balance` is after the line."""

    entry_id: int
    sequence: int
    ledger_date: date
    value_date: date
    purpose: Purpose
    memo: str
    source: tuple[str, int]
    counter_kind: AccountKind
    increase: Decimal | None
    decrease: Decimal | None
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's lines from `first` to `last` (ledger dates, both included)."""

    reserve_account: ReserveAccount
    kind: AccountKind
    first: date
    last: date
    opening: Decimal
    lines: Sequence[StatementLine]
    closing: Decimal
    increases: Decimal
    decreases: Decimal


def current_balances(reserve_accounts: Iterable[ReserveAccount]) -> dict[int, Balances]:
    """The stored balances now, by reserve account id. One query."""
    accounts = list(reserve_accounts)
    held = balances_in(books_of(accounts))
    return {account.pk: held.get(account.pk, Balances()) for account in accounts}


def balances_in(books: Iterable[LedgerAccount]) -> dict[int, Balances]:
    """The same from books that were read, for the reserve accounts that have some."""
    found: dict[int, dict[str, Decimal]] = {}
    for book in books:
        found.setdefault(book.reserve_account_id, {})[book.kind] = book.balance
    return {account: balances_of(kinds) for account, kinds in found.items()}


def balances(reserve_accounts: Iterable[ReserveAccount], as_of: date, by: DateKind = "ledger") -> dict[int, Balances]:
    """Balances at the end of `as_of`, by reserve account id (every account asked for is in it). At most two queries.

    By "ledger" date: as the books stood that evening. By "value" date: as they stand now for that day, with what was
    posted later for facts of that day or before.
    """
    return balance_series(reserve_accounts, [as_of], by)[as_of]


def balance_series(
    reserve_accounts: Iterable[ReserveAccount], days: Sequence[date], by: DateKind = "ledger"
) -> dict[date, dict[int, Balances]]:
    """`balances` for many days (e.g. quarter ends), in at most two queries whatever their number."""
    accounts = list(reserve_accounts)
    cents: dict[tuple[int, int], Counter[str]] = {(i, a.pk): Counter() for i in range(len(days)) for a in accounts}
    if accounts and days:
        with connection.cursor() as cursor:
            for i, account_id, kind, balance in _read(cursor, _BALANCES_AFTER, accounts, days):
                cents[i, account_id][kind] = balance
            if by == "value":
                for i, account_id, debit, credit, amount in _read(cursor, _POSTED_LATER, accounts, days):
                    cents[i, account_id][debit] += int(amount) if debit == AccountKind.BANK else -int(amount)
                    cents[i, account_id][credit] += -int(amount) if credit == AccountKind.BANK else int(amount)
    return {
        day: {a.pk: balances_of({kind: from_cents(n) for kind, n in cents[i, a.pk].items()}) for a in accounts}
        for i, day in enumerate(days)
    }


def free_since(needs: Mapping[ReserveAccount, Decimal], first: date, last: date) -> date:
    """The first day in [`first`, `last`] from which each account's free money, by value date, carries what is needed until
    `last`; `last` where none before it does. Two queries, none when the days are one. Exact while the ledger is held.
    """
    days = [first + timedelta(days=offset) for offset in range((last - first).days)]
    series = balance_series(needs, days, by="value")
    short = [day for day in days if any(series[day][account.pk].free < need for account, need in needs.items())]
    return short[-1] + timedelta(days=1) if short else first


def statement(reserve_account: ReserveAccount, kind: AccountKind, first: date, last: date) -> Statement:
    """Opening, lines and closing of one ledger account, by ledger date. Three queries, whatever the number of lines."""
    account = LedgerAccount.objects.get(reserve_account=reserve_account, kind=kind)
    day_before = balances([reserve_account], first - timedelta(days=1))[reserve_account.pk]
    opening = day_before.of(kind)
    rows = (
        Transfer.objects.filter(Q(debit=account) | Q(credit=account))
        .filter(entry__programme=reserve_account.programme_id, entry__ledger_date__range=(first, last))
        .select_related("entry", "debit", "credit")
        .order_by("entry_id", "position")
    )
    lines = [_line(row, account) for row in rows]
    return Statement(
        reserve_account=reserve_account,
        kind=kind,
        first=first,
        last=last,
        opening=opening,
        lines=lines,
        closing=lines[-1].balance if lines else opening,
        increases=sum((line.increase for line in lines if line.increase is not None), ZERO),
        decreases=sum((line.decrease for line in lines if line.decrease is not None), ZERO),
    )


def turnover(reserve_accounts: Iterable[ReserveAccount], first: date, last: date) -> dict[int, dict[Purpose, Decimal]]:
    """What came into (+) and went out of (−) the bank by purpose, by ledger date: 准备金收支. Two queries."""
    accounts = list(reserve_accounts)
    found: dict[int, dict[Purpose, Decimal]] = {account.pk: {} for account in accounts}
    rows = (
        bank_transfers(books_of(accounts))
        .filter(entry__ledger_date__range=(first, last))
        .values_list("debit__reserve_account_id", "entry__purpose", "debit__kind")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    for account_id, purpose, debit, amount in rows:
        signed = amount if debit == AccountKind.BANK else -amount
        by_purpose = found[account_id]
        by_purpose[Purpose(purpose)] = by_purpose.get(Purpose(purpose), ZERO) + signed
    return found


def _line(row: Transfer, account: LedgerAccount) -> StatementLine:
    is_debit = row.debit_id == account.pk
    grows = is_debit == (account.kind == AccountKind.BANK)
    entry = row.entry
    return StatementLine(
        entry_id=entry.pk,
        sequence=entry.sequence,
        ledger_date=entry.ledger_date,
        value_date=entry.value_date,
        purpose=Purpose(entry.purpose),
        memo=entry.memo,
        source=(entry.source_type, entry.source_id),
        counter_kind=AccountKind((row.credit if is_debit else row.debit).kind),
        increase=row.amount if grows else None,
        decrease=None if grows else row.amount,
        balance=row.debit_balance_after if is_debit else row.credit_balance_after,
    )


def balances_of(kinds: Mapping[str, Decimal]) -> Balances:
    """One account's balances by kind as a whole; a kind without a row is zero."""
    return Balances(
        balance=kinds.get(AccountKind.BANK, ZERO),
        free=kinds.get(AccountKind.FREE, ZERO),
        earmarked=kinds.get(AccountKind.EARMARKED, ZERO),
        claims_payable=kinds.get(AccountKind.CLAIMS_PAYABLE, ZERO),
    )


def _read(cursor: Any, sql: str, accounts: Sequence[ReserveAccount], days: Sequence[date]) -> list[tuple[Any, ...]]:
    """Run one of the queries below for these accounts and days, which it numbers from 0."""
    adapt = connection.ops.adapt_datefield_value
    cursor.execute(
        sql.format(days=", ".join(["(%s, %s)"] * len(days)), accounts=", ".join(["%s"] * len(accounts))),
        [*(value for i, day in enumerate(days) for value in (i, adapt(day))), *(account.pk for account in accounts)],
    )
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# The programme's last entry up to each day is found by index; so are each account's last debit and last credit up to that
# entry (an entry's key orders as the chain does); the later of the two says what the account held.
_BALANCES_AFTER = """
    WITH day (i, as_of) AS (VALUES {days}),
    mark AS (
        SELECT day.i, a.id AS account_id, a.reserve_account_id, a.kind,
               (SELECT e.id FROM reserve_ledgerentry e
                WHERE e.programme_id = a.programme_id AND e.ledger_date <= day.as_of
                ORDER BY e.ledger_date DESC, e.id DESC LIMIT 1) AS last_entry_id
        FROM day CROSS JOIN reserve_ledgeraccount a
        WHERE a.reserve_account_id IN ({accounts})
    )
    SELECT mark.i, mark.reserve_account_id, mark.kind, COALESCE((
        SELECT latest.balance FROM (
            SELECT * FROM (
                SELECT entry_id, position, debit_balance_after AS balance FROM reserve_transfer
                WHERE debit_id = mark.account_id AND entry_id <= mark.last_entry_id
                ORDER BY entry_id DESC, position DESC LIMIT 1) AS last_debit
            UNION ALL
            SELECT * FROM (
                SELECT entry_id, position, credit_balance_after AS balance FROM reserve_transfer
                WHERE credit_id = mark.account_id AND entry_id <= mark.last_entry_id
                ORDER BY entry_id DESC, position DESC LIMIT 1) AS last_credit
        ) AS latest ORDER BY latest.entry_id DESC, latest.position DESC LIMIT 1), 0)
    FROM mark
"""

# What was posted after each day for facts of that day or before: few, and in an index of their own.
_POSTED_LATER = """
    WITH day (i, as_of) AS (VALUES {days})
    SELECT day.i, debit.reserve_account_id, debit.kind, credit.kind, SUM(t.amount)
    FROM day
    JOIN reserve_ledgerentry e
      ON e.value_date < e.ledger_date AND e.ledger_date > day.as_of AND e.value_date <= day.as_of
    JOIN reserve_transfer t ON t.entry_id = e.id
    JOIN reserve_ledgeraccount debit ON debit.id = t.debit_id
    JOIN reserve_ledgeraccount credit ON credit.id = t.credit_id
    WHERE debit.reserve_account_id IN ({accounts}) AND e.programme_id = debit.programme_id
    GROUP BY day.i, debit.reserve_account_id, debit.kind, credit.kind
"""
