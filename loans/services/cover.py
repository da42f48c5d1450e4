"""The one way a loan's covered principal changes: its earmark follows in the same posting (domain §4, formulas)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from parties.models import User
from reserve.ledger_enums import Purpose
from reserve.models import LedgerEntry
from reserve.selectors.ledger import free_since
from reserve.services import ledger
from reserve.services.periods import value_date_for

from ..enums import MovementKind
from ..models import Loan, PrincipalMovement
from ..rules.earmarks import earmark_difference
from ..selectors.exposure import CoverAccount, cover_accounts


@dataclass(frozen=True, slots=True)
class Cause:
    """Why principal moves: the record behind it, the day it happened, and what the ledger shall say of it."""

    kind: MovementKind
    source_id: int
    fact_on: date
    memo: str


def move_principal(loan: Loan, change: Decimal, cause: Cause, *, by: User, on: date, now: datetime) -> PrincipalMovement:
    """Change what a loan owes by `change` yuan (negative: paid back); its earmark moves to the target of what is then owed.

    Posts the difference of targets, nothing where it rounds to 0.00. Counted from the day it happened while that quarter
    is open, else from `on`; but a release not before the disbursement it takes from, and an earmark not before the accounts
    carried it, so that none is ever short by value date. The caller holds the loan's lock and saves the loan afterwards:
    this sets its `outstanding` and earmark. Call it last.

    Raises:
        InsufficientBalance: an account lacks free money; NoReserveAccount; as `ledger.post` otherwise.
    """
    held = loan.held
    loan.outstanding += change
    target = loan.credit_line.earmark_for(loan.outstanding)
    loan.earmarked, loan.earmarked_provincial = target.total, target.provincial
    moved = earmark_difference(held, target)
    parts = [(one, moved.provincial if one.is_provincial else moved.town) for one in cover_accounts(loan.programme_id)]
    value_on = _value_date(loan, parts, cause.fact_on, on)
    entry = _post(loan, parts, cause, value_on, by=by, on=on, now=now)
    if entry is None:
        ledger.hold(programme=loan.programme)  # movements are written in the ledger's order
    return PrincipalMovement.objects.create(
        loan=loan,
        kind=cause.kind,
        source_id=cause.source_id,
        fact_on=cause.fact_on,
        value_on=value_on,
        posted_on=on,
        change=change,
        outstanding=loan.outstanding,
        earmarked=target.total,
        earmarked_provincial=target.provincial,
        entry=entry,
    )


Parts = list[tuple[CoverAccount, Decimal]]


def _value_date(loan: Loan, parts: Parts, fact_on: date, on: date) -> date:
    day = fact_on
    for bank in {loan.bank_id: loan.bank, **{one.account.bank_id: one.account.bank for one, _ in parts}}.values():
        day = max(day, value_date_for(programme=loan.programme, bank=bank, fact_day=fact_on, on=on))
    if loan.movement is not None:
        day = max(day, loan.movement.value_on)
    needs = {one.account: amount for one, amount in parts if amount > 0}
    if not needs or day == on:
        return day
    ledger.hold(programme=loan.programme)
    return free_since(needs, day, on)


def _post(loan: Loan, parts: Parts, cause: Cause, value_on: date, *, by: User, on: date, now: datetime) -> LedgerEntry | None:
    """One entry for both accounts; an account whose part is 0.00 has no line."""
    line, purpose = (ledger.earmark, Purpose.EARMARK) if any(amount > 0 for _, amount in parts) else (ledger.release, Purpose.RELEASE)
    transfers = [line(one.account, abs(amount)) for one, amount in parts if amount]
    if not transfers:
        return None
    source = (SOURCES[cause.kind], cause.source_id)
    return ledger.post(
        programme=loan.programme,
        purpose=purpose,
        transfers=transfers,
        source=source,
        ledger_date=on,
        value_date=value_on,
        by=by,
        now=now,
        key=f"{source[0]}:{source[1]}:confirm",
        memo=cause.memo,
    )


SOURCES = {MovementKind.DISBURSEMENT: "loan", MovementKind.REPAYMENT: "repayment"}
"""What the ledger calls the record behind a movement."""
