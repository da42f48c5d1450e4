"""What the resources of figures share: one programme on a day, fractions as strings, an ETag."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import InvalidInput
from common.http import today
from parties.api import HoldsAction, caller, with_etag
from parties.web import get_visible
from reserve.api.resources import read_day
from reserve.models import Programme
from reserve.periods import Period, PeriodKind

from .. import rules
from ..selectors.periods import period_asked, why_not_as_of

ETAG_NOTE = "应答带 ETag；请求头 If-None-Match 与之相同时应答 304，不再传送内容。"
AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATE, description="截至日（含），默认今天，最晚今天。")


@extend_schema_field({"type": "string", "pattern": r"^[01]\.[0-9]{4}$", "example": "0.0959"})
class ShareField(serializers.Field[Decimal, str, str, Any]):
    """A fraction with four decimals, as a string."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.4f}"


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]+$", "example": "7.50"})
class TimesField(serializers.Field[Decimal, str, str, Any]):
    """A quotient, as a string."""

    def __init__(self, *, places: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.{self.places}f}"


class FiguresView(APIView):
    """Figures of one programme up to a day, computed from its records."""

    permission_classes = (IsAuthenticated, HoldsAction)
    actions: ClassVar[Mapping[str, str]] = {"read": "programme.read"}
    action = "read"
    parameters: ClassVar[tuple[str, ...]] = ("as_of",)

    def answer(self, request: Request, code: str, figures: Callable[[Programme, date], Mapping[str, Any]]) -> HttpResponseBase:
        """What `figures` says of the programme and the day that are asked for, with its digest as ETag.

        Raises:
            NotFound; InvalidInput: a query parameter that is not among `parameters`, those of lists too; a day that is none or to come.
        """
        programme, day = self.programme(request, code), read_day(request, "as_of")
        if sentence := why_not_as_of(day, today()):
            raise InvalidInput(sentence, fields={"as_of": [sentence]})
        return self.tagged(request, figures(programme, day))

    def programme(self, request: Request, code: str) -> Programme:
        """The one asked for. Raises: NotFound; InvalidInput: an unknown query parameter."""
        unknown = sorted(set(request.query_params) - set(self.parameters))
        if unknown:
            message = f"不认识的查询参数：{'、'.join(unknown)}；可用的有：{'、'.join(self.parameters)}。"
            raise InvalidInput(message, fields={key: ["不认识的查询参数。"] for key in unknown})
        return get_visible(Programme, caller(request), code=code)

    def tagged(self, request: Request, figures: Mapping[str, Any]) -> HttpResponseBase:
        data = {**figures}
        return with_etag(request, rules.digest(data), lambda: Response(data))


class PeriodView(FiguresView):
    """A report of one programme and one period of `kinds`."""

    parameters: ClassVar[tuple[str, ...]] = ("period",)
    kinds: ClassVar[Sequence[PeriodKind]]

    def answer_period(
        self, request: Request, code: str, figures: Callable[[Programme, Period, date], Mapping[str, Any]]
    ) -> HttpResponseBase:
        """What `figures` says of the programme and the period that are asked for, up to today, with its digest as ETag.

        Raises:
            NotFound; InvalidInput: an unknown query parameter, a period of another form, or one that has not begun.
        """
        programme, on = self.programme(request, code), today()
        period = period_asked(programme, request.query_params.get("period", ""), self.kinds, on)
        return self.tagged(request, figures(programme, period, on))


def period_parameter(kinds: Sequence[PeriodKind]) -> OpenApiParameter:
    written = {PeriodKind.QUARTER: "2013Q2", PeriodKind.HALF: "2013H1", PeriodKind.YEAR: "2013"}
    shown = "、".join(written[kind] for kind in kinds)
    return OpenApiParameter("period", str, description=f"报告期，写作 {shown}；默认有账簿分录的最近一期（已结束的）。")
