"""Serializer fields that every resource shares: money and rates are strings in JSON, never floats."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from . import forms
from .errors import InvalidInput
from .money import api_string, parse_amount


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "example": "10000000.00"})
class MoneyField(serializers.Field[Decimal, str, str, Any]):
    """Yuan: `"10000000.00"` out; in, a string as people write amounts. A JSON number is refused: it may have been a float."""

    def __init__(self, *, allow_zero: bool = False, **kwargs: Any) -> None:
        self.allow_zero = allow_zero
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            raise serializers.ValidationError('金额须为字符串，例如 "10000000.00"。')
        try:
            return parse_amount(data, allow_zero=self.allow_zero)
        except InvalidInput as refusal:
            raise serializers.ValidationError(refusal.message) from None

    def to_representation(self, value: Decimal) -> str:
        return api_string(value)


@extend_schema_field({"type": "string", "example": "7.8000"})
class RateField(serializers.Field[Decimal, str, str, Any]):
    """Annual percent: `"7.8000"` out; in, `"7.8"`, `"7.8%"` or a monthly `"6.5‰"`."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            raise serializers.ValidationError('利率须为字符串，例如 "7.8000"（年利率 %）。')
        try:
            rate: Decimal = forms.RateField().clean(data)
        except ValidationError as error:
            raise serializers.ValidationError(list(error.messages)) from None
        return rate

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.4f}"
