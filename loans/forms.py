"""Forms of the loans app."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from common.errors import InvalidInput
from common.forms import AmountField, DateField, Form, RateField
from common.money import ZERO, format_yuan, parse_amount
from enterprises.forms import working_programmes
from parties.models import User
from parties.permissions import may
from reserve.models import Programme

from .claim_enums import RecoverySource
from .enums import Decision, Guarantee, InspectionResult, LoanGrade, PrepaymentEffect, RepaymentKind, RepaymentMethod, WarningKind
from .filters import QuarterField
from .import_enums import GRANTS
from .models.watching import LONGEST_ACCOUNT
from .selectors.imports import kinds_for


def _choices(label: str, choices: Any) -> list[tuple[str, str]]:
    return [("", f"请选择{label}"), *choices]


class TableField(forms.CharField):
    """Lines of a day and amounts, as people write both → tuples; a line that cannot be read is named."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, *, amounts: Sequence[str], **kwargs: Any) -> None:
        self.amounts = amounts
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [self._line(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]

    def _line(self, number: int, cells: list[str]) -> tuple[Any, ...]:
        shown = f"第 {number} 行“{' '.join(cells)}”"
        if len(cells) != 1 + len(self.amounts):
            raise ValidationError(f"{shown}：应为日期、{'、'.join(self.amounts)}，用空格隔开。")
        try:
            return (DateField().clean(cells[0]), *(parse_amount(cell, allow_zero=True) for cell in cells[1:]))
        except ValidationError as fault:
            raise ValidationError(f"{shown}：{'；'.join(fault.messages)}") from None
        except InvalidInput as refusal:
            raise ValidationError(f"{shown}：{refusal.message}") from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str | None):
            return value
        return "\n".join(" ".join([f"{day:%Y-%m-%d}", *map(format_yuan, amounts)]) for day, *amounts in value)


class ApprovalForm(Form):
    """The officer's decision: an approval needs its terms, a refusal its reason."""

    fieldsets = (
        ("审批意见", ["decision"]),
        ("同意时填写", ["amount", "term_months", "annual_rate", "repayment_method", "guarantee", "first_bank_loan"]),
        ("说明", ["reason"], "不同意时必须填写理由，将写入审批回执。"),
    )
    decision = forms.ChoiceField(label="意见", choices=Decision.choices, widget=forms.RadioSelect)
    amount = AmountField(label="授信金额")
    term_months = forms.IntegerField(label="期限（月）", min_value=1, max_value=360)
    annual_rate = RateField(label="利率")
    repayment_method = forms.ChoiceField(label="还本付息方式", choices=_choices("还本付息方式", RepaymentMethod.choices))
    guarantee = forms.ChoiceField(label="担保方式", choices=_choices("担保方式", Guarantee.choices))
    first_bank_loan = forms.TypedChoiceField(
        label="首贷户",
        required=False,
        choices=[("", "未填报"), ("True", "是"), ("False", "否")],
        coerce=lambda text: text == "True",
        empty_value=None,
        help_text="企业此前在任何银行都没有贷款的选“是”，以征信报告为准；计入上报省的首贷户数。",
    )
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
        ("分期还本", ["cycle_months", "agreed"], "仅用于“按月（季）付息、分期还本”。"),
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
    cycle_months = forms.TypedChoiceField(
        label="结息周期", choices=((1, "按月"), (3, "按季")), coerce=int, empty_value=None, required=False
    )
    agreed = TableField(
        amounts=["本金"], label="分期还本计划", required=False, help_text="每行一期：日期和金额，如 2013-03-29 100万；余额在到期日归还。"
    )

    def __init__(self, *args: Any, preview: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if preview:
            self.fields["amount"].widget.attrs |= {
                "hx-get": preview,
                "hx-target": "#earmark-preview",
                "hx-trigger": "load, input changed delay:400ms",
            }


class ExtensionForm(Form):
    """A new term for what is owed at maturity."""

    due_on = DateField(label="展期后到期日")
    annual_rate = RateField(label="展期利率", required=False)
    reason = forms.CharField(label="展期理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class ConsentForm(Form):
    """An office's word on an extension."""

    agrees = forms.TypedChoiceField(
        label="意见", choices=(("yes", "同意展期"), ("no", "不同意")), coerce=lambda word: word == "yes", widget=forms.RadioSelect
    )
    opinion = forms.CharField(
        label="说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="不同意的必须说明。"
    )


class CorrectionForm(Form):
    """The loan as it stands; what is changed is what is corrected."""

    fieldsets = (
        ("更正理由", ["reason"]),
        ("借款合同", ["contract_no", "contract_on"]),
        ("借据", ["note_no", "amount", "disbursed_on", "due_on"]),
        ("条件", ["annual_rate", "repayment_method", "guarantee", "purpose"]),
        ("分期还本", ["cycle_months", "agreed"], "仅用于“按月（季）付息、分期还本”。"),
    )
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    contract_no = forms.CharField(label="借款合同号", max_length=40)
    contract_on = DateField(label="合同日期")
    note_no = forms.CharField(label="借据号", max_length=40)
    amount = AmountField(label="贷款金额")
    disbursed_on = DateField(label="发放日期")
    due_on = DateField(label="到期日期")
    annual_rate = RateField(label="利率")
    repayment_method = forms.ChoiceField(label="还本付息方式", choices=RepaymentMethod.choices)
    guarantee = forms.ChoiceField(label="担保方式", choices=Guarantee.choices)
    purpose = forms.CharField(label="用途", max_length=100)
    cycle_months = forms.TypedChoiceField(label="结息周期", choices=((1, "按月"), (3, "按季")), coerce=int)
    agreed = TableField(amounts=["本金"], label="分期还本计划", required=False, help_text="每行一期：日期和金额，如 2013-03-29 100万。")


class BankScheduleForm(Form):
    """The bank's own schedule as its system gives it."""

    received_on = DateField(label="出具日期")
    source = forms.CharField(label="来源", max_length=100, required=False, help_text="如核心系统打印的还款计划表编号。")
    rows = TableField(
        amounts=["本金", "利息"],
        label="各期",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="每行一期：日期 本金 利息，可从表格软件直接粘贴三列；最后一期为到期日。",
    )


class RepaymentForm(Form):
    """What came in. With `preview`, the form asks the server what is owed on the day, and what would be entered."""

    payment = ("principal", "interest", "penalty", "kind", "effect")  # beside its day

    fieldsets = (
        ("到账", ["paid_on", "receipt_no"]),
        ("金额", ["principal", "interest", "penalty"], "利息、罚息不填的，按还款日期的应付金额登记。"),
        ("提前还款", ["kind", "effect"], "一般不必选择，系统按还款计划判断。"),
    )
    paid_on = DateField(label="还款日期")
    receipt_no = forms.CharField(label="回单号", max_length=40, required=False)
    principal = AmountField(label="归还本金", allow_zero=True, required=False, help_text="只付利息的填 0。")
    interest = AmountField(label="支付利息", allow_zero=True, required=False)
    penalty = AmountField(label="支付罚息", allow_zero=True, required=False)
    kind = forms.ChoiceField(label="种类", choices=[("", "按还款计划判断"), *RepaymentKind.choices], required=False)
    effect = forms.ChoiceField(label="提前还款后", choices=PrepaymentEffect.choices, required=False)

    def __init__(self, *args: Any, preview: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_on"].widget.attrs |= {
            "hx-get": preview,
            "hx-target": "#owed-preview",
            "hx-include": ", ".join(f"#id_{name}" for name in self.payment),
            "hx-trigger": "load, change from:closest form, input from:closest form delay:400ms",
            "hx-sync": "this:replace",
        }


class GradeForm(Form):
    grade = forms.ChoiceField(label="五级分类", choices=_choices("五级分类", LoanGrade.choices))
    from_on = DateField(label="起始日")
    reason = forms.CharField(label="分类理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


def _account(label: str, help_text: str = "") -> forms.CharField:
    """What is told in free words."""
    return forms.CharField(label=label, max_length=LONGEST_ACCOUNT, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text)


class WarningForm(Form):
    kind = forms.ChoiceField(label="预警种类", choices=_choices("预警种类", WarningKind.choices))
    happened_on = DateField(label="发生日期")
    learned_on = DateField(label="获知日期")
    what = _account("情况", "发生了什么、从何处得知、对还款的影响。")
    measures = _account("已采取的措施", "尚未采取的，写明打算。")


class InspectionForm(Form):
    fieldsets = (
        ("检查", ["quarter", "inspected_on"]),
        ("所见", ["use_of_funds", "operation", "repayment_ability"]),
        ("结论", ["result", "note"]),
    )
    quarter = QuarterField(label="所属季度", help_text="如 2012Q3 或 2012年第三季度。")
    inspected_on = DateField(label="检查日期")
    use_of_funds = _account("资金用途", "是否按约定用途使用，有何凭证。")
    operation = _account("经营情况", "生产、销售、用工、主要财务指标的变化。")
    repayment_ability = _account("还款能力", "还款来源、现金流、担保和抵押物的变化。")
    result = forms.ChoiceField(label="结论", choices=_choices("结论", InspectionResult.choices))
    note = forms.CharField(label="备注", required=False, max_length=LONGEST_ACCOUNT, widget=forms.Textarea(attrs={"rows": 2}))


class NetCapitalForm(Form):
    effective_on = DateField(label="基准日", help_text="资本净额所属的日期，如季末、年末。")
    amount = AmountField(label="资本净额")
    source = forms.CharField(label="数据来源", max_length=100, help_text="例如 2011年度审计报告，或报送监管部门的资本充足率报表。")


class ImportForm(Form):
    """A table of rows. Of kinds, those the person may enter by hand."""

    fieldsets = (
        ("文件", ["programme", "kind", "file"]),
        ("核对用（选填）", ["position_on", "quarter", "declared_count", "declared_total"], "填写后系统核对文件是否相符。"),
    )
    programme = forms.ModelChoiceField(label="项目", queryset=Programme.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label="种类")
    file = forms.FileField(
        label="文件",
        help_text="Excel 工作簿（.xlsx）或 CSV（UTF-8、GBK），最多 20,000 行。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    position_on = DateField(label="月末日期", required=False, help_text="月末余额文件必填，如 2012-09-30。")
    quarter = QuarterField(label="所属季度", required=False, help_text="还款、放款借据文件：各行应在该季度内，如 2012Q3。")
    declared_count = forms.IntegerField(label="申报行数", required=False, min_value=0, max_value=20_000)
    declared_total = AmountField(
        label="申报合计", required=False, allow_zero=True, help_text="还款总额、贷款金额或（期初）本金余额的合计。"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An ended one too: its loans are paid back all the same.
        self.fields["programme"].queryset = Programme.objects.visible_to(user)  # type: ignore[attr-defined]
        kinds = [(kind, label) for kind, label in kinds_for(user) if may(user, GRANTS[kind].enter)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    @staticmethod
    def first_choices(user: User, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What the form opens with: the kind the address names, the person's first programme."""
        return {"programme": working_programmes(user).first(), "kind": asked.get("kind", "")}


class ReasonForm(Form):
    """Why something is sent back or discarded."""

    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class ResumptionForm(Form):
    """Why new cover should be allowed again."""

    grounds = forms.CharField(
        label="依据", max_length=500, widget=forms.Textarea(attrs={"rows": 4}), help_text="比率的变化、逾期贷款的处置、今后的措施。"
    )


# Recoveries and write-offs


class RecoveryForm(Form):
    received_on = DateField(label="收到日期", help_text="款项到达本行的日期。")
    source = forms.ChoiceField(label="来源", choices=_choices("来源", RecoverySource.choices))
    gross = AmountField(label="追回金额（元）", help_text="扣除费用以前的全部金额。")
    cost = AmountField(
        label="追偿费用（元）", allow_zero=True, required=False, help_text="为追回这笔款项支出的诉讼、执行、评估、拍卖等费用；没有的不填。"
    )
    note = forms.CharField(label="说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_cost(self) -> Decimal:
        return self.cleaned_data["cost"] or ZERO


class RemittanceForm(Form):
    remitted_on = DateField(label="划回日期")
    receipt_no = forms.CharField(label="回单号", max_length=80)


class RecoveryReportForm(Form):
    quarter = QuarterField(label="所属季度", help_text="如 2013Q2 或 2013年第二季度。")
    measures = _account("已采取的措施", "催收、诉讼、保全、执行、处置抵押物等。")
    prospects = _account("预计回款与下一步", "预计何时、从何处回款多少，下一步打算。")


class WriteOffForm(Form):
    grounds = forms.CharField(
        label="核销依据",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="如法院终结执行裁定、破产终结裁定、工商注销证明及文号。",
    )


class JointWordForm(Form):
    """A party's word on what was put to all."""

    agrees = forms.TypedChoiceField(
        label="意见", choices=(("yes", "同意"), ("no", "不同意")), coerce=lambda word: word == "yes", widget=forms.RadioSelect
    )
    opinion = forms.CharField(
        label="说明", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="不同意的必须说明。"
    )
