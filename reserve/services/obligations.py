"""The town's duty to match: opened by a confirmed provincial deposit, fulfilled by the day its own money arrived (domain §3.3).

Not actions of their own: contributions, the daily job and a year's notice call these inside their transactions.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, QuerySet

from common.errors import NotFound
from common.money import format_yuan, total
from parties.enums import OrganisationKind
from parties.models import User
from parties.services import audit, notify

from ..calendar import workday_table
from ..enums import OBLIGATION_LIFECYCLE, ContributionStatus, DeadlineKind, ObligationStatus
from ..errors import AlreadyMatched, MatchAmountDiffers, NothingToMatch
from ..models import Contribution, FundingObligation, Programme
from ..rules import obligation_amount, obligation_status
from ..selectors.programmes import rules_on
from ..workdays import WorkdayTable
from . import deadlines

# (from, to) → the action of the lifecycle that leads there
STEPS = {
    (ObligationStatus.OPEN, ObligationStatus.FULFILLED): "fulfil",
    (ObligationStatus.OVERDUE, ObligationStatus.FULFILLED): "fulfil",
    (ObligationStatus.OPEN, ObligationStatus.FULFILLED_LATE): "fulfil_late",
    (ObligationStatus.OVERDUE, ObligationStatus.FULFILLED_LATE): "fulfil_late",
    (ObligationStatus.OPEN, ObligationStatus.OVERDUE): "fall_overdue",
    (ObligationStatus.OVERDUE, ObligationStatus.OPEN): "reopen",
    (ObligationStatus.FULFILLED_LATE, ObligationStatus.FULFILLED): "judge_in_time",
    (ObligationStatus.FULFILLED, ObligationStatus.FULFILLED_LATE): "judge_late",
}


def to_pay(*, programme: Programme, obligation: FundingObligation | None, amount: Decimal, on: date) -> tuple[FundingObligation, bool]:
    """The obligation that money of the town is for, and whether it is paid in parts (setting `match_in_one_payment`).

    The caller holds the programme. Raises: NothingToMatch, AlreadyMatched, MatchAmountDiffers, NotFound.
    """
    in_parts = not rules_on(programme, on).match_in_one_payment
    found = _named(programme, obligation) if obligation is not None else _oldest_owed(programme, in_parts)
    if found.fulfilled_on is not None:
        raise NothingToMatch(f"{found}已于 {found.fulfilled_on} 履行完毕，无需再配套。")
    others = found.contributions.exclude(status=ContributionStatus.REJECTED).order_by("id")
    if not in_parts and (other := others.first()) is not None:
        raise AlreadyMatched(voucher_no=other.voucher_no, status=other.get_status_display())
    rest: Decimal = found.amount - others.aggregate(sum=total("amount"))["sum"]
    if rest <= 0:
        raise NothingToMatch(f"{found}的金额已全部登记，等待银行确认，无需再配套。")
    if amount > rest or (amount != rest and not in_parts):
        raise MatchAmountDiffers(amount=amount, owed=rest, in_parts=in_parts)
    return found, in_parts


def open_for(*, contribution: Contribution, by: User, on: date, now: datetime) -> FundingObligation | None:
    """The town owes ratio × the provincial deposit, within the working days counted from its arrival (rules of that day).

    A year without a notice does not stop the money: the due day is provisional. None when the ratio is 0. Where the
    receipt is confirmed after the due day, the obligation is overdue from its first day.
    Writes Deadline, FundingObligation, audit, notices to the town, to all parties when overdue.
    """
    if contribution.arrived_on is None:
        raise ValueError("only money that has arrived opens an obligation")
    programme = contribution.programme
    rules = rules_on(programme, contribution.arrived_on)
    amount = obligation_amount(contribution.amount, rules.match_ratio)
    if not amount:
        return None
    town = programme.organisation(OrganisationKind.TOWN)
    deadline = deadlines.open_deadline(
        programme=programme,
        kind=DeadlineKind.MATCH,
        organisation=town,
        subject=contribution,
        label=f"配套资金 {format_yuan(amount)} 元到位（省级出资 {contribution.voucher_no}）",
        url="",
        starts_on=contribution.arrived_on,
        workdays=rules.match_due_workdays,
    )
    obligation = FundingObligation.objects.create(programme=programme, source=contribution, debtor=town, amount=amount, deadline=deadline)
    deadline.url = obligation.get_absolute_url()
    deadline.save(update_fields=["url"])
    due = f"{deadline.due_on}（含）前到位{'（暂定：该年放假安排尚未录入）' if deadline.provisional else ''}"
    audit.record(
        by=by,
        now=now,
        action="contribution.confirm",
        subject=obligation,
        programme=programme.code,
        summary=f"形成配套义务 {format_yuan(amount)} 元，应于 {due}",
        facts=obligation.facts(),
    )
    notify.notify(
        recipients=notify.people_of([town]),
        key=f"obligation:{obligation.pk}:opened",
        subject=f"请配套 {format_yuan(amount)} 元，{due}",
        body=(
            f"{programme.name}：省级资金 {format_yuan(contribution.amount)} 元已于 {contribution.arrived_on} 到账，"
            f"贵镇应在其后 {rules.match_due_workdays} 个工作日内配套 {format_yuan(amount)} 元，即 {due}。"
        ),
        url=obligation.get_absolute_url(),
        now=now,
    )
    if judge(obligation=obligation, by=by, on=on, now=now):
        tell_overdue(obligation=obligation, table=workday_table(), on=on, now=now)
    return obligation


def tell_overdue(*, obligation: FundingObligation, table: WorkdayTable, on: date, now: datetime) -> None:
    """Tell the town, once a day, and the other parties, once, how late the match is."""
    programme, deadline, town = obligation.programme, obligation.deadline, obligation.debtor
    late = deadlines.late_workdays(table, deadline.due_on, on)
    transit = obligation.contributions.filter(status__in=(ContributionStatus.RECORDED, ContributionStatus.RECEIVED)).exists()
    others = programme.organisations().exclude(pk=town.pk)
    for recipients, key in ((notify.people_of([town]), f"{on}"), (notify.people_of(others), "overdue")):
        notify.notify(
            recipients=recipients,
            key=f"match:{obligation.pk}:{key}",
            subject=f"配套资金 {format_yuan(obligation.amount)} 元逾期 {late} 个工作日",
            body=(
                f"{programme.name}：{town.name}应于 {deadline.due_on}（含）前配套到位 {format_yuan(obligation.amount)} 元，至今未确认到账"
                f"{'（已登记出资，待银行确认）' if transit else ''}。逾期期间可能暂停新增贷款占用准备金。"
            ),
            url=obligation.get_absolute_url(),
            now=now,
        )


def pay(*, obligation: FundingObligation, contribution: Contribution, by: User, on: date, now: datetime) -> None:
    """Count a contribution the bank is just confirming; when all has arrived, the obligation is fulfilled.

    By the day on which the last of the money arrived, in time or late. Writes FundingObligation, Deadline, audit.
    """
    obligation = lock(obligation.pk)
    before = obligation.contributions.filter(status=ContributionStatus.CONFIRMED)
    paid = before.aggregate(sum=total("amount"), last=Max("arrived_on"))
    if paid["sum"] + contribution.amount < obligation.amount:
        return
    obligation.fulfilled_on = max(day for day in (paid["last"], contribution.arrived_on) if day is not None)
    deadlines.meet_deadline(kind=DeadlineKind.MATCH, subject=obligation.source, on=obligation.fulfilled_on)
    judge(obligation=obligation, by=by, on=on, now=now)


def judge(*, obligation: FundingObligation, by: User | None, on: date, now: datetime) -> bool:
    """Bring the status in line with the facts on `on`; the caller holds the row. Returns whether it changed.

    Writes FundingObligation (with its day of fulfilment), audit.
    """
    deadline = obligation.deadline
    after = obligation_status(due_on=deadline.due_on, provisional=deadline.provisional, fulfilled_on=obligation.fulfilled_on, on=on)
    before = ObligationStatus(obligation.status)
    if after == before:
        return False
    obligation.status = OBLIGATION_LIFECYCLE.target(STEPS[before, after], before)
    obligation.save(update_fields=["status", "fulfilled_on"])
    arrived = f"，资金于 {obligation.fulfilled_on} 到账" if obligation.fulfilled_on else ""
    audit.record(
        by=by,
        now=now,
        action=f"obligation.{STEPS[before, after]}",
        subject=obligation,
        programme=obligation.programme.code,
        summary=f"{obligation}：{after.label}（期限 {deadline.due_on}{arrived}）",
        changes={"状态": (before.label, after.label)},
    )
    return True


def lock(pk: int) -> FundingObligation:
    """Re-read an obligation and hold it."""
    return _rows().select_for_update(of=("self",), no_key=True).get(pk=pk)


def _rows() -> QuerySet[FundingObligation]:
    rows: QuerySet[FundingObligation] = FundingObligation.objects.select_related("deadline", "source", "debtor", "programme")
    return rows


def _named(programme: Programme, obligation: FundingObligation) -> FundingObligation:
    found = _rows().filter(pk=obligation.pk, programme=programme).first()
    if found is None:
        raise NotFound
    return found


def _oldest_owed(programme: Programme, in_parts: bool) -> FundingObligation:
    """The obligation that is due first and still waits for money; else the reason why there is none."""
    owed = _rows().filter(programme=programme, fulfilled_on__isnull=True).order_by("deadline__due_on", "id")
    if not owed:
        raise NothingToMatch("目前没有待履行的配套义务：省级资金到账并经银行复核后才产生配套义务，请待其形成后再登记（划款日期可以更早）。")
    live = Contribution.objects.exclude(status=ContributionStatus.REJECTED).filter(obligation__isnull=False)
    waiting = owed if in_parts else owed.exclude(pk__in=live.values("obligation"))
    return waiting.first() or owed[0]
