"""What the bank recovers after a compensation, and what it reports of it every quarter (domain §3.10)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.append_only import AppendOnlyModel, AppendOnlyQuerySet
from common.money import ZERO, MoneyField
from common.witness import WitnessedModel
from parties.models import User
from reserve.models import LedgerEntry, Programme, ProgrammeScopedQuerySet

from ..claim_enums import RecoverySource, RecoveryStatus
from .claims import LONGEST_ACCOUNT, Claim
from .loans import Loan


class Recovery(WitnessedModel):
    """追偿回款: gross money that came in, less the cost of getting it; confirmed, it is shared, and the reserve's part is remitted.

    `returned` is the reserve's part, `returned_provincial` of it the province's, both computed when confirmed. Yuan.
    """

    FACTS = ("claim_id", "received_on", "gross", "cost", "returned", "returned_provincial")
    BOUND = ~Q(status__in=(RecoveryStatus.ENTERED, RecoveryStatus.DISCARDED))

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="recoveries", verbose_name="项目")
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="recoveries", verbose_name="贷款")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="recoveries", verbose_name="代偿")
    received_on = models.DateField("收到日期")
    source = models.CharField("来源", max_length=12, choices=RecoverySource)
    gross = MoneyField("追回金额")
    cost = MoneyField("追偿费用", default=Decimal(0))
    note = models.CharField("说明", max_length=200, blank=True)
    status = models.CharField("状态", max_length=10, choices=RecoveryStatus, default=RecoveryStatus.ENTERED)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    entered_at = models.DateTimeField("录入时间")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    confirmed_on = models.DateField("复核日期", null=True, blank=True)
    returned = MoneyField("归准备金", default=Decimal(0))
    returned_provincial = MoneyField("归准备金：省", default=Decimal(0))
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)
    remitted_on = models.DateField("划回日期", null=True, blank=True)
    receipt_no = models.CharField("回单号", max_length=80, blank=True)
    remit_entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="划回经办人")
    remit_entered_at = models.DateTimeField("划回录入时间", null=True, blank=True)
    remit_confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="划回复核人")
    remit_confirmed_at = models.DateTimeField("划回复核时间", null=True, blank=True)
    remit_confirmed_on = models.DateField("划回入账日期", null=True, blank=True)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账簿分录")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "追偿回款"
        verbose_name_plural = "追偿回款"
        ordering = ("received_on", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=RecoveryStatus.values), name="recovery_status_known"),
            models.CheckConstraint(condition=Q(source__in=RecoverySource.values), name="recovery_source_known"),
            models.CheckConstraint(condition=Q(gross__gt=0, cost__gte=0, cost__lte=F("gross")), name="recovery_cost_within_gross"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("gross") - F("cost"))
                & Q(returned_provincial__gte=0, returned_provincial__lte=F("returned")),
                name="recovery_returned_within_net",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["entered", "discarded"], returned=0)
                & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, confirmed_on__isnull=True)
                | ~Q(status__in=["entered", "discarded"])
                & Q(confirmed_by__isnull=False, confirmed_at__isnull=False, confirmed_on__isnull=False),
                name="recovery_confirmed_with_facts",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")), name="recovery_two_people"),
            models.CheckConstraint(
                condition=Q(remit_entered_by__isnull=True, remit_entered_at__isnull=True, remitted_on__isnull=True, receipt_no="")
                | Q(remit_entered_by__isnull=False, remit_entered_at__isnull=False, remitted_on__isnull=False) & ~Q(receipt_no=""),
                name="recovery_remittance_entered_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(remit_confirmed_by__isnull=True, remit_confirmed_at__isnull=True, remit_confirmed_on__isnull=True)
                & Q(entry__isnull=True)
                | Q(status="remitted", remit_confirmed_by__isnull=False, remit_confirmed_at__isnull=False, entry__isnull=False)
                & Q(remit_confirmed_on__isnull=False, returned__gt=0),
                name="recovery_remitted_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(remit_confirmed_by__isnull=True) | ~Q(remit_confirmed_by=F("remit_entered_by")),
                name="recovery_remittance_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"追偿回款 {self.loan.note_no} {self.received_on}"

    def get_absolute_url(self) -> str:
        return reverse("loans:recovery", args=[self.pk])

    @property
    def net(self) -> Decimal:
        """What is shared: costs come first."""
        return self.gross - self.cost

    @property
    def returned_town(self) -> Decimal:
        return self.returned - self.returned_provincial

    @property
    def kept_by_bank(self) -> Decimal:
        """The bank's part; nothing before it is confirmed."""
        return self.net - self.returned if self.confirmed_on else ZERO


class RecoveryReportQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> "RecoveryReportQuerySet":
        """Those of loans the person sees."""
        return self.filter(loan__in=Loan.objects.visible_to(user))


class RecoveryReport(AppendOnlyModel):
    """追偿进展 of a compensated loan for a quarter; of several for the same quarter the later entered counts."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="recovery_reports", verbose_name="贷款")
    quarter = models.CharField("所属季度", max_length=6)
    measures = models.CharField("已采取的措施", max_length=LONGEST_ACCOUNT)
    prospects = models.CharField("预计回款与下一步", max_length=LONGEST_ACCOUNT)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="报告人")
    entered_at = models.DateTimeField("报告时间")

    objects: ClassVar = RecoveryReportQuerySet.as_manager()

    class Meta:
        verbose_name = "追偿进展"
        ordering = ("-quarter", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(measures="") & ~Q(prospects=""), name="recovery_report_complete"),
        ]
        indexes: ClassVar = [models.Index(fields=["loan", "quarter"], name="recovery_report_by_quarter")]

    def __str__(self) -> str:
        return f"追偿进展 {self.loan.note_no} {self.quarter}"
