"""What changes a confirmed loan: extension of its term, correction of what was entered wrongly (domain §3, last paragraph; §3.8)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from common.money import MoneyField
from parties.models import Organisation, User

from ..enums import ExtensionStatus, FactStatus
from .facts import EnteredFact, OfLoanQuerySet
from .loans import Loan, PrincipalMovement


class Extension(EnteredFact):
    """展期: what is owed at `old_due_on` runs on to `due_on`, at `annual_rate` from the old maturity; both offices consent."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="extensions", verbose_name="贷款")
    old_due_on = models.DateField("原到期日")
    due_on = models.DateField("展期后到期日")
    annual_rate = models.DecimalField("展期年利率（%）", max_digits=7, decimal_places=4)
    reason = models.CharField("展期理由", max_length=200)
    status = models.CharField("状态", max_length=10, choices=ExtensionStatus, default=ExtensionStatus.APPLIED)
    movement = models.OneToOneField(PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="变动")

    objects: ClassVar = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = "展期"
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=ExtensionStatus.values), name="extension_status_known"),
            models.CheckConstraint(condition=Q(due_on__gt=F("old_due_on")), name="extension_later_than_before"),
            models.CheckConstraint(condition=Q(annual_rate__gt=0), name="extension_rate_positive"),
            models.CheckConstraint(
                condition=Q(status="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False, confirmed_on__isnull=False)
                | ~Q(status="confirmed")
                & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, confirmed_on__isnull=True, movement__isnull=True),
                name="extension_confirmed_with_facts",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")), name="extension_two_people"),
            models.UniqueConstraint(fields=["loan"], condition=Q(status__in=["applied", "consented"]), name="extension_one_pending_a_loan"),
        ]

    def __str__(self) -> str:
        return f"展期 {self.loan.note_no} 至 {self.due_on}"

    def get_absolute_url(self) -> str:
        return str(self.loan.get_absolute_url())


class ExtensionConsent(models.Model):
    """One office's word on an extension."""

    extension = models.ForeignKey(Extension, models.PROTECT, related_name="consents", verbose_name="展期")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    agrees = models.BooleanField("同意")
    opinion = models.CharField("意见", max_length=200, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="签署人")
    given_at = models.DateTimeField("签署时间")

    class Meta:
        verbose_name = "展期意见"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["extension", "organisation"], name="extension_consent_once_an_office"),
            models.CheckConstraint(condition=Q(agrees=True) | ~Q(opinion=""), name="extension_refused_with_opinion"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.short_name}{'同意' if self.agrees else '不同意'}"


class Correction(EnteredFact):
    """数据更正: what was entered of a confirmed loan was wrong. `before` and `after` hold the fields that differ, as text.

    `loan_version` is the version it was written against: a loan that changed since must be looked at again.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="corrections", verbose_name="贷款")
    reason = models.CharField("更正理由", max_length=200)
    before = models.JSONField("更正前")
    after = models.JSONField("更正后")
    change = MoneyField("贷款金额变动", default=0)
    loan_version = models.PositiveIntegerField("贷款版本")
    status = models.CharField("状态", max_length=10, choices=FactStatus, default=FactStatus.ENTERED)
    movement = models.OneToOneField(PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="变动")

    objects: ClassVar = OfLoanQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "数据更正"
        ordering = ("id",)
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=FactStatus.values), name="correction_status_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_with_reason"),
            models.CheckConstraint(
                condition=Q(status="confirmed") | Q(movement__isnull=True),
                name="correction_moves_when_confirmed",
            ),
            models.CheckConstraint(condition=Q(change__gt=-(10**15), change__lt=10**15), name="correction_change_within_reason"),
            models.UniqueConstraint(fields=["loan"], condition=Q(status="entered"), name="correction_one_pending_a_loan"),
        ]

    def __str__(self) -> str:
        return f"更正 {self.loan.note_no}"

    def get_absolute_url(self) -> str:
        return str(self.loan.get_absolute_url())
