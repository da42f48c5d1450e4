"""Whether the business records say what the ledger says: for `manage.py verify_ledger`, which proves the ledger itself first.

The chain cannot know that a loan's amount was edited beside it, nor that it was rewritten from end to end with what it names;
the records that point to it can.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from common.money import ZERO, format_yuan
from loans.enums import DRAWN, RepaymentStatus
from loans.models import Loan, Repayment
from loans.rules.earmarks import Earmark
from parties.enums import OrganisationKind
from reserve.enums import ContributionStatus
from reserve.ledger_enums import AccountKind
from reserve.models import Contribution, Programme, Transfer
from reserve.services.verify import Anchor, Fault

from ..models import QuarterlySummary
from ..rules import digest


@dataclass(slots=True)
class Posted:
    """What one cause has moved, in yuan, by the funder whose account it was: into the bank, into the earmark."""

    banked: defaultdict[str, Decimal]
    earmarked: defaultdict[str, Decimal]

    def earmark(self) -> Earmark:
        provincial = self.earmarked[OrganisationKind.PROVINCIAL_CENTRE]
        everything = sum(self.earmarked.values(), ZERO)
        return Earmark(everything, provincial, everything - provincial)


def printed_heads(programme: Programme) -> tuple[Anchor, ...]:
    """The chain's heads the submitted summaries carry: with them a chain rewritten from end to end is found out."""
    rows = QuarterlySummary.objects.filter(programme=programme, ledger_sequence__gt=0)
    return tuple(Anchor(sequence, head) for sequence, head in rows.values_list("ledger_sequence", "ledger_head"))


def business_fault(programme: Programme) -> Fault | None:
    """The first record that contradicts the ledger or itself, or None. Call it with `verify_ledger` in `one_picture`."""
    posted = _posted(programme)
    return next((fault for check in (_contributions, _loans, _summaries) for fault in check(programme, posted)), None)


def _posted(programme: Programme) -> defaultdict[tuple[str, int], Posted]:
    """By cause: ("loan", 12). One statement."""
    found: defaultdict[tuple[str, int], Posted] = defaultdict(lambda: Posted(defaultdict(Decimal), defaultdict(Decimal)))
    names = ("entry__source_type", "entry__source_id", "debit__kind", "credit__kind", "debit__reserve_account__funder__kind")
    rows = Transfer.objects.filter(debit__programme=programme).order_by().values_list(*names).annotate(moved=Sum("amount"))
    for source_type, source_id, debit, credit, funder, moved in rows:
        cause = found[source_type, source_id]
        for kind, sign in ((debit, -1), (credit, 1)):
            if kind == AccountKind.BANK:
                cause.banked[funder] -= sign * moved
            if kind == AccountKind.EARMARKED:
                cause.earmarked[funder] += sign * moved
    return found


def _contributions(programme: Programme, posted: defaultdict[tuple[str, int], Posted]) -> Iterator[Fault]:
    rows = Contribution.objects.filter(programme=programme, status=ContributionStatus.CONFIRMED).order_by("pk")
    for pk, funder, amount in rows.values_list("pk", "account__funder__kind", "amount"):
        banked = {kind: moved for kind, moved in posted["contribution", pk].banked.items() if moved}
        if banked != {funder: amount}:
            there = format_yuan(sum(banked.values(), ZERO))
            yield _fault(Contribution, pk, "contribution", f"出资登记为 {format_yuan(amount)} 元，账簿所记为 {there} 元。")


def _loans(programme: Programme, posted: defaultdict[tuple[str, int], Posted]) -> Iterator[Fault]:
    """What is owed follows from the repayments, the earmark from what is owed, the postings from both."""
    released: defaultdict[int, list[Earmark]] = defaultdict(list)
    paid: defaultdict[int, Decimal] = defaultdict(Decimal)
    repayments = Repayment.objects.filter(loan__programme=programme, status=RepaymentStatus.CONFIRMED)
    for pk, loan_id, principal in repayments.values_list("pk", "loan_id", "principal"):
        paid[loan_id] += principal
        released[loan_id].append(posted["repayment", pk].earmark())
    rows = Loan.objects.filter(programme=programme, status__in=DRAWN).select_related("credit_line").order_by("pk")
    for loan in rows.iterator(500):
        declared = Earmark(loan.declared_reserve, loan.declared_provincial, loan.declared_town)
        held = Earmark(loan.earmarked, loan.earmarked_provincial, loan.earmarked_town)
        first = posted["loan", loan.pk].earmark()
        left = Earmark(*(sum(parts, ZERO) for parts in zip(first, *released[loan.pk], strict=True)))
        if loan.outstanding != loan.amount - paid[loan.pk]:
            yield _fault(Loan, loan.pk, "outstanding", f"{loan}的本金余额不等于贷款金额减已确认的还款。")
        if not declared == first == loan.credit_line.earmark_for(loan.amount):
            yield _fault(Loan, loan.pk, "declared", f"{loan}的贷款金额、申报准备金与账簿所记的占用不符。")
        if not held == left == loan.credit_line.earmark_for(loan.outstanding):
            yield _fault(Loan, loan.pk, "earmarked", f"{loan}的占用准备金与本金余额或账簿所记不符。")


def _summaries(programme: Programme, posted: defaultdict[tuple[str, int], Posted]) -> Iterator[Fault]:
    rows = QuarterlySummary.objects.filter(programme=programme, snapshot__isnull=False).order_by("pk")
    for summary in rows.iterator(50):
        if digest(summary.snapshot) != summary.checksum:
            yield _fault(QuarterlySummary, summary.pk, "checksum", f"{summary}的快照与其校验值不符：报送之后被改动。")


def _fault(model: type[Contribution] | type[Loan] | type[QuarterlySummary], pk: int, code: str, message: str) -> Fault:
    return Fault(model._meta.db_table, pk, code, message)
