"""What is left in an account goes back to its funder when the programme is wound up 清算 (domain §3.13)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from common.witness import WitnessedModel
from parties.models import User

from ..enums import RefundStatus
from .accounts import ReserveAccount
from .ledger import LedgerEntry
from .programmes import Programme, ProgrammeScopedQuerySet


class Refund(WitnessedModel):
    """A funder's instruction to pay its account's free money back, executed and confirmed by the bank, then posted."""

    FACTS = ("account_id", "amount", "payee", "paid_on", "receipt_no")
    BOUND = Q(status=RefundStatus.CONFIRMED)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="refunds", verbose_name="项目")
    account = models.ForeignKey(ReserveAccount, models.PROTECT, related_name="refunds", verbose_name="准备金账户")
    amount = MoneyField("退还金额")
    payee = models.CharField("收款账户", max_length=100)
    status = models.CharField("状态", max_length=10, choices=RefundStatus, default=RefundStatus.INSTRUCTED)
    instructed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="指令人")
    instructed_at = models.DateTimeField("指令时间")
    version = models.PositiveIntegerField("版本", default=1)
    paid_on = models.DateField("划款日期", null=True, blank=True)
    receipt_no = models.CharField("回单号", max_length=40, blank=True)
    executed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="划款录入人")
    executed_at = models.DateTimeField("划款录入时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤回人")
    withdraw_reason = models.CharField("撤回理由", max_length=200, blank=True)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账务分录")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "退还出资"
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="refund_status_known"),
            models.CheckConstraint(
                condition=Q(executed_by__isnull=True, executed_at__isnull=True, paid_on__isnull=True, receipt_no="")
                | Q(executed_by__isnull=False, executed_at__isnull=False, paid_on__isnull=False) & ~Q(receipt_no=""),
                name="refund_executed_paired",
            ),
            models.CheckConstraint(
                condition=Q(status="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False, entry__isnull=False)
                & Q(executed_by__isnull=False)
                | ~Q(status="confirmed") & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, entry__isnull=True),
                name="refund_confirmed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_by__isnull=False) & ~Q(withdraw_reason="")
                | ~Q(status="withdrawn") & Q(withdrawn_by__isnull=True, withdraw_reason=""),
                name="refund_withdrawn_with_reason",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("executed_by")), name="refund_two_people"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(status__in=["instructed", "executed"]), name="refund_one_under_way_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.funder.short_name}退还出资 {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("reserve:refund", args=[self.pk])
