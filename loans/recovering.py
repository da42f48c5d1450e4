"""Filters and lists of what is recovered after a compensation, and of what the bank has to report of it."""

import django_filters
from django.db.models import Q

from common.columns import Column
from common.filters import IntegerFilter
from enterprises.lists import EnterpriseListing
from reserve.enums import JointStatus
from reserve.filters import DayFilter, visible_programmes
from reserve.models import JointDecision

from .claim_enums import VOID, RecoverySource, RecoveryStatus
from .filters import STATES, ProgrammeFilter, WrittenQuarterFilter, visible_banks, visible_loans
from .lists import LoanList, label_of
from .models import Loan, Recovery, RecoveryReport
from .watching import OfLoanFilter


class RecoveryFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部")
    bank = django_filters.ModelChoiceFilter(field_name="loan__bank", queryset=visible_banks, label="银行", empty_label="全部")
    status = django_filters.ChoiceFilter(choices=RecoveryStatus.choices, label=STATES, empty_label="全部")
    source = django_filters.ChoiceFilter(choices=RecoverySource.choices, label="来源", empty_label="全部")
    received_from = DayFilter(field_name="received_on", lookup_expr="gte", label="收到日起")
    received_to = DayFilter(field_name="received_on", lookup_expr="lte", label="收到日止")

    class Meta:
        model = Recovery
        fields = ("programme", "bank", "status", "source", "received_from", "received_to")


class RecoveryApiFilter(RecoveryFilter):
    """Also by loan (id)."""

    loan = django_filters.ModelChoiceFilter(queryset=visible_loans, label="贷款")

    class Meta:
        model = Recovery
        fields = (*RecoveryFilter.Meta.fields, "loan")


class RecoveryReportApiFilter(OfLoanFilter):
    quarter = WrittenQuarterFilter(label="所属季度")
    loan = django_filters.ModelChoiceFilter(queryset=visible_loans, label="贷款")

    class Meta:
        model = RecoveryReport
        fields = ("programme", "bank", "quarter", "loan")


class WriteOffApiFilter(django_filters.FilterSet):
    """Joint decisions about loans; `loan` is the subject."""

    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目")
    status = django_filters.ChoiceFilter(choices=JointStatus.choices, label=STATES)
    loan = IntegerFilter(field_name="subject_id", label="贷款编号")

    class Meta:
        model = JointDecision
        fields = ("programme", "status", "loan")


class ReportDueFilter(ProgrammeFilter):
    """Loans `without_report`."""

    class Meta:
        model = Loan
        fields = ("programme", "bank")


class RecoveryList(EnterpriseListing):
    """Rows: recoveries with their `loan`, its bank and programme, and `net`."""

    title = "追偿回款"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("received_on", "收到日期", kind="date", sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("source", "来源", value=label_of("source")),
        Column("gross", "追回金额（元）", kind="yuan", sort=True, total=True),
        Column("cost", "追偿费用（元）", kind="yuan", total=True),
        Column("net_amount", "净额（元）", kind="yuan", sort=True, total=True, term="追偿净额"),
        Column("returned", "归准备金（元）", kind="yuan", sort=True, total=True),
        Column("returned_provincial", "其中：省（元）", kind="yuan", total=True),
        Column("kept", "归银行（元）", kind="yuan", value=lambda row: row.kept_by_bank),
        Column("remitted_on", "划回日期", kind="date", sort=True),
        Column("receipt_no", "回单号"),
        Column("loan.note_no", "借据号", link=lambda row: row.loan.get_absolute_url()),
        Column("loan.bank.short_name", "银行"),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = RecoveryFilter
    enterprise = "loan__enterprise"
    search = ("loan__note_no", "note", "receipt_no")
    search_hint = "企业名称、借据号、回单号"
    default_sort = "-received_on"
    counts = ~Q(status__in=VOID)
    total_label = "合计（不含作废、撤销）"
    unit = "笔"
    empty = "还没有追偿回款。"
    empty_hint = "代偿以后收到的款项，由银行经办人从贷款页“登记追偿回款”，复核后按代偿比例分配。"
    template = "loans/recovery_list.html"


class ReportDueList(EnterpriseListing):
    """Rows: loans `without_report`."""

    title = "追偿进展应报未报"
    columns = (
        Column("enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("note_no", "借据号", sort=True),
        Column("compensated_on", "代偿日期", kind="date", sort=True),
        Column("compensated", "代偿基数（元）", kind="yuan", sort=True, total=True),
        Column("claim.paid", "代偿金额（元）", kind="yuan", sort=True, total=True),
        Column("bank.short_name", "银行"),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = ReportDueFilter
    search = LoanList.search
    search_hint = LoanList.search_hint
    default_sort = "compensated_on"
    unit = "笔"
    empty = "没有应报未报的追偿进展。"
    empty_hint = "已代偿、尚未结清或核销的贷款，每季结束后由银行经办人从贷款页“报告追偿进展”。"
    template = "loans/report_due.html"
