"""Organisations, people, the audit trail, notifications, papers and API tokens."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.append_only import AppendOnlyModel, AppendOnlyQuerySet

from .enums import ADMINISTRATORS, OrganisationKind, Role


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
    def is_officer(self) -> bool:
        return self.role == Role.OFFICER

    @property
    def is_reviewer(self) -> bool:
        return self.role == Role.REVIEWER


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
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.summary}"

    def get_absolute_url(self) -> str:
        return reverse("parties:audit_event", args=[self.pk])


class OwnQuerySet(models.QuerySet[Any]):
    """Rows of one person each."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(**{self.model.owner_field: user.pk})


class Notification(models.Model):
    """A message to one person. `key` makes a scheduled reminder safe to repeat; the mail task picks up rows not mailed yet."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications", verbose_name="收件人")
    key = models.CharField("去重键", max_length=120)
    subject = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)
    mailed_at = models.DateTimeField("发信时间", null=True, blank=True)
    mail_error = models.CharField("发信失败", max_length=200, blank=True)

    owner_field: ClassVar[str] = "recipient"
    objects: ClassVar[Any] = OwnQuerySet.as_manager()

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
