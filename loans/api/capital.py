"""REST resource of the banks' net capital."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet

from ..filters import NetCapitalFilter
from ..models import NetCapital
from ..services import capital


class NetCapitalInput(serializers.Serializer[Any]):
    effective_on = serializers.DateField(help_text="基准日")
    amount = MoneyField()
    source = serializers.CharField(max_length=100, help_text="数据来源")  # type: ignore[assignment]


class NetCapitalOutput(serializers.ModelSerializer[NetCapital]):
    amount = MoneyField()
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = NetCapital
        fields = (
            "id",
            "bank",
            "effective_on",
            "amount",
            "source",
            "status",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "discard_reason",
        )
        read_only_fields = fields


class NetCapitalViewSet(ServiceViewSet):
    """The banks' net capital by day; the latest confirmed one is in force, in all programmes of its bank."""

    queryset_model = NetCapital
    serializer_class = NetCapitalOutput
    filterset_class = NetCapitalFilter
    ordering_fields = ("effective_on", "amount")
    related = ("entered_by", "confirmed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "net_capital.enter",
        "confirm": "net_capital.confirm",
        "discard": ("net_capital.enter", "net_capital.confirm"),
    }

    @extend_schema(request=NetCapitalInput, responses={201: NetCapitalOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer enters it; another person confirms it."""
        return self.perform(request, capital.enter_net_capital, NetCapitalInput, status=201)

    @extend_schema(request=None, responses=NetCapitalOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Another person confirms it; it counts from its day on."""
        return self.perform(request, capital.confirm_net_capital, obj=self.get_object())

    @extend_schema(request=ReasonInput, responses=NetCapitalOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Take an unconfirmed entry out; its day is free again."""
        return self.perform(request, capital.discard_net_capital, ReasonInput, obj=self.get_object())
