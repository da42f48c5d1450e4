"""Forms of the reserve's pages. What they hand on has the names of the services' arguments."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from common.errors import InvalidInput
from common.forms import AmountField, DateField, Form, RateField
from parties.enums import FUNDERS, OrganisationKind
from parties.models import Organisation, User

from .enums import ObligationStatus, ProgrammeStatus
from .ledger_enums import AccountKind
from .models import FundingObligation, Programme, ReserveAccount
from .rule_definitions import RuleDefinition, RuleType
from .services.rates import COLUMNS, title
from .services.statement_reading import read_file, read_text

LINES = {"rows": 3}


class ProgrammeForm(Form):
    fieldsets = (
        ("项目", ["name", "code", "region"]),
        ("协议", ["agreement_name", "agreement_signed_on"], "规则自协议签署日起按规则手册的默认值生效，以后可逐项修改。"),
        ("启用", ["started_on"], "项目执行到中途才转入本系统的填写；此前的出资和贷款以期初导入，建立后不能更改。"),
        ("参与方", ["parties"], "省生产力促进中心、市科技局、镇政府各一个，合作银行至少一家。"),
    )
    name = forms.CharField(label="项目名称", max_length=100)
    code = forms.CharField(label="项目代码", max_length=32, help_text="小写字母、数字和连字符，例如 xiaolan；建立后不能更改。")
    region = forms.CharField(label="地区", max_length=40, help_text="受支持企业的注册地，例如 中山市。")
    agreement_name = forms.CharField(label="协议名称", max_length=100)
    agreement_signed_on = DateField(label="协议签署日")
    started_on = DateField(label="启用日", required=False, help_text="自始在本系统办理的不填。")
    parties = forms.ModelMultipleChoiceField(label="参与方", queryset=Organisation.objects.none(), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parties"].queryset = Organisation.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["parties"].label_from_instance = lambda o: f"{o.name}（{o.get_kind_display()}）"  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        return super().values() | {"parties": list(self.cleaned_data["parties"])}


class PartyForm(Form):
    organisation = forms.ModelChoiceField(label="单位", queryset=Organisation.objects.none(), empty_label="请选择")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Organisation.objects.filter(is_active=True).exclude(pk__in=programme.party_ids())
        self.fields["organisation"].queryset = others  # type: ignore[attr-defined]


class ReserveAccountForm(Form):
    funder = forms.ModelChoiceField(label="出资人", queryset=Organisation.objects.none(), empty_label="请选择")
    bank = forms.ModelChoiceField(label="开户银行", queryset=Organisation.objects.none(), empty_label="请选择")
    name = forms.CharField(label="户名", max_length=100)
    number = forms.CharField(label="账号", max_length=40)
    opened_on = DateField(label="开户日")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["funder"].queryset = programme.organisations(*sorted(FUNDERS))  # type: ignore[attr-defined]
        self.fields["bank"].queryset = programme.organisations(OrganisationKind.BANK)  # type: ignore[attr-defined]


class EndForm(Form):
    ended_on = DateField(label="终止日")
    reason = forms.CharField(
        label="终止依据", max_length=200, widget=forms.Textarea(attrs=LINES), help_text="例如 协议期满，或终止协议的文号。"
    )


class RuleForm(Form):
    """A new value of one setting; the control fits its type."""

    effective_on = DateField(label="生效日", help_text="今天或以后的日期，同一天再录入的以后一次为准；已批准的贷款仍按其批准日的规则。")
    reason = forms.CharField(label="依据", max_length=200, widget=forms.Textarea(attrs=LINES), help_text="例如 联席会议纪要的文号。")

    def __init__(self, *args: Any, definition: RuleDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule_key = definition.key
        self.fields = {"text": _value_field(definition), **self.fields}

    def values(self) -> dict[str, Any]:
        text = self.cleaned_data["text"]
        return super().values() | {"key": self.rule_key, "text": ",".join(text) if isinstance(text, list) else text}


def _value_field(definition: RuleDefinition) -> forms.Field:
    label = f"新的取值（{definition.unit}）" if definition.unit else "新的取值"
    if definition.type is RuleType.BOOLEAN:
        return forms.ChoiceField(label=label, choices=[("true", "是"), ("false", "否")])
    if definition.type is RuleType.CHOICE:
        return forms.ChoiceField(label=label, choices=list(definition.choices.items()))
    if definition.type is RuleType.CHOICES:
        choices = list(definition.choices.items())
        return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
    return forms.CharField(label=label, max_length=200, help_text=definition.description)


class ContributionForm(Form):
    """The account follows from the person's organisation; the town chooses which obligation it pays."""

    fieldsets = (
        ("划款", ["account", "obligation", "amount", "transferred_on"]),
        ("凭证", ["voucher_no", "note"]),
    )
    account = forms.ModelChoiceField(label="准备金账户", queryset=ReserveAccount.objects.none(), empty_label=None)
    obligation = forms.ModelChoiceField(label="配套义务", queryset=FundingObligation.objects.none(), empty_label=None)
    amount = AmountField(label="金额")
    transferred_on = DateField(label="划款日期")
    voucher_no = forms.CharField(label="划款凭证号", max_length=40)
    note = forms.CharField(label="备注", max_length=200, required=False, widget=forms.Textarea(attrs=LINES))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Q(funder=user.organisation, programme__status=ProgrammeStatus.ACTIVE)
        accounts = ReserveAccount.objects.filter(own).select_related("programme")
        account_field, obligation_field = self.fields["account"], self.fields["obligation"]
        account_field.queryset = accounts  # type: ignore[attr-defined]
        account_field.label_from_instance = lambda a: f"{a.programme.name}　{a}"  # type: ignore[attr-defined]
        if user.kind != OrganisationKind.TOWN:
            del self.fields["obligation"]
            return
        owed = FundingObligation.objects.filter(
            debtor=user.organisation, status__in=(ObligationStatus.OPEN, ObligationStatus.OVERDUE), programme__status="active"
        )
        obligation_field.queryset = owed.select_related("deadline", "source", "programme")  # type: ignore[attr-defined]
        obligation_field.required = False
        if any(account.programme.started_on for account in accounts):
            obligation_field.empty_label = "不指定（启用日以前的期初出资）"  # type: ignore[attr-defined]
        obligation_field.label_from_instance = lambda o: (  # type: ignore[attr-defined]
            f"{o.amount:,.2f} 元，{o.deadline.due_on} 前（省级出资 {o.source.voucher_no}，{o.programme.name}）"
        )


class ReceiptForm(Form):
    arrived_on = DateField(label="到账日期", help_text="资金进入准备金账户的日期；配套期限从此日的次日起算。")
    amount = AmountField(label="到账金额", help_text="请按回单重新录入，系统与出资人登记的金额核对。")
    receipt_no = forms.CharField(label="回单号", max_length=40)


class ReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs=LINES))


class InterestForm(Form):
    """Interest credited to an account at the person's bank."""

    fieldsets = (("利息", ["account", "amount", "booked_on", "receipt_no"]), ("计息期", ["period_first", "period_last"]))
    account = forms.ModelChoiceField(label="准备金账户", queryset=ReserveAccount.objects.none(), empty_label="请选择")
    amount = AmountField(label="金额")
    booked_on = DateField(label="入账日期")
    receipt_no = forms.CharField(label="回单号", max_length=40)
    period_first = DateField(label="计息期起日")
    period_last = DateField(label="计息期止日", help_text="含当日；不晚于入账日期。")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"], ReserveAccount.objects.filter(bank=user.organisation))


class PayoutForm(Form):
    """Interest that has left an account at the person's bank."""

    account = forms.ModelChoiceField(label="准备金账户", queryset=ReserveAccount.objects.none(), empty_label="请选择")
    amount = AmountField(label="金额")
    booked_on = DateField(label="划出日期")
    receipt_no = forms.CharField(label="回单号", max_length=40)
    payee = forms.CharField(label="收款账户", max_length=100, help_text="户名、账号、开户行。")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"], ReserveAccount.objects.filter(bank=user.organisation))


class StatementForm(Form):
    """A bank's statement: its balances, and its lines as a file or as text, one of the two or (where nothing moved) none."""

    fieldsets = (
        ("账户与期间", ["account", "first", "last"]),
        ("余额", ["opening", "closing"], "期初余额 + 收入 − 支出 须等于期末余额。"),
        ("明细", ["file", "lines"], "上传文件或粘贴明细，二选一；本期没有发生额的都不填。"),
    )
    account = forms.ModelChoiceField(label="准备金账户", queryset=ReserveAccount.objects.none(), empty_label="请选择")
    first = DateField(label="起日")
    last = DateField(label="止日")
    opening = AmountField(label="期初余额", allow_zero=True)
    closing = AmountField(label="期末余额", allow_zero=True)
    file = forms.FileField(
        label="对账单文件", required=False, help_text="Excel（xlsx）或 CSV；表头须有 日期、收入、支出，另可有 回单号、摘要、余额。"
    )
    lines = forms.CharField(
        label="明细",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="每笔一行：日期,收入,支出,回单号,摘要,余额；可从 Excel 直接粘贴。例如 2012-03-21,12345.67,,LX00001,结息,10012345.67。",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"], ReserveAccount.objects.filter(bank=user.organisation))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file, text = given.get("file"), given.get("lines")
        if file and text:
            self.add_error("lines", "已选择文件，请不要再粘贴明细；二选一。")
        elif file and file.size > settings.ATTACHMENT_MAX_BYTES:
            self.add_error("file", f"文件超过上限 {settings.ATTACHMENT_MAX_BYTES // 2**20} MB；请按月拆分后分别报送。")
        else:
            try:
                self.rows = read_file(file) if file else read_text(text) if text else []
            except InvalidInput as mistake:
                self.refuse(mistake)
        return given

    def values(self) -> dict[str, Any]:
        given = super().values()
        file = given.pop("file")
        return given | {"lines": self.rows, "origin": file.name[-200:] if file else "手工录入"}


class ExplanationForm(Form):
    text = forms.CharField(label="说明", max_length=200, widget=forms.Textarea(attrs=LINES), help_text="差异的原因，以及怎样、何时消除。")


class RefundPaymentForm(Form):
    paid_on = DateField(label="划款日期")
    receipt_no = forms.CharField(label="回单号", max_length=40)


def offer_accounts(field: forms.Field, accounts: QuerySet[ReserveAccount]) -> None:
    """Let a field choose among these accounts of programmes that are not settled."""
    open_ones = accounts.exclude(programme__status=ProgrammeStatus.CLOSED)
    field.queryset = open_ones.select_related("programme")  # type: ignore[attr-defined]
    field.label_from_instance = lambda a: f"{a.programme.name}　{a}"  # type: ignore[attr-defined]


class RateForm(Form):
    """One published row; which columns depends on the kind."""

    effective_on = DateField(label="生效日", help_text="晚于已有的最后一行；更正最后一行则填同一天。")

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in COLUMNS[kind]:
            self.fields[name] = RateField(label=title(name))

    def values(self) -> dict[str, Any]:
        given = super().values()
        rates = {name: given[name] for name in COLUMNS[self.kind]}
        return {"kind": self.kind, "effective_on": given["effective_on"], "rates": rates}


class HolidayLines(forms.CharField):
    """A line for each holiday: `2027-01-01 至 2027-01-03 元旦`; one day: `2027-05-01 劳动节`."""

    widget = forms.Textarea
    LINE = re.compile(r"(?P<first>\S+?)(?:\s*(?:至|到|~|～|—|–)\s*(?P<last>\S+))?\s+(?P<name>\S+)")

    def clean(self, value: Any) -> list[tuple[date, date, str]]:
        text: str = super().clean(value)
        return [self._range(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]

    def _range(self, number: int, line: str) -> tuple[date, date, str]:
        found = self.LINE.fullmatch(line.replace("，", " ").replace(",", " "))
        if found is None:
            raise ValidationError(f"第 {number} 行“{line}”看不懂，请写成：2027-01-01 至 2027-01-03 元旦。")
        first = read_day(found["first"], number)
        return first, read_day(found["last"], number) if found["last"] else first, found["name"]


class DayLines(forms.CharField):
    """A day in each line (or separated by blanks or commas)."""

    widget = forms.Textarea

    def clean(self, value: Any) -> list[date]:
        text: str = super().clean(value)
        rows = enumerate(text.splitlines(), start=1)
        return [read_day(word, number) for number, line in rows for word in re.split(r"[\s,，、；;]+", line) if word]


def read_day(text: str, number: int) -> date:
    """A day as DateField reads it; its mistake names the line."""
    try:
        day = DateField().to_python(text)
    except ValidationError as mistake:
        raise ValidationError(f"第 {number} 行：{mistake.messages[0]}") from mistake
    if day is None:
        raise ValidationError(f"第 {number} 行缺少日期。")
    return day


class NoticeForm(Form):
    fieldsets: ClassVar[Sequence[tuple[Any, ...]]] = (
        ("通知", ["year", "notice_number"]),
        ("放假与调休", ["holidays", "makeup_days"], "照国务院办公厅通知逐条录入；录入后优先于系统自带的数据。"),
    )
    year = forms.IntegerField(label="年份", min_value=2008, max_value=2100)
    notice_number = forms.CharField(label="文号", max_length=60, help_text="例如 国办发明电〔2011〕45号。")
    holidays = HolidayLines(
        label="放假",
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text="每行一个假期：起日 至 止日 名称，例如 2012-01-22 至 2012-01-28 春节。",
    )
    makeup_days = DayLines(
        label="调休上班日", required=False, widget=forms.Textarea(attrs=LINES), help_text="每行一天，须为周六或周日；没有可不填。"
    )


class PeriodForm(forms.Form):
    """The period and ledger account of a statement, from the address."""

    kind = forms.ChoiceField(label="科目", choices=AccountKind.choices)
    first = DateField(label="起日")
    last = DateField(label="止日")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", f"止日 {last} 早于起日 {first}；请核对期间。")
        return given


class AsOfForm(forms.Form):
    as_of = DateField(label="截至", required=False)
