"""Money that came in on a loan, and what takes a wrong entry back (domain §3.8)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.money import MoneyField
from parties.models import User

from ..enums import FactStatus, PrepaymentEffect, RepaymentKind, RepaymentStatus
from .facts import EnteredFact, OfLoanQuerySet
from .loans import Loan, PrincipalMovement


class Repayment(EnteredFact):
    """Principal, interest and penalty interest paid on a day; confirmed, it releases the earmark of the principal.

    How the money divides is the bank's record and is kept as entered; everything else (what it paid, days overdue, what
    is owed) is derived, so that one entered late changes the past as if it had always been there.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="repayments", verbose_name="贷款")
    paid_on = models.DateField("还款日期")
    kind = models.CharField("种类", max_length=8, choices=RepaymentKind)
    effect = models.CharField("提前还款后", max_length=8, choices=PrepaymentEffect, blank=True)
    principal = MoneyField("归还本金")
    interest = MoneyField("支付利息", default=Decimal(0))
    penalty = MoneyField("支付罚息", default=Decimal(0))
    receipt_no = models.CharField("回单号", max_length=40, blank=True)
    status = models.CharField("状态", max_length=10, choices=RepaymentStatus, default=RepaymentStatus.ENTERED)
    movement = models.OneToOneField(PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="本金变动")

    objects: ClassVar = OfLoanQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "还款"
        ordering = ("paid_on", "id")
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(principal__gte=0, interest__gte=0, penalty__gte=0), name="repayment_parts_not_negative"),
            models.CheckConstraint(condition=~Q(principal=0, interest=0, penalty=0), name="repayment_pays_something"),
            models.CheckConstraint(condition=Q(status__in=RepaymentStatus.values), name="repayment_status_known"),
            models.CheckConstraint(
                condition=Q(kind="early", principal__gt=0) & ~Q(effect="") | Q(kind="ordinary", effect=""),
                name="repayment_early_with_effect",
            ),
            models.CheckConstraint(
                condition=Q(movement__isnull=True) | Q(status__in=["confirmed", "reversed"], principal__gt=0),
                name="repayment_moves_when_confirmed",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["loan"], condition=Q(status=RepaymentStatus.ENTERED), name="repayment_entered")]

    def __str__(self) -> str:
        return f"还款 {self.loan.note_no} {self.paid_on}"

    def get_absolute_url(self) -> str:
        return self.loan.get_absolute_url()

    @property
    def amount(self) -> Decimal:
        """All that came in."""
        return self.principal + self.interest + self.penalty


class ReversalQuerySet(models.QuerySet["Reversal"]):
    def visible_to(self, user: User) -> "ReversalQuerySet":
        """Reversals on loans the person sees."""
        return self.filter(repayment__loan__in=Loan.objects.visible_to(user))


class Reversal(EnteredFact):
    """冲正: a confirmed repayment was wrong. Confirmed, the loan stands as if it had never been, and the earmark is taken again."""

    repayment = models.ForeignKey(Repayment, models.PROTECT, related_name="reversals", verbose_name="还款")
    reason = models.CharField("冲正理由", max_length=200)
    status = models.CharField("状态", max_length=10, choices=FactStatus, default=FactStatus.ENTERED)
    movement = models.OneToOneField(PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="本金变动")

    objects: ClassVar = ReversalQuerySet.as_manager()

    class Meta(EnteredFact.Meta):
        verbose_name = "还款冲正"
        ordering = ("id",)
        constraints: ClassVar = [
            *EnteredFact.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=FactStatus.values), name="reversal_status_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_with_reason"),
            models.UniqueConstraint(fields=["repayment"], condition=~Q(status="discarded"), name="reversal_once_a_repayment"),
        ]

    def __str__(self) -> str:
        return f"冲正 {self.repayment}"

    def get_absolute_url(self) -> str:
        return self.repayment.get_absolute_url()
