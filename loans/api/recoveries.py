"""REST resources of recoveries and of the progress reports."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet
from reserve.quarters import Quarter

from ..claim_enums import RecoverySource
from ..models import Recovery, RecoveryReport
from ..models.claims import LONGEST_ACCOUNT
from ..recovering import RecoveryApiFilter, RecoveryReportApiFilter
from ..services import recoveries
from ..services.recovery_reports import report_recovery
from .fields import LoanField


class RecoveryInput(serializers.Serializer[Any]):
    loan = LoanField()
    received_on = serializers.DateField(help_text="收到日期")
    source = serializers.ChoiceField(choices=RecoverySource.choices)  # type: ignore[assignment]  # the column is called so
    gross = MoneyField(help_text="追回金额，扣除费用以前")
    cost = MoneyField(required=False, allow_zero=True, help_text="追偿费用；缺省为 0.00")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="说明")


class RemittanceInput(serializers.Serializer[Any]):
    remitted_on = serializers.DateField(help_text="划回日期")
    receipt_no = serializers.CharField(max_length=80, help_text="回单号")


class RecoveryOutput(serializers.ModelSerializer[Recovery]):
    programme = serializers.CharField(source="programme.code")
    enterprise = serializers.IntegerField(source="loan.enterprise_id")
    enterprise_name = serializers.CharField(source="loan.enterprise_name")
    note_no = serializers.CharField(source="loan.note_no")
    gross = MoneyField()
    cost = MoneyField()
    net = MoneyField(help_text="净额：追回金额减费用")
    returned = MoneyField(help_text="归准备金；复核以前为 0.00")
    returned_provincial = MoneyField(help_text="其中：省")
    returned_town = MoneyField(help_text="其中：镇")
    kept_by_bank = MoneyField(help_text="归银行；复核以前为 0.00")
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    remit_entered_by = serializers.CharField(source="remit_entered_by.name", default=None, allow_null=True)
    remit_confirmed_by = serializers.CharField(source="remit_confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Recovery
        fields = (
            "id",
            "programme",
            "loan",
            "claim",
            "enterprise",
            "enterprise_name",
            "note_no",
            "received_on",
            "source",
            "gross",
            "cost",
            "net",
            "returned",
            "returned_provincial",
            "returned_town",
            "kept_by_bank",
            "note",
            "status",
            "discard_reason",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "remitted_on",
            "receipt_no",
            "remit_entered_by",
            "remit_entered_at",
            "remit_confirmed_by",
            "remit_confirmed_at",
            "remit_confirmed_on",
            "entry",
        )
        read_only_fields = fields


class RecoveryViewSet(ServiceViewSet):
    """追偿回款: costs first, then shared by payout ÷ base; the reserve's part is remitted to the accounts by what each paid."""

    queryset_model = Recovery
    serializer_class = RecoveryOutput
    filterset_class = RecoveryApiFilter
    ordering_fields = ("received_on", "gross", "returned", "remitted_on")
    related = ("programme", "loan", "entered_by", "confirmed_by", "remit_entered_by", "remit_confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "recovery.enter",
        "confirm": "recovery.confirm",
        "discard": ("recovery.enter", "recovery.confirm"),
        "revoke": "recovery.confirm",
        "remit": "recovery.enter",
        "unremit": ("recovery.enter", "recovery.confirm"),
        "confirm_remittance": "recovery.confirm",
    }

    @extend_schema(request=RecoveryInput, responses={201: RecoveryOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer enters what came in on a compensated loan."""
        return self.perform(request, recoveries.enter_recovery, RecoveryInput, status=201)

    @extend_schema(request=None, responses=RecoveryOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person confirms it: it is shared."""
        return self.perform(request, recoveries.confirm_recovery, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=RecoveryOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed entry back, or refuse to confirm it."""
        return self.perform(request, recoveries.discard_recovery, ReasonInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=RecoveryOutput)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take back what was confirmed wrongly, while nothing of it is in the accounts; the last shared first."""
        return self.perform(request, recoveries.revoke_recovery, ReasonInput, obj=self.get_object())

    @extend_schema(request=RemittanceInput, responses=RecoveryOutput)
    @action(detail=True, methods=["post"])
    def remit(self, request: Request, pk: str) -> Response:
        """The bank's officer enters that the reserve's part was passed on."""
        return self.perform(request, recoveries.remit_recovery, RemittanceInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=RecoveryOutput)
    @action(detail=True, methods=["post"])
    def unremit(self, request: Request, pk: str) -> Response:
        """Take an entered remittance back, or refuse to confirm it."""
        return self.perform(request, recoveries.unremit_recovery, ReasonInput, obj=self.get_object())

    @extend_schema(request=None, responses=RecoveryOutput)
    @action(detail=True, methods=["post"], url_path="confirm-remittance")
    def confirm_remittance(self, request: Request, pk: str) -> Response:
        """Another person confirms: the money is in the accounts again."""
        return self.perform(request, recoveries.confirm_remittance, obj=self.get_object())


class RecoveryReportInput(serializers.Serializer[Any]):
    loan = LoanField()
    quarter = serializers.CharField(max_length=6, help_text="所属季度，写作 2013Q2")
    measures = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="已采取的措施")
    prospects = serializers.CharField(max_length=LONGEST_ACCOUNT, help_text="预计回款与下一步")

    def validate_quarter(self, text: str) -> Quarter:
        try:
            return Quarter.parse(text)
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from None


class RecoveryReportOutput(serializers.ModelSerializer[RecoveryReport]):
    programme = serializers.CharField(source="loan.programme.code")
    enterprise_name = serializers.CharField(source="loan.enterprise_name")
    note_no = serializers.CharField(source="loan.note_no")
    entered_by = serializers.CharField(source="entered_by.name")

    class Meta:
        model = RecoveryReport
        fields = (
            "id",
            "programme",
            "loan",
            "enterprise_name",
            "note_no",
            "quarter",
            "measures",
            "prospects",
            "entered_by",
            "entered_at",
        )
        read_only_fields = fields


class RecoveryReportViewSet(ServiceViewSet):
    """追偿进展: of every compensated loan once a quarter; of several the later entered counts."""

    queryset_model = RecoveryReport
    serializer_class = RecoveryReportOutput
    filterset_class = RecoveryReportApiFilter
    ordering_fields = ("quarter", "entered_at")
    related = ("loan__programme", "entered_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"create": "recovery.report"}

    @extend_schema(request=RecoveryReportInput, responses={201: RecoveryReportOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer reports; the offices are told."""
        return self.perform(request, report_recovery, RecoveryReportInput, status=201)
