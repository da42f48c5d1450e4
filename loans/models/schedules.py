"""A loan's schedule and days in arrears: derived rows, written anew by `loans.services.servicing.assess` (domain §3.8, §6).

They hold nothing that contract, repayments and extensions do not say; they are kept so that lists, clocks and rates can be
read by the database.
"""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from common.money import MoneyField

from ..enums import FactStatus, InstalmentKind
from .facts import EnteredFact, OfLoanQuerySet
from .loans import Loan


class AgreedInstalment(models.Model):
    """A line of an agreed table 分期还本: principal to be paid on a day. What the table leaves falls due at maturity."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="agreed_instalments", verbose_name="贷款")
    due_on = models.DateField("还本日期")
    principal = MoneyField("本金")

    class Meta:
        verbose_name = "约定还本"
        ordering = ("due_on",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["loan", "due_on"], name="agreed_instalment_once_a_day"),
            models.CheckConstraint(condition=Q(principal__gt=0), name="agreed_instalment_principal_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.principal}"


class BankSchedule(EnteredFact):
    """The bank's own schedule of a loan: confirmed, it is the truth from its first day on, until a fact changes the plan."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="bank_schedules", verbose_name="贷款")
    received_on = models.DateField("出具日期")
    source = models.CharField("来源", max_length=100, blank=True)
    status = models.CharField("状态", max_length=10, choices=FactStatus, default=FactStatus.ENTERED)
    superseded_on = models.DateField("失效日期", null=True, blank=True, help_text="其后发生提前还款、展期、更正或另有新计划")

    objects: ClassVar = OfLoanQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "银行还款计划"
        ordering = ("id",)
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=FactStatus.values), name="bank_schedule_status_known"),
            models.CheckConstraint(
                condition=Q(superseded_on__isnull=True) | Q(status="confirmed"), name="bank_schedule_superseded_when_confirmed"
            ),
            models.UniqueConstraint(fields=["loan"], condition=Q(status="entered"), name="bank_schedule_one_pending_a_loan"),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(status="confirmed", superseded_on__isnull=True), name="bank_schedule_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"银行还款计划 {self.loan.note_no} {self.received_on}"

    def get_absolute_url(self) -> str:
        return str(self.loan.get_absolute_url())


class BankScheduleLine(models.Model):
    """A line of it: what the bank expects on a day."""

    schedule = models.ForeignKey(BankSchedule, models.CASCADE, related_name="lines", verbose_name="银行还款计划")
    due_on = models.DateField("到期日")
    principal = MoneyField("本金")
    interest = MoneyField("利息")

    class Meta:
        verbose_name = "银行还款计划明细"
        ordering = ("due_on",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "due_on"], name="bank_schedule_line_once_a_day"),
            models.CheckConstraint(condition=Q(principal__gte=0, interest__gte=0), name="bank_schedule_line_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.principal} {self.interest}"


class ScheduleLine(models.Model):
    """One instalment and what is paid of it by now; `payable_on` is the last day in time (provisional: a year without notice)."""

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="schedule_lines", verbose_name="贷款")
    number = models.PositiveSmallIntegerField("期次")
    kind = models.CharField("种类", max_length=8, choices=InstalmentKind)
    due_on = models.DateField("到期日")
    payable_on = models.DateField("应付日")
    provisional = models.BooleanField("应付日暂定", default=False)
    annual_rate = models.DecimalField("年利率（%）", max_digits=7, decimal_places=4)
    days = models.PositiveSmallIntegerField("计息天数", null=True)
    principal = MoneyField("应还本金")
    interest = MoneyField("应付利息")
    balance = MoneyField("还后本金余额")
    principal_paid = MoneyField("已还本金", default=Decimal(0))
    interest_paid = MoneyField("已付利息", default=Decimal(0))
    cleared_on = models.DateField("付清日期", null=True)

    class Meta:
        verbose_name = "还款计划"
        ordering = ("loan", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["loan", "number"], name="schedule_line_number_once"),
            models.CheckConstraint(condition=Q(kind__in=InstalmentKind.values), name="schedule_line_kind_known"),
            models.CheckConstraint(condition=Q(payable_on__gte=F("due_on")), name="schedule_line_payable_not_before_due"),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0, balance__gte=0, principal_paid__gte=0, interest_paid__gte=0),
                name="schedule_line_not_negative",
            ),
            models.CheckConstraint(condition=Q(principal_paid__lte=F("principal")), name="schedule_line_paid_within_principal"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payable_on", "loan"], condition=Q(cleared_on__isnull=True), name="schedule_line_open"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} 第 {self.number} 期"

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest


class OverdueSpellQuerySet(models.QuerySet["OverdueSpell"]):
    def on(self, day: date) -> Self:
        """Those a day lies in: at most one of a loan."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)


class OverdueSpell(models.Model):
    """Days on which the same instalment was the loan's oldest unpaid: [`from_on`, `until_on`), open while it lasts.

    Days overdue on one of them are counted from `payable_on`. The open one of a loan in order begins after its next payable day:
    so it will be overdue if nothing is paid, and a question for a day needs no job to have run.
    """

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="overdue_spells", verbose_name="贷款")
    payable_on = models.DateField("最早未付应付日")
    from_on = models.DateField("起")
    until_on = models.DateField("止", null=True)

    objects: ClassVar = OverdueSpellQuerySet.as_manager()

    class Meta:
        verbose_name = "逾期区间"
        ordering = ("loan", "from_on")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["loan", "from_on"], name="overdue_spell_starts_once"),
            models.CheckConstraint(condition=Q(from_on__gt=F("payable_on")), name="overdue_spell_after_payable_day"),
            models.CheckConstraint(condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")), name="overdue_spell_has_days"),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.from_on}"
