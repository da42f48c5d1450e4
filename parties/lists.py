"""Lists of this app and their filters."""

from typing import Any

import django_filters
from axes.models import AccessFailureLog, AccessLog
from django.db.models import Q, TextChoices
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.columns import Column
from common.forms import DayRangeField
from common.http import today
from common.listing import Listing
from common.templatetags.ui import badge

from . import selectors
from .enums import OrganisationKind, Role
from .models import AuditEvent, Delegation, Notification, Organisation, User
from .permissions import PERMISSIONS

ACTIVE = (("1", "启用"), ("0", "停用"))


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    """From a day to a day, both as people write them."""

    field_class = DayRangeField


class OrganisationFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label="单位类型", choices=OrganisationKind.choices)
    is_active = django_filters.ChoiceFilter(label="状态", choices=ACTIVE)

    class Meta:
        model = Organisation
        fields = ("kind", "is_active")


class OrganisationList(Listing):
    title = "单位"
    columns = (
        Column("name", "单位名称", link=True, sort=True),
        Column("get_kind_display", "单位类型", sort="kind"),
        Column("short_name", "简称"),
        Column("reviewer_title", "复核人职务"),
        Column("contact_name", "联系人"),
        Column("contact_phone", "联系电话"),
        Column("is_active", "启用", kind="yes_no", sort=True),
    )
    filterset = OrganisationFilter
    search = ("name", "short_name", "contact_name")
    search_hint = "名称、简称、联系人"
    default_sort = "name"
    unit = "个"
    empty = "还没有单位。"
    empty_hint = "由系统管理员建立各参与单位，再为其建立账号。"


class PersonFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(label="角色", choices=Role.choices)
    organisation = django_filters.ModelChoiceFilter(label="单位", queryset=Organisation.objects.all())
    is_active = django_filters.ChoiceFilter(label="状态", choices=ACTIVE)

    class Meta:
        model = User
        fields = ("role", "organisation", "is_active")


class PersonList(Listing):
    title = "人员账号"
    columns = (
        Column("username", "登录名", link=True, sort=True),
        Column("name", "姓名", sort=True),
        Column("organisation.name", "单位", sort="organisation__name"),
        Column("get_role_display", "角色", sort="role"),
        Column("is_active", "启用", kind="yes_no", sort=True),
        Column("last_login", "最近登录", kind="datetime", sort=True),
    )
    filterset = PersonFilter
    search = ("username", "name", "organisation__name")
    search_hint = "登录名、姓名、单位"
    default_sort = "username"
    unit = "人"
    empty = "还没有账号。"
    empty_hint = "由系统管理员建立账号，安全管理员核实后启用。"


class DelegationFilter(django_filters.FilterSet):
    organisation = django_filters.ModelChoiceFilter(label="单位", field_name="absent__organisation", queryset=Organisation.objects.all())

    class Meta:
        model = Delegation
        fields = ("organisation",)


def _delegation_state(row: Delegation) -> str:
    return row.state(today())


class DelegationList(Listing):
    title = "离岗委托"
    columns = (
        Column("absent.name", "委托人（A岗）", link=True, sort="absent__name"),
        Column("absent.get_role_display", "角色"),
        Column("absent.organisation.name", "单位", sort="absent__organisation__name"),
        Column("delegate.name", "代办人（B岗）", sort="delegate__name"),
        Column("delegate.get_role_display", "代办人角色"),
        Column("starts_on", "开始日期", kind="date", sort=True),
        Column("ends_on", "结束日期", kind="date", sort=True),
        Column("state", "状态", value=_delegation_state),
        Column("reason", "事由", wide=True),
    )
    filterset = DelegationFilter
    search = ("absent__name", "delegate__name", "absent__organisation__name")
    search_hint = "姓名、单位"
    default_sort = "-starts_on"
    empty = "还没有离岗委托。"
    empty_hint = "出差、休假前由本人在“我的账号”新建；突然离岗的，由安全管理员在其账号页设立。"


class ReadState(TextChoices):
    UNREAD = "unread", "未读"
    READ = "read", "已读"


class NotificationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=ReadState.choices, method="by_state")

    class Meta:
        model = Notification
        fields = ("state",)

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(read_at__isnull=value == ReadState.UNREAD)


def _read_state(row: Notification) -> str:
    return "已读" if row.read_at else "未读"


class ReadColumn(Column):
    """Read or not, with the button that turns it; all buttons send the one form of the page, `mark`."""

    @property
    def css(self) -> str:
        return "nowrap"

    def cell(self, row: Notification) -> SafeString:
        turn, words = ("unread", "标为未读") if row.read_at else ("read", "标为已读")
        address = reverse(f"parties:notification_{turn}", args=[row.pk])
        button = '{} <button class="btn btn-sm btn-ghost-secondary d-print-none" form="mark" formaction="{}" aria-label="{}">{}</button>'
        return format_html(button, badge(_read_state(row), "neutral" if row.read_at else "info"), address, f"{words}：{row}", words)


class NotificationList(Listing):
    title = "通知"
    columns = (
        Column("subject", "标题", link=True, wide=True),
        Column("body", "内容", wide=True),
        ReadColumn("state", "状态", value=_read_state),
        Column("created_at", "时间", kind="datetime", sort=True),
    )
    filterset = NotificationFilter
    search = ("subject", "body")
    search_hint = "标题、内容"
    default_sort = "-created_at"
    empty = "还没有通知。"
    empty_hint = "待办、退回、到期等事项会在这里通知您。"


class Since(TextChoices):
    LAST_VISIT = "last_visit", "自上次登录以来（他人办理）"


class AuditFilter(django_filters.FilterSet):
    since = django_filters.ChoiceFilter(label="期间", choices=Since.choices, method="since_then")
    at = DayRangeFilter(label="日期")
    person = django_filters.CharFilter(label="人员", method="by_person")
    programme = django_filters.ChoiceFilter(label="项目", field_name="programme_code")
    object_type = django_filters.ChoiceFilter(label="对象", choices=selectors.subject_choices)
    action = django_filters.ChoiceFilter(
        label="动作", choices=[*((name, grant.label) for name, grant in PERMISSIONS.items()), *selectors.OTHER_ACTIONS.items()]
    )

    class Meta:
        model = AuditEvent
        fields = ("since", "at", "person", "programme", "object_type", "action")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if isinstance(user, User):
            self.filters["programme"].extra["choices"] = selectors.programme_choices(user)

    def by_person(self, rows: Any, name: str, value: str) -> Any:
        """Who did it, or in whose place."""
        return rows.filter(Q(actor_name__icontains=value) | Q(on_behalf_of_name__icontains=value))

    def since_then(self, rows: Any, name: str, value: str) -> Any:
        return rows.since_last_visit(self.request.user)


def _action(event: AuditEvent) -> str:
    return selectors.action_label(event.action)


class AuditList(Listing):
    title = "审计记录"
    columns = (
        Column("at", "时间", kind="datetime", sort="id", link=True),
        Column("person", "人员"),
        Column("organisation.short_name", "单位"),
        Column("action", "动作", value=_action),
        Column("object_label", "对象", wide=True),
        Column("summary", "说明", wide=True),
        Column("programme_name", "项目", wide=True, omit="programme"),
    )
    filterset = AuditFilter
    search = ("object_label", "summary", "reason")
    search_hint = "对象、说明、理由"
    default_sort = "-at"
    empty = "还没有审计记录。"
    empty_hint = "每次办理业务、修改设置都会在此留下记录。"


class SignInFilter(django_filters.FilterSet):
    attempt_time = DayRangeFilter(label="日期")
    username = django_filters.CharFilter(label="登录名")

    class Meta:
        model = AccessLog
        fields = ("attempt_time", "username")


class SignInList(Listing):
    title = "登录记录"
    columns = (
        Column("attempt_time", "登录时间", kind="datetime", sort=True),
        Column("username", "登录名", sort=True),
        Column("ip_address", "地址", sort=True),
        Column("logout_time", "退出时间", kind="datetime"),
        Column("user_agent", "浏览器", wide=True),
    )
    filterset = SignInFilter
    search = ("username", "ip_address")
    default_sort = "-attempt_time"
    empty = "还没有登录记录。"
    empty_hint = "每次登录、退出都会在此留下记录。"


class FailureFilter(SignInFilter):
    class Meta:
        model = AccessFailureLog
        fields = ("attempt_time", "username")


class FailureList(Listing):
    title = "登录失败"
    columns = (
        Column("attempt_time", "时间", kind="datetime", sort=True),
        Column("username", "登录名", sort=True),
        Column("ip_address", "地址", sort=True),
        Column("locked_out", "锁定", kind="yes_no"),
        Column("path_info", "入口"),
        Column("user_agent", "浏览器", wide=True),
    )
    filterset = FailureFilter
    search = ("username", "ip_address")
    default_sort = "-attempt_time"
    empty = "还没有登录失败。"
    empty_hint = "输错密码等失败的登录会在此留下记录。"


class LockList(Listing):
    title = "累计失败与锁定"
    columns = (
        Column("username", "登录名", sort=True),
        Column("ip_address", "地址"),
        Column("failures_since_start", "连续失败次数", kind="number", sort=True),
        Column("attempt_time", "首次失败时间", kind="datetime", sort=True),
    )
    search = ("username", "ip_address")
    default_sort = "-failures_since_start"
    empty = "没有未清除的登录失败。"
    empty_hint = "连续输错五次被锁定的登录名列在这里，由安全管理员解除。"
