"""Loans, and each change of what they owe (domain §3.7)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.append_only import AppendOnlyModel
from common.money import ZERO, MoneyField
from common.witness import WitnessedModel
from enterprises.models import Enterprise, Recommendation
from parties.models import Organisation, User
from reserve.models import LedgerEntry, Programme, ProgrammeScopedQuerySet

from ..enums import DRAWN, RUNNING, Guarantee, LoanStatus, MovementKind, RepaymentMethod
from ..rules.earmarks import NO_EARMARK, Earmark

SORTED = ("enterprise_name", "amount", "disbursed_on", "due_on", "annual_rate", "note_no", "outstanding", "settled_on")
"""By which the ledger of loans can be put in order: its first page is read from an index, where a sort would read all rows."""
SUMMED = ("amount", "outstanding", "earmarked", "earmarked_provincial", "declared_reserve", "declared_provincial")


class LoanQuerySet(ProgrammeScopedQuerySet):
    def running(self) -> Self:
        """Loans on which principal is owed."""
        return self.filter(status__in=RUNNING)

    def confirmed(self) -> Self:
        """Loans that were disbursed under cover, repaid or not."""
        return self.filter(status__in=DRAWN)

    def renewed_by(self, recommendation: Recommendation) -> Self:
        """The loan a 续贷 names: drawn under the recommendation it renews. None for a first lending."""
        return self.confirmed().filter(credit_line__recommendation=recommendation.renews_id, note_no=recommendation.renewed_note_no)


class Loan(WitnessedModel):
    """One 借据: one drawdown within a credit line, covered by an earmark of the reserve."""

    FACTS = (
        *("bank_id", "enterprise_id", "credit_line_id", "enterprise_name", "contract_no", "contract_on", "note_no", "amount"),
        *("disbursed_on", "due_on", "original_due_on", "annual_rate", "purpose", "repayment_method", "cycle_months", "guarantee"),
        *("opening_on", "opening_principal"),
    )
    BOUND = ~Q(status__in=(LoanStatus.ENTERED, LoanStatus.DISCARDED))

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="loans", verbose_name="项目")
    bank = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="银行")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="loans", verbose_name="企业")
    credit_line = models.ForeignKey("loans.CreditLine", models.PROTECT, db_index=False, related_name="loans", verbose_name="授信")
    enterprise_name = models.CharField("企业名称", max_length=100)
    contract_no = models.CharField("借款合同号", max_length=40)
    contract_on = models.DateField("合同日期")
    note_no = models.CharField("借据号", max_length=40)
    amount = MoneyField("贷款金额")
    disbursed_on = models.DateField("发放日期")
    due_on = models.DateField("到期日期")
    original_due_on = models.DateField("原到期日期", null=True, blank=True, help_text="展期以前的到期日期；未展期的为空")
    annual_rate = models.DecimalField("年利率（%）", max_digits=7, decimal_places=4)
    purpose = models.CharField("用途", max_length=100)
    repayment_method = models.CharField("还本付息方式", max_length=20, choices=RepaymentMethod)
    cycle_months = models.PositiveSmallIntegerField("结息周期（月）", default=1, help_text="仅用于分期还本：按月 1，按季 3")
    follows_bank_schedule = models.BooleanField("按银行还款计划", default=False)
    guarantee = models.CharField("担保方式", max_length=10, choices=Guarantee)
    status = models.CharField("状态", max_length=12, choices=LoanStatus, default=LoanStatus.ENTERED)
    version = models.PositiveIntegerField("版本", default=1)
    outstanding = MoneyField("本金余额", default=Decimal(0))
    declared_reserve = MoneyField("申报准备金", default=Decimal(0))
    declared_provincial = MoneyField("其中：省", default=Decimal(0))
    earmarked = MoneyField("占用准备金", default=Decimal(0))
    earmarked_provincial = MoneyField("占用：省", default=Decimal(0))
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="经办人")
    entered_at = models.DateTimeField("录入时间")
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人")
    confirmed_at = models.DateTimeField("复核时间", null=True, blank=True)
    confirmed_on = models.DateField("入账日期", null=True, blank=True)
    discard_reason = models.CharField("作废理由", max_length=200, blank=True)
    settled_on = models.DateField("结清日期", null=True, blank=True)
    overdue_since = models.DateField("最早未付应付日", null=True, blank=True)
    opening_on = models.DateField("期初日", null=True, blank=True, help_text="项目的启用日；不是期初贷款的为空")
    opening_principal = MoneyField("期初本金余额", null=True, blank=True, help_text="期初日前一日日终尚欠的本金")
    # The one that is open or paid; a refused or withdrawn one makes room for another.
    claim = models.OneToOneField("loans.Claim", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代偿申请")
    claimed_on = models.DateField("占用转出日", null=True, blank=True, help_text="代偿核准后，其占用转入应付代偿款；此后不再占用")
    compensated_on = models.DateField("代偿日期", null=True, blank=True)
    compensated = MoneyField("代偿时未还本金", default=Decimal(0))
    written_off_on = models.DateField("核销日期", null=True, blank=True)
    corrected_on = models.DateField("更正日期", null=True, blank=True, help_text="最近一次数据更正入账的日期")
    assessed_on = models.DateField("核算日期", null=True, blank=True, help_text="状态与逾期计算到这一天")
    movement = models.OneToOneField(
        "loans.PrincipalMovement", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="放款变动"
    )

    objects: ClassVar = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = "贷款"
        ordering = ("-disbursed_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "note_no"], condition=~Q(status="discarded"), name="loan_note_once_a_bank"),
            models.CheckConstraint(condition=Q(status__in=LoanStatus.values), name="loan_status_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="loan_amount_positive"),
            models.CheckConstraint(condition=Q(outstanding__gte=0, outstanding__lte=F("amount")), name="loan_outstanding_within_amount"),
            models.CheckConstraint(
                condition=Q(declared_reserve__gte=0, declared_provincial__gte=0, declared_provincial__lte=F("declared_reserve")),
                name="loan_declared_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(earmarked__gte=0, earmarked_provincial__gte=0, earmarked_provincial__lte=F("earmarked")),
                name="loan_earmarked_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(opening_on__isnull=True, opening_principal__isnull=True)
                | Q(opening_on__gt=F("disbursed_on"), opening_principal__gte=0, opening_principal__lte=F("amount")),
                name="loan_opening_with_facts",
            ),
            models.CheckConstraint(condition=Q(due_on__gt=F("disbursed_on")), name="loan_due_after_disbursement"),
            models.CheckConstraint(
                condition=Q(original_due_on__isnull=True) | Q(original_due_on__lt=F("due_on")),
                name="loan_extended_beyond_its_first_maturity",
            ),
            models.CheckConstraint(condition=Q(annual_rate__gt=0), name="loan_rate_positive"),
            models.CheckConstraint(condition=Q(cycle_months__in=[1, 3]), name="loan_cycle_month_or_quarter"),
            models.CheckConstraint(
                condition=Q(status="overdue", overdue_since__isnull=False) | ~Q(status="overdue") & Q(overdue_since__isnull=True),
                name="loan_overdue_since_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["entered", "discarded"])
                & Q(confirmed_by__isnull=True, confirmed_at__isnull=True, confirmed_on__isnull=True, movement__isnull=True)
                | ~Q(status__in=["entered", "discarded"])
                & Q(confirmed_by__isnull=False, confirmed_at__isnull=False, confirmed_on__isnull=False, movement__isnull=False),
                name="loan_confirmed_with_facts",
            ),
            models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")), name="loan_two_people"),
            models.CheckConstraint(
                condition=Q(status="settled", outstanding=0, settled_on__isnull=False) | ~Q(status="settled") & Q(settled_on__isnull=True),
                name="loan_settled_when_repaid",
            ),
            models.CheckConstraint(
                condition=Q(compensated_on__isnull=True, compensated=0) & ~Q(status__in=["compensated", "written_off"])
                | Q(
                    compensated_on__isnull=False,
                    compensated__gt=0,
                    compensated__lte=F("amount"),
                    outstanding=0,
                    claimed_on__isnull=False,
                    status__in=["compensated", "settled", "written_off"],
                ),
                name="loan_compensated_with_facts",
            ),
            models.CheckConstraint(
                condition=Q(status="written_off", written_off_on__isnull=False) | ~Q(status="written_off") & Q(written_off_on__isnull=True),
                name="loan_written_off_on_a_day",
            ),
            models.CheckConstraint(condition=Q(claimed_on__isnull=True) | Q(earmarked=0), name="loan_claimed_occupies_nothing"),
        ]
        indexes: ClassVar = [
            # All that sums of many loans read, so that they need not touch the rows.
            models.Index(fields=["programme", "disbursed_on", "status", "bank", *SUMMED], name="loan_statistics"),
            models.Index(fields=["credit_line", "status", "amount"], name="loan_drawn"),
            models.Index(fields=["programme", "bank", "confirmed_on"], name="loan_confirmed_on"),
            # The few of many: what is watched, what falls due, what is owed are asked of them on most pages.
            models.Index(fields=["programme", "due_on"], condition=Q(status__in=RUNNING), name="loan_running"),
            models.Index(fields=["bank"], condition=Q(status=LoanStatus.ENTERED), name="loan_entered"),
            *(models.Index(fields=[name, "id"], name=f"loan_by_{name}") for name in SORTED),
        ]

    def __str__(self) -> str:
        return f"借据 {self.note_no}"

    def get_absolute_url(self) -> str:
        return reverse("loans:loan", args=[self.pk])

    @property
    def is_opening(self) -> bool:
        """期初贷款: disbursed before the programme was run here."""
        return self.opening_on is not None

    @property
    def serviced_from(self) -> date:
        """The first day that is reckoned here: what was before the opening is history."""
        return self.opening_on or self.disbursed_on

    @property
    def agreed_table(self) -> tuple[tuple[date, Decimal], ...]:
        """Days and principal of an agreed table (分期还本); nothing by other methods."""
        if self.repayment_method != RepaymentMethod.AGREED_INSTALMENTS:
            return ()
        return tuple((row.due_on, row.principal) for row in self.agreed_instalments.all())

    def days_overdue(self, on: date) -> int:
        """Days since the oldest unpaid instalment was payable; 0 when none is."""
        return max(0, (on - self.overdue_since).days) if self.overdue_since else 0

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def is_drawn(self) -> bool:
        return self.status in DRAWN

    @property
    def held(self) -> Earmark:
        """What it occupies of the reserve now."""
        return Earmark(self.earmarked, self.earmarked_provincial, self.earmarked_town)

    def target_for(self, outstanding: Decimal) -> Earmark:
        """What it occupies when it owes this much: nothing once a claim has its money (domain §4)."""
        return NO_EARMARK if self.claimed_on else self.credit_line.earmark_for(outstanding)

    @property
    def declared_town(self) -> Decimal:
        return self.declared_reserve - self.declared_provincial

    @property
    def earmarked_town(self) -> Decimal:
        return self.earmarked - self.earmarked_provincial

    @property
    def repaid(self) -> Decimal:
        """Principal the borrower has paid back before a compensation, which repays nothing."""
        return self.amount - self.outstanding - self.compensated if self.is_drawn else ZERO


class PrincipalMovement(AppendOnlyModel):
    """One change of a loan's covered principal, and what the loan owes and occupies after it.

    A correction or an extension is one too, also where it leaves the principal: it has its place in the ledger's order. So is a
    claim's approval, after which the loan occupies nothing, and the opening of a loan that was settled before, with the day it
    was settled on.

    `fact_on` is the day it happened, `value_on` the day from which balances count it: the same while that day's quarter is
    open, else the day of posting. Balances of any day are sums of movements by `value_on`; nothing is ever posted again.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="movements", verbose_name="贷款")
    kind = models.CharField("事项", max_length=12, choices=MovementKind)
    source_id = models.PositiveBigIntegerField("来源编号", help_text="放款、还款等记录的编号")
    fact_on = models.DateField("发生日期")
    value_on = models.DateField("起算日期")
    posted_on = models.DateField("入账日期")
    change = MoneyField("本金变动")
    outstanding = MoneyField("变动后本金余额")
    earmarked = MoneyField("变动后占用准备金")
    earmarked_provincial = MoneyField("变动后占用：省")
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, related_name="+", verbose_name="账簿分录")

    class Meta:
        verbose_name = "本金变动"
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="movement_kind_known"),
            models.UniqueConstraint(fields=["kind", "source_id"], name="movement_once_for_its_source"),
            models.CheckConstraint(
                condition=~Q(change=0) | Q(kind__in=["correction", "extension", "opening", "claim", "claim_undone"]),
                name="movement_moves_something",
            ),
            models.CheckConstraint(condition=Q(outstanding__gte=0), name="movement_outstanding_not_negative"),
            models.CheckConstraint(
                condition=Q(earmarked__gte=0, earmarked_provincial__gte=0, earmarked_provincial__lte=F("earmarked")),
                name="movement_earmarked_not_negative",
            ),
            models.CheckConstraint(condition=Q(value_on__gte=F("fact_on"), value_on__lte=F("posted_on")), name="movement_days_in_order"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["loan", "value_on", "change"], name="movement_by_day"),
            models.Index(fields=["value_on", "loan"], name="movement_since"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.fact_on} {self.change}"
