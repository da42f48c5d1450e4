"""Repayments of a loan and their reversals, under the loan's address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.serializers import MoneyField
from parties.api import ReasonInput, ServiceViewSet, first_half, refuse_unknown

from ..enums import FactStatus, PrepaymentEffect, RepaymentKind
from ..errors import NothingToReverse
from ..models import Loan, Repayment, Reversal
from ..services import repayments, reversals


class RepaymentInput(serializers.Serializer[Any]):
    """Either `amount`, divided by the programme's rule, or its parts."""

    paid_on = serializers.DateField()
    amount = MoneyField(required=False, help_text="还款总额，按冲抵顺序分配；与分项只填一种")
    principal = MoneyField(required=False, allow_zero=True)
    interest = MoneyField(required=False, allow_zero=True, help_text="缺省为当日应付利息")
    penalty = MoneyField(required=False, allow_zero=True, help_text="缺省为当日应付罚息")
    kind = serializers.ChoiceField(choices=RepaymentKind.choices, required=False, help_text="缺省按还款计划判断")
    effect = serializers.ChoiceField(choices=PrepaymentEffect.choices, required=False, help_text="仅用于提前还款；缺省为期限不变")
    receipt_no = serializers.CharField(required=False, allow_blank=True, max_length=40)


class ReversalOutput(serializers.ModelSerializer[Reversal]):
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Reversal
        fields = ("id", "reason", "status", "entered_by", "entered_at", "confirmed_by", "confirmed_at", "confirmed_on", "discard_reason")
        read_only_fields = fields


class RepaymentOutput(serializers.ModelSerializer[Repayment]):
    amount = MoneyField()
    principal = MoneyField()
    interest = MoneyField()
    penalty = MoneyField()
    effect = serializers.ChoiceField(choices=PrepaymentEffect.choices, allow_blank=True, help_text="按期还款的为空")
    reversals = ReversalOutput(many=True)
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Repayment
        fields = (
            "id",
            "loan",
            "paid_on",
            "kind",
            "effect",
            "amount",
            "principal",
            "interest",
            "penalty",
            "receipt_no",
            "status",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "discard_reason",
            "reversals",
        )
        read_only_fields = fields


class RepaymentActions(ServiceViewSet):
    """`loans/{id}/repayments/…`: entered by an officer, confirmed or taken back by two people."""

    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "enter_repayment": "repayment.enter",
        "confirm_repayment": "repayment.confirm",
        "discard_repayment": ("repayment.enter", "repayment.confirm"),
        "reverse_repayment": ("repayment.enter", "repayment.confirm"),
        "discard_reversal": ("repayment.enter", "repayment.confirm"),
    }

    @extend_schema(responses=RepaymentOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=RepaymentOutput)
    def repayments(self, request: Request, pk: str) -> Response:
        """The loan's repayments, oldest first."""
        refuse_unknown(request, set())
        rows = self._repayments(self._loan())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RepaymentOutput(page, many=True).data)

    @extend_schema(request=RepaymentInput, responses={201: RepaymentOutput})
    @repayments.mapping.post
    def enter_repayment(self, request: Request, pk: str) -> Response:
        """The officer enters principal paid back; another person confirms it."""
        return self.perform(request, repayments.enter_repayment, RepaymentInput, obj=self._loan(), status=201, output=self._shown)

    @extend_schema(request=None, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/confirm")
    def confirm_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Another person confirms; the earmark falls to the target of what is still owed."""
        return self.perform(
            request, repayments.confirm_repayment, obj=self._repayment(repayment_pk), argument="repayment", output=self._shown
        )

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/discard")
    def discard_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Take an unconfirmed repayment out."""
        return self.perform(request, repayments.discard_repayment, ReasonInput, obj=self._repayment(repayment_pk), output=self._shown)

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/reverse")
    def reverse_repayment(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """The officer says why a confirmed repayment was wrong; the reviewer, with an empty body, confirms its reversal."""
        repayment = self._repayment(repayment_pk)
        pending = any(reversal.status == FactStatus.ENTERED for reversal in repayment.reversals.all())
        if first_half(request, "repayment.enter", "repayment.confirm", entered=pending):
            return self.perform(request, reversals.enter_reversal, ReasonInput, obj=repayment, output=self._reversed)
        return self.perform(request, reversals.confirm_reversal, obj=self._pending(repayment), output=self._reversed)

    @extend_schema(request=ReasonInput, responses=RepaymentOutput)
    @action(detail=True, methods=["post"], url_path=r"repayments/(?P<repayment_pk>\d+)/reverse/discard")
    def discard_reversal(self, request: Request, pk: str, repayment_pk: str) -> Response:
        """Take an unconfirmed reversal out."""
        pending = self._pending(self._repayment(repayment_pk))
        return self.perform(request, reversals.discard_reversal, ReasonInput, obj=pending, output=self._reversed)

    def _loan(self) -> Loan:
        loan: Loan = self.get_object()
        return loan

    def _repayments(self, loan: Loan) -> Any:
        return loan.repayments.select_related("entered_by", "confirmed_by").prefetch_related(
            Prefetch("reversals", Reversal.objects.select_related("entered_by", "confirmed_by"))
        )

    def _repayment(self, pk: str) -> Repayment:
        row: Repayment | None = self._repayments(self._loan()).filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def _shown(self, repayment: Repayment) -> Any:
        return RepaymentOutput(self._repayments(repayment.loan).get(pk=repayment.pk)).data

    def _reversed(self, reversal: Reversal) -> Any:
        return self._shown(reversal.repayment)

    def _pending(self, repayment: Repayment) -> Reversal:
        row: Reversal | None = repayment.reversals.filter(status=FactStatus.ENTERED).first()
        if row is None:
            raise NothingToReverse
        return row
