"""Who may take which step on a claim, a recovery, a write-off; used as `loans.permissions` is."""

from collections.abc import Collection

from common.errors import NotAllowed, NotFound, WrongState
from parties.enums import OrganisationKind as Kind
from parties.models import User
from parties.permissions import may, require, require_other_person
from reserve.models import ReserveAccount

from .claim_enums import CLAIM_LIFECYCLE, ORDERS, RECOVERY_LIFECYCLE, REVIEWS, ClaimStage, Verdict
from .claim_errors import ClaimPending, NotYourTurn, NoWord, RecoveryPosted, WordGiven
from .enums import LOAN_LIFECYCLE, LoanStatus
from .models import Claim, ClaimWord, Loan, Recovery
from .permissions import require_own_bank


def require_draft_claim(user: User, loan: Loan) -> None:
    require(user, "claim.draft")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("claim", loan.status)
    if loan.claim is not None:
        raise ClaimPending(loan.claim.number, loan.claim.get_status_display())


def require_edit_claim(user: User, claim: Claim) -> None:
    require(user, "claim.draft")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("edit", claim.status)


def require_file_claim(user: User, claim: Claim) -> None:
    require(user, "claim.file")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("file", claim.status)
    require_other_person(claim.drafted_by, user, "代偿申请", at=claim.drafted_at)


def require_withdraw_claim(user: User, claim: Claim) -> None:
    require(user, "claim.withdraw")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("withdraw", claim.status)


def require_check_claim(user: User, claim: Claim) -> None:
    require(user, "claim.check")
    CLAIM_LIFECYCLE.target("check", claim.status)


def require_return_claim(user: User, claim: Claim) -> None:
    """Whose turn it is may send the claim back for more papers."""
    require(user, "claim.return")
    CLAIM_LIFECYCLE.target("return", claim.status)
    if claim.status == "filed" and user.kind != Kind.PROVINCIAL_CENTRE:
        raise NotAllowed("材料核验由省中心办理，核验通过后两方方可退回。")
    if claim.status == "reviewing" and user.kind != Kind.PROVINCIAL_CENTRE:
        stage_of(user, claim)
    if claim.status == "reviewed" and user.kind != Kind.PROVINCIAL_CENTRE:
        raise NotAllowed("两方会审已经完成，由省中心审定或退回。")


def stage_of(user: User, claim: Claim) -> ClaimStage:
    """The review this person's office is asked for now. Raises: NotAllowed, NotYourTurn, WordGiven."""
    stage = REVIEWS.get(user.kind)
    if stage is None:
        raise NotAllowed("代偿会审由市科技局和镇政府办理。")
    require_turn(claim, stage, {word.stage for word in claim.words_of_round if word.signed_at is not None})
    return stage


def require_turn(claim: Claim, stage: ClaimStage, signed: Collection[str]) -> None:
    """Whether a review is asked for where these stages are signed already. Raises: NotYourTurn, WordGiven."""
    if stage in signed:
        raise WordGiven(stage.label)
    for earlier in ORDERS.get(claim.loan.credit_line.rules.claim_review_order, ()):
        if earlier == stage:
            break
        if earlier not in signed:
            raise NotYourTurn(earlier.label)


def require_review_claim(user: User, claim: Claim) -> ClaimStage:
    """The stage an office's officer may draft the word of."""
    require(user, "claim.review")
    CLAIM_LIFECYCLE.target("review", claim.status)
    return stage_of(user, claim)


def require_sign_claim(user: User, claim: Claim) -> ClaimWord:
    """The drafted word an office's reviewer may sign."""
    require(user, "claim.sign")
    CLAIM_LIFECYCLE.target("review", claim.status)
    return _drafted(user, claim, stage_of(user, claim))


def require_propose_claim(user: User, claim: Claim) -> None:
    require(user, "claim.propose")
    CLAIM_LIFECYCLE.target("decide", claim.status)


def require_decide_claim(user: User, claim: Claim) -> ClaimWord:
    """The drafted last word the provincial centre's reviewer may sign."""
    require(user, "claim.decide")
    CLAIM_LIFECYCLE.target("decide", claim.status)
    return _drafted(user, claim, ClaimStage.FINAL)


def require_fund_claim(user: User, claim: Claim) -> None:
    require(user, "claim.decide")
    if claim.status != "short":
        raise WrongState.of("代偿申请", status=claim.get_status_display(), action="备付", allowed=["待补足"])


def require_instruct(user: User, claim: Claim, account: ReserveAccount) -> None:
    """Only the owner of an account orders money out of it."""
    require(user, "claim.instruct")
    CLAIM_LIFECYCLE.target("instruct", claim.status)
    if account.programme_id != claim.programme_id:
        raise NotFound
    if account.funder_id != user.organisation_id:
        raise NotAllowed(f"这是{account.funder.name}的准备金账户，划款通知书由该单位签发。")


def require_pay_claim(user: User, claim: Claim) -> None:
    require(user, "claim.pay")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("pay", claim.status)


def require_confirm_payment(user: User, claim: Claim) -> None:
    require(user, "claim.confirm_payment")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("confirm_payment", claim.status)
    require_other_person(claim.payment_entered_by, user, "代偿划款", at=claim.payment_entered_at)


def require_unpay_claim(user: User, claim: Claim) -> None:
    """The officer takes the entered payment back; the reviewer may refuse it the same way."""
    if not may(user, "claim.confirm_payment"):
        require(user, "claim.pay")
    require_own_bank(user, claim.loan)
    CLAIM_LIFECYCLE.target("unpay", claim.status)


def _drafted(user: User, claim: Claim, stage: ClaimStage) -> ClaimWord:
    drafts = (word for word in claim.words_of_round if word.stage == stage and word.signed_at is None)
    word = next((word for word in drafts if word.verdict != Verdict.RETURN), None)
    if word is None:
        raise NoWord(stage.label)
    require_other_person(word.drafted_by, user, "代偿意见", at=word.drafted_at)
    return word


# Recoveries and write-offs


def require_enter_recovery(user: User, loan: Loan) -> None:
    require(user, "recovery.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("recover", loan.status)


def require_confirm_recovery(user: User, recovery: Recovery) -> None:
    require(user, "recovery.confirm")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("confirm", recovery.status)
    require_other_person(recovery.entered_by, user, "追偿回款", at=recovery.entered_at)


def require_discard_recovery(user: User, recovery: Recovery) -> None:
    """The officer takes an entry back; the reviewer may refuse it the same way."""
    if not may(user, "recovery.confirm"):
        require(user, "recovery.enter")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("discard", recovery.status)


def require_revoke_recovery(user: User, recovery: Recovery) -> None:
    """Only what is not in the accounts, of a loan that is not settled by it."""
    require(user, "recovery.confirm")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("revoke", recovery.status)
    if recovery.entry_id is not None:
        raise RecoveryPosted
    LOAN_LIFECYCLE.target("recover", recovery.loan.status)


def require_remit_recovery(user: User, recovery: Recovery) -> None:
    require(user, "recovery.enter")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("remit", recovery.status)


def require_confirm_remittance(user: User, recovery: Recovery) -> None:
    require(user, "recovery.confirm")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("confirm_remittance", recovery.status)
    require_other_person(recovery.remit_entered_by, user, "追偿划回", at=recovery.remit_entered_at)


def require_unremit_recovery(user: User, recovery: Recovery) -> None:
    if not may(user, "recovery.confirm"):
        require(user, "recovery.enter")
    require_own_bank(user, recovery.loan)
    RECOVERY_LIFECYCLE.target("unremit", recovery.status)


def require_report_recovery(user: User, loan: Loan) -> None:
    """Progress is reported on what was compensated and is not over."""
    require(user, "recovery.report")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("recover", loan.status)
    if loan.status == LoanStatus.WRITTEN_OFF:
        raise WrongState.of("贷款", status=loan.get_status_display(), action="报告追偿进展", allowed=[LoanStatus.COMPENSATED.label])


def require_propose_write_off(user: User, loan: Loan) -> None:
    require(user, "write_off.propose")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("write_off", loan.status)
