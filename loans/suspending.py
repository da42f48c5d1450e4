"""Filters and lists of suspensions of new cover and of the rates kept day by day."""

import django_filters

from common.columns import Column
from common.listing import Listing
from reserve.filters import DayFilter

from .enums import SuspensionCause, SuspensionStatus
from .filters import STATES, ProgrammeFilter
from .lists import label_of
from .models import RiskRate, Suspension


class SuspensionFilter(ProgrammeFilter):
    """By bank: those of the bank alone; a suspension of all banks has none."""

    status = django_filters.ChoiceFilter(choices=SuspensionStatus.choices, label=STATES, empty_label="全部")
    cause = django_filters.ChoiceFilter(choices=SuspensionCause.choices, label="原因", empty_label="全部")

    class Meta:
        model = Suspension
        fields = ("programme", "bank", "status", "cause")


class RiskRateFilter(ProgrammeFilter):
    """By day; those of a programme's banks together have no bank."""

    day_from = DayFilter(field_name="day", lookup_expr="gte", label="日期起")
    day_to = DayFilter(field_name="day", lookup_expr="lte", label="日期止")

    class Meta:
        model = RiskRate
        fields = ("programme", "bank", "day_from", "day_to")


class SuspensionList(Listing):
    title = "暂停与恢复"
    columns = (
        Column("since", "暂停日", kind="date", link=True, sort=True),
        Column("scope", "范围"),
        Column("cause", "原因", value=label_of("cause"), sort=True),
        Column("status", "状态", kind="status", sort=True),
        Column("rate", "当日比率", kind="percent"),
        Column("part", "分子（元）", kind="yuan", sort=True),
        Column("whole", "分母（元）", kind="yuan", sort=True),
        Column("limit", "暂停线"),
        Column("resumed_on", "恢复日", kind="date", sort=True),
        Column("programme.name", "项目", wide=True, omit="programme"),
    )
    filterset = SuspensionFilter
    default_sort = "-since"
    unit = "次"
    empty = "没有暂停新增的记录。"
    empty_hint = "逾期率或代偿率超过项目规则的暂停线时自动暂停新增贷款，各方联合决定后恢复。"
