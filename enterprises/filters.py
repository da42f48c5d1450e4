"""Filters of the lists and of the REST resources: the same names and values in both."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from common.errors import InvalidInput
from common.filters import IntegerFilter
from common.http import today
from common.reading import narrow
from reserve.filters import DayFilter, visible_programmes
from reserve.models import Programme
from reserve.periods import Period, PeriodKind

from . import rules
from .enums import BatchStatus, Category, IndustryEdition, RecommendationStatus, Size
from .models import Batch, Enterprise, EnterpriseBenefit, Recommendation
from .selectors import holding, standing_recommendations

YES_NO = (("true", "是"), ("false", "否"))


def _divisions() -> list[tuple[str, str]]:
    names = {**rules.divisions(IndustryEdition.GB2017), **rules.divisions(IndustryEdition.GB2011)}
    return [(code, f"{code} {name}") for code, name in sorted(names.items())]


class ProgrammeFilter(django_filters.ModelChoiceFilter):
    """`?programme=xiaolan`: only programmes of the person exist."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="项目", to_field_name="code", queryset=visible_programmes, empty_label="全部", **kwargs)


class EnterpriseFilter(django_filters.FilterSet):
    """Asks for a queryset that went through `selectors.with_size`."""

    programme = ProgrammeFilter(method="in_programme")
    industry = django_filters.ChoiceFilter(
        label="行业", choices=_divisions, field_name="industry_code", lookup_expr="startswith", empty_label="全部"
    )
    size = django_filters.ChoiceFilter(label="规模", choices=Size.choices, empty_label="全部")
    category = django_filters.ChoiceFilter(label="有效类别", choices=Category.choices, method="holding_category", empty_label="全部")

    class Meta:
        model = Enterprise
        fields = ()

    def in_programme(self, rows: QuerySet[Enterprise], name: str, value: Programme) -> QuerySet[Enterprise]:
        return rows.filter(links__programme=value)

    def holding_category(self, rows: QuerySet[Enterprise], name: str, value: str) -> QuerySet[Enterprise]:
        return holding(rows, value, today())


class PeriodField(forms.Field):
    """`2013H1` or `2013`. Anything else is refused."""

    widget = forms.TextInput(attrs={"placeholder": "2013H1", "autocomplete": "off"})

    def to_python(self, value: Any) -> Period | None:
        text = narrow(str(value or "")).upper()
        try:
            return Period.parse(text, (PeriodKind.HALF, PeriodKind.YEAR)) if text else None
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message, code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Period) else value


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{4}(H[12])?$", "example": "2013H1"})
class PeriodFilter(django_filters.Filter):
    """Half years of half a year or a year."""

    field_class = PeriodField

    def filter(self, qs: QuerySet[Any], value: Period | None) -> QuerySet[Any]:
        if value is None:
            return qs
        return qs.filter(year=value.first.year, half__in=[half.number for half in value.halves()])


class BenefitFilter(django_filters.FilterSet):
    programme = ProgrammeFilter()
    period = PeriodFilter(label="期间")
    superseded = django_filters.ChoiceFilter(label="已被更正", choices=YES_NO, method="is_superseded", empty_label="全部")

    class Meta:
        model = EnterpriseBenefit
        fields = ()

    def is_superseded(self, rows: Any, name: str, value: str) -> QuerySet[EnterpriseBenefit]:
        return rows.filter(superseded=value == "true")  # type: ignore[no-any-return]


class RecommendationFilter(django_filters.FilterSet):
    programme = ProgrammeFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=RecommendationStatus.choices, empty_label="全部")
    batch = IntegerFilter(label="批次号", field_name="batch__number")
    lapsed = django_filters.ChoiceFilter(label="已失效", choices=YES_NO, method="is_lapsed", empty_label="全部")
    standing = django_filters.ChoiceFilter(
        label="有效", choices=(("true", "已签、未答复、未失效"),), method="is_standing", empty_label="全部"
    )

    class Meta:
        model = Recommendation
        fields = ()

    def is_lapsed(self, rows: QuerySet[Recommendation], name: str, value: str) -> QuerySet[Recommendation]:
        past = Q(status__in=(RecommendationStatus.ENDORSED, RecommendationStatus.SENT), valid_until__lt=today())
        return rows.filter(past) if value == "true" else rows.exclude(past)

    def is_standing(self, rows: QuerySet[Recommendation], name: str, value: str) -> QuerySet[Recommendation]:
        return standing_recommendations(rows, today())


class BatchFilter(django_filters.FilterSet):
    programme = ProgrammeFilter()
    status = django_filters.ChoiceFilter(label="状态", choices=BatchStatus.choices, empty_label="全部")
    sent_to = DayFilter(label="发送日止", field_name="sent_on", lookup_expr="lte")

    class Meta:
        model = Batch
        fields = ()
