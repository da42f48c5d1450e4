"""REST resource of joint decisions to write a loan off."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from parties.api import ReasonInput, ServiceViewSet, caller
from reserve.models import JointDecision, JointVoice

from ..recovering import WriteOffApiFilter
from ..selectors.write_offs import VOICES, write_offs
from ..services import write_offs as services
from .fields import LoanField


class WriteOffInput(serializers.Serializer[Any]):
    loan = LoanField()
    grounds = serializers.CharField(max_length=500, help_text="核销依据")


class WriteOffVoiceInput(serializers.Serializer[Any]):
    agrees = serializers.BooleanField()
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="不同意的必须说明")


class WriteOffVoice(serializers.ModelSerializer[JointVoice]):
    organisation = serializers.CharField(source="organisation.name")
    agrees = serializers.BooleanField(allow_null=True, help_text="未签署的为 null")
    spoken_by = serializers.CharField(source="spoken_by.name", default=None, allow_null=True)

    class Meta:
        model = JointVoice
        fields = ("organisation", "agrees", "opinion", "spoken_by", "spoken_at")
        read_only_fields = fields


class WriteOffOutput(serializers.ModelSerializer[JointDecision]):
    programme = serializers.CharField(source="programme.code")
    loan = serializers.IntegerField(source="subject_id")
    enterprise_name = serializers.CharField()
    note_no = serializers.CharField()
    proposed_by = serializers.CharField(source="proposed_by.name")
    voices = WriteOffVoice(many=True)

    class Meta:
        model = JointDecision
        fields = (
            "id",
            "programme",
            "loan",
            "enterprise_name",
            "note_no",
            "grounds",
            "status",
            "proposed_by",
            "proposed_at",
            "decided_on",
            "withdraw_reason",
            "voices",
        )
        read_only_fields = fields


class WriteOffViewSet(ServiceViewSet):
    """核销: the bank proposes with grounds; a reviewer of the centre, the bureau, the town and the bank speaks; all must agree."""

    queryset_model = JointDecision
    serializer_class = WriteOffOutput
    filterset_class = WriteOffApiFilter
    ordering_fields = ("proposed_at", "decided_on")
    related = ("programme", "proposed_by")
    prefetched = (VOICES,)
    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {
        "create": "write_off.propose",
        "speak": "joint.speak",
        "withdraw": "joint.withdraw",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return write_offs(caller(self.request)).select_related(*self.related).prefetch_related(*self.prefetched)

    @extend_schema(request=WriteOffInput, responses={201: WriteOffOutput})
    def create(self, request: Request) -> Response:
        """The bank's officer proposes to write a compensated loan off."""
        return self.perform(request, services.propose_write_off, WriteOffInput, status=201)

    @extend_schema(request=WriteOffVoiceInput, responses=WriteOffOutput)
    @action(detail=True, methods=["post"])
    def speak(self, request: Request, pk: str) -> Response:
        """A party's reviewer agrees, or refuses with an opinion; the last to agree writes the loan off."""
        return self.perform(request, services.speak_on_write_off, WriteOffVoiceInput, obj=self.get_object(), argument="decision")

    @extend_schema(request=ReasonInput, responses=WriteOffOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The bank takes an undecided proposal back."""
        return self.perform(request, services.withdraw_write_off, ReasonInput, obj=self.get_object(), argument="decision")
