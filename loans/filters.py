"""Filters of lines, loans and repayments, for pages and endpoints alike."""

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from common.errors import InvalidInput
from common.reading import narrow
from enterprises.enums import IndustryEdition, Size
from enterprises.models import Enterprise, Recommendation
from parties.enums import OrganisationKind
from parties.models import Organisation
from reserve.filters import DayFilter, visible_programmes
from reserve.quarters import Quarter

from .enums import DRAWN, NON_PERFORMING, RUNNING, ApprovalStatus, LoanGrade, LoanStatus, NetCapitalStatus, RepaymentMethod
from .import_enums import FileKind, FileStatus, RowState, Verdict
from .models import CreditLine, ImportFile, ImportRow, Loan, NetCapital
from .rules.imports.catalogue import CATALOGUE

STATES = "状态"
PRINTED = re.compile(r"([0-9]{4})年第?([1-4一二三四])季度?")
NUMBERS = {number: place for numbers in ("1234", "一二三四") for place, number in enumerate(numbers, start=1)}
BAD = "non_performing"
RUNNING_STATE = "running"
"""Stands for every state in which principal is owed."""


def read_quarter(text: str) -> Quarter:
    """Of `2013Q2`, or as pages print it: 2013年第二季度.

    Raises: InvalidInput, of any other text.
    """
    text = text.upper()
    printed = PRINTED.fullmatch(text)
    return Quarter.parse(f"{printed[1]}Q{NUMBERS[printed[2]]}" if printed else text)


class QuarterField(forms.Field):
    """`2013Q2`, or as pages print it: 2013年第二季度. Anything else is refused."""

    widget = forms.TextInput(attrs={"placeholder": "2012Q3", "autocomplete": "off"})

    def to_python(self, value: Any) -> Quarter | None:
        text = narrow(str(value or ""))
        if not text:
            return None
        try:
            return read_quarter(text)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message, code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Quarter) else value


class QuarterFilter(django_filters.Filter):
    """Rows whose day lies in a quarter."""

    field_class = QuarterField

    def filter(self, qs: QuerySet[Any], value: Quarter | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(**{f"{self.field_name}__range": (value.start, value.end)})


def visible_banks(request: Any) -> QuerySet[Organisation]:
    """Banks of the programmes the person sees."""
    if request is None:
        return Organisation.objects.none()
    return Organisation.objects.filter(kind=OrganisationKind.BANK, memberships__programme__in=visible_programmes(request)).distinct()


def visible_enterprises(request: Any) -> QuerySet[Enterprise]:
    return Enterprise.objects.none() if request is None else Enterprise.objects.visible_to(request.user)


def visible_recommendations(request: Any) -> QuerySet[Recommendation]:
    return Recommendation.objects.none() if request is None else Recommendation.objects.visible_to(request.user)


def visible_lines(request: Any) -> QuerySet[CreditLine]:
    return CreditLine.objects.none() if request is None else CreditLine.objects.visible_to(request.user)


def visible_loans(request: Any) -> QuerySet[Loan]:
    return Loan.objects.none() if request is None else Loan.objects.visible_to(request.user)


class ProgrammeFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部")
    bank = django_filters.ModelChoiceFilter(queryset=visible_banks, label="银行", empty_label="全部")


class LineFilter(ProgrammeFilter):
    """Decisions; the quarter is that of the decision."""

    status = django_filters.ChoiceFilter(choices=ApprovalStatus.choices, label=STATES, empty_label="全部")
    quarter = QuarterFilter(field_name="decided_on", label="审批季度")
    decided_to = DayFilter(field_name="decided_on", lookup_expr="lte", label="审批日止")
    size = django_filters.ChoiceFilter(choices=Size.choices, label="批准时规模", empty_label="全部")
    industry = django_filters.CharFilter(field_name="enterprise__industry_code", lookup_expr="startswith", label="行业代码")
    valid_from = DayFilter(field_name="valid_until", lookup_expr="gte", label="用款期限起")
    valid_to = DayFilter(field_name="valid_until", lookup_expr="lte", label="用款期限止")

    class Meta:
        model = CreditLine
        fields = ("programme", "bank", "status", "quarter", "decided_to", "size", "industry", "valid_from", "valid_to")


class LineApiFilter(LineFilter):
    """Also by enterprise and recommendation (id)."""

    enterprise = django_filters.ModelChoiceFilter(queryset=visible_enterprises, label="企业")
    recommendation = django_filters.ModelChoiceFilter(queryset=visible_recommendations, label="推荐")

    class Meta:
        model = CreditLine
        fields = (*LineFilter.Meta.fields, "enterprise", "recommendation")


class LoanFilter(ProgrammeFilter):
    """The register, its rows `with_grade`; the quarter is that of the disbursement."""

    status = django_filters.ChoiceFilter(
        choices=[(RUNNING_STATE, "在贷（正常、逾期）"), *LoanStatus.choices], method="in_status", label=STATES, empty_label="全部"
    )
    grade = django_filters.ChoiceFilter(
        choices=[*LoanGrade.choices, (BAD, "不良（次级、可疑、损失）")], method="is_graded", label="五级分类", empty_label="全部"
    )
    drawn = django_filters.ChoiceFilter(choices=(("true", "是"), ("false", "否")), method="is_drawn", label="已放款", empty_label="全部")
    opening = django_filters.ChoiceFilter(choices=(("true", "是"), ("false", "否")), method="is_opening", label="期初", empty_label="全部")
    quarter = QuarterFilter(field_name="disbursed_on", label="发放季度")
    method = django_filters.ChoiceFilter(
        field_name="repayment_method", choices=RepaymentMethod.choices, label="还本付息方式", empty_label="全部"
    )
    disbursed_from = DayFilter(field_name="disbursed_on", lookup_expr="gte", label="发放日起")
    disbursed_to = DayFilter(field_name="disbursed_on", lookup_expr="lte", label="发放日止")
    due_from = DayFilter(field_name="due_on", lookup_expr="gte", label="到期日起")
    due_to = DayFilter(field_name="due_on", lookup_expr="lte", label="到期日止")
    size = django_filters.ChoiceFilter(field_name="credit_line__size", choices=Size.choices, label="批准时规模", empty_label="全部")
    industry = django_filters.CharFilter(field_name="enterprise__industry_code", lookup_expr="startswith", label="行业代码")
    edition = django_filters.ChoiceFilter(
        field_name="enterprise__industry_edition", choices=IndustryEdition.choices, label="行业分类版本", empty_label="全部"
    )

    class Meta:
        model = Loan
        fields = (
            "programme",
            "bank",
            "status",
            "grade",
            "drawn",
            "opening",
            "quarter",
            "method",
            "disbursed_from",
            "disbursed_to",
            "due_from",
            "due_to",
            "size",
            "industry",
            "edition",
        )

    def in_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(status__in=RUNNING if value == RUNNING_STATE else [value])

    def is_graded(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the grade in force, which `rows` carry: running loans alone."""
        return rows.filter(grade__in=NON_PERFORMING if value == BAD else [value])

    def is_opening(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        """Disbursed before the programme was run here."""
        return rows.filter(opening_on__isnull=value != "true")

    def is_drawn(self, rows: QuerySet[Loan], name: str, value: str) -> QuerySet[Loan]:
        """Whether the money went out, repaid since or not: what the statistics count."""
        return rows.filter(status__in=DRAWN) if value == "true" else rows.exclude(status__in=DRAWN)


class LoanApiFilter(LoanFilter):
    """Also by enterprise and line (id)."""

    enterprise = django_filters.ModelChoiceFilter(queryset=visible_enterprises, label="企业")
    credit_line = django_filters.ModelChoiceFilter(queryset=visible_lines, label="授信")

    class Meta:
        model = Loan
        fields = (*LoanFilter.Meta.fields, "enterprise", "credit_line")


class WrittenQuarterFilter(django_filters.Filter):
    """Rows that name a quarter in a column, written `2013Q2`."""

    field_class = QuarterField

    def filter(self, qs: QuerySet[Any], value: Quarter | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(**{self.field_name: str(value)})


class NetCapitalFilter(django_filters.FilterSet):
    bank = django_filters.ModelChoiceFilter(queryset=visible_banks, label="银行", empty_label="全部")
    status = django_filters.ChoiceFilter(choices=NetCapitalStatus.choices, label=STATES, empty_label="全部")

    class Meta:
        model = NetCapital
        fields = ("bank", "status")


class ImportFileFilter(django_filters.FilterSet):
    programme = django_filters.ModelChoiceFilter(queryset=visible_programmes, to_field_name="code", label="项目", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=FileKind.choices, label="种类", empty_label="全部")
    status = django_filters.ChoiceFilter(choices=FileStatus.choices, label=STATES, empty_label="全部")

    class Meta:
        model = ImportFile
        fields = ("programme", "kind", "status")


class ImportRowFilter(django_filters.FilterSet):
    """Rows of a file by verdict, by what became of them, by exception."""

    verdict = django_filters.ChoiceFilter(choices=Verdict.choices, label="结论", empty_label="全部")
    state = django_filters.ChoiceFilter(choices=RowState.choices, label="采纳", empty_label="全部")
    code = django_filters.ChoiceFilter(
        choices=[(code, f"{code} {entry.name}") for code, entry in CATALOGUE.items() if code[1] != "0"],
        method="with_code",
        label="例外",
        empty_label="全部",
    )

    class Meta:
        model = ImportRow
        fields = ("verdict", "state", "code")

    def with_code(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(codes__contains=f" {value} ")
