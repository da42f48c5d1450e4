"""Forms of the app's pages. Each gives its service's values; refusals of the service come back beside the fields."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from common.forms import AmountField, DateField, Form
from common.texts import unsearchable
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.services.attachments import ACCEPTED, SUFFIXES
from reserve.enums import ProgrammeStatus
from reserve.models import Programme
from reserve.periods import Period, PeriodKind, halves_between

from . import rules
from .enums import Category, IndustryEdition, IntakePaper
from .models import Enterprise, Recommendation
from .selectors import SUGGESTED, called, matching, printed_identifier, recommendable
from .services.enterprises import EnterpriseData


def working_programmes(user: User) -> Any:
    """The person's programmes that have not ended."""
    return Programme.objects.visible_to(user).filter(status=ProgrammeStatus.ACTIVE)


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class EnterpriseForm(Form):
    fieldsets: ClassVar = [
        ("登记在", ["programme"]),
        ("企业", ["name", "identifier", "region", "address", "established_on", "legal_representative"]),
        (
            "行业",
            ["industry_edition", "industry_code", "size_industry", "main_products"],
            "规模由年度指标按工信部联企业〔2011〕300号计算，不必填写。",
        ),
        ("联系", ["contact_name", "contact_phone"]),
    ]

    programme = forms.ModelChoiceField(label="项目", queryset=Programme.objects.none(), empty_label=None)
    name = forms.CharField(label="企业名称", max_length=100, help_text="与营业执照一致的全称。")
    identifier = forms.CharField(
        label="统一社会信用代码", max_length=40, help_text="18 位；2015-10-01 以前已登记的企业可保留 9 位组织机构代码，如 12345678-8。"
    )
    region = forms.CharField(label="注册地", max_length=40, help_text="到市或镇，如 中山市小榄镇。")
    address = forms.CharField(label="地址", max_length=200, required=False)
    established_on = DateField(label="成立日期", required=False)
    legal_representative = forms.CharField(label="法定代表人", max_length=40, required=False)
    industry_edition = forms.ChoiceField(label="行业分类版本", choices=IndustryEdition.choices)
    industry_code = forms.CharField(label="行业代码", max_length=5, help_text="GB/T 4754 的 2 至 4 位代码，如 33、3351。")
    size_industry = forms.ChoiceField(label="划型行业", required=False, help_text="一般由行业代码确定，不必选择；代码不能确定时才选。")
    main_products = forms.CharField(label="主要产品", max_length=200, required=False)
    contact_name = forms.CharField(label="联系人", max_length=40, required=False)
    contact_phone = forms.CharField(label="联系电话", max_length=40, required=False)

    def __init__(self, *args: Any, user: User, enterprise: Enterprise | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["size_industry"].choices = [("", "由行业代码确定"), *((name, name) for name in rules.size_industries())]  # type: ignore[attr-defined]
        if enterprise is None:
            self.fields["programme"].queryset = working_programmes(user)  # type: ignore[attr-defined]
        else:
            del self.fields["programme"]

    def values(self) -> dict[str, Any]:
        given = super().values()
        own = {"programme": given.pop("programme")} if "programme" in given else {}
        return {**own, "data": EnterpriseData(**given)}


class YearForm(Form):
    year = forms.IntegerField(label="年度")
    employees = forms.IntegerField(label="从业人员（人）", min_value=0, help_text="年末人数。")
    revenue = AmountField(label="营业收入", allow_zero=True)
    assets = AmountField(label="资产总额", allow_zero=True, required=False, help_text="工业企业划型不看资产，可不填。")


class CategoryForm(Form):
    category = forms.ChoiceField(label="类别", choices=Category.choices)
    certificate_no = forms.CharField(label="证书编号", max_length=60, help_text="同一证书再次登记即更正其有效期。")
    valid_from = DateField(label="有效期起")
    valid_until = DateField(label="有效期止", required=False, help_text="长期有效的不填。")


class BenefitForm(Form):
    """Half years that are over, the latest first."""

    fieldsets: ClassVar = [
        ("填报", ["programme", "period"]),
        ("比上年同期新增", ["output", "tax", "jobs", "patents"], "没有新增或减少的填 0。同一期再次填报即更正，以后一次为准。"),
    ]

    programme = forms.ModelChoiceField(label="项目", queryset=Programme.objects.none(), empty_label=None)
    period = forms.TypedChoiceField(label="期间", coerce=lambda text: Period.parse(text, (PeriodKind.HALF,)))
    output = AmountField(label="新增产值", allow_zero=True)
    tax = AmountField(label="新增税收", allow_zero=True)
    jobs = forms.IntegerField(label="新增就业（人）", min_value=0)
    patents = forms.IntegerField(label="新增专利（件）", min_value=0, help_text="当期获得授权的专利。")

    def __init__(self, *args: Any, programmes: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        first = min((programme.agreement_signed_on for programme in programmes), default=on)
        self.fields["period"].choices = [(str(half), half.label_cn) for half in halves_between(first, on)]  # type: ignore[attr-defined]


class EnterpriseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    """An enterprise by its full name or code; the page suggests while one types. What is near is named, never taken for it."""

    widget = forms.TextInput
    default_error_messages: ClassVar[dict[str, Any]] = {"required": "请填写企业的全称或代码。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Enterprise.objects.none(), **kwargs)
        address = reverse_lazy("enterprises:enterprise_suggest")
        said = {"data-suggest-list": "符合的企业", "data-suggest-none": "名录中没有符合的企业"}
        self.widget.attrs |= {"data-suggest": address, **said, "autocomplete": "off", "placeholder": "名称、拼音首字母或代码"}

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Enterprise) else value

    def to_python(self, value: Any) -> Enterprise | None:
        text = str(value or "").strip()
        if not text:
            return None
        if reason := unsearchable(text):
            raise ValidationError(reason, code="unsearchable")
        offered: Any = self.queryset
        found = list(called(offered, text)[:2])
        if len(found) == 1:
            return found[0]
        near = found or list(matching(offered, text)[:SUGGESTED])
        if not near:
            raise ValidationError(f"名录中没有“{text}”；请核对，或先登记企业。", code="invalid_choice")
        names = "、".join(f"{row.name}（{printed_identifier(row)}）" for row in near)
        raise ValidationError(f"“{text}”不是全称或代码；相近的有：{names}。", code="invalid_choice")


class RecommendationForm(Form):
    fieldsets: ClassVar = [
        ("推荐", ["programme", "enterprise", "bank", "amount", "term_months", "purpose", "renewed_note_no"]),
        ("受理", ["accepted_on", "papers", "visited_on", "visit_note", "credit_note"]),
    ]

    programme = forms.ModelChoiceField(label="项目", queryset=Programme.objects.none(), empty_label=None)
    enterprise = EnterpriseField(label="企业")
    bank = forms.ModelChoiceField(label="推荐银行", queryset=Organisation.objects.none(), empty_label=None)
    amount = AmountField(label="推荐金额")
    term_months = forms.IntegerField(label="期限（月）", min_value=1)
    purpose = forms.CharField(label="用途", max_length=100)
    renewed_note_no = forms.CharField(label="原借据号", max_length=40, help_text="续贷所归还的那笔贷款。")
    accepted_on = DateField(label="受理日期")
    papers = forms.MultipleChoiceField(label="已收材料", choices=IntakePaper.choices, required=False, widget=forms.CheckboxSelectMultiple)
    visited_on = DateField(label="走访日期", required=False)
    visit_note = forms.CharField(label="走访情况", max_length=500, required=False, widget=_area())
    credit_note = forms.CharField(label="征信核查", max_length=500, required=False, widget=_area(2))

    def __init__(
        self, *args: Any, user: User, recommendation: Recommendation | None = None, renews: Recommendation | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        programmes = working_programmes(user)
        banks = Organisation.objects.filter(kind=OrganisationKind.BANK, memberships__programme__in=programmes).distinct()
        self.fields["bank"].queryset = banks  # type: ignore[attr-defined]
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        self.fields["enterprise"].queryset = recommendable(user)  # type: ignore[attr-defined]
        if recommendation is not None or renews is not None:  # which enterprise and programme is settled
            del self.fields["programme"], self.fields["enterprise"]
        if renews is None and (recommendation is None or recommendation.renews_id is None):
            del self.fields["renewed_note_no"]


class SignForm(Form):
    opinion = forms.CharField(label="意见", max_length=200, initial="同意推荐")


class SeenField(forms.MultipleChoiceField):
    """Rows ticked where many are shown: `pk:version` each, the version that was shown. Out: version by primary key."""

    def valid_value(self, value: Any) -> bool:
        return re.fullmatch(r"[0-9]{1,15}:[0-9]{1,9}", str(value)) is not None

    def clean(self, value: Any) -> Any:
        pairs = (text.split(":") for text in super().clean(value))
        return {int(key): int(version) for key, version in pairs}


class SignManyForm(Form):
    """`rows`: the recommendations that may be among those ticked."""

    rows = SeenField(label="推荐", error_messages={"required": "请勾选要签署的推荐。"})
    opinion = forms.CharField(label="意见", max_length=200, initial="同意推荐")

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.among = rows

    def clean_rows(self) -> list[tuple[Recommendation, int]]:
        seen: dict[int, int] = self.cleaned_data["rows"]
        found = list(self.among.filter(pk__in=seen))
        if len(found) != len(seen):
            raise forms.ValidationError("所选推荐有的不在本项目中，请刷新页面后重新勾选。", code="unknown")
        return [(row, seen[row.pk]) for row in found]


class ReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=200, widget=_area())


class BatchForm(Form):
    recommendations = forms.ModelMultipleChoiceField(
        label="推荐", queryset=Recommendation.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    document_no = forms.CharField(label="发文字号", max_length=60, required=False, help_text="可以在用印后补登。")

    def __init__(self, *args: Any, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["recommendations"]
        field.queryset = rows
        field.label_from_instance = batch_line


def batch_line(row: Recommendation) -> str:
    """One choice of a batch, in words."""
    return f"{row.enterprise_name}　{row.amount / 10000:,.2f} 万元　{row.term_months} 个月　有效期至 {row.valid_until}"


class DocumentForm(Form):
    document_no = forms.CharField(label="发文字号", max_length=60, help_text="如 中科贷函〔2012〕5号。")


class ReplyForm(Form):
    reply_no = forms.CharField(label="回执字号", max_length=60)


BATCH_PAPERS = ("联合推荐函扫描件", "审批回执扫描件", "其他材料")
INTAKE_PAPERS = (*(str(label) for label in IntakePaper.labels), "走访记录", "其他材料")


class ScanForm(Form):
    kind = forms.ChoiceField(label="材料")
    file = forms.FileField(label="文件", help_text=f"{ACCEPTED}。", widget=forms.ClearableFileInput(attrs={"accept": SUFFIXES}))

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(name, name) for name in kinds]  # type: ignore[attr-defined]
