"""Entering a year's notice of the State Council, and computing again what it moves (domain §5)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from parties.models import User
from parties.permissions import require
from parties.services import audit, notify

from ..calendar import workday_table
from ..enums import DeadlineKind
from ..errors import BadNotice
from ..models import CalendarDay, CalendarNotice, Deadline, FundingObligation, Programme
from ..workdays import WorkdayTable, YearNotice
from . import obligations
from .deadlines import late_workdays

HolidayRange = tuple[date, date, str]
FIRST_YEAR = 2008  # the statutory holidays below are those of the regulation in force since
STATUTORY = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
LONGEST_RANGE = 31


@transaction.atomic
def enter_notice(
    *,
    year: int,
    notice_number: str,
    holidays: Sequence[HolidayRange],
    makeup_days: Sequence[date],
    by: User,
    on: date,
    now: datetime,
) -> CalendarNotice:
    """Enter (or replace, when the State Council changed it) the notice of `year`; it wins over the library's data.

    `holidays`: first day, last day, name. Every running clock that counts working days is computed again, and so is
    every provisional one; whoever a date moved for is told. Locks the programmes; writes CalendarNotice, CalendarDay,
    Deadline, FundingObligation, audit, notices.

    Raises:
        NotAllowed; BadNotice: overlapping, foreign or missing days, a make-up day that is no weekend.
    """
    require(by, "calendar.enter")
    notice_number = notice_number.strip()
    if not notice_number or len(notice_number) > 60:
        _refuse("notice_number", "请填写放假通知的文号，不超过 60 字，例如 国办发明电〔2011〕45号。")
    if not FIRST_YEAR <= year <= on.year + 2:
        _refuse("year", f"年份应在 {FIRST_YEAR} 至 {on.year + 2} 之间。")
    named = _named_days(holidays)
    days = YearNotice(year, frozenset(named), frozenset(makeup_days))
    _check(days, makeup_days)
    list(Programme.objects.select_for_update(no_key=True).order_by("pk"))
    before = CalendarNotice.objects.select_for_update().filter(year=year).first()
    _check_owned(days, before)
    number_before, days_before = (before.notice_number, _written(before)) if before else (None, None)
    notice, _ = CalendarNotice.objects.update_or_create(
        year=year, defaults={"notice_number": notice_number, "entered_by": by, "entered_at": now}
    )
    notice.days.all().delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(notice=notice, day=day, is_workday=False, name=name) for day, name in sorted(named.items())]
        + [CalendarDay(notice=notice, day=day, is_workday=True, name="调休上班") for day in sorted(days.makeup_days)]
    )
    moved = _recompute(by=by, on=on, now=now)
    audit.record(
        by=by,
        now=now,
        action="calendar.enter",
        subject=notice,
        summary=f"{'更正' if before else '录入'}{year}年放假安排（{notice_number}），放假 {len(named)} 天、"
        f"调休上班 {len(days.makeup_days)} 天，重新计算期限 {moved} 项",
        changes={"文号": (number_before, notice_number), "放假与上班日": (days_before, _written(notice))},
    )
    return notice


def _named_days(holidays: Iterable[HolidayRange]) -> dict[date, str]:
    """Every holiday with its name; each range forwards, short, and apart from the others."""
    named: dict[date, str] = {}
    for first, last, name in holidays:
        name = name.strip()
        if not name or len(name) > 20:
            _refuse("holidays", f"请为 {first} 起的假期填写节日名称，不超过 20 字。")
        if not timedelta() <= last - first < timedelta(days=LONGEST_RANGE):
            _refuse("holidays", f"“{name}”的起止日期 {first} 至 {last} 不对：止日不能早于起日，不超过 {LONGEST_RANGE} 天。")
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if day in named:
                _refuse("holidays", f"{day} 同时属于“{named[day]}”和“{name}”，假期不能重叠。")
            named[day] = name
    return named


def _check(days: YearNotice, makeup_days: Sequence[date]) -> None:
    if len(days.makeup_days) != len(makeup_days):
        _refuse("makeup_days", "同一个调休上班日填写了两次，请删去一个。")
    missing = [date(days.year, month, day) for month, day in STATUTORY if date(days.year, month, day) not in days.holidays]
    if missing:
        _refuse("holidays", f"缺少法定节假日 {'、'.join(map(str, missing))}；请按通知补全全年的假期后再提交。")


def _check_owned(days: YearNotice, before: CalendarNotice | None) -> None:
    """A day at the turn of the year stands in one notice only."""
    others = CalendarDay.objects.filter(day__in=days.holidays | days.makeup_days).exclude(notice=before).select_related("notice")
    for other in others[:1]:
        _refuse("holidays", f"{other.day} 已在{other.notice.year}年的放假安排中，不能重复录入。")


def _recompute(*, by: User, on: date, now: datetime) -> int:
    """Compute running and provisional clocks again; returns how many changed."""
    table = workday_table()
    rows = (
        Deadline.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation", "programme")
        .filter(workdays__isnull=False, cancelled_on__isnull=True)
        .filter(Q(met_on__isnull=True) | Q(provisional=True))
        .order_by("pk")
    )
    return sum(_move(deadline, table, by=by, on=on, now=now) for deadline in rows)


def _move(deadline: Deadline, table: WorkdayTable, *, by: User, on: date, now: datetime) -> bool:
    due_on, provisional = table.add_workdays_provisional(deadline.starts_on, deadline.workdays or 0)
    if (due_on, provisional) == (deadline.due_on, deadline.provisional):
        return False
    before = f"{deadline.due_on}（暂定）" if deadline.provisional else str(deadline.due_on)
    after = f"{due_on}（暂定）" if provisional else str(due_on)
    deadline.due_on, deadline.provisional = due_on, provisional
    if deadline.met_on is not None:
        deadline.late_workdays = late_workdays(table, due_on, deadline.met_on)
    deadline.save(update_fields=["due_on", "provisional", "late_workdays"])
    owed = FundingObligation.objects.get(deadline=deadline) if deadline.kind == DeadlineKind.MATCH else None
    audit.record(
        by=by,
        now=now,
        action="calendar.enter",
        subject=owed or deadline.subject,  # where whoever it concerns will look
        programme=deadline.programme.code,
        summary=f"{deadline.label}：期限由 {before} 重新计算为 {after}",
        changes={"到期日": (before, after)},
    )
    if owed is not None:
        obligations.judge(obligation=obligations.lock(owed.pk), by=by, on=on, now=now)
    notify.notify(
        recipients=notify.people_of([deadline.organisation]),
        key=f"deadline:{deadline.pk}:moved:{now.isoformat()}",
        subject=f"期限{'变更' if provisional else '确定'}为 {after}：{deadline.label}",
        body=f"{deadline.programme.name}：{deadline.label}，原期限 {before}，按新录入的放假安排重新计算为 {after}。",
        url=deadline.url,
        now=now,
    )
    return True


def _written(notice: CalendarNotice) -> str:
    rows = notice.days.order_by("day")
    free, worked = ([f"{row.day:%m-%d}" for row in rows if row.is_workday is works] for works in (False, True))
    return f"放假 {' '.join(free)}；上班 {' '.join(worked) or '无'}"


def _refuse(field: str, sentence: str) -> None:
    raise BadNotice(sentence, fields={field: [sentence]})
