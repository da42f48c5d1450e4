"""The bank's side of a claim: drafted, filed by another person, taken back (domain §3.9)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from common.errors import InvalidInput
from common.lifecycle import require_version
from common.money import ZERO, format_yuan, require_amount
from common.texts import checked_text
from parties.enums import OrganisationKind as Kind
from parties.models import Attachment, User
from parties.services.attachments import store_attachment
from reserve.enums import DeadlineKind
from reserve.rule_definitions import CLAIM_PAPERS
from reserve.services.guards import lock_programme

from ...claim_enums import CLAIM_LIFECYCLE, ClaimStatus
from ...claim_errors import AskedTooMuch, ClaimWindowOver, NotClaimable, NothingToPay, PapersMissing
from ...claim_permissions import require_draft_claim, require_edit_claim, require_file_claim, require_withdraw_claim
from ...enums import MovementKind
from ...models import Claim, Loan
from ...models.claims import LONGEST_ACCOUNT
from ...rules.claims import Triggered
from ...selectors.claims import claimable, missing_papers, payout_of
from ..common import lock, require_reason
from ..cover import Cause, move_principal
from .common import end, kinds, lock_claim, record, start_clock, tell


@transaction.atomic
def draft_claim(*, loan: Loan, cause: str, dunning: str, amount: Decimal | None = None, by: User, on: date, now: datetime) -> Claim:
    """Begin a claim for a loan that may be claimed on `on`; `amount` is what the rules allow unless less is asked for.

    Locks the Loan and the Programme (for the number); writes Claim, audit.

    Raises:
        NotAllowed, NotYourBank, WrongState, ClaimPending, NotClaimable, ClaimWindowOver, AskedTooMuch, InvalidInput.
    """
    loan = lock(loan)
    require_draft_claim(by, loan)
    found = _require_claimable(loan, on)
    programme = lock_programme(loan.programme_id)
    last = programme.claims.aggregate(last=Max("number"))["last"] or 0
    claim = Claim(programme=programme, loan=loan, number=last + 1, drafted_by=by, drafted_at=now)
    claim.trigger, claim.triggered_on = found
    _write(claim, cause, dunning, amount)
    claim.save()
    loan.claim = claim
    loan.save(update_fields=["claim"])
    record(claim, "claim.draft", f"起草代偿申请：{_said(claim)}", by=by, now=now)
    return claim


@transaction.atomic
def edit_claim(
    *, claim: Claim, cause: str, dunning: str, amount: Decimal | None = None, version: int | None = None, by: User, on: date, now: datetime
) -> Claim:
    """Change a draft, or a claim that was sent back; who edits it last has drafted it.

    Locks the Loan and the Claim; writes the Claim, audit.

    Raises:
        NotAllowed, NotYourBank, WrongState, Conflict, AskedTooMuch, InvalidInput.
    """
    claim = lock_claim(claim)
    require_edit_claim(by, claim)
    require_version(claim.version, version)
    before = {"申请金额": format_yuan(claim.asked), "逾期原因": claim.cause, "催收情况": claim.dunning}
    _write(claim, cause, dunning, amount)
    after = {"申请金额": format_yuan(claim.asked), "逾期原因": claim.cause, "催收情况": claim.dunning}
    claim.drafted_by, claim.drafted_at = by, now
    claim.version += 1
    claim.save()
    changes = {label: (before[label], after[label]) for label in before if before[label] != after[label]}
    record(claim, "claim.draft", f"修改代偿申请：{_said(claim)}", by=by, now=now, changes=changes)
    return claim


@transaction.atomic
def add_claim_paper(*, claim: Claim, kind: str, file: "UploadedFile[Any]", by: User, on: date, now: datetime) -> Attachment:
    """Attach a paper; `kind` is a key of the checklist (`CLAIM_PAPERS`). The bank's, while the claim is its to edit.

    Locks the Loan and the Claim; writes the file, Attachment, audit.

    Raises:
        NotAllowed, NotYourBank, WrongState, BadAttachment, InvalidInput (unknown kind).
    """
    claim = lock_claim(claim)
    require_edit_claim(by, claim)
    if kind not in CLAIM_PAPERS:
        raise InvalidInput("请选择材料种类。", fields={"kind": ["请选择材料种类。"]})
    return store_attachment(subject=claim, kind=CLAIM_PAPERS[kind], file=file, by=by, on=on, now=now, programme=claim.programme.code)


@transaction.atomic
def file_claim(*, claim: Claim, version: int | None = None, by: User, on: date, now: datetime) -> Claim:
    """Another person of the bank files the claim with all its papers; the centre's clock starts.

    After a return it is the next round: earlier words stay and count no longer. The window is asked of the first filing alone.
    Locks the Loan and the Claim; writes the Claim, its Deadline, audit, notices.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, Conflict, NotClaimable, ClaimWindowOver, AskedTooMuch, PapersMissing.
    """
    claim = lock_claim(claim)
    require_file_claim(by, claim)
    require_version(claim.version, version)
    found = _require_claimable(claim.loan, on, window=not claim.round)
    if not claim.round:
        claim.trigger, claim.triggered_on = found
    _check_asked(claim)
    if missing := missing_papers(claim):
        raise PapersMissing(missing)
    claim.status = CLAIM_LIFECYCLE.target("file", claim.status)
    claim.round += 1
    claim.version += 1
    claim.filed_by, claim.filed_at, claim.filed_on = by, now, on
    claim.save()
    (centre,) = kinds(claim, Kind.PROVINCIAL_CENTRE)
    start_clock(claim, DeadlineKind.CLAIM_PRECHECK, centre, on, claim.loan.credit_line.rules.claim_precheck_workdays)
    record(claim, "claim.file", f"报送代偿申请（第 {claim.round} 次）：{_said(claim)}", by=by, now=now)
    tell(claim, [centre], "filed", "待核验代偿材料", _said(claim), now)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, reason: str, by: User, on: date, now: datetime) -> Claim:
    """The bank takes its claim back, as long as no payment is entered; money set aside for it goes where it came from.

    Locks the Loan and the Claim; writes the Claim, its clocks, audit, notices and, where money was set aside, last the Loan's
    movement with the linked ledger entry: the loan occupies again what it owes for.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason); InsufficientBalance: the money is in use elsewhere.
    """
    claim = lock_claim(claim)
    require_withdraw_claim(by, claim)
    funded = claim.is_funded
    claim.end_reason, claim.ended_on = require_reason(reason), on
    known = claim.status not in (ClaimStatus.DRAFT, ClaimStatus.RETURNED) or claim.round
    claim.status = CLAIM_LIFECYCLE.target("withdraw", claim.status)
    claim.version += 1
    end(claim, on)
    record(claim, "claim.withdraw", f"撤回代偿申请：{_said(claim)}", by=by, now=now, reason=claim.end_reason)
    if known:
        parties = kinds(claim, Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.TOWN)
        tell(claim, parties, "withdrawn", "代偿申请已撤回", claim.end_reason, now)
    if funded:
        loan = claim.loan
        loan.claimed_on = None
        cause = Cause(MovementKind.CLAIM_UNDONE, claim.pk, on, f"撤回代偿：{claim.end_reason}"[:200], claim.approval)
        move_principal(loan, ZERO, cause, by=by, on=on, now=now)
        loan.version += 1
        loan.save(update_fields=["claimed_on", "outstanding", "earmarked", "earmarked_provincial", "version"])
    return claim


def _require_claimable(loan: Loan, on: date, *, window: bool = True) -> Triggered:
    found = claimable(loan, on)
    if found.triggered is None or found.last_day is None:
        raise NotClaimable(found.days, loan.credit_line.rules.claim_trigger_overdue_days)
    if window and not found.in_window(on):
        raise ClaimWindowOver(found.triggered.on, found.last_day, on)
    return found.triggered


def _write(claim: Claim, cause: str, dunning: str, amount: Decimal | None) -> None:
    claim.cause = checked_text("cause", "逾期原因", cause, LONGEST_ACCOUNT)
    claim.dunning = checked_text("dunning", "催收情况", dunning, LONGEST_ACCOUNT)
    claim.asked = payout_of(claim.loan).most if amount is None else require_amount(amount)
    _check_asked(claim)


def _check_asked(claim: Claim) -> None:
    most = payout_of(claim.loan).most
    if not most:
        raise NothingToPay
    if claim.asked > most:
        raise AskedTooMuch(claim.asked, most)


def _said(claim: Claim) -> str:
    loan = claim.loan
    return f"借据 {loan.note_no}，未还本金 {format_yuan(loan.outstanding)} 元，申请 {format_yuan(claim.asked)} 元"
