"""Statuses, codes and lifecycle tables of the loans app."""

from collections.abc import Mapping

from django.db import models

from common.lifecycle import Lifecycle, Transition


class Decision(models.TextChoices):
    APPROVE = "approve", "同意"
    DECLINE = "decline", "不同意"


class LoanGrade(models.TextChoices):
    """五级分类, best first."""

    NORMAL = "normal", "正常"
    SPECIAL_MENTION = "special_mention", "关注"
    SUBSTANDARD = "substandard", "次级"
    DOUBTFUL = "doubtful", "可疑"
    LOSS = "loss", "损失"


NON_PERFORMING = (LoanGrade.SUBSTANDARD, LoanGrade.DOUBTFUL, LoanGrade.LOSS)
"""不良贷款."""


class ApprovalStatus(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    SENT_BACK = "sent_back", "已退回经办"
    APPROVED = "approved", "已批准"
    DECLINED = "declined", "未批准"


class RepaymentMethod(models.TextChoices):
    """还本付息方式 (domain §6); the printed name is the label."""

    EQUAL_INSTALMENT = "equal_instalment", "等额本息"
    EQUAL_PRINCIPAL = "equal_principal", "等额本金"
    MONTHLY_INTEREST = "monthly_interest", "按月付息、到期还本"
    QUARTERLY_INTEREST = "quarterly_interest", "按季付息、到期还本"
    BULLET = "bullet", "利随本清"
    AGREED_INSTALMENTS = "agreed_instalments", "按月（季）付息、分期还本"
    REVOLVING = "revolving", "循环额度、随借随还"


class InstalmentKind(models.TextChoices):
    """What a line of a repayment schedule is."""

    REGULAR = "regular", "还本付息"
    INTEREST = "interest", "结息"
    EARLY = "early", "提前还款"
    BANK = "bank", "银行计划"


class PrepaymentEffect(models.TextChoices):
    """What an early repayment does to the instalments that remain."""

    LOWER = "lower", "期限不变、减少每期还款"
    SHORTEN = "shorten", "每期还款不变、缩短期限"


class Guarantee(models.TextChoices):
    CREDIT = "credit", "信用"
    SURETY = "surety", "保证"
    MORTGAGE = "mortgage", "抵押"
    PLEDGE = "pledge", "质押"


class LoanStatus(models.TextChoices):
    ENTERED = "entered", "待复核"
    DISCARDED = "discarded", "已作废"
    ACTIVE = "active", "正常"
    OVERDUE = "overdue", "逾期"
    COMPENSATED = "compensated", "已代偿"
    SETTLED = "settled", "已结清"
    WRITTEN_OFF = "written_off", "已核销"


RUNNING = (LoanStatus.ACTIVE, LoanStatus.OVERDUE)
"""Principal is owed."""

DRAWN = (*RUNNING, LoanStatus.COMPENSATED, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF)
"""A drawdown that took place: it counts against its line, in the register and in the statistics."""


OVER = (LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF)
"""Nothing more is owed to the programme: the last such loan ends its duties."""


class MovementKind(models.TextChoices):
    """What moved a loan's covered principal."""

    DISBURSEMENT = "disbursement", "放款"
    OPENING = "opening", "期初"
    REPAYMENT = "repayment", "还款"
    REVERSAL = "reversal", "还款冲正"
    CORRECTION = "correction", "数据更正"
    EXTENSION = "extension", "展期"
    CLAIM = "claim", "代偿核准"
    CLAIM_UNDONE = "claim_undone", "撤回代偿"
    COMPENSATION = "compensation", "代偿"


FIRST = (MovementKind.DISBURSEMENT, MovementKind.OPENING)
"""What a loan begins with here: its disbursement, or what it still owed when the programme came here."""

_OTHER_SOURCES = {MovementKind.CLAIM: "claim", MovementKind.COMPENSATION: "claim", **dict.fromkeys(FIRST, "loan")}
SOURCES: Mapping[str, str] = {kind.value: _OTHER_SOURCES.get(kind, kind.value) for kind in MovementKind}
"""What the ledger calls the record behind a movement."""


class RepaymentKind(models.TextChoices):
    """Whether principal was paid as it fell due (or late), or before."""

    ORDINARY = "ordinary", "按期还款"
    EARLY = "early", "提前还款"


class RepaymentStatus(models.TextChoices):
    ENTERED = "entered", "待复核"
    DISCARDED = "discarded", "已作废"
    CONFIRMED = "confirmed", "已入账"
    REVERSED = "reversed", "已冲正"


class ExtensionStatus(models.TextChoices):
    APPLIED = "applied", "待两方同意"
    CONSENTED = "consented", "待银行复核"
    REFUSED = "refused", "不同意展期"
    WITHDRAWN = "withdrawn", "已撤回"
    CONFIRMED = "confirmed", "已展期"


class FactStatus(models.TextChoices):
    """A fact an officer enters and another person confirms."""

    ENTERED = "entered", "待复核"
    DISCARDED = "discarded", "已作废"
    CONFIRMED = "confirmed", "已入账"


class NetCapitalStatus(models.TextChoices):
    ENTERED = "entered", "待复核"
    DISCARDED = "discarded", "已作废"
    CONFIRMED = "confirmed", "已复核"


class WarningKind(models.TextChoices):
    """早期预警: what a bank hears of a borrower before anything is due (domain §3.8)."""

    STOPPED = "stopped", "停产"
    LAWSUIT = "lawsuit", "涉诉"
    WAGES = "wages", "欠薪"
    UNREACHABLE = "unreachable", "失联"
    OVERDUE_ELSEWHERE = "overdue_elsewhere", "他行逾期"
    OTHER = "other", "其他"


class WarningStatus(models.TextChoices):
    WARNED = "warned", "未解除"
    LIFTED = "lifted", "已解除"


class SuspensionCause(models.TextChoices):
    """Which figure passed the threshold that stops new cover (domain §3.12)."""

    OVERDUE_RATE = "overdue_rate", "逾期率"
    COMPENSATION_RATIO = "compensation_ratio", "代偿率"


class SuspensionStatus(models.TextChoices):
    SUSPENDED = "suspended", "暂停中"
    RESUMED = "resumed", "已恢复"


class InspectionResult(models.TextChoices):
    """What a 贷后检查 comes to, best first."""

    SOUND = "sound", "正常"
    ATTENTION = "attention", "需关注"
    AT_RISK = "at_risk", "有风险"


FOUND_WANTING = (InspectionResult.ATTENTION, InspectionResult.AT_RISK)


class WatchReason(models.TextChoices):
    """Why a running loan is on the watch list 关注名单, gravest first."""

    NON_PERFORMING = "non_performing", "不良"
    OVERDUE = "overdue", "逾期"
    WARNING = "warning", "预警"
    INSPECTION = "inspection", "检查发现问题"
    SPECIAL_MENTION = "special_mention", "关注类"
    UNINSPECTED = "uninspected", "检查逾期未做"
    MATURITY = "maturity", "即将到期"


_A = ApprovalStatus
APPROVAL_LIFECYCLE = Lifecycle(
    "审批",
    {
        "repropose": Transition((_A.PROPOSED, _A.SENT_BACK), _A.PROPOSED, "重新提出意见"),
        "send_back": Transition((_A.PROPOSED,), _A.SENT_BACK, "退回经办"),
        "approve": Transition((_A.PROPOSED,), _A.APPROVED, "复核批准"),
        "decline": Transition((_A.PROPOSED,), _A.DECLINED, "复核不批准"),
    },
)

LOAN_LIFECYCLE = Lifecycle(
    "贷款",
    {
        "edit": Transition((LoanStatus.ENTERED,), LoanStatus.ENTERED, "修改"),
        "discard": Transition((LoanStatus.ENTERED,), LoanStatus.DISCARDED, "作废"),
        "confirm": Transition((LoanStatus.ENTERED,), LoanStatus.ACTIVE, "复核放款"),
        "repay": Transition(RUNNING, None, "还款"),
        "settle": Transition(RUNNING, LoanStatus.SETTLED, "结清"),
        "extend": Transition(RUNNING, None, "展期"),
        "plan": Transition(RUNNING, None, "录入银行还款计划"),
        "grade": Transition(RUNNING, None, "登记五级分类"),
        "warn": Transition(RUNNING, None, "报告预警"),
        "inspect": Transition(RUNNING, None, "登记贷后检查"),
        "correct": Transition((*RUNNING, LoanStatus.SETTLED), None, "更正"),
        # Days decide these two, not people: see `loans.services.servicing.assess`.
        "fall_overdue": Transition((LoanStatus.ACTIVE,), LoanStatus.OVERDUE, "转为逾期"),
        "cure": Transition((LoanStatus.OVERDUE,), LoanStatus.ACTIVE, "转为正常"),
        "reopen": Transition((LoanStatus.SETTLED,), LoanStatus.ACTIVE, "冲正、更正后恢复"),
        "claim": Transition(RUNNING, None, "申请代偿"),
        "compensate": Transition(RUNNING, LoanStatus.COMPENSATED, "代偿"),
        "recover": Transition((LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF), None, "登记追偿回款"),
        "recover_in_full": Transition((LoanStatus.COMPENSATED,), LoanStatus.SETTLED, "追偿结清"),
        "write_off": Transition((LoanStatus.COMPENSATED,), LoanStatus.WRITTEN_OFF, "核销"),
    },
)

REPAYMENT_LIFECYCLE = Lifecycle(
    "还款",
    {
        "discard": Transition((RepaymentStatus.ENTERED,), RepaymentStatus.DISCARDED, "作废"),
        "confirm": Transition((RepaymentStatus.ENTERED,), RepaymentStatus.CONFIRMED, "复核还款"),
        "reverse": Transition((RepaymentStatus.CONFIRMED,), RepaymentStatus.REVERSED, "冲正"),
    },
)

REVERSAL_LIFECYCLE = Lifecycle(
    "冲正",
    {
        "discard": Transition((FactStatus.ENTERED,), FactStatus.DISCARDED, "作废"),
        "confirm": Transition((FactStatus.ENTERED,), FactStatus.CONFIRMED, "复核冲正"),
    },
)

NET_CAPITAL_LIFECYCLE = Lifecycle(
    "资本净额",
    {
        "discard": Transition((NetCapitalStatus.ENTERED,), NetCapitalStatus.DISCARDED, "作废"),
        "confirm": Transition((NetCapitalStatus.ENTERED,), NetCapitalStatus.CONFIRMED, "复核"),
    },
)

CORRECTION_LIFECYCLE = Lifecycle(
    "数据更正",
    {
        "discard": Transition((FactStatus.ENTERED,), FactStatus.DISCARDED, "作废"),
        "confirm": Transition((FactStatus.ENTERED,), FactStatus.CONFIRMED, "复核更正"),
    },
)

_E = ExtensionStatus
EXTENSION_LIFECYCLE = Lifecycle(
    "展期",
    {
        "consent": Transition((_E.APPLIED,), _E.APPLIED, "同意展期"),
        "complete": Transition((_E.APPLIED,), _E.CONSENTED, "两方同意"),
        "refuse": Transition((_E.APPLIED, _E.CONSENTED), _E.REFUSED, "不同意展期"),
        "withdraw": Transition((_E.APPLIED, _E.CONSENTED), _E.WITHDRAWN, "撤回展期"),
        "confirm": Transition((_E.CONSENTED,), _E.CONFIRMED, "复核展期"),
    },
)

BANK_SCHEDULE_LIFECYCLE = Lifecycle(
    "银行还款计划",
    {
        "discard": Transition((FactStatus.ENTERED,), FactStatus.DISCARDED, "作废"),
        "confirm": Transition((FactStatus.ENTERED,), FactStatus.CONFIRMED, "复核"),
    },
)

WARNING_LIFECYCLE = Lifecycle(
    "预警",
    {
        "lift": Transition((WarningStatus.WARNED,), WarningStatus.LIFTED, "解除"),
    },
)

SUSPENSION_LIFECYCLE = Lifecycle(
    "暂停新增",
    {
        "propose": Transition((SuspensionStatus.SUSPENDED,), SuspensionStatus.SUSPENDED, "提请恢复"),
        "resume": Transition((SuspensionStatus.SUSPENDED,), SuspensionStatus.RESUMED, "恢复"),
    },
)
