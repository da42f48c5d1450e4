"""The refusals about claims and recoveries: one class for each; the sentence is built where the figures are known."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from common.errors import InvalidInput, Refusal
from common.money import format_yuan


class NotClaimable(Refusal):
    """Neither trigger holds on the day (domain §3.9)."""

    code = "not_claimable"

    def __init__(self, days: int, trigger: int) -> None:
        since = f"本金逾期 {days} 天，未满 {trigger} 天" if days else "本金没有逾期"
        super().__init__(f"该贷款{since}，五级分类也不在次级及以下，尚不能申请代偿；达到其中一项条件后再申请。")


class ClaimWindowOver(Refusal):
    """Filed too long after the trigger."""

    code = "claim_window_over"

    def __init__(self, triggered_on: date, last_day: date, on: date) -> None:
        super().__init__(f"代偿条件于 {triggered_on} 成就，申请期至 {last_day}，{on} 已超过，不能再申请代偿。")


class ClaimPending(Refusal):
    """A loan has one claim; it was filed, or paid, already."""

    code = "claim_pending"

    def __init__(self, number: int, status: str) -> None:
        super().__init__(f"该贷款已有第 {number} 号代偿申请（{status}），不能另行申请；请打开该申请办理。")


class LoanInClaim(Refusal):
    """What a loan owes does not change by this way while a claim on it is open, or after it was paid."""

    code = "loan_in_claim"

    def __init__(self, action: str, number: int, status: str) -> None:
        super().__init__(f"该贷款有第 {number} 号代偿申请（{status}），不能{action}；请先撤回代偿申请，或待其办结。")


class AskedTooMuch(InvalidInput):
    """More than the rules allow."""

    code = "asked_too_much"

    def __init__(self, asked: Decimal, most: Decimal) -> None:
        sentence = f"申请金额 {format_yuan(asked)} 元超过按规则可代偿的 {format_yuan(most)} 元；请减少金额。"
        super().__init__(sentence, fields={"amount": [sentence]})


class GrantedTooMuch(InvalidInput):
    """More than was asked, or than an office agreed to."""

    code = "granted_too_much"

    def __init__(self, amount: Decimal, most: Decimal, what: str) -> None:
        sentence = f"金额 {format_yuan(amount)} 元超过{what} {format_yuan(most)} 元；请减少金额。"
        super().__init__(sentence, fields={"amount": [sentence]})


class LessWithoutReason(InvalidInput):
    """Granting less than was asked needs an opinion that says why."""

    code = "less_without_reason"

    def __init__(self, amount: Decimal, asked: Decimal) -> None:
        sentence = f"同意金额 {format_yuan(amount)} 元低于申请的 {format_yuan(asked)} 元，请在意见中说明理由。"
        super().__init__(sentence, fields={"opinion": [sentence]})


class PapersMissing(Refusal):
    """The checklist of the programme is not complete."""

    code = "papers_missing"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"缺少必备材料：{'、'.join(missing)}；请上传后再报送。")


class NotYourTurn(Refusal):
    """The order of the reviews is a setting of the programme."""

    code = "not_your_turn"

    def __init__(self, before: str) -> None:
        super().__init__(f"按项目规则，须待“{before}”签署后再办理。")


class WordGiven(Refusal):
    """A stage has been spoken on in this round."""

    code = "word_given"

    def __init__(self, stage: str) -> None:
        super().__init__(f"“{stage}”已经签署，不能再改；如有异议，请由后续环节退回。")


class NoWord(Refusal):
    """Nothing has been drafted that could be signed."""

    code = "no_word"

    def __init__(self, stage: str) -> None:
        super().__init__(f"尚未起草“{stage}”，请先由经办人起草，再由复核人签署。")


class NoticeMissing(Refusal):
    """No account is debited without the order of its owner."""

    code = "notice_missing"

    def __init__(self, owners: Sequence[str]) -> None:
        super().__init__(f"{'、'.join(owners)}尚未签发划款通知书，不能划款。")


class NoticeIssued(Refusal):
    """One notice for each account."""

    code = "notice_issued"

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner}已签发划款通知书，不能重复签发。")


class NothingToPay(Refusal):
    """Nothing is owed any more that the reserve could bear a part of."""

    code = "nothing_to_pay"

    def __init__(self) -> None:
        super().__init__("借款人已还清本金，代偿基数为零，无须划款；请银行撤回代偿申请。")


class StillShort(Refusal):
    """The accounts still lack the money of an approved claim."""

    code = "still_short"

    def __init__(self, account: str, needed: Decimal, free: Decimal) -> None:
        super().__init__(
            f"“{account}”可用 {format_yuan(free)} 元，代偿还需 {format_yuan(needed)} 元，尚缺 {format_yuan(needed - free)} 元；"
            "请待资金到位或占用释放后再备付。"
        )


class RecoveryBeforeCompensation(InvalidInput):
    """Money that came in before the compensation is a repayment."""

    code = "recovery_before_compensation"

    def __init__(self, received_on: date, compensated_on: date) -> None:
        sentence = f"收到日期 {received_on} 早于代偿日期 {compensated_on}；代偿以前收到的款项应登记为还款，请核对。"
        super().__init__(sentence, fields={"received_on": [sentence]})


class CostAboveGross(InvalidInput):
    """Costs are borne by what came in, and by nothing else."""

    code = "cost_above_gross"

    def __init__(self, cost: Decimal, gross: Decimal) -> None:
        sentence = f"追偿费用 {format_yuan(cost)} 元超过追回金额 {format_yuan(gross)} 元；费用以追回金额为限，请核对。"
        super().__init__(sentence, fields={"cost": [sentence]})


class RecoveryPending(Refusal):
    """A loan is not written off while money that came in is on its way."""

    code = "recovery_pending"

    def __init__(self, count: int) -> None:
        super().__init__(f"该贷款还有 {count} 笔追偿回款未划回，请先办结再提请核销。")
