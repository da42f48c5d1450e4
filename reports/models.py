"""Quarterly summaries 申报汇总表 (domain §3.11): one row for each version, frozen when it is submitted."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from common.witness import WitnessedModel
from parties.models import Organisation, User
from reserve.models import Deadline, Programme, ProgrammeScopedQuerySet

from . import rules
from .enums import SummaryStatus


class QuarterlySummary(WitnessedModel):
    """A bank's summary of one programme and quarter. `snapshot` is what every rendering is made from."""

    FACTS = ("bank_id", "quarter", "version", "deadline__starts_on", "deadline__workdays", "checksum", "last_movement")
    BOUND = Q()

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="summaries", verbose_name="项目")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="填报单位")
    quarter = models.CharField("所属期", max_length=6)
    version = models.PositiveIntegerField("版本", default=1)
    # Null only between the two statements that make a first version and its clock; versions share the clock.
    deadline = models.ForeignKey(Deadline, models.PROTECT, null=True, related_name="+", verbose_name="期限")
    status = models.CharField("状态", max_length=10, choices=SummaryStatus, default=SummaryStatus.DRAFT)
    generated_on = models.DateField("生成日期")
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="填表人")
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    checked_digest = models.CharField("核对内容校验值", max_length=64, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报送复核人")
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    submitted_on = models.DateField("报送日期", null=True, blank=True)
    snapshot = models.JSONField("快照", null=True, blank=True)
    checksum = models.CharField("校验值", max_length=64, blank=True)
    loan_count = models.PositiveIntegerField("笔数", default=0)
    total_amount = MoneyField("贷款金额合计", default=Decimal(0))
    ledger_sequence = models.PositiveBigIntegerField("账簿序号", default=0)
    ledger_head = models.CharField("账簿头", max_length=64, blank=True)
    last_movement = models.PositiveBigIntegerField("末笔本金变动", default=0, help_text="报送时最后一笔本金变动的编号")
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="初审人")
    proposed_at = models.DateTimeField("初审时间", null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审定人")
    accepted_at = models.DateTimeField("审定时间", null=True, blank=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人")
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    return_reason = models.CharField("退回理由", max_length=rules.LONGEST_REASON, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "申报汇总表"
        ordering = ("-quarter", "-version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "bank", "quarter", "version"], name="summary_version_once"),
            models.UniqueConstraint(
                fields=["programme", "bank", "quarter"], condition=~Q(status="returned"), name="summary_one_version_in_force"
            ),
            models.CheckConstraint(condition=Q(status__in=SummaryStatus.values), name="summary_status_known"),
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="summary_total_not_negative"),
            models.CheckConstraint(
                condition=Q(status="draft", checked_by__isnull=True, checked_at__isnull=True)
                | ~Q(status="draft") & Q(checked_by__isnull=False, checked_at__isnull=False),
                name="summary_checked_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["draft", "checked"],
                    submitted_by__isnull=True,
                    submitted_at__isnull=True,
                    submitted_on__isnull=True,
                    snapshot__isnull=True,
                    checksum="",
                )
                | ~Q(status__in=["draft", "checked"])
                & Q(submitted_by__isnull=False, submitted_at__isnull=False, submitted_on__isnull=False, snapshot__isnull=False)
                & ~Q(checksum=""),
                name="summary_frozen_when_submitted",
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", accepted_by__isnull=False, accepted_at__isnull=False, proposed_by__isnull=False)
                | ~Q(status="accepted") & Q(accepted_by__isnull=True, accepted_at__isnull=True),
                name="summary_accepted_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="returned", returned_by__isnull=False, returned_at__isnull=False)
                | ~Q(status="returned") & Q(returned_by__isnull=True, returned_at__isnull=True),
                name="summary_returned_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(submitted_by__isnull=True) | ~Q(submitted_by=F("checked_by")), name="summary_bank_two_people"
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | ~Q(accepted_by=F("proposed_by")), name="summary_centre_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter} 申报汇总表 第{self.version}版"

    def get_absolute_url(self) -> str:
        return reverse("reports:summary", args=[self.pk])

    def get_review_url(self) -> str:
        """Where it stands beside what was declared before."""
        return reverse("reports:summary_review", args=[self.pk])

    @property
    def clock(self) -> Deadline:
        """The duty to submit: due date, provisional or not, met, and how late the first version was."""
        if self.deadline is None:
            raise ValueError("a summary without its clock")
        return self.deadline


class SummaryRemark(models.Model):
    """批注: what a person of the provincial centre says of one line of a submitted version. Written anew it is another row, and the
    one before is withdrawn. `note_no` is the line's 借据号, by which the same loan is found in the next version.
    """

    summary = models.ForeignKey(QuarterlySummary, models.PROTECT, related_name="remarks", verbose_name="申报汇总表")
    note_no = models.CharField("借据号", max_length=40)
    text = models.CharField("批注", max_length=rules.LONGEST_REMARK)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="批注人")
    written_at = models.DateTimeField("批注时间")
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = "汇总表批注"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["summary", "note_no", "written_by"], condition=Q(withdrawn_at__isnull=True), name="summary_remark_once_a_person"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="summary_remark_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.summary} 借据 {self.note_no} 批注"
