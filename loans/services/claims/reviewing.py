"""The words on a claim before the last: completeness by the centre, then the review of each office (domain §3.9)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from common.errors import InvalidInput
from common.lifecycle import require_version
from common.money import format_yuan, require_amount
from common.texts import checked_text
from parties.enums import OrganisationKind as Kind
from parties.models import User
from reserve.calendar import workday_table
from reserve.enums import DeadlineKind
from reserve.services.deadlines import cancel_deadline

from ...claim_enums import CLAIM_LIFECYCLE, REVIEWS, ClaimStage, ClaimStatus, RefusalReason, Verdict
from ...claim_errors import GrantedTooMuch, LessWithoutReason, WordGiven
from ...claim_permissions import require_check_claim, require_return_claim, require_review_claim, require_sign_claim
from ...models import Claim, ClaimWord
from .common import REVIEWERS, end, kinds, lock_claim, meet_clock, record, start_clock, tell


@transaction.atomic
def check_claim(*, claim: Claim, opinion: str = "", version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """The centre's officer finds the papers complete: the offices review, and the clock of the decision runs (on).

    While a claim was with the bank for more papers that clock stood still: the working days since are added to it.
    Locks the Loan and the Claim; writes the Claim, ClaimWord, Deadlines, audit, notices.

    Raises:
        NotAllowed, WrongState, Conflict.
    """
    claim = lock_claim(claim)
    require_check_claim(by, claim)
    require_version(claim.version, version)
    claim.status = CLAIM_LIFECYCLE.target("check", claim.status)
    if claim.checked_on is None:
        claim.checked_on = on
    elif claim.returned_on is not None:
        claim.paused_workdays += workday_table().workdays_between_provisional(claim.returned_on, on)[0]
    claim.returned_on = None
    claim.version += 1
    claim.save()
    sign_word(_word(claim, ClaimStage.PRECHECK, Verdict.AGREE, opinion, by=by, now=now), by, on, now)
    meet_clock(claim, DeadlineKind.CLAIM_PRECHECK, on)
    (centre,) = kinds(claim, Kind.PROVINCIAL_CENTRE)
    days = claim.loan.credit_line.rules.claim_decision_workdays + claim.paused_workdays
    start_clock(claim, DeadlineKind.CLAIM_DECISION, centre, claim.checked_on, days)
    record(claim, "claim.check", "代偿材料核验通过，转两方会审", by=by, now=now, reason=opinion)
    tell(claim, kinds(claim, *REVIEWERS), "checked", "请会审代偿申请", f"申请 {format_yuan(claim.asked)} 元", now)
    return claim


@transaction.atomic
def return_claim(*, claim: Claim, opinion: str, version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """Send the claim back to the bank for more papers, with what is missing; the clock of the decision stands still.

    Locks the Loan and the Claim; writes the Claim, ClaimWord, Deadlines, audit, notices.

    Raises:
        NotAllowed, NotYourTurn, WordGiven, WrongState, Conflict, InvalidInput (no opinion).
    """
    claim = lock_claim(claim)
    require_return_claim(by, claim)
    require_version(claim.version, version)
    stage = ClaimStage.PRECHECK if claim.status == ClaimStatus.FILED else REVIEWS.get(by.kind, ClaimStage.FINAL)
    if claim.status == ClaimStatus.REVIEWED:
        stage = ClaimStage.FINAL
    sign_word(_word(claim, stage, Verdict.RETURN, opinion, by=by, now=now), by, on, now)
    if claim.status == ClaimStatus.FILED:
        meet_clock(claim, DeadlineKind.CLAIM_PRECHECK, on)
    cancel_deadline(kind=DeadlineKind.CLAIM_DECISION, subject=claim, on=on)
    claim.status = CLAIM_LIFECYCLE.target("return", claim.status)
    claim.returned_on = claim.returned_on or on
    claim.version += 1
    claim.save()
    record(claim, "claim.return", f"{by.organisation}退回代偿申请补正", by=by, now=now, reason=opinion)
    tell(claim, [claim.bank], "returned", "代偿申请被退回补正", opinion, now)
    return claim


@transaction.atomic
def review_claim(
    *,
    claim: Claim,
    verdict: str,
    amount: Decimal | None = None,
    reason: str = "",
    opinion: str = "",
    by: User,
    on: date,
    now: datetime,
) -> ClaimWord:
    """An office's officer drafts its word: agree (with an amount, all that is asked unless given), or refuse with a coded reason.

    Drafting again replaces the draft. Locks the Loan and the Claim; writes the Claim's version, ClaimWord, audit, notice to its office.

    Raises:
        NotAllowed, NotYourTurn, WordGiven, WrongState, GrantedTooMuch, LessWithoutReason, InvalidInput.
    """
    claim = lock_claim(claim)
    stage = require_review_claim(by, claim)
    word = draft_word(claim, stage, verdict, amount, reason, opinion, most=claim.asked, what="申请金额", by=by, now=now)
    claim.version += 1
    claim.save(update_fields=["version"])
    record(claim, "claim.review", f"起草{said(word)}", by=by, now=now, reason=word.opinion)
    tell(claim, [word.organisation], f"{stage}:drafted", "待签署代偿会审意见", said(word), now)
    return word


@transaction.atomic
def sign_claim(*, claim: Claim, version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """The office's reviewer signs what was drafted, as they read it (`version`).

    Both agreed: the centre decides; one refused: the claim is refused. Locks the Loan and the Claim; writes both, ClaimWord,
    Deadlines, audit, notices.

    Raises:
        NotAllowed, SamePerson, NotYourTurn, WordGiven, NoWord, WrongState, Conflict.
    """
    claim = lock_claim(claim)
    word = require_sign_claim(by, claim)
    require_version(claim.version, version)
    sign_word(word, by, on, now)
    if word.verdict == Verdict.REFUSE:
        record(claim, "claim.sign", f"签署{said(word)}", by=by, now=now, reason=word.opinion)
        return refuse(claim, word, on, now)
    agreed = claim.words.filter(round=claim.round, stage__in=REVIEWS.values(), signed_at__isnull=False).count()
    claim.status = CLAIM_LIFECYCLE.target("complete" if agreed == len(REVIEWS) else "review", claim.status)
    claim.version += 1
    claim.save()
    record(claim, "claim.sign", f"签署{said(word)}", by=by, now=now, reason=word.opinion)
    if claim.status == ClaimStatus.REVIEWED:
        tell(claim, kinds(claim, Kind.PROVINCIAL_CENTRE), "reviewed", "请审定代偿申请", said(word), now)
    else:
        tell(claim, kinds(claim, *REVIEWERS), f"{word.stage}:signed", "代偿会审已签一方", said(word), now)
    return claim


def refuse(claim: Claim, word: ClaimWord, on: date, now: datetime) -> Claim:
    """End a claim by a signed refusal. The caller holds its lock and has recorded the word."""
    claim.status = CLAIM_LIFECYCLE.target("refuse", claim.status)
    claim.end_reason = f"{word.get_reason_display()}：{word.opinion}"[:200]
    claim.ended_on = on
    claim.version += 1
    end(claim, on)
    tell(claim, [claim.bank, *kinds(claim, Kind.PROVINCIAL_CENTRE, *REVIEWERS)], "refused", "不予代偿", claim.end_reason, now)
    return claim


def draft_word(
    claim: Claim,
    stage: ClaimStage,
    verdict: str,
    amount: Decimal | None,
    reason: str,
    opinion: str,
    *,
    most: Decimal,
    what: str,
    by: User,
    now: datetime,
) -> ClaimWord:
    """Write an unsigned word on an amount: `most` is the highest it may name, `what` it is called. The caller holds the lock.

    Raises:
        WordGiven, GrantedTooMuch, LessWithoutReason, InvalidInput.
    """
    if verdict not in (Verdict.AGREE, Verdict.REFUSE):
        raise InvalidInput("请选择同意或不予代偿。", fields={"verdict": ["请选择同意或不予代偿。"]})
    if verdict == Verdict.REFUSE:
        if reason not in RefusalReason.values:
            raise InvalidInput("请选择不予代偿的原因。", fields={"reason": ["请选择不予代偿的原因。"]})
        return _word(claim, stage, verdict, opinion, reason=reason, by=by, now=now)
    granted = min(most, claim.asked) if amount is None else require_amount(amount)
    if granted > most:
        raise GrantedTooMuch(granted, most, what)
    if granted < claim.asked and not opinion.strip():
        raise LessWithoutReason(granted, claim.asked)
    return _word(claim, stage, verdict, opinion, amount=granted, by=by, now=now)


def _word(
    claim: Claim,
    stage: ClaimStage,
    verdict: str,
    opinion: str,
    *,
    amount: Decimal | None = None,
    reason: str = "",
    by: User,
    now: datetime,
) -> ClaimWord:
    """The one word of a stage in this round, written or written again while unsigned."""
    if by.organisation is None:
        raise ValueError("the permission table lets organisations alone speak")
    text = checked_text("opinion", "意见", opinion, 200, required=verdict != Verdict.AGREE)
    word = claim.words.filter(round=claim.round, stage=stage).first() or ClaimWord(claim=claim, round=claim.round, stage=stage)
    if word.signed_at is not None:
        raise WordGiven(stage.label)
    word.organisation, word.drafted_by, word.drafted_at = by.organisation, by, now
    word.verdict, word.amount, word.reason, word.opinion = verdict, amount, reason, text
    word.save()
    return word


def sign_word(word: ClaimWord, by: User, on: date, now: datetime) -> None:
    word.signed_by, word.signed_at, word.signed_on = by, now, on
    word.save(update_fields=["signed_by", "signed_at", "signed_on"])


def said(word: ClaimWord) -> str:
    """市科技局意见：同意代偿 1,500,000.00 元."""
    if word.amount is not None:
        return f"{word.get_stage_display()}：同意代偿 {format_yuan(word.amount)} 元"
    reason = f"（{word.get_reason_display()}）" if word.reason else ""
    return f"{word}{reason}"
