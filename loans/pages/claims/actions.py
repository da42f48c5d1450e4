"""What may be done with a claim, by whom it is asked, and what exactly a binding step will do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.urls import reverse

from common.errors import Refusal
from common.money import ZERO, format_yuan
from common.page import Action
from parties.models import User
from parties.permissions import PERMISSIONS

from ...claim_enums import CLAIM_LIFECYCLE, REVIEWS, ClaimStage, ClaimStatus, Verdict
from ...claim_permissions import (
    require_check_claim,
    require_confirm_payment,
    require_decide_claim,
    require_draft_claim,
    require_edit_claim,
    require_file_claim,
    require_fund_claim,
    require_propose_claim,
    require_return_claim,
    require_review_claim,
    require_sign_claim,
    require_unpay_claim,
    require_withdraw_claim,
)
from ...enums import NON_PERFORMING
from ...models import Claim, ClaimWord, Loan
from ...permissions import why_not
from ...rules.claims import share_of
from ...selectors.claims import funding_by_account, worded
from ...selectors.exposure import account_of_owner
from ...selectors.grades import GradeState
from ...services.claims.deciding import lacking_for, require_grantable
from ...services.claims.drafting import require_fileable
from ...services.claims.paying import due_share, parts_by_account, require_notice, require_to_pay

Build = Callable[[User, Claim, date], Action]


def actions(user: User, claim: Claim, on: date) -> list[Action]:
    """What this person's office is asked for now, with the reason where this person may not or the rules do not allow it."""
    if not (user.is_officer or user.is_reviewer):
        return []
    found = [
        build(user, claim, on)
        for step, permission, build in _OFFERS
        if CLAIM_LIFECYCLE.allows(step, claim.status) and user.kind in PERMISSIONS[permission].kinds and _wanted(step, user, claim)
    ]
    return [_worded(claim, one) for one in found]


def loan_actions(user: User, loan: Loan, grade: GradeState | None) -> list[Action]:
    """On the page of a running loan that is not claimed for: asking for it. The form asks the rules in full, window included."""
    if loan.claim is not None or grade is None or user.kind not in PERMISSIONS["claim.draft"].kinds:
        return []
    if not (user.is_officer or user.is_reviewer):
        return []
    reason, trigger = why_not(require_draft_claim, user, loan), loan.credit_line.rules.claim_trigger_overdue_days
    if reason is None and grade.days_overdue < trigger and grade.in_force not in NON_PERFORMING:
        reason = f"逾期 {grade.days_overdue} 天，未满 {trigger} 天，五级分类也不在次级及以下，尚不能申请代偿。"
    url = reverse("loans:claim_draft", args=[loan.pk])
    return [Action(worded(loan, "申请代偿"), url, reason=reason and worded(loan, reason), icon="file-text")]


def _wanted(step: str, user: User, claim: Claim) -> bool:
    """What is done once is not offered again."""
    if step == "approve":
        return claim.status == ClaimStatus.SHORT
    if step == "instruct":
        return user.organisation_id not in {notice.account.funder_id for notice in claim.notices.all()}
    if step == "review":
        return not any(word.stage == REVIEWS.get(user.kind) and word.signed_at is not None for word in claim.words_of_round)
    return True


def _worded(claim: Claim, action: Action) -> Action:
    def say(text: str) -> str:
        return worded(claim.loan, text)

    return replace(action, label=say(action.label), reason=action.reason and say(action.reason), confirm=say(action.confirm))


def _url(name: str, claim: Claim) -> str:
    return reverse(f"loans:claim_{name}", args=[claim.pk])


# the bank


def _edit(user: User, claim: Claim, on: date) -> Action:
    return Action("修改申请", _url("edit", claim), reason=why_not(require_edit_claim, user, claim), icon="edit")


def _paper(user: User, claim: Claim, on: date) -> Action:
    return Action("上传材料", _url("paper", claim), reason=why_not(require_edit_claim, user, claim), icon="upload")


def _file(user: User, claim: Claim, on: date) -> Action:
    def check() -> None:
        require_file_claim(user, claim)
        require_fileable(claim, on)

    loan, days = claim.loan, claim.loan.credit_line.rules.claim_precheck_workdays
    question = (
        f"将向省中心报送{claim}：{loan.enterprise_name}借据 {loan.note_no}，未还本金 {format_yuan(loan.outstanding)} 元，"
        f"申请代偿 {format_yuan(claim.asked)} 元。报送后由省中心在 {days} 个工作日内核验材料，退回以前不能再修改。"
    )
    return _post("报送", "file", claim, why_not(check), question, "send")


def _withdraw(user: User, claim: Claim, on: date) -> Action:
    reason = why_not(require_withdraw_claim, user, claim)
    return Action("撤回申请", _url("withdraw", claim), reason=reason, danger=True, icon="arrow-back-up")


def _pay(user: User, claim: Claim, on: date) -> Action:
    return Action("录入划款", _url("pay", claim), reason=why_not(require_to_pay, user, claim), primary=True, icon="receipt")


def _unpay(user: User, claim: Claim, on: date) -> Action:
    reason = why_not(require_unpay_claim, user, claim)
    return Action("退回划款录入", _url("unpay", claim), reason=reason, danger=True, icon="arrow-back-up")


def _confirm_payment(user: User, claim: Claim, on: date) -> Action:
    reason = why_not(require_confirm_payment, user, claim)
    question = payment_question(claim) if reason is None else ""
    return _post("复核划款", "confirm_payment", claim, reason, question, "check")


# the centre and the offices


def _check(user: User, claim: Claim, on: date) -> Action:
    reason = why_not(require_check_claim, user, claim)
    return Action("核验通过", _url("check", claim), reason=reason, primary=True, icon="clipboard-check")


def _return(user: User, claim: Claim, on: date) -> Action:
    reason = why_not(require_return_claim, user, claim)
    return Action("退回补正", _url("return", claim), reason=reason, danger=True, icon="arrow-back-up")


def _review(user: User, claim: Claim, on: date) -> Action:
    label = "重新起草会审意见" if _drafted(claim, REVIEWS[user.kind]) else "起草会审意见"
    return Action(label, _url("review", claim), reason=why_not(require_review_claim, user, claim), icon="writing")


def _sign(user: User, claim: Claim, on: date) -> Action:
    word = _drafted(claim, REVIEWS[user.kind])
    reason = why_not(require_sign_claim, user, claim)
    return _post("签署会审意见", "sign", claim, reason, word_question(claim, word) if word else "", "signature")


def _propose(user: User, claim: Claim, on: date) -> Action:
    label = "重新拟定审定意见" if _drafted(claim, ClaimStage.FINAL) else "拟定审定意见"
    return Action(label, _url("propose", claim), reason=why_not(require_propose_claim, user, claim), icon="writing")


def _decide(user: User, claim: Claim, on: date) -> Action:
    word = _drafted(claim, ClaimStage.FINAL)

    def check() -> None:
        require_decide_claim(user, claim)
        if word is not None and word.verdict == Verdict.AGREE:
            require_grantable(claim, word.amount or ZERO, on)

    reason = why_not(check)
    question = decision_question(claim, word) if word is not None and reason is None else ""
    return _post("审定", "decide", claim, reason, question, "signature")


def _fund(user: User, claim: Claim, on: date) -> Action:
    reason, amount = why_not(require_fund_claim, user, claim), claim.granted or ZERO
    if reason is None and (lacking := lacking_for(claim, amount)):
        reason = lacking.message
    return _post("备付", "fund", claim, reason, f"将为{claim}备付：{funding_sentence(claim, amount)}", "cash")


def _instruct(user: User, claim: Claim, on: date) -> Action:
    account = account_of_owner(claim.programme_id, user.organisation_id)
    reason = why_not(require_notice, claim, account, user)
    return Action("签发划款通知书", _url("instruct", claim), reason=reason, primary=True, icon="file-certificate")


def _post(label: str, name: str, claim: Claim, reason: str | None, question: str, icon: str) -> Action:
    return Action(label, _url(name, claim), reason=reason, post=True, confirm=question, version=claim.version, primary=True, icon=icon)


def _drafted(claim: Claim, stage: ClaimStage) -> ClaimWord | None:
    """The unsigned word of a stage in this round."""
    return next((word for word in claim.words_of_round if word.stage == stage and word.signed_at is None), None)


_OFFERS: tuple[tuple[str, str, Build], ...] = (
    ("edit", "claim.draft", _edit),
    ("edit", "claim.draft", _paper),
    ("file", "claim.file", _file),
    ("check", "claim.check", _check),
    ("review", "claim.review", _review),
    ("review", "claim.sign", _sign),
    ("decide", "claim.propose", _propose),
    ("decide", "claim.decide", _decide),
    ("approve", "claim.decide", _fund),
    ("return", "claim.return", _return),
    ("instruct", "claim.instruct", _instruct),
    ("pay", "claim.pay", _pay),
    ("confirm_payment", "claim.confirm_payment", _confirm_payment),
    ("unpay", "claim.pay", _unpay),
    ("withdraw", "claim.withdraw", _withdraw),
)
"""Step of the lifecycle, permission, button; a button stands on the page of everyone whose office holds the permission."""


# what a binding step will do


def word_question(claim: Claim, word: ClaimWord) -> str:
    if word.verdict == Verdict.REFUSE:
        return f"将签署{word.get_stage_display()}：不予代偿（{word.get_reason_display()}：{word.opinion}）。签署后本申请即告终结。"
    share = share_of(word.amount or ZERO, claim.loan.credit_line.rules.match_ratio)
    parts = f"省 {format_yuan(share.provincial)} 元，镇 {format_yuan(share.town)} 元"
    return f"将签署{word.get_stage_display()}：同意代偿 {format_yuan(share.total)} 元（{parts}）。签署后不能再改。"


def decision_question(claim: Claim, word: ClaimWord) -> str:
    """What the signature of the last word does with the money."""
    if word.verdict == Verdict.REFUSE:
        return word_question(claim, word)
    amount = word.amount or ZERO
    lacking = lacking_for(claim, amount)
    if lacking is not None:
        return f"{word_question(claim, word)}{lacking.message}签署后转为“待补足”，暂不动用资金。"
    return f"{word_question(claim, word)}{funding_sentence(claim, amount)}"


def funding_sentence(claim: Claim, amount: Decimal) -> str:
    """By account: how much becomes payable, out of the loan's own earmark and out of free money, and what is released."""
    said = []
    for one, part in funding_by_account(claim, amount):
        released = f"，释放占用 {format_yuan(part.released)} 元" if part.released else ""
        moved = f"从占用划转 {format_yuan(part.from_earmark)} 元、从可用划转 {format_yuan(part.from_free)} 元{released}"
        said.append(f"“{one.account.name}”转入应付代偿款 {format_yuan(part.from_earmark + part.from_free)} 元（{moved}）")
    return f"{'；'.join(said)}。"


def payment_question(claim: Claim) -> str:
    """What the confirmation of a payment books."""
    try:
        share = due_share(claim)
    except Refusal as refusal:
        return refusal.message
    receipts = {notice.account_id: notice.receipt_no for notice in claim.notices.all()}
    paid = [
        f"从“{account.name}”划付 {format_yuan(part)} 元（回单 {receipts.get(pk, '')}）"
        for pk, (account, part) in parts_by_account(claim, share).items()
        if part
    ]
    rest = (claim.granted or ZERO) - share.total
    back = f"核准金额中不再需要的 {format_yuan(rest)} 元退回可用。" if rest else ""
    return (
        f"将确认 {claim.paid_on} 代偿 {format_yuan(share.total)} 元：{'；'.join(paid)}。{back}"
        f"借据 {claim.loan.note_no} 未还本金 {format_yuan(claim.loan.outstanding)} 元转为已代偿，入账后不能撤回。"
    )
