"""The last word on a claim, and the money set aside for it: the loan's own earmark first, then free money (domain §3.9, §4)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from common.money import ZERO, format_yuan
from parties.enums import OrganisationKind as Kind
from parties.models import User
from reserve.enums import DeadlineKind
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import ReserveAccount
from reserve.services import ledger
from reserve.services.ledger import TransferLine

from ...claim_enums import CLAIM_LIFECYCLE, ClaimStage, Verdict
from ...claim_errors import GrantedTooMuch, NotClaimable, StillShort
from ...claim_permissions import require_decide_claim, require_fund_claim, require_propose_claim
from ...enums import MovementKind
from ...models import Claim, ClaimWord
from ...rules.claims import Funding, fundings
from ...selectors.claims import claimable, granted_share, lowest_agreed, payout_of
from ...selectors.exposure import cover_accounts
from ..cover import Cause, write_movement
from .common import FUNDERS, REVIEWERS, kinds, lock_claim, meet_clock, record, start_clock, tell
from .reviewing import draft_word, refuse, said, sign_word


@transaction.atomic
def propose_claim(
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
    """The centre's officer drafts the last word; never more than an office agreed to.

    Locks the Loan and the Claim; writes ClaimWord, audit, notice.

    Raises:
        NotAllowed, WrongState, WordGiven, GrantedTooMuch, LessWithoutReason, InvalidInput.
    """
    claim = lock_claim(claim)
    require_propose_claim(by, claim)
    most = lowest_agreed(claim)
    word = draft_word(claim, ClaimStage.FINAL, verdict, amount, reason, opinion, most=most, what="两方同意的金额", by=by, now=now)
    record(claim, "claim.propose", f"拟定{said(word)}", by=by, now=now, reason=word.opinion)
    tell(claim, [word.organisation], "proposed", "待审定代偿申请", said(word), now)
    return word


@transaction.atomic
def decide_claim(*, claim: Claim, by: User, on: date, now: datetime) -> Claim:
    """The centre's reviewer signs the last word. Granted, the money is set aside at once; where an account lacks it the claim is SHORT.

    Locks the Loan and the Claim; writes both, ClaimWord, Deadlines, audit, notices and, last, the ledger entry that takes the
    loan's own earmark and then free money into claims payable and releases what of the earmark is not needed.

    Raises:
        NotAllowed, SamePerson, NoWord, WrongState, NotClaimable (paid meanwhile), GrantedTooMuch (repaid in part meanwhile).
    """
    claim = lock_claim(claim)
    word = require_decide_claim(by, claim)
    sign_word(word, by, on, now)
    meet_clock(claim, DeadlineKind.CLAIM_DECISION, on)
    record(claim, "claim.decide", f"签署{said(word)}", by=by, now=now, reason=word.opinion)
    if word.verdict == Verdict.REFUSE:
        return refuse(claim, word, on, now)
    found = claimable(claim.loan, on)
    if found.triggered is None:
        raise NotClaimable(found.days, claim.loan.credit_line.rules.claim_trigger_overdue_days)
    claim.granted, claim.decided_on = word.amount or ZERO, on
    most = payout_of(claim.loan).most
    if claim.granted > most:
        raise GrantedTooMuch(claim.granted, most, "按现有未还本金可代偿的")
    return _fund_or_wait(claim, by=by, on=on, now=now)


@transaction.atomic
def fund_claim(*, claim: Claim, by: User, on: date, now: datetime) -> Claim:
    """Set the money of a SHORT claim aside, now that the accounts have it.

    Locks and writes as `decide_claim`.

    Raises:
        NotAllowed, WrongState, StillShort, NotClaimable.
    """
    claim = lock_claim(claim)
    require_fund_claim(by, claim)
    if not claim.loan.is_running:
        raise NotClaimable(0, claim.loan.credit_line.rules.claim_trigger_overdue_days)
    if lacking := _lacking(claim):
        raise lacking
    return _set_aside(claim, by=by, on=on, now=now)


def _fund_or_wait(claim: Claim, *, by: User, on: date, now: datetime) -> Claim:
    if (lacking := _lacking(claim)) is None:
        return _set_aside(claim, by=by, on=on, now=now)
    claim.status = CLAIM_LIFECYCLE.target("run_short", claim.status)
    claim.version += 1
    claim.save()
    record(claim, "claim.short", f"准备金不足，代偿待补足：{lacking}", by=by, now=now)
    tell(claim, [claim.bank, *kinds(claim, *FUNDERS, Kind.SCIENCE_BUREAU)], "short", "代偿待补足", str(lacking), now)
    return claim


def _parts(claim: Claim) -> list[tuple[ReserveAccount, Funding, Decimal, str]]:
    """By account: where its part comes from, what of it is free now, its label."""
    province, town = cover_accounts(claim.programme_id)
    found = fundings(granted_share(claim), claim.loan.held)
    return [(one.account, part, one.free, one.label) for one, part in zip((province, town), found, strict=True)]


def _lacking(claim: Claim) -> StillShort | None:
    """The first account whose free money does not reach for what the loan's own earmark there leaves open."""
    for _, part, free, label in _parts(claim):
        if part.from_free > free:
            return StillShort(label, part.from_free, free)
    return None


def _set_aside(claim: Claim, *, by: User, on: date, now: datetime) -> Claim:
    loan = claim.loan
    parts = [(account, part) for account, part, _, _ in _parts(claim)]
    claim.status = CLAIM_LIFECYCLE.target("approve", claim.status)
    claim.funded_on = on
    claim.version += 1
    share = granted_share(claim)
    summary = (
        f"核准代偿 {format_yuan(share.total)} 元（省 {format_yuan(share.provincial)}，镇 {format_yuan(share.town)}），"
        f"其中占用划转 {format_yuan(sum((part.from_earmark for _, part in parts), ZERO))} 元"
    )
    start_clock(claim, DeadlineKind.CLAIM_PAYMENT, claim.bank, on, loan.credit_line.rules.claim_payment_workdays)
    record(claim, "claim.approve", summary, by=by, now=now)
    tell(claim, kinds(claim, *FUNDERS), "approved", "请签发划款通知书", summary, now)
    tell(claim, [claim.bank, *kinds(claim, *REVIEWERS)], "granted", "代偿已核准", summary, now)
    entry = ledger.post(
        programme=claim.programme,
        purpose=Purpose.CLAIM_APPROVAL,
        transfers=_transfers(parts),
        source=("claim", claim.pk),
        ledger_date=on,
        value_date=on,
        by=by,
        now=now,
        key=f"claim:{claim.pk}:approve",
        memo=f"{loan.enterprise_name} 借据 {loan.note_no} 代偿核准",
    )
    loan.claimed_on = on
    loan.earmarked = loan.earmarked_provincial = ZERO
    loan.version += 1
    cause = Cause(MovementKind.CLAIM, claim.pk, on, "")
    claim.approval = write_movement(loan, ZERO, cause, value_on=on, on=on, entry=entry)
    claim.save()
    loan.save(update_fields=["claimed_on", "earmarked", "earmarked_provincial", "version"])
    return claim


def _transfers(parts: list[tuple[ReserveAccount, Funding]]) -> list[TransferLine]:
    earmarked, free, payable = AccountKind.EARMARKED, AccountKind.FREE, AccountKind.CLAIMS_PAYABLE
    lines = [TransferLine(account, earmarked, free, part.released) for account, part in parts]
    lines += [TransferLine(account, earmarked, payable, part.from_earmark) for account, part in parts]
    lines += [TransferLine(account, free, payable, part.from_free) for account, part in parts]
    return [line for line in lines if line.amount]
