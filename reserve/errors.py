"""The refusals of the reserve: one class for each, with its code and its sentence."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from common.errors import InvalidInput, NotAllowed, Refusal
from common.money import format_yuan

# The ledger


class InsufficientBalance(Refusal):
    """A transfer would take more out of an account than it holds."""

    code = "insufficient_balance"

    def __init__(self, *, account: str, needed: Decimal, available: Decimal) -> None:
        super().__init__(
            f"“{account}”余额不足：需要 {format_yuan(needed)} 元，现有 {format_yuan(available)} 元，"
            f"尚缺 {format_yuan(needed - available)} 元；请减少金额，或待资金到位、占用释放后再办。"
        )
        self.account = account
        self.needed = needed
        self.available = available


class LedgerDateBackwards(Refusal):
    """The ledger date of a programme never goes back."""

    code = "ledger_date_backwards"

    def __init__(self, *, ledger_date: date, last: date) -> None:
        super().__init__(f"记账日不能倒退：本项目最近一笔已记在 {last}，不能再记 {ledger_date}；请按 {last} 或以后的日期记账。")


class ValueDateInFuture(Refusal):
    """A fact cannot be posted before it has happened."""

    code = "value_date_in_future"
    status = 400

    def __init__(self, *, value_date: date, ledger_date: date) -> None:
        super().__init__(f"起息日 {value_date} 晚于记账日 {ledger_date}；请核对日期，事情发生以后再记账。")


class ValueDateClosed(Refusal):
    """The quarter of the value date is closed for back-dated facts."""

    code = "value_date_closed"

    def __init__(self, *, value_date: date, quarter: str, bank: str) -> None:
        super().__init__(
            f"{value_date} 属于 {quarter}，{bank}该季度的申报汇总表已报送，不能再记入该季度；请按未关闭季度的日期记账，并在调整附件中说明。"
        )


class AlreadyReversed(Refusal):
    """An entry is reversed once."""

    code = "already_reversed"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"第 {sequence} 号分录已经冲正，不能重复冲正；请核对后另行登记。")


class ReversalNotReversible(Refusal):
    """A reversal is not reversed in turn: the fact is posted anew."""

    code = "reversal_not_reversible"

    def __init__(self, *, sequence: int) -> None:
        super().__init__(f"第 {sequence} 号分录本身是冲正分录，不能再冲正；如原业务确实有效，请重新登记。")


# The calendar


class CalendarUnknown(Refusal):
    """A working day in a year whose State Council notice is neither in the library nor entered (domain §5)."""

    code = "calendar_unknown"

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年的放假安排尚未录入，无法计算该年的工作日；请由系统管理员录入国务院办公厅当年的放假通知。")
        self.year = year


class BadNotice(InvalidInput):
    """A year's notice that contradicts itself or names days that are not its own."""

    code = "bad_calendar_notice"


# Programmes and their rules


class BadProgramme(InvalidInput):
    """A programme, its parties or its accounts cannot be set up as asked."""

    code = "bad_programme"


class ProgrammeNotActive(Refusal):
    """The programme has ended; only what winds it up is possible."""

    code = "programme_not_active"

    def __init__(self, *, name: str, ended_on: date | None) -> None:
        super().__init__(f"项目“{name}”已于 {ended_on} 终止，不能再办理新的业务；如终止有误，请与省生产力促进中心核实。")


class RuleInPast(InvalidInput):
    """A setting takes effect today or later, so that history never changes."""

    code = "rule_in_past"

    def __init__(self, *, effective_on: date, today: date) -> None:
        sentence = f"生效日 {effective_on} 早于今天（{today}）：规则不能追溯修改，请填写今天或以后的日期。"
        super().__init__(sentence, fields={"effective_on": [sentence]})


class RuleUnchanged(InvalidInput):
    """The setting would stay as it is."""

    code = "rule_unchanged"

    def __init__(self, *, label: str, effective_on: date, value: str) -> None:
        sentence = f"“{label}”在 {effective_on} 本来就是“{value}”，没有变化，无需修改。"
        super().__init__(sentence, fields={"value": [sentence]})


class BadRate(InvalidInput):
    """A reference rate that is incomplete, earlier than the last one or the same, or of a kind no longer published."""

    code = "bad_reference_rate"


# Contributions and the town's match


class BadContribution(InvalidInput):
    """A contribution's facts contradict the calendar or each other."""

    code = "bad_contribution"


class NotOwnAccount(NotAllowed):
    """Only the funder records money into its account, and only the bank that holds it says what arrived."""

    code = "not_own_account"


class NothingToMatch(Refusal):
    """The town pays only against an open obligation, which a confirmed provincial deposit opens."""

    code = "nothing_to_match"


class MatchAmountDiffers(InvalidInput):
    """一次性投入: the town's deposit equals its obligation."""

    code = "match_amount_differs"

    def __init__(self, *, amount: Decimal, owed: Decimal, in_parts: bool) -> None:
        rule = "不能超过尚未配套的" if in_parts else "须一次性投入，金额等于应配套的"
        sentence = f"配套资金{rule} {format_yuan(owed)} 元，您填写的是 {format_yuan(amount)} 元；请核对后按应配套金额登记。"
        super().__init__(sentence, fields={"amount": [sentence]})


class AlreadyMatched(Refusal):
    """Another deposit for the same obligation is there already."""

    code = "already_matched"

    def __init__(self, *, voucher_no: str, status: str) -> None:
        super().__init__(
            f"这项配套义务已有一笔出资（凭证号 {voucher_no}，{status}），不能重复登记；如该笔有误，请由银行复核人退回后再登记。"
        )


class DuplicateNumber(InvalidInput):
    """A voucher or receipt number that another contribution into the account bears."""

    code = "duplicate_number"

    def __init__(self, *, field: str, label: str, number: str, amount: Decimal, transferred_on: date) -> None:
        sentence = (
            f"{label} {number} 已用于本账户 {transferred_on} 划款的 {format_yuan(amount)} 元出资，不能重复使用；"
            "请核对凭证，或先由银行退回原登记。"
        )
        super().__init__(sentence, fields={field: [sentence]})


class ReceiptDiffers(InvalidInput):
    """The bank's receipt shows another amount than the funder recorded."""

    code = "receipt_differs"

    def __init__(self, *, received: Decimal, recorded: Decimal) -> None:
        sentence = (
            f"回单金额 {format_yuan(received)} 元与出资人登记的 {format_yuan(recorded)} 元不一致；"
            "请核对回单，确属登记有误的，由银行复核人退回，出资人重新登记。"
        )
        super().__init__(sentence, fields={"amount": [sentence]})


# Periods


class QuarterNotOver(Refusal):
    """A quarter is closed after its last day."""

    code = "quarter_not_over"

    def __init__(self, *, quarter: str, last_day: date) -> None:
        super().__init__(f"{quarter}到 {last_day} 才结束，尚不能关闭；请在季度结束后报送申报汇总表。")


# Interest on the accounts


class BadInterest(InvalidInput):
    """Interest whose days contradict the calendar, the account or each other."""

    code = "bad_interest"


class ReceiptUsed(InvalidInput):
    """A receipt of the bank stands for one movement on an account."""

    code = "receipt_used"

    def __init__(self, *, receipt_no: str, what: str, amount: Decimal) -> None:
        sentence = f"回单号 {receipt_no} 已用于本账户的{what} {format_yuan(amount)} 元，不能重复使用；请核对回单。"
        super().__init__(sentence, fields={"receipt_no": [sentence]})


class InterestAccumulates(Refusal):
    """滚存: interest stays in the account that earned it."""

    code = "interest_accumulates"

    def __init__(self, *, day: date) -> None:
        super().__init__(f"按项目规则“账户利息处理”，{day} 的账户利息滚存，不划出；如改为返还或上缴，请由系统管理员先修改规则。")


class InterestExceeded(InvalidInput):
    """More interest would leave an account than it has earned and not yet paid out."""

    code = "interest_exceeded"

    def __init__(self, *, amount: Decimal, unpaid: Decimal) -> None:
        sentence = (
            f"划出 {format_yuan(amount)} 元，超过本账户尚未划出的利息 {format_yuan(unpaid)} 元（含待复核的划出）；"
            "请核对金额，或先录入、复核已入账的利息。"
        )
        super().__init__(sentence, fields={"amount": [sentence]})


class InterestPaidOut(Refusal):
    """Interest that has been paid out is not taken back before its payout."""

    code = "interest_paid_out"

    def __init__(self, *, amount: Decimal, unpaid: Decimal) -> None:
        super().__init__(
            f"这笔利息 {format_yuan(amount)} 元不能冲正：本账户尚未划出的利息只有 {format_yuan(unpaid)} 元；"
            "请先冲正（或作废）相应的利息划出。"
        )


class ReversalPending(Refusal):
    """A reversal already waits for its confirmation."""

    code = "reversal_pending"

    def __init__(self) -> None:
        super().__init__("这笔利息已有一份待复核的冲正；请先复核或作废。")


class NothingToReverse(Refusal):
    """There is no reversal that waits for a confirmation."""

    code = "nothing_to_reverse"

    def __init__(self) -> None:
        super().__init__("这笔利息没有待复核的冲正；请先由经办人提出冲正并写明理由。")


# Winding up


class RefundNotDue(Refusal):
    """Money goes back to its funders only after the programme has ended."""

    code = "refund_not_due"

    def __init__(self, *, status: str) -> None:
        super().__init__(f"项目当前状态为“{status}”，不能退还出资；须先记录项目终止，并具备清算条件。")


class RefundUnderWay(Refusal):
    """One refund of an account at a time, and none when the programme is closed."""

    code = "refund_under_way"

    def __init__(self) -> None:
        super().__init__("还有未办完的退款指令；请先由银行划款、复核，或由出资单位撤回。")


class NothingToRefund(Refusal):
    """The account holds no free money."""

    code = "nothing_to_refund"

    def __init__(self, *, account: str) -> None:
        super().__init__(f"“{account}”没有可用准备金，无需退还。")


class BadRefund(InvalidInput):
    """A refund's day contradicts the calendar or its instruction."""

    code = "bad_refund"


class AccountsNotEmpty(Refusal):
    """A programme is closed when all its accounts stand at zero."""

    code = "accounts_not_empty"

    def __init__(self, *, left: Sequence[str]) -> None:
        super().__init__(f"准备金账户尚有余额：{'、'.join(left)}；请先全部退还出资单位，再办理清算。")


# The bank's statements


class BadStatement(InvalidInput):
    """A statement's days, lines or file cannot be read or contradict each other; the sentences name the lines."""

    code = "bad_statement"


class StatementArithmetic(InvalidInput):
    """A statement that does not add up by itself."""

    code = "statement_arithmetic"

    def __init__(self, *, opening: Decimal, income: Decimal, expense: Decimal, closing: Decimal) -> None:
        computed = opening + income - expense
        sentence = (
            f"对账单自身不平：期初 {format_yuan(opening)} + 收入 {format_yuan(income)} − 支出 {format_yuan(expense)} = "
            f"{format_yuan(computed)} 元，与期末 {format_yuan(closing)} 元相差 {format_yuan(computed - closing)} 元；请核对明细和余额。"
        )
        super().__init__(sentence, fields={"closing": [sentence]})


class StatementOverlaps(InvalidInput):
    """A day of an account belongs to one statement."""

    code = "statement_overlaps"

    def __init__(self, *, first: date, last: date) -> None:
        sentence = f"本账户 {first} 至 {last} 的对账单已报送，期间不能重叠；该份有误的，请先作废。"
        super().__init__(sentence, fields={"first": [sentence]})


class StatementNotContinuous(InvalidInput):
    """A statement opens with what the one before closed with."""

    code = "statement_not_continuous"

    def __init__(self, *, field: str, other: str, expected: Decimal, given: Decimal) -> None:
        figures = f"应为 {format_yuan(expected)} 元，填的是 {format_yuan(given)} 元"
        sentence = f"与相邻的对账单（{other}）不衔接：{figures}；请核对，相邻的有误的先作废。"
        super().__init__(sentence, fields={field: [sentence]})


class DifferenceGone(Refusal):
    """The difference is not there (any more): a later entry or statement has resolved it."""

    code = "difference_gone"

    def __init__(self) -> None:
        super().__init__("没有这项差异，或者它已因后来的记账、对账单而消除；请刷新对账单页面核对。")


class DifferenceExplained(Refusal):
    """A difference is explained once."""

    code = "difference_explained"

    def __init__(self, *, status: str) -> None:
        super().__init__(f"这项差异已有说明（{status}）；有误的，请先作废原说明。")


class ProgrammeClosed(Refusal):
    """The programme is settled: its accounts are empty and stay so."""

    code = "programme_closed"

    def __init__(self, *, name: str) -> None:
        super().__init__(f"项目“{name}”已清算，准备金账户不再记账；如有遗漏，请与省生产力促进中心核实。")


# Joint decisions


class JointPending(Refusal):
    """One decision of a kind at a time is put to the parties about one thing."""

    code = "joint_pending"

    def __init__(self, label: str) -> None:
        super().__init__(f"已有一项{label}的提请待各方签署，请等待决定，或撤回后重新提请。")


class AlreadySpoken(Refusal):
    """A party speaks once."""

    code = "already_spoken"

    def __init__(self, organisation: str) -> None:
        super().__init__(f"{organisation}已对此签署意见，不能再签。")
