"""Filters and lists of what the bank tells of running loans: early warnings, inspections, and the watch list."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet

from common.columns import Column
from common.http import today
from enterprises.lists import EnterpriseListing
from reserve.filters import DayFilter, visible_programmes
from reserve.quarters import Quarter

from .enums import InspectionResult, LoanGrade, WarningKind, WarningStatus, WatchReason
from .filters import (
    STATES,
    ProgrammeFilter,
    WrittenQuarterFilter,
    visible_banks,
    visible_enterprises,
    visible_loans,
)
from .lists import LoanList, label_of
from .models import EarlyWarning, Inspection, Loan
from .rules.inspections import is_late
from .selectors.watch import because_of, reasons


class OfLoanFilter(django_filters.FilterSet):
    """Of rows with a `loan`."""

    programme = django_filters.ModelChoiceFilter(
        field_name="loan__programme", queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部"
    )
    bank = django_filters.ModelChoiceFilter(field_name="loan__bank", queryset=visible_banks, label="银行", empty_label="全部")


class WarningFilter(OfLoanFilter):
    status = django_filters.ChoiceFilter(choices=WarningStatus.choices, label=STATES, empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=WarningKind.choices, label="预警种类", empty_label="全部")
    learned_from = DayFilter(field_name="learned_on", lookup_expr="gte", label="获知日起")
    learned_to = DayFilter(field_name="learned_on", lookup_expr="lte", label="获知日止")

    class Meta:
        model = EarlyWarning
        fields = ("programme", "bank", "status", "kind", "learned_from", "learned_to")


class WarningApiFilter(WarningFilter):
    """Also by loan and enterprise (id)."""

    loan = django_filters.ModelChoiceFilter(queryset=visible_loans, label="贷款")
    enterprise = django_filters.ModelChoiceFilter(field_name="loan__enterprise", queryset=visible_enterprises, label="企业")

    class Meta:
        model = EarlyWarning
        fields = (*WarningFilter.Meta.fields, "loan", "enterprise")


class InspectionFilter(OfLoanFilter):
    quarter = WrittenQuarterFilter(label="所属季度")
    result = django_filters.ChoiceFilter(choices=InspectionResult.choices, label="结论", empty_label="全部")

    class Meta:
        model = Inspection
        fields = ("programme", "bank", "quarter", "result")


class InspectionApiFilter(InspectionFilter):
    """Also by loan and enterprise (id)."""

    loan = django_filters.ModelChoiceFilter(queryset=visible_loans, label="贷款")
    enterprise = django_filters.ModelChoiceFilter(field_name="loan__enterprise", queryset=visible_enterprises, label="企业")

    class Meta:
        model = Inspection
        fields = (*InspectionFilter.Meta.fields, "loan", "enterprise")


class InspectionDueFilter(ProgrammeFilter):
    """Loans `with_inspection`."""

    quarter = WrittenQuarterFilter(field_name="uninspected", label="应做季度")

    class Meta:
        model = Loan
        fields = ("programme", "bank", "quarter")


class WatchFilter(ProgrammeFilter):
    """Loans that are `watched` today."""

    reason = django_filters.ChoiceFilter(choices=WatchReason.choices, method="is_watched_for", label="原因", empty_label="全部")

    class Meta:
        model = Loan
        fields = ("programme", "bank", "reason")

    def is_watched_for(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return because_of(rows, value, today())


class WarningList(EnterpriseListing):
    title = "预警报告"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("kind", "种类", value=label_of("kind"), sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("learned_on", "获知日期", kind="date", sort=True),
        Column("happened_on", "发生日期", kind="date", sort=True),
        Column("what", "情况", wide=True),
        Column("measures", "已采取的措施", wide=True),
        Column("loan.note_no", "借据号", link=lambda row: row.loan.get_absolute_url()),
        Column("loan.outstanding", "本金余额（元）", kind="yuan", sort=True),
        Column("reported_by.name", "报告人"),
        Column("lifted_on", "解除日期", kind="date", sort=True),
        Column("lift_reason", "解除理由"),
        Column("loan.bank.short_name", "银行"),
        Column("loan.programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = WarningFilter
    enterprise = "loan__enterprise"
    search = ("loan__note_no", "what", "measures")
    search_hint = "企业名称、借据号、情况"
    default_sort = "-learned_on"
    unit = "份"
    empty = "还没有预警报告。"
    empty_hint = "银行经办人获知企业停产、涉诉、欠薪、失联或他行逾期时，从贷款页“报告预警”。"


class InspectionList(EnterpriseListing):
    title = "贷后检查"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=lambda row: row.loan.get_absolute_url(), sort=True, wide=True),
        Column("quarter", "所属季度", kind="quarter", sort=True),
        Column("inspected_on", "检查日期", kind="date", sort=True),
        Column("result", "结论", kind="status", sort=True),
        Column("use_of_funds", "资金用途", wide=True),
        Column("operation", "经营情况", wide=True),
        Column("repayment_ability", "还款能力", wide=True),
        Column("note", "备注"),
        Column("loan.note_no", "借据号"),
        Column("entered_by.name", "检查人"),
        Column("loan.bank.short_name", "银行"),
        Column("loan.programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = InspectionFilter
    enterprise = "loan__enterprise"
    search = ("loan__note_no", "operation", "note")
    search_hint = "企业名称、借据号、经营情况"
    default_sort = "-quarter"
    unit = "次"
    empty = "还没有贷后检查记录。"
    empty_hint = "由银行经办人从贷款页“登记贷后检查”。"
    template = "loans/inspection_list.html"


class InspectionDueList(EnterpriseListing):
    """Rows: loans `with_inspection` that owe one."""

    title = "应做未做的贷后检查"
    filterset = InspectionDueFilter
    search = LoanList.search
    search_hint = LoanList.search_hint
    default_sort = "uninspected"
    unit = "笔"
    empty = "没有应做未做的贷后检查。"
    empty_hint = "在贷自发放的次季度起每季检查一次，季末以前登记。"
    template = "loans/inspection_due.html"

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

        def owed(row: Any) -> Quarter:
            return Quarter.parse(row.uninspected)

        self.columns = (  # type: ignore[misc]  # what is late goes by the day of this request
            Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
            Column("uninspected", "应做季度", kind="quarter", sort=True),
            Column("due", "期限", kind="date", value=lambda row: owed(row).end),
            Column("late", "情况", value=lambda row: "已逾期" if is_late(owed(row), on) else "本季度待做"),
            Column("note_no", "借据号", sort=True),
            Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
            Column("due_on", "到期日期", kind="date", sort=True),
            Column("bank.short_name", "银行"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )


class WatchList(EnterpriseListing):
    """Rows: `watched` loans."""

    title = "关注名单"
    filterset = WatchFilter
    search = LoanList.search
    search_hint = LoanList.search_hint
    unit = "笔"
    empty = "目前没有需要关注的贷款。"
    empty_hint = "逾期、分类下降、银行报告预警、检查发现问题或逾期未做、即将到期的在贷，自动列在这里。"
    template = "loans/watch_list.html"

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = (  # type: ignore[misc]  # reasons go by the day of this request
            Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
            Column("gravity", "主要原因", value=lambda row: next(iter(reasons(row, on))).label, sort=True),
            Column("why", "全部原因", value=lambda row: "；".join(reasons(row, on).values()), wide=True),
            Column("outstanding", "本金余额（元）", kind="yuan", sort=True, total=True),
            Column("earmarked", "占用准备金（元）", kind="yuan", sort=True, total=True),
            Column("due_on", "到期日期", kind="date", sort=True),
            Column("grade", "五级分类", value=lambda row: LoanGrade(row.grade).label),
            Column("note_no", "借据号", sort=True),
            Column("bank.short_name", "银行"),
            Column("programme.name", "项目", wide=True, omit="programme"),
        )
