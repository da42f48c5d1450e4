"""The rates kept day by day, and the suspension of new cover where one passed its threshold (domain §3.12)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.display import percent
from common.money import MoneyField
from parties.models import Organisation
from reserve.models import JointDecision, Programme, ProgrammeScopedQuerySet
from reserve.rulebook import display_value, parse_value

from ..enums import SuspensionCause, SuspensionStatus
from ..rules.risk import STOP_RULES, figures_said, share

EVERY_BANK = "全部银行"


class OfScope(models.Model):
    """Of one bank of a programme, or (`bank` empty) of all its banks together."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+", verbose_name="项目")
    bank = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="银行")

    class Meta:
        abstract = True

    @property
    def scope(self) -> str:
        return self.bank.short_name if self.bank else EVERY_BANK


class RiskRate(OfScope):
    """The figures of a scope at the end of a day, in yuan, as the nightly job counted them; counted again the night after.

    `warns`, `overdue_stops`, `compensation_stops`: past which line of the rules of the day.
    """

    day = models.DateField("日期")
    owed = MoneyField("未还本金")
    overdue = MoneyField("计入逾期的本金")
    compensated = MoneyField("净代偿")
    contributed = MoneyField("出资")
    warns = models.BooleanField("超过逾期率预警线")
    overdue_stops = models.BooleanField("超过逾期率暂停线")
    compensation_stops = models.BooleanField("超过代偿率暂停线")

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "风险比率"
        ordering = ("-day", "bank_id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "day"], condition=Q(bank__isnull=True), name="risk_rate_once_a_day"),
            models.UniqueConstraint(
                fields=["programme", "day", "bank"], condition=Q(bank__isnull=False), name="risk_rate_once_a_day_and_bank"
            ),
            models.CheckConstraint(condition=Q(owed__gte=0, overdue__gte=0, overdue__lte=F("owed")), name="risk_rate_overdue_within_owed"),
            models.CheckConstraint(condition=Q(compensated__gte=0, contributed__gte=0), name="risk_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.day}"

    @property
    def overdue_rate(self) -> Decimal | None:
        return share(self.overdue, self.owed)

    @property
    def compensation_ratio(self) -> Decimal | None:
        return share(self.compensated, self.contributed)


class Suspension(OfScope):
    """暂停新增: written when a rate passed its threshold, with the figures of that day; resumed by a joint decision.

    `part` ÷ `whole` (yuan) was past `line`. `cleared_on`: the first day at or after the resumption on which the figure was at
    or under its line; empty: the crossing that was resumed goes on.
    """

    cause = models.CharField("原因", max_length=20, choices=SuspensionCause)
    since = models.DateField("暂停日")
    part = MoneyField("分子")
    whole = MoneyField("分母")
    line = models.CharField("暂停线", max_length=40)
    status = models.CharField("状态", max_length=10, choices=SuspensionStatus, default=SuspensionStatus.SUSPENDED)
    noted_at = models.DateTimeField("记录时间")
    resumed_on = models.DateField("恢复日", null=True, blank=True)
    decision = models.OneToOneField(JointDecision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="联合决定")
    cleared_on = models.DateField("恢复后回到线内之日", null=True, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "暂停新增"
        ordering = ("-since", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(cause__in=SuspensionCause.values), name="suspension_cause_known"),
            models.CheckConstraint(condition=Q(status__in=SuspensionStatus.values), name="suspension_status_known"),
            models.CheckConstraint(condition=Q(part__gt=0, whole__gte=0), name="suspension_figures_positive"),
            models.CheckConstraint(
                condition=Q(status="suspended", resumed_on__isnull=True, decision__isnull=True, cleared_on__isnull=True)
                | Q(status="resumed", resumed_on__gte=F("since"), decision__isnull=False),
                name="suspension_resumed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(cleared_on__isnull=True) | Q(cleared_on__gte=F("resumed_on")), name="suspension_cleared_after_resumption"
            ),
            models.UniqueConstraint(
                fields=["programme", "cause"], condition=Q(status="suspended", bank__isnull=True), name="suspension_one_of_a_cause"
            ),
            models.UniqueConstraint(
                fields=["programme", "cause", "bank"],
                condition=Q(status="suspended", bank__isnull=False),
                name="suspension_one_of_a_cause_and_bank",
            ),
        ]

    def __str__(self) -> str:
        return f"暂停新增（{self.scope}，{self.get_cause_display()} {percent(self.rate)}）"

    def get_absolute_url(self) -> str:
        return reverse("loans:suspension", args=[self.pk])

    @property
    def rate(self) -> Decimal | None:
        """A fraction with 4 decimals."""
        return share(self.part, self.whole)

    @property
    def limit(self) -> str:
        """The line, as people read it."""
        key = STOP_RULES[SuspensionCause(self.cause)]
        return display_value(key, parse_value(key, self.line))

    @property
    def said(self) -> str:
        """The figures in words."""
        return figures_said(STOP_RULES[SuspensionCause(self.cause)], self.part, self.whole, self.line)
