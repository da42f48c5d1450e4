"""早期预警: what the bank hears of a borrower, told to both offices at once (domain §3.8)."""

from datetime import date, datetime

from django.db import transaction

from common.texts import checked_text
from parties.models import User
from parties.services import audit

from ..enums import WARNING_LIFECYCLE, WarningKind
from ..errors import DatesOutOfOrder
from ..models import EarlyWarning, Loan
from ..models.watching import LONGEST_ACCOUNT
from ..permissions import require_lift_warning, require_report_warning
from .checks import require_choice
from .common import lock, require_reason, tell_offices


@transaction.atomic
def report_warning(
    *, loan: Loan, kind: str, happened_on: date, learned_on: date, what: str, measures: str, by: User, on: date, now: datetime
) -> EarlyWarning:
    """Report what happened to the borrower of a running loan. One person suffices: it informs and binds nobody.

    Locks the Loan; writes EarlyWarning, audit, and a notification to the offices.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), InvalidInput (kind, texts), DatesOutOfOrder.
    """
    loan = lock(loan)
    require_report_warning(by, loan)
    _check_days(happened_on, learned_on, on)
    warning = EarlyWarning.objects.create(
        loan=loan,
        kind=WarningKind(require_choice(kind, WarningKind, "kind", "预警种类")),
        happened_on=happened_on,
        learned_on=learned_on,
        what=checked_text("what", "情况", what, LONGEST_ACCOUNT, printed=False),
        measures=checked_text("measures", "已采取的措施", measures, LONGEST_ACCOUNT, printed=False),
        reported_by=by,
        reported_at=now,
    )
    summary = f"报告预警：{warning.get_kind_display()}，{happened_on} 发生"
    audit.record(by=by, now=now, action="warning.report", subject=warning, summary=summary, programme=loan.programme.code)
    _tell(warning, "reported", "预警报告", f"{happened_on} 发生，{learned_on} 获知。{warning.what} 已采取的措施：{warning.measures}", now)
    return warning


@transaction.atomic
def lift_warning(*, early_warning: EarlyWarning, reason: str, by: User, on: date, now: datetime) -> EarlyWarning:
    """Another person of the bank lifts it: what it warned of is over. The report stays.

    Locks and writes the EarlyWarning; audit, and a notification to the offices.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState (lifted already), InvalidInput (no reason).
    """
    warning = lock(early_warning)
    require_lift_warning(by, warning)
    warning.lift_reason = require_reason(reason)
    warning.status = WARNING_LIFECYCLE.target("lift", warning.status)
    warning.lifted_by, warning.lifted_at, warning.lifted_on = by, now, on
    warning.save(update_fields=["lift_reason", "status", "lifted_by", "lifted_at", "lifted_on"])
    code, summary = warning.loan.programme.code, f"解除预警：{warning.get_kind_display()}"
    audit.record(by=by, now=now, action="warning.lift", subject=warning, summary=summary, programme=code, reason=warning.lift_reason)
    _tell(warning, "lifted", "预警已解除", warning.lift_reason, now)
    return warning


def _check_days(happened_on: date, learned_on: date, on: date) -> None:
    if learned_on > on:
        raise DatesOutOfOrder("learned_on", f"获知日期 {learned_on} 晚于今天（{on}），请核对。")
    if happened_on > learned_on:
        raise DatesOutOfOrder("happened_on", f"发生日期 {happened_on} 晚于获知日期 {learned_on}，请核对。")


def _tell(warning: EarlyWarning, event: str, subject: str, body: str, now: datetime) -> None:
    tell_offices(
        warning.loan.programme,
        key=f"warning:{warning.pk}:{event}",
        subject=f"{subject}（{warning.get_kind_display()}）：{warning.loan.enterprise_name}（{warning.loan.note_no}）",
        body=body,
        url=warning.get_absolute_url(),
        now=now,
    )
