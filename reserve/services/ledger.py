"""Posting: the only writer of the ledger.

Every posting locks its programme's head first, so a programme's entries form one line and its accounts need no locks of
their own. Post last in the caller's transaction: the head is then held for the shortest time. What is written and how is
in `ledger_sql`; here is what may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.db import DEFAULT_DB_ALIAS, transaction

from common.errors import IdempotencyMismatch
from common.money import to_cents
from parties.models import User

from .. import chain
from ..errors import (
    AlreadyReversed,
    InsufficientBalance,
    LedgerDateBackwards,
    ReversalNotReversible,
    ValueDateClosed,
    ValueDateInFuture,
)
from ..ledger_enums import MOVEMENTS, AccountKind, Purpose
from ..models.accounts import ReserveAccount
from ..models.ledger import ENTRY_SPAN, IdempotencyKey, LedgerAccount, LedgerEntry, LedgerHead
from ..models.programmes import ClosedPeriod, Programme
from ..quarters import Quarter
from . import ledger_sql

KEY_LENGTH = 120
MEMO_LENGTH = 200


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


@transaction.atomic
def open_accounts(*, reserve_account: ReserveAccount) -> None:
    """Give a new reserve account its ledger accounts (all at zero), and its programme a chain if it has none yet.

    Safe to repeat. Writes LedgerHead, LedgerAccount.
    """
    LedgerHead.objects.get_or_create(programme_id=reserve_account.programme_id)
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(programme_id=reserve_account.programme_id, reserve_account=reserve_account, kind=kind) for kind in AccountKind],
        ignore_conflicts=True,
    )


def hold(*, programme: Programme) -> None:
    """Keep others from posting until the caller's transaction ends: lock the head, e.g. before closing a quarter.

    Raises:
        ValueError: the programme has no ledger (`open_accounts`).
    """
    ledger_sql.lock_head(programme.pk)


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
    Locks the programme's LedgerHead; writes LedgerAccount, LedgerEntry, Transfer, IdempotencyKey, LedgerHead. A refusal
    rolls back the whole transaction of the caller; to go on after one, wrap the call in `atomic()`.

    Raises:
        InsufficientBalance: an account would fall below zero, at the end or on the way there.
        LedgerDateBackwards: the programme already has a later entry.
        ValueDateInFuture, ValueDateClosed: the value date is after the ledger date, or in a closed quarter of the bank.
        IdempotencyMismatch: the key was used for another request.
        ValueError: a caller's mistake (a movement its purpose does not allow, an amount ≤ 0, a foreign account, ...).
    """
    posting = Posting(purpose, transfers, source, ledger_date, value_date, key, memo)
    return post_many(programme=programme, postings=[posting], by=by, now=now)[0]


def post_many(*, programme: Programme, postings: Sequence[Posting], by: User, now: datetime) -> list[LedgerEntry]:
    """Post a batch in order, all or nothing, in one transaction; as `post` otherwise."""
    orders = [order(programme, posting, by, now) for posting in postings]
    with transaction.atomic(savepoint=False):
        for posting in postings:
            _require_open_quarter(programme, posting)
        return [_post(posting, asked) for posting, asked in zip(postings, orders, strict=True)]


def reverse(*, entry: LedgerEntry, reason: str, ledger_date: date, value_date: date, by: User, now: datetime, key: str) -> LedgerEntry:
    """Post the opposite of `entry`, linked to it, with the reason as its memo (same source).

    Raises:
        AlreadyReversed, ReversalNotReversible; InsufficientBalance when the money has moved on; as `post` otherwise.
        ValueError: no reason given.
    """
    if not reason.strip():
        raise ValueError("a reversal needs its reason")
    if entry.purpose == Purpose.REVERSAL:
        raise ReversalNotReversible(sequence=entry.sequence)
    transfers = entry.transfers.select_related("debit__reserve_account", "credit").order_by("-position")
    posting = Posting(
        purpose=Purpose.REVERSAL,
        transfers=[
            TransferLine(t.debit.reserve_account, AccountKind(t.credit.kind), AccountKind(t.debit.kind), t.amount) for t in transfers
        ],
        source=(entry.source_type, entry.source_id),
        ledger_date=ledger_date,
        value_date=value_date,
        key=key,
        memo=reason,
        reverses=entry,
    )
    with transaction.atomic(savepoint=False):
        hold(programme=entry.programme)
        other_key = entry.reversed_by.exclude(idempotency_key__key=key)
        if other_key.exists():
            raise AlreadyReversed(sequence=entry.sequence)
        return post_many(programme=entry.programme, postings=[posting], by=by, now=now)[0]


def order(programme: Programme, posting: Posting, by: User, now: datetime) -> ledger_sql.Order:
    """Everything that can be done before the head is locked: check the caller, write amounts in 分, hash the content."""
    _require_sound(programme, posting)
    if posting.value_date > posting.ledger_date:
        raise ValueDateInFuture(value_date=posting.value_date, ledger_date=posting.ledger_date)
    request = chain.Request(
        purpose=posting.purpose.value,
        source_type=posting.source[0],
        source_id=posting.source[1],
        memo=posting.memo,
        value_date=posting.value_date,
        by_id=by.pk,
        reverses_id=posting.reverses.pk if posting.reverses else None,
        lines=[
            chain.Line(line.reserve_account.pk, line.debit.value, line.credit.value, to_cents(line.amount)) for line in posting.transfers
        ],
    )
    digest = chain.request_hash(request)
    return ledger_sql.Order(
        programme_id=programme.pk,
        purpose=request.purpose,
        source_type=request.source_type,
        source_id=request.source_id,
        memo=request.memo,
        ledger_date=posting.ledger_date,
        value_date=request.value_date,
        recorded_at=now,
        recorded_by_id=request.by_id,
        reverses_id=request.reverses_id,
        key=posting.key,
        request_hash=digest,
        content_hash=chain.content_hash(
            digest, programme_id=programme.pk, ledger_date=posting.ledger_date, recorded_at=now, key=posting.key
        ),
        lines=request.lines,
    )


def _require_sound(programme: Programme, posting: Posting) -> None:
    """What no user can bring about: a caller's mistake is a ValueError, not a refusal."""
    if not posting.transfers:
        raise ValueError("an entry needs at least one transfer")
    if not 1 <= len(posting.key) <= KEY_LENGTH or len(posting.memo) > MEMO_LENGTH:
        raise ValueError(f"a key has 1 to {KEY_LENGTH} characters, a memo at most {MEMO_LENGTH}")
    allowed = MOVEMENTS.get(posting.purpose)
    if (allowed is None) != (posting.reverses is not None):
        raise ValueError("a reversal, and only a reversal, names the entry it reverses")
    for line in posting.transfers:
        if line.amount <= 0:
            raise ValueError(f"a transfer's amount is positive, not {line.amount}")
        if line.reserve_account.programme_id != programme.pk:
            raise ValueError(f"{line.reserve_account} belongs to another programme")
        if allowed is not None and (line.debit, line.credit) not in allowed:
            raise ValueError(f"{posting.purpose} may not move {line.debit} to {line.credit}")


def _require_open_quarter(programme: Programme, posting: Posting) -> None:
    """Refuse a fact of a quarter its bank has closed. Only one from an earlier quarter can be: others cost no query."""
    quarter = Quarter.of(posting.value_date)
    if quarter == Quarter.of(posting.ledger_date):
        return
    ledger_sql.lock_head(programme.pk)  # whoever closes a quarter holds it too
    banks = {line.reserve_account.bank_id for line in posting.transfers}
    closed = ClosedPeriod.objects.filter(programme=programme, bank__in=banks, quarter=str(quarter)).select_related("bank").first()
    if closed and not IdempotencyKey.objects.filter(programme=programme, key=posting.key).exists():
        raise ValueDateClosed(value_date=posting.value_date, quarter=quarter.label_cn, bank=closed.bank.name)


def _post(posting: Posting, order: ledger_sql.Order) -> LedgerEntry:
    done = ledger_sql.post_entry(order)
    match done.outcome:
        case "posted":
            return _entry(order, done)
        case "known":
            return _answer(order)
        case "backwards":
            head = LedgerHead.objects.get(programme=order.programme_id)
            raise LedgerDateBackwards(ledger_date=order.ledger_date, last=cast(date, head.ledger_date))
        case "short":
            raise _shortfall(posting.transfers[done.failed_line - 1], AccountKind(done.failed_kind))
    raise ValueError(f"programme {order.programme_id} has no ledger: open_accounts comes first")


def _entry(asked: ledger_sql.Order, done: ledger_sql.Outcome) -> LedgerEntry:
    """The row just written, without reading it again."""
    values = {
        **asked._asdict(),
        **done._asdict(),
        "id": asked.programme_id * ENTRY_SPAN + done.sequence,
    }
    return LedgerEntry.from_db(DEFAULT_DB_ALIAS, _COLUMNS, [values[column] for column in _COLUMNS])


_COLUMNS = [field.attname for field in LedgerEntry._meta.concrete_fields]  # Django's documented API


def _answer(order: ledger_sql.Order) -> LedgerEntry:
    """The entry already posted under the key.

    Raises:
        IdempotencyMismatch: it was for another request.
    """
    known = IdempotencyKey.objects.select_related("entry").get(programme=order.programme_id, key=order.key)
    if known.request_hash != order.request_hash:
        raise IdempotencyMismatch
    entry: LedgerEntry = known.entry
    return entry


def _shortfall(line: TransferLine, kind: AccountKind) -> Exception:
    """Why a line could not move its amount out of an account (the transaction still shows what it held by then)."""
    account = LedgerAccount.objects.filter(reserve_account=line.reserve_account, kind=kind).first()
    if account is None:
        return ValueError(f"{line.reserve_account} has no ledger account {kind}: open_accounts comes first")
    return InsufficientBalance(account=f"{line.reserve_account.name}·{kind.label}", needed=line.amount, available=account.balance)
