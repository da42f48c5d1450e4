"""REST resource of the half-yearly and yearly report to the province."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from common.serializers import MoneyField, RateField
from reserve.models import Programme
from reserve.periods import Period

from ..selectors.effect_report import KINDS, effect_report
from .figures import ETAG_NOTE, PeriodView, period_parameter


class BenefitFigures(serializers.Serializer[Any]):
    output = MoneyField(help_text="新增产值，元。")
    tax = MoneyField(help_text="新增税收，元。")
    jobs = serializers.IntegerField(help_text="新增就业，人。")
    patents = serializers.IntegerField(help_text="新增授权专利，件。")


class EnterpriseEffectOutput(serializers.Serializer[Any]):
    enterprise = serializers.IntegerField(source="enterprise.pk", help_text="企业编号。")
    enterprise_name = serializers.CharField(source="enterprise.name", help_text="企业名称。")
    loans = serializers.IntegerField(help_text="报告期放款笔数。")
    amount = MoneyField(help_text="报告期放款金额，元。")
    rate = RateField(allow_null=True, help_text="按金额加权的平均年利率，%；没有放款的为空。")
    in_force = serializers.IntegerField(help_text="期末在保笔数。")
    owed = MoneyField(help_text="期末在保余额，元。")
    first_here = serializers.BooleanField(help_text="在本项目的第一笔贷款于报告期内发放。")
    first_bank_loan = serializers.BooleanField(allow_null=True, help_text="首贷户，银行审批时填报；未填报的为空。")
    halves = serializers.ListField(child=serializers.IntegerField(), help_text="已填报成效的半年：1 上半年，2 下半年。")
    benefits = BenefitFigures(allow_null=True, help_text="已填报的成效之和；没有填报的为空。")


class EffectReportOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(source="programme.code", help_text="项目代码。")
    period = serializers.CharField(help_text="报告期，2013H1 或 2013。")
    as_of = serializers.DateField(help_text="数字截至日（含）：期末，未结束的为今天。")
    complete = serializers.BooleanField(help_text="报告期是否已结束。")
    enterprises = serializers.IntegerField(help_text="放款户数。")
    loans = serializers.IntegerField(help_text="放款笔数。")
    amount = MoneyField(help_text="放款金额，元。")
    rate = RateField(allow_null=True, help_text="按金额加权的平均年利率，%；没有放款的为空。")
    first_bank_loans = serializers.IntegerField(help_text="首贷户数。")
    first_unstated = serializers.IntegerField(help_text="首次在本项目贷款、银行没有填报是否首贷户的户数。")
    in_force_enterprises = serializers.IntegerField(help_text="期末在保户数。")
    in_force = serializers.IntegerField(help_text="期末在保笔数。")
    owed = MoneyField(help_text="期末在保余额，元。")
    benefits = BenefitFigures(help_text="成效合计，只含已填报的。")
    reported = serializers.IntegerField(help_text="成效填报齐全的户数。")
    unreported = serializers.IntegerField(help_text="有放款或在保、成效未填报齐全的户数。")
    rows = EnterpriseEffectOutput(many=True, help_text="分企业，按名称。")


class EffectReportView(PeriodView):
    """What the programme lent and the enterprises gained in half a year or a year."""

    kinds: ClassVar = KINDS

    @extend_schema(
        operation_id="programme_effect_report",
        description="上报省的半年报、年报：户数、笔数、金额、余额、平均利率、首贷户，分企业的新增产值、税收、就业、专利。" + ETAG_NOTE,
        responses=EffectReportOutput,
        parameters=[period_parameter(KINDS)],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        def figures(programme: Programme, period: Period, on: date) -> Mapping[str, Any]:
            return EffectReportOutput(effect_report(programme, period, on)).data

        return self.answer_period(request, code, figures)
