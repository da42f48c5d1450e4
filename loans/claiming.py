"""Filters and lists of claims."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from common.columns import Column
from common.listing import number_in
from enterprises.lists import EnterpriseListing
from reserve.filters import DayFilter

from .claim_enums import ENDED, FUNDED, OPEN, ClaimStatus, ClaimTrigger
from .filters import STATES, visible_enterprises, visible_loans
from .lists import label_of
from .models import Claim
from .watching import OfLoanFilter

IN_HAND = "open"
SET_ASIDE = "funded"
STATES_OF = {IN_HAND: OPEN, SET_ASIDE: FUNDED}


class ClaimFilter(OfLoanFilter):
    """Claims; one state stands for all that are not ended, one for those whose money is set aside."""

    status = django_filters.ChoiceFilter(
        choices=[(IN_HAND, "在办（未办结）"), (SET_ASIDE, "已备付、未划款"), *ClaimStatus.choices],
        method="in_status",
        label=STATES,
        empty_label="全部",
    )
    filed_from = DayFilter(field_name="filed_on", lookup_expr="gte", label="报送日起")
    filed_to = DayFilter(field_name="filed_on", lookup_expr="lte", label="报送日止")

    class Meta:
        model = Claim
        fields = ("programme", "bank", "status", "filed_from", "filed_to")

    def in_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(status__in=STATES_OF.get(value, [value]))


class ClaimApiFilter(ClaimFilter):
    """Also by trigger, loan and enterprise (id)."""

    trigger = django_filters.ChoiceFilter(choices=ClaimTrigger.choices, label="触发条件")
    loan = django_filters.ModelChoiceFilter(queryset=visible_loans, label="贷款")
    enterprise = django_filters.ModelChoiceFilter(field_name="loan__enterprise", queryset=visible_enterprises, label="企业")

    class Meta:
        model = Claim
        fields = (*ClaimFilter.Meta.fields, "trigger", "loan", "enterprise")


class ClaimList(EnterpriseListing):
    title = "代偿申请"
    columns = (
        Column("loan.enterprise_name", "企业名称", link=True, sort=True, wide=True),
        Column("number", "编号", kind="number", sort=True),
        Column("status", "状态", kind="status"),
        Column("asked", "申请金额（元）", kind="yuan", sort=True, total=True),
        Column("granted", "核准金额（元）", kind="yuan", sort=True, total=True),
        Column("paid", "代偿金额（元）", kind="yuan", sort=True, total=True),
        Column("paid_provincial", "其中：省（元）", kind="yuan", total=True),
        Column("loan.note_no", "借据号"),
        Column("trigger", "触发条件", value=label_of("trigger")),
        Column("triggered_on", "触发日", kind="date", sort=True),
        Column("filed_on", "报送日期", kind="date", sort=True),
        Column("decided_on", "审定日期", kind="date", sort=True),
        Column("paid_on", "划款日期", kind="date", sort=True),
        Column("loan.bank.short_name", "银行"),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = ClaimFilter
    enterprise = "loan__enterprise"
    search = ("loan__note_no",)
    search_hint = "企业名称、代码、借据号、编号"
    default_sort = "-number"
    counts = ~Q(status__in=ENDED)
    total_label = "合计（不含已撤回、不予代偿）"
    unit = "件"
    empty = "还没有代偿申请。"
    empty_hint = "贷款本金逾期达到触发天数，或五级分类为次级及以下的，由银行经办人从贷款页“申请代偿”。"
    template = "loans/claim_list.html"

    def _matches(self, word: str) -> Q:
        """Its own number too, as 3 or 第3号."""
        return super()._matches(word) | Q(number=number_in(word, "号"))
