"""A bank's 资本净额: what the share that one borrower may owe it is a share of (domain §4 `single_borrower_ratio`)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import MoneyField
from parties.models import Organisation, User

from ..enums import NetCapitalStatus


class NetCapitalQuerySet(models.QuerySet["NetCapital"]):
    def visible_to(self, user: User) -> Self:
        """Those of the banks in the person's programmes; administrators of the system see no business facts."""
        if user.organisation_id is None:
            return self.none()
        return self.filter(bank__in=Organisation.objects.visible_to(user))

    def in_force(self, on: date) -> Self:
        """Confirmed rows up to a day, the latest last: of each bank the last one counts."""
        return self.filter(status=NetCapitalStatus.CONFIRMED, effective_on__lte=on).order_by("effective_on")


class NetCapital(models.Model):
    """The bank's net capital as of a day; in force from then to its next one, in all programmes of the bank."""

    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="银行")
    effective_on = models.DateField("基准日")
    amount = MoneyField("资本净额")
    source = models.CharField("数据来源", max_length=100)
    status = models.CharField("状态", max_length=10, choices=NetCapitalStatus, default=NetCapitalStatus.ENTERED)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    entered_at = models.DateTimeField("录入时间")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)

    objects: ClassVar = NetCapitalQuerySet.as_manager()

    class Meta:
        verbose_name = "资本净额"
        ordering = ("-effective_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "effective_on"], condition=~Q(status="discarded"), name="net_capital_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="net_capital_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=NetCapitalStatus.values), name="net_capital_status_known"),
            models.CheckConstraint(
                condition=Q(status="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False)
                | ~Q(status="confirmed") & Q(confirmed_by__isnull=True, confirmed_at__isnull=True),
                name="net_capital_confirmed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="discarded") & ~Q(discard_reason="") | ~Q(status="discarded") & Q(discard_reason=""),
                name="net_capital_discarded_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")), name="net_capital_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank.short_name} {self.effective_on} 资本净额"

    def get_absolute_url(self) -> str:
        return reverse("loans:net_capital", args=[self.pk])
