"""What the bank tells of a borrower before anything is due: early warnings and quarterly inspections (domain §3.8)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.append_only import AppendOnlyModel, AppendOnlyQuerySet
from parties.models import User

from ..enums import InspectionResult, WarningKind, WarningStatus
from .facts import OfLoanQuerySet
from .loans import Loan

LONGEST_ACCOUNT = 500
"""Characters of what is told in free words."""


class EarlyWarning(models.Model):
    """预警报告: it reaches the offices at once, on one person's word, as it binds nobody; another person lifts it with a reason.

    It speaks of the borrower: all running loans of the same enterprise in the programme are watched because of it.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="warnings", verbose_name="贷款")
    kind = models.CharField("预警种类", max_length=20, choices=WarningKind)
    happened_on = models.DateField("发生日期")
    learned_on = models.DateField("获知日期")
    what = models.CharField("情况", max_length=LONGEST_ACCOUNT)
    measures = models.CharField("已采取的措施", max_length=LONGEST_ACCOUNT)
    status = models.CharField("状态", max_length=8, choices=WarningStatus, default=WarningStatus.WARNED)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="报告人")
    reported_at = models.DateTimeField("报告时间")
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除人")
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    lift_reason = models.CharField("解除理由", max_length=200, blank=True)

    objects: ClassVar = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = "预警报告"
        ordering = ("-learned_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=WarningKind.values), name="warning_kind_known"),
            models.CheckConstraint(condition=Q(happened_on__lte=F("learned_on")), name="warning_learned_after_it_happened"),
            models.CheckConstraint(condition=~Q(what="") & ~Q(measures=""), name="warning_says_what_and_measures"),
            models.CheckConstraint(
                condition=Q(status="lifted", lifted_by__isnull=False, lifted_at__isnull=False, lifted_on__isnull=False) & ~Q(lift_reason="")
                | Q(status="warned", lifted_by__isnull=True, lifted_at__isnull=True, lifted_on__isnull=True, lift_reason=""),
                name="warning_lifted_with_facts",
            ),
            models.CheckConstraint(condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("reported_by")), name="warning_two_people"),
        ]
        indexes: ClassVar = [models.Index(fields=["loan"], condition=Q(status="warned"), name="warning_in_force")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}预警 {self.loan.note_no}"

    def get_absolute_url(self) -> str:
        return reverse("loans:warning", args=[self.pk])


class InspectionQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> Self:
        """Those of loans the person sees."""
        return self.filter(loan__in=Loan.objects.visible_to(user))


class Inspection(AppendOnlyModel):
    """贷后检查 of a loan for a quarter; of several for the same quarter the later entered counts, so a mistake is followed by another."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="inspections", verbose_name="贷款")
    quarter = models.CharField("所属季度", max_length=6)
    inspected_on = models.DateField("检查日期")
    use_of_funds = models.CharField("资金用途", max_length=LONGEST_ACCOUNT)
    operation = models.CharField("经营情况", max_length=LONGEST_ACCOUNT)
    repayment_ability = models.CharField("还款能力", max_length=LONGEST_ACCOUNT)
    result = models.CharField("结论", max_length=10, choices=InspectionResult)
    note = models.CharField("备注", max_length=LONGEST_ACCOUNT, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="检查人")
    entered_at = models.DateTimeField("录入时间")

    objects: ClassVar = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = "贷后检查"
        ordering = ("-quarter", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(result__in=InspectionResult.values), name="inspection_result_known"),
            models.CheckConstraint(condition=~Q(use_of_funds="") & ~Q(operation="") & ~Q(repayment_ability=""), name="inspection_complete"),
        ]
        indexes: ClassVar = [models.Index(fields=["loan", "quarter"], name="inspection_by_quarter")]

    def __str__(self) -> str:
        return f"贷后检查 {self.loan.note_no} {self.quarter}"
