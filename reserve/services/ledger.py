"""Posting: the only writer of the ledger.

Every posting locks its programme's head first, so a programme's entries form one line and its accounts need no locks of
their own. Post last in the caller's transaction: the head is then held for the shortest time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from parties.models import User

from ..ledger_enums import AccountKind, Purpose
from ..models import LedgerEntry
from ..models.accounts import ReserveAccount
from ..models.programmes import Programme


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A positive `amount` (yuan) of one reserve account from its `debit` kind to its `credit` kind.

    Both sides belong to the same reserve account, so that bank = free + earmarked + claims payable holds by construction.
    """

    reserve_account: ReserveAccount
    debit: AccountKind
    credit: AccountKind
    amount: Decimal


def contribute(account: ReserveAccount, amount: Decimal) -> TransferLine:
    """Money comes in: bank → free. (For contributions, recoveries, interest.)"""
    return TransferLine(account, AccountKind.BANK, AccountKind.FREE, amount)


def pay_out(account: ReserveAccount, amount: Decimal) -> TransferLine:
    """Free money leaves: free → bank. (For refunds and interest paid out.)"""
    return TransferLine(account, AccountKind.FREE, AccountKind.BANK, amount)


def earmark(account: ReserveAccount, amount: Decimal) -> TransferLine:
    """Free money is set aside for a loan: free → earmarked."""
    return TransferLine(account, AccountKind.FREE, AccountKind.EARMARKED, amount)


def release(account: ReserveAccount, amount: Decimal) -> TransferLine:
    """Earmarked money becomes free again: earmarked → free."""
    return TransferLine(account, AccountKind.EARMARKED, AccountKind.FREE, amount)


@dataclass(frozen=True, slots=True)
class Posting:
    """What is asked of the ledger. `source` = (type, id) of the cause, e.g. ("contribution", 12).

    `key` is unique within the programme, e.g. "contribution:12:confirm"; 1 to 120 characters.
    """

    purpose: Purpose
    transfers: Sequence[TransferLine]
    source: tuple[str, int]
    ledger_date: date
    value_date: date
    key: str
    memo: str = ""
    reverses: LedgerEntry | None = None


def open_accounts(*, reserve_account: ReserveAccount) -> None:
    """Give a new reserve account its ledger accounts (all at zero), and its programme a chain if it has none yet.

    Safe to repeat. Writes LedgerHead, LedgerAccount.
    """
    raise NotImplementedError


def post(
    *,
    programme: Programme,
    purpose: Purpose,
    transfers: Sequence[TransferLine],
    source: tuple[str, int],
    ledger_date: date,
    value_date: date,
    by: User,
    now: datetime,
    key: str,
    memo: str = "",
) -> LedgerEntry:
    """Post one entry: move the balances, write entry and transfers, advance the chain.

    The same `key` with the same request (purpose, transfers, source, value date, memo, person) returns the entry posted
    then and writes nothing; ledger date and time of recording are the clock's and do not make a request another one.
    Locks the programme's LedgerHead; writes LedgerAccount, LedgerEntry, Transfer, IdempotencyKey, LedgerHead.

    Raises:
        InsufficientBalance: an account would fall below zero, at the end or on the way there.
        LedgerDateBackwards: the programme already has a later entry.
        ValueDateInFuture, ValueDateClosed: the value date is after the ledger date, or in a closed quarter of the bank.
        IdempotencyMismatch: the key was used for another request.
    """
    raise NotImplementedError


def post_many(*, programme: Programme, postings: Sequence[Posting], by: User, now: datetime) -> list[LedgerEntry]:
    """Post a batch in order, all or nothing, with one lock and a handful of statements; as `post` otherwise."""
    raise NotImplementedError


def reverse(
    *, entry: LedgerEntry, reason: str, ledger_date: date, value_date: date, by: User, now: datetime, key: str
) -> LedgerEntry:
    """Post the opposite of `entry`, linked to it, with the reason as its memo (same source).

    Raises:
        AlreadyReversed, ReversalNotReversible; InsufficientBalance when the money has moved on; as `post` otherwise.
    """
    raise NotImplementedError
