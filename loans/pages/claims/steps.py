"""起草 → 报送 → 材料核验 → 会审 → 审定 → 划款通知 → 划款: where a claim is, and whose turn it is."""

from collections.abc import Mapping

from common.page import Step
from parties.enums import OrganisationKind as Kind

from ...claim_enums import DECIDED, ORDERS, REVIEWS, ClaimStage, ClaimStatus, Verdict
from ...models import Claim, ClaimWord
from ...selectors.claims import is_ordered, worded

OFFICES = {stage: kind for kind, stage in REVIEWS.items()} | {
    ClaimStage.PRECHECK: Kind.PROVINCIAL_CENTRE,
    ClaimStage.FINAL: Kind.PROVINCIAL_CENTRE,
}


def steps(claim: Claim) -> list[Step]:
    """What was done by whom, then what is next by whom. One query."""
    parties = claim.programme.organisations(Kind.PROVINCIAL_CENTRE, Kind.SCIENCE_BUREAU, Kind.TOWN)
    names = {one.kind: one.short_name for one in parties}
    path = [_filing(claim), *_words(claim, names), *_payment(claim, names)]
    done = [step for step in path if step.state == "done"]
    if claim.ended_on is not None:
        return _said(claim, [*done, Step(claim.get_status_display(), "stopped", when=claim.ended_on)])
    return _said(claim, [Step("起草", "done", claim.drafted_by.name, claim.drafted_at), *path])


def _said(claim: Claim, path: list[Step]) -> list[Step]:
    return [Step(worded(claim.loan, one.label), one.state, one.who, one.when) for one in path]


def _filing(claim: Claim) -> Step:
    if claim.status in (ClaimStatus.DRAFT, ClaimStatus.RETURNED):
        return Step("补正后报送" if claim.round else "报送", "current", f"{claim.bank.short_name}经办、复核")
    return Step("报送", "done" if claim.round else "todo", claim.filed_by.name if claim.filed_by else "", claim.filed_at)


def _words(claim: Claim, names: Mapping[str, str]) -> list[Step]:
    """The check, each review in the programme's order, the last word."""
    order = ORDERS.get(claim.loan.credit_line.rules.claim_review_order)
    words = {ClaimStage(word.stage): word for word in claim.words_of_round}
    reviews = order or tuple(REVIEWS.values())
    turns = {ClaimStatus.FILED: (ClaimStage.PRECHECK,), ClaimStatus.REVIEWING: reviews, ClaimStatus.REVIEWED: (ClaimStage.FINAL,)}
    waiting = [stage for stage in turns.get(ClaimStatus(claim.status), ()) if not _given(words.get(stage))]
    current = waiting[:1] if order else waiting
    return [_word(stage, words.get(stage), names, stage in current) for stage in (ClaimStage.PRECHECK, *reviews, ClaimStage.FINAL)]


def _given(word: ClaimWord | None) -> bool:
    return word is not None and word.signed_at is not None and word.verdict != Verdict.RETURN


def _word(stage: ClaimStage, word: ClaimWord | None, names: Mapping[str, str], current: bool) -> Step:
    if word is not None and _given(word):
        return Step(stage.label, "done", word.signed_by.name if word.signed_by else "", word.signed_at)
    turn = "复核签署" if word is not None else "经办"
    return Step(stage.label, "current", f"{names[OFFICES[stage]]}{turn}") if current else Step(stage.label)


def _payment(claim: Claim, names: Mapping[str, str]) -> list[Step]:
    """The orders of the owners, then the payment by two people of the bank; before them the money, where it was lacking."""
    bank, short = claim.bank.short_name, claim.status == ClaimStatus.SHORT
    found = [Step("待补足", "current", f"{names[Kind.PROVINCIAL_CENTRE]}复核备付")] if short else []
    if claim.status not in DECIDED or short:
        return [*found, Step("划款通知"), Step("划款")]
    ordered = is_ordered(claim)
    given = {notice.account.funder.kind for notice in claim.notices.all()}
    missing = [names[kind] for kind in (Kind.PROVINCIAL_CENTRE, Kind.TOWN) if kind not in given]
    last = max((notice.issued_at for notice in claim.notices.all()), default=None)
    found.append(Step("划款通知", "done", when=last) if ordered else Step("划款通知", "current", f"{'、'.join(missing)}复核签发"))
    if claim.payment_confirmed_by is not None:
        return [*found, Step("划款", "done", claim.payment_confirmed_by.name, claim.payment_confirmed_at)]
    turn = "复核" if claim.status == ClaimStatus.PAYING else "经办"
    return [*found, Step("划款", "current", f"{bank}{turn}") if ordered else Step("划款")]
