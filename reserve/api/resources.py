"""REST resources of the reserve (architecture §9)."""

from datetime import date
from typing import Any

from django.db import models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput
from common.http import today
from parties.api import ServiceViewSet, VersionedReasonInput, VersionInput, caller, first_half, refuse_unknown

from .. import filters
from .. import serializers as s
from ..calendar import workday_table
from ..enums import ContributionStatus
from ..models import Contribution, Deadline, FundingObligation, LedgerEntry, Programme, ProgrammeRule, ReserveAccount
from ..rulebook import RULEBOOK, display_value, format_value
from ..selectors.accounts import clock, visible_entries
from ..selectors.ledger import DateKind, balances
from ..selectors.programmes import rules_on
from ..services import contributions


class ProgrammeViewSet(ServiceViewSet):
    """The programmes the caller's organisation is a party to, by code."""

    queryset_model = Programme
    serializer_class = s.ProgrammeOutput
    filterset_class = filters.ProgrammeFilter
    ordering_fields = ("code", "agreement_signed_on")
    prefetched = ("parties__organisation",)
    lookup_field = "code"
    lookup_value_regex = "[a-z0-9-]+"

    @extend_schema(
        responses=s.RuleOutput(many=True),
        parameters=[OpenApiParameter("on", OpenApiTypes.DATE, description="取值日期，默认今天")],
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None, filter_backends=())
    def rules(self, request: Request, code: str) -> Response:
        """Every setting as it stands on a day."""
        refuse_unknown(request, {"on"})
        programme, day = self.get_object(), read_day(request, "on")
        rules = rules_on(programme, day)
        rows = ProgrammeRule.objects.filter(programme=programme, effective_on__lte=day).order_by("effective_on", "entry")
        since = dict(rows.values_list("key", "effective_on"))
        shown = [
            {
                "key": key,
                "label": definition.label_cn,
                "value": format_value(key, getattr(rules, key)),
                "display": display_value(key, getattr(rules, key)),
                "basis": definition.basis.value,
                "effective_on": since.get(key),
            }
            for key, definition in RULEBOOK.items()
        ]
        return Response(s.RuleOutput(shown, many=True).data)


class ReserveAccountViewSet(ServiceViewSet):
    """Reserve accounts with their figures at the end of `as_of` (default: today)."""

    queryset_model = ReserveAccount
    serializer_class = s.ReserveAccountOutput
    filterset_class = filters.ReserveAccountFilter
    ordering_fields = ("id",)
    related = ("programme", "funder", "bank")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The rows about to be shown are asked for their figures together: one or two queries."""
        rows = args[0] if args else []
        day = read_day(self.request, "as_of")
        by: DateKind = "value" if self.request.query_params.get("by") == "value" else "ledger"
        accounts = list(rows) if kwargs.get("many") else [rows] if isinstance(rows, ReserveAccount) else []
        kwargs["context"] = {**self.get_serializer_context(), "as_of": day, "balances": balances(accounts, day, by)}
        return super().get_serializer(*args, **kwargs)


class LedgerEntryViewSet(ServiceViewSet):
    """The ledger of the caller's programmes, in order of the chain. Read only; business actions write it."""

    queryset_model = LedgerEntry
    serializer_class = s.LedgerEntryOutput
    filterset_class = filters.LedgerEntryFilter
    ordering_fields = ("sequence", "ledger_date", "value_date")

    def get_queryset(self) -> models.QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return LedgerEntry.objects.none()
        rows = visible_entries(caller(self.request)).select_related("programme", "recorded_by")
        return rows.prefetch_related("transfers__debit__reserve_account__funder", "transfers__credit")


class ContributionViewSet(ServiceViewSet):
    """Deposits: recorded by their funder, received and confirmed by the bank."""

    queryset_model = Contribution
    serializer_class = s.ContributionOutput
    filterset_class = filters.ContributionFilter
    ordering_fields = ("transferred_on", "arrived_on", "amount")
    related = ("programme", "account__funder", "recorded_by", "received_by", "confirmed_by")
    actions = {  # noqa: RUF012  # declared ClassVar in the base
        "create": "contribution.record",
        "confirm": ("contribution.receive", "contribution.confirm"),
        "reject": "contribution.reject",
    }

    @extend_schema(request=s.ContributionInput, responses={201: s.ContributionOutput})
    def create(self, request: Request) -> Response:
        """The funder's officer records a transfer."""
        return self.perform(request, contributions.record_contribution, s.ContributionInput, status=201)

    @extend_schema(request=s.ReceiptInput, responses=s.ContributionOutput)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The bank's officer enters the receipt (`arrived_on`, `receipt_no`); its reviewer, with an empty body, confirms it."""
        contribution = self.get_object()
        entered = contribution.status != ContributionStatus.RECORDED
        if first_half(request, "contribution.receive", "contribution.confirm", entered=entered):
            return self.perform(request, contributions.receive_contribution, s.ReceiptInput, obj=contribution)
        return self.perform(request, contributions.confirm_contribution, VersionInput, obj=contribution)

    @extend_schema(request=VersionedReasonInput, responses=s.ContributionOutput)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """The bank's reviewer sends it back to its funder, with the reason."""
        return self.perform(request, contributions.reject_contribution, VersionedReasonInput, obj=self.get_object())


class FundingObligationViewSet(ServiceViewSet):
    """The town's duties to match."""

    queryset_model = FundingObligation
    serializer_class = s.ObligationOutput
    filterset_class = filters.ObligationFilter
    ordering_fields = ("amount", "fulfilled_on")
    related = ("programme", "deadline", "debtor")


class DeadlineViewSet(ServiceViewSet):
    """Every clock of the caller's programmes."""

    queryset_model = Deadline
    serializer_class = s.DeadlineOutput
    filterset_class = filters.OpenDeadlineFilter
    ordering_fields = ("due_on", "starts_on")
    related = ("programme", "organisation")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        table, day = workday_table(), today()
        return context | {"left": lambda deadline: clock(deadline, day, table).known_left}


def read_day(request: Any, name: str) -> date:
    """A day of the query, today without one. Raises InvalidInput."""
    text = request.query_params.get(name, "")
    if not text:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        sentence = f"日期“{text[:20]}”无效，请写成 2012-09-01。"
        raise InvalidInput(sentence, fields={name: [sentence]}) from None
