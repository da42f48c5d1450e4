"""What the application of a claim and the orders to pay it say (domain §8)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.display import rate
from common.money import ZERO, in_words
from enterprises.selectors import printed_identifier
from loans.claim_enums import ClaimStatus
from loans.enums import MovementKind
from loans.models import Claim, Loan, PaymentNotice
from loans.rules.claims import Step, explain
from loans.selectors.claims import claim_word, payout_of, unpaid_principal_since
from loans.selectors.grades import grade_state
from parties.enums import OrganisationKind as Kind
from parties.models import Organisation
from parties.selectors import papers_of
from parties.signers import Signers

from ..errors import NotYetPrintable

COMPENSATION = "代偿"
"""As our own labels call it; a paper says the programme's word instead. What people wrote is never touched."""

Fact = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Application:
    """代偿申请表（函） as of the day it was filed; while the bank may still edit it, as of `day`, and without a reviewer ("")."""

    claim: Claim
    word: str
    day: date
    addressee: Organisation
    facts: Sequence[Fact]
    steps: Sequence[Step]
    annexes: Sequence[tuple[str, int]]
    officer: str
    reviewer: str

    @property
    def filed(self) -> bool:
        return is_filed(self.claim)

    @property
    def mark(self) -> str:
        return mark_of(self.claim)

    @property
    def words(self) -> str:
        return in_words(self.claim.asked)

    @property
    def pairs(self) -> list[Sequence[Fact]]:
        """The facts two by two, as a form has them."""
        return in_rows(self.facts, 2)


@dataclass(frozen=True, slots=True)
class Order:
    """划款通知书."""

    notice: PaymentNotice
    word: str
    pay_workdays: int
    issuer: str

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
    loan, day = claim.loan, day_of(claim, on)
    principal = principal_on(loan, day)
    steps = explain(payout_of(loan, principal, claim.asked), loan.credit_line.earmark_for(principal))
    word, signers = claim_word(loan), Signers(claim)
    return Application(
        claim=claim,
        word=word,
        day=day,
        addressee=claim.programme.organisation(Kind.PROVINCIAL_CENTRE),
        facts=_facts_of_application(claim, day, principal),
        steps=[Step(worded(step.label, word), worded(step.rule, word), step.amount) for step in steps],
        annexes=[(worded(kind, word), count) for kind, count in Counter(paper.kind for paper in papers_of(claim)).items()],
        officer=signers(claim, "drafted"),
        reviewer=signers(claim, "filed") if is_filed(claim) else "",
    )


def order(notice: PaymentNotice) -> Order:
    """The order of an account's owner to the bank."""
    loan = notice.claim.loan
    issuer = Signers(notice.claim)(notice, "issued")
    return Order(notice, claim_word(loan), loan.credit_line.rules.claim_payment_workdays, issuer)


def worded(text: str, word: str) -> str:
    """A label of ours in the programme's word."""
    return text.replace(COMPENSATION, word)


def is_filed(claim: Claim) -> bool:
    """It lies with the parties, and the bank cannot edit it."""
    return claim.status not in (ClaimStatus.DRAFT, ClaimStatus.RETURNED)


def mark_of(claim: Claim) -> str:
    """What stands above a paper that no longer, or not yet, is what the parties decide on."""
    if claim.status == ClaimStatus.WITHDRAWN:
        return "本申请已撤回"
    if is_filed(claim):
        return ""
    return f"{'退回补正中，尚未重新报送' if claim.round else '尚未报送'}，内容以报送时为准"


def day_of(claim: Claim, on: date) -> date:
    """The day whose figures a paper states: that of the filing, `on` while there is none."""
    return claim.filed_on if is_filed(claim) and claim.filed_on else on


def principal_on(loan: Loan, day: date) -> Decimal:
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


def in_rows(facts: Sequence[Fact], width: int) -> list[Sequence[Fact]]:
    """Facts side by side, so many to a row of a form."""
    return [facts[first : first + width] for first in range(0, len(facts), width)]
