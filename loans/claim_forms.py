"""Forms of claims."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from common.forms import AmountField, DateField, Form
from parties.services.attachments import ACCEPTED, SUFFIXES
from reserve.rule_definitions import CLAIM_PAPERS

from .claim_enums import RefusalReason, Verdict
from .models import PaymentNotice
from .models.claims import LONGEST_ACCOUNT


def _words(label: str, length: int, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


class ClaimForm(Form):
    """What the bank asks for, and what it tells of the borrower."""

    amount = AmountField(label="申请金额", required=False, help_text="不填的按规则可代偿的最高金额申请。")
    cause = _words("逾期原因", LONGEST_ACCOUNT, "借款人为何不能按期归还，现状如何。")
    dunning = _words("催收情况", LONGEST_ACCOUNT, "何时、以何种方式催收，保证人、抵质押物的情况，是否已起诉。")


class ClaimPaperForm(Form):
    kind = forms.ChoiceField(label="材料")
    file = forms.FileField(label="文件", help_text=f"{ACCEPTED}。", widget=forms.ClearableFileInput(attrs={"accept": SUFFIXES}))

    def __init__(self, *args: Any, missing: Sequence[str], **kwargs: Any) -> None:
        """`missing`: labels of what is still asked for; they come first, the first of them chosen."""
        super().__init__(*args, **kwargs)
        wanted = [(key, f"{label}（必备，尚缺）") for key, label in CLAIM_PAPERS.items() if label in missing]
        others = [(key, label) for key, label in CLAIM_PAPERS.items() if label not in missing]
        self.fields["kind"].choices = [*wanted, *others]  # type: ignore[attr-defined]


class ClaimCheckForm(Form):
    opinion = _words("核验意见", 200, "没有意见的可以不填。", required=False)


class ClaimReturnForm(Form):
    opinion = _words("退回意见", 200, "写明缺什么、错在哪里、怎样补正，银行据此补正后重新报送。")


class ClaimWordForm(Form):
    """An office's word, or the last one."""

    fieldsets = (
        ("结论", ["verdict"]),
        ("同意时填写", ["amount"]),
        ("不予代偿时填写", ["reason"]),
        ("意见", ["opinion"], "不予代偿，或同意金额低于申请金额的，必须填写。"),
    )
    verdict = forms.ChoiceField(
        label="结论", choices=[(one.value, one.label) for one in (Verdict.AGREE, Verdict.REFUSE)], widget=forms.RadioSelect
    )
    amount = AmountField(label="同意代偿金额", required=False, help_text="不填的按右侧所列最高金额。")
    reason = forms.ChoiceField(label="原因", choices=[("", "请选择原因"), *RefusalReason.choices], required=False)
    opinion = _words("意见", 200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("verdict") == Verdict.REFUSE:
            self.fields["reason"].required = self.fields["opinion"].required = True


class NoticeForm(Form):
    number = forms.CharField(label="通知书文号", max_length=40, required=False, help_text="如 中科贷划〔2013〕1号；没有文号的可以不填。")


class ClaimPaymentForm(Form):
    """The day and a 回单号 for each account that pays."""

    paid_on = DateField(label="划款日期")

    def __init__(self, *args: Any, due: Sequence[tuple[PaymentNotice, Decimal]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = [notice.account for notice, _ in due]
        for account in self.accounts:
            label = f"{account.funder.short_name}账户回单号"
            self.fields[f"receipt_{account.pk}"] = forms.CharField(label=label, max_length=40, help_text=f"{account.name}")
            self.fields[f"receipt_{account.pk}"].error_messages["required"] = f"请填写{label}。"

    def values(self) -> dict[str, Any]:
        given = super().values()
        return {
            "paid_on": given["paid_on"],
            "receipts": {account.pk: given[f"receipt_{account.pk}"] for account in self.accounts},
        }
