"""REST resource of the bank's decisions: proposed by an officer, confirmed by another person."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import today
from common.serializers import MoneyField, RateField
from enterprises.enums import Size
from parties.api import VersionedReasonInput, VersionInput, caller

from ..enums import Decision, Guarantee, RepaymentMethod
from ..filters import LineApiFilter
from ..models import CreditLine
from ..rules.concentration import Concentration
from ..selectors.concentration import excesses_of_lines
from ..services import approvals
from .fields import RecommendationField, Warned, WarnedViewSet


class ApprovalTerms(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    amount = MoneyField(required=False, allow_null=True)
    term_months = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=360)
    annual_rate = RateField(required=False, allow_null=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False, allow_blank=True)
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, required=False, allow_blank=True)
    first_bank_loan = serializers.BooleanField(required=False, allow_null=True, help_text="首贷户：此前没有任何银行贷款；未填报的为空。")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ApprovalInput(ApprovalTerms):
    recommendation = RecommendationField()


class ApprovalChange(ApprovalTerms):
    version = serializers.IntegerField()


class ApprovalOutput(Warned, serializers.ModelSerializer[CreditLine]):
    """A decision with what of it is drawn and what is not."""

    programme = serializers.CharField(source="programme.code")
    enterprise_name = serializers.CharField(source="recommendation.enterprise_name")
    recommended_amount = MoneyField(source="recommendation.amount")
    amount = MoneyField(allow_null=True)
    annual_rate = RateField(allow_null=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, allow_blank=True, help_text="不同意时为空")
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, allow_blank=True, help_text="不同意时为空")
    size = serializers.ChoiceField(choices=Size.choices, allow_blank=True, help_text="批准时规模；未批准的为空")
    drawn = MoneyField(help_text="已提用：已复核放款之和")
    undrawn = MoneyField(help_text="未提用；未批准的为 0")
    proposed_by = serializers.CharField(source="proposed_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = CreditLine
        fields = (
            "id",
            "programme",
            "bank",
            "recommendation",
            "enterprise",
            "enterprise_name",
            "recommended_amount",
            "decision",
            "amount",
            "term_months",
            "annual_rate",
            "repayment_method",
            "guarantee",
            "first_bank_loan",
            "reason",
            "size",
            "status",
            "version",
            "proposed_by",
            "proposed_at",
            "sent_back_reason",
            "confirmed_by",
            "confirmed_at",
            "decided_on",
            "valid_until",
            "drawn",
            "undrawn",
            "warnings",
        )
        read_only_fields = fields


class ApprovalViewSet(WarnedViewSet):
    """Bank decisions; an approved one is a credit line."""

    queryset_model = CreditLine
    serializer_class = ApprovalOutput
    filterset_class = LineApiFilter
    ordering_fields = ("decided_on", "amount", "valid_until")
    related = ("programme", "recommendation", "proposed_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "approval.propose",
        "update": "approval.propose",
        "confirm": "approval.confirm",
        "send_back": "approval.send_back",
    }

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.with_drawn()

    def excesses(self, rows: list[Any]) -> dict[int, Concentration]:
        return excesses_of_lines(caller(self.request), rows, today())

    @extend_schema(request=ApprovalInput, responses={201: ApprovalOutput})
    def create(self, request: Request) -> Response:
        """The officer proposes; another person confirms."""
        return self.perform(request, approvals.propose_approval, ApprovalInput, status=201)

    @extend_schema(request=ApprovalChange, responses=ApprovalOutput)
    def update(self, request: Request, pk: str) -> Response:
        """Change a proposal that is waiting or was sent back; `version` is the one that was read."""
        return self.perform(request, approvals.repropose_approval, ApprovalChange, obj=self.get_object())

    @extend_schema(request=VersionInput, responses=ApprovalOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person makes it the bank's decision."""
        return self.perform(request, approvals.confirm_approval, VersionInput, obj=self.get_object())

    @extend_schema(request=VersionedReasonInput, responses=ApprovalOutput)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """The reviewer returns it to the officer."""
        return self.perform(request, approvals.send_back_approval, VersionedReasonInput, obj=self.get_object())
