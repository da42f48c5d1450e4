"""REST resources of the register, recommendations and batches."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.http import today
from parties.api import ServiceViewSet, VersionedReasonInput, VersionInput, caller
from reserve.models import Programme

from . import serializers as s
from .filters import BatchFilter, BenefitFilter, EnterpriseFilter, RecommendationFilter
from .models import Batch, Enterprise, EnterpriseBenefit, EnterpriseLink, Recommendation
from .selectors import with_offices, with_size, with_superseded, with_totals
from .services import batches, benefits, enterprises, recommendations
from .services.enterprises import EnterpriseData

DATA_FIELDS = tuple(field.name for field in fields(EnterpriseData))


def _data(given: dict[str, Any]) -> dict[str, Any]:
    """The service's arguments: the enterprise's facts gathered in one EnterpriseData."""
    return {
        **{name: value for name, value in given.items() if name not in DATA_FIELDS},
        "data": EnterpriseData(**{name: given[name] for name in DATA_FIELDS if name in given}),
    }


class RegisterInput(s.EnterpriseInput):
    def to_internal_value(self, data: Any) -> Any:
        return _data(super().to_internal_value(data))


class ChangeInput(s.EnterpriseChange):
    def to_internal_value(self, data: Any) -> Any:
        return _data(super().to_internal_value(data))


def _over(known: dict[str, Any], base: type[BaseSerializer[Any]]) -> type[BaseSerializer[Any]]:
    """The input of a partial update: what is not given stays as it is known."""

    class Change(base):  # type: ignore[misc,valid-type]
        def to_internal_value(self, data: Any) -> Any:
            return super().to_internal_value({**known, **data})

    return Change


class EnterpriseViewSet(ServiceViewSet):
    """The enterprises on the registers of the caller's programmes."""

    queryset_model = Enterprise
    serializer_class = s.EnterpriseOutput
    filterset_class = EnterpriseFilter
    ordering_fields = ("name", "industry_code", "created_at")
    prefetched = ("former_names", "years", "categories")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = dict.fromkeys(
        ("create", "partial_update", "years", "categories"), "enterprise.edit"
    )

    def get_queryset(self) -> Any:
        rows: Any = with_size(super().get_queryset())
        if getattr(self, "swagger_fake_view", False):
            return rows
        mine = Programme.objects.visible_to(caller(self.request))
        links = EnterpriseLink.objects.filter(programme__in=mine).select_related("programme").order_by("pk")
        return rows.prefetch_related(Prefetch("links", queryset=links, to_attr="visible_links"))

    @extend_schema(request=s.EnterpriseInput, responses={201: s.EnterpriseOutput})
    def create(self, request: Request) -> Response:
        """Register an enterprise in a programme; one the installation knows by its code is linked."""
        return self.perform(request, enterprises.register_enterprise, RegisterInput, status=201)

    @extend_schema(request=s.EnterpriseChange(partial=True), responses=s.EnterpriseOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given; `version` is the one that was read."""
        row = self.get_object()
        known = {name: getattr(row, name) for name in DATA_FIELDS if hasattr(row, name)} | {"identifier": row.uscc or row.org_code}
        return self.perform(request, enterprises.update_enterprise, _over(known, ChangeInput), obj=row)

    @extend_schema(request=s.YearInput, responses=s.EnterpriseOutput)
    @action(detail=True, methods=["post"])
    def years(self, request: Request, pk: str) -> Response:
        """Record or correct one year's figures; the size follows."""
        return self.perform(request, enterprises.record_year, s.YearInput, obj=self.get_object())

    @extend_schema(request=s.CategoryInput, responses=s.EnterpriseOutput)
    @action(detail=True, methods=["post"])
    def categories(self, request: Request, pk: str) -> Response:
        """Record a certificate, or correct its validity."""
        return self.perform(request, enterprises.record_category, s.CategoryInput, obj=self.get_object())


class BenefitViewSet(ServiceViewSet):
    """成效 of enterprises by half year; entered again, the last one counts."""

    queryset_model = EnterpriseBenefit
    serializer_class = s.BenefitOutput
    filterset_class = BenefitFilter
    ordering_fields = ("year", "output", "tax", "entered_at")
    related = ("programme", "enterprise", "entered_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"create": "benefit.enter"}

    def get_queryset(self) -> Any:
        return with_superseded(super().get_queryset())

    @extend_schema(request=s.BenefitInput, responses={201: s.BenefitOutput})
    def create(self, request: Request) -> Response:
        """State what an enterprise gained in half a year, or correct it."""
        return self.perform(request, benefits.enter_benefit, s.BenefitInput, status=201)


class RecommendationViewSet(ServiceViewSet):
    """Recommendations; `sign/` is each office's reviewer's, the second signature endorses."""

    queryset_model = Recommendation
    serializer_class = s.RecommendationOutput
    filterset_class = RecommendationFilter
    ordering_fields = ("accepted_on", "amount", "valid_until")
    related = ("accepted_by", "drafted_by")
    prefetched = ("signatures__organisation", "signatures__signed_by")
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "recommendation.draft",
        "partial_update": "recommendation.draft",
        "sign": "recommendation.sign",
        "decline": "recommendation.decline",
        "withdraw": "recommendation.withdraw",
    }

    def get_queryset(self) -> Any:
        return with_offices(super().get_queryset())

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": today()}

    @extend_schema(request=s.RecommendationInput, responses={201: s.RecommendationOutput})
    def create(self, request: Request) -> Response:
        """Draft a recommendation; 续贷 names the old one and its 借据号."""
        return self.perform(request, recommendations.draft_recommendation, s.RecommendationInput, status=201)

    @extend_schema(request=s.RecommendationChange(partial=True), responses=s.RecommendationOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Make the next version: what is not given stays, signatures are void; `version` is the one that was read."""
        row = self.get_object()
        shown = s.RecommendationOutput(row, context=self.get_serializer_context()).data
        known = {str(name): shown[name] for name in s.RecommendationTerms().fields}
        return self.perform(request, recommendations.edit_recommendation, _over(known, s.RecommendationChange), obj=row)

    @extend_schema(request=s.SignInput, responses=s.RecommendationOutput)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Sign the present version for the caller's office."""
        return self.perform(request, recommendations.sign_recommendation, s.SignInput, obj=self.get_object())

    @extend_schema(request=VersionedReasonInput, responses=s.RecommendationOutput)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Decline it, before both have signed."""
        return self.perform(request, recommendations.decline_recommendation, VersionedReasonInput, obj=self.get_object())

    @extend_schema(request=VersionedReasonInput, responses=s.RecommendationOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw it, before the bank has answered."""
        return self.perform(request, recommendations.withdraw_recommendation, VersionedReasonInput, obj=self.get_object())


class BatchViewSet(ServiceViewSet):
    """Batches; composing is the bureau's and the city centre's, sending the bureau's."""

    queryset_model = Batch
    serializer_class = s.BatchOutput
    filterset_class = BatchFilter
    ordering_fields = ("number", "sent_on", "answered_on")
    related = ("programme", "sent_by")
    prefetched = (Prefetch("recommendations", queryset=Recommendation.objects.only("pk", "batch_id").order_by("pk")),)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "batch.prepare",
        "update": "batch.prepare",
        "send": "batch.send",
        "document": "paper.register",
        "reply": "paper.register",
    }

    def get_queryset(self) -> Any:
        return with_totals(super().get_queryset())

    @extend_schema(request=s.BatchInput, responses={201: s.BatchOutput})
    def create(self, request: Request) -> Response:
        """Open the programme's next batch with these endorsed recommendations."""
        return self.perform(request, batches.create_batch, s.BatchInput, status=201)

    @extend_schema(request=s.BatchChange, responses=s.BatchOutput)
    def update(self, request: Request, pk: str) -> Response:
        """Say anew what an unsent batch holds."""
        return self.perform(request, batches.edit_batch, s.BatchChange, obj=self.get_object())

    @extend_schema(request=VersionInput, responses=s.BatchOutput)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Send it to the bank, whose decision clock starts."""
        return self.perform(request, batches.send_batch, VersionInput, obj=self.get_object())

    @extend_schema(request=s.DocumentInput, responses=s.BatchOutput)
    @action(detail=True, methods=["post"])
    def document(self, request: Request, pk: str) -> Response:
        """Note the 发文字号 of the sealed letter."""
        return self.perform(request, batches.register_document, s.DocumentInput, obj=self.get_object())

    @extend_schema(request=s.ReplyInput, responses=s.BatchOutput)
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str) -> Response:
        """Note the 字号 of the bank's 审批回执."""
        return self.perform(request, batches.register_reply, s.ReplyInput, obj=self.get_object())
