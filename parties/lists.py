"""Lists of this app and their filters."""

from typing import Any

import django_filters
from axes.models import AccessFailureLog, AccessLog
from django.db.models import TextChoices

from common.columns import Column
from common.forms import DayRangeField
from common.listing import Listing

from . import selectors
from .enums import OrganisationKind, Role
from .models import AuditEvent, Notification, Organisation, User
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


def _message_tone(row: Notification) -> str:
    return "已读" if row.read_at else "未读"


class NotificationList(Listing):
    title = "通知"
    columns = (
        Column("subject", "标题", link=True, wide=True),
        Column("body", "内容", wide=True),
        Column("state", "状态", value=_message_tone),
        Column("created_at", "时间", kind="datetime", sort=True),
    )
    filterset = NotificationFilter
    search = ("subject", "body")
    default_sort = "-created_at"
    empty = "还没有通知。"


class Since(TextChoices):
    LAST_VISIT = "last_visit", "自上次登录以来（他人办理）"


class AuditFilter(django_filters.FilterSet):
    since = django_filters.ChoiceFilter(label="期间", choices=Since.choices, method="since_then")
    at = DayRangeFilter(label="日期")
    person = django_filters.CharFilter(label="人员", field_name="actor_name", lookup_expr="icontains")
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

    def since_then(self, rows: Any, name: str, value: str) -> Any:
        return rows.since_last_visit(self.request.user)


def _action(event: AuditEvent) -> str:
    return selectors.action_label(event.action)


class AuditList(Listing):
    title = "审计记录"
    columns = (
        Column("at", "时间", kind="datetime", sort="id", link=True),
        Column("actor_name", "人员"),
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
