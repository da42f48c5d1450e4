"""Loans: entered by an officer, covered by the reserve at the moment another person confirms them (domain §3.7)."""

from datetime import date, datetime
from typing import Any, Unpack

from django.db import IntegrityError, transaction

from common.lifecycle import require_version
from common.money import format_yuan
from parties.enums import Role
from parties.models import User
from parties.services import audit
from reserve.enums import DeadlineKind
from reserve.services.deadlines import meet_deadline

from ..enums import LOAN_LIFECYCLE, LoanStatus, MovementKind
from ..errors import NoteNumberTaken
from ..models import AgreedInstalment, CreditLine, Loan
from ..permissions import (
    require_confirm_loan,
    require_discard_loan,
    require_edit_loan,
    require_enter_loan,
)
from ..rules.concentration import Concentration
from ..selectors.exposure import drawn_from
from .common import lock, lock_guards, noted, require_reason, tell_bank
from .cover import Cause, move_principal
from .drawdowns import Drawdown, Terms, check_drawdown, drawdown_of
from .servicing import assess, open_maturity

FIELDS = [name for name in Drawdown.__slots__ if name != "agreed"]
"""What of a drawdown stands on the loan itself."""


@transaction.atomic
def enter_loan(*, credit_line: CreditLine, by: User, on: date, now: datetime, **terms: Unpack[Terms]) -> Loan:
    """Enter one 借据 within a line.

    Everything the confirmation will check is checked now as well, so that the officer is refused at once.
    Writes Loan, audit, notification.

    Raises:
        NotAllowed, NotYourBank, LineNotUsable, LineExceeded, LoanCapExceeded, EnterpriseCapExceeded, SingleBorrowerExceeded,
        DatesOutOfOrder, TermTooLong, RateAboveCap, RenewedLoanUnknown, RenewedLoanUnpaid, NoteNumberTaken, ProgrammeNotActive,
        CoverBlocked, InsufficientBalance, InvalidInput.
    """
    loan, summary = _enter(credit_line, terms, by=by, on=on, now=now)
    _call_reviewer(loan, summary, now)
    return loan


@transaction.atomic
def book_loan(*, credit_line: CreditLine, entered_by: User, confirmed_by: User, on: date, now: datetime, **terms: Unpack[Terms]) -> Loan:
    """Enter and confirm in one step what two people have both seen already, in a file: nobody is called to confirm it.

    Locks and writes as `enter_loan` and `confirm_loan`. Raises: all of theirs.
    """
    loan, _ = _enter(credit_line, terms, by=entered_by, on=on, now=now)
    return confirm_loan(loan=loan, by=confirmed_by, on=on, now=now)


@transaction.atomic
def edit_loan(*, loan: Loan, version: int, by: User, on: date, now: datetime, **terms: Unpack[Terms]) -> Loan:
    """Change a loan that waits for its confirmation; whoever changes it is its officer from then on.

    Locks and writes the Loan; audit, notification.

    Raises:
        As `enter_loan`; WrongState once confirmed or discarded; Conflict when `version` is not the present one.
    """
    loan = lock(loan)
    require_edit_loan(by, loan)
    require_version(loan.version, version)
    before = Loan.objects.get(pk=loan.pk)
    line = loan.credit_line
    drawdown = drawdown_of(line, terms)
    excess = check_drawdown(line=line, drawdown=drawdown, on=on, loan=loan).excess
    loan.version += 1
    loan.entered_by, loan.entered_at = by, now
    _write(loan, drawdown)
    summary = _audit(loan, "修改", excess, by=by, now=now, changes=audit.changed(before, loan, FIELDS))
    _call_reviewer(loan, summary, now)
    return loan


@transaction.atomic
def discard_loan(*, loan: Loan, reason: str, version: int | None = None, by: User, on: date, now: datetime) -> Loan:
    """Take the unconfirmed entry that was read out (officer) or refuse it (reviewer); its 借据号 is free again.

    Locks and writes the Loan; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, Conflict, InvalidInput (no reason).
    """
    loan = lock(loan)
    require_discard_loan(by, loan)
    require_version(loan.version, version)
    loan.discard_reason = require_reason(reason)
    loan.status = LOAN_LIFECYCLE.target("discard", loan.status)
    loan.version += 1
    loan.save(update_fields=["discard_reason", "status", "version"])
    _record(loan, "loan.discard", "放款录入作废", by=by, now=now, reason=loan.discard_reason)
    tell_bank(
        loan.bank,
        Role.OFFICER,
        key=f"loan:{loan.pk}:discarded",
        subject=f"放款录入已作废：{loan}（{loan.enterprise_name}）",
        body=loan.discard_reason,
        url=loan.get_absolute_url(),
        now=now,
    )
    return loan


@transaction.atomic
def confirm_loan(*, loan: Loan, version: int | None = None, by: User, on: date, now: datetime) -> Loan:
    """Another person confirms the disbursement as they read it (`version`), and the reserve is earmarked for it at once.

    Checks everything again under the locks (loan, enterprise, programme), then writes deadlines, audit, the ledger's
    entry and, as the last statement, the Loan that names it.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, Conflict; all of `enter_loan`; InsufficientBalance when an account lacks
        free money at the moment of posting.
    """
    loan = lock(loan)
    require_confirm_loan(by, loan)
    require_version(loan.version, version)
    programme, enterprise = lock_guards(loan.programme_id, loan.enterprise_id)
    line = CreditLine.objects.select_related("bank", "recommendation").get(pk=loan.credit_line_id)
    line.programme, line.enterprise = programme, enterprise
    loan.programme, loan.bank, loan.credit_line = programme, line.bank, line
    earmark, excess = check_drawdown(line=line, drawdown=Drawdown.of(loan), on=on, loan=loan)
    loan.status = LOAN_LIFECYCLE.target("confirm", loan.status)
    loan.version += 1
    loan.declared_reserve, loan.declared_provincial = earmark.total, earmark.provincial
    loan.confirmed_by, loan.confirmed_at, loan.confirmed_on = by, now, on
    open_maturity(loan)
    if drawn_from(line) + loan.amount == line.amount:
        meet_deadline(kind=DeadlineKind.APPROVAL_EXPIRY, subject=line, on=loan.disbursed_on)
    _record(
        loan,
        "loan.confirm",
        noted(
            f"复核放款 {format_yuan(loan.amount)} 元，占用准备金 {format_yuan(earmark.total)} 元"
            f"（省 {format_yuan(earmark.provincial)}，镇 {format_yuan(earmark.town)}）",
            excess,
        ),
        by=by,
        now=now,
        facts=loan.facts(),
    )
    assess(loan, on)
    cause = Cause(MovementKind.DISBURSEMENT, loan.pk, loan.disbursed_on, f"{loan.enterprise_name} 借据 {loan.note_no}")
    loan.movement = move_principal(loan, loan.amount, cause, by=by, on=on, now=now)
    loan.save()
    return loan


def _enter(credit_line: CreditLine, terms: Terms, *, by: User, on: date, now: datetime) -> tuple[Loan, str]:
    """Write an entered loan; returns it with what the trail says of it."""
    line: CreditLine = lock(credit_line)
    require_enter_loan(by, line)
    drawdown = drawdown_of(line, terms)
    excess = check_drawdown(line=line, drawdown=drawdown, on=on).excess
    loan = Loan(
        programme=line.programme,
        bank=line.bank,
        enterprise=line.enterprise,
        credit_line=line,
        enterprise_name=line.enterprise.name,
        guarantee=line.guarantee,
        entered_by=by,
        entered_at=now,
    )
    _write(loan, drawdown)
    return loan, _audit(loan, "录入", excess, by=by, now=now)


def _write(loan: Loan, drawdown: Drawdown) -> None:
    """Save an entered loan. Two that race for one 借据号 meet in the unique constraint."""
    others = Loan.objects.filter(bank=loan.bank, note_no=drawdown.note_no).exclude(status=LoanStatus.DISCARDED)
    if others.exclude(pk=loan.pk).exists():
        raise NoteNumberTaken(drawdown.note_no)
    for name in FIELDS:
        setattr(loan, name, getattr(drawdown, name))
    try:
        with transaction.atomic():
            loan.save()
            loan.agreed_instalments.all().delete()
            AgreedInstalment.objects.bulk_create(AgreedInstalment(loan=loan, due_on=day, principal=part) for day, part in drawdown.agreed)
    except IntegrityError as error:
        if "note_no" in str(error) or "loan_note_once_a_bank" in str(error):
            raise NoteNumberTaken(drawdown.note_no) from error
        raise


def _audit(
    loan: Loan,
    verb: str,
    excess: Concentration | None,
    *,
    by: User,
    now: datetime,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> str:
    """Audit an entry; returns what the trail says."""
    summary = noted(f"{verb}放款 {format_yuan(loan.amount)} 元，借据号 {loan.note_no}", excess)
    _record(loan, "loan.enter", summary, by=by, now=now, changes=changes)
    return summary


def _call_reviewer(loan: Loan, summary: str, now: datetime) -> None:
    tell_bank(
        loan.bank,
        Role.REVIEWER,
        key=f"loan:{loan.pk}:v{loan.version}:entered",
        subject=f"待复核放款：{loan.enterprise_name}（{loan.note_no}）",
        body=summary,
        url=loan.get_absolute_url(),
        now=now,
    )


def _record(loan: Loan, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)
