"""Filters that several apps share."""

from typing import Any

import django_filters
from django import forms
from drf_spectacular.utils import extend_schema_field

BIGGEST = 2**63 - 1


class IntegerField(forms.IntegerField):
    """A whole number from 1 to what a column holds.

    The library's own number filter reads a decimal: 1.5 then found number 1, and 1e5000000 was counted out digit by digit,
    which stops every thread of the process.
    """

    default_error_messages = {"invalid": "请填整数，例如 12。"}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST, **kwargs)


@extend_schema_field({"type": "integer", "minimum": 1, "description": "编号，从 1 开始。"})
class IntegerFilter(django_filters.Filter):
    """A number of the register (第几批), not an id: an id is chosen from what the person sees (`ModelChoiceFilter`)."""

    field_class = IntegerField
