"""REST resource of the watch list."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http import today
from common.serializers import MoneyField
from parties.api import ServiceViewSet

from ..enums import LoanGrade, WatchReason
from ..models import Loan
from ..selectors.watch import reasons, watched
from ..watching import WatchFilter


class WatchReasonOutput(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=WatchReason.choices)
    detail = serializers.CharField(help_text="中文说明")


class WatchedLoanOutput(serializers.ModelSerializer[Loan]):
    programme = serializers.CharField(source="programme.code")
    outstanding = MoneyField()
    earmarked = MoneyField()
    grade = serializers.ChoiceField(choices=LoanGrade.choices, help_text="今天适用的五级分类")
    days_overdue = serializers.SerializerMethodField(help_text="逾期天数，截至今天")
    reasons = serializers.SerializerMethodField(help_text="列入的原因，严重的在前")

    class Meta:
        model = Loan
        fields = (
            *("id", "programme", "bank", "enterprise", "enterprise_name", "note_no", "outstanding", "earmarked", "due_on", "grade"),
            *("days_overdue", "reasons"),
        )
        read_only_fields = fields

    def get_days_overdue(self, loan: Any) -> int:
        return (today() - loan.unpaid_since).days if loan.unpaid_since else 0

    @extend_schema_field(WatchReasonOutput(many=True))
    def get_reasons(self, loan: Any) -> list[dict[str, str]]:
        return [{"reason": reason.value, "detail": words} for reason, words in reasons(loan, today()).items()]


class WatchedLoanViewSet(ServiceViewSet):
    """关注名单: running loans somebody should look at today, gravest first, each with its reasons."""

    queryset_model = Loan
    serializer_class = WatchedLoanOutput
    filterset_class = WatchFilter
    ordering_fields = ("gravity", "outstanding", "due_on")
    related = ("programme",)

    def get_queryset(self) -> QuerySet[Any]:
        return watched(super().get_queryset(), today())
