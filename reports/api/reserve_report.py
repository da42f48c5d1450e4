"""REST resource of the reserve's income and expenditure by quarter and year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from common.serializers import MoneyField
from reserve.ledger_enums import Purpose
from reserve.models import Programme
from reserve.periods import Period

from ..selectors.reserve_report import KINDS, Flow, ReserveReport, reserve_report
from .figures import ETAG_NOTE, PeriodView, ShareField, TimesField, period_parameter


class FlowOutput(serializers.Serializer[Any]):
    account = serializers.IntegerField(source="account.pk", default=None, allow_null=True, help_text="准备金账户编号；空为全部账户合计。")
    funder_kind = serializers.CharField(source="account.funder.kind", default=None, allow_null=True, help_text="出资人类别；合计为空。")
    name = serializers.CharField(help_text="出资人简称，或合计。")
    opening = MoneyField(help_text="期初余额，元。")
    brought_in = MoneyField(help_text="期初转入（项目中途启用），元。")
    contributions = MoneyField(help_text="出资到位，元。")
    interest = MoneyField(help_text="账户利息，元。")
    recoveries = MoneyField(help_text="追偿回款，元。")
    interest_paid_out = MoneyField(help_text="利息划出，元。")
    compensation = MoneyField(help_text="代偿划款，元。")
    refunds = MoneyField(help_text="退还出资，元。")
    closing = MoneyField(help_text="期末余额，元：期初加收入减支出，与账簿一致。")
    free = MoneyField(source="held.free", help_text="其中：可用，元。")
    earmarked = MoneyField(source="held.earmarked", help_text="其中：占用，元。")
    claims_payable = MoneyField(source="held.claims_payable", help_text="其中：应付代偿款，元。")


class QuarterFlowOutput(serializers.Serializer[Any]):
    quarter = serializers.CharField(help_text="季度，写作 2013Q2。")
    flow = FlowOutput(help_text="全部账户合计。")


class IndicatorOutput(serializers.Serializer[Any]):
    quarter = serializers.CharField(source="span.code", help_text="季度，写作 2013Q2。")
    day = serializers.DateField(source="span.end", help_text="截至日（含）。")
    enterprises = serializers.IntegerField(help_text="在保户数。")
    loans = serializers.IntegerField(help_text="在保笔数。")
    owed = MoneyField(help_text="在保余额（未还本金），元。")
    leverage_of_earmarked = TimesField(allow_null=True, help_text="在保余额 ÷ 占用准备金；没有占用的为空。")
    leverage_of_balance = TimesField(allow_null=True, help_text="在保余额 ÷ 准备金余额；余额为零的为空。")
    overdue_rate = ShareField(allow_null=True, help_text="逾期率，小数；没有未还本金的为空。")
    compensation_ratio = TimesField(places=4, allow_null=True, help_text="代偿率：累计净代偿 ÷ 累计出资，小数，可为负；没有出资的为空。")
    disbursed = serializers.IntegerField(help_text="该季度放款笔数。")
    disbursed_amount = MoneyField(help_text="该季度放款金额，元。")
    declared_reserve = MoneyField(help_text="该季度申报准备金（推算），元。")


class LentOutput(serializers.Serializer[Any]):
    enterprises = serializers.IntegerField(help_text="户数。")
    loans = serializers.IntegerField(help_text="笔数。")
    amount = MoneyField(help_text="金额，元。")


class GroupOutput(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="规模，或行业大类代码（版本年份）。")
    name = serializers.CharField(help_text="中文名称。")
    made = LentOutput(help_text="本年放款。")
    in_force = LentOutput(help_text="年末在保。")


class PaidOutput(serializers.Serializer[Any]):
    entry = serializers.IntegerField(source="entry.pk", help_text="账簿分录编号。")
    sequence = serializers.IntegerField(source="entry.sequence", help_text="账簿序号。")
    value_date = serializers.DateField(source="entry.value_date", help_text="起息日。")
    counted = serializers.ChoiceField(choices=[(p.value, p.label) for p in (Purpose.CLAIM_PAYMENT, Purpose.RECOVERY)])
    reversal = serializers.SerializerMethodField(help_text="是否冲正；冲正的金额为负。")
    memo = serializers.CharField(source="entry.memo", help_text="摘要。")
    amount = MoneyField(help_text="金额，元。")

    def get_reversal(self, row: Any) -> bool:
        return bool(row.entry.purpose == Purpose.REVERSAL)


class ReportLedgerOutput(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(help_text="末笔序号；0 为尚无分录。")
    hash = serializers.CharField(help_text="末笔校验值。")


class ReserveReportOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(source="programme.code", help_text="项目代码。")
    period = serializers.CharField(help_text="报告期，2013Q2 或 2013。")
    as_of = serializers.DateField(help_text="数字截至日（含）：期末，未结束的为今天。")
    complete = serializers.BooleanField(help_text="报告期是否已结束。")
    flows = FlowOutput(many=True, help_text="各账户，最后一行为合计。")
    quarters = serializers.SerializerMethodField(help_text="年度报告：各季度全部账户的收支；季报为空。")
    indicators = IndicatorOutput(many=True, help_text="报告期内各季末的指标，最后一行为期末。")
    by_size = GroupOutput(many=True, help_text="年度报告：按批准时规模。")
    by_industry = GroupOutput(many=True, help_text="年度报告：按行业大类。")
    paid = PaidOutput(many=True, help_text="年度报告：本年代偿划款与追偿回款逐笔。")
    ledger = ReportLedgerOutput(source="head", allow_null=True, help_text="账簿末笔；项目没有账簿的为空。")

    @extend_schema_field(QuarterFlowOutput(many=True))
    def get_quarters(self, found: ReserveReport) -> Any:
        return QuarterFlowOutput([_QuarterFlow(span.code, flow) for span, flow in found.quarters], many=True).data


@dataclass(frozen=True, slots=True)
class _QuarterFlow:
    quarter: str
    flow: Flow


class ReserveReportView(PeriodView):
    """Income and expenditure of a programme's reserve in a quarter or a year."""

    kinds: ClassVar = KINDS

    @extend_schema(
        operation_id="programme_reserve_report",
        description="准备金收支季报或年度报告：各账户期初、收入、支出、期末，期末指标；年度报告另有分季度、按规模和行业、代偿与追偿。按起息日。"
        + ETAG_NOTE,
        responses=ReserveReportOutput,
        parameters=[period_parameter(KINDS)],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        def figures(programme: Programme, period: Period, on: date) -> Mapping[str, Any]:
            return ReserveReportOutput(reserve_report(programme, period, on)).data

        return self.answer_period(request, code, figures)
