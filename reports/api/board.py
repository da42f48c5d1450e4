"""REST resource of the board of days."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated

from common.http import today
from common.serializers import MoneyField
from parties.api import HoldsAction, StrictFilterBackend, caller
from reserve.calendar import workday_table
from reserve.models import Deadline

from ..enums import DUE_KINDS
from ..lists import BoardFilter, due_address, due_words
from ..selectors.board import SPANS, board, span_of


class DueItemOutput(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="到期日或应付日。")
    provisional = serializers.BooleanField(source="guess", help_text="是否暂定：该年放假安排尚未录入。")
    kind = serializers.ChoiceField(source="what", choices=DUE_KINDS, help_text="事项种类。")
    detail = serializers.SerializerMethodField(help_text="中文说明。")
    amount = MoneyField(source="sum", allow_null=True, help_text="贷款到期为未还本金，分期为未付的本金和利息，元；其他为空。")
    organisation = serializers.IntegerField(source="unit_id", allow_null=True, help_text="责任单位编号。")
    programme = serializers.CharField(source="project_code", help_text="项目代码。")
    url = serializers.SerializerMethodField(help_text="办理的页面。")

    def get_detail(self, row: Mapping[str, Any]) -> str:
        return due_words(row)

    def get_url(self, row: Mapping[str, Any]) -> str:
        return due_address(row)


class DueItemViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """到期看板: maturities, instalments, expiries and duties of the next 10, 20 or 30 working days, by day."""

    serializer_class = DueItemOutput
    filterset_class = BoardFilter
    permission_classes = (IsAuthenticated, HoldsAction)
    filter_backends = (StrictFilterBackend,)
    actions: ClassVar[Mapping[str, str]] = {"list": "programme.read"}

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # the schema generator has no caller
            return Deadline.objects.none()
        return board(caller(self.request), span_of(SPANS[0], today(), workday_table()))
