"""展期: applied for by the bank before maturity, consented to by both offices, confirmed by the bank (domain §3.8, §4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.money import ZERO
from parties.enums import OrganisationKind, Role
from parties.models import User
from parties.services import audit
from parties.services.notify import notify, people_of
from reserve.permissions import require_party

from ..enums import EXTENSION_LIFECYCLE, LOAN_LIFECYCLE, ExtensionStatus, MovementKind
from ..errors import ExtensionPending, ExtensionsUsedUp, ExtensionTooLate, ExtensionTooLong, RateAboveCap
from ..models import Extension, ExtensionConsent, Loan
from ..permissions import require_apply_extension, require_confirm_extension, require_consent, require_withdraw_extension
from ..rules.extensions import extension_rate, latest_extension
from ..selectors.rates import highest_rate, reference_rate
from .checks import require_rate
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal
from .servicing import STANDING_FIELDS, assess, leave_bank_schedule, open_maturity

OFFICES = (OrganisationKind.SCIENCE_BUREAU, OrganisationKind.TOWN)


@transaction.atomic
def apply_extension(
    *, loan: Loan, due_on: date, annual_rate: Decimal | None = None, reason: str, by: User, on: date, now: datetime
) -> Extension:
    """Ask for a new term; `annual_rate` (percent) counts from the old maturity on: unless given, the loan's own, raised
    with the tier the longer term reaches (`loans.rules.extensions.extension_rate`).

    Locks the Loan; writes Extension, audit, notifications to the offices that must consent.

    Raises:
        NotAllowed, NotYourBank, WrongState, ExtensionTooLate, ExtensionTooLong, ExtensionsUsedUp, ExtensionPending,
        RateAboveCap, InvalidInput.
    """
    loan = lock(loan)
    require_apply_extension(by, loan)
    rate = require_rate(annual_rate if annual_rate is not None else proposed_rate(loan, due_on, on))
    if loan.extensions.filter(status__in=(ExtensionStatus.APPLIED, ExtensionStatus.CONSENTED)).exists():
        raise ExtensionPending
    if on >= loan.due_on:
        raise ExtensionTooLate(loan.due_on)
    _check_terms(loan, due_on, rate, on)
    extension = Extension.objects.create(
        loan=loan, old_due_on=loan.due_on, due_on=due_on, annual_rate=rate, reason=require_reason(reason), entered_by=by, entered_at=now
    )
    summary = f"申请展期：由 {loan.due_on} 展至 {due_on}，年利率 {rate:f}%"
    _record(extension, "extension.apply", summary, by=by, now=now, reason=extension.reason)
    _tell_offices(extension, "applied", f"请对展期签署意见：{loan.enterprise_name}（{loan.note_no}）", summary, now)
    return extension


@transaction.atomic
def consent_extension(*, extension: Extension, agrees: bool, opinion: str = "", by: User, on: date, now: datetime) -> Extension:
    """An office's reviewer agrees, or refuses with an opinion; when both have agreed the bank may confirm.

    Locks and writes the Extension; ExtensionConsent, audit, notifications.

    Raises:
        NotFound (no party of the programme), NotAllowed, WrongState, ConsentGiven, InvalidInput (refused without an opinion).
    """
    extension = lock(extension)
    require_consent(by, extension)
    require_party(by, extension.loan.programme)
    if by.organisation is None:
        raise ValueError("the permission table lets offices alone consent")
    opinion = require_reason(opinion) if not agrees else opinion.strip()[:200]
    ExtensionConsent.objects.create(
        extension=extension, organisation=by.organisation, agrees=agrees, opinion=opinion, given_by=by, given_at=now
    )
    given = set(extension.consents.filter(agrees=True).values_list("organisation__kind", flat=True))
    action = "consent" if agrees and given != set(OFFICES) else "complete" if agrees else "refuse"
    extension.status = EXTENSION_LIFECYCLE.target(action, extension.status)
    extension.save(update_fields=["status"])
    summary = f"{by.organisation.short_name}{'同意' if agrees else '不同意'}展期至 {extension.due_on}"
    _record(extension, "extension.consent", summary, by=by, now=now, reason=opinion)
    if extension.status != ExtensionStatus.APPLIED:
        _tell_bank(extension, Role.REVIEWER, extension.status, f"展期{extension.get_status_display()}", summary, now)
    return extension


@transaction.atomic
def withdraw_extension(*, extension: Extension, reason: str, by: User, on: date, now: datetime) -> Extension:
    """The bank takes its application back, or will not confirm it.

    Locks and writes the Extension; audit, notifications.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    extension = lock(extension)
    require_withdraw_extension(by, extension)
    extension.discard_reason = require_reason(reason)
    extension.status = EXTENSION_LIFECYCLE.target("withdraw", extension.status)
    extension.save(update_fields=["discard_reason", "status"])
    _record(extension, "extension.withdraw", f"撤回展期至 {extension.due_on} 的申请", by=by, now=now, reason=extension.discard_reason)
    _tell_offices(extension, "withdrawn", f"展期申请已撤回：{extension.loan.enterprise_name}", extension.discard_reason, now)
    return extension


@transaction.atomic
def confirm_extension(*, extension: Extension, by: User, on: date, now: datetime) -> Extension:
    """Another person of the bank confirms what both offices agreed to: the loan runs on, under the same cover.

    Locks the Loan, then the Extension, and checks again. Writes both, the schedule and arrears, the clock of the maturity,
    audit and, last, a movement of nothing, which gives it its place in the ledger's order.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, ExtensionTooLong, ExtensionsUsedUp, RateAboveCap.
    """
    loan = lock(extension.loan)
    extension = lock(extension)
    extension.loan = loan
    require_confirm_extension(by, extension)
    LOAN_LIFECYCLE.target("extend", loan.status)
    _check_terms(loan, extension.due_on, extension.annual_rate, on)
    extension.status = EXTENSION_LIFECYCLE.target("confirm", extension.status)
    extension.confirmed_by, extension.confirmed_at, extension.confirmed_on = by, now, on
    extension.save()
    loan.original_due_on = loan.original_due_on or loan.due_on
    loan.due_on = extension.due_on
    loan.version += 1
    open_maturity(loan)
    leave_bank_schedule(loan, on)
    assess(loan, on)
    summary = f"复核展期：由 {extension.old_due_on} 展至 {extension.due_on}，年利率 {extension.annual_rate:f}%"
    changes = {"到期日期": (extension.old_due_on, extension.due_on)}
    _record(extension, "extension.confirm", summary, by=by, now=now, facts=loan.facts(), changes=changes)
    _tell_offices(extension, "confirmed", f"已展期至 {extension.due_on}：{loan.enterprise_name}（{loan.note_no}）", summary, now)
    cause = Cause(MovementKind.EXTENSION, extension.pk, on, f"{loan.enterprise_name} 借据 {loan.note_no} 展期")
    extension.movement = move_principal(loan, ZERO, cause, by=by, on=on, now=now)
    extension.save(update_fields=["movement"])
    loan.save(update_fields=["original_due_on", "due_on", "version", *STANDING_FIELDS])
    return extension


def proposed_rate(loan: Loan, due_on: date, on: date) -> Decimal:
    """The rate of an extension to `due_on`: that of the tier the term reaches, counted from disbursement (annual percent).

    Raises:
        InvalidInput: no published rate is in force.
    """
    _, before = reference_rate(contract_on=on, starts_on=loan.disbursed_on, due_on=loan.original_due_on or loan.due_on)
    _, after = reference_rate(contract_on=on, starts_on=loan.disbursed_on, due_on=due_on)
    return extension_rate(loan.annual_rate, before, after)


def _check_terms(loan: Loan, due_on: date, rate: Decimal, on: date) -> None:
    """How often, how long and at what rate (domain §4; 贷款通则 §12)."""
    rules = loan.credit_line.rules
    made = loan.extensions.filter(status=ExtensionStatus.CONFIRMED).count()
    if made >= rules.extension_max_times:
        raise ExtensionsUsedUp(made, rules.extension_max_times)
    if due_on <= loan.due_on:
        raise ExtensionTooLong(f"展期后到期日 {due_on} 应晚于现到期日 {loan.due_on}。")
    latest = latest_extension(loan.disbursed_on, loan.original_due_on or loan.due_on)
    if due_on > latest:
        raise ExtensionTooLong(f"展期后到期日 {due_on} 超过法定最长期限（《贷款通则》第十二条），最迟 {latest}。")
    cap = highest_rate(rules=rules, contract_on=on, starts_on=loan.disbursed_on, due_on=due_on)
    if rate > cap:
        raise RateAboveCap(rate, cap, f"{on} 累计期限同档次利率上限")


def _record(extension: Extension, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    loan = extension.loan
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)


def _tell_offices(extension: Extension, event: str, subject: str, body: str, now: datetime) -> None:
    notify(
        recipients=people_of(extension.loan.programme.organisations(*OFFICES)),
        key=f"extension:{extension.pk}:{event}",
        subject=subject,
        body=body,
        url=extension.get_absolute_url(),
        now=now,
    )


def _tell_bank(extension: Extension, role: Role, event: str, subject: str, body: str, now: datetime) -> None:
    loan = extension.loan
    tell_bank(
        loan.bank,
        role,
        key=f"extension:{extension.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=body,
        url=extension.get_absolute_url(),
        now=now,
    )
