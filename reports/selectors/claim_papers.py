"""What the papers of a claim say (domain §8): the application, the sheet of opinions, each order to pay."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.display import rate
from common.money import ZERO, in_words
from enterprises.selectors import printed_identifier
from loans.claim_enums import ClaimStage, ClaimStatus, Verdict
from loans.enums import MovementKind
from loans.models import Claim, ClaimWord, Loan, PaymentNotice
from loans.rules.claims import Step, explain
from loans.selectors.claims import claim_word, payout_of, unpaid_principal_since
from loans.selectors.grades import grade_state
from parties.enums import OrganisationKind as Kind
from parties.models import Organisation
from parties.selectors import papers_of

from ..errors import NotYetPrintable

COMPENSATION = "代偿"
"""As our own labels call it; a paper says the programme's word instead. What people wrote is never touched."""

Fact = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Application:
    """代偿申请表（函） as of the day it was filed; while the bank may still edit it, as of `day`."""

    claim: Claim
    word: str
    day: date
    addressee: Organisation
    facts: Sequence[Fact]
    steps: Sequence[Step]
    annexes: Sequence[tuple[str, int]]

    @property
    def filed(self) -> bool:
        return is_filed(self.claim)

    @property
    def mark(self) -> str:
        return _mark(self.claim)

    @property
    def words(self) -> str:
        return in_words(self.claim.asked)

    @property
    def pairs(self) -> list[Sequence[Fact]]:
        """The facts two by two, as a form has them."""
        return in_rows(self.facts, 2)


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
    """代偿审批表: the boxes in the order of the paper, the returns of earlier rounds, the record of payment."""

    claim: Claim
    word: str
    status: str
    facts: Sequence[Fact]
    boxes: Sequence[Box]
    returns: Sequence[ClaimWord]
    payments: Sequence[Payment]

    @property
    def mark(self) -> str:
        return _mark(self.claim)

    @property
    def paid(self) -> bool:
        return self.claim.status == ClaimStatus.PAID

    @property
    def pairs(self) -> list[Sequence[Fact]]:
        return in_rows(self.facts, 2)


@dataclass(frozen=True, slots=True)
class Order:
    """划款通知书."""

    notice: PaymentNotice
    word: str
    pay_workdays: int

    @property
    def words(self) -> str:
        return in_words(self.notice.amount)

    @property
    def mark(self) -> str:
        """Nobody may pay on the order of a claim that was taken back."""
        return "申请已撤回，本通知书作废" if self.notice.claim.status == ClaimStatus.WITHDRAWN else ""


def application(claim: Claim, on: date) -> Application:
    """What the bank filed, or would file on `on`. A handful of queries.

    Raises:
        NotYetPrintable: taken back before it was ever filed.
    """
    if claim.filed_on is None and claim.status != ClaimStatus.DRAFT:
        raise NotYetPrintable(f"{claim}从未报送就已撤回，没有可打印的申请。")
    loan, day = claim.loan, _day_of(claim, on)
    principal = _principal_on(loan, day)
    steps = explain(payout_of(loan, principal, claim.asked), loan.credit_line.earmark_for(principal))
    word = claim_word(loan)
    return Application(
        claim=claim,
        word=word,
        day=day,
        addressee=claim.programme.organisation(Kind.PROVINCIAL_CENTRE),
        facts=_facts_of_application(claim, day, principal),
        steps=[Step(worded(step.label, word), worded(step.rule, word), step.amount) for step in steps],
        annexes=[(worded(kind, word), count) for kind, count in Counter(paper.kind for paper in papers_of(claim)).items()],
    )


def approval(claim: Claim, on: date) -> Approval:
    """Every stage can be printed: who has not spoken has an empty box. A handful of queries."""
    word, loan = claim_word(claim.loan), claim.loan
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
            ("未还本金（元）", _principal_on(loan, _day_of(claim, on))),
            (f"申请{word}金额（元）", claim.asked),
            ("核准金额（元）", claim.granted),
        ],
        boxes=_boxes(claim, said, word),
        returns=[one for one in words if one.verdict == Verdict.RETURN and one.round < claim.round],
        payments=[Payment(notice, _paid_on(claim, notice)) for notice in claim.notices.select_related("account__funder")],
    )


def order(notice: PaymentNotice) -> Order:
    """The order of an account's owner to the bank."""
    loan = notice.claim.loan
    return Order(notice, claim_word(loan), loan.credit_line.rules.claim_payment_workdays)


def worded(text: str, word: str) -> str:
    """A label of ours in the programme's word."""
    return text.replace(COMPENSATION, word)


def is_filed(claim: Claim) -> bool:
    """It lies with the parties, and the bank cannot edit it."""
    return claim.status not in (ClaimStatus.DRAFT, ClaimStatus.RETURNED)


def _mark(claim: Claim) -> str:
    """What stands above a paper that no longer, or not yet, is what the parties decide on."""
    if claim.status == ClaimStatus.WITHDRAWN:
        return "本申请已撤回"
    if is_filed(claim):
        return ""
    return f"{'退回补正中，尚未重新报送' if claim.round else '尚未报送'}，内容以报送时为准"


def _day_of(claim: Claim, on: date) -> date:
    return claim.filed_on if is_filed(claim) and claim.filed_on else on


def _principal_on(loan: Loan, day: date) -> Decimal:
    """What was owed by the facts posted until a day, before any compensation."""
    posted = loan.movements.filter(posted_on__lte=day).exclude(kind=MovementKind.COMPENSATION)
    found: Decimal | None = posted.order_by("-id").values_list("outstanding", flat=True).first()
    return ZERO if found is None else found


def _facts_of_application(claim: Claim, day: date, principal: Decimal) -> list[Fact]:
    loan = claim.loan
    unpaid_since = unpaid_principal_since(loan, day)
    return [
        ("企业名称", loan.enterprise_name),
        ("企业代码", printed_identifier(loan.enterprise)),
        ("借款合同号", loan.contract_no),
        ("借据号", loan.note_no),
        ("贷款金额（元）", loan.amount),
        ("未还本金（元）", principal),
        ("发放日期", loan.disbursed_on),
        ("到期日期", loan.due_on),
        ("年利率", rate(loan.annual_rate)),
        ("担保方式", loan.get_guarantee_display()),
        ("用途", loan.purpose),
        ("还本付息方式", loan.get_repayment_method_display()),
        ("本金逾期天数", (day - unpaid_since).days if unpaid_since else 0),
        ("五级分类", grade_state(loan, day).in_force.label),
        ("触发条件", claim.get_trigger_display()),
        ("触发日", claim.triggered_on),
    ]


def _boxes(claim: Claim, said: dict[str, ClaimWord], word: str) -> list[Box]:
    organisations = {one.kind: one for one in claim.programme.organisations(Kind.SCIENCE_BUREAU, Kind.TOWN, Kind.PROVINCIAL_CENTRE)}
    centre = organisations[Kind.PROVINCIAL_CENTRE]
    bank = Box(
        "申报银行",
        claim.bank,
        f"申请{word}",
        claim.asked,
        f"逾期原因：{claim.cause}\n催收情况：{claim.dunning}",
        claim.drafted_by.name,
        claim.filed_by.name if claim.filed_by and is_filed(claim) else "",
        claim.filed_on if is_filed(claim) else None,
    )
    return [
        bank,
        _box(ClaimStage.PRECHECK.label, centre, said.get(ClaimStage.PRECHECK), word, one_person=True),
        _box(ClaimStage.SCIENCE.label, organisations[Kind.SCIENCE_BUREAU], said.get(ClaimStage.SCIENCE), word),
        _box(ClaimStage.TOWN.label, organisations[Kind.TOWN], said.get(ClaimStage.TOWN), word),
        _box("省中心意见", centre, said.get(ClaimStage.FINAL), word),
    ]


def _box(label: str, organisation: Organisation, one: ClaimWord | None, word: str, *, one_person: bool = False) -> Box:
    if one is None or one.signed_by is None:
        return Box(label, organisation, one_person=one_person)
    reason = f"（{worded(one.get_reason_display(), word)}）" if one.reason else ""
    return Box(
        label,
        organisation,
        worded(one.get_verdict_display(), word) + reason,
        one.amount,
        one.opinion,
        one.drafted_by.name,
        "" if one.signed_by_id == one.drafted_by_id else one.signed_by.name,
        one.signed_on,
        one_person,
    )


def _paid_on(claim: Claim, notice: PaymentNotice) -> Decimal | None:
    if claim.status != ClaimStatus.PAID:
        return None
    return claim.paid_provincial if notice.account.funder.kind == Kind.PROVINCIAL_CENTRE else claim.paid_town


def in_rows(facts: Sequence[Fact], width: int) -> list[Sequence[Fact]]:
    """Facts side by side, so many to a row of a form."""
    return [facts[first : first + width] for first in range(0, len(facts), width)]
