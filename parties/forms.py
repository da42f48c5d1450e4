"""Forms of people and organisations."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField

from common.forms import DateField, Form, in_house_words
from common.shown import Shown

from .categories import Category
from .enums import ADMINISTRATORS, OrganisationKind, Role
from .models import Organisation, User
from .selectors import colleagues
from .services.attachments import ACCEPTED, SUFFIXES

PASSWORD_HINT = "至少 10 个字符，不能全是数字，不能与登录名、姓名相近，不能是常见密码。"  # noqa: S105


class SignInForm(AuthenticationForm):
    """Says in one sentence what is wrong, and never which of the two it is."""

    error_heading = "未能登录"
    error_messages = {  # noqa: RUF012
        "invalid_login": "登录名或密码不正确，或者账号未启用。连续 5 次失败将暂时锁定。",
        "inactive": "账号未启用；请联系安全管理员。",
    }

    # Django's own field shows the limit and does not hold it: what is longer fits no column of the failures' log.
    username = UsernameField(label="登录名", max_length=40, widget=forms.TextInput(attrs={"autofocus": True}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["password"].label = "密码"
        in_house_words(self.fields)


class OwnPasswordForm(PasswordChangeForm):
    """Old password, new one twice."""

    error_messages = {  # noqa: RUF012
        "password_mismatch": "两次输入的新密码不一样。",
        "password_incorrect": "原密码不正确。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password1"].help_text = PASSWORD_HINT
        self.fields["new_password2"].label = "再输一遍新密码"
        self.fields["new_password2"].help_text = ""
        in_house_words(self.fields)

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        """What is wrong with the new password stands beside it, not beside its repetition."""
        super().validate_password_for_user(user, "new_password1")


class OrganisationForm(Form):
    fieldsets = (
        ("单位", ["kind", "name", "short_name", "reviewer_title"]),
        ("联系方式", ["contact_name", "contact_phone", "address"], "印在文书上。"),
    )
    kind = forms.ChoiceField(label="单位类型", choices=[("", "请选择"), *OrganisationKind.choices], help_text="建立后不能更改。")
    name = forms.CharField(label="单位名称", max_length=100)
    short_name = forms.CharField(label="简称", max_length=30)
    reviewer_title = forms.CharField(label="复核人职务", max_length=20, initial="科长", help_text="印在文书复核栏，如科长、分管领导。")
    contact_name = forms.CharField(label="联系人", max_length=40, required=False)
    contact_phone = forms.CharField(label="联系电话", max_length=40, required=False)
    address = forms.CharField(label="地址", max_length=200, required=False)

    def __init__(self, *args: Any, fixed_kind: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed_kind:
            del self.fields["kind"]


class ContactForm(Form):
    email = forms.EmailField(label="电子邮箱", required=False, help_text="配置了邮件服务器时，通知同时发到这里。")
    phone = forms.CharField(label="联系电话", max_length=40, required=False)


class AccountEditForm(ContactForm):
    name = forms.CharField(label="姓名", max_length=40)
    field_order = ("name", "email", "phone")


class AccountForm(Form):
    fieldsets = (
        ("账号", ["username", "name", "organisation", "role", "is_service", "password"]),
        ("联系方式", ["email", "phone"]),
    )
    username = forms.CharField(label="登录名", max_length=40, help_text="小写字母开头，可用小写字母、数字及 . _ -")
    name = forms.CharField(label="姓名", max_length=40)
    organisation = forms.ModelChoiceField(
        label="单位", queryset=Organisation.objects.none(), required=False, empty_label="不属于任何单位（三员）"
    )
    role = forms.ChoiceField(
        label="拟任角色",
        choices=[("", "查阅（由安全管理员另行授权）"), *((r.value, r.label) for r in Role)],
        required=False,
        help_text="安全管理员核对角色并启用后才能登录。",
    )
    is_service = forms.BooleanField(label="接口账号", required=False, help_text="供其他系统取数，不要求修改首次密码。")
    password = forms.CharField(label="首次密码", widget=forms.PasswordInput, help_text=PASSWORD_HINT)
    email = forms.EmailField(label="电子邮箱", required=False)
    phone = forms.CharField(label="联系电话", max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(is_active=True)  # type: ignore[attr-defined]


class PasswordResetForm(Form):
    password = forms.CharField(
        label="新的首次密码",
        widget=forms.PasswordInput,
        help_text=f"{PASSWORD_HINT}账号将停用，由安全管理员向本人核实后启用；本人登录后须先修改密码。",
    )


class RoleForm(Form):
    role = forms.ChoiceField(label="角色")

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = [role for role in Role if (role in ADMINISTRATORS) == (account.organisation_id is None)]
        self.fields["role"].choices = [(role.value, role.label) for role in fitting]  # type: ignore[attr-defined]


class ReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class Colleagues(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}（{obj.get_role_display()}）"


class DelegationForm(Form):
    """Who takes the place of `absent`, and when."""

    delegate = Colleagues(label="代办人（B岗）", queryset=User.objects.none(), empty_label="请选择", help_text="本单位的经办或复核人员。")
    starts_on = DateField(label="开始日期", help_text="今天或以后。")
    ends_on = DateField(label="结束日期", help_text="含当日；可以提前收回。")
    reason = forms.CharField(label="事由", max_length=100, help_text="如：出差、休假、培训。")

    def __init__(self, *args: Any, absent: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["delegate"].queryset = colleagues(absent)  # type: ignore[attr-defined]


class PaperForm(Form):
    """A paper of any object."""

    kind = forms.CharField(label="材料名称", max_length=40, help_text="如：法院裁定书、抵押物评估报告。")
    file = forms.FileField(label="文件", help_text=f"{ACCEPTED}。", widget=forms.ClearableFileInput(attrs={"accept": SUFFIXES}))


class FilterNameForm(Form):
    """What a kept filter is to be called."""

    name = forms.CharField(label="名称", max_length=30, help_text="例如“本季到期的贷款”。")


class FilterForm(FilterNameForm):
    """What a list shows, as the list signed it, and its name."""

    shown = forms.CharField(widget=forms.HiddenInput)

    def clean_shown(self) -> Shown:
        shown = Shown.read(self.cleaned_data["shown"])
        if shown is None:
            raise forms.ValidationError("看不出要保存哪个列表的筛选；请回到列表页，重新打开“常用筛选”。", code="invalid")
        return shown


class PreferenceForm(Form):
    """Two boxes for each category; of a mandatory one the first is ticked and stays so."""

    def __init__(self, *args: Any, chosen: Sequence[tuple[Category, bool, bool]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories = [category for category, _, _ in chosen]
        for category, in_app, by_mail in chosen:
            for way, label, initial in (("app", "站内", in_app), ("mail", "邮件", by_mail)):
                field = forms.BooleanField(label=f"{category.label}：{label}", initial=initial, required=False)
                field.disabled = way == "app" and category.mandatory
                self.fields[f"{category.code}_{way}"] = field

    @property
    def rows(self) -> list[tuple[Category, forms.BoundField, forms.BoundField]]:
        return [(found, self[f"{found.code}_app"], self[f"{found.code}_mail"]) for found in self.categories]

    def values(self) -> dict[str, Any]:
        given = super().values()
        return {"channels": {found.code: (given[f"{found.code}_app"], given[f"{found.code}_mail"]) for found in self.categories}}
