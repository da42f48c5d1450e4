"""追偿: what the bank recovers after a compensation, shared with those who paid, and remitted to their accounts (domain §3.10, §4)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.money import ZERO, format_yuan, require_amount
from common.texts import checked_text
from parties.enums import OrganisationKind as Kind
from parties.enums import Role
from parties.models import User
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.enums import DeadlineKind
from reserve.ledger_enums import Purpose
from reserve.services import ledger
from reserve.services.deadlines import cancel_deadline, meet_deadline, open_deadline
from reserve.services.periods import value_date_for

from ..claim_enums import RECOVERY_LIFECYCLE, RecoverySource
from ..claim_errors import CostAboveGross, RecoveryBeforeCompensation
from ..claim_permissions import (
    require_confirm_recovery,
    require_confirm_remittance,
    require_discard_recovery,
    require_enter_recovery,
    require_remit_recovery,
    require_unremit_recovery,
)
from ..enums import LOAN_LIFECYCLE, LoanStatus
from ..errors import DatesOutOfOrder
from ..models import Loan, Recovery
from ..rules.claims import Share
from ..selectors.exposure import cover_accounts
from ..selectors.recoveries import paid_claim, recovered_in_full_on, share_of_next
from .checks import require_choice
from .common import lock, require_reason, tell_bank

OWNERS = (Kind.PROVINCIAL_CENTRE, Kind.TOWN)


@transaction.atomic
def enter_recovery(
    *,
    loan: Loan,
    received_on: date,
    source: str,
    gross: Decimal,
    cost: Decimal = ZERO,
    note: str = "",
    by: User,
    on: date,
    now: datetime,
) -> Recovery:
    """Enter money that came in on a compensated loan, and what it cost to get it; what the borrower repays is a recovery too.

    The clock of passing the reserve's part on starts on the day it was received. Locks the Loan; writes Recovery, Deadline, audit, notice.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not compensated), RecoveryBeforeCompensation, DatesOutOfOrder,
        CostAboveGross, InvalidInput.
    """
    loan = lock(loan)
    require_enter_recovery(by, loan)
    gross = require_amount(gross, field="gross")
    cost = require_amount(cost, field="cost", allow_zero=True)
    if cost > gross:
        raise CostAboveGross(cost, gross)
    if received_on > on:
        raise DatesOutOfOrder("received_on", f"收到日期 {received_on} 晚于今天（{on}），到账以后再录入。")
    if loan.compensated_on is not None and received_on < loan.compensated_on:
        raise RecoveryBeforeCompensation(received_on, loan.compensated_on)
    recovery = Recovery.objects.create(
        programme=loan.programme,
        loan=loan,
        claim=paid_claim(loan),
        received_on=received_on,
        source=require_choice(source, RecoverySource, "source", "来源"),
        gross=gross,
        cost=cost,
        note=checked_text("note", "说明", note, 200, required=False),
        entered_by=by,
        entered_at=now,
    )
    open_deadline(
        programme=loan.programme,
        kind=DeadlineKind.RECOVERY_REMIT,
        organisation=loan.bank,
        subject=recovery,
        label=f"追偿款划回：{loan.enterprise_name}（{loan.note_no}）",
        url=recovery.get_absolute_url(),
        starts_on=received_on,
        workdays=loan.credit_line.rules.recovery_remit_workdays,
    )
    _record(recovery, "recovery.enter", f"登记追偿回款：{_said(recovery)}", by=by, now=now)
    _tell_bank(recovery, Role.REVIEWER, "entered", "待复核追偿回款", _said(recovery), now)
    return recovery


@transaction.atomic
def discard_recovery(*, recovery: Recovery, reason: str, by: User, on: date, now: datetime) -> Recovery:
    """Take an unconfirmed recovery out (officer) or refuse it (reviewer).

    Locks and writes the Recovery; its Deadline, audit, notice.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    recovery = lock(recovery)
    require_discard_recovery(by, recovery)
    recovery.discard_reason = require_reason(reason)
    recovery.status = RECOVERY_LIFECYCLE.target("discard", recovery.status)
    recovery.save(update_fields=["discard_reason", "status"])
    cancel_deadline(kind=DeadlineKind.RECOVERY_REMIT, subject=recovery, on=on)
    _record(recovery, "recovery.discard", "追偿回款录入作废", by=by, now=now, reason=recovery.discard_reason)
    _tell_bank(recovery, Role.OFFICER, "discarded", "追偿回款录入已作废", recovery.discard_reason, now)
    return recovery


@transaction.atomic
def confirm_recovery(*, recovery: Recovery, by: User, on: date, now: datetime) -> Recovery:
    """Another person confirms what came in: it is shared by payout ÷ base, cumulatively, and the owners are told.

    Where the reserve has nothing to get back any more there is nothing to remit. Locks the Loan, then the Recovery; writes both,
    the Deadline, audit, notices.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState.
    """
    loan, recovery = _lock(recovery)
    require_confirm_recovery(by, recovery)
    share = share_of_next(recovery)
    recovery.status = RECOVERY_LIFECYCLE.target("confirm", recovery.status)
    recovery.confirmed_by, recovery.confirmed_at, recovery.confirmed_on = by, now, on
    recovery.returned, recovery.returned_provincial = share.total, share.provincial
    if not share.total:
        recovery.status = RECOVERY_LIFECYCLE.target("close", recovery.status)
        meet_deadline(kind=DeadlineKind.RECOVERY_REMIT, subject=recovery, on=on)
    recovery.save()
    summary = f"复核追偿回款：{_said(recovery)}；{_shared(share, recovery)}"
    _record(recovery, "recovery.confirm", summary, by=by, now=now, facts=recovery.facts())
    _tell(recovery, OWNERS, "confirmed", "追偿回款已分配", summary, now)
    _settle_when_back(loan, by=by, now=now)
    return recovery


@transaction.atomic
def remit_recovery(*, recovery: Recovery, remitted_on: date, receipt_no: str, by: User, on: date, now: datetime) -> Recovery:
    """The bank's officer enters that the reserve's part was passed on, with the 回单号.

    Locks the Loan, then the Recovery; writes the Recovery, audit, notice.

    Raises:
        NotAllowed, NotYourBank, WrongState, DatesOutOfOrder, InvalidInput (no receipt).
    """
    _, recovery = _lock(recovery)
    require_remit_recovery(by, recovery)
    if not recovery.received_on <= remitted_on <= on:
        raise DatesOutOfOrder("remitted_on", f"划回日期 {remitted_on} 应在收到日期 {recovery.received_on} 与今天（{on}）之间，请核对。")
    recovery.remitted_on = remitted_on
    recovery.receipt_no = checked_text("receipt_no", "回单号", receipt_no, 80)
    recovery.remit_entered_by, recovery.remit_entered_at = by, now
    recovery.status = RECOVERY_LIFECYCLE.target("remit", recovery.status)
    recovery.save()
    summary = f"录入追偿款划回：{remitted_on}，{format_yuan(recovery.returned)} 元，回单号 {recovery.receipt_no}"
    _record(recovery, "recovery.remit", summary, by=by, now=now)
    _tell_bank(recovery, Role.REVIEWER, f"{remitted_on}:remit", "待复核追偿款划回", summary, now)
    return recovery


@transaction.atomic
def unremit_recovery(*, recovery: Recovery, reason: str, by: User, on: date, now: datetime) -> Recovery:
    """Take an entered remittance back, or refuse to confirm it.

    Locks the Loan, then the Recovery; writes the Recovery, audit, notice.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    _, recovery = _lock(recovery)
    require_unremit_recovery(by, recovery)
    reason = require_reason(reason)
    recovery.status = RECOVERY_LIFECYCLE.target("unremit", recovery.status)
    recovery.remitted_on = recovery.remit_entered_by = recovery.remit_entered_at = None
    recovery.receipt_no = ""
    recovery.save()
    _record(recovery, "recovery.unremit", "退回追偿款划回录入", by=by, now=now, reason=reason)
    _tell_bank(recovery, Role.OFFICER, f"{now:%Y%m%d%H%M%S}:unremit", "追偿款划回录入已退回", reason, now)
    return recovery


@transaction.atomic
def confirm_remittance(*, recovery: Recovery, by: User, on: date, now: datetime) -> Recovery:
    """Another person confirms: the money is in the accounts again, each owner's by what it paid. All back, the loan is settled.

    Locks the Loan, then the Recovery; writes both, the Deadline, audit, notices and, last, the ledger entry.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState.
    """
    loan, recovery = _lock(recovery)
    require_confirm_remittance(by, recovery)
    if recovery.remitted_on is None:
        raise ValueError("a remittance that is entered has its day")
    recovery.status = RECOVERY_LIFECYCLE.target("confirm_remittance", recovery.status)
    recovery.remit_confirmed_by, recovery.remit_confirmed_at, recovery.remit_confirmed_on = by, now, on
    meet_deadline(kind=DeadlineKind.RECOVERY_REMIT, subject=recovery, on=recovery.remitted_on)
    share = Share(recovery.returned, recovery.returned_provincial, recovery.returned_town)
    summary = f"复核追偿款划回：{recovery.remitted_on}，{_shared(share, recovery)}"
    _record(recovery, "recovery.confirm_remittance", summary, by=by, now=now)
    _tell(recovery, OWNERS, "remitted", "追偿款已划回", summary, now)
    province, town = cover_accounts(loan.programme_id)
    parts = [(province.account, share.provincial), (town.account, share.town)]
    days = [value_date_for(programme=loan.programme, bank=one.bank, fact_day=recovery.remitted_on, on=on) for one, _ in parts]
    recovery.entry = ledger.post(
        programme=loan.programme,
        purpose=Purpose.RECOVERY,
        transfers=[ledger.contribute(account, part) for account, part in parts if part],
        source=("recovery", recovery.pk),
        ledger_date=on,
        value_date=max(days),
        by=by,
        now=now,
        key=f"recovery:{recovery.pk}:remit",
        memo=f"{loan.enterprise_name} 借据 {loan.note_no} 追偿款划回",
    )
    recovery.save()
    _settle_when_back(loan, by=by, now=now)
    return recovery


def _settle_when_back(loan: Loan, *, by: User, now: datetime) -> None:
    """A compensated loan is settled once its whole base is recovered and the reserve has its part. The caller holds its lock."""
    day = recovered_in_full_on(loan)
    if loan.status != LoanStatus.COMPENSATED or day is None:
        return
    loan.status = LOAN_LIFECYCLE.target("recover_in_full", loan.status)
    loan.settled_on = day
    loan.version += 1
    loan.save(update_fields=["status", "settled_on", "version"])
    audit.record(by=by, now=now, action="loan.recovered", subject=loan, summary=f"追偿结清：{day}", programme=loan.programme.code)


def _lock(recovery: Recovery) -> tuple[Loan, Recovery]:
    loan = lock(recovery.loan)
    recovery = lock(recovery)
    recovery.loan = loan
    return loan, recovery


def _said(recovery: Recovery) -> str:
    cost = f"，费用 {format_yuan(recovery.cost)} 元，净额 {format_yuan(recovery.net)} 元" if recovery.cost else ""
    return f"{recovery.received_on} {recovery.get_source_display()} {format_yuan(recovery.gross)} 元{cost}"


def _shared(share: Share, recovery: Recovery) -> str:
    return (
        f"归准备金 {format_yuan(share.total)} 元（省 {format_yuan(share.provincial)}，镇 {format_yuan(share.town)}），"
        f"归银行 {format_yuan(recovery.net - share.total)} 元"
    )


def _record(recovery: Recovery, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=recovery, summary=summary, programme=recovery.loan.programme.code, **more)


def _tell(recovery: Recovery, kinds: Iterable[str], event: str, subject: str, body: str, now: datetime) -> None:
    loan = recovery.loan
    notify(
        recipients=people_of(loan.programme.organisations(*kinds)),
        key=f"recovery:{recovery.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=body,
        url=recovery.get_absolute_url(),
        now=now,
    )


def _tell_bank(recovery: Recovery, role: Role, event: str, subject: str, body: str, now: datetime) -> None:
    loan = recovery.loan
    tell_bank(
        loan.bank,
        role,
        key=f"recovery:{recovery.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=body,
        url=recovery.get_absolute_url(),
        now=now,
    )
