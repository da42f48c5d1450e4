"""What the sheet of opinions on a claim says (domain §8): 代偿审批表."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.selectors import printed_identifier
from loans.claim_enums import ClaimStage, ClaimStatus, Verdict
from loans.models import Claim, ClaimWord, PaymentNotice
from loans.selectors.claims import claim_word
from parties.enums import OrganisationKind as Kind
from parties.models import Organisation
from parties.signers import Signers

from .claim_papers import Fact, day_of, in_rows, is_filed, mark_of, principal_on, worded


@dataclass(frozen=True, slots=True)
class Box:
    """One party's place on the sheet: what it said in the last round, by whom; empty while it has said nothing.

    `one_person`: no reviewer signs there.
    """

    label: str
    organisation: Organisation
    said: str = ""
    amount: Decimal | None = None
    opinion: str = ""
    officer: str = ""
    reviewer: str = ""
    day: date | None = None
    one_person: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """An account's order to pay, and what was paid on it once the payment is confirmed."""

    notice: PaymentNotice
    paid: Decimal | None


@dataclass(frozen=True, slots=True)
class Approval:
    """代偿审批表: the boxes in the order of the paper, the returns of earlier rounds by whom, the record of payment with its
    officer and its reviewer ("" while it is not confirmed)."""

    claim: Claim
    word: str
    status: str
    facts: Sequence[Fact]
    boxes: Sequence[Box]
    returns: Sequence[tuple[ClaimWord, str]]
    payments: Sequence[Payment]
    payers: tuple[str, str]

    @property
    def mark(self) -> str:
        return mark_of(self.claim)

    @property
    def paid(self) -> bool:
        return self.claim.status == ClaimStatus.PAID

    @property
    def pairs(self) -> list[Sequence[Fact]]:
        return in_rows(self.facts, 2)


def approval(claim: Claim, on: date) -> Approval:
    """Every stage can be printed: who has not spoken has an empty box. A handful of queries."""
    word, loan, signers = claim_word(claim.loan), claim.loan, Signers(claim)
    words = claim.words.filter(signed_at__isnull=False).select_related("organisation", "drafted_by", "signed_by")
    said = {one.stage: one for one in words if one.round == claim.round}
    return Approval(
        claim=claim,
        word=word,
        status=worded(claim.get_status_display(), word),
        facts=[
            ("企业名称", loan.enterprise_name),
            ("企业代码", printed_identifier(loan.enterprise)),
            ("借款合同号", loan.contract_no),
            ("借据号", loan.note_no),
            ("贷款金额（元）", loan.amount),
            ("未还本金（元）", principal_on(loan, day_of(claim, on))),
            (f"申请{word}金额（元）", claim.asked),
            ("核准金额（元）", claim.granted),
        ],
        boxes=_boxes(claim, said, word, signers),
        returns=[(one, signers(one, "drafted")) for one in words if one.verdict == Verdict.RETURN and one.round < claim.round],
        payments=[Payment(notice, _paid_on(claim, notice)) for notice in claim.notices.select_related("account__funder")],
        payers=(signers(claim, "payment_entered"), signers(claim, "payment_confirmed")) if claim.status == ClaimStatus.PAID else ("", ""),
    )


def _boxes(claim: Claim, said: dict[str, ClaimWord], word: str, signers: Signers) -> list[Box]:
    organisations = {one.kind: one for one in claim.programme.organisations(Kind.SCIENCE_BUREAU, Kind.TOWN, Kind.PROVINCIAL_CENTRE)}
    centre = organisations[Kind.PROVINCIAL_CENTRE]
    bank = Box(
        "申报银行",
        claim.bank,
        f"申请{word}",
        claim.asked,
        f"逾期原因：{claim.cause}\n催收情况：{claim.dunning}",
        signers(claim, "drafted"),
        signers(claim, "filed") if is_filed(claim) else "",
        claim.filed_on if is_filed(claim) else None,
    )
    return [
        bank,
        _box(ClaimStage.PRECHECK.label, centre, said.get(ClaimStage.PRECHECK), word, signers, one_person=True),
        _box(ClaimStage.SCIENCE.label, organisations[Kind.SCIENCE_BUREAU], said.get(ClaimStage.SCIENCE), word, signers),
        _box(ClaimStage.TOWN.label, organisations[Kind.TOWN], said.get(ClaimStage.TOWN), word, signers),
        _box("省中心意见", centre, said.get(ClaimStage.FINAL), word, signers),
    ]


def _box(label: str, organisation: Organisation, one: ClaimWord | None, word: str, signers: Signers, *, one_person: bool = False) -> Box:
    if one is None or one.signed_by is None:
        return Box(label, organisation, one_person=one_person)
    reason = f"（{worded(one.get_reason_display(), word)}）" if one.reason else ""
    return Box(
        label,
        organisation,
        worded(one.get_verdict_display(), word) + reason,
        one.amount,
        one.opinion,
        signers(one, "drafted"),
        "" if one.signed_by_id == one.drafted_by_id else signers(one, "signed"),
        one.signed_on,
        one_person,
    )


def _paid_on(claim: Claim, notice: PaymentNotice) -> Decimal | None:
    if claim.status != ClaimStatus.PAID:
        return None
    return claim.paid_provincial if notice.account.funder.kind == Kind.PROVINCIAL_CENTRE else claim.paid_town
