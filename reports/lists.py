"""Lists of the reports app."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property

from common.columns import Column
from common.display import quarter_cn, workdays_left
from common.errors import InvalidInput
from common.http import today
from common.listing import Listing
from enterprises.lists import EnterpriseListing
from loans.filters import WrittenQuarterFilter, read_quarter, visible_banks
from parties.models import Organisation
from reserve.calendar import workday_table
from reserve.filters import DayFilter, visible_programmes
from reserve.workdays import WorkdayTable

from .enums import DUE_KINDS, DueKind, SummaryStatus
from .forms import AsOfField
from .models import QuarterlySummary
from .selectors.arrears import BUCKETS
from .selectors.board import ORDER, SPANS, board, span_of


def visible_parties(request: Any) -> QuerySet[Organisation]:
    return Organisation.objects.none() if request is None else Organisation.objects.visible_to(request.user)


class SummaryFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(field_name="programme", queryset=visible_programmes, to_field_name="code", label="项目")
    bank = django_filters.ModelChoiceFilter(field_name="bank", queryset=visible_banks, label="填报单位")
    quarter = WrittenQuarterFilter(field_name="quarter", label="所属期")
    status = django_filters.ChoiceFilter(choices=SummaryStatus.choices, label="状态")


class AsOfFilter(DayFilter):
    field_class = AsOfField


class AgeingFilter(django_filters.FilterSet):
    """Loans `owing` on the day that `as_of` names: the view has asked for them."""

    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部")
    bank = django_filters.ModelChoiceFilter(queryset=visible_banks, label="银行", empty_label="全部")
    as_of = AsOfFilter(label="截至", method="as_it_is")
    bucket = django_filters.ChoiceFilter(choices=list(BUCKETS.items()), label="逾期天数", empty_label="全部")

    def as_it_is(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows


class AgeingLoanList(EnterpriseListing):
    """Rows: loans `owing` on a day."""

    title = "逾期账龄：贷款明细"
    columns: ClassVar = [
        Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("note_no", "借据号", sort=True),
        Column("days", "逾期天数", kind="number", value=lambda row: (row.as_of - row.unpaid_since).days if row.unpaid_since else 0),
        Column("bucket", "账龄", value=lambda row: BUCKETS[row.bucket]),
        Column("owed", "未还本金（元）", kind="yuan", sort=True, total=True),
        Column("occupied", "占用准备金（元）", kind="yuan", sort=True, total=True),
        Column("unpaid_since", "最早未付应付日", kind="date", sort=True),
        Column("due_on", "到期日期", kind="date", sort=True),
        Column("bank.short_name", "银行"),
        Column("programme.name", "项目", wide=True, omit="programme"),
        Column("as_of", "截至", kind="date"),
    ]
    filterset = AgeingFilter
    search: ClassVar = ["note_no"]
    search_hint = "企业名称、借据号"
    default_sort = "due_on"
    unit = "笔"
    empty = "截至该日没有未还的贷款。"
    empty_hint = "请另选截至日期，或在贷款台账查看全部贷款。"


class BoardFilter(django_filters.FilterSet):
    """Of no model: what is asked for is read from many, by `board`."""

    within = django_filters.ChoiceFilter(
        choices=[(str(days), f"{days} 个工作日内") for days in SPANS], label="期间", empty_label=None, method="asked"
    )
    kind = django_filters.ChoiceFilter(choices=DUE_KINDS, label="事项", empty_label="全部", method="asked")
    organisation = django_filters.ModelChoiceFilter(queryset=visible_parties, label="责任单位", empty_label="全部", method="asked")
    programme = django_filters.ModelChoiceFilter(
        queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部", method="asked"
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = dict(self.form.cleaned_data)
        span = span_of(int(given.pop("within") or SPANS[0]), today(), workday_table())
        words = self.data.get("q", "").split()  # of the list; the endpoint knows no search
        return board(self.request.user, span, words=words, **{name: value for name, value in given.items() if value})

    def asked(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """`filter_queryset` reads them all together."""
        return rows


def due_words(row: Mapping[str, Any]) -> str:
    """A row of the board in words; a clock says itself what it is."""
    of_loan = f"{row['name']}（{row['note']}）"
    words = {
        DueKind.MATURITY: f"贷款到期：{of_loan}",
        DueKind.INSTALMENT: f"还本付息：{of_loan}",
        DueKind.CERTIFICATE: f"类别证书到期：{of_loan}",
        DueKind.INSPECTION: f"{quarter_cn(row['name'])}贷后检查：{row['about']} 笔",
        DueKind.RECOVERY_REPORT: f"{quarter_cn(row['name'])}追偿进展报告：{row['about']} 笔",
    }
    return words.get(row["what"], str(row["name"]))


def due_address(row: Mapping[str, Any]) -> str:
    """Where a row of the board is dealt with."""
    if row["href"]:
        return str(row["href"])
    if row["what"] == DueKind.INSPECTION:
        return f"{reverse('loans:inspection_due')}?quarter={row['name']}"
    if row["what"] == DueKind.RECOVERY_REPORT:
        return reverse("loans:recovery_report_due")
    return reverse("reports:enterprise" if row["what"] == DueKind.CERTIFICATE else "loans:loan", args=[row["about"]])


class BoardList(Listing):
    """Rows: dictionaries of `board`."""

    title = "到期看板"
    filterset = BoardFilter
    search = ("name", "note")
    search_hint = "企业名称、借据号、事项"
    unit = "项"
    empty = "今后几个工作日没有到期的事项。"
    empty_hint = "贷款和分期到期、推荐与授信失效、类别证书到期，以及配套、审批、报送、检查等期限，自动列在这里。"
    template = "reports/board.html"

    def __init__(self, *args: Any, on: date, table: WorkdayTable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

        def left(row: Mapping[str, Any]) -> str:
            return workdays_left(table.workdays_between_provisional(on, row["day"])[0], row["guess"])

        self.columns = (  # type: ignore[misc]  # working days are counted from the day of this request
            Column("day", "日期", kind="date", sort=True),
            Column("left", "剩余", value=left),
            Column("name", "事项", value=due_words, link=due_address, wide=True),
            Column("what", "类别", value=lambda row: dict(DUE_KINDS)[row["what"]]),
            Column("sum", "金额（元）", kind="yuan"),
            Column("unit", "责任单位", sort=True),
            Column("project", "项目", wide=True, omit="programme"),
        )

    @cached_property
    def totals(self) -> dict[str, Any]:
        """The count alone: what comes from many tables cannot be summed there."""
        rows = self.rows
        return {"count": 0 if self.errors else rows.count()}

    def _searched(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """`BoardFilter` searches before the rows are put together."""
        return rows

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.order_by(self.sort, *ORDER) if self.sort else rows


def _lateness(row: QuarterlySummary) -> str:
    """How late the duty was met, or that it is overdue now."""
    clock = row.clock
    if clock.met_on is not None:
        return f"{clock.late_workdays} 个工作日{'（暂定）' if clock.provisional else ''}" if clock.late_workdays else ""
    return "已逾期" if clock.due_on < today() and not clock.provisional else ""


class SummaryList(Listing):
    title = "申报汇总表"
    columns: ClassVar = [
        Column("quarter", "所属期", kind="quarter", link=True, sort=True),
        Column("programme.name", "项目", wide=True, omit="programme"),
        Column("bank.short_name", "填报单位"),
        Column("version", "版本", kind="number"),
        Column("status", "状态", kind="status"),
        Column("loan_count", "笔数", kind="number", value=lambda row: row.loan_count if row.checksum else None),
        Column("total_amount", "贷款金额（元）", kind="yuan", sort=True, value=lambda row: row.total_amount if row.checksum else None),
        Column("deadline.due_on", "应报日期", kind="date", sort="deadline__due_on"),
        Column("submitted_on", "报送日期", kind="date", sort=True),
        Column("lateness", "迟报", value=_lateness),
    ]
    filterset = SummaryFilter
    search: ClassVar = ["bank__name", "programme__name", "quarter"]
    search_hint = "所属期（如 2013Q2）、银行、项目"
    default_sort = "-quarter"
    empty = "还没有申报汇总表。"
    empty_hint = "每季结束后的第一天由系统按银行、项目生成，没有新贷款的也要零申报。"

    def _matches(self, word: str) -> Q:
        """A quarter too as pages print it: 2013年第二季度."""
        try:
            return super()._matches(word) | Q(quarter=str(read_quarter(word)))
        except InvalidInput:
            return super()._matches(word)
