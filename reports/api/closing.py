"""REST resources of winding a programme up: readiness, refunds to the funders, the closing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.http import now, today
from common.serializers import MoneyField
from parties.api import (
    HoldsAction,
    ServiceViewSet,
    VersionedReasonInput,
    VersionInput,
    caller,
    first_half,
    refuse_unknown,
    visible_or_error,
)
from parties.web import get_visible
from reserve.enums import RefundStatus
from reserve.filters import RefundFilter
from reserve.models import Programme, Refund, ReserveAccount
from reserve.serializers import ProgrammeOutput
from reserve.services import refunds

from ..selectors.closing import closing_of
from ..services import closing


class ConditionOutput(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="条件的代码。")
    label = serializers.CharField(help_text="条件。")  # type: ignore[assignment]  # the stubs take it for the field's own
    met = serializers.BooleanField(help_text="是否具备。")
    figure = serializers.CharField(help_text="情况。")


class SettlementOutput(serializers.Serializer[Any]):
    account = serializers.IntegerField(source="account.pk", help_text="准备金账户。")
    funder = serializers.CharField(source="account.funder.name", help_text="出资单位。")
    contributions = MoneyField(help_text="出资。")
    losses = MoneyField(help_text="代偿损失。")
    recoveries = MoneyField(help_text="追偿收回。")
    interest = MoneyField(help_text="利息，减去已划出的。")
    due = MoneyField(help_text="应退还：出资 − 代偿损失 + 追偿收回 + 利息。")
    refunded = MoneyField(help_text="已退还。")
    balance = MoneyField(source="balances.balance", help_text="余额。")


class ClosingOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(help_text="项目代码。")
    ready = serializers.BooleanField(help_text="是否具备全部条件。")
    conditions = ConditionOutput(many=True)
    accounts = SettlementOutput(many=True)


class ClosingView(APIView):
    """Whether a programme can be settled, and what goes back to each funder."""

    permission_classes = (IsAuthenticated, HoldsAction)
    actions: ClassVar[Mapping[str, str]] = {"read": "programme.read"}
    action = "read"

    @extend_schema(
        operation_id="programme_closing",
        description="清算条件逐项是否具备（含核对账簿），以及应退还各出资单位的金额。",
        responses=ClosingOutput,
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> Response:
        refuse_unknown(request, set())
        programme = get_visible(Programme, caller(request), code=code)
        found = closing_of(programme, today())
        shown = {"programme": programme.code, "ready": not found.unmet, "conditions": found.conditions, "accounts": found.accounts}
        return Response(ClosingOutput(shown).data)


class CloseView(APIView):
    """The provincial centre's last step."""

    permission_classes = (IsAuthenticated, HoldsAction)
    actions: ClassVar[Mapping[str, str]] = {"close": "programme.close"}
    action = "close"

    @extend_schema(
        operation_id="programme_close",
        description="办理项目清算：条件全部具备、各账户余额为零时，项目转为已清算。",
        request=None,
        responses=ProgrammeOutput,
        tags=["programmes"],
    )
    def post(self, request: Request, code: str) -> Response:
        programme = get_visible(Programme, caller(request), code=code)
        done = closing.close_programme(programme=programme, by=caller(request), on=today(), now=now())
        return Response(ProgrammeOutput(done).data)


class RefundInput(serializers.Serializer[Any]):
    account = serializers.IntegerField(help_text="准备金账户；退还其全部可用准备金")
    payee = serializers.CharField(max_length=100, help_text="收款账户：户名、账号、开户行")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        account = visible_or_error(ReserveAccount, caller(self.context["request"]), "account", given["account"])
        return given | {"account": account}


class RefundPaymentInput(serializers.Serializer[Any]):
    paid_on = serializers.DateField()
    receipt_no = serializers.CharField(max_length=40)


class RefundOutput(serializers.ModelSerializer[Refund]):
    programme = serializers.CharField(source="programme.code")
    amount = MoneyField()
    instructed_by = serializers.CharField(source="instructed_by.name")
    executed_by = serializers.CharField(source="executed_by.name", default=None, allow_null=True)
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    ledger_entry = serializers.IntegerField(source="entry_id", allow_null=True)

    class Meta:
        model = Refund
        fields = (
            "id",
            "programme",
            "account",
            "amount",
            "payee",
            "status",
            "version",
            "instructed_by",
            "paid_on",
            "receipt_no",
            "executed_by",
            "confirmed_by",
            "withdraw_reason",
            "ledger_entry",
        )
        read_only_fields = fields


class RefundViewSet(ServiceViewSet):
    """What goes back to the funders: ordered by the funder, executed and confirmed by the bank."""

    queryset_model = Refund
    serializer_class = RefundOutput
    filterset_class = RefundFilter
    ordering_fields = ("paid_on", "amount")
    related = ("programme", "instructed_by", "executed_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "refund.instruct",
        "confirm": ("refund.execute", "refund.confirm"),
        "withdraw": "refund.instruct",
    }

    @extend_schema(request=RefundInput, responses={201: RefundOutput})
    def create(self, request: Request) -> Response:
        """The funder's reviewer orders the account's free money back, once the programme is ready to be settled."""
        return self.perform(request, closing.instruct_refund, RefundInput, status=201)

    @extend_schema(request=RefundPaymentInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The bank's officer enters the payment (`paid_on`, `receipt_no`); its reviewer, with an empty body, confirms it."""
        refund = self.get_object()
        if first_half(request, "refund.execute", "refund.confirm", entered=refund.status != RefundStatus.INSTRUCTED):
            return self.perform(request, refunds.execute_refund, RefundPaymentInput, obj=refund)
        return self.perform(request, refunds.confirm_refund, VersionInput, obj=refund)

    @extend_schema(request=VersionedReasonInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The funder's reviewer takes back an instruction the bank has not confirmed."""
        return self.perform(request, refunds.withdraw_refund, VersionedReasonInput, obj=self.get_object())
