"""冲正: confirmed interest was wrong. Entered with a reason, confirmed by another person; the old row and its entry stay."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from common.money import format_yuan
from common.texts import checked_text
from parties.enums import Role
from parties.models import User
from parties.services import audit, notify

from ..enums import INTEREST_LIFECYCLE, INTEREST_REVERSAL_LIFECYCLE, EntryStatus, InterestKind
from ..errors import InterestPaidOut, NothingToReverse, ReversalPending
from ..models import AccountInterest, InterestReversal
from ..permissions import check_confirm_interest_reversal, check_discard_interest_reversal, check_reverse_interest
from ..selectors.interest import interest_of
from . import ledger
from .guards import lock_programme, require_not_closed
from .interest import said, tell_bank
from .periods import value_date_for

RELATED = ("account__funder", "account__bank", "account__programme", "programme", "entry")


@transaction.atomic
def enter_interest_reversal(*, account_interest: AccountInterest, reason: str, by: User, on: date, now: datetime) -> InterestReversal:
    """Say that confirmed interest was wrong, and why.

    Locks the AccountInterest; writes InterestReversal, audit, notices to the bank's reviewers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState, ReversalPending, InterestPaidOut; InvalidInput: no reason.
    """
    row = _lock_interest(account_interest.pk)
    check_reverse_interest(by, row)
    if row.reversals.filter(status=EntryStatus.ENTERED).exists():
        raise ReversalPending
    _require_not_paid_out(row)
    reason = checked_text("reason", "冲正理由", reason, 200, printed=False)
    reversal = InterestReversal.objects.create(interest=row, reason=reason, entered_by=by, entered_at=now)
    _record(row, by, now, "interest.reverse", f"提出冲正：{said(row)}", reason=reason)
    tell_bank(row, Role.REVIEWER, f"reversal:{reversal.pk}", "请复核利息冲正", reason, now)
    return reversal


@transaction.atomic
def discard_interest_reversal(*, interest_reversal: InterestReversal, reason: str, by: User, on: date, now: datetime) -> InterestReversal:
    """Take an unconfirmed reversal out (officer) or refuse it (reviewer).

    Locks and writes the InterestReversal; audit, notices to the bank's officers.

    Raises:
        NotAllowed, NotFound, NotOwnAccount, WrongState; InvalidInput: no reason.
    """
    reversal = _lock(interest_reversal)
    check_discard_interest_reversal(by, reversal)
    reversal.discard_reason = checked_text("reason", "作废理由", reason, 200, printed=False)
    reversal.status = INTEREST_REVERSAL_LIFECYCLE.target("discard", reversal.status)
    reversal.save(update_fields=["discard_reason", "status"])
    row = reversal.interest
    _record(row, by, now, "interest.discard_reversal", f"冲正作废：{said(row)}", reason=reversal.discard_reason)
    tell_bank(row, Role.OFFICER, f"reversal:{reversal.pk}:discarded", "利息冲正已作废", reversal.discard_reason, now)
    return reversal


@transaction.atomic
def confirm_interest_reversal(*, interest_reversal: InterestReversal, by: User, on: date, now: datetime) -> InterestReversal:
    """Another person confirms: the entry is reversed, the account stands as if the interest had never been.

    Locks interest and reversal, the programme, the ledger; writes both, audit, notices to the funder, the ledger.

    Raises:
        NotAllowed, SamePerson, NotFound, NotOwnAccount, WrongState, ProgrammeClosed; InterestPaidOut: it has left the account
        meanwhile; InsufficientBalance: it is in use; LedgerDateBackwards.
    """
    row = _lock_interest(interest_reversal.interest_id)
    reversal = _lock(interest_reversal)
    reversal.interest = row
    check_confirm_interest_reversal(by, reversal)
    target = INTEREST_LIFECYCLE.target("reverse", row.status)
    programme = lock_programme(row.programme_id)
    require_not_closed(programme)
    _require_not_paid_out(row)
    _record(row, by, now, "interest.confirm_reversal", f"复核冲正：{said(row)}", reason=reversal.reason, facts=row.facts())
    notify.notify(
        recipients=notify.people_of([row.account.funder]),
        key=f"interest:{row.pk}:reversed",
        subject=f"{row.get_kind_display()} {format_yuan(row.amount)} 元已冲正：{row.account.funder.short_name}准备金账户",
        body=f"{row.account.name}：{said(row)}。冲正理由：{reversal.reason}",
        url=row.get_absolute_url(),
        now=now,
    )
    if row.entry is None:
        raise ValueError("confirmed interest has its entry")
    reversal.entry = ledger.reverse(
        entry=row.entry,
        reason=reversal.reason,
        ledger_date=on,
        value_date=value_date_for(programme, row.account.bank, row.booked_on, on),
        by=by,
        now=now,
        key=f"interest:{row.pk}:reverse",
    )
    row.status = target
    row.save(update_fields=["status"])
    reversal.status = INTEREST_REVERSAL_LIFECYCLE.target("confirm", reversal.status)
    reversal.confirmed_by, reversal.confirmed_at, reversal.confirmed_on = by, now, on
    reversal.save(update_fields=["status", "confirmed_by", "confirmed_at", "confirmed_on", "entry"])
    return reversal


def pending_reversal(account_interest: AccountInterest) -> InterestReversal:
    """The reversal that waits for its confirmation. Raises: NothingToReverse."""
    found: InterestReversal | None = account_interest.reversals.filter(status=EntryStatus.ENTERED).first()
    if found is None:
        raise NothingToReverse
    return found


def _require_not_paid_out(row: AccountInterest) -> None:
    """Credited interest is taken back only as far as it has not left the account (payouts that wait included)."""
    available = interest_of(row.account).available
    if row.kind == InterestKind.CREDITED and row.amount > available:
        raise InterestPaidOut(amount=row.amount, unpaid=available)


def _lock_interest(pk: int) -> AccountInterest:
    rows: QuerySet[AccountInterest] = AccountInterest.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(*RELATED).get(pk=pk)


def _lock(reversal: InterestReversal) -> InterestReversal:
    rows: QuerySet[InterestReversal] = InterestReversal.objects.select_for_update(of=("self",), no_key=True)
    related = [f"interest__{name}" for name in RELATED]
    return rows.select_related(*related, "entered_by").get(pk=reversal.pk)


def _record(row: AccountInterest, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=row, programme=row.programme.code, summary=summary, **more)
