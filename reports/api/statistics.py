"""REST resource of a programme's published figures (architecture §9)."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from common.serializers import MoneyField

from ..selectors.statistics import statistics
from .figures import AS_OF, ETAG_NOTE, FiguresView, ShareField


class SizeOutput(serializers.Serializer[Any]):
    size = serializers.CharField(help_text="首次获批时的规模：large、medium、small、micro。")
    label = serializers.CharField(help_text="规模的中文名称。")  # type: ignore[assignment]  # the stubs take it for the field's own
    enterprises = serializers.IntegerField(help_text="企业家数。")
    share = ShareField(help_text="占全部获批企业的比例，小数。")


class IndustryOutput(serializers.Serializer[Any]):
    edition = serializers.CharField(help_text="GB/T 4754 的版本年份。")
    code = serializers.CharField(help_text="行业大类代码。")
    name = serializers.CharField(help_text="行业大类名称。")
    enterprises = serializers.IntegerField(help_text="企业家数。")
    share = ShareField(help_text="占全部获批企业的比例，小数。")
    credit_amount = MoneyField(help_text="授信金额，元。")


class QuarterOutput(serializers.Serializer[Any]):
    quarter = serializers.CharField(help_text="季度，写作 2013Q2。")
    approvals = serializers.IntegerField(help_text="该季度批准的授信笔数，按审批日期。")
    credit_amount = MoneyField(help_text="该季度批准的授信金额，元。")
    loans = serializers.IntegerField(help_text="该季度发放的笔数，按发放日期。")
    loan_amount = MoneyField(help_text="该季度发放的金额，元。")
    declared_reserve = MoneyField(help_text="该季度申报准备金（推算），元。")
    declared_reserve_provincial = MoneyField(source="declared_provincial", help_text="其中省级，元。")


class StatisticsOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(help_text="项目代码。")
    as_of = serializers.DateField(help_text="统计截至日（含）。")
    batches = serializers.IntegerField(help_text="截至日前已发送的推荐批次数。")
    enterprises = serializers.IntegerField(help_text="获批企业家数；续贷不重复计户。")
    approvals = serializers.IntegerField(help_text="获批授信笔数。")
    credit_amount = MoneyField(help_text="授信金额：按审批日期累计，授信失效不减。")
    loans = serializers.IntegerField(help_text="放款笔数。")
    loan_amount = MoneyField(help_text="放款金额，元。")
    declared_reserve = MoneyField(help_text="累计申报准备金（推算）：每笔发放时占用额之和，释放不减；不是到位资金。")
    declared_reserve_provincial = MoneyField(help_text="累计申报准备金（推算）中的省级部分。")
    by_size = SizeOutput(many=True)
    by_industry = IndustryOutput(many=True)
    by_quarter = QuarterOutput(many=True)


class StatisticsView(FiguresView):
    """The published figures of a programme up to a day, computed from its records."""

    @extend_schema(
        operation_id="programme_statistics",
        description="项目截至某日的统计：批次、企业、授信、申报准备金（推算），并按规模、行业、季度分列。" + ETAG_NOTE,
        responses=StatisticsOutput,
        parameters=[AS_OF],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        return self.answer(request, code, lambda programme, day: StatisticsOutput(_Named(statistics(programme, day), programme.code)).data)


class _Named:
    """Statistics with the code of their programme."""

    def __init__(self, figures: Any, programme: str) -> None:
        self._figures, self.programme = figures, programme

    def __getattr__(self, name: str) -> Any:
        return getattr(self._figures, name)
