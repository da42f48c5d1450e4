"""The refusals of the loans app: one class for each, with its code; the sentence is built where the figures are known."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from common.display import iso
from common.errors import InvalidInput, NotAllowed, Refusal
from common.money import format_yuan


class NotYourBank(NotAllowed):
    """The programme has several banks; each handles its own recommendations, lines and loans."""

    code = "not_your_bank"

    def __init__(self, bank: str) -> None:
        super().__init__(f"这笔业务由{bank}办理，其他银行不能代办。")


class _AboveLimit(InvalidInput):
    """A figure above its limit. The sentence names both and which rule the limit comes from."""

    field: ClassVar[str] = "amount"
    limit: ClassVar[str]
    remedy: ClassVar[str] = "请减少金额"

    def __init__(self, figure: Decimal, limit: Decimal, detail: str = "") -> None:
        over = f"（多 {format_yuan(figure - limit)} 元）"
        sentence = f"{format_yuan(figure)} 元超过{self.limit} {format_yuan(limit)} 元{over}{detail}；{self.remedy}。"
        super().__init__(sentence, fields={self.field: [sentence]})


# Decisions


class RecommendationUnusable(Refusal):
    """The recommendation is not with the bank (any more)."""

    code = "recommendation_unusable"


class RecommendationLapsed(Refusal):
    """Past its validity a recommendation cannot be used (domain §3.5)."""

    code = "recommendation_lapsed"

    def __init__(self, valid_until: date, on: date) -> None:
        super().__init__(f"该推荐的有效期至 {valid_until}，{on} 已过期，不能再批准；请联系科技局重新推荐，或选择“不同意”并说明理由。")


class AlreadyProposed(Refusal):
    """A recommendation has one decision."""

    code = "already_proposed"

    def __init__(self) -> None:
        super().__init__("该推荐已有审批意见，不能重复提出；请在原审批中修改。")


class AboveRecommended(_AboveLimit):
    """An approval above the recommended amount (domain §3.6)."""

    code = "above_recommended"
    limit = "推荐金额"


class TermTooLong(InvalidInput):
    """A term, or a due date, beyond the rule's or the line's longest term."""

    code = "term_too_long"


class RateAboveCap(InvalidInput):
    """A rate above the line's or above what the benchmark or LPR of its day allows."""

    code = "rate_above_cap"

    def __init__(self, rate: Decimal, cap: Decimal, what: str) -> None:
        sentence = f"年利率 {rate:f}% 超过{what} {cap:f}%；请调低利率，或核对是否选错了年利率、月利率。"
        super().__init__(sentence, fields={"annual_rate": [sentence]})


class EnterpriseCapExceeded(_AboveLimit):
    """Outstanding and undrawn lines of one enterprise would pass its cap in this programme (domain §4 `enterprise_cap`)."""

    code = "enterprise_cap_exceeded"
    limit = "单户限额"


class SingleBorrowerExceeded(_AboveLimit):
    """What one enterprise would owe the bank passes the share of its net capital, and the rules forbid it (domain §4)."""

    code = "single_borrower_exceeded"
    limit = "单一客户集中度限额"
    remedy = "请减少金额，或待企业还款、本行更新资本净额后办理"


class RenewedLoanUnknown(Refusal):
    """A 续贷 that names no loan drawn under the recommendation it renews: declined, not drawn, or a wrong 借据号 (domain §3.5)."""

    code = "renewed_loan_unknown"

    def __init__(self, note_no: str) -> None:
        super().__init__(
            f"续贷所写的原借据号“{note_no}”不是原推荐项下已发放的贷款，不能批准；"
            "请联系推荐单位撤回后核对原借据号重新推荐，或选择“不同意”并说明理由。"
        )


class SizeUnknown(Refusal):
    """An approval keeps the enterprise's size of its day, so there must be figures to compute it from."""

    code = "size_unknown"

    def __init__(self, enterprise: str, on: date) -> None:
        super().__init__(f"“{enterprise}”没有 {on.year} 年及以前的年度指标，无法确定批准时的企业规模；请先由推荐单位登记年度指标。")


# Loans


class LineNotUsable(Refusal):
    """Nothing can be drawn: the line is not approved, or not yet or no longer valid on that day."""

    code = "line_not_usable"


class LineExceeded(_AboveLimit):
    """Drawdowns together exceed the line."""

    code = "line_exceeded"
    status = 409
    limit = "授信可用余额"


class LoanCapExceeded(_AboveLimit):
    """One drawdown above `loan_cap`."""

    code = "loan_cap_exceeded"
    limit = "单笔限额"


class RenewedLoanUnpaid(Refusal):
    """续贷 lends again after repayment: nothing is drawn while the old loan is owed, or for a day before it was settled."""

    code = "renewed_loan_unpaid"

    def __init__(self, note_no: str, outstanding: Decimal, settled_on: date | None) -> None:
        owed = f"{settled_on} 才结清" if settled_on else f"尚欠本金 {format_yuan(outstanding)} 元"
        super().__init__(f"本笔是续贷，原借据“{note_no}”{owed}；原贷款还清以后方可放款。")


class AmountTooSmall(InvalidInput):
    """A loan so small that its earmark rounds to nothing cannot be covered."""

    code = "amount_too_small"

    def __init__(self) -> None:
        sentence = "贷款金额过小，折算的占用准备金不足 0.01 元；请核对金额和单位。"
        super().__init__(sentence, fields={"amount": [sentence]})


class DatesOutOfOrder(InvalidInput):
    """Contract, disbursement, due date, repayment and today do not follow each other."""

    code = "dates_out_of_order"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, fields={field: [sentence]})


class CoverBlocked(Refusal):
    """No new loan may be covered now, e.g. while the match is overdue (domain §3.3)."""

    code = "cover_blocked"


class NothingProposed(Refusal):
    """There is nothing to speak on, or to take back."""

    code = "nothing_proposed"

    def __init__(self, label: str) -> None:
        super().__init__(f"目前没有待各方签署的{label}提请；请先由经办人提请。")


class NoReserveAccount(Refusal):
    """A programme whose funders' accounts are not both open covers nothing."""

    code = "no_reserve_account"

    def __init__(self) -> None:
        super().__init__("本项目的省、镇准备金账户尚未全部开立，不能占用准备金；请系统管理员先登记账户。")


class NoteNumberTaken(Refusal):
    """借据号 is unique within a bank."""

    code = "note_number_taken"

    def __init__(self, note_no: str) -> None:
        sentence = f"借据号“{note_no}”在本行已登记过，请核对；同一借据不能重复录入。"
        super().__init__(sentence, fields={"note_no": [sentence]})


# Repayments


class RepaymentAboveOutstanding(_AboveLimit):
    """More principal than is owed."""

    code = "repayment_above_outstanding"
    status = 409
    field = "principal"
    limit = "本金余额"


class BeyondDue(InvalidInput):
    """An ordinary repayment pays what has fallen due; more is an early one, and has to be called so."""

    code = "beyond_due"

    def __init__(self, extra: Decimal, paid_on: date) -> None:
        sentence = f"比截至 {paid_on} 应还的本息多 {format_yuan(extra)} 元；如为提前还款，请选择“提前还款”，否则请核对金额。"
        super().__init__(sentence, fields={"amount": [sentence]})


class ArrearsFirst(Refusal):
    """Principal cannot be paid ahead of its day while some is in arrears, unless all of it is."""

    code = "arrears_first"

    def __init__(self, overdue: Decimal, paid_on: date) -> None:
        super().__init__(
            f"截至 {paid_on} 尚有到期未还本金 {format_yuan(overdue)} 元，不能部分提前还款；请先登记到期部分的还款，或登记全部结清。"
        )


class ReversalPending(Refusal):
    """A repayment is taken back once."""

    code = "reversal_pending"

    def __init__(self) -> None:
        super().__init__("该笔还款已有待复核的冲正，不能重复提出；请先复核或作废原冲正。")


class NothingToReverse(Refusal):
    """A reviewer confirms a reversal an officer has entered."""

    code = "nothing_to_reverse"

    def __init__(self) -> None:
        super().__init__("该笔还款没有待复核的冲正；请先由经办人提出冲正并说明理由。")


# Grades, early warnings and inspections


class GradeAboveFloor(InvalidInput):
    """The bank may grade worse than the days overdue demand, never better (domain §6)."""

    code = "grade_above_floor"

    def __init__(self, grade: str, floor: str, days: int, day: date) -> None:
        sentence = f"截至 {day} 已逾期 {days} 天，五级分类不得优于“{floor}”，不能登记为“{grade}”；可以登记更差的分类。"
        super().__init__(sentence, fields={"grade": [sentence]})


# Extensions and corrections


class ExtensionTooLate(Refusal):
    """展期 is applied for before maturity (贷款通则 §12)."""

    code = "extension_too_late"

    def __init__(self, due_on: date) -> None:
        super().__init__(f"贷款已于 {due_on} 到期；展期须在到期日之前申请，到期后只能按逾期处理。")


class ExtensionTooLong(InvalidInput):
    """Beyond the legal length, or no longer than before."""

    code = "extension_too_long"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"due_on": [sentence]})


class ExtensionsUsedUp(Refusal):
    """`extension_max_times` (domain §4)."""

    code = "extensions_used_up"

    def __init__(self, made: int, most: int) -> None:
        super().__init__(f"该贷款已展期 {made} 次，项目规则最多 {most} 次，不能再展期。")


class ExtensionPending(Refusal):
    """One application at a time."""

    code = "extension_pending"

    def __init__(self) -> None:
        super().__init__("该贷款已有办理中的展期申请，请先办结或撤回。")


class ConsentGiven(Refusal):
    """An office speaks once."""

    code = "consent_given"

    def __init__(self, office: str) -> None:
        super().__init__(f"{office}已对该展期签署意见，不能重复签署。")


class CorrectionPending(Refusal):
    """One correction of a loan at a time."""

    code = "correction_pending"

    def __init__(self) -> None:
        super().__init__("该贷款已有待复核的数据更正，请先复核或作废。")


class NothingCorrected(InvalidInput):
    """A correction changes something."""

    code = "nothing_corrected"

    def __init__(self) -> None:
        super().__init__("各项内容与原记录相同，没有需要更正的；请修改有误的栏目后再提交。")


class BelowRepaid(InvalidInput):
    """A loan is not smaller than what was paid back on it."""

    code = "below_repaid"

    def __init__(self, amount: Decimal, repaid: Decimal) -> None:
        sentence = f"更正后的贷款金额 {format_yuan(amount)} 元小于已还本金 {format_yuan(repaid)} 元；请核对，或先冲正有误的还款。"
        super().__init__(sentence, fields={"amount": [sentence]})


# The bank's own schedule


class BankSchedulePending(Refusal):
    """One at a time waits for its confirmation."""

    code = "bank_schedule_pending"

    def __init__(self) -> None:
        super().__init__("该贷款已有待复核的银行还款计划，请先复核或作废。")


class BadBankSchedule(InvalidInput):
    """It does not divide what the loan owes, or does not end with it."""

    code = "bad_bank_schedule"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"rows": [sentence]})


# The bank's net capital


class NetCapitalTaken(Refusal):
    """A bank has one net capital a day."""

    code = "net_capital_taken"

    def __init__(self, effective_on: date, amount: Decimal, status: str) -> None:
        sentence = f"基准日 {effective_on} 的资本净额已录入（{format_yuan(amount)} 元，{status}），不能重复录入；请核对基准日。"
        super().__init__(sentence, fields={"effective_on": [sentence]})


# Files of rows


class SameFile(Refusal):
    """The same bytes were sent before and still count."""

    code = "same_file"

    def __init__(self, name: str, earlier: Any = None) -> None:
        when = f"于 {iso(earlier.uploaded_at)} 由{earlier.uploaded_by.name}上传，{earlier.get_status_display()}" if earlier else "刚刚上传"
        super().__init__(f"内容完全相同的文件“{name}”已{when}，不能重复上传；请打开该文件办理，确需重传的先将其作废。")


class FileHasErrors(Refusal):
    """A file with errors is not taken as a whole."""

    code = "file_has_errors"

    def __init__(self, rows: int, *, whole: bool = False) -> None:
        what = f"文件有 {rows} 行错误" if rows else "文件本身有错误（如合计不符、缺少借据）"
        super().__init__(f"{what}，不能全部采纳；请更正后重新上传{'' if whole else '，或选择“先采纳无误的行”'}。")


class NothingToBook(Refusal):
    """No row can be taken."""

    code = "nothing_to_book"

    def __init__(self) -> None:
        super().__init__("文件中没有可以采纳的行；请按例外说明更正后重新上传。")


class FileTooLongForAll(Refusal):
    """All or nothing is one transaction, which must not keep others waiting."""

    code = "file_too_long_for_all"

    def __init__(self, rows: int, most: int, *, whole: bool = False) -> None:
        mend = "请拆分成几个文件" if whole else "请选择“先采纳无误的行”，或拆分成几个文件"
        super().__init__(f"“全部采纳”一次最多 {most} 行，现有 {rows:,} 行；{mend}。")
