"""Bank decisions: approved, each is a credit line (domain §3.6)."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property

from common.money import ZERO, MoneyField, total, yuan
from common.witness import WitnessedModel
from enterprises.enums import Size
from enterprises.models import Enterprise, Recommendation
from parties.models import Organisation, User
from reserve.models import Programme, ProgrammeScopedQuerySet
from reserve.rulebook import Rules

from ..enums import DRAWN, ApprovalStatus, Decision, Guarantee, RepaymentMethod
from ..rules.earmarks import Earmark, earmark_target
from .loans import Loan

UNSTATED = "未填报"


class CreditLineQuerySet(ProgrammeScopedQuerySet):
    def usable(self, on: date) -> Self:
        """Approved and not lapsed on a day."""
        return self.filter(status=ApprovalStatus.APPROVED, valid_until__gte=on)

    def with_drawn(self) -> Self:
        """Annotate `drawn` (confirmed drawdowns; a repaid one stays drawn) and `undrawn` (0 unless approved)."""
        loans = Loan.objects.filter(credit_line=OuterRef("pk"), status__in=DRAWN).order_by().values("credit_line")
        drawn = Coalesce(Subquery(loans.values(sum=total("amount")), output_field=MoneyField()), yuan(ZERO))
        undrawn = Case(When(status=ApprovalStatus.APPROVED, then=F("amount") - F("drawn")), default=yuan(ZERO), output_field=MoneyField())
        return self.annotate(drawn=drawn).annotate(undrawn=undrawn)

    def with_usable(self, on: date) -> Self:
        """As `with_drawn`, and `usable`: what can still be drawn on a day (0 once lapsed)."""
        usable = Case(When(valid_until__gte=on, then=F("undrawn")), default=yuan(ZERO), output_field=MoneyField())
        return self.with_drawn().annotate(usable=usable)


class CreditLine(WitnessedModel):
    """The bank's decision on a recommendation; approved, it is a credit line usable for a number of days."""

    FACTS = (
        *("bank_id", "enterprise_id", "recommendation_id", "decision", "amount", "term_months", "annual_rate", "repayment_method"),
        *("guarantee", "reason", "size", "decided_on", "valid_until", "rule_texts", "first_bank_loan"),
    )
    BOUND = Q(status__in=(ApprovalStatus.APPROVED, ApprovalStatus.DECLINED))

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="credit_lines", verbose_name="项目")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="银行")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="credit_lines", verbose_name="企业")
    recommendation = models.OneToOneField(Recommendation, models.PROTECT, related_name="credit_line", verbose_name="推荐")
    decision = models.CharField("意见", max_length=8, choices=Decision)
    amount = MoneyField("授信金额", null=True, blank=True)
    term_months = models.PositiveSmallIntegerField("期限（月）", null=True, blank=True)
    annual_rate = models.DecimalField("年利率（%）", max_digits=7, decimal_places=4, null=True, blank=True)
    repayment_method = models.CharField("还本付息方式", max_length=20, choices=RepaymentMethod, blank=True)
    guarantee = models.CharField("担保方式", max_length=10, choices=Guarantee, blank=True)
    reason = models.CharField("不同意理由", max_length=200, blank=True)
    size = models.CharField("批准时规模", max_length=8, choices=Size, blank=True)
    first_bank_loan = models.BooleanField("首贷户", null=True, blank=True, help_text="此前没有任何银行贷款；未填报的为空")
    status = models.CharField("状态", max_length=10, choices=ApprovalStatus, default=ApprovalStatus.PROPOSED)
    version = models.PositiveIntegerField("版本", default=1)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提出时间")
    sent_back_reason = models.CharField("退回理由", max_length=200, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    decided_on = models.DateField("审批日期", null=True, blank=True)
    valid_until = models.DateField("用款期限", null=True, blank=True)
    rule_texts = models.JSONField("批准时规则", default=dict, help_text="贷款沿用批准时的项目规则")

    objects: ClassVar = CreditLineQuerySet.as_manager()

    class Meta:
        verbose_name = "审批（授信）"
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=ApprovalStatus.values), name="approval_status_known"),
            models.CheckConstraint(
                condition=Q(decision="approve", amount__gt=0, term_months__gt=0, annual_rate__gt=0)
                & ~Q(repayment_method="")
                & ~Q(guarantee="")
                | Q(decision="decline", amount__isnull=True) & ~Q(reason=""),
                name="approval_decision_with_facts",
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="approval_amount_positive"),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "declined"])
                & Q(confirmed_by__isnull=False, confirmed_at__isnull=False, decided_on__isnull=False)
                | Q(status__in=["proposed", "sent_back"])
                & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, decided_on__isnull=True),
                name="approval_confirmed_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", decision="approve", valid_until__isnull=False) & ~Q(size="")
                | ~Q(status="approved") & Q(valid_until__isnull=True),
                name="approval_approved_with_validity",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")), name="approval_two_people"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["programme", "status", "decided_on", "enterprise", "amount"], name="approval_statistics"),
            models.Index(fields=["programme", "status", "valid_until", "amount", "id"], name="approval_sums"),
        ]

    if TYPE_CHECKING:  # annotated by `with_drawn`
        drawn: Decimal
        undrawn: Decimal

    def __str__(self) -> str:
        return f"审批 {self.recommendation.enterprise_name}"

    def get_absolute_url(self) -> str:
        return reverse("loans:approval", args=[self.pk])

    @property
    def first_bank_loan_cn(self) -> str:
        """是, 否 or 未填报: what the bank stated, never guessed."""
        return UNSTATED if self.first_bank_loan is None else "是" if self.first_bank_loan else "否"

    def lapsed(self, on: date) -> bool:
        """Past its validity nothing can be drawn; the date says so, no status does."""
        return self.valid_until is not None and on > self.valid_until

    @property
    def is_approved(self) -> bool:
        return self.status == ApprovalStatus.APPROVED

    @cached_property
    def rules(self) -> Rules:
        """The programme's rules as they were on the day of approval: what its loans go by (domain §3.1)."""
        return Rules.from_texts(self.rule_texts)

    def earmark_for(self, outstanding: Decimal) -> Earmark:
        """What a loan of this line occupies while it owes `outstanding`."""
        rules = self.rules
        return earmark_target(outstanding, rules.leverage, rules.match_ratio)
