"""The schedule of a loan, and the bank's own beside it, under the loan's address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.http import today
from common.serializers import MoneyField, RateField
from parties.api import ReasonInput, ServiceViewSet, refuse_unknown

from ..models import BankSchedule, BankScheduleLine, ScheduleLine
from ..selectors.servicing import schedule_of
from ..services import bank_schedules


class ScheduleLineOutput(serializers.ModelSerializer[ScheduleLine]):
    """One instalment; `payable_on` is the last day in time, `provisional` while that year's holidays are not known."""

    annual_rate = RateField()
    principal = MoneyField()
    interest = MoneyField()
    total = MoneyField()
    balance = MoneyField()
    principal_paid = MoneyField()
    interest_paid = MoneyField()

    class Meta:
        model = ScheduleLine
        fields = (
            "number",
            "kind",
            "due_on",
            "payable_on",
            "provisional",
            "annual_rate",
            "days",
            "principal",
            "interest",
            "total",
            "balance",
            "principal_paid",
            "interest_paid",
            "cleared_on",
        )
        read_only_fields = fields


class BankRowInput(serializers.Serializer[Any]):
    """What the bank's system expects on a day."""

    due_on = serializers.DateField()
    principal = MoneyField(allow_zero=True)
    interest = MoneyField(allow_zero=True)


class BankScheduleInput(serializers.Serializer[Any]):
    received_on = serializers.DateField(help_text="出具日期")
    source = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="来源")  # type: ignore[assignment]
    rows = serializers.ListField(child=BankRowInput(), min_length=1, max_length=400)

    def validate_rows(self, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(row["due_on"], row["principal"], row["interest"]) for row in rows]


class BankScheduleLineOutput(serializers.ModelSerializer[BankScheduleLine]):
    principal = MoneyField()
    interest = MoneyField()

    class Meta:
        model = BankScheduleLine
        fields = ("due_on", "principal", "interest")
        read_only_fields = fields


class BankScheduleOutput(serializers.ModelSerializer[BankSchedule]):
    rows = BankScheduleLineOutput(source="lines", many=True)
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = BankSchedule
        fields = (
            "id",
            "loan",
            "received_on",
            "source",
            "rows",
            "status",
            "superseded_on",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "discard_reason",
        )
        read_only_fields = fields


class ScheduleActions(ServiceViewSet):
    """`loans/{id}/schedule/` and `loans/{id}/bank-schedules/…`: entered by an officer, confirmed by another person."""

    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "enter_bank_schedule": "loan.enter",
        "confirm_bank_schedule": "loan.confirm",
        "discard_bank_schedule": ("loan.enter", "loan.confirm"),
    }

    @extend_schema(responses=ScheduleLineOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=ScheduleLineOutput)
    def schedule(self, request: Request, pk: str) -> Response:
        """The repayment schedule in force with what is paid of it; of an entered loan, as it would be."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(schedule_of(self.get_object(), today()))
        return self.get_paginated_response(ScheduleLineOutput(page, many=True).data)

    @extend_schema(responses=BankScheduleOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="bank-schedules", serializer_class=BankScheduleOutput)
    def bank_schedules(self, request: Request, pk: str) -> Response:
        """The schedules the bank has sent, oldest first; the confirmed one without `superseded_on` is in force."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(self._bank_schedules())
        return self.get_paginated_response(BankScheduleOutput(page, many=True).data)

    @extend_schema(request=BankScheduleInput, responses={201: BankScheduleOutput})
    @bank_schedules.mapping.post
    def enter_bank_schedule(self, request: Request, pk: str) -> Response:
        """The officer enters what the bank's system expects."""
        return self.perform(
            request,
            bank_schedules.enter_bank_schedule,
            BankScheduleInput,
            obj=self.get_object(),
            status=201,
            output=self._shown_bank_schedule,
        )

    @extend_schema(request=None, responses=BankScheduleOutput)
    @action(detail=True, methods=["post"], url_path=r"bank-schedules/(?P<schedule_pk>\d+)/confirm")
    def confirm_bank_schedule(self, request: Request, pk: str, schedule_pk: str) -> Response:
        """Another person confirms: the loan follows it."""
        schedule = self._bank_schedule(schedule_pk)
        return self.perform(request, bank_schedules.confirm_bank_schedule, obj=schedule, output=self._shown_bank_schedule)

    @extend_schema(request=ReasonInput, responses=BankScheduleOutput)
    @action(detail=True, methods=["post"], url_path=r"bank-schedules/(?P<schedule_pk>\d+)/discard")
    def discard_bank_schedule(self, request: Request, pk: str, schedule_pk: str) -> Response:
        """Take an unconfirmed one out."""
        schedule = self._bank_schedule(schedule_pk)
        return self.perform(request, bank_schedules.discard_bank_schedule, ReasonInput, obj=schedule, output=self._shown_bank_schedule)

    def _bank_schedules(self) -> Any:
        return self.get_object().bank_schedules.select_related("entered_by", "confirmed_by").prefetch_related("lines")

    def _bank_schedule(self, pk: str) -> BankSchedule:
        row: BankSchedule | None = self._bank_schedules().filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def _shown_bank_schedule(self, schedule: BankSchedule) -> Any:
        return BankScheduleOutput(self._bank_schedule(str(schedule.pk))).data
