"""Lists of the reports app."""

from typing import ClassVar

import django_filters

from common.columns import Column
from common.http import today
from common.listing import Listing
from loans.filters import WrittenQuarterFilter, visible_banks, visible_programmes

from .enums import SummaryStatus
from .models import QuarterlySummary


class SummaryFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(field_name="programme", queryset=visible_programmes, to_field_name="code", label="项目")
    bank = django_filters.ModelChoiceFilter(field_name="bank", queryset=visible_banks, label="填报单位")
    quarter = WrittenQuarterFilter(field_name="quarter", label="所属期")
    status = django_filters.ChoiceFilter(choices=SummaryStatus.choices, label="状态")


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
