"""Posting: the only writer of the ledger.

Every posting locks its programme's head first, so a programme's entries form one line and its accounts need no locks of
their own. Post last in the caller's transaction: the head is then held for the shortest time. The statements are in
`ledger_sql`; here is what they are for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from common.errors import IdempotencyMismatch
from common.money import from_cents, to_cents
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

BATCH = 200  # postings in one round of statements
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
        [
            LedgerAccount(programme_id=reserve_account.programme_id, reserve_account=reserve_account, kind=kind)
            for kind in AccountKind
        ],
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
    """Post a batch in order, all or nothing, with one lock and a handful of statements; as `post` otherwise."""
    asked = [_Asked(posting, _request(programme, posting, by)) for posting in postings]
    if len({posting.key for posting in postings}) != len(postings):
        raise ValueError("two postings of one batch have the same key")
    with transaction.atomic(savepoint=False):
        return [entry for start in range(0, len(asked), BATCH) for entry in _post(programme, asked[start : start + BATCH], by, now)]


def reverse(
    *, entry: LedgerEntry, reason: str, ledger_date: date, value_date: date, by: User, now: datetime, key: str
) -> LedgerEntry:
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
            TransferLine(t.debit.reserve_account, AccountKind(t.credit.kind), AccountKind(t.debit.kind), t.amount)
            for t in transfers
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


@dataclass(frozen=True, slots=True)
class _Asked:
    posting: Posting
    request: chain.Request


def _request(programme: Programme, posting: Posting, by: User) -> chain.Request:
    """Refuse what no user can bring about (a caller's mistake is a ValueError, not a refusal); write the rest down in 分."""
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
    return chain.Request(
        purpose=str(posting.purpose),
        source_type=posting.source[0],
        source_id=posting.source[1],
        memo=posting.memo,
        value_date=posting.value_date,
        by_id=by.pk,
        reverses_id=posting.reverses.pk if posting.reverses else None,
        lines=[
            (line.reserve_account.pk, str(line.debit), str(line.credit), to_cents(line.amount)) for line in posting.transfers
        ],
    )


def _post(programme: Programme, asked: Sequence[_Asked], by: User, now: datetime) -> list[LedgerEntry]:
    """Lock, check, write one batch; answer from the ledger what it already holds."""
    head = ledger_sql.lock_head(programme.pk)
    net = _net(asked)
    moved = ledger_sql.move_balances(programme.pk, net, [one.posting.key for one in asked])
    if len(moved) == len(net):
        _require_dates(programme, asked, head.ledger_date)
        return _write(programme, asked, by, now, head, _before(moved, net))
    answers = _answers(programme, asked)
    if not answers:
        raise _shortfall(programme, asked, {place: cents for place, cents in net.items() if place not in moved})
    rest = [one for one in asked if one.posting.key not in answers]
    for entry, one in zip(_post(programme, rest, by, now) if rest else [], rest, strict=True):
        answers[one.posting.key] = entry
    return [answers[one.posting.key] for one in asked]


def _changes(line: tuple[int, str, str, int]) -> tuple[tuple[ledger_sql.Place, int], tuple[ledger_sql.Place, int]]:
    """What a line does to its two accounts: the bank grows by debits, the other kinds by credits."""
    account, debit, credit, cents = line
    return (
        ((account, debit), cents if debit == AccountKind.BANK else -cents),
        ((account, credit), -cents if credit == AccountKind.BANK else cents),
    )


def _net(asked: Sequence[_Asked]) -> dict[ledger_sql.Place, int]:
    net: dict[ledger_sql.Place, int] = {}
    for one in asked:
        for line in one.request.lines:
            for place, change in _changes(line):
                net[place] = net.get(place, 0) + change
    return net


def _before(
    moved: Mapping[ledger_sql.Place, ledger_sql.Held], net: Mapping[ledger_sql.Place, int]
) -> dict[ledger_sql.Place, ledger_sql.Held]:
    return {place: held._replace(cents=held.cents - net[place]) for place, held in moved.items()}


def _require_dates(programme: Programme, asked: Sequence[_Asked], last: date | None) -> None:
    """The ledger date never goes back; the value date is not after it, nor in a quarter its bank has closed."""
    for one in asked:
        posting = one.posting
        if last is not None and posting.ledger_date < last:
            raise LedgerDateBackwards(ledger_date=posting.ledger_date, last=last)
        last = posting.ledger_date
        if posting.value_date > posting.ledger_date:
            raise ValueDateInFuture(value_date=posting.value_date, ledger_date=posting.ledger_date)
        quarter = Quarter.of(posting.value_date)
        # A quarter is closed after its end, so only a fact from an earlier one can meet a closed quarter.
        if quarter < Quarter.of(posting.ledger_date):
            banks = {line.reserve_account.bank_id for line in posting.transfers}
            closed = ClosedPeriod.objects.filter(programme=programme, bank__in=banks, quarter=str(quarter))
            for period in closed.select_related("bank"):
                raise ValueDateClosed(value_date=posting.value_date, quarter=quarter.label_cn, bank=period.bank.name)


def _write(
    programme: Programme,
    asked: Sequence[_Asked],
    by: User,
    now: datetime,
    head: ledger_sql.Head,
    held: dict[ledger_sql.Place, ledger_sql.Held],
) -> list[LedgerEntry]:
    """Number, chain and write the entries; `held` runs along with the balances, so that none dips below zero on the way."""
    sequence, previous_hash = head.sequence, head.hash
    entries: list[ledger_sql.EntryRow] = []
    transfers: list[ledger_sql.TransferRow] = []
    keys: list[ledger_sql.KeyRow] = []
    for one in asked:
        sequence += 1
        entry_id = programme.pk * ENTRY_SPAN + sequence
        rows = _transfers(entry_id, one, held)
        facts = _facts(programme, one, by, now, sequence)
        digest = chain.entry_hash(previous_hash, facts, [chain.Amount(*row[2:5]) for row in rows])
        entries.append(ledger_sql.EntryRow(entry_id, *facts[:-1], previous_hash, digest))
        keys.append(ledger_sql.KeyRow(entry_id, programme.pk, one.posting.key, chain.request_hash(one.request)))
        transfers += rows
        previous_hash = digest
    ledger_sql.write(entries, transfers, keys)
    return [LedgerEntry.from_db("default", ledger_sql.EntryRow._fields, row) for row in entries]


def _facts(programme: Programme, one: _Asked, by: User, now: datetime, sequence: int) -> chain.Facts:
    return chain.Facts(
        programme_id=programme.pk,
        sequence=sequence,
        purpose=one.request.purpose,
        source_type=one.request.source_type,
        source_id=one.request.source_id,
        memo=one.request.memo,
        ledger_date=one.posting.ledger_date,
        value_date=one.request.value_date,
        recorded_at=now,
        recorded_by_id=by.pk,
        reverses_id=one.request.reverses_id,
        key=one.posting.key,
    )


def _transfers(
    entry_id: int, one: _Asked, held: dict[ledger_sql.Place, ledger_sql.Held]
) -> list[ledger_sql.TransferRow]:
    rows = []
    for position, line in enumerate(one.request.lines, start=1):
        sides = []
        for place, change in _changes(line):
            before = held[place]
            if before.cents + change < 0:
                raise _insufficient(one, place, needed=-change, available=before.cents)
            sides.append(before._replace(cents=before.cents + change))
            held[place] = sides[-1]
        debit, credit = sides
        rows.append(ledger_sql.TransferRow(entry_id, position, debit.id, credit.id, line[3], debit.cents, credit.cents))
    return rows


def _answers(programme: Programme, asked: Sequence[_Asked]) -> dict[str, LedgerEntry]:
    """The entries already posted under these keys.

    Raises:
        IdempotencyMismatch: one of them for another request.
    """
    requests = {one.posting.key: one.request for one in asked}
    known = IdempotencyKey.objects.filter(programme=programme, key__in=requests).select_related("entry")
    answers: dict[str, LedgerEntry] = {}
    for row in known:
        if row.request_hash != chain.request_hash(requests[row.key]):
            raise IdempotencyMismatch
        answers[row.key] = row.entry
    return answers


def _shortfall(programme: Programme, asked: Sequence[_Asked], unmoved: Mapping[ledger_sql.Place, int]) -> Exception:
    """Why accounts were not moved: the first, in the order of the lines, that is not there or holds too little."""
    rows = LedgerAccount.objects.filter(programme=programme, reserve_account__in={account for account, _ in unmoved})
    held = {(row.reserve_account_id, row.kind): to_cents(row.balance) for row in rows}
    for one in asked:
        for line in one.request.lines:
            for place, _ in _changes(line):
                if place not in unmoved:
                    continue
                if place not in held:
                    return ValueError(f"no ledger account {place}: open_accounts comes first")
                return _insufficient(one, place, needed=-unmoved[place], available=held[place])
    raise AssertionError("some account was not moved")


def _insufficient(one: _Asked, place: ledger_sql.Place, *, needed: int, available: int) -> InsufficientBalance:
    account = next(line.reserve_account for line in one.posting.transfers if line.reserve_account.pk == place[0])
    return InsufficientBalance(
        account=f"{account.name}·{AccountKind(place[1]).label}", needed=from_cents(needed), available=from_cents(available)
    )
