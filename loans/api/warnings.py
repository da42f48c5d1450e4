"""REST resource of early warnings."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from parties.api import ReasonInput, ServiceViewSet

from ..enums import WarningKind
from ..models import EarlyWarning
from ..models.watching import LONGEST_ACCOUNT
from ..services import warnings
from ..watching import WarningApiFilter
from .fields import LoanField


class WarningInput(serializers.Serializer[Any]):
    loan = LoanField()
    kind = serializers.ChoiceField(choices=WarningKind.choices)
    happened_on = serializers.DateField(help_text="发生日期")
    learned_on = serializers.DateField(help_text="获知日期")
    what = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="情况")
    measures = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="已采取的措施")


class WarningOutput(serializers.ModelSerializer[EarlyWarning]):
    programme = serializers.CharField(source="loan.programme.code")
    enterprise = serializers.IntegerField(source="loan.enterprise_id")
    enterprise_name = serializers.CharField(source="loan.enterprise_name")
    note_no = serializers.CharField(source="loan.note_no")
    reported_by = serializers.CharField(source="reported_by.name")
    lifted_by = serializers.CharField(source="lifted_by.name", default=None, allow_null=True)

    class Meta:
        model = EarlyWarning
        fields = (
            "id",
            "programme",
            "loan",
            "enterprise",
            "enterprise_name",
            "note_no",
            "kind",
            "happened_on",
            "learned_on",
            "what",
            "measures",
            "status",
            "reported_by",
            "reported_at",
            "lifted_by",
            "lifted_at",
            "lifted_on",
            "lift_reason",
        )
        read_only_fields = fields


class WarningViewSet(ServiceViewSet):
    """What the bank hears of a borrower before anything is due: told to the offices at once, lifted by another person."""

    queryset_model = EarlyWarning
    serializer_class = WarningOutput
    filterset_class = WarningApiFilter
    ordering_fields = ("learned_on", "happened_on", "lifted_on")
    related = ("loan__programme", "reported_by", "lifted_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"create": "warning.report", "lift": "warning.lift"}

    @extend_schema(request=WarningInput, responses={201: WarningOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer reports; the offices are told at once."""
        return self.perform(request, warnings.report_warning, WarningInput, status=201)

    @extend_schema(request=ReasonInput, responses=WarningOutput)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """Another person of the bank lifts it; the report stays."""
        return self.perform(request, warnings.lift_warning, ReasonInput, obj=self.get_object())
