"""The ledger: accounts with stored balances, one chain of entries per programme, transfers that cannot be out of balance.

Written only by `reserve.services.ledger`; read through `reserve.selectors.ledger`. See docs/ledger.md.
"""

from decimal import Decimal
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.append_only import AppendOnlyModel
from common.money import MoneyField

from ..ledger_enums import AccountKind, Purpose

# An entry's primary key is its place in the chain: programme 7, entry 42 is 7_000_000_042. The writer knows it before
# it writes (no round trip to learn an id), and within a programme the key orders entries as the chain does.
ENTRY_SPAN: Final = 10**9


class LedgerHead(models.Model):
    """The end of a programme's chain. Every posting locks this row first, so a programme's entries form one line."""

    programme = models.OneToOneField("reserve.Programme", models.PROTECT, primary_key=True, related_name="ledger_head", verbose_name="项目")
    sequence = models.PositiveBigIntegerField("末笔序号", default=0)
    hash = models.CharField("末笔校验值", max_length=64, blank=True, default="")
    ledger_date = models.DateField("末笔记账日", null=True)

    class Meta:
        verbose_name = "账簿链头"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sequence=0, hash="", ledger_date__isnull=True) | (Q(sequence__gt=0, ledger_date__isnull=False) & ~Q(hash="")),
                name="ledger_head_empty_or_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.hash[:12]}"


class LedgerAccount(models.Model):
    """One kind of money of one reserve account; `balance` is positive on the side on which the kind grows."""

    programme = models.ForeignKey("reserve.Programme", models.PROTECT, related_name="ledger_accounts", verbose_name="项目")
    reserve_account = models.ForeignKey(
        "reserve.ReserveAccount", models.PROTECT, db_index=False, related_name="ledger_accounts", verbose_name="准备金账户"
    )
    kind = models.CharField("科目", max_length=16, choices=AccountKind)
    balance = MoneyField("余额", default=Decimal(0))

    class Meta:
        verbose_name = "账簿科目"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reserve_account", "kind"], name="ledger_account_one_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="ledger_account_kind_known"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="ledger_account_balance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reserve_account} {self.get_kind_display()}"


class LedgerEntry(AppendOnlyModel):
    """One business event in a programme's chain. `source_type` and `source_id` name its cause; the ledger reads neither."""

    id = models.BigIntegerField("编号", primary_key=True)
    programme = models.ForeignKey("reserve.Programme", models.PROTECT, db_index=False, related_name="ledger_entries", verbose_name="项目")
    sequence = models.PositiveBigIntegerField("序号")
    purpose = models.CharField("用途", max_length=20, choices=Purpose)
    source_type = models.CharField("来源类型", max_length=48)
    source_id = models.PositiveBigIntegerField("来源编号")
    memo = models.CharField("摘要", max_length=200, blank=True)
    ledger_date = models.DateField("记账日")
    value_date = models.DateField("起息日")
    recorded_at = models.DateTimeField("记账时间")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="记账人")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, db_index=False, related_name="reversed_by", verbose_name="被冲正分录")
    previous_hash = models.CharField("上笔校验值", max_length=64, blank=True)
    hash = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = "账簿分录"
        verbose_name_plural = "账簿分录"
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(id=F("programme") * ENTRY_SPAN + F("sequence")) & Q(sequence__gt=0, sequence__lt=ENTRY_SPAN),
                name="ledger_entry_id_is_its_place",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="ledger_entry_purpose_known"),
            models.CheckConstraint(condition=Q(value_date__lte=F("ledger_date")), name="ledger_entry_value_not_after_ledger"),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.REVERSAL, reverses__isnull=False) | (~Q(purpose=Purpose.REVERSAL) & Q(reverses__isnull=True)),
                name="ledger_entry_reversal_names_its_entry",
            ),
            models.UniqueConstraint(fields=["reverses"], condition=Q(reverses__isnull=False), name="ledger_entry_reversed_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["programme", "ledger_date", "id"], name="ledger_entry_by_day"),
            models.Index(fields=["source_type", "source_id"], name="ledger_entry_by_source"),
            # The few entries whose fact is older than their posting: they correct a balance by value date.
            models.Index(
                fields=["programme", "ledger_date", "value_date"],
                condition=Q(value_date__lt=F("ledger_date")),
                name="ledger_entry_backdated",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.get_purpose_display()}"

    def get_absolute_url(self) -> str:
        return reverse("reserve:ledger_entry", args=[self.pk])


class Transfer(AppendOnlyModel):
    """A positive amount from one account to another of the same reserve account, with both balances after it."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, db_index=False, related_name="transfers", verbose_name="分录")
    position = models.PositiveSmallIntegerField("行次")
    debit = models.ForeignKey(LedgerAccount, models.PROTECT, db_index=False, related_name="debits", verbose_name="借方")
    credit = models.ForeignKey(LedgerAccount, models.PROTECT, db_index=False, related_name="credits", verbose_name="贷方")
    amount = MoneyField("金额")
    debit_balance_after = MoneyField("借方余额")
    credit_balance_after = MoneyField("贷方余额")

    class Meta:
        verbose_name = "账簿转账"
        verbose_name_plural = "账簿转账"
        ordering = ("entry", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "position"], name="ledger_transfer_place_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_transfer_two_accounts"),
            models.CheckConstraint(
                condition=Q(debit_balance_after__gte=0, credit_balance_after__gte=0),
                name="ledger_transfer_balances_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["debit", "entry", "position"], name="ledger_transfer_debits"),
            models.Index(fields=["credit", "entry", "position"], name="ledger_transfer_credits"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.position} {self.amount}"


class IdempotencyKey(AppendOnlyModel):
    """What a posting was asked under which key, and the entry that answered it. One key an entry, for ever."""

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, primary_key=True, related_name="idempotency_key", verbose_name="分录")
    programme = models.ForeignKey(  # the entry's; that it exists is guaranteed through the entry
        "reserve.Programme", models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name="项目"
    )
    key = models.CharField("幂等键", max_length=120)
    request_hash = models.CharField("请求校验值", max_length=64)

    class Meta:
        verbose_name = "幂等键"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "key"], name="ledger_idempotency_key_once"),
            models.CheckConstraint(condition=~Q(key=""), name="ledger_idempotency_key_given"),
            models.CheckConstraint(
                condition=Q(entry__gt=F("programme") * ENTRY_SPAN, entry__lt=(F("programme") + 1) * ENTRY_SPAN),
                name="ledger_idempotency_key_of_its_programme",
            ),
        ]

    def __str__(self) -> str:
        return self.key
