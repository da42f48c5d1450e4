"""Statuses, codes and lifecycle tables of the reserve app."""

from django.db import models

from common.lifecycle import Lifecycle, Transition


class ProgrammeStatus(models.TextChoices):
    ACTIVE = "active", "执行中"
    ENDED = "ended", "已终止"
    CLOSED = "closed", "已清算"


class ContributionStatus(models.TextChoices):
    RECORDED = "recorded", "待到账"
    RECEIVED = "received", "待复核"
    CONFIRMED = "confirmed", "已到位"
    REJECTED = "rejected", "已退回"


class ObligationStatus(models.TextChoices):
    OPEN = "open", "待配套"
    FULFILLED = "fulfilled", "已配套"
    OVERDUE = "overdue", "逾期未配套"
    FULFILLED_LATE = "fulfilled_late", "逾期后配套"


class InterestKind(models.TextChoices):
    """What the bank says of an account's interest: it was credited, or paid out of the account (返还、上缴)."""

    CREDITED = "credited", "利息入账"
    PAID_OUT = "paid_out", "利息划出"


class InterestStatus(models.TextChoices):
    ENTERED = "entered", "待复核"
    CONFIRMED = "confirmed", "已入账"
    DISCARDED = "discarded", "已作废"
    REVERSED = "reversed", "已冲正"


class EntryStatus(models.TextChoices):
    """What an officer enters and another person confirms."""

    ENTERED = "entered", "待复核"
    CONFIRMED = "confirmed", "已复核"
    DISCARDED = "discarded", "已作废"


class StatementStatus(models.TextChoices):
    """Of the bank's statements of the accounts; whether one is 对平 is computed, never stored."""

    SENT = "sent", "已报送"
    DISCARDED = "discarded", "已作废"


class DifferenceKind(models.TextChoices):
    """How a statement and the ledger differ."""

    OPENING = "opening", "期初余额不符"
    ONLY_BANK = "only_bank", "银行已记、账簿未记"
    ONLY_LEDGER = "only_ledger", "账簿已记、银行未记"
    AMOUNT = "amount", "金额不符"
    DAY = "day", "日期不符"
    RECEIPT = "receipt", "回单号不符"


class RefundStatus(models.TextChoices):
    INSTRUCTED = "instructed", "待划款"
    EXECUTED = "executed", "待复核"
    CONFIRMED = "confirmed", "已退还"
    WITHDRAWN = "withdrawn", "已撤回"


class DeadlineKind(models.TextChoices):
    MATCH = "match", "配套资金到位"
    RECOMMENDATION_EXPIRY = "recommendation_expiry", "推荐有效期"
    BANK_DECISION = "bank_decision", "银行审批"
    APPROVAL_EXPIRY = "approval_expiry", "授信有效期"
    LOAN_MATURITY = "loan_maturity", "贷款到期"
    SUMMARY = "summary", "申报汇总表报送"
    CLAIM_PRECHECK = "claim_precheck", "代偿材料核验"
    CLAIM_DECISION = "claim_decision", "代偿审批"
    CLAIM_PAYMENT = "claim_payment", "代偿划款"
    RECOVERY_REMIT = "recovery_remit", "追偿款划回"


class JointKind(models.TextChoices):
    """What the parties decide together (domain §3.10, §3.12)."""

    RESUMPTION = "resumption", "恢复新增"
    WRITE_OFF = "write_off", "核销"


class JointStatus(models.TextChoices):
    PROPOSED = "proposed", "待各方同意"
    AGREED = "agreed", "各方已同意"
    REFUSED = "refused", "未获同意"
    WITHDRAWN = "withdrawn", "已撤回"


class RateKind(models.TextChoices):
    BENCHMARK = "benchmark", "人民银行贷款基准利率"
    LPR = "lpr", "贷款市场报价利率（LPR）"


PROGRAMME_LIFECYCLE = Lifecycle(
    "项目",
    {
        "end": Transition((ProgrammeStatus.ACTIVE,), ProgrammeStatus.ENDED, "终止"),
        "close": Transition((ProgrammeStatus.ENDED,), ProgrammeStatus.CLOSED, "清算"),
    },
)

CONTRIBUTION_LIFECYCLE = Lifecycle(
    "出资",
    {
        "receive": Transition((ContributionStatus.RECORDED, ContributionStatus.RECEIVED), ContributionStatus.RECEIVED, "录入到账"),
        "confirm": Transition((ContributionStatus.RECEIVED,), ContributionStatus.CONFIRMED, "复核到账"),
        "reject": Transition((ContributionStatus.RECORDED, ContributionStatus.RECEIVED), ContributionStatus.REJECTED, "退回"),
    },
)

OBLIGATION_LIFECYCLE = Lifecycle(
    "配套义务",
    {
        "fulfil": Transition((ObligationStatus.OPEN, ObligationStatus.OVERDUE), ObligationStatus.FULFILLED, "按期配套"),
        "fulfil_late": Transition((ObligationStatus.OPEN, ObligationStatus.OVERDUE), ObligationStatus.FULFILLED_LATE, "逾期配套"),
        "fall_overdue": Transition((ObligationStatus.OPEN,), ObligationStatus.OVERDUE, "逾期"),
        # A year's notice (or its correction) moves the due day of what was judged by the earlier one.
        "reopen": Transition((ObligationStatus.OVERDUE,), ObligationStatus.OPEN, "期限更正后恢复"),
        "judge_in_time": Transition((ObligationStatus.FULFILLED_LATE,), ObligationStatus.FULFILLED, "期限更正后改为按期"),
        "judge_late": Transition((ObligationStatus.FULFILLED,), ObligationStatus.FULFILLED_LATE, "期限更正后改为逾期"),
    },
)

INTEREST_LIFECYCLE = Lifecycle(
    "账户利息",
    {
        "confirm": Transition((InterestStatus.ENTERED,), InterestStatus.CONFIRMED, "复核"),
        "discard": Transition((InterestStatus.ENTERED,), InterestStatus.DISCARDED, "作废"),
        "reverse": Transition((InterestStatus.CONFIRMED,), InterestStatus.REVERSED, "冲正"),
    },
)

REFUND_LIFECYCLE = Lifecycle(
    "退还出资",
    {
        "execute": Transition((RefundStatus.INSTRUCTED, RefundStatus.EXECUTED), RefundStatus.EXECUTED, "录入划款"),
        "confirm": Transition((RefundStatus.EXECUTED,), RefundStatus.CONFIRMED, "复核划款"),
        "withdraw": Transition((RefundStatus.INSTRUCTED, RefundStatus.EXECUTED), RefundStatus.WITHDRAWN, "撤回"),
    },
)

STATEMENT_LIFECYCLE = Lifecycle(
    "银行对账单",
    {
        "explain": Transition((StatementStatus.SENT,), None, "说明差异"),
        "discard": Transition((StatementStatus.SENT,), StatementStatus.DISCARDED, "作废"),
    },
)

EXPLANATION_LIFECYCLE = Lifecycle(
    "差异说明",
    {
        "confirm": Transition((EntryStatus.ENTERED,), EntryStatus.CONFIRMED, "确认"),
        "discard": Transition((EntryStatus.ENTERED,), EntryStatus.DISCARDED, "作废"),
    },
)

INTEREST_REVERSAL_LIFECYCLE = Lifecycle(
    "利息冲正",
    {
        "confirm": Transition((EntryStatus.ENTERED,), EntryStatus.CONFIRMED, "复核"),
        "discard": Transition((EntryStatus.ENTERED,), EntryStatus.DISCARDED, "作废"),
    },
)

JOINT_LIFECYCLE = Lifecycle(
    "联合决定",
    {
        "agree": Transition((JointStatus.PROPOSED,), JointStatus.PROPOSED, "同意"),
        "complete": Transition((JointStatus.PROPOSED,), JointStatus.AGREED, "各方同意"),
        "refuse": Transition((JointStatus.PROPOSED,), JointStatus.REFUSED, "不同意"),
        "withdraw": Transition((JointStatus.PROPOSED,), JointStatus.WITHDRAWN, "撤回"),
    },
)
