"""数据更正: what was entered of a confirmed loan was wrong. Two people, with a reason; before and after stay (domain §3, §3.8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction

from common.errors import Conflict
from common.money import require_amount
from parties.enums import Role
from parties.models import User
from parties.services import audit

from ..enums import CORRECTION_LIFECYCLE, FactStatus, Guarantee, LoanStatus, MovementKind, RepaymentMethod, RepaymentStatus
from ..errors import AmountTooSmall, BelowRepaid, CorrectionPending, DatesOutOfOrder, NoteNumberTaken, NothingCorrected
from ..models import AgreedInstalment, Correction, Loan
from ..permissions import require_confirm_correction, require_discard_correction, require_enter_correction
from . import written
from .checks import require_choice, require_rate, require_text
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal
from .drawdowns import Drawdown, check_note
from .servicing import assess, leave_bank_schedule, open_maturity, reopen, settle


class Changes(TypedDict, total=False):
    """What of a 借据 is corrected, in the terms of `loans.services.loans.Terms`; what is not named stays."""

    contract_no: str
    contract_on: date
    note_no: str
    amount: Decimal
    disbursed_on: date
    due_on: date
    annual_rate: Decimal
    purpose: str
    repayment_method: str
    guarantee: str
    cycle_months: int
    agreed: Sequence[tuple[date, Decimal]]


# Terms the schedule follows from.
_OF_THE_PLAN = frozenset({"amount", "disbursed_on", "due_on", "annual_rate", "repayment_method", "cycle_months", "agreed"})


@transaction.atomic
def enter_correction(*, loan: Loan, reason: str, by: User, on: date, now: datetime, **changes: Unpack[Changes]) -> Correction:
    """Say what should have been written, and why. Everything the confirmation will check is checked now as well.

    Locks the Loan; writes Correction, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, CorrectionPending, NothingCorrected, BelowRepaid; as `enter_loan` for the terms.
    """
    loan = lock(loan)
    require_enter_correction(by, loan)
    if loan.corrections.filter(status=FactStatus.ENTERED).exists():
        raise CorrectionPending
    was, guarantee = Drawdown.of(loan), changes.pop("guarantee", "") or loan.guarantee
    corrected = replace(was, **_cleaned(changes))
    require_choice(guarantee, Guarantee, "guarantee", "担保方式")
    before, after = written.texts(was, loan.guarantee), written.texts(corrected, guarantee)
    different = [name for name in after if before[name] != after[name]]
    if not different:
        raise NothingCorrected
    _check(loan, corrected, on)
    correction = Correction.objects.create(
        loan=loan,
        reason=require_reason(reason),
        before={name: before[name] for name in different},
        after={name: after[name] for name in different},
        change=corrected.amount - loan.amount,
        loan_version=loan.version,
        entered_by=by,
        entered_at=now,
    )
    _record(
        correction,
        "correction.enter",
        "提出数据更正",
        by=by,
        now=now,
        reason=correction.reason,
        changes=written.said(correction),
    )
    _tell(correction, Role.REVIEWER, "entered", "待复核数据更正", now)
    return correction


@transaction.atomic
def discard_correction(*, correction: Correction, reason: str, by: User, on: date, now: datetime) -> Correction:
    """Take an unconfirmed correction out (officer) or refuse it (reviewer).

    Locks and writes the Correction; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    correction = lock(correction)
    require_discard_correction(by, correction)
    correction.discard_reason = require_reason(reason)
    correction.status = CORRECTION_LIFECYCLE.target("discard", correction.status)
    correction.save(update_fields=["discard_reason", "status"])
    _record(correction, "correction.discard", "数据更正作废", by=by, now=now, reason=correction.discard_reason)
    _tell(correction, Role.OFFICER, "discarded", "数据更正已作废", now)
    return correction


@transaction.atomic
def confirm_correction(*, correction: Correction, by: User, on: date, now: datetime) -> Correction:
    """Another person confirms: the loan is what it should have been, and is marked; schedule, arrears and earmark follow.

    A submitted summary keeps what it said; the next one's annex tells. Locks the Loan, then the Correction; writes both, the
    agreed table, the schedule and arrears, the clock of the maturity, audit and, last, the movement of principal.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, Conflict (the loan changed since); as `enter_correction`.
    """
    loan = lock(correction.loan)
    correction = lock(correction)
    correction.loan = loan
    require_confirm_correction(by, correction)
    if loan.version != correction.loan_version:
        raise Conflict("提出更正之后该贷款又有变动（如还款、展期），请作废后按现在的情况重新提出。")
    corrected = replace(Drawdown.of(loan), **written.parsed(correction.after))
    _check(loan, corrected, on)
    correction.status = CORRECTION_LIFECYCLE.target("confirm", correction.status)
    correction.confirmed_by, correction.confirmed_at, correction.confirmed_on = by, now, on
    correction.save()
    _apply(loan, corrected, correction, on)
    if _OF_THE_PLAN & correction.after.keys():
        leave_bank_schedule(loan, on)
    assess(loan, on)
    _record(
        correction,
        "correction.confirm",
        "复核数据更正",
        by=by,
        now=now,
        reason=correction.reason,
        changes=written.said(correction),
        facts=loan.facts(),
    )
    cause = Cause(MovementKind.CORRECTION, correction.pk, loan.disbursed_on, f"更正借据 {loan.note_no}：{correction.reason}"[:200])
    correction.movement = move_principal(loan, correction.change, cause, by=by, on=on, now=now)
    correction.save(update_fields=["movement"])
    loan.save()
    return correction


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The named terms, cleaned as on entry."""
    clean: dict[str, Callable[[Any], Any]] = {
        "contract_no": lambda text: require_text(text, "contract_no", "借款合同号"),
        "note_no": lambda text: require_text(text, "note_no", "借据号"),
        "amount": require_amount,
        "annual_rate": require_rate,
        "purpose": lambda text: require_text(text, "purpose", "用途"),
        "repayment_method": lambda code: require_choice(code, RepaymentMethod, "repayment_method", "还本付息方式"),
        "agreed": lambda table: tuple(sorted((day, require_amount(part, field="agreed")) for day, part in table)),
    }
    return {name: clean[name](value) if name in clean else value for name, value in changes.items() if value is not None}


def _check(loan: Loan, corrected: Drawdown, on: date) -> None:
    """The terms as on entry, and what has happened since: repayments and an extension stand."""
    if not loan.credit_line.earmark_for(corrected.amount).total:
        raise AmountTooSmall
    if corrected.amount < loan.repaid:
        raise BelowRepaid(corrected.amount, loan.repaid)
    first = loan.repayments.filter(status=RepaymentStatus.CONFIRMED).order_by("paid_on").values_list("paid_on", flat=True).first()
    if first is not None and corrected.disbursed_on > first:
        raise DatesOutOfOrder("disbursed_on", f"更正后的发放日期 {corrected.disbursed_on} 晚于首次还款 {first}，请核对。")
    if loan.original_due_on is not None:
        if corrected.due_on != loan.due_on:
            raise DatesOutOfOrder("due_on", f"该贷款已展期至 {loan.due_on}，到期日期不能更正。")
        corrected = replace(corrected, due_on=loan.original_due_on)
    others = Loan.objects.filter(bank=loan.bank, note_no=corrected.note_no).exclude(status=LoanStatus.DISCARDED)
    if others.exclude(pk=loan.pk).exists():
        raise NoteNumberTaken(corrected.note_no)
    check_note(line=loan.credit_line, drawdown=corrected, on=on, loan=loan)


def _apply(loan: Loan, corrected: Drawdown, correction: Correction, on: date) -> None:
    """Write the corrected terms on the loan; what it owes moves with its earmark, afterwards."""
    for name in Drawdown.__slots__:
        if name != "agreed":
            setattr(loan, name, getattr(corrected, name))
    loan.guarantee = correction.after.get("guarantee", loan.guarantee)
    loan.corrected_on = on
    loan.version += 1
    loan.agreed_instalments.all().delete()
    AgreedInstalment.objects.bulk_create(AgreedInstalment(loan=loan, due_on=day, principal=part) for day, part in corrected.agreed)
    if correction.change:
        declared = loan.credit_line.earmark_for(loan.amount)
        loan.declared_reserve, loan.declared_provincial = declared.total, declared.provincial
    left = loan.outstanding + correction.change
    if loan.is_running and not left:
        settle(loan)
    elif loan.status == LoanStatus.SETTLED and left:
        reopen(loan)
    elif loan.is_running:
        open_maturity(loan)


def _record(correction: Correction, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    loan = correction.loan
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)


def _tell(correction: Correction, role: Role, event: str, subject: str, now: datetime) -> None:
    loan = correction.loan
    tell_bank(
        loan.bank,
        role,
        key=f"correction:{correction.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=correction.discard_reason or correction.reason,
        url=loan.get_absolute_url(),
        now=now,
    )
