"""Forms of the reports app."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from common.forms import DateField, Form, in_house_words
from common.http import today
from reserve.periods import Period

from .rules import LONGEST_REASON, LONGEST_REMARK
from .selectors.periods import why_not_as_of


class ReviewForm(Form):
    """Remarks on the lines of a version under review, by 借据号, and why it goes back to the bank.

    `own`: what the person said before. A line that is not sent keeps its remark. `returning`: the reason is needed.
    """

    reason = forms.CharField(
        label="退回理由",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明应如何更正；与各行批注一起告知银行。只保存批注时不保存理由。",
    )

    def __init__(self, *args: Any, notes: Sequence[str], own: Mapping[str, str], returning: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = {note: f"remark-{number}" for number, note in enumerate(notes, 1)}
        self._returning = returning
        for note, name in self._names.items():
            self.fields[name] = forms.CharField(
                label=f"批注（借据 {note}）",
                max_length=LONGEST_REMARK,
                required=False,
                initial=own.get(note, ""),
                widget=forms.TextInput(attrs={"placeholder": "批注（选填）"}),
            )
        if self.is_bound and not returning:
            self.fields["reason"].required = False
        in_house_words(self.fields)

    def control_of(self, note: str) -> forms.BoundField:
        """Where the remark on this 借据 is written."""
        return self[self._names[note]]

    def values(self) -> dict[str, Any]:
        given = {note: self.cleaned_data[name] for note, name in self._names.items() if name in self.data}
        return {"remarks": given, **({"reason": self.cleaned_data["reason"]} if self._returning else {})}


class RefundForm(Form):
    """Where a funder wants its money back."""

    payee = forms.CharField(label="收款账户", max_length=100, help_text="户名、账号、开户行。")


class AsOfField(DateField):
    """The day figures are as of: today at the latest."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and (sentence := why_not_as_of(value, today())):
            raise ValidationError(sentence, code="future")


class StatisticsForm(forms.Form):
    """What the statistics page is asked for."""

    as_of = AsOfField(label="截至", required=False)


class ReportPeriodForm(forms.Form):
    """Which period a report is of."""

    period = forms.ChoiceField(label="报告期")

    def __init__(self, periods: Sequence[Period], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["period"].choices = [(str(period), period.label_cn) for period in periods]  # type: ignore[attr-defined]
