"""Clocks: the table of domain §5 through the real services, overdue matches, provisional days, the year's notice, reminders."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import NotAllowed
from parties.models import AuditEvent, Notification
from parties.selectors import timeline
from reserve.calendar import workday_table
from reserve.enums import DeadlineKind, ObligationStatus
from reserve.errors import BadNotice, CalendarUnknown
from reserve.models import CalendarDay, CalendarNotice, Deadline, FundingObligation
from reserve.permissions import cover_blocked
from reserve.rules import reminder_due
from reserve.services import daily, programmes
from reserve.services.calendar import enter_notice
from reserve.services.deadlines import cancel_deadline, meet_deadline, open_deadline
from reserve.services.jobs import SomeFailed
from reserve.workdays import library_notices
from tests.factories import World, at, confirm, deposit, make_contribution, make_enterprise, make_sent, make_world, match, moment, on

pytestmark = pytest.mark.django_db

LAST_KNOWN = max(library_notices())
UNKNOWN = LAST_KNOWN + 1


@pytest.fixture
def world() -> World:
    return make_world()


def run(day: date) -> dict[str, int]:
    none = {"reminded": 0, "overdue": 0, "calendar": 0}
    return none | daily.chase_deadlines(day, moment(day)) | daily.ask_for_calendar(day, moment(day))


def told(person: Any, word: str) -> int:
    return Notification.objects.filter(recipient=person, subject__contains=word).count()


# --- the table of domain §5 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        (date(2012, 4, 20), date(2012, 6, 4)),
        (date(2012, 9, 20), date(2012, 11, 7)),
        (date(2012, 12, 14), date(2013, 1, 28)),
    ],
)
def test_a_match_is_due_on_the_thirtieth_working_day_after_arrival(world: World, arrived: date, due: date) -> None:
    owed = deposit(world, arrived_on=arrived)
    assert (owed.deadline.due_on, owed.deadline.provisional, owed.deadline.workdays) == (due, False, 30)


@pytest.mark.parametrize(("quarter_end", "due"), [(date(2012, 9, 30), date(2012, 10, 19)), (date(2012, 12, 31), date(2013, 1, 15))])
def test_a_summary_is_due_on_the_tenth_working_day_after_its_quarter(world: World, quarter_end: date, due: date) -> None:
    assert opened(world, kind=DeadlineKind.SUMMARY, starts_on=quarter_end, workdays=10).due_on == due


# --- clocks --------------------------------------------------------------------------------------------------------


def opened(world: World, **values: Any) -> Deadline:
    given: dict[str, Any] = {
        "programme": world.programme,
        "kind": DeadlineKind.LOAN_MATURITY,
        "organisation": world.bank_organisation,
        "subject": world.programme,
        "label": "期限",
        "url": "/x/",
        "starts_on": date(2012, 3, 1),
    }
    return open_deadline(**{**given, **values})


def test_a_clock_has_either_working_days_or_a_day(world: World) -> None:
    assert opened(world, due_on=date(2013, 2, 28)).due_on == date(2013, 2, 28)
    for values in ({}, {"due_on": date(2013, 1, 1), "workdays": 3}):
        with pytest.raises(ValueError, match="either"):
            opened(world, **values)


def test_meeting_a_clock_counts_the_working_days_it_is_late(world: World) -> None:
    opened(world, workdays=10)  # due 2012-03-15
    met = meet_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=world.programme, on=date(2012, 3, 19))
    assert met is not None
    assert (met.met_on, met.late_workdays) == (date(2012, 3, 19), 2)
    assert meet_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=world.programme, on=date(2012, 3, 20)) is None
    assert cancel_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=world.programme, on=date(2012, 3, 20)) is None


def test_opening_a_clock_again_restarts_it(world: World) -> None:
    first = opened(world, workdays=10)
    meet_deadline(deadline=first, on=date(2012, 3, 30))
    again = opened(world, workdays=5, starts_on=date(2012, 4, 5))
    assert (again.pk, again.met_on, again.late_workdays, again.due_on) == (first.pk, None, 0, date(2012, 4, 12))


def test_a_cancelled_clock_no_longer_runs(world: World) -> None:
    opened(world, workdays=10)
    cancelled = cancel_deadline(kind=DeadlineKind.LOAN_MATURITY, subject=world.programme, on=date(2012, 3, 2))
    assert cancelled is not None
    assert cancelled.cancelled_on == date(2012, 3, 2)
    assert run(date(2012, 3, 1))["reminded"] == 0


# --- the match, overdue --------------------------------------------------------------------------------------------


def test_the_town_is_reminded_ten_five_and_one_working_days_before(world: World) -> None:
    deposit(world, arrived_on=date(2012, 4, 20))
    day, reminded = date(2012, 4, 20), []
    while day <= date(2012, 6, 4):
        if run(day)["reminded"]:
            reminded.append(day)
        day += timedelta(days=1)
    table = workday_table()
    assert [table.workdays_between(one, date(2012, 6, 4)) for one in reminded] == [10, 5, 1]
    assert told(world.town, "剩余") == told(world.town2, "剩余") == 3
    assert told(world.province, "剩余") == 0


def test_the_match_falls_overdue_on_the_first_working_day_after_and_is_chased_daily(world: World) -> None:
    owed = deposit(world, arrived_on=date(2012, 4, 20))
    assert run(date(2012, 6, 4)) == {"reminded": 0, "overdue": 0, "calendar": 0}
    assert cover_blocked(world.programme, date(2012, 6, 4)) is None
    assert run(date(2012, 6, 5)) == {"reminded": 1, "overdue": 1, "calendar": 0}
    owed.refresh_from_db()
    assert owed.status == ObligationStatus.OVERDUE
    assert "2012-06-04" in (cover_blocked(world.programme, date(2012, 6, 5)) or "")
    assert run(date(2012, 6, 6)) == {"reminded": 1, "overdue": 0, "calendar": 0}
    assert told(world.town, "逾期") == 2
    assert told(world.province, "逾期") == told(world.science2, "逾期") == told(world.bank, "逾期") == 1


def test_a_receipt_confirmed_after_the_due_day_opens_an_overdue_match_and_tells_everybody(world: World) -> None:
    made = make_contribution(world, transferred_on=date(2011, 11, 11))
    confirm(world, made, arrived_on=date(2011, 11, 11), confirmed_on=date(2012, 2, 15))
    owed = FundingObligation.objects.select_related("deadline").get(source=made)
    assert (owed.status, owed.deadline.due_on) == (ObligationStatus.OVERDUE, date(2011, 12, 23))
    assert AuditEvent.objects.filter(action="obligation.fall_overdue", object_id=str(owed.pk)).count() == 1
    assert told(world.town, "请配套") == 1
    assert run(date(2012, 2, 15)) == {"reminded": 1, "overdue": 0, "calendar": 0}
    assert told(world.town, "逾期 34 个工作日") == told(world.science, "逾期 34 个工作日") == told(world.bank, "逾期 34 个工作日") == 1


def test_the_job_is_safe_to_run_twice_and_rests_on_days_off(world: World) -> None:
    deposit(world, arrived_on=date(2012, 4, 20))
    run(date(2012, 6, 5))
    before = (Notification.objects.count(), AuditEvent.objects.count())
    assert run(date(2012, 6, 5))["overdue"] == 0
    run(date(2012, 6, 9))  # a Saturday
    assert (Notification.objects.count(), AuditEvent.objects.count()) == before


def test_a_clock_that_fails_is_named_and_keeps_no_other_from_its_reminder(world: World) -> None:
    first, second = (deposit(world, arrived_on=date(2012, 4, 20), voucher_no=number) for number in ("A", "B"))
    FundingObligation.objects.filter(pk=first.pk).delete()
    with pytest.raises(SomeFailed) as some:
        run(date(2012, 6, 5))
    [failure] = some.value.failures
    assert failure.startswith(f"xiaolan {first.deadline.label}: DoesNotExist")
    assert some.value.counts == {"reminded": 1, "overdue": 1}
    second.refresh_from_db()
    assert second.status == ObligationStatus.OVERDUE


def test_cover_is_blocked_by_the_day_itself_even_if_the_job_has_not_run(world: World) -> None:
    deposit(world, arrived_on=date(2012, 4, 20))
    assert cover_blocked(world.programme, date(2012, 6, 5)) is not None


def test_cover_is_not_blocked_where_the_setting_says_so() -> None:
    world = make_world(rules={"block_when_match_overdue": "false"})
    deposit(world, arrived_on=date(2012, 4, 20))
    assert cover_blocked(world.programme, date(2012, 6, 5)) is None


@pytest.mark.parametrize(
    ("arrived", "status", "late"),
    [(date(2012, 6, 4), ObligationStatus.FULFILLED, 0), (date(2012, 6, 5), ObligationStatus.FULFILLED_LATE, 1)],
)
def test_money_confirmed_after_the_due_day_is_judged_by_its_arrival(
    world: World, arrived: date, status: ObligationStatus, late: int
) -> None:
    owed = deposit(world, arrived_on=date(2012, 4, 20))
    paid = make_contribution(world, by=world.town, amount="40000000", transferred_on=date(2012, 6, 1), voucher_no="B")
    run(date(2012, 6, 5))
    confirm(world, paid, arrived_on=arrived, confirmed_on=date(2012, 6, 8))
    owed = FundingObligation.objects.select_related("deadline").get(pk=owed.pk)
    assert (owed.status, owed.fulfilled_on, owed.deadline.late_workdays) == (status, arrived, late)
    assert cover_blocked(world.programme, date(2012, 6, 8)) is None
    assert run(date(2012, 6, 11))["reminded"] == 0


def test_ending_the_programme_stops_the_clock_of_a_match_still_owed(world: World) -> None:
    deposit(world, arrived_on=date(2012, 4, 20))
    programmes.end_programme(programme=world.programme, ended_on=date(2012, 5, 2), reason="终止协议", by=world.province2, **at(2012, 5, 2))
    assert run(date(2012, 6, 5)) == {"reminded": 0, "overdue": 0, "calendar": 0}


@given(kind=st.sampled_from(DeadlineKind.values), left=st.integers(-30, 30))
def test_reminders_follow_their_table(kind: str, left: int) -> None:
    if left < 0 and kind in (DeadlineKind.LOAN_MATURITY, DeadlineKind.APPROVAL_EXPIRY, DeadlineKind.RECOMMENDATION_EXPIRY):
        assert not reminder_due(kind, left)
    if kind == DeadlineKind.MATCH:
        assert reminder_due(kind, left) == (left in (10, 5, 1) or left < 0)
    if kind == DeadlineKind.BANK_DECISION:
        assert reminder_due(kind, left) == (left in (3, 0) or (left < 0 and left % 5 == 0))


# --- a year without a notice ---------------------------------------------------------------------------------------


def next_year_notice(*, spring: tuple[date, date] | None = None, makeup: tuple[date, ...] = ()) -> dict[str, Any]:
    first, last = spring or (date(UNKNOWN, 1, 25), date(UNKNOWN, 2, 3))
    return {
        "year": UNKNOWN,
        "notice_number": f"国办发明电〔{LAST_KNOWN}〕7号",
        "holidays": [
            (date(UNKNOWN, 1, 1), date(UNKNOWN, 1, 3), "元旦"),
            (first, last, "春节"),
            (date(UNKNOWN, 5, 1), date(UNKNOWN, 5, 5), "劳动节"),
            (date(UNKNOWN, 10, 1), date(UNKNOWN, 10, 7), "国庆节"),
        ],
        "makeup_days": makeup,
    }


def saturday(month: int) -> date:
    day = date(UNKNOWN, month, 1)
    return day + timedelta(days=(5 - day.weekday()) % 7)


def test_money_is_recorded_although_its_due_day_lies_in_an_unknown_year(world: World) -> None:
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    assert owed.deadline.provisional
    assert owed.deadline.due_on == workday_table().add_workdays_provisional(date(LAST_KNOWN, 12, 20), 30)[0]
    with pytest.raises(CalendarUnknown):
        workday_table().add_workdays(date(LAST_KNOWN, 12, 20), 30)
    assert told(world.town, "前到位（暂定") == 1


def test_the_years_notice_computes_a_provisional_day_again_and_tells_the_town(world: World) -> None:
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    guessed = owed.deadline.due_on
    notice = enter_notice(**next_year_notice(), by=world.sysadmin, **at(LAST_KNOWN, 12, 24))
    deadline = Deadline.objects.get(pk=owed.deadline.pk)
    assert not deadline.provisional
    assert deadline.due_on == workday_table().add_workdays(date(LAST_KNOWN, 12, 20), 30) > guessed
    assert told(world.town, f"期限确定为 {deadline.due_on}：{deadline.label}") == 1
    [moved] = [event for event in timeline(owed) if event.action == "calendar.enter"]
    assert moved.changes == {"到期日": [f"{guessed}（暂定）", str(deadline.due_on)]}
    assert notice.days.filter(is_workday=False).count() == 3 + 10 + 5 + 7


def test_a_moved_day_stands_in_the_trail_of_what_it_is_the_day_of(world: World) -> None:
    sent = make_sent(world, make_enterprise(world, day=date(LAST_KNOWN, 12, 20)), day=date(LAST_KNOWN, 12, 24))
    enter_notice(**next_year_notice(), by=world.sysadmin, **at(LAST_KNOWN, 12, 27))
    [moved] = [event for event in timeline(sent) if event.action == "calendar.enter"]
    assert moved.summary.startswith(f"{sent.enterprise_name}的贷款审批（第1批）：期限由")


def test_a_corrected_notice_moves_what_is_open_and_reopens_what_it_had_made_overdue(world: World) -> None:
    enter_notice(**next_year_notice(), by=world.sysadmin, **at(LAST_KNOWN, 12, 1))
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    day_after = workday_table().add_workdays(owed.deadline.due_on, 1)
    run(day_after)
    owed.refresh_from_db()
    assert owed.status == ObligationStatus.OVERDUE
    longer = next_year_notice(spring=(date(UNKNOWN, 1, 22), date(UNKNOWN, 2, 20)))
    enter_notice(**longer, by=world.sysadmin, **on(day_after))
    owed = FundingObligation.objects.select_related("deadline").get(pk=owed.pk)
    assert owed.status == ObligationStatus.OPEN
    assert owed.deadline.due_on > day_after
    assert cover_blocked(world.programme, day_after) is None


def test_what_was_judged_by_a_provisional_day_is_judged_again(world: World) -> None:
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    after_the_guess = owed.deadline.due_on + timedelta(days=4)
    paid = make_contribution(world, by=world.town, amount="40000000", transferred_on=after_the_guess, voucher_no="B")
    confirm(world, paid, arrived_on=after_the_guess)
    owed.refresh_from_db()
    assert owed.status == ObligationStatus.FULFILLED_LATE
    enter_notice(**next_year_notice(), by=world.sysadmin, **on(after_the_guess))
    owed = FundingObligation.objects.select_related("deadline").get(pk=owed.pk)
    assert (owed.status, owed.deadline.late_workdays) == (ObligationStatus.FULFILLED, 0)


def test_a_met_clock_with_a_certain_day_is_left_alone(world: World) -> None:
    enter_notice(**next_year_notice(), by=world.sysadmin, **at(LAST_KNOWN, 12, 1))
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    due = owed.deadline.due_on
    match(world, arrived_on=date(LAST_KNOWN, 12, 28))
    enter_notice(**next_year_notice(spring=(date(UNKNOWN, 1, 22), date(UNKNOWN, 2, 20))), by=world.sysadmin, **at(LAST_KNOWN, 12, 30))
    assert Deadline.objects.get(pk=owed.deadline.pk).due_on == due


def test_a_notice_wins_over_the_library_and_its_correction_replaces_it(world: World) -> None:
    assert not workday_table().is_workday(date(2012, 4, 2))
    given: dict[str, Any] = {
        "year": 2012,
        "notice_number": "更正",
        "holidays": [
            (date(2012, 1, 1), date(2012, 1, 1), "元旦"),
            (date(2012, 5, 1), date(2012, 5, 1), "劳动节"),
            (date(2012, 10, 1), date(2012, 10, 3), "国庆节"),
        ],
        "makeup_days": [date(2012, 10, 6)],
    }
    enter_notice(**given, by=world.sysadmin, **at(2012, 3, 1))
    assert workday_table().is_workday(date(2012, 4, 2))
    assert workday_table().is_workday(date(2012, 10, 6))
    enter_notice(**{**given, "makeup_days": []}, by=world.sysadmin, **at(2012, 3, 2))
    assert not workday_table().is_workday(date(2012, 10, 6))
    assert CalendarNotice.objects.count() == 1
    assert AuditEvent.objects.filter(action="calendar.enter", summary__startswith="更正2012年").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notice_number": " "}, "notice_number"),
        ({"year": 1999}, "year"),
        ({"year": UNKNOWN + 3}, "year"),
        ({"holidays": [(date(UNKNOWN, 1, 3), date(UNKNOWN, 1, 1), "元旦")]}, "holidays"),
        ({"holidays": [(date(UNKNOWN, 1, 1), date(UNKNOWN, 1, 3), "元旦"), (date(UNKNOWN, 1, 3), date(UNKNOWN, 1, 5), "补")]}, "holidays"),
        ({"holidays": [(date(UNKNOWN, 1, 1), date(UNKNOWN, 1, 3), "元旦")]}, "holidays"),
        ({"holidays": [(date(UNKNOWN, 1, 1), date(UNKNOWN, 3, 3), "太长")]}, "holidays"),
        ({"holidays": [(date(UNKNOWN, 1, 1), date(UNKNOWN, 1, 3), " ")]}, "holidays"),
        ({"holidays": [(date(UNKNOWN + 1, 1, 1), date(UNKNOWN + 1, 1, 3), "元旦")]}, "holidays"),
        ({"makeup_days": (saturday(3) - timedelta(days=1),)}, "makeup_days"),
        ({"makeup_days": (saturday(3), saturday(3))}, "makeup_days"),
        ({"makeup_days": (date(UNKNOWN, 1, 2), date(UNKNOWN, 1, 3))}, "makeup_days"),
    ],
)
def test_a_notice_that_cannot_be_right_is_refused(world: World, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadNotice) as refusal:
        enter_notice(**{**next_year_notice(), **change}, by=world.sysadmin, **at(LAST_KNOWN, 12, 1))
    assert field in refusal.value.fields
    assert CalendarDay.objects.count() == CalendarNotice.objects.count() == 0


def test_only_the_system_administrator_enters_a_notice(world: World) -> None:
    for person in (world.province2, world.secadmin, world.bank):
        with pytest.raises(NotAllowed):
            enter_notice(**next_year_notice(), by=person, **at(LAST_KNOWN, 12, 1))


def test_administrators_are_asked_for_next_years_notice_from_november_once_a_week(world: World) -> None:
    days = [date(LAST_KNOWN, 10, 29) + timedelta(days=n) for n in range(21)]
    asked = [day for day in days if run(day)["calendar"]]
    assert min(asked) >= date(LAST_KNOWN, 11, 1)
    weeks = {day.isocalendar().week for day in asked}
    assert told(world.sysadmin, f"请录入{UNKNOWN}年") == len(weeks)
    enter_notice(**next_year_notice(), by=world.sysadmin, **at(LAST_KNOWN, 11, 30))
    assert run(date(LAST_KNOWN, 11, 30))["calendar"] == 0


def test_overdue_of_a_provisional_day_waits_for_the_notice(world: World) -> None:
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 20))
    later = owed.deadline.due_on + timedelta(days=7)
    assert run(later)["overdue"] == 0
    assert cover_blocked(world.programme, later) is None
    assert told(world.sysadmin, f"请录入{UNKNOWN}年") >= 1
    assert Decimal(owed.amount) == Decimal("40000000.00")


def test_after_a_provisional_day_the_town_is_told_once_that_it_waits_for_the_notice_and_nobody_is_late(world: World) -> None:
    owed = deposit(world, arrived_on=date(LAST_KNOWN, 12, 10))
    days = [owed.deadline.due_on + timedelta(days=n) for n in range(1, 15)]
    for day in days:
        run(day)
    assert told(world.town, "期限暂定，待放假安排公布后重新计算：配套资金") == 1
    assert told(world.town, "逾期") == told(world.province, "逾期") == 0
    enter_notice(**next_year_notice(spring=(date(UNKNOWN, 2, 10), date(UNKNOWN, 2, 17))), by=world.sysadmin, **on(days[-1]))
    owed.refresh_from_db()
    assert owed.status == ObligationStatus.OVERDUE
    run(workday_table().add_workdays(days[-1], 1))
    assert told(world.town, "逾期") == told(world.province, "逾期") == 1


@given(kind=st.sampled_from(DeadlineKind.values), late=st.integers(1, 30))
def test_a_provisional_day_that_has_passed_is_told_of_on_the_first_working_day_alone(kind: str, late: int) -> None:
    assert reminder_due(kind, -late, provisional=True) == (late == 1)
