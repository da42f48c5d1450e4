"""Files of rows a bank or an office sends, and each row with its verdict."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from enterprises.models import Enterprise
from parties.enums import OFFICES, OrganisationKind
from parties.models import Organisation, User
from reserve.models import Programme, ProgrammeScopedQuerySet

from ..import_enums import FileKind, FileStatus, RowState, TakeMode, Verdict
from .loans import Loan
from .repayments import Repayment


class ImportFileQuerySet(ProgrammeScopedQuerySet):
    def visible_to(self, user: User) -> Self:
        """Those of the person's own organisation, and those the offices countersign; auditors see all of their programmes.

        A wrong row may name a customer who is nobody else's business.
        """
        rows = super().visible_to(user)
        if user.kind == OrganisationKind.AUDITOR:
            return rows
        own = Q(organisation=user.organisation_id)
        return rows.filter(own | Q(kind=FileKind.OPENING) if user.kind in OFFICES else own)


class ImportFile(models.Model):
    """An uploaded table on its way: read in the background, seen row by row, confirmed by another person, booked.

    `findings`: what is to be said of the file as a whole, each `{code, text}` of the catalogue. `claimed_at`: when the
    background took it up; a claim that is old is taken over.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="import_files", verbose_name="项目")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    kind = models.CharField("种类", max_length=12, choices=FileKind)
    file = models.FileField("文件", upload_to="imports/%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("校验值", max_length=64)
    origin = models.CharField("读取方式", max_length=100, blank=True)
    position_on = models.DateField("月末日期", null=True, blank=True)
    quarter = models.CharField("所属季度", max_length=6, blank=True)
    declared_count = models.PositiveIntegerField("申报行数", null=True, blank=True)
    declared_total = MoneyField("申报合计", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=FileStatus, default=FileStatus.UPLOADED)
    version = models.PositiveIntegerField("版本", default=1)
    mode = models.CharField("采纳方式", max_length=4, choices=TakeMode, blank=True)
    findings = models.JSONField("文件例外", default=list)
    rows_total = models.PositiveIntegerField("总行数", default=0)
    rows_done = models.PositiveIntegerField("已处理行数", default=0)
    claimed_at = models.DateTimeField("开始处理时间", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("处理次数", default=0)
    failure = models.CharField("失败原因", max_length=300, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    countersigned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="会签人")
    countersigned_at = models.DateTimeField("会签时间", null=True, blank=True)
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects: ClassVar = ImportFileQuerySet.as_manager()

    class Meta:
        verbose_name = "数据文件"
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="import_file_kind_known"),
            models.CheckConstraint(condition=Q(status__in=FileStatus.values), name="import_file_status_known"),
            models.CheckConstraint(
                condition=Q(declared_total__isnull=True) | Q(declared_total__gte=0), name="import_file_total_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind="positions", position_on__isnull=False) | ~Q(kind="positions") & Q(position_on__isnull=True),
                name="import_file_position_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True, mode="")
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(mode=""),
                name="import_file_confirmed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["passed_on", "booking", "booked", "partly"], confirmed_by__isnull=False)
                | ~Q(status__in=["passed_on", "booking", "booked", "partly"]),
                name="import_file_booked_when_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by__isnull=True, countersigned_at__isnull=True)
                | Q(countersigned_by__isnull=False, countersigned_at__isnull=False, confirmed_by__isnull=False, mode="all"),
                name="import_file_countersigned_with_facts",
            ),
            models.CheckConstraint(
                condition=~Q(kind="opening") | ~Q(status__in=["booking", "booked", "partly"]) | Q(countersigned_by__isnull=False),
                name="import_file_opening_countersigned",
            ),
            models.CheckConstraint(
                condition=Q(kind="enterprises") | Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("uploaded_by")),
                name="import_file_two_people",
            ),
            models.CheckConstraint(
                condition=Q(status="discarded") & ~Q(discard_reason="") | ~Q(status="discarded") & Q(discard_reason=""),
                name="import_file_discarded_with_reason",
            ),
            models.UniqueConstraint(
                fields=["programme", "organisation", "kind", "sha256"],
                condition=~Q(status__in=["discarded", "failed"]) & ~Q(kind="positions"),
                name="import_file_once",
            ),
            models.UniqueConstraint(
                fields=["programme", "organisation", "position_on", "sha256"],
                condition=~Q(status__in=["discarded", "failed"]) & Q(kind="positions"),
                name="import_file_once_a_month",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(status__in=["uploaded", "reading", "booking"]), name="import_file_in_work"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}文件 {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("loans:import_file", args=[self.pk])

    @property
    def errors(self) -> list[str]:
        """Numbers of the errors of the file as a whole, each once."""
        return list(dict.fromkeys(one["code"] for one in self.findings if one["code"].startswith("E")))

    def withdraw_confirmation(self) -> None:
        """As before anybody confirmed it; the caller saves it."""
        self.mode, self.confirmed_by, self.confirmed_at, self.claimed_at = "", None, None, None
        self.countersigned_by, self.countersigned_at = None, None


class ImportRow(models.Model):
    """One line of a file: what stood in it (`texts` by column), what is wrong or odd with it, what became of it.

    `findings`: each `{code, text}` of the catalogue, in the order found. `codes` repeats their numbers between spaces, to be
    filtered by. `loan`: the loan it is about, or that it made.
    """

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="rows", verbose_name="数据文件")
    number = models.PositiveIntegerField("行号", help_text="文件中的行号")
    texts = models.JSONField("内容", default=dict)
    words = models.TextField("检索用", default="", help_text="各列内容，供搜索")
    verdict = models.CharField("结论", max_length=8, choices=Verdict)
    findings = models.JSONField("例外", default=list)
    codes = models.CharField("例外编号", max_length=200, blank=True)
    state = models.CharField("采纳", max_length=8, choices=RowState, default=RowState.WAITING)
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="贷款")
    repayment = models.OneToOneField(Repayment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="还款")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业")

    class Meta:
        verbose_name = "数据行"
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "number"], name="import_row_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="import_row_verdict_known"),
            models.CheckConstraint(condition=Q(state__in=RowState.values), name="import_row_state_known"),
            models.CheckConstraint(condition=~Q(verdict="error", state="booked"), name="import_row_error_never_booked"),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 行"

    def get_absolute_url(self) -> str:
        """What the row is about: the loan or enterprise, else the file."""
        found = self.loan or self.enterprise
        return found.get_absolute_url() if found else self.file.get_absolute_url()
