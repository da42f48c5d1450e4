"""Interest on the reserve accounts: credited by the bank, paid out where the programme does not let it accumulate (domain §4)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from common.witness import WitnessedModel
from parties.models import User

from ..enums import EntryStatus, InterestKind, InterestStatus
from .accounts import ReserveAccount
from .facts import EnteredFact
from .ledger import LedgerEntry
from .programmes import Programme, ProgrammeScopedQuerySet


class AccountInterest(WitnessedModel, EnteredFact):
    """Interest that came into an account for a period, or left it; confirmed, it is posted."""

    FACTS = ("account_id", "kind", "amount", "booked_on", "receipt_no", "period_first", "period_last", "payee")
    BOUND = Q(status__in=(InterestStatus.CONFIRMED, InterestStatus.REVERSED))

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="interests", verbose_name="项目")
    account = models.ForeignKey(ReserveAccount, models.PROTECT, related_name="interests", verbose_name="准备金账户")
    kind = models.CharField("种类", max_length=10, choices=InterestKind)
    amount = MoneyField("金额")
    booked_on = models.DateField("入账（划出）日期")
    receipt_no = models.CharField("回单号", max_length=40)
    period_first = models.DateField("计息期起日", null=True, blank=True)
    period_last = models.DateField("计息期止日", null=True, blank=True)
    payee = models.CharField("收款账户", max_length=100, blank=True)
    status = models.CharField("状态", max_length=10, choices=InterestStatus, default=InterestStatus.ENTERED)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账务分录")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "账户利息"
        ordering = ("-booked_on", "-id")
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gt=0), name="interest_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=InterestStatus.values), name="interest_status_known"),
            models.CheckConstraint(
                condition=Q(kind="credited", payee="", period_first__isnull=False, period_last__isnull=False)
                & Q(period_first__lte=F("period_last"), period_last__lte=F("booked_on"))
                | Q(kind="paid_out", period_first__isnull=True, period_last__isnull=True) & ~Q(payee=""),
                name="interest_credited_for_a_period_or_paid_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "reversed"], entry__isnull=False)
                | Q(status__in=["entered", "discarded"], entry__isnull=True),
                name="interest_posted_when_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(status="discarded") & ~Q(discard_reason="") | ~Q(status="discarded") & Q(discard_reason=""),
                name="interest_discarded_with_reason",
            ),
            models.UniqueConstraint(
                fields=["account", "receipt_no"], condition=Q(status__in=["entered", "confirmed"]), name="interest_receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.funder.short_name}{self.get_kind_display()} {self.receipt_no}"

    def get_absolute_url(self) -> str:
        return reverse("reserve:interest", args=[self.pk])


class InterestReversalQuerySet(models.QuerySet["InterestReversal"]):
    def visible_to(self, user: User) -> Self:
        """Reversals of interest the person sees."""
        return self.filter(interest__in=AccountInterest.objects.visible_to(user))


class InterestReversal(EnteredFact):
    """冲正: confirmed interest was wrong. Confirmed, its entry is reversed and the account stands as if it had never been."""

    interest = models.ForeignKey(AccountInterest, models.PROTECT, related_name="reversals", verbose_name="账户利息")
    reason = models.CharField("冲正理由", max_length=200)
    status = models.CharField("状态", max_length=10, choices=EntryStatus, default=EntryStatus.ENTERED)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="冲正分录")

    objects: ClassVar = InterestReversalQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "利息冲正"
        ordering = ("id",)
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=EntryStatus.values), name="interest_reversal_status_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="interest_reversal_with_reason"),
            models.CheckConstraint(
                condition=Q(status="confirmed", entry__isnull=False) | ~Q(status="confirmed") & Q(entry__isnull=True),
                name="interest_reversal_posted_when_confirmed",
            ),
            models.UniqueConstraint(fields=["interest"], condition=~Q(status="discarded"), name="interest_reversed_once"),
        ]

    def __str__(self) -> str:
        return f"冲正 {self.interest}"

    def get_absolute_url(self) -> str:
        return self.interest.get_absolute_url()
