"""The one list mechanism: what the address asks for is shown, summed and exported; what it cannot mean is an error."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import unquote

import django_filters
import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from common import navigation
from common.forms import DateField, DayRangeField
from common.listing import Column, Listing
from common.money import MoneyField
from common.navigation import ProgrammeLink
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db


class Status(models.TextChoices):
    ACTIVE = "active", "正常"
    OVERDUE = "overdue", "逾期"


class Sample(models.Model):
    name = models.CharField(max_length=40)
    amount = MoneyField()
    day = models.DateField()
    status = models.CharField(max_length=10, choices=Status)

    class Meta:
        app_label = "listing_tests"
        apps = Apps()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/samples/{self.pk}/"


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    field_class = DayRangeField


class DayFilter(django_filters.Filter):
    field_class = DateField


class SampleFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=Status)
    day = DayRangeFilter(label="日期")

    class Meta:
        model = Sample
        fields: ClassVar[list[str]] = []


class ProgrammeFilter(SampleFilter):
    programme = django_filters.ChoiceFilter(label="项目", field_name="status", choices=Status)


class SampleList(Listing):
    title = "样表"
    columns = (
        Column("name", "名称", link=True, sort=True),
        Column("amount", "金额（元）", kind="yuan", sort=True, total=True),
        Column("day", "日期", kind="date", sort=True),
        Column("status", "状态", kind="status"),
    )
    filterset = SampleFilter
    search = ("name",)
    default_sort = "name"
    page_size = 2


class SpanFilter(django_filters.FilterSet):
    since_from = DayFilter(label="起日", field_name="day", lookup_expr="gte")
    since_to = DayFilter(label="止日", field_name="day", lookup_expr="lte")


class SpanList(SampleList):
    filterset = SpanFilter


class CountedList(SampleList):
    counts = Q(status="active")
    total_label = "合计（正常）"


ROWS = [
    ("甲锁业", "1000000.01", date(2012, 1, 5), "active"),
    ("乙锁业", "2000000.02", date(2012, 2, 5), "overdue"),
    ("=cmd()", "3000000.03", date(2012, 3, 5), "active"),
]


@pytest.fixture(autouse=True)
def samples() -> None:
    # A table inside the test's own transaction: no app of the project has to lend its model.
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY" if connection.vendor == "sqlite" else "serial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE listing_tests_sample (id {key}, name varchar(40), amount bigint, day date, status varchar(10))")
    for name, amount, day, status in ROWS:
        Sample.objects.create(name=name, amount=Decimal(amount), day=day, status=status)


def listing(address: str = "/", kind: type[Listing] = SampleList, **headers: str) -> Listing:
    request = RequestFactory().get(address, **headers)
    request.user = AnonymousUser()
    return kind(request, Sample.objects.all())


def names(found: Listing) -> list[str]:
    return [row.name for row in found.page.object_list]


def content(address: str) -> bytes:
    response: Any = listing(address).render()
    found = b"".join(response.streaming_content)
    response.close()
    return found


def test_rows_come_sorted_by_default_and_a_page_holds_page_size():
    found = listing()
    assert len(names(found)) == 2
    assert found.count == 3
    assert found.errors == []


def test_totals_cover_everything_filtered_and_not_the_page_alone():
    assert ("6,000,000.06") in [text for _, text in listing().total_cells]


def test_a_search_finds_every_word():
    assert names(listing("/?q=锁业+甲")) == ["甲锁业"]
    assert listing("/?q=锁业").count == 2


def test_sort_downwards_and_the_head_tells_it():
    found = listing("/?sort=-amount")
    assert names(found)[0] == "=cmd()"
    assert [head.order for head in found.heads] == ["none", "descending", "none", ""]
    assert "sort=amount" in found.heads[1].url


def test_filters_combine_and_are_named_with_a_way_to_drop_each():
    found = listing("/?status=active&day_after=2012-02-01")
    assert names(found) == ["=cmd()"]
    assert [(chip["label"], chip["value"]) for chip in found.active_filters] == [("状态", "正常"), ("日期", "2012-02-01")]
    assert found.active_filters[0]["url"] == "/?day_after=2012-02-01"
    assert (found.filters_set, listing("/?q=锁业").filters_set) == (2, 0)


@pytest.mark.parametrize(
    "address, word",
    [
        ("/?status=unknown", "状态"),
        ("/?day_after=31.31.2012", "日期"),
        ("/?colour=red", "colour"),
        ("/?sort=password", "password"),
        ("/?sort=--amount", "--amount"),
        ("/?sort=status", "status"),
        ("/?page_size=0", "每页条数"),
        ("/?page_size=1000", "每页条数"),
        (f"/?page_size={'1' * 5000}", "每页条数"),
    ],
)
def test_what_the_list_does_not_know_is_an_error_and_shows_no_row(address: str, word: str):
    found = listing(address)
    assert names(found) == []
    assert word in found.errors[0]


@pytest.mark.parametrize(("query", "sentence"), [("甲%00", "无法识别"), ("+".join("ab" * 600), "搜索词太长，最多 100 个字")])
def test_what_no_database_can_look_for_is_said_and_no_row_shown(query: str, sentence: str) -> None:
    found = listing(f"/?q={query}")
    assert sentence in found.render().content.decode()
    assert found.count == 0


@pytest.mark.parametrize("address", ["/?day_after=2012年2月1日&day_before=20120331", "/?day_after=2012-2-1&q=cmd"])
def test_days_are_read_as_people_write_them(address: str):
    assert "=cmd()" in names(listing(address))


@pytest.mark.parametrize(
    "address, kind, sentence",
    [
        ("/?day_after=2012-03-01&day_before=2012-02-01", SampleList, "日期：止日 2012-02-01 早于起日 2012-03-01"),
        ("/?day_after=40950", SampleList, "Excel"),
        ("/?since_from=2012-03-01&since_to=2012-02-01", SpanList, "止日 2012-02-01 早于起日"),
        ("/?status=unknown", SampleList, "状态：没有“unknown”这一项，请重新选择。"),
    ],
)
def test_days_that_cannot_be_meant_are_an_error_in_the_projects_words(address: str, kind: type[Listing], sentence: str):
    found = listing(address, kind)
    assert names(found) == []
    assert sentence in found.errors[0]


def test_a_total_sums_only_the_rows_that_count_and_says_so():
    assert [text for _, text in listing("/", CountedList).total_cells] == ["合计（正常）", "4,000,000.04", "", ""]
    assert listing("/", CountedList).count == 3
    assert listing("/?status=overdue", CountedList).table().totals == ["合计（正常）", None, None, None]


def test_order_and_length_of_pages_are_kept_when_a_filter_changes():
    text = listing("/?sort=-amount&page_size=20&q=甲", headers={"HX-Request": "true", "HX-Target": "list"}).render().content.decode()
    assert '<input type="hidden" form="list-filters" name="sort" value="-amount">' in text
    assert '<input type="hidden" form="list-filters" name="page_size" value="20">' in text
    assert 'id="list-filters"' in listing().render().content.decode()


def test_an_empty_programme_says_what_to_do_first_and_a_narrow_search_to_widen_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(navigation.hooks, "programmes", _two_programmes)
    Sample.objects.all().delete()
    chosen = listing("/?programme=active", ProgrammeList).render().content.decode()
    assert "还没有记录。" in chosen
    assert "请放宽筛选条件" not in chosen
    assert "请放宽筛选条件" in listing("/?programme=active&q=甲", ProgrammeList).render().content.decode()


@pytest.mark.parametrize(
    "page, number, name",
    [("3", 2, "最后一页"), ("999999999", 2, "最后一页"), *((page, 1, "第一页") for page in ("0", "x", "-1", "９", "1" * 5000))],
)
def test_a_page_that_is_not_there_is_said_and_the_nearest_shown(page: str, number: int, name: str):
    found = listing(f"/?page={page}")
    assert found.page.number == number
    assert f"“{page}”" in found.errors[0]
    assert f"下面是{name}" in found.errors[0]


def test_the_second_page_keeps_filters_and_sort_in_its_links():
    found = listing("/?sort=-amount&page=2")
    assert names(found) == ["甲锁业"]
    assert found.previous_url == "/?sort=-amount&page=1"
    assert found.next_url == ""


@pytest.mark.parametrize("rows, statements", [(1, 2), (3, 3)])
def test_a_page_takes_three_statements_at_most_whatever_the_number_of_rows(rows: int, statements: int, django_assert_num_queries: Any):
    Sample.objects.filter(pk__gt=Sample.objects.order_by("pk")[rows - 1].pk).delete()
    with django_assert_num_queries(statements):  # the keys of a page are asked for where there are several pages
        listing().render()


def test_pages_from_either_end_follow_each_other():
    everything = [row.name for row in listing("/?sort=name&page_size=3").page.object_list]
    assert len(everything) == 3
    by_page = [names(listing(f"/?sort=name&page_size=1&page={number}")) for number in (1, 2, 3)]
    assert by_page == [[name] for name in everything]


def test_the_page_has_count_total_links_and_badges():
    text = listing().render().content.decode()
    assert "共 <strong>3</strong> 条" in text
    assert "6,000,000.06" in text
    assert 'href="/samples/' in text
    assert "<html" in text


class ProgrammeList(SampleList):
    columns = (*SampleList.columns, Column("programme", "项目", value=lambda row: "甲项目", omit="programme"))
    filterset = ProgrammeFilter


def _two_programmes(request: Any) -> list[ProgrammeLink]:
    return [ProgrammeLink(name, f"/{code}/", code=code) for name, code in (("甲项目", "active"), ("乙项目", "overdue"))]


def test_a_column_that_would_say_the_same_in_every_row_is_left_off_the_page_and_kept_in_the_file(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(navigation.hooks, "programmes", _two_programmes)
    heads = {address: [head.column.label for head in listing(address, ProgrammeList).heads] for address in ("/", "/?programme=active")}
    assert heads["/"] == [*heads["/?programme=active"], "项目"]
    assert ("项目", "text") in listing("/?programme=active", ProgrammeList).table().heads
    monkeypatch.setattr(navigation.hooks, "programmes", lambda request: _two_programmes(request)[:1])
    assert [head.column.label for head in listing("/", ProgrammeList).heads] == heads["/?programme=active"]


def test_the_top_bar_turns_the_same_list_to_another_programme(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(navigation.hooks, "programmes", _two_programmes)
    links = listing("/?q=锁业&page=2&programme=active", ProgrammeList).programmes
    assert [link.name for link in links] == ["全部项目", "甲项目", "乙项目"]
    assert links[2].url.endswith("&programme=overdue")
    assert "page" not in links[2].url
    assert listing("/").programmes == []


def test_htmx_gets_the_list_alone_but_a_restored_page_whole():
    part = listing("/?q=甲", headers={"HX-Request": "true", "HX-Target": "list"}).render()
    whole = listing("/?q=甲", headers={"HX-Request": "true", "HX-Target": "list", "HX-History-Restore-Request": "true"}).render()
    assert b"<html" not in part.content
    assert b'id="list"' in part.content
    assert b"<html" in whole.content


def test_csv_holds_exactly_what_is_filtered_with_mark_total_and_no_formula():
    text = content("/?export=csv&status=active&sort=-amount&page=2").decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows == [
        ["名称", "金额（元）", "日期", "状态"],
        ["'=cmd()", "3000000.03", "2012-03-05", "正常"],
        ["甲锁业", "1000000.01", "2012-01-05", "正常"],
        ["合计", "4000000.04", "", ""],
    ]


def test_xlsx_holds_real_numbers_and_dates_and_text_that_is_no_formula():
    book = CalamineWorkbook.from_filelike(io.BytesIO(content("/?export=xlsx&sort=amount")))
    rows = book.get_sheet_by_name("数据").to_python()
    assert rows[0] == ["名称", "金额（元）", "日期", "状态"]
    assert rows[1] == ["甲锁业", 1000000.01, date(2012, 1, 5), "正常"]
    assert rows[3][0] == "=cmd()"
    assert rows[4][:2] == ["合计", 6000000.06]


def test_xlsx_says_what_it_was_filtered_by(monkeypatch: pytest.MonkeyPatch):
    Clock(monkeypatch, date(2012, 9, 20))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content("/?export=xlsx&status=active")))
    assert book.get_sheet_by_name("筛选条件").to_python() == [
        ["筛选条件：状态：正常"],
        ["排序：名称"],
        ["共 2 条，2012-09-20 导出"],
    ]


@pytest.mark.parametrize("address", ["/?export=zip", "/?export=csv&status=unknown", "/?export=xlsx&colour=red"])
def test_an_export_with_an_error_is_a_page_that_says_so(address: str):
    response = listing(address).render()
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_a_file_is_named_after_the_list_and_the_day(monkeypatch: pytest.MonkeyPatch):
    Clock(monkeypatch, date(2012, 9, 20))
    header = listing("/?export=csv").render().headers["Content-Disposition"]
    assert "filename*=UTF-8''%E6%A0%B7%E8%A1%A8_2012-09-20.csv" in header
    narrowed = listing("/?export=csv&q=锁业").render().headers["Content-Disposition"]
    assert unquote(narrowed).endswith("样表_2012-09-20_已筛选.csv")


def test_an_export_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("common.listing.EXPORT_LIMIT", 2)
    response = listing("/?export=csv").render()
    assert response.status_code == 400
    assert "超过一次导出的上限" in response.content.decode()


def test_an_empty_list_says_what_to_do_first():
    class Empty(SampleList):
        empty = "还没有样品。"
        empty_hint = "先登记一笔。"

    Sample.objects.all().delete()
    text = listing(kind=Empty).render().content.decode()
    assert "还没有样品。" in text
    assert "先登记一笔。" in text


def test_markup_in_a_value_is_text():
    Sample.objects.create(name="<b>丙</b>", amount=Decimal(1), day=date(2012, 1, 1), status="active")
    assert "<b>丙</b>" not in listing("/?q=丙").render().content.decode()


def test_a_search_no_database_could_take_is_an_error_on_the_page():
    found = listing("/?q=%00")
    assert found.count == 0
    assert "搜索词" in found.errors[0]


def test_every_list_says_what_belongs_there_and_what_to_do_first() -> None:
    from enterprises.lists import EnterpriseListing
    from loans import claiming, lists, recovering, suspending, watching  # noqa: F401
    from parties import lists as parties_lists  # noqa: F401
    from reports import lists as reports_lists  # noqa: F401
    from reserve import lists as reserve_lists  # noqa: F401

    own = ("common", "parties", "reserve", "enterprises", "loans", "reports")
    known = {kind for base in (Listing, EnterpriseListing) for kind in base.__subclasses__()}
    shown = {kind for kind in known if kind.title and kind.__module__.split(".")[0] in own}
    assert len(shown) > 25
    assert [kind.__name__ for kind in shown if kind.empty == Listing.empty or not kind.empty_hint] == []
