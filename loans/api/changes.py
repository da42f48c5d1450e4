"""Extensions and corrections of a loan, under the loan's address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.serializers import MoneyField, RateField
from parties.api import ReasonInput, ServiceViewSet, refuse_unknown

from ..enums import Guarantee, RepaymentMethod
from ..models import Correction, Extension, ExtensionConsent
from ..services import corrections, extensions
from ..services.written import said
from .fields import AgreedInstalmentField


class ExtensionInput(ReasonInput):
    due_on = serializers.DateField()
    annual_rate = RateField(required=False, help_text="展期年利率；缺省为原利率按累计期限所达档次调整")


class ConsentInput(serializers.Serializer[Any]):
    agrees = serializers.BooleanField()
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="不同意的必须说明")


class ConsentOutput(serializers.ModelSerializer[ExtensionConsent]):
    organisation = serializers.CharField(source="organisation.name")
    given_by = serializers.CharField(source="given_by.name")

    class Meta:
        model = ExtensionConsent
        fields = ("organisation", "agrees", "opinion", "given_by", "given_at")
        read_only_fields = fields


class ExtensionOutput(serializers.ModelSerializer[Extension]):
    annual_rate = RateField()
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)
    consents = ConsentOutput(many=True)

    class Meta:
        model = Extension
        fields = (
            "id",
            "loan",
            "old_due_on",
            "due_on",
            "annual_rate",
            "reason",
            "status",
            "consents",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "discard_reason",
        )
        read_only_fields = fields


class ExtensionActions(ServiceViewSet):
    """`loans/{id}/extensions/…`: the bank applies, both offices consent, another person of the bank confirms."""

    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "apply_extension": "extension.apply",
        "consent_extension": "extension.consent",
        "confirm_extension": "extension.confirm",
        "withdraw_extension": ("extension.apply", "extension.confirm"),
    }

    @extend_schema(responses=ExtensionOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=ExtensionOutput)
    def extensions(self, request: Request, pk: str) -> Response:
        """The loan's extensions, oldest first."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(self._extensions())
        return self.get_paginated_response(ExtensionOutput(page, many=True).data)

    @extend_schema(request=ExtensionInput, responses={201: ExtensionOutput})
    @extensions.mapping.post
    def apply_extension(self, request: Request, pk: str) -> Response:
        """The bank's officer applies before maturity."""
        return self.perform(
            request, extensions.apply_extension, ExtensionInput, obj=self.get_object(), status=201, output=self._shown_extension
        )

    @extend_schema(request=ConsentInput, responses=ExtensionOutput)
    @action(detail=True, methods=["post"], url_path=r"extensions/(?P<extension_pk>\d+)/consent")
    def consent_extension(self, request: Request, pk: str, extension_pk: str) -> Response:
        """An office's reviewer agrees, or refuses with an opinion."""
        extension = self._extension(extension_pk)
        return self.perform(request, extensions.consent_extension, ConsentInput, obj=extension, output=self._shown_extension)

    @extend_schema(request=None, responses=ExtensionOutput)
    @action(detail=True, methods=["post"], url_path=r"extensions/(?P<extension_pk>\d+)/confirm")
    def confirm_extension(self, request: Request, pk: str, extension_pk: str) -> Response:
        """Another person of the bank confirms what both offices agreed to."""
        return self.perform(request, extensions.confirm_extension, obj=self._extension(extension_pk), output=self._shown_extension)

    @extend_schema(request=ReasonInput, responses=ExtensionOutput)
    @action(detail=True, methods=["post"], url_path=r"extensions/(?P<extension_pk>\d+)/withdraw")
    def withdraw_extension(self, request: Request, pk: str, extension_pk: str) -> Response:
        """The bank takes its application back, or will not confirm it."""
        extension = self._extension(extension_pk)
        return self.perform(request, extensions.withdraw_extension, ReasonInput, obj=extension, output=self._shown_extension)

    def _extensions(self) -> Any:
        rows = self.get_object().extensions.select_related("entered_by", "confirmed_by")
        return rows.prefetch_related("consents__organisation", "consents__given_by")

    def _extension(self, pk: str) -> Extension:
        row: Extension | None = self._extensions().filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def _shown_extension(self, extension: Extension) -> Any:
        return ExtensionOutput(self._extension(str(extension.pk))).data


class CorrectionInput(ReasonInput):
    """What is named is corrected, all else stays."""

    contract_no = serializers.CharField(required=False, max_length=40)
    contract_on = serializers.DateField(required=False)
    note_no = serializers.CharField(required=False, max_length=40)
    amount = MoneyField(required=False)
    disbursed_on = serializers.DateField(required=False)
    due_on = serializers.DateField(required=False)
    annual_rate = RateField(required=False)
    purpose = serializers.CharField(required=False, max_length=100)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False)
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, required=False)
    cycle_months = serializers.ChoiceField(choices=(1, 3), required=False)
    agreed = serializers.ListField(child=AgreedInstalmentField(), required=False, max_length=120)

    def validate_agreed(self, rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
        return [(row["due_on"], row["principal"]) for row in rows]


class CorrectionOutput(serializers.ModelSerializer[Correction]):
    changes = serializers.SerializerMethodField(help_text="栏目名：[更正前, 更正后]")
    entered_by = serializers.CharField(source="entered_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default=None, allow_null=True)

    class Meta:
        model = Correction
        fields = (
            "id",
            "loan",
            "reason",
            "before",
            "after",
            "changes",
            "status",
            "entered_by",
            "entered_at",
            "confirmed_by",
            "confirmed_at",
            "confirmed_on",
            "discard_reason",
        )
        read_only_fields = fields

    def get_changes(self, correction: Correction) -> dict[str, list[str]]:
        return {label: list(pair) for label, pair in said(correction).items()}


class CorrectionActions(ServiceViewSet):
    """`loans/{id}/corrections/…`: entered with a reason, confirmed by another person."""

    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "enter_correction": "correction.enter",
        "confirm_correction": "correction.confirm",
        "discard_correction": ("correction.enter", "correction.confirm"),
    }

    @extend_schema(responses=CorrectionOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=CorrectionOutput)
    def corrections(self, request: Request, pk: str) -> Response:
        """The loan's corrections, oldest first."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(self._corrections())
        return self.get_paginated_response(CorrectionOutput(page, many=True).data)

    @extend_schema(request=CorrectionInput, responses={201: CorrectionOutput})
    @corrections.mapping.post
    def enter_correction(self, request: Request, pk: str) -> Response:
        """The officer says what should have been written, and why."""
        return self.perform(
            request, corrections.enter_correction, CorrectionInput, obj=self.get_object(), status=201, output=self._shown_correction
        )

    @extend_schema(request=None, responses=CorrectionOutput)
    @action(detail=True, methods=["post"], url_path=r"corrections/(?P<correction_pk>\d+)/confirm")
    def confirm_correction(self, request: Request, pk: str, correction_pk: str) -> Response:
        """Another person confirms; the earmark follows the amount."""
        correction = self._correction(correction_pk)
        return self.perform(request, corrections.confirm_correction, obj=correction, output=self._shown_correction)

    @extend_schema(request=ReasonInput, responses=CorrectionOutput)
    @action(detail=True, methods=["post"], url_path=r"corrections/(?P<correction_pk>\d+)/discard")
    def discard_correction(self, request: Request, pk: str, correction_pk: str) -> Response:
        """Take an unconfirmed correction out."""
        correction = self._correction(correction_pk)
        return self.perform(request, corrections.discard_correction, ReasonInput, obj=correction, output=self._shown_correction)

    def _corrections(self) -> Any:
        return self.get_object().corrections.select_related("entered_by", "confirmed_by")

    def _correction(self, pk: str) -> Correction:
        row: Correction | None = self._corrections().filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row

    def _shown_correction(self, correction: Correction) -> Any:
        return CorrectionOutput(self._correction(str(correction.pk))).data
