"""The one way a loan's covered principal changes: its earmark follows in the same posting (domain §4, formulas)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from parties.models import User
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import LedgerEntry
from reserve.selectors.ledger import free_since
from reserve.services import ledger
from reserve.services.periods import value_date_for

from ..enums import SOURCES, MovementKind
from ..models import Loan, PrincipalMovement
from ..rules.earmarks import earmark_difference
from ..selectors.exposure import CoverAccount, cover_accounts

OCCUPIED = AccountKind.EARMARKED


@dataclass(frozen=True, slots=True)
class Cause:
    """Why principal moves: the record behind it, the day it happened, what the ledger shall say of it, what it takes back."""

    kind: MovementKind
    source_id: int
    fact_on: date
    memo: str
    reverses: PrincipalMovement | None = None


def move_principal(loan: Loan, change: Decimal, cause: Cause, *, by: User, on: date, now: datetime) -> PrincipalMovement:
    """Change what a loan owes by `change` yuan (negative: paid back); its earmark moves to the target of what is then owed.

    Posts the difference of targets, nothing where it rounds to 0.00. Counted from the day it happened while that quarter
    is open, else from `on`; but nothing before the loan's opening (期初), a release not before the disbursement it takes from, and
    an earmark not before the accounts carried it, so that none is ever short by value date. The caller holds the loan's lock
    and saves the loan afterwards: this sets its `outstanding` and earmark. Call it last.

    Raises:
        InsufficientBalance: an account lacks free money; NoReserveAccount; as `ledger.post` otherwise.
    """
    held = loan.held
    loan.outstanding += change
    target = loan.target_for(loan.outstanding)
    loan.earmarked, loan.earmarked_provincial = target.total, target.provincial
    moved = earmark_difference(held, target)
    parts = [(one, moved.provincial if one.is_provincial else moved.town) for one in cover_accounts(loan.programme_id)]
    value_on = _value_date(loan, parts, cause, on)
    entry = _post(loan, parts, cause, value_on, by=by, on=on, now=now)
    if entry is None:
        ledger.hold(programme=loan.programme)  # movements are written in the ledger's order
    return write_movement(loan, change, cause, value_on=value_on, on=on, entry=entry)


def write_movement(loan: Loan, change: Decimal, cause: Cause, *, value_on: date, on: date, entry: LedgerEntry | None) -> PrincipalMovement:
    """The row of a change already posted, with what the loan owes and occupies now."""
    return PrincipalMovement.objects.create(
        loan=loan,
        kind=cause.kind,
        source_id=cause.source_id,
        fact_on=cause.fact_on,
        value_on=value_on,
        posted_on=on,
        change=change,
        outstanding=loan.outstanding,
        earmarked=loan.earmarked,
        earmarked_provincial=loan.earmarked_provincial,
        entry=entry,
    )


Parts = list[tuple[CoverAccount, Decimal]]


def _value_date(loan: Loan, parts: Parts, cause: Cause, on: date) -> date:
    fact_on = cause.fact_on
    day = max(fact_on, loan.serviced_from)
    for bank in {loan.bank_id: loan.bank, **{one.account.bank_id: one.account.bank for one, _ in parts}}.values():
        day = max(day, value_date_for(programme=loan.programme, bank=bank, fact_day=fact_on, on=on))
    for earlier in (loan.movement, cause.reverses):
        if earlier is not None:
            day = max(day, earlier.value_on)
    needs = {one.account: amount for one, amount in parts if amount > 0}
    if not needs or day == on:
        return day
    ledger.hold(programme=loan.programme)
    return free_since(needs, day, on)


def _post(loan: Loan, parts: Parts, cause: Cause, value_on: date, *, by: User, on: date, now: datetime) -> LedgerEntry | None:
    """One entry for both accounts; an account whose part is 0.00 has no line.

    What takes an entry back reverses it by a linked one. Rounding may have moved since then: a 分 that remains between the
    two is posted beside it.
    """
    source = (SOURCES[cause.kind], cause.source_id)
    key = f"{source[0]}:{source[1]}:confirm"
    dates: dict[str, Any] = {"ledger_date": on, "value_date": value_on, "by": by, "now": now}
    entries = []
    if cause.reverses is not None and cause.reverses.entry is not None:
        reversal = ledger.reverse(entry=cause.reverses.entry, reason=cause.memo, key=key, **dates)
        undone: Counter[int] = Counter()
        for row in reversal.transfers.select_related("debit", "credit"):
            undone[row.debit.reserve_account_id] += row.amount * ((row.credit.kind == OCCUPIED) - (row.debit.kind == OCCUPIED))
        parts = [(one, amount - undone[one.account.pk]) for one, amount in parts]
        key, entries = f"{key}:rest", [reversal]
    occupies = Purpose.OPENING if cause.kind == MovementKind.OPENING else Purpose.EARMARK
    for purpose, line, sign in ((occupies, ledger.earmark, 1), (Purpose.RELEASE, ledger.release, -1)):
        transfers = [line(one.account, sign * amount) for one, amount in parts if sign * amount > 0]
        if transfers:
            keyed = key if not entries else f"{key}:{purpose}"
            entries.append(
                ledger.post(
                    programme=loan.programme, purpose=purpose, transfers=transfers, source=source, memo=cause.memo, key=keyed, **dates
                )
            )
    return entries[0] if entries else None
