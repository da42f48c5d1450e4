"""Lists of the reports app."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from common.columns import Column
from common.http import today
from common.listing import Listing
from loans.filters import DayFilter, WrittenQuarterFilter, visible_banks, visible_programmes

from .enums import SummaryStatus
from .models import QuarterlySummary
from .selectors.arrears import BUCKETS


class SummaryFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(field_name="programme", queryset=visible_programmes, to_field_name="code", label="项目")
    bank = django_filters.ModelChoiceFilter(field_name="bank", queryset=visible_banks, label="填报单位")
    quarter = WrittenQuarterFilter(field_name="quarter", label="所属期")
    status = django_filters.ChoiceFilter(choices=SummaryStatus.choices, label="状态")


class AgeingFilter(django_filters.FilterSet):
    """Loans `owing` on the day that `as_of` names: the view has asked for them."""

    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部")
    bank = django_filters.ModelChoiceFilter(queryset=visible_banks, label="银行", empty_label="全部")
    as_of = DayFilter(label="截至", method="as_it_is")
    bucket = django_filters.ChoiceFilter(choices=list(BUCKETS.items()), label="逾期天数", empty_label="全部")

    def as_it_is(self, rows: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return rows


class AgeingLoanList(Listing):
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
        Column("programme.name", "项目", omit="programme"),
        Column("as_of", "截至", kind="date"),
    ]
    filterset = AgeingFilter
    search: ClassVar = ["enterprise_name", "enterprise__name", "enterprise__initials__istartswith", "note_no"]
    search_hint = "企业名称、借据号"
    default_sort = "due_on"
    unit = "笔"
    empty = "截至该日没有未还的贷款。"


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
