"""REST resource of interest on the accounts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet, caller, first_half, visible_or_error

from ..enums import EntryStatus, InterestKind
from ..filters import InterestFilter
from ..models import AccountInterest, InterestReversal, ReserveAccount
from ..services import interest, interest_reversals


class InterestInput(serializers.Serializer[Any]):
    """`credited` names its period, `paid_out` its payee."""

    kind = serializers.ChoiceField(choices=InterestKind.choices)
    account = serializers.IntegerField(help_text="准备金账户")
    amount = MoneyField()
    booked_on = serializers.DateField(help_text="入账或划出日期")
    receipt_no = serializers.CharField(max_length=40)
    period_first = serializers.DateField(required=False, help_text="计息期起日；利息入账必填")
    period_last = serializers.DateField(required=False, help_text="计息期止日；利息入账必填")
    payee = serializers.CharField(max_length=100, required=False, help_text="收款账户；利息划出必填")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        period, payee = ["period_first", "period_last"], ["payee"]
        own, others = (payee, period) if given["kind"] == InterestKind.PAID_OUT else (period, payee)
        mistakes = {name: ["请填写。"] for name in own if name not in given}
        mistakes |= {name: ["这一种类不填此项。"] for name in others if name in given}
        if mistakes:
            raise serializers.ValidationError(mistakes)
        account = visible_or_error(ReserveAccount, caller(self.context["request"]), "account", given["account"])
        return given | {"account": account}


class InterestReversalOutput(serializers.ModelSerializer[InterestReversal]):
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    ledger_entry = serializers.IntegerField(source="entry_id", allow_null=True)

    class Meta:
        model = InterestReversal
        fields = ("id", "reason", "status", "entered_by", "confirmed_by", "confirmed_on", "discard_reason", "ledger_entry")
        read_only_fields = fields


class InterestOutput(serializers.ModelSerializer[AccountInterest]):
    programme = serializers.CharField(source="programme.code")
    funder_kind = serializers.CharField(source="account.funder.kind")
    amount = MoneyField()
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    ledger_entry = serializers.IntegerField(source="entry_id", allow_null=True)
    reversals = InterestReversalOutput(many=True)

    class Meta:
        model = AccountInterest
        fields = (
            "id",
            "programme",
            "account",
            "funder_kind",
            "kind",
            "amount",
            "booked_on",
            "receipt_no",
            "period_first",
            "period_last",
            "payee",
            "status",
            "entered_by",
            "confirmed_by",
            "confirmed_on",
            "discard_reason",
            "ledger_entry",
            "reversals",
        )
        read_only_fields = fields


class AccountInterestViewSet(ServiceViewSet):
    """Interest credited to the reserve accounts and paid out of them."""

    queryset_model = AccountInterest
    serializer_class = InterestOutput
    filterset_class = InterestFilter
    ordering_fields = ("booked_on", "amount")
    related = ("programme", "account__funder", "entered_by", "confirmed_by")
    prefetched = (Prefetch("reversals", InterestReversal.objects.select_related("entered_by", "confirmed_by")),)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "interest.enter",
        "confirm": "interest.confirm",
        "discard": ("interest.enter", "interest.confirm"),
        "reverse": ("interest.enter", "interest.confirm"),
        "discard_reversal": ("interest.enter", "interest.confirm"),
    }

    @extend_schema(request=InterestInput, responses={201: InterestOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer enters interest that was credited, or what was paid out of it; another person confirms it."""
        return self.perform(request, self._enter, InterestInput, status=201)

    @extend_schema(request=None, responses=InterestOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person confirms it; it is posted."""
        return self.perform(request, interest.confirm_interest, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=InterestOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed entry out."""
        return self.perform(request, interest.discard_interest, ReasonInput, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=InterestOutput)
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """The officer says why confirmed interest was wrong; the reviewer, with an empty body, confirms its reversal."""
        row = self.get_object()
        pending = row.reversals.filter(status=EntryStatus.ENTERED).exists()
        if first_half(request, "interest.enter", "interest.confirm", entered=pending):
            return self.perform(request, interest_reversals.enter_interest_reversal, ReasonInput, obj=row, output=self._reversed)
        pending = interest_reversals.pending_reversal(row)
        return self.perform(request, interest_reversals.confirm_interest_reversal, obj=pending, output=self._reversed)

    @extend_schema(request=ReasonInput, responses=InterestOutput)
    @action(detail=True, methods=["post"], url_path="reverse/discard")
    def discard_reversal(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed reversal out."""
        pending = interest_reversals.pending_reversal(self.get_object())
        return self.perform(request, interest_reversals.discard_interest_reversal, ReasonInput, obj=pending, output=self._reversed)

    @staticmethod
    def _enter(*, kind: str, **given: Any) -> AccountInterest:
        return (interest.enter_payout if kind == InterestKind.PAID_OUT else interest.enter_interest)(**given)

    def _reversed(self, reversal: InterestReversal) -> Any:
        return self.represent(reversal.interest)
