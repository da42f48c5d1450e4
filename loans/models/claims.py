"""Claims on the reserve for a failed loan, each word given on one, and the order to pay it (domain §3.9)."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.money import ZERO, MoneyField
from common.witness import WitnessedModel
from parties.models import Organisation, User
from reserve.models import Programme, ProgrammeScopedQuerySet, ReserveAccount

from ..claim_enums import DECIDED, FUNDED, OPEN, ClaimStage, ClaimStatus, ClaimTrigger, RefusalReason, Verdict
from .loans import Loan, PrincipalMovement

LONGEST_ACCOUNT = 500


class Claim(WitnessedModel):
    """代偿申请: the bank asks the reserve to bear its part of a loan's unpaid principal.

    `asked` is what the bank asks for, `granted` what the last word allows, `paid` what left the accounts: computed again from
    the principal `base` of the payment day, and never more than granted. Yuan.
    """

    FACTS = ("loan_id", "number", "trigger", "triggered_on", "asked", "granted", "base", "paid", "paid_provincial", "paid_on")
    BOUND = Q(status=ClaimStatus.PAID)

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="claims", verbose_name="项目")
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="claims", verbose_name="贷款")
    number = models.PositiveIntegerField("编号")
    status = models.CharField("状态", max_length=10, choices=ClaimStatus, default=ClaimStatus.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveSmallIntegerField("报送次数", default=0)
    trigger = models.CharField("触发条件", max_length=8, choices=ClaimTrigger)
    triggered_on = models.DateField("触发日")
    asked = MoneyField("申请代偿金额")
    cause = models.CharField("逾期原因", max_length=LONGEST_ACCOUNT)
    dunning = models.CharField("催收情况", max_length=LONGEST_ACCOUNT)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    drafted_at = models.DateTimeField("起草时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="银行复核人")
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    filed_on = models.DateField("报送日期", null=True, blank=True)
    checked_on = models.DateField("材料齐备日", null=True, blank=True, help_text="审批期限自首次核验通过之日起算")
    returned_on = models.DateField("退回日期", null=True, blank=True, help_text="待补正期间审批期限暂停")
    paused_workdays = models.PositiveSmallIntegerField("暂停工作日", default=0)
    granted = MoneyField("核准金额", null=True, blank=True)
    decided_on = models.DateField("审定日期", null=True, blank=True)
    funded_on = models.DateField("备付日期", null=True, blank=True, help_text="核准金额转入应付代偿款之日")
    approval = models.OneToOneField(
        PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核准时的占用变动"
    )
    base = MoneyField("代偿基数", null=True, blank=True)
    paid = MoneyField("代偿金额", null=True, blank=True)
    paid_provincial = MoneyField("其中：省", null=True, blank=True)
    paid_on = models.DateField("划款日期", null=True, blank=True)
    payment_entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="划款经办人")
    payment_entered_at = models.DateTimeField("划款录入时间", null=True, blank=True)
    payment_confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="划款复核人")
    payment_confirmed_at = models.DateTimeField("划款复核时间", null=True, blank=True)
    payment_confirmed_on = models.DateField("划款入账日期", null=True, blank=True)
    movement = models.OneToOneField(PrincipalMovement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代偿变动")
    end_reason = models.CharField("结束理由", max_length=200, blank=True)
    ended_on = models.DateField("结束日期", null=True, blank=True)

    objects: ClassVar = ProgrammeScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "代偿申请"
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "number"], name="claim_number_once_a_programme"),
            models.UniqueConstraint(fields=["loan"], condition=~Q(status__in=["refused", "withdrawn"]), name="claim_one_a_loan"),
            models.CheckConstraint(condition=Q(status__in=ClaimStatus.values), name="claim_status_known"),
            models.CheckConstraint(condition=Q(trigger__in=ClaimTrigger.values), name="claim_trigger_known"),
            models.CheckConstraint(condition=Q(asked__gt=0), name="claim_asks_something"),
            models.CheckConstraint(condition=~Q(cause="") & ~Q(dunning=""), name="claim_says_cause_and_dunning"),
            models.CheckConstraint(
                condition=Q(filed_by__isnull=True, filed_at__isnull=True, filed_on__isnull=True)
                | Q(filed_by__isnull=False, filed_at__isnull=False, filed_on__isnull=False),
                name="claim_filed_with_facts",
            ),
            models.CheckConstraint(condition=Q(filed_by__isnull=True) | ~Q(filed_by=F("drafted_by")), name="claim_two_people"),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided_on__isnull=True)
                | Q(granted__gt=0, granted__lte=F("asked"), decided_on__isnull=False),
                name="claim_granted_within_asked",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["approved", "paying", "paid"], funded_on__isnull=False, approval__isnull=False, granted__isnull=False
                )
                | ~Q(status__in=["approved", "paying", "paid"]),
                name="claim_funded_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(payment_entered_by__isnull=True, payment_entered_at__isnull=True, paid_on__isnull=True)
                | Q(payment_entered_by__isnull=False, payment_entered_at__isnull=False, paid_on__isnull=False),
                name="claim_payment_entered_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="paid",
                    payment_confirmed_by__isnull=False,
                    payment_confirmed_at__isnull=False,
                    payment_confirmed_on__isnull=False,
                    movement__isnull=False,
                    base__gt=0,
                    paid__gt=0,
                    paid__lte=F("granted"),
                    paid_provincial__gte=0,
                    paid_provincial__lte=F("paid"),
                )
                & Q(paid__lte=F("base"))
                | ~Q(status="paid")
                & Q(
                    payment_confirmed_by__isnull=True,
                    payment_confirmed_at__isnull=True,
                    payment_confirmed_on__isnull=True,
                    movement__isnull=True,
                    base__isnull=True,
                    paid__isnull=True,
                    paid_provincial__isnull=True,
                ),
                name="claim_paid_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(payment_confirmed_by__isnull=True) | ~Q(payment_confirmed_by=F("payment_entered_by")),
                name="claim_payment_two_people",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["refused", "withdrawn"], ended_on__isnull=False) & ~Q(end_reason="")
                | ~Q(status__in=["refused", "withdrawn"]) & Q(ended_on__isnull=True, end_reason=""),
                name="claim_ended_with_facts",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["programme", "status"], name="claim_by_status")]

    def __str__(self) -> str:
        return f"代偿申请第{self.number}号"

    def get_absolute_url(self) -> str:
        return reverse("loans:claim", args=[self.pk])

    @property
    def bank(self) -> Organisation:
        """The bank that lent and claims."""
        bank: Organisation = self.loan.bank
        return bank

    @property
    def bank_id(self) -> int:
        return self.loan.bank_id

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_funded(self) -> bool:
        return self.status in FUNDED

    @property
    def is_decided(self) -> bool:
        return self.status in DECIDED

    @property
    def paid_town(self) -> Decimal:
        return (self.paid or ZERO) - (self.paid_provincial or ZERO)


class ClaimWord(models.Model):
    """One party's word on a claim in one round of filing: drafted by an officer, signed by another person where two are asked for.

    A word of an earlier round stays and counts no longer.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="words", verbose_name="代偿申请")
    round = models.PositiveSmallIntegerField("报送次数")
    stage = models.CharField("环节", max_length=8, choices=ClaimStage)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    verdict = models.CharField("结论", max_length=6, choices=Verdict)
    amount = MoneyField("同意代偿金额", null=True, blank=True)
    reason = models.CharField("不予代偿原因", max_length=16, choices=RefusalReason, blank=True)
    opinion = models.CharField("意见", max_length=200, blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    drafted_at = models.DateTimeField("起草时间")
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签署人")
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    signed_on = models.DateField("签署日期", null=True, blank=True)

    class Meta:
        verbose_name = "代偿意见"
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "round", "stage"], name="claim_word_once_a_round"),
            models.CheckConstraint(condition=Q(stage__in=ClaimStage.values), name="claim_word_stage_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="claim_word_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict="agree", reason="")
                | Q(verdict="return", reason="", amount__isnull=True) & ~Q(opinion="")
                | Q(verdict="refuse", amount__isnull=True) & ~Q(reason="") & ~Q(opinion=""),
                name="claim_word_with_grounds",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="claim_word_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True, signed_on__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False, signed_on__isnull=False),
                name="claim_word_signed_with_facts",
            ),
            # The check of completeness, and sending back, is one person's; a word that binds is two people's.
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | Q(stage="precheck") | Q(verdict="return") | ~Q(signed_by=F("drafted_by")),
                name="claim_word_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}：{self.get_verdict_display()}"


class PaymentNotice(models.Model):
    """划款通知书: the owner of an account orders the bank to pay its part of a claim out of it; the bank adds its 回单号."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notices", verbose_name="代偿申请")
    account = models.ForeignKey(ReserveAccount, models.PROTECT, related_name="+", verbose_name="准备金账户")
    amount = MoneyField("金额", help_text="核准金额中由本账户承担的部分；划款日本金减少的，按减少后的金额划付")
    number = models.CharField("通知书文号", max_length=40, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="签发人")
    issued_at = models.DateTimeField("签发时间")
    issued_on = models.DateField("签发日期")
    receipt_no = models.CharField("回单号", max_length=40, blank=True)

    class Meta:
        verbose_name = "划款通知书"
        ordering = ("account",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "account"], name="payment_notice_once_an_account"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_notice_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.claim}划款通知书（{self.account.funder.short_name}）"
