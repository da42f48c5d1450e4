"""What enterprises owe their banks against the banks' net capital (domain §4 `single_borrower_ratio`)."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial

from common.money import ZERO
from parties.models import User
from reserve.selectors.programmes import rules_on

from ..enums import RUNNING, ApprovalStatus, Decision, LoanStatus
from ..models import CreditLine, Loan, NetCapital
from ..rules.concentration import Concentration, Exposure
from .exposure import Pair, exposures


def concentration(*, bank_id: int, enterprise_id: int, ratio: Fraction, on: date, adding: Decimal = ZERO) -> Concentration | None:
    """One enterprise at one bank; None where the rule does not apply: the bank has no net capital in force. Up to two queries.

    Exact only under the enterprise's guard, which is held by whoever lends to it in any programme.
    """
    pair = bank_id, enterprise_id
    found = _concentrations([pair], on).get(pair)
    return found(ratio=ratio, adding=adding) if found else None


def excesses_of_lines(user: User, lines: Sequence[CreditLine], on: date) -> dict[int, Concentration]:
    """Where a decision that waits, or a line within its validity, passes the limit: by the line's id.

    Only the person's own bank is told, here and below: the figures are of all its programmes, which others may not know.
    """
    open_ = [line for line in lines if _counts(line, on) and line.bank_id == user.organisation_id]
    found = _concentrations({(line.bank_id, line.enterprise_id) for line in open_}, on)
    of_today = cache(partial(rules_on, day=on))
    excesses = {}
    for line in open_:
        if one := found.get((line.bank_id, line.enterprise_id)):
            rules, adding = (line.rules, ZERO) if line.is_approved else (of_today(line.programme), line.amount or ZERO)
            excesses[line.pk] = one(ratio=rules.single_borrower_ratio, adding=adding)
    return {key: one for key, one in excesses.items() if one.exceeded}


def excesses_of_loans(user: User, loans: Sequence[Loan], on: date) -> dict[int, Concentration]:
    """The same of drawdowns that wait for their confirmation and of loans still owed, by the loan's id."""
    open_ = [loan for loan in loans if loan.status in (LoanStatus.ENTERED, *RUNNING) and loan.bank_id == user.organisation_id]
    found = _concentrations({(loan.bank_id, loan.enterprise_id) for loan in open_}, on)
    excesses = {}
    for loan in open_:
        if one := found.get((loan.bank_id, loan.enterprise_id)):
            adding = ZERO if loan.is_drawn else added_by(loan.credit_line, loan.amount, on)
            excesses[loan.pk] = one(ratio=loan.credit_line.rules.single_borrower_ratio, adding=adding)
    return {key: one for key, one in excesses.items() if one.exceeded}


def added_by(line: CreditLine, amount: Decimal, on: date) -> Decimal:
    """What a drawdown adds to what counts: nothing, it counts as undrawn already; all of it when the line has lapsed (a late entry)."""
    return amount if line.lapsed(on) else ZERO


def _counts(line: CreditLine, on: date) -> bool:
    if line.is_approved:
        return not line.lapsed(on)
    return line.decision == Decision.APPROVE and line.status in (ApprovalStatus.PROPOSED, ApprovalStatus.SENT_BACK)


def _concentrations(pairs: Collection[Pair], on: date) -> dict[Pair, Callable[..., Concentration]]:
    """By bank and enterprise, to be completed with `ratio` and `adding`; a bank without net capital in force has none.

    No query without pairs, one where no bank has any, else two.
    """
    banks = {bank for bank, _ in pairs}
    capitals = {row.bank_id: row for row in NetCapital.objects.filter(bank__in=banks).in_force(on)}
    if not capitals:
        return {}
    used = exposures(on=on, bank__in=banks, enterprise__in={enterprise for _, enterprise in pairs})
    return {
        pair: partial(Concentration, net_capital=row.amount, as_of=row.effective_on, used=used.get(pair, Exposure()))
        for pair in pairs
        if (row := capitals.get(pair[0]))
    }
