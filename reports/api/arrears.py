"""REST resources of a programme's arrears."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from common.serializers import MoneyField

from ..selectors.arrears import BUCKETS, ageing
from .figures import AS_OF, ETAG_NOTE, FiguresView, ShareField


class BucketOutput(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=list(BUCKETS.items()), help_text="逾期天数的上限；0 为未逾期，beyond 为 360 天以上。")
    label = serializers.CharField(help_text="逾期天数的中文名称。")  # type: ignore[assignment]  # the stubs take it for the field's own
    loans = serializers.IntegerField(help_text="笔数。")
    owed = MoneyField(help_text="未还本金，元。")
    share = ShareField(help_text="占全部未还本金的比例，小数。")
    occupied = MoneyField(help_text="占用准备金，元。")


class BankAgeingOutput(serializers.Serializer[Any]):
    bank = serializers.IntegerField(allow_null=True, help_text="银行编号；空为全部银行。")
    name = serializers.CharField(help_text="银行简称。")
    loans = serializers.IntegerField(help_text="笔数合计。")
    owed = MoneyField(help_text="未还本金合计，元。")
    occupied = MoneyField(help_text="占用准备金合计，元。")
    buckets = BucketOutput(many=True)


class AgeingOutput(serializers.Serializer[Any]):
    programme = serializers.CharField(help_text="项目代码。")
    as_of = serializers.DateField(help_text="截至日（含）。")
    tables = BankAgeingOutput(many=True, help_text="先全部银行；有几家银行的，其后每家一张。")


class AgeingView(FiguresView):
    """The ageing table of a programme at the end of a day, by what is known now."""

    @extend_schema(
        operation_id="programme_ageing",
        description="项目截至某日的逾期账龄：各逾期天数的笔数、未还本金、占比、占用准备金，按今天所知重算。" + ETAG_NOTE,
        responses=AgeingOutput,
        parameters=[AS_OF],
        tags=["programmes"],
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        return self.answer(
            request,
            code,
            lambda programme, day: AgeingOutput({"programme": programme.code, "as_of": day, "tables": ageing(programme, day)}).data,
        )
