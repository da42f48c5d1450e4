"""Reserve accounts, contributions to them, and the town's duty to match (domain §3.2, §3.3)."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from common.witness import WitnessedModel
from parties.models import Organisation, User

from ..enums import ContributionStatus, ObligationStatus
from .deadlines import Deadline
from .ledger import LedgerEntry
from .programmes import Programme, ProgrammeScopedQuerySet


class ReserveAccount(models.Model):
    """A funder's reserve account at the bank. Its figures live in its ledger accounts."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="reserve_accounts", verbose_name="项目")
    funder = models.ForeignKey(Organisation, models.PROTECT, related_name="reserve_accounts", verbose_name="出资人")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="开户银行")
    name = models.CharField("户名", max_length=100)
    number = models.CharField("账号", max_length=40)
    opened_on = models.DateField("开户日")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "准备金账户"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "funder"], name="reserve_account_one_a_funder"),
            models.UniqueConstraint(fields=["bank", "number"], name="reserve_account_number_once_a_bank"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.number}）"

    def get_absolute_url(self) -> str:
        return reverse("reserve:account", args=[self.pk])


class Contribution(WitnessedModel):
    """Money a funder paid in: recorded by it, received and confirmed by the bank, then posted."""

    FACTS = ("account_id", "obligation_id", "amount", "is_part", "transferred_on", "voucher_no", "note", "arrived_on", "receipt_no")
    BOUND = Q(status=ContributionStatus.CONFIRMED)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="contributions", verbose_name="项目")
    account = models.ForeignKey(ReserveAccount, models.PROTECT, related_name="contributions", verbose_name="准备金账户")
    obligation = models.ForeignKey(
        "reserve.FundingObligation", models.PROTECT, null=True, blank=True, related_name="contributions", verbose_name="配套义务"
    )
    amount = MoneyField("金额")
    is_part = models.BooleanField("分次出资", default=False, help_text="登记时项目规则允许分次配套")
    transferred_on = models.DateField("划款日期")
    voucher_no = models.CharField("划款凭证号", max_length=40)
    note = models.CharField("备注", max_length=200, blank=True)
    status = models.CharField("状态", max_length=10, choices=ContributionStatus, default=ContributionStatus.RECORDED)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间")
    version = models.PositiveIntegerField("版本", default=1)
    arrived_on = models.DateField("到账日期", null=True, blank=True)
    receipt_no = models.CharField("回单号", max_length=40, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="到账录入人")
    received_at = models.DateTimeField("到账录入时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    rejected_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人")
    rejected_at = models.DateTimeField("退回时间", null=True, blank=True)
    reject_reason = models.CharField("退回理由", max_length=200, blank=True)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账务分录")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "出资"
        ordering = ("-transferred_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="contribution_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=ContributionStatus.values), name="contribution_status_known"),
            models.CheckConstraint(
                condition=Q(received_by__isnull=True, received_at__isnull=True, arrived_on__isnull=True)
                | Q(received_by__isnull=False, received_at__isnull=False, arrived_on__isnull=False),
                name="contribution_received_paired",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="confirmed",
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    entry__isnull=False,
                    received_by__isnull=False,
                )
                | (~Q(status="confirmed") & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, entry__isnull=True)),
                name="contribution_confirmed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="rejected", rejected_by__isnull=False, rejected_at__isnull=False)
                | (~Q(status="rejected") & Q(rejected_by__isnull=True, rejected_at__isnull=True)),
                name="contribution_rejected_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("received_by")), name="contribution_two_people"
            ),
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(obligation__isnull=False, is_part=False) & ~Q(status="rejected"),
                name="contribution_one_an_obligation",
            ),
            models.UniqueConstraint(fields=["account", "voucher_no"], condition=~Q(status="rejected"), name="contribution_voucher_once"),
            models.UniqueConstraint(
                fields=["account", "receipt_no"], condition=~Q(status="rejected") & ~Q(receipt_no=""), name="contribution_receipt_once"
            ),
            models.CheckConstraint(
                condition=Q(arrived_on__isnull=True) | Q(arrived_on__gte=F("transferred_on")), name="contribution_arrives_after_transfer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.funder.short_name}出资 {self.voucher_no}"

    def get_absolute_url(self) -> str:
        return reverse("reserve:contribution", args=[self.pk])

    @property
    def is_opening(self) -> bool:
        """期初出资: it was there before the programme was run here, and matches nothing that is owed here."""
        day = self.arrived_on or self.transferred_on
        return self.obligation_id is None and self.programme.precedes_start(day)


class FundingObligation(WitnessedModel):
    """The town's duty to match one confirmed provincial contribution within 30 working days of its arrival."""

    FACTS = ("source_id", "debtor_id", "amount", "deadline__starts_on", "deadline__workdays")
    BOUND = Q()

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="obligations", verbose_name="项目")
    source = models.OneToOneField(Contribution, models.PROTECT, related_name="opened_obligation", verbose_name="省级出资")
    debtor = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="配套单位")
    amount = MoneyField("应配套金额")
    deadline = models.OneToOneField(Deadline, models.PROTECT, related_name="+", verbose_name="期限")
    status = models.CharField("状态", max_length=16, choices=ObligationStatus, default=ObligationStatus.OPEN)
    fulfilled_on = models.DateField("到位日", null=True, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "配套义务"
        ordering = ("deadline__due_on", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="obligation_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=ObligationStatus.values), name="obligation_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=["fulfilled", "fulfilled_late"], fulfilled_on__isnull=False)
                | Q(status__in=["open", "overdue"], fulfilled_on__isnull=True),
                name="obligation_fulfilled_with_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debtor.short_name}配套义务（{self.source.voucher_no}）"

    def get_absolute_url(self) -> str:
        return reverse("reserve:obligation", args=[self.pk])

    def is_late(self, on: date) -> bool:
        """Whether the money is late, by the status or by the due day itself; a provisional day makes nobody late."""
        past = self.deadline.due_on < on and not self.deadline.provisional
        return self.fulfilled_on is None and (self.status == ObligationStatus.OVERDUE or past)
