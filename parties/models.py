"""Organisations, people, the audit trail, notifications, papers and API tokens."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.append_only import AppendOnlyModel, AppendOnlyQuerySet

from .enums import ADMINISTRATORS, BUSINESS, OrganisationKind, Role
from .places import Place, in_place


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: "User") -> Self:
        """The parties of the person's programmes and their own organisation; administrators see all."""
        if user.organisation_id is None:
            return self
        # Membership of a programme is a row of an app above; only its name in the database is known here.
        shared = Organisation.objects.filter(memberships__programme__parties__organisation=user.organisation_id)
        return self.filter(Q(pk=user.organisation_id) | Q(pk__in=shared.values("pk")))


class Organisation(models.Model):
    """A party to programmes. Its kind decides what its people may do (`permissions.PERMISSIONS`)."""

    kind = models.CharField("单位类型", max_length=24, choices=OrganisationKind)
    name = models.CharField("单位名称", max_length=100, unique=True)
    short_name = models.CharField("简称", max_length=30)
    reviewer_title = models.CharField("复核人职务", max_length=20, default="科长", help_text="打印在文书复核栏，如科长、分管领导")
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    is_active = models.BooleanField("启用", default=True)

    objects: ClassVar[Any] = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        ordering = ("kind", "name")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("parties:organisation", args=[self.pk])


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> Self:
        """Accounts are the administrators' business; everyone else sees only themselves."""
        return self if user.role in ADMINISTRATORS else self.filter(pk=user.pk)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "User":
        found: User = self.get(username=username)
        return found

    def create_user(self, username: str, password: str | None = None, **values: Any) -> "User":
        user: User = self.model(username=username, **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person (or an organisation's REST service account). Business people belong to one organisation, administrators to none."""

    username = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="people", verbose_name="单位")
    role = models.CharField("角色", max_length=16, choices=Role)
    is_service = models.BooleanField("接口账号", default=False)
    email = models.EmailField("电子邮箱", blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    session_epoch = models.PositiveIntegerField("会话代", default=0, help_text="加一即退出此人的全部登录")
    created_at = models.DateTimeField("建立时间", default=timezone.now)
    previous_login = models.DateTimeField("上次登录", null=True, blank=True, help_text="本次登录以前的那一次")

    places: tuple[Place, ...] = ()  # the delegations of a person who acts: filled by `delegations.take_places`, no column
    unread: int | None = None  # how many messages the person has not read, of a session; None: to be counted; no column
    programme_keys: Sequence[int] | None = None  # those of the organisation's programmes, of a session; None: to be asked; no column

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "人员"
        ordering = ("username",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=Q(role__in=sorted(ADMINISTRATORS), organisation__isnull=True)
                | (~Q(role__in=sorted(ADMINISTRATORS)) & Q(organisation__isnull=False)),
                name="user_administrator_xor_organisation",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("parties:person", args=[self.pk])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session holds as long as password and epoch stay: raising the epoch signs out everywhere."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("parties.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def kind(self) -> str:
        """The organisation's kind, or "" for an administrator."""
        return self.organisation.kind if self.organisation else ""

    @property
    def may_sign_in(self) -> bool:
        """Active, and so is the organisation."""
        return self.is_active and (self.organisation is None or self.organisation.is_active)

    @property
    def standing_in_for(self) -> tuple["User", ...]:
        """The colleagues whose place this person takes today (B岗)."""
        return tuple(place.colleague for place in self.places_today if place.taken)

    @property
    def places_today(self) -> tuple[Place, ...]:
        """The delegations that hold today, on either side."""
        return tuple(place for place in self.places if place.holds)

    @property
    def roles(self) -> frozenset[str]:
        """The person's own role and those of the colleagues whose place they take today."""
        return frozenset({self.role, *(colleague.role for colleague in self.standing_in_for)})

    @property
    def is_officer(self) -> bool:
        return Role.OFFICER in self.roles

    @property
    def is_reviewer(self) -> bool:
        return Role.REVIEWER in self.roles


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, as either of the two; administrators see all."""
        return self if user.role in ADMINISTRATORS else self.filter(Q(absent=user.pk) | Q(delegate=user.pk))

    def of_days(self, first: date, last: date) -> Self:
        """Those that hold on one of these days and were not ended."""
        return self.filter(starts_on__lte=last, ends_on__gte=first, ended_at__isnull=True)


class Delegation(models.Model):
    """委托代办: on these days, both included, the colleague (B岗) may do what the absent person (A岗) may by their role."""

    absent = models.ForeignKey(User, models.PROTECT, related_name="delegated", verbose_name="委托人（A岗）")
    delegate = models.ForeignKey(User, models.PROTECT, related_name="taken_over", verbose_name="代办人（B岗）")
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    reason = models.CharField("事由", max_length=100)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="设立人")
    created_at = models.DateTimeField("设立时间")
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="收回人")
    ended_at = models.DateTimeField("收回时间", null=True, blank=True)
    ended_on = models.DateField("收回日期", null=True, blank=True)

    objects: ClassVar[Any] = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "离岗委托"
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(absent=F("delegate")), name="delegation_two_people"),
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="delegation_days_in_order"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True, ended_on__isnull=True)
                | Q(ended_by__isnull=False, ended_at__isnull=False, ended_on__isnull=False),
                name="delegation_ended_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absent.name}委托{self.delegate.name}"

    def get_absolute_url(self) -> str:
        return reverse("parties:delegation", args=[self.pk])

    def state(self, on: date) -> str:
        """How it stands on a day, in a word; of one that gives nothing, why."""
        if self.ended_on is not None:
            return "已收回"
        if self.ends_on < on:
            return "已期满"
        for person in (self.absent, self.delegate):
            if not person.is_active or person.role not in BUSINESS:
                return f"不生效（{person.name}{'已不任经办或复核' if person.is_active else '的账号已停用'}）"
        return "未开始" if on < self.starts_on else "代办中"

    @property
    def days(self) -> str:
        return f"{self.starts_on:%Y-%m-%d} 至 {self.ends_on:%Y-%m-%d}"


class AuditEventQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Business people: the events of their programmes. The audit administrator: all. The other administrators: none."""
        if user.role == Role.AUDIT_ADMIN:
            return self
        if user.organisation_id is None:
            return self.none()
        own = Organisation.objects.filter(pk=user.organisation_id, memberships__isnull=False)
        return self.filter(programme_code__in=own.values("memberships__programme__code"))

    def since_last_visit(self, user: "User") -> Self:
        """What others, or the scheduled job, did since the person signed in before this time; nothing at a first sign-in."""
        if user.previous_login is None:
            return self.none()
        return self.filter(at__gt=user.previous_login).exclude(actor=user)


class AuditEvent(AppendOnlyModel):
    """One line of the trail: who did what to which object, with the values before and after. Never changed or deleted."""

    at = models.DateTimeField("时间")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="人员")
    actor_name = models.CharField("姓名", max_length=40)
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="代谁办理")
    on_behalf_of_name = models.CharField("代谁办理（姓名）", max_length=40, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    action = models.CharField("动作", max_length=48)
    object_type = models.CharField("对象类型", max_length=48)
    object_id = models.CharField("对象编号", max_length=40)
    object_label = models.CharField("对象", max_length=200)
    programme_code = models.CharField("项目", max_length=32, blank=True)
    summary = models.CharField("说明", max_length=300)
    changes = models.JSONField("变动", default=dict)
    facts = models.JSONField("所认事实", default=dict, help_text="自此对对象有约束力的字段及其值，供核对")
    reason = models.CharField("理由", max_length=500, blank=True)

    objects: ClassVar[Any] = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        ordering = ("-id",)
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "id"], name="audit_object"),
            models.Index(fields=["programme_code", "id"], name="audit_programme"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.person} {self.summary}"

    def get_absolute_url(self) -> str:
        return reverse("parties:audit_event", args=[self.pk])

    @property
    def person(self) -> str:
        """Who did it, and in whose place: 王五（代李四）."""
        return in_place(self.actor_name, self.on_behalf_of_name)


class OwnQuerySet(models.QuerySet[Any]):
    """Rows of one person each."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(**{self.model.owner_field: user.pk})


class NotificationQuerySet(OwnQuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own that are shown in the application, not those that are only mailed."""
        return super().visible_to(user).filter(in_app=True)


class Notification(models.Model):
    """A message to one person. `key` makes a scheduled reminder safe to repeat; the mail task picks up rows not mailed yet.

    `in_app`, `by_mail`: the ways its recipient wanted when it was written.
    """

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications", verbose_name="收件人")
    key = models.CharField("去重键", max_length=120)
    subject = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)
    mailed_at = models.DateTimeField("发信时间", null=True, blank=True)
    mail_error = models.CharField("发信失败", max_length=200, blank=True)
    in_app = models.BooleanField("站内", default=True)
    by_mail = models.BooleanField("邮件", default=True)

    owner_field: ClassVar[str] = "recipient"
    objects: ClassVar[Any] = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "通知"
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notification_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(fields=["id"], condition=Q(mailed_at__isnull=True), name="notification_unmailed"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("parties:notification", args=[self.pk])


class SavedFilter(models.Model):
    """A person's own name for what a list shows: its path and the query of its filters, as the list signed them (`common.shown`)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters", verbose_name="人员")
    list_title = models.CharField("列表", max_length=60)
    path = models.CharField("地址", max_length=120)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("筛选条件", max_length=1000)

    owner_field: ClassVar[str] = "user"
    objects: ClassVar[Any] = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "常用筛选"
        ordering = ("path", "name")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "path", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.path}?{self.query}"


class NotificationPreference(models.Model):
    """That a person does not want messages of a category (`parties.categories`) both ways, which is the default."""

    user = models.ForeignKey(User, models.CASCADE, related_name="preferences", verbose_name="人员")
    category = models.CharField("种类", max_length=16)
    in_app = models.BooleanField("站内")
    by_mail = models.BooleanField("邮件")

    owner_field: ClassVar[str] = "user"
    objects: ClassVar[Any] = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "通知设置"
        ordering = ("category",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "category"], name="notification_preference_once"),
            models.CheckConstraint(condition=Q(in_app=False) | Q(by_mail=False), name="notification_preference_deviates"),
        ]

    def __str__(self) -> str:
        return f"{self.user.username} {self.category}"


class ApiToken(models.Model):
    """A REST token, kept only as its SHA-256 digest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    owner_field: ClassVar[str] = "user"
    objects: ClassVar[Any] = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "接口令牌"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.user.username} {self.created_at:%Y-%m-%d}"


class Attachment(models.Model):
    """A paper carried by any object, stored under a random name outside the web root."""

    object_type = models.CharField("对象类型", max_length=48)
    object_id = models.CharField("对象编号", max_length=40)
    kind = models.CharField("材料", max_length=40)
    file = models.FileField("文件", upload_to="papers/%Y/%m/")
    original_name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=80)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("校验值", max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "材料"
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id"], name="attachment_object")]

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        return reverse("parties:paper", args=[self.pk])

    @property
    def can_be_shown(self) -> bool:
        """Whether a browser may show it; everything else is only ever saved."""
        return self.content_type in ("application/pdf", "image/png", "image/jpeg")

    @property
    def open_url(self) -> str:
        """Where the browser shows it; "" for what is only saved."""
        return f"{self.get_absolute_url()}?open" if self.can_be_shown else ""


class RequestKey(models.Model):
    """A POST already answered: the same key and body get the same answer again, the same key and another body a 409.

    Serves the API's `Idempotency-Key` and the hidden `form_key` of every page form alike. The row is written in the
    transaction of the action itself, so that neither can be without the other. `answer` is the JSON as text: a column of
    JSON would keep its names in another order, and the second answer could not be the first's bytes.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField("幂等键", max_length=120)
    request_hash = models.CharField("请求校验值", max_length=64)
    status_code = models.PositiveSmallIntegerField("应答码")
    answer = models.TextField("应答")
    created_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "请求幂等键"
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="request_key_once")]

    def __str__(self) -> str:
        return self.key
