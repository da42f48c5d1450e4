"""Working days (domain §5): the worked table, whole years against two libraries, unknown years, overrides."""

from datetime import date, timedelta
from functools import cache
from time import perf_counter

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reserve.errors import BadNotice, CalendarUnknown
from reserve.workdays import WorkdayTable, YearNotice, library_notices

known_days = st.dates(date(2004, 1, 1), date(2026, 6, 30))


@cache
def table() -> WorkdayTable:
    return WorkdayTable()


def span(first: date, last: date) -> frozenset[date]:
    return frozenset(first + timedelta(days=offset) for offset in range((last - first).days + 1))


@pytest.mark.parametrize(
    "start, count, expected",
    [
        (date(2012, 4, 20), 30, date(2012, 6, 4)),
        (date(2012, 9, 20), 30, date(2012, 11, 7)),
        (date(2012, 12, 14), 30, date(2013, 1, 28)),
        (date(2012, 9, 30), 10, date(2012, 10, 19)),
        (date(2012, 12, 31), 10, date(2013, 1, 15)),
        (date(2012, 9, 28), 1, date(2012, 9, 29)),  # a Saturday worked for 国庆
        (date(2012, 9, 29), 1, date(2012, 10, 8)),
        (date(2013, 2, 8), 1, date(2013, 2, 16)),  # 春节; Saturday and Sunday after it are worked
        (date(2013, 2, 16), 1, date(2013, 2, 17)),
        (date(2020, 1, 23), 1, date(2020, 2, 3)),  # the holiday prolonged in 2020
        (date(2012, 4, 20), 0, date(2012, 4, 20)),
        (date(2012, 4, 21), 1, date(2012, 4, 23)),  # from a Saturday
        (date(2011, 12, 30), 1, date(2011, 12, 31)),  # worked for the New Year of 2012
    ],
)
def test_the_nth_working_day_after_a_day(start, count, expected):
    assert table().add_workdays(start, count) == expected


def test_every_day_agrees_with_the_library_itself():
    for day in sorted(span(date(2004, 1, 1), date(2026, 12, 31))):
        assert table().is_workday(day) == chinese_calendar.is_workday(day), day


def test_every_day_agrees_with_another_library():
    """But for one Saturday worked before New Year 2006, which `chinesecalendar` lacks: years before any programme."""
    other = holidays.country_holidays("CN", years=range(2004, 2027))
    days = span(date(2004, 1, 1), date(2026, 12, 31))
    differences = {day for day in days if table().is_workday(day) != other.is_working_day(day)}
    assert differences == {date(2005, 12, 31)}


@given(start=known_days, count=st.integers(1, 60))
def test_counting_forward_and_counting_between_agree(start, count):
    end = table().add_workdays(start, count)
    assert table().is_workday(end)
    assert table().workdays_between(start, end) == count
    assert table().workdays_between(end, start) == -count
    assert table().workdays_between(start, end - timedelta(days=1)) == count - 1


@given(start=known_days, count=st.integers(1, 40))
def test_counting_agrees_with_walking_day_by_day(start, count):
    day, left = start, count
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    assert table().add_workdays(start, count) == day


@given(known_days)
def test_the_next_workday_is_the_day_itself_or_the_first_after_it(day):
    found = table().next_workday(day)
    assert found == (day if table().is_workday(day) else table().add_workdays(day, 1))


def test_counting_backwards_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="forward"):
        table().add_workdays(date(2012, 4, 20), -1)


# Years that are not known


@pytest.mark.parametrize(
    "question, year",
    [
        (lambda: table().is_workday(date(2003, 6, 2)), 2003),
        (lambda: table().add_workdays(date(2026, 12, 14), 30), 2027),
        (lambda: table().add_workdays(date(2026, 12, 31), 1), 2027),
        (lambda: table().add_workdays(date(2030, 1, 4), 1), 2030),
        (lambda: table().add_workdays(date(2003, 12, 30), 5), 2003),
        (lambda: table().workdays_between(date(2026, 12, 1), date(2027, 1, 4)), 2027),
        (lambda: table().workdays_between(date(2027, 1, 4), date(2026, 12, 1)), 2027),
        (lambda: table().next_workday(date(2027, 1, 2)), 2027),
        (lambda: WorkdayTable(library=False).is_workday(date(2012, 1, 4)), 2012),
        (lambda: WorkdayTable(library=False).add_workdays(date(2012, 1, 4), 1), 2012),
    ],
)
def test_a_year_without_a_notice_is_refused_by_name(question, year):
    with pytest.raises(CalendarUnknown) as refusal:
        question()
    assert refusal.value.year == year
    assert f"{year}年" in refusal.value.message


def test_a_year_that_is_not_reached_does_not_matter():
    assert table().add_workdays(date(2026, 12, 30), 1) == date(2026, 12, 31)
    assert table().add_workdays(date(2003, 12, 31), 1) == date(2004, 1, 2)
    assert table().workdays_between(date(2003, 12, 31), date(2004, 1, 2)) == 1
    assert table().add_workdays(date(2030, 1, 4), 0) == date(2030, 1, 4)


def test_a_gap_between_known_years_is_refused_and_not_jumped_over():
    notice = YearNotice(2028, frozenset({date(2028, 1, 1)}), frozenset())
    with pytest.raises(CalendarUnknown) as refusal:
        WorkdayTable([notice]).add_workdays(date(2026, 12, 14), 30)
    assert refusal.value.year == 2027


def test_an_unknown_year_is_guessed_only_when_asked_and_said_to_be_provisional():
    assert table().add_workdays_provisional(date(2012, 4, 20), 30) == (date(2012, 6, 4), False)
    # 13 working days are left in 2026; in 2027 only 1 January (a Friday) and weekends are taken as free
    assert table().workdays_between(date(2026, 12, 14), date(2026, 12, 31)) == 13
    assert table().add_workdays_provisional(date(2026, 12, 14), 30) == (date(2027, 1, 26), True)


@pytest.mark.parametrize(
    "start, expected",
    [
        (date(2027, 4, 30), date(2027, 5, 3)),  # 1 May is a Saturday in 2027
        (date(2028, 4, 28), date(2028, 5, 2)),  # … a Monday in 2028
        (date(2027, 9, 30), date(2027, 10, 4)),  # 1 October is a Friday, 2 and 3 are the weekend
        (date(2029, 9, 28), date(2029, 10, 4)),  # 1, 2 and 3 October are Monday to Wednesday
        (date(2029, 12, 31), date(2030, 1, 2)),
    ],
)
def test_the_guess_keeps_weekends_and_the_fixed_holidays_free(start, expected):
    assert table().add_workdays_provisional(start, 1) == (expected, True)


def test_days_left_to_a_provisional_date_can_be_counted():
    assert table().workdays_between_provisional(date(2026, 12, 14), date(2027, 1, 26)) == (30, True)
    assert table().workdays_between_provisional(date(2027, 1, 26), date(2026, 12, 14)) == (-30, True)
    assert table().workdays_between_provisional(date(2012, 4, 20), date(2012, 6, 4)) == (30, False)


def test_a_notice_turns_a_provisional_date_into_a_certain_one():
    notice = YearNotice(
        2027,
        span(date(2027, 1, 1), date(2027, 1, 3)) | span(date(2027, 2, 5), date(2027, 2, 11)),
        frozenset({date(2027, 1, 30), date(2027, 2, 20)}),
    )
    known = WorkdayTable([notice])
    assert known.add_workdays_provisional(date(2027, 1, 29), 5) == (date(2027, 2, 4), False)  # Saturday the 30th is worked
    assert known.add_workdays(date(2027, 2, 4), 1) == date(2027, 2, 12)
    assert known.is_workday(date(2027, 2, 20))
    assert 2027 in known.known_years


# Notices an administrator enters


def test_an_entered_notice_wins_over_the_library_for_its_year_alone():
    changed = WorkdayTable([YearNotice(2012, frozenset({date(2012, 1, 2), date(2012, 4, 23)}), frozenset({date(2012, 4, 21)}))])
    assert changed.is_workday(date(2012, 4, 21))
    assert not changed.is_workday(date(2012, 4, 23))
    assert changed.is_workday(date(2012, 10, 1))  # the library's 国庆 of that year is gone
    assert not changed.is_workday(date(2013, 10, 1))
    assert not changed.is_workday(date(2011, 12, 31))  # the New Year of 2012 no longer borrows from 2011


def test_entering_the_librarys_own_notices_again_changes_nothing():
    again = WorkdayTable(library_notices().values(), library=False)
    assert again.known_years == table().known_years
    for day in sorted(span(date(2004, 1, 1), date(2026, 12, 31))):
        assert again.is_workday(day) == table().is_workday(day), day


@pytest.mark.parametrize(
    "days_off, makeup, field",
    [
        (frozenset(), frozenset(), "holidays"),
        (frozenset({date(2026, 11, 30)}), frozenset(), "holidays"),
        (frozenset({date(2028, 1, 1)}), frozenset(), "holidays"),
        (frozenset({date(2027, 1, 1)}), frozenset({date(2028, 1, 1)}), "makeup_days"),
        (frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 4)}), "makeup_days"),  # a Monday
        (frozenset({date(2027, 1, 2)}), frozenset({date(2027, 1, 2)}), "makeup_days"),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused(days_off, makeup, field):
    with pytest.raises(BadNotice) as refusal:
        YearNotice(2027, days_off, makeup)
    assert list(refusal.value.fields) == [field]


def test_a_notice_may_borrow_from_december_before():
    notice = YearNotice(2027, frozenset({date(2027, 1, 1)}), frozenset({date(2026, 12, 26)}))
    assert WorkdayTable([notice]).is_workday(date(2026, 12, 26))
    assert not table().is_workday(date(2026, 12, 26))


def test_a_deadline_is_found_by_bisection_and_not_by_walking():
    """Generous by two orders: walking takes a minute for so many."""
    workdays, started = table(), perf_counter()
    for _ in range(20_000):
        workdays.add_workdays(date(2012, 4, 20), 30)
    assert perf_counter() - started < 5
