"""The loans' part of the daily job. Reminders of expiries and maturities are the deadlines' own (`reserve.services.daily`)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from common.money import format_yuan
from parties.enums import Role
from parties.models import Organisation
from parties.services.notify import notify, people_of
from reserve.calendar import workday_table
from reserve.enums import DeadlineKind
from reserve.models import Deadline
from reserve.services.deadlines import cancel_deadline
from reserve.services.jobs import work_through

from ..enums import LoanStatus
from ..models import CreditLine, Loan
from ..selectors.grades import grade_state
from .common import OFFICES, lock, tell_bank
from .servicing import STANDING_FIELDS, assess


def lapse_lines(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: the clocks of lines whose validity has passed stop, and their bank is told what was not drawn.

    The line itself lapses by its date alone. Safe to run twice; each line in a transaction of its own.

    Raises:
        SomeFailed.
    """
    clocks = Deadline.objects.filter(kind=DeadlineKind.APPROVAL_EXPIRY, due_on__lt=on, met_on__isnull=True, cancelled_on__isnull=True)
    lapsed = list(clocks.order_by("pk").values_list("subject_id", flat=True))
    return work_through(lapsed, lambda pk: _lapse(pk, on, now), lambda pk: f"授信 {pk}")


def assess_loans(on: date, now: datetime) -> dict[str, int]:
    """Work through `on`: loans that fell overdue or are, and those whose payable days a year's notice has made certain.

    Each in a transaction of its own, safe to run twice and to stop between two. Tells bank and offices on the first day
    overdue, at each of `MILESTONES` and when the days overdue make the grade worse.

    Raises:
        SomeFailed.
    """
    known = workday_table().known_years
    late = Q(overdue_spells__until_on__isnull=True, overdue_spells__from_on__lte=on)
    certain = Q(schedule_lines__provisional=True, schedule_lines__payable_on__year__in=known)
    due = Loan.objects.running().filter(late | certain | Q(status=LoanStatus.OVERDUE)).order_by("pk").distinct()
    names = dict(due.values_list("pk", "note_no"))
    return work_through(names, lambda pk: _assess(pk, on, now), lambda pk: f"借据 {names[pk]}")


@transaction.atomic
def _assess(loan_id: int, on: date, now: datetime) -> str | None:
    loan = lock(Loan(pk=loan_id))
    if not loan.is_running or (loan.assessed_on and loan.assessed_on > on):
        return None
    before = loan.status
    assess(loan, on)
    loan.save(update_fields=STANDING_FIELDS)
    days = loan.days_overdue(on)
    if loan.status == LoanStatus.OVERDUE:
        _tell_overdue(loan, days, now)
        _tell_floor(loan, on, now)
    if loan.status == before:
        return None
    return "fell_overdue" if loan.status == LoanStatus.OVERDUE else "cured"


MILESTONES = (1, 30, 60, 90)
"""Days overdue at which bank and offices are told; the last is the usual trigger of a claim."""


def _tell_overdue(loan: Loan, days: int, now: datetime) -> None:
    """Once for each milestone of the same arrears, the latest one reached."""
    reached = max((milestone for milestone in MILESTONES if milestone <= days), default=None)
    if reached is None:
        return
    _tell_bank_and_offices(
        loan,
        f"overdue:{loan.overdue_since}:{reached}",
        f"贷款逾期 {days} 天",
        f"本金余额 {format_yuan(loan.outstanding)} 元，最早一期应于 {loan.overdue_since}（含）前付清，"
        f"占用准备金 {format_yuan(loan.earmarked)} 元。",
        now,
    )


def _tell_floor(loan: Loan, on: date, now: datetime) -> None:
    """Once for each step: the days overdue have made the loan's grade worse than the bank's own."""
    state = grade_state(loan, on)
    if state.in_force != state.entered:
        _tell_bank_and_offices(
            loan,
            f"floor:{loan.overdue_since}:{state.in_force}",
            f"五级分类降为“{state.in_force.label}”",
            f"已逾期 {state.days_overdue} 天，分类不得优于“{state.floor.label}”（银行登记的分类为“{state.entered.label}”）。",
            now,
        )


def _tell_bank_and_offices(loan: Loan, event: str, subject: str, body: str, now: datetime) -> None:
    notify(
        recipients=people_of(Organisation.objects.filter(Q(pk=loan.bank_id) | Q(pk__in=loan.programme.organisations(*OFFICES)))),
        key=f"loan:{loan.pk}:{event}",
        subject=f"{subject}：{loan.enterprise_name}（{loan.note_no}）",
        body=body,
        url=loan.get_absolute_url(),
        now=now,
    )


@transaction.atomic
def _lapse(line_id: int, on: date, now: datetime) -> str:
    line = CreditLine.objects.with_drawn().select_related("bank", "recommendation").get(pk=line_id)
    cancel_deadline(kind=DeadlineKind.APPROVAL_EXPIRY, subject=line, on=on)
    tell_bank(
        line.bank,
        Role.OFFICER,
        key=f"approval:{line.pk}:lapsed",
        subject=f"授信用款期限已过：{line.recommendation.enterprise_name}",
        body=f"用款期限至 {line.valid_until}，未用 {format_yuan(line.undrawn)} 元不能再提用；如仍需贷款请重新推荐、审批。",
        url=line.get_absolute_url(),
        now=now,
    )
    return "lapsed"
