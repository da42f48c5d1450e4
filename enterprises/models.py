"""The enterprise register, recommendations with their signatures, and batches (domain §3.4, §3.5, §7)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField, format_yuan
from parties.models import Organisation, User
from reserve.models import Programme, ProgrammeScopedQuerySet, programme_keys
from reserve.periods import Period, PeriodKind

from .enums import BatchStatus, Category, IndustryEdition, RecommendationStatus, Size
from .rules import industry_name


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def visible_to(self, user: User) -> Self:
        """Enterprises linked to a programme of the person's organisation."""
        if user.organisation_id is None:
            return self.none()
        links = EnterpriseLink.objects.filter(programme__in=programme_keys(user))
        return self.filter(pk__in=links.values("enterprise_id"))


class Enterprise(models.Model):
    """One enterprise, one row for the whole installation. The organisation code is its key through all changes."""

    name = models.CharField("企业名称", max_length=100, db_index=True)
    org_code = models.CharField("组织机构代码", max_length=9, unique=True, help_text="9 位，不含连字符")
    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True, null=True, blank=True)
    initials = models.CharField("拼音首字母", max_length=100, blank=True, db_index=True)
    region = models.CharField("注册地", max_length=40)
    address = models.CharField("地址", max_length=200, blank=True)
    established_on = models.DateField("成立日期", null=True, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=40, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    industry_edition = models.CharField("行业分类版本", max_length=4, choices=IndustryEdition, default=IndustryEdition.GB2011)
    industry_code = models.CharField("行业代码", max_length=4)
    size_industry = models.CharField("划型行业", max_length=20, default="工业")
    main_products = models.CharField("主要产品", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    created_at = models.DateTimeField("登记时间")

    objects: ClassVar = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = "企业"
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(industry_edition__in=IndustryEdition.values), name="enterprise_edition_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reports:enterprise", args=[self.pk])

    @property
    def industry_name(self) -> str:
        """The manufacturing division's name in its edition; outside manufacturing, the industry of the size notice."""
        return industry_name(self.industry_code, self.industry_edition, self.size_industry)


class EnterpriseLink(models.Model):
    """The programmes in which an enterprise is on the register; who sees the link's programme sees the enterprise."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="enterprise_links")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="links")
    linked_on = models.DateField("纳入日期")

    class Meta:
        verbose_name = "企业纳入项目"
        constraints: ClassVar = [models.UniqueConstraint(fields=["programme", "enterprise"], name="enterprise_link_once")]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.programme}"


class FormerName(models.Model):
    """曾用名: searchable; papers keep the name of their day."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="former_names")
    name = models.CharField("曾用名", max_length=100, db_index=True)
    used_until = models.DateField("使用至")

    class Meta:
        verbose_name = "曾用名"
        ordering = ("-used_until",)

    def __str__(self) -> str:
        return self.name


class EnterpriseYear(models.Model):
    """One year's figures and the size they give."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField("年度")
    employees = models.PositiveIntegerField("从业人员（人）")
    revenue = MoneyField("营业收入")
    assets = MoneyField("资产总额", null=True, blank=True)
    size = models.CharField("规模", max_length=8, choices=Size)

    class Meta:
        verbose_name = "年度指标"
        ordering = ("-year",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "year"], name="enterprise_year_once"),
            models.CheckConstraint(condition=Q(revenue__gte=0), name="enterprise_year_revenue_not_negative"),
            models.CheckConstraint(condition=Q(assets__isnull=True) | Q(assets__gte=0), name="enterprise_year_assets_not_negative"),
            models.CheckConstraint(condition=Q(size__in=Size.values), name="enterprise_year_size_known"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}"


class EnterpriseBenefit(models.Model):
    """成效: what an enterprise gained over the year before in half a year, for one programme. Entered again it is another row, of a
    higher `entry`; the last one counts.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="benefits", verbose_name="项目")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="benefits", verbose_name="企业")
    year = models.PositiveSmallIntegerField("年度")
    half = models.PositiveSmallIntegerField("半年", help_text="1 上半年，2 下半年")
    entry = models.PositiveSmallIntegerField("第几次填报")
    output = MoneyField("新增产值")
    tax = MoneyField("新增税收")
    jobs = models.PositiveIntegerField("新增就业（人）")
    patents = models.PositiveIntegerField("新增专利（件）")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="填报人")
    entered_at = models.DateTimeField("填报时间")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "企业成效"
        ordering = ("-year", "-half", "-entry")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "enterprise", "year", "half", "entry"], name="benefit_entry_once"),
            models.CheckConstraint(condition=Q(half__in=(1, 2)), name="benefit_half_known"),
            models.CheckConstraint(condition=Q(output__gte=0, tax__gte=0), name="benefit_amounts_not_negative"),
            models.CheckConstraint(condition=Q(jobs__gte=0, patents__gte=0), name="benefit_counts_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.period}"

    def get_absolute_url(self) -> str:
        return self.enterprise.get_absolute_url()

    @property
    def period(self) -> Period:
        return Period.of(self.year, PeriodKind.HALF, self.half)

    @property
    def period_cn(self) -> str:
        return self.period.label_cn

    @property
    def words(self) -> str:
        """Its figures in one line."""
        money = f"新增产值 {format_yuan(self.output)} 元，税收 {format_yuan(self.tax)} 元"
        return f"{money}，就业 {self.jobs} 人，专利 {self.patents} 件"


class EnterpriseCategory(models.Model):
    """A supported category with its certificate and validity."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="categories")
    category = models.CharField("类别", max_length=16, choices=Category)
    certificate_no = models.CharField("证书编号", max_length=60)
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止", null=True, blank=True)

    class Meta:
        verbose_name = "科技企业类别"
        ordering = ("category", "-valid_from")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "category", "certificate_no"], name="enterprise_certificate_once"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="enterprise_category_known"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="enterprise_category_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.certificate_no}"

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class Batch(models.Model):
    """Recommendations the science bureau sends to one bank together; answered by one 审批回执."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="batches", verbose_name="项目")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="银行")
    number = models.PositiveIntegerField("批号")
    status = models.CharField("状态", max_length=8, choices=BatchStatus, default=BatchStatus.DRAFT)
    version = models.PositiveIntegerField("版本", default=1, help_text="名单或其内容每变一次加一")
    prepared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="编制人")
    prepared_at = models.DateTimeField("编制时间")
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发送人")
    sent_on = models.DateField("发送日期", null=True, blank=True)
    document_no = models.CharField("发文字号", max_length=60, blank=True)
    reply_no = models.CharField("回执字号", max_length=60, blank=True)
    answered_on = models.DateField("答复日期", null=True, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "批次"
        ordering = ("-number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "number"], name="batch_number_once"),
            models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="batch_status_known"),
            models.CheckConstraint(
                condition=Q(status="draft", sent_by__isnull=True, sent_on__isnull=True)
                | (~Q(status="draft") & Q(sent_by__isnull=False, sent_on__isnull=False)),
                name="batch_sent_with_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"第{self.number}批"

    def get_absolute_url(self) -> str:
        return reverse("enterprises:batch", args=[self.pk])


class Recommendation(models.Model):
    """A loan project both offices put to the bank. Every edit is a new version and voids the signatures."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="recommendations", verbose_name="项目")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="recommendations", verbose_name="企业")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="推荐银行")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="recommendations", verbose_name="批次")
    renews = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name="续贷自")
    renewed_note_no = models.CharField("原借据号", max_length=40, blank=True)
    enterprise_name = models.CharField("企业名称（推荐时）", max_length=100)
    amount = MoneyField("推荐金额")
    term_months = models.PositiveSmallIntegerField("期限（月）")
    purpose = models.CharField("用途", max_length=100)
    accepted_on = models.DateField("受理日期")
    accepted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="受理人")
    papers = models.JSONField("已收材料", default=list, help_text="IntakePaper 代码")
    visited_on = models.DateField("走访日期", null=True, blank=True)
    visit_note = models.CharField("走访情况", max_length=500, blank=True)
    credit_note = models.CharField("征信核查", max_length=500, blank=True)
    status = models.CharField("状态", max_length=10, choices=RecommendationStatus, default=RecommendationStatus.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="本版起草人")
    drafted_at = models.DateTimeField("本版起草时间")
    endorsed_on = models.DateField("双方签署日", null=True, blank=True)
    identifier = models.CharField("代码（双方签署时）", max_length=18, blank=True)
    certificates = models.JSONField("类别证书（双方签署时）", default=list, help_text="selectors.certificates_on")
    valid_until = models.DateField("有效期止", null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办结人")
    closed_on = models.DateField("办结日期", null=True, blank=True)
    close_reason = models.CharField("理由", max_length=200, blank=True)
    is_opening = models.BooleanField("期初", default=False, help_text="启用日以前已经推荐并获批，未在本系统签署、送达")
    former_batch = models.PositiveIntegerField("原批次", null=True, blank=True, help_text="期初：原登记册中的批号")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "推荐"
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="recommendation_amount_positive"),
            models.CheckConstraint(condition=Q(term_months__gt=0), name="recommendation_term_positive"),
            models.CheckConstraint(condition=Q(status__in=RecommendationStatus.values), name="recommendation_status_known"),
            models.CheckConstraint(
                condition=Q(is_opening=True, endorsed_on__isnull=True, valid_until__isnull=True)
                | Q(status__in=["endorsed", "sent", "answered"], endorsed_on__isnull=False, valid_until__isnull=False)
                | Q(status__in=["draft", "signed"], endorsed_on__isnull=True, valid_until__isnull=True)
                | Q(status__in=["declined", "withdrawn"]),
                name="recommendation_endorsed_with_dates",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["endorsed", "sent", "answered"]) | ~Q(identifier=""), name="recommendation_endorsed_identified"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["declined", "withdrawn"], closed_by__isnull=False, closed_on__isnull=False)
                | (~Q(status__in=["declined", "withdrawn"]) & Q(closed_by__isnull=True, closed_on__isnull=True)),
                name="recommendation_closed_with_facts",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "answered"]) | Q(batch__isnull=False) | Q(is_opening=True),
                name="recommendation_sent_in_batch",
            ),
            models.CheckConstraint(
                condition=Q(is_opening=False, former_batch__isnull=True) | Q(is_opening=True, status="answered", batch__isnull=True),
                name="recommendation_opening_is_answered",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["programme", "status"], name="recommendation_status")]

    def __str__(self) -> str:
        return f"推荐 {self.enterprise_name}"

    def get_absolute_url(self) -> str:
        return reverse("enterprises:recommendation", args=[self.pk])

    @property
    def batch_label(self) -> str:
        """The batch it went to the bank in; 期初 with its number in the old register; "" while it is in none."""
        if self.is_opening:
            return f"期初（第{self.former_batch}批）" if self.former_batch else "期初"
        return str(self.batch) if self.batch else ""

    def lapsed(self, on: date) -> bool:
        """Past its validity it cannot be used; no status says so, the date does (domain §3, last paragraph)."""
        return self.valid_until is not None and on > self.valid_until


class Signature(models.Model):
    """One office's signature on one version."""

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="signatures")
    version = models.PositiveIntegerField("版本")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="签署人")
    signed_on = models.DateField("签署日期")
    signed_at = models.DateTimeField("签署时间")
    opinion = models.CharField("意见", max_length=200, default="同意推荐")

    class Meta:
        verbose_name = "签署"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recommendation", "version", "organisation"], name="signature_once_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.short_name} {self.signed_on}"
