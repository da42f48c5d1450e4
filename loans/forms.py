"""Forms of the loans app."""

from typing import Any

from django import forms

from common.forms import AmountField, DateField, Form, RateField

from .enums import Decision, Guarantee, RepaymentMethod


def _choices(label: str, choices: Any) -> list[tuple[str, str]]:
    return [("", f"请选择{label}"), *choices]


class ApprovalForm(Form):
    """The officer's decision: an approval needs its terms, a refusal its reason."""

    fieldsets = (
        ("审批意见", ["decision"]),
        ("同意时填写", ["amount", "term_months", "annual_rate", "repayment_method", "guarantee"]),
        ("说明", ["reason"], "不同意时必须填写理由，将写入审批回执。"),
    )
    decision = forms.ChoiceField(label="意见", choices=Decision.choices, widget=forms.RadioSelect)
    amount = AmountField(label="授信金额")
    term_months = forms.IntegerField(label="期限（月）", min_value=1, max_value=360)
    annual_rate = RateField(label="利率")
    repayment_method = forms.ChoiceField(label="还本付息方式", choices=_choices("还本付息方式", RepaymentMethod.choices))
    guarantee = forms.ChoiceField(label="担保方式", choices=_choices("担保方式", Guarantee.choices))
    reason = forms.CharField(label="理由或说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("decision") == Decision.DECLINE:
            for name in ("amount", "term_months", "annual_rate", "repayment_method", "guarantee"):
                self.fields[name].required = False
            self.fields["reason"].required = True


class LoanForm(Form):
    """One 借据. With `preview`, the amount asks the server what it would occupy while one types."""

    fieldsets = (
        ("借款合同", ["contract_no", "contract_on"]),
        ("借据", ["note_no", "amount", "disbursed_on", "due_on"]),
        ("条件", ["annual_rate", "repayment_method", "purpose"], "已按授信填好，可在授信范围内修改。"),
    )
    contract_no = forms.CharField(label="借款合同号", max_length=40)
    contract_on = DateField(label="合同日期")
    note_no = forms.CharField(label="借据号", max_length=40, help_text="本行内不能重复。")
    amount = AmountField(label="贷款金额")
    disbursed_on = DateField(label="发放日期")
    due_on = DateField(label="到期日期")
    annual_rate = RateField(label="利率")
    repayment_method = forms.ChoiceField(label="还本付息方式", choices=RepaymentMethod.choices)
    purpose = forms.CharField(label="用途", max_length=100)

    def __init__(self, *args: Any, preview: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if preview:
            self.fields["amount"].widget.attrs |= {
                "hx-get": preview,
                "hx-target": "#earmark-preview",
                "hx-trigger": "load, input changed delay:400ms",
            }


class RepaymentForm(Form):
    paid_on = DateField(label="还款日期")
    principal = AmountField(label="归还本金", help_text="只填本金；利息不在本系统记录。")
    receipt_no = forms.CharField(label="回单号", max_length=40, required=False)


class ReasonForm(Form):
    """Why something is sent back or discarded."""

    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
