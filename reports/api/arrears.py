"""REST resources of a programme's arrears."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from common.serializers import MoneyField
from reserve.models import Programme

from ..enums import Step
from ..selectors.arrears import BUCKETS, ageing
from ..selectors.overdue import overdue_rates, read_step
from .figures import AS_OF, ETAG_NOTE, FiguresView, ShareField


class BucketOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(BUCKETS.items()), help_text="逾期天数的上限；0 为未逾期，beyond 为 360 天以上。")
    label = serializers.CharField(help_text="逾期天数的中文名称。")  # type: ignore[assignment]  # the stubs take it for the field's own
    loans = serializers.IntegerField(help_text="笔数。")
    owed = MoneyField(help_text="未还本金，元。")
    share = ShareField(help_text="占全部未还本金的比例，小数。")
    occupied = MoneyField(help_text="占用准备金，元。")


class BankAgeingOutput(serializers.Serializer[Any]):
    bank = serializers.IntegerField(allow_null=True, help_text="银行编号；空为全部银行。")
    name = serializers.CharField(help_text="银行简称。")
    loans = serializers.IntegerField(help_text="笔数合计。")
    owed = MoneyField(help_text="未还本金合计，元。")
    occupied = MoneyField(help_text="占用准备金合计，元。")
    buckets = BucketOutput(many=True)


class AgeingOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(help_text="项目代码。")
    as_of = serializers.DateField(help_text="截至日（含）。")
    tables = BankAgeingOutput(many=True, help_text="先全部银行；有几家银行的，其后每家一张。")


class AgeingView(FiguresView):
    """The ageing table of a programme at the end of a day, by what is known now."""

    @extend_schema(
        operation_id="programme_ageing",
        description="项目截至某日的逾期账龄：各逾期天数的笔数、未还本金、占比、占用准备金，按今天所知重算。" + ETAG_NOTE,
        responses=AgeingOutput,
        parameters=[AS_OF],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        return self.answer(
            request,
            code,
            lambda programme, day: AgeingOutput({"programme": programme.code, "as_of": day, "tables": ageing(programme, day)}).data,
        )


class RatePointOutput(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="截至日（含）。")
    min_days = serializers.IntegerField(source="rules.overdue_rate_min_days", help_text="逾期超过此天数的贷款计入。")
    owed = MoneyField(help_text="未还本金，元。")
    overdue = MoneyField(help_text="计入逾期的贷款的未还本金，元。")
    rate = ShareField(allow_null=True, help_text="逾期率，小数；没有未还本金的为空。")
    warns = serializers.BooleanField(help_text="是否超过预警线。")
    stops = serializers.BooleanField(help_text="是否超过暂停线（自规定的规模起算）。")


class RateSeriesOutput(serializers.Serializer[Any]):
    bank = serializers.IntegerField(allow_null=True, help_text="银行编号；空为全部银行。")
    name = serializers.CharField(help_text="银行简称。")
    points = RatePointOutput(many=True)


class OverdueRateOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(help_text="项目代码。")
    as_of = serializers.DateField(help_text="截至日（含）。")
    step = serializers.ChoiceField(choices=Step.choices)
    series = RateSeriesOutput(many=True, help_text="先全部银行；有几家银行的，其后每家一列。还没有贷款的为空。")


class OverdueRateView(FiguresView):
    """The overdue rate of a programme at the ends of its quarters or months."""

    parameters: ClassVar[tuple[str, ...]] = ("as_of", "step")

    @extend_schema(
        operation_id="programme_overdue_rate",
        description="项目各季末（或月末）和截至日的逾期率，按今天所知重算。" + ETAG_NOTE,
        responses=OverdueRateOutput,
        parameters=[AS_OF, OpenApiParameter("step", enum=Step.values, description="间隔，默认 quarter。")],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        step = read_step(request.query_params.get("step", ""))

        def figures(programme: Programme, day: date) -> Mapping[str, Any]:
            series = overdue_rates(programme, day, step)
            return OverdueRateOutput({"programme": programme.code, "as_of": day, "step": step, "series": series}).data

        return self.answer(request, code, figures)
