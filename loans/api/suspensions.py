"""REST resources of suspensions of new cover, and of the rates kept day by day."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet
from reserve.enums import JointKind
from reserve.selectors.joint import decisions_about
from reserve.serializers import GroundsInput, JointDecisionOutput, JointWordInput

from ..models import RiskRate, Suspension
from ..services import suspensions
from ..suspending import RiskRateFilter, SuspensionFilter


class SuspensionOutput(serializers.ModelSerializer[Suspension]):
    programme = serializers.CharField(source="programme.code")
    bank = serializers.IntegerField(source="bank_id", allow_null=True, help_text="银行编号；空为全部银行")
    part = MoneyField(help_text="分子：计入逾期的本金，或净代偿，元")
    whole = MoneyField(help_text="分母：未还本金，或出资，元")
    line = serializers.CharField(help_text="暂停线，小数或分数")
    rate = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, help_text="暂停日的比率，小数")
    decisions = serializers.SerializerMethodField(help_text="提请恢复的记录，最近的在前")

    class Meta:
        model = Suspension
        fields = (
            "id",
            "programme",
            "bank",
            "cause",
            "since",
            "part",
            "whole",
            "line",
            "rate",
            "status",
            "resumed_on",
            "cleared_on",
            "decisions",
        )
        read_only_fields = fields

    @extend_schema_field(JointDecisionOutput(many=True))
    def get_decisions(self, row: Suspension) -> Any:
        return JointDecisionOutput(decisions_about(row, JointKind.RESUMPTION), many=True).data


class SuspensionViewSet(ServiceViewSet):
    """New cover is suspended when a rate passes its stop, and resumed when all parties have agreed."""

    queryset_model = Suspension
    serializer_class = SuspensionOutput
    filterset_class = SuspensionFilter
    ordering_fields = ("since", "resumed_on")
    related = ("programme", "bank")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "propose_resumption": "resumption.propose",
        "speak": "joint.speak",
        "withdraw": "joint.withdraw",
    }

    @extend_schema(request=GroundsInput, responses=SuspensionOutput)
    @action(detail=True, methods=["post"], url_path="propose-resumption")
    def propose_resumption(self, request: Request, pk: str) -> Response:
        """An officer of the centre, the bureau, the town or the bank puts the resumption to all parties."""
        return self.perform(request, suspensions.propose_resumption, GroundsInput, obj=self.get_object())

    @extend_schema(request=JointWordInput, responses=SuspensionOutput)
    @action(detail=True, methods=["post"])
    def speak(self, request: Request, pk: str) -> Response:
        """A party's reviewer agrees, or refuses with an opinion; the last to agree resumes."""
        return self.perform(request, suspensions.speak_on_resumption, JointWordInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=SuspensionOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The organisation that proposed takes it back."""
        return self.perform(request, suspensions.withdraw_resumption, ReasonInput, obj=self.get_object())


class RiskRateOutput(serializers.ModelSerializer[RiskRate]):
    programme = serializers.CharField(source="programme.code")
    bank = serializers.IntegerField(source="bank_id", allow_null=True, help_text="银行编号；空为全部银行")
    owed = MoneyField(help_text="未还本金，元")
    overdue = MoneyField(help_text="计入逾期的本金，元")
    overdue_rate = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, help_text="逾期率，小数")
    compensated = MoneyField(help_text="净代偿（已付减已回），元")
    contributed = MoneyField(help_text="项目已到位的出资，元")
    compensation_ratio = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True, help_text="代偿率，小数")

    class Meta:
        model = RiskRate
        fields = (
            "id",
            "programme",
            "bank",
            "day",
            "owed",
            "overdue",
            "overdue_rate",
            "compensated",
            "contributed",
            "compensation_ratio",
            "warns",
            "overdue_stops",
            "compensation_stops",
        )
        read_only_fields = fields


class RiskRateViewSet(ServiceViewSet):
    """Overdue rate and compensation ratio of programmes and banks, day by day, as the nightly job kept them."""

    queryset_model = RiskRate
    serializer_class = RiskRateOutput
    filterset_class = RiskRateFilter
    ordering_fields = ("day",)
    related = ("programme",)
