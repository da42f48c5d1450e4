"""Form fields and the base form of all pages: what clerks type is understood where it can only mean one thing, else refused.

The base form carries a one-time key, so that the same submission sent twice is one, and, where the page shows an object
that others may change meanwhile, what was read (its version, or a digest where more than one row is shown), and when.
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_filters.fields import DateRangeField, RangeField

from . import money
from .errors import Refusal
from .http import now
from .reading import Unclear, parse_day, parse_rate


class AmountField(money.AmountField):
    """An amount: 1000000, 1,000,000.00, 100万, １００万元; Decimal yuan out.

    The page shows the amount in words and in 万元 while one types.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"required": "请填写金额，例如 1000000 或 100万元。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-amount": "", "inputmode": "text", "autocomplete": "off", "class": "num"}


class DateField(forms.DateField):
    """A day: 2012-09-01, 2012-9-1, 2012/9/1, 2012年9月1日, 20120901. Refuses the serial numbers of Excel, which look alike."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "请填写日期，例如 2012-09-01。",
        "invalid": "看不懂这个日期；请填成 2012-09-01 或 2012年9月1日。",
        "excel": "“%(value)s”像是 Excel 的日期序号；请把单元格设为日期格式，填成 2012-09-01。",
        "nonexistent": "没有“%(value)s”这一天；请核对年月日。",
    }
    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-date": "", "placeholder": "2012-09-01", "autocomplete": "off", "inputmode": "text"}

    def to_python(self, value: Any) -> datetime.date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime.date):
            return value.date() if isinstance(value, datetime.datetime) else value
        try:
            return parse_day(str(value))
        except Unclear as unclear:
            raise ValidationError(self.error_messages[unclear.code], code=unclear.code, params={"value": unclear.text}) from None

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime.date) else value


class DayRangeField(DateRangeField):
    """Two days, either of which may be left out; both belong to the range."""

    def __init__(self, **kwargs: Any) -> None:
        RangeField.__init__(self, (DateField(), DateField()), **kwargs)

    def compress(self, data_list: list[datetime.date | None]) -> slice | None:
        first, last = data_list or (None, None)
        if first and last and last < first:
            raise ValidationError(f"止日 {last} 早于起日 {first}，请核对。", code="reversed")
        found: slice | None = super().compress(data_list)
        return found


class RateInput(forms.TextInput):
    """A rate with its unit beside it: `name` holds the figure, `name_unit` says annual (%) or monthly (‰)."""

    UNITS = (("annual", "年利率 %"), ("monthly", "月利率 ‰"))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        text = data.get(name)
        monthly = data.get(f"{name}_unit") == "monthly"
        return f"{text}‰" if monthly and text and not re.search(r"[%％‰]\s*$", str(text)) else text

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        text = str(value) if value is not None else ""
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SafeString(" selected") if (key == "monthly") == text.endswith("‰") else "", label) for key, label in self.UNITS),
        )
        figure = super().render(name, text.rstrip("%％‰ "), attrs, renderer)
        return format_html(
            '<div class="input-group">{}<select class="form-select input-unit" name="{}_unit" aria-label="利率单位">{}</select></div>',
            figure,
            name,
            options,
        )


class RateField(forms.Field):
    """An interest rate: annual percent with four decimals out. 7.8, 7.8% and 6.5‰ (monthly, rounded half up) are the same rate."""

    widget = RateInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "请填写利率，例如 7.8（年利率 %）或 6.5‰（月利率）。",
        "invalid": "看不懂这个利率；请只填数字，例如 7.8，并选择年利率 % 或月利率 ‰。",
        "range": "年利率应大于 0、不超过 100%；请核对是否选错了年利率、月利率。",
        "places": "年利率最多 4 位小数；请核对。",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"data-rate": "", "inputmode": "decimal", "autocomplete": "off", "class": "num"}

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        try:
            return parse_rate(str(value))
        except Unclear as unclear:
            raise ValidationError(self.error_messages[unclear.code], code=unclear.code) from None


@dataclass(frozen=True)
class FieldGroup:
    """A fieldset as the template draws it."""

    title: str
    hint: str
    fields: list[forms.BoundField]


# What Django's own fields say, by field and code, in the project's words.
WORDS: tuple[tuple[type[forms.Field], str, str], ...] = (
    (forms.IntegerField, "invalid", "请填写整数。"),
    (forms.DecimalField, "invalid", "请填写数字。"),
    (forms.IntegerField, "min_value", "不能小于 %(limit_value)s。"),
    (forms.IntegerField, "max_value", "不能大于 %(limit_value)s。"),
    (forms.CharField, "max_length", "最多 %(limit_value)d 字，现有 %(show_value)d 字。"),
    (forms.CharField, "null_characters_not_allowed", "含有无法识别的字符，请重新输入。"),
    (forms.EmailField, "invalid", "请填写电子邮箱，例如 name@example.com。"),
    (forms.ChoiceField, "invalid_choice", "没有“%(value)s”这一项，请重新选择。"),
    (forms.ModelMultipleChoiceField, "invalid_choice", "没有“%(value)s”这一项，请重新选择。"),
    (forms.ModelMultipleChoiceField, "invalid_pk_value", "没有“%(pk)s”这一项，请重新选择。"),
    (forms.ModelChoiceField, "invalid_choice", "没有这一项，请重新选择。"),
    (forms.FileField, "empty", "文件是空的，请重新选择。"),
)


def in_house_words(fields: Mapping[str, forms.Field]) -> None:
    """Let the fields of a form say what is wrong in the project's words; sentences of a field's own stay as they are."""
    for field in fields.values():
        said = field.error_messages
        if said["required"] == forms.Field.default_error_messages["required"]:
            chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.FileField)
            said["required"] = f"{'请选择' if chosen else '请填写'}{field.label or ''}。"
        for kind, code, sentence in WORDS:
            if isinstance(field, kind) and said.get(code) in (None, kind.default_error_messages.get(code)):
                said[code] = sentence


READ = ("version", "digest")  # by which of these a form says what was read
OWN = frozenset({"form_key", *READ, "opened"})  # what the base form carries for itself


class Form(forms.Form):
    """Base of all forms. `fieldsets`: (title, field names) or (title, field names, hint); fields not named come last.

    Data of the view's own are in `values()`: everything but the one-time key, what was read and its moment.
    """

    fieldsets: ClassVar[Sequence[tuple[Any, ...]]] = ()

    refusal: Refusal | None = None

    meanwhile: Sequence[Any] = ()  # what others did to the object since `opened`, where that is why it was refused

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    digest = forms.CharField(widget=forms.HiddenInput, required=False, empty_value=None)
    opened = forms.DateTimeField(widget=forms.HiddenInput, initial=now, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name in READ:
            if self.initial.get(name) is None and not self.data.get(self.add_prefix(name)):
                del self.fields[name]
        if not any(name in self.fields for name in READ):
            del self.fields["opened"]
        in_house_words(self.fields)

    @property
    def groups(self) -> list[FieldGroup]:
        named = [(title, names, *rest) for title, names, *rest in self.fieldsets]
        placed = {name for _, names, *_ in named for name in names}
        others = [bound.name for bound in self.visible_fields() if bound.name not in placed]
        if others:
            named.append(("", others))
        groups = [FieldGroup(title, rest[0] if rest else "", [self[n] for n in names if n in self.fields]) for title, names, *rest in named]
        return [group for group in groups if group.fields]

    @property
    def key(self) -> str:
        """The idempotency key for the service: one for each form that was handed out."""
        given: UUID | None = self.cleaned_data.get("form_key")
        return str(given or uuid4())

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in OWN}

    def refuse(self, refusal: Refusal) -> None:
        """Show a service's refusal in the form: beside the fields it names, its sentence on top."""
        self.refusal = refusal
        own = {name: lines for name, lines in refusal.fields.items() if name in self.fields}
        for name, lines in own.items():
            for line in lines:
                self.add_error(name, line)
        if not own:
            self.add_error(None, refusal.message)
