"""What may be claimed for a loan, what a claim comes to now, and what it still lacks (domain §3.9, §4)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from common.errors import NotFound
from common.money import ZERO
from parties.models import User
from parties.selectors import papers_of
from reserve.rule_definitions import CLAIM_PAPERS, CLAIM_WORDS

from ..enums import NON_PERFORMING
from ..models import Claim, ClaimWord, Loan, PaymentNotice
from ..rules.claims import Funding, Payout, Share, Step, Triggered, explain, fundings, last_day_to_file, payout, share_of, triggered
from ..rules.grades import FLOORS_SINCE, floors_on
from .exposure import CoverAccount, cover_accounts
from .grades import gradings_of
from .servicing import account_of


def unpaid_principal_since(loan: Loan, on: date) -> date | None:
    """The payable day of the oldest instalment whose principal was not wholly paid at the end of a day, where it is in arrears."""
    lines = account_of(loan).standing(on).lines
    return min((line.payable_on for line in lines if line.principal_left and line.payable_on < on), default=None)


def graded_since(loan: Loan, on: date) -> date | None:
    """From when the loan has been 次级 or worse without a break, by the bank's own grades or by the days overdue; None: it is not."""
    found = []
    for row in gradings_of(loan):
        if row.from_on > on:
            continue
        if row.grade not in NON_PERFORMING:
            break
        found.append(row.from_on)
    beyond = floors_on(on).get(NON_PERFORMING[0])
    if beyond is not None and loan.days_overdue(on) > beyond and loan.overdue_since is not None:
        found.append(max(FLOORS_SINCE, loan.overdue_since + timedelta(days=beyond + 1)))
    return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Claimable:
    """Whether the bank may file on a day. `days`: how long principal is overdue."""

    days: int
    triggered: Triggered | None
    last_day: date | None

    def in_window(self, on: date) -> bool:
        return self.last_day is not None and on <= self.last_day


def claimable(loan: Loan, on: date) -> Claimable:
    """By the rules of the loan's approval. A few queries."""
    rules = loan.credit_line.rules
    since = unpaid_principal_since(loan, on) if loan.is_running else None
    graded = graded_since(loan, on) if loan.is_running else None
    found = triggered(since, graded, rules.claim_trigger_overdue_days, on)
    last_day = last_day_to_file(found.on, rules.claim_window_months) if found else None
    return Claimable((on - since).days if since else 0, found, last_day)


def payout_of(loan: Loan, base: Decimal | None = None, limit: Decimal | None = None) -> Payout:
    """What the reserve bears of a loan's unpaid principal now (or of `base`), by the rules of its approval."""
    rules = loan.credit_line.rules
    amount = loan.outstanding if base is None else base
    return payout(amount, rules.loss_share_reserve, rules.claim_payout_cap, rules.match_ratio, limit)


def computation(claim: Claim) -> list[Step]:
    """A claim's figures line by line: as they stand now, and once it is paid as they stood then."""
    loan = claim.loan
    held = loan.credit_line.earmark_for(claim.approval.outstanding) if claim.approval else loan.held
    return explain(payout_of(loan, claim.base, claim.paid or claim.granted or claim.asked), held)


def granted_share(claim: Claim) -> Share:
    """What the last word allows, by account."""
    return share_of(claim.granted or ZERO, claim.loan.credit_line.rules.match_ratio)


def funding_by_account(claim: Claim, amount: Decimal) -> list[tuple[CoverAccount, Funding]]:
    """Where an amount would come from now: the province's account, then the town's. One query."""
    share = share_of(amount, claim.loan.credit_line.rules.match_ratio)
    return list(zip(cover_accounts(claim.programme_id), fundings(share, claim.loan.held), strict=True))


def is_ordered(claim: Claim) -> bool:
    """Whether every account that bears a part of what was granted has its order to pay. One query unless `notices` are prefetched."""
    return len(claim.notices.all()) == orders_needed(claim)


def orders_needed(claim: Claim) -> int:
    """How many accounts bear a part of what was granted."""
    share = granted_share(claim)
    return len([part for part in (share.provincial, share.town) if part])


def required_papers(claim: Claim) -> list[str]:
    """What the programme's checklist asks for, by label."""
    return [CLAIM_PAPERS[key] for key in claim.loan.credit_line.rules.claim_papers]


def missing_papers(claim: Claim) -> list[str]:
    """What the programme's checklist asks for and nobody has attached, by label. One query."""
    there = set(papers_of(claim).values_list("kind", flat=True))
    return [label for label in required_papers(claim) if label not in there]


def lowest_agreed(claim: Claim) -> Decimal:
    """The least an office has agreed to in this round; what was asked where none has spoken."""
    words = claim.words.filter(round=claim.round, verdict="agree", amount__isnull=False, signed_at__isnull=False)
    return min([claim.asked, *(word.amount or ZERO for word in words)])


def visible_claim(user: User, pk: int) -> Claim:
    """The claim this person may see, with what its page shows. Three queries. Raises: NotFound."""
    found: Claim | None = with_words(Claim.objects.visible_to(user)).select_related(*SHOWN).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


SHOWN = (
    *("programme", "loan__bank", "loan__enterprise", "loan__credit_line__recommendation__batch", "approval__entry", "movement__entry"),
    *("drafted_by", "filed_by", "payment_entered_by", "payment_confirmed_by"),
)


def with_words(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims with every word of every round and the orders to pay."""
    words = ClaimWord.objects.select_related("organisation", "drafted_by", "signed_by")
    notices = PaymentNotice.objects.select_related("account__funder", "issued_by")
    return claims.prefetch_related(Prefetch("words", words), Prefetch("notices", notices))


def claim_word(loan: Loan) -> str:
    """What the programme calls it on paper and screen: 代偿 or 风险补偿 (domain §4)."""
    return CLAIM_WORDS[loan.credit_line.rules.claim_word]


def worded(loan: Loan, text: str) -> str:
    """A sentence of ours about one loan's claim in the programme's word."""
    return text.replace(CLAIM_WORDS["compensation"], claim_word(loan))
