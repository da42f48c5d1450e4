"""The last word on a claim, and the money set aside for it: the loan's own earmark first, then free money (domain §3.9, §4)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from common.lifecycle import require_version
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
from ...rules.claims import Funding
from ...selectors.claims import claimable, funding_by_account, granted_share, lowest_agreed, payout_of
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

    Locks the Loan and the Claim; writes the Claim's version, ClaimWord, audit, notice.

    Raises:
        NotAllowed, WrongState, WordGiven, GrantedTooMuch, LessWithoutReason, InvalidInput.
    """
    claim = lock_claim(claim)
    require_propose_claim(by, claim)
    most = lowest_agreed(claim)
    word = draft_word(claim, ClaimStage.FINAL, verdict, amount, reason, opinion, most=most, what="两方同意的金额", by=by, now=now)
    claim.version += 1
    claim.save(update_fields=["version"])
    record(claim, "claim.propose", f"拟定{said(word)}", by=by, now=now, reason=word.opinion)
    tell(claim, [word.organisation], "proposed", "待审定代偿申请", said(word), now)
    return word


@transaction.atomic
def decide_claim(*, claim: Claim, version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """The centre's reviewer signs the last word as they read it (`version`).

    Granted, the money is set aside at once; where an account lacks it the claim is SHORT. Locks the Loan and the Claim; writes both,
    ClaimWord, Deadlines, audit, notices and, last, the ledger entry that takes the loan's own earmark and then free money into claims
    payable and releases what of the earmark is not needed.

    Raises:
        NotAllowed, SamePerson, NoWord, WrongState, Conflict, NotClaimable (paid meanwhile), GrantedTooMuch (repaid in part meanwhile).
    """
    claim = lock_claim(claim)
    word = require_decide_claim(by, claim)
    require_version(claim.version, version)
    sign_word(word, by, on, now)
    meet_clock(claim, DeadlineKind.CLAIM_DECISION, on)
    record(claim, "claim.decide", f"签署{said(word)}", by=by, now=now, reason=word.opinion)
    if word.verdict == Verdict.REFUSE:
        return refuse(claim, word, on, now)
    claim.granted, claim.decided_on = word.amount or ZERO, on
    require_grantable(claim, claim.granted, on)
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
    if lacking := lacking_for(claim, claim.granted or ZERO):
        raise lacking
    return _set_aside(claim, by=by, on=on, now=now)


def _fund_or_wait(claim: Claim, *, by: User, on: date, now: datetime) -> Claim:
    if (lacking := lacking_for(claim, claim.granted or ZERO)) is None:
        return _set_aside(claim, by=by, on=on, now=now)
    claim.status = CLAIM_LIFECYCLE.target("run_short", claim.status)
    claim.version += 1
    claim.save()
    record(claim, "claim.short", f"准备金不足，代偿待补足：{lacking}", by=by, now=now)
    tell(claim, [claim.bank, *kinds(claim, *FUNDERS, Kind.SCIENCE_BUREAU)], "short", "代偿待补足", str(lacking), now)
    return claim


def require_grantable(claim: Claim, amount: Decimal, on: date) -> None:
    """Whether an amount may still be granted. Raises: NotClaimable (paid meanwhile), GrantedTooMuch (repaid in part meanwhile)."""
    found = claimable(claim.loan, on)
    if found.triggered is None:
        raise NotClaimable(found.days, claim.loan.credit_line.rules.claim_trigger_overdue_days)
    most = payout_of(claim.loan).most
    if amount > most:
        raise GrantedTooMuch(amount, most, "按现有未还本金可代偿的")


def lacking_for(claim: Claim, amount: Decimal) -> StillShort | None:
    """The first account whose free money does not reach for what the loan's own earmark there leaves open of an amount."""
    for one, part in funding_by_account(claim, amount):
        if part.from_free > one.free:
            return StillShort(one.label, part.from_free, one.free)
    return None


def _set_aside(claim: Claim, *, by: User, on: date, now: datetime) -> Claim:
    loan = claim.loan
    parts = [(one.account, part) for one, part in funding_by_account(claim, claim.granted or ZERO)]
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
