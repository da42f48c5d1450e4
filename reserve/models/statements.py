"""The bank's statements of the reserve accounts, and what explains their differences from the ledger 对账."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.append_only import AppendOnlyModel
from common.money import MoneyField
from common.witness import WitnessedModel
from parties.models import User

from ..enums import DifferenceKind, EntryStatus, StatementStatus
from .accounts import ReserveAccount
from .facts import EnteredFact
from .ledger import LedgerEntry
from .programmes import Programme, ProgrammeScopedQuerySet


class BankStatement(WitnessedModel):
    """What the bank's own system says of an account from `first` to `last`, both days included. Never edited: discarded and sent again."""

    FACTS = ("account_id", "first", "last", "opening", "closing")
    BOUND = Q()

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="bank_statements", verbose_name="项目")
    account = models.ForeignKey(ReserveAccount, models.PROTECT, related_name="bank_statements", verbose_name="准备金账户")
    first = models.DateField("起日")
    last = models.DateField("止日")
    opening = MoneyField("期初余额")
    closing = MoneyField("期末余额")
    origin = models.CharField("来源", max_length=200)
    status = models.CharField("状态", max_length=10, choices=StatementStatus, default=StatementStatus.SENT)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="报送人")
    entered_at = models.DateTimeField("报送时间")
    discarded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人")
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "银行对账单"
        ordering = ("-last", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="bank_statement_in_order"),
            models.CheckConstraint(condition=Q(opening__gte=0, closing__gte=0), name="bank_statement_balances_not_negative"),
            models.CheckConstraint(
                condition=Q(status="sent", discarded_by__isnull=True, discard_reason="")
                | Q(status="discarded", discarded_by__isnull=False) & ~Q(discard_reason=""),
                name="bank_statement_discarded_with_reason",
            ),
            models.UniqueConstraint(fields=["account", "first"], condition=Q(status="sent"), name="bank_statement_once_a_period"),
        ]

    def __str__(self) -> str:
        return f"{self.account.funder.short_name}账户 {self.first} 至 {self.last} 对账单"

    def get_absolute_url(self) -> str:
        return reverse("reserve:bank_statement", args=[self.pk])


class BankStatementLine(AppendOnlyModel):
    """One movement as the bank booked it: money in or money out."""

    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="lines", verbose_name="对账单")
    position = models.PositiveIntegerField("行次")
    day = models.DateField("日期")
    income = MoneyField("收入", null=True, blank=True)
    expense = MoneyField("支出", null=True, blank=True)
    receipt_no = models.CharField("回单号", max_length=40, blank=True)
    summary = models.CharField("摘要", max_length=200, blank=True)

    class Meta:
        verbose_name = "对账单明细"
        ordering = ("statement", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "position"], name="bank_statement_line_place_once"),
            models.CheckConstraint(
                condition=Q(income__gt=0, expense__isnull=True) | Q(income__isnull=True, expense__gt=0),
                name="bank_statement_line_in_or_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.receipt_no}"


class StatementExplanationQuerySet(models.QuerySet["StatementExplanation"]):
    def visible_to(self, user: User) -> Self:
        """Explanations of statements the person sees."""
        return self.filter(statement__in=BankStatement.objects.visible_to(user))


class StatementExplanation(EnteredFact):
    """Why a difference is none to mend: said by the bank, confirmed by the account's owner.

    `gap`: what the bank has more than the ledger in this difference (yuan, signed); another gap is another difference.
    """

    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="explanations", verbose_name="对账单")
    kind = models.CharField("差异", max_length=16, choices=DifferenceKind)
    line = models.ForeignKey(BankStatementLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对账单明细")
    ledger_entry = models.ForeignKey(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账簿分录")
    gap = MoneyField("差额")
    text = models.CharField("说明", max_length=200)
    status = models.CharField("状态", max_length=10, choices=EntryStatus, default=EntryStatus.ENTERED)

    objects: ClassVar = StatementExplanationQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "对账差异说明"
        ordering = ("id",)
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=EntryStatus.values), name="statement_explanation_status_known"),
            models.CheckConstraint(condition=~Q(text=""), name="statement_explanation_says_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["day", "receipt"], gap=0) | ~Q(kind__in=["day", "receipt"]) & ~Q(gap=0),
                name="statement_explanation_gap_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="opening", line__isnull=True, ledger_entry__isnull=True)
                | Q(kind="only_bank", line__isnull=False, ledger_entry__isnull=True)
                | Q(kind="only_ledger", line__isnull=True, ledger_entry__isnull=False)
                | Q(kind__in=["amount", "day", "receipt"], line__isnull=False, ledger_entry__isnull=False),
                name="statement_explanation_names_its_sides",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.get_kind_display()}的说明"

    def get_absolute_url(self) -> str:
        return self.statement.get_absolute_url()
