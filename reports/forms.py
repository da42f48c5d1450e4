"""Forms of the reports app."""

from collections.abc import Sequence
from typing import Any

from django import forms

from common.forms import DateField, Form
from reserve.periods import Period

from .rules import LONGEST_REASON


class ReturnForm(Form):
    """Why a submitted summary goes back to the bank."""

    reason = forms.CharField(
        label="退回理由",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明第几行、哪一栏、应如何更正；银行将看到全文。",
    )


class RefundForm(Form):
    """Where a funder wants its money back."""

    payee = forms.CharField(label="收款账户", max_length=100, help_text="户名、账号、开户行。")


class StatisticsForm(forms.Form):
    """What the statistics page is asked for."""

    as_of = DateField(label="截至", required=False)


class ReportPeriodForm(forms.Form):
    """Which period a report is of."""

    period = forms.ChoiceField(label="报告期")

    def __init__(self, periods: Sequence[Period], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["period"].choices = [(str(period), period.label_cn) for period in periods]  # type: ignore[attr-defined]
