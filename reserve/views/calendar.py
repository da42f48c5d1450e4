"""Pages of the working-day calendar: a year at a glance, and the form for its notice."""

import calendar as days_of
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chinese_calendar.constants import Holiday
from chinese_calendar.constants import holidays as library_holidays
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.views.decorators.http import require_GET

from common import display
from common.errors import NotFound
from common.http import today
from common.page import Fact
from parties.permissions import may
from parties.web import person, submit

from ..calendar import workday_table
from ..forms import NoticeForm
from ..models import CalendarNotice
from ..services.calendar import FIRST_YEAR, enter_notice
from ..workdays import WorkdayTable, library_notices

FIRST_SHOWN, LAST_SHOWN = 2004, 2100


@dataclass(frozen=True)
class Day:
    """A cell: what kind of day it is, in a class for the eye and a word for the reader."""

    day: date
    css: str
    word: str
    title: str


@login_required
def calendar(request: HttpRequest) -> HttpResponse:
    return redirect("reserve:calendar_year", year=today().year)


@login_required
def calendar_year(request: HttpRequest, year: int) -> HttpResponse:
    if not FIRST_SHOWN <= year <= LAST_SHOWN:
        raise NotFound
    table = workday_table()
    known = year in table.known_years
    notice = CalendarNotice.objects.select_related("entered_by").filter(year=year).first()
    names = _names(year)
    months = [_month(year, month, table, names, known) for month in range(1, 13)]
    if notice:
        source = f"{notice.notice_number}，{notice.entered_by.name} {display.iso(notice.entered_at)} 录入"
    else:
        source = "系统自带（chinesecalendar 所载国务院办公厅通知）" if known else "尚未录入：涉及本年的期限都是暂定的"
    workdays = sum(1 for _, weeks in months for week in weeks for cell in week if cell and cell.css in ("work", "makeup"))
    context = {
        "title": f"{year}年工作日历",
        "year": year,
        "months": months,
        "known": known,
        "facts": [Fact("放假安排", source), Fact("工作日", f"{workdays} 天{'' if known else '（按周末和固定节日估计）'}")],
        "may_enter": may(person(request), "calendar.enter") and year >= FIRST_YEAR,
        "previous": year - 1 if year > FIRST_SHOWN else None,
        "next": year + 1 if year < LAST_SHOWN else None,
        "entered": notice is not None,
        "today": today(),
    }
    return render(request, "reserve/calendar.html", context)


@login_required
@require_GET
def calendar_days(request: HttpRequest, year: int) -> HttpResponseBase:
    """What the date fields mark: `{"known": …, "off": {"2026-10-01": "国庆节"}, "work": ["2026-10-10"]}`; weekends go without saying."""
    if not FIRST_SHOWN <= year <= LAST_SHOWN:
        raise NotFound
    table = workday_table()
    days = [date(year, 1, 1) + timedelta(number) for number in range(366 if days_of.isleap(year) else 365)]
    known, names = year in table.known_years, _names(year)
    marked = [(day, _day(day, table, names, known)) for day in days]
    off = {str(day): names.get(day, "") for day, one in marked if one.css == "holiday"}
    response = JsonResponse({"known": known, "off": off, "work": [str(day) for day, one in marked if one.css == "makeup"]})
    patch_cache_control(response, private=True, max_age=3600)
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _names(year: int) -> dict[date, str]:
    """Names of the days off, from the notices that speak of this year (its December may belong to the next one's)."""
    entered = {notice.year: notice for notice in CalendarNotice.objects.filter(year__in=(year, year + 1)).prefetch_related("days")}
    names: dict[date, str] = {}
    for owner in (year, year + 1):
        if owner in entered:
            names |= {row.day: row.name for row in entered[owner].days.all() if not row.is_workday}
        elif owner in library_notices():
            names |= _library_names(owner)
    return names


def _library_names(year: int) -> dict[date, str]:
    """The library names its holidays in English; here in Chinese."""
    return {day: Holiday(library_holidays[day]).chinese for day in library_notices()[year].holidays}


def _month(year: int, month: int, table: WorkdayTable, names: dict[date, str], known: bool) -> tuple[int, list[list[Day | None]]]:
    weeks = days_of.Calendar(firstweekday=0).monthdatescalendar(year, month)
    return month, [[_day(day, table, names, known) if day.month == month else None for day in week] for week in weeks]


def _day(day: date, table: WorkdayTable, names: dict[date, str], known: bool) -> Day:
    works = table.is_workday(day) if known else table.workdays_between_provisional(date.fromordinal(day.toordinal() - 1), day)[0] == 1
    weekend = day.weekday() >= 5
    if works:
        css, word = ("makeup", "班") if weekend else ("work", "")
    elif weekend and day not in names:
        css, word = "weekend", ""
    else:
        css, word = "holiday", "休"
    kind = {"work": "工作日", "makeup": "调休上班", "weekend": "周末", "holiday": "放假"}[css]
    return Day(day, css, word, f"{day} {names.get(day, kind)}")


@login_required
def calendar_enter(request: HttpRequest) -> HttpResponse:
    year = _asked_year(request)
    return submit(
        request,
        NoticeForm(request.POST or None, initial=_initial(year)),
        enter_notice,
        action="calendar.enter",
        template="components/form_page.html",
        context={
            "title": "录入放假安排",
            "submit": "保存并重新计算期限",
            "back": reverse("reserve:calendar_year", args=[year]),
            "confirm": "将按此安排重新计算所有正在计时和暂定的期限，并通知有关单位。",
            "hints": [
                Fact("放假", "每行一个假期，照抄通知：2012-01-22 至 2012-01-28 春节"),
                Fact("跨年", "元旦假期可从上年 12 月开始，属于新一年的通知。"),
                Fact("必须包括", "1月1日、5月1日、10月1日至3日"),
            ],
        },
        success="放假安排已保存，有关期限已重新计算。",
    )


def _asked_year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_SHOWN else today().year + 1


def _initial(year: int) -> dict[str, Any]:
    """What is known of the year: the entered notice, to correct it, or the library's, to start from."""
    notice = CalendarNotice.objects.filter(year=year).first()
    if notice is None:
        held = library_notices().get(year)
        if held is None:
            return {"year": year}
        free, worked = _library_names(year), held.makeup_days
    else:
        rows = list(notice.days.all())
        free, worked = {row.day: row.name for row in rows if not row.is_workday}, frozenset(row.day for row in rows if row.is_workday)
    return {
        "year": year,
        "notice_number": notice.notice_number if notice else "",
        "holidays": "\n".join(f"{first} 至 {last} {name}" for first, last, name in ranges(free)),
        "makeup_days": "\n".join(map(str, sorted(worked))),
    }


def ranges(named: dict[date, str]) -> Iterator[tuple[date, date, str]]:
    """Days with names as ranges: one for each run of days with one name."""
    run: list[date] = []
    for day in sorted(named):
        if run and (day.toordinal() - run[-1].toordinal() != 1 or named[day] != named[run[0]]):
            yield run[0], run[-1], named[run[0]]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1], named[run[0]]
