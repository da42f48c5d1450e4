"""REST resource of quarterly inspections."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from parties.api import ServiceViewSet
from reserve.quarters import Quarter

from ..enums import InspectionResult
from ..models import Inspection
from ..models.watching import LONGEST_ACCOUNT
from ..services import inspections
from ..watching import InspectionApiFilter
from .fields import LoanField


class InspectionInput(serializers.Serializer[Any]):
    loan = LoanField()
    quarter = serializers.CharField(max_length=6, help_text="所属季度，写作 2013Q2")
    inspected_on = serializers.DateField(help_text="检查日期")
    use_of_funds = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="资金用途")
    operation = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="经营情况")
    repayment_ability = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="还款能力")
    result = serializers.ChoiceField(choices=InspectionResult.choices)
    note = serializers.CharField(max_length=LONGEST_ACCOUNT, required=False, allow_blank=True, help_text="备注")

    def validate_quarter(self, text: str) -> Quarter:
        try:
            return Quarter.parse(text)
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from None


class InspectionOutput(serializers.ModelSerializer[Inspection]):
    programme = serializers.CharField(source="loan.programme.code")
    enterprise = serializers.IntegerField(source="loan.enterprise_id")
    enterprise_name = serializers.CharField(source="loan.enterprise_name")
    note_no = serializers.CharField(source="loan.note_no")
    entered_by = serializers.CharField(source="entered_by.name")

    class Meta:
        model = Inspection
        fields = (
            "id",
            "programme",
            "loan",
            "enterprise",
            "enterprise_name",
            "note_no",
            "quarter",
            "inspected_on",
            "use_of_funds",
            "operation",
            "repayment_ability",
            "result",
            "note",
            "entered_by",
            "entered_at",
        )
        read_only_fields = fields


class InspectionViewSet(ServiceViewSet):
    """贷后检查: every running loan once a quarter from the one after its disbursement; of several the later entered counts."""

    queryset_model = Inspection
    serializer_class = InspectionOutput
    filterset_class = InspectionApiFilter
    ordering_fields = ("quarter", "inspected_on")
    related = ("loan__programme", "entered_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"create": "inspection.enter"}

    @extend_schema(request=InspectionInput, responses={201: InspectionOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer enters an inspection; what is not sound is told to the offices."""
        return self.perform(request, inspections.enter_inspection, InspectionInput, status=201)
