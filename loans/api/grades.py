"""The bank's grades of a loan, under the loan's address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from parties.api import ServiceViewSet, refuse_unknown

from ..enums import LoanGrade
from ..models import Grading
from ..services import grades


class GradeInput(serializers.Serializer[Any]):
    grade = serializers.ChoiceField(choices=LoanGrade.choices)
    from_on = serializers.DateField(help_text="起始日，不晚于今天")
    reason = serializers.CharField(max_length=200, help_text="分类理由")


class GradingOutput(serializers.ModelSerializer[Grading]):
    entered_by = serializers.CharField(source="entered_by.name")

    class Meta:
        model = Grading
        fields = ("id", "loan", "grade", "from_on", "reason", "entered_by", "entered_at")
        read_only_fields = fields


class GradeActions(ServiceViewSet):
    """`loans/{id}/grades/`: the bank's officer grades a running loan from a day on."""

    actions: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"enter_grade": "grade.enter"}

    @extend_schema(responses=GradingOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], serializer_class=GradingOutput)
    def grades(self, request: Request, pk: str) -> Response:
        """The bank's own grades of the loan by day, oldest first; `grade` of the loan itself is the one in force."""
        refuse_unknown(request, set())
        page = self.paginate_queryset(self.get_object().gradings.select_related("entered_by"))
        return self.get_paginated_response(GradingOutput(page, many=True).data)

    @extend_schema(request=GradeInput, responses={201: GradingOutput})
    @grades.mapping.post
    def enter_grade(self, request: Request, pk: str) -> Response:
        """The bank's officer grades the loan from a day on."""
        return self.perform(
            request, grades.enter_grade, GradeInput, obj=self.get_object(), status=201, output=lambda grading: GradingOutput(grading).data
        )
