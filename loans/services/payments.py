"""How a payment divides, and whether it is early: by the schedule and what is confirmed so far (domain §3.8).

Nothing here reads or writes the database: whoever has a loan's account can ask what a payment would be.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from common.errors import InvalidInput
from common.money import ZERO, require_amount

from ..enums import PrepaymentEffect, RepaymentKind
from ..errors import ArrearsFirst, BeyondDue, DatesOutOfOrder, RepaymentAboveOutstanding
from ..models import Loan
from ..rules.arrears import Parts, allocate, interest_with, is_early
from ..selectors.servicing import Account, owed_on, payoff_on


class Payment(NamedTuple):
    """What the bank says came in, in yuan: either `amount` or its parts. What is left open follows from the schedule."""

    paid_on: date
    amount: Decimal | None = None
    principal: Decimal | None = None
    interest: Decimal | None = None
    penalty: Decimal | None = None
    kind: str = ""
    effect: str = ""


class Planned(NamedTuple):
    """What it would be entered as."""

    parts: Parts
    kind: str
    effect: str


def plan_payment(account: Account, given: Payment, on: date) -> Planned:
    """Divide a payment of today (`on`) or before.

    Raises:
        DatesOutOfOrder, RepaymentAboveOutstanding, BeyondDue, ArrearsFirst, InvalidInput.
    """
    check_day(account.loan, given.paid_on, on)
    if given.amount is not None:
        _refuse_both(given.principal, given.interest, given.penalty)
        parts = _divide(account, require_amount(given.amount), given.paid_on, given.kind)
    else:
        parts = _complete(account, given.principal, given.interest, given.penalty, given.paid_on)
    kind = _kind(account, parts.principal, given.paid_on, given.kind)
    check_principal(account.loan, parts.principal)
    return Planned(parts, kind, _effect(given.effect) if kind == RepaymentKind.EARLY else "")


def check_day(loan: Loan, paid_on: date, on: date) -> None:
    """Not before the disbursement or the opening, not after today. Raises: DatesOutOfOrder."""
    if loan.opening_on is not None and paid_on < loan.opening_on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 早于启用日 {loan.opening_on}，已计入期初余额，不再登记。")
    if paid_on < loan.disbursed_on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 早于发放日期 {loan.disbursed_on}，请核对。")
    if paid_on > on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 晚于今天（{on}），到账以后再录入。")


def check_principal(loan: Loan, principal: Decimal) -> None:
    """Not more than is owed. Raises: RepaymentAboveOutstanding."""
    if principal > loan.outstanding:
        raise RepaymentAboveOutstanding(principal, loan.outstanding)


def _refuse_both(*parts: Decimal | None) -> None:
    if any(part is not None for part in parts):
        sentence = "还款总额与本金、利息、罚息只填一种：填总额由系统按冲抵顺序分配，或者分项填写。"
        raise InvalidInput(sentence, fields={"amount": [sentence]})


def _divide(account: Account, amount: Decimal, paid_on: date, kind: str) -> Parts:
    """Divide a sum: exactly what settles the loan settles it; else over what is due, the rest early principal if called so."""
    payoff = payoff_on(account, paid_on)
    if kind != RepaymentKind.ORDINARY and amount == sum(payoff):
        return payoff
    order = account.loan.credit_line.rules.repayment_allocation
    parts, extra = allocate(amount, owed_on(account, paid_on), principal_first=order == "principal_first")
    if extra and kind != RepaymentKind.EARLY:
        raise BeyondDue(extra, paid_on)
    return parts._replace(principal=parts.principal + extra)


def _complete(account: Account, principal: Decimal | None, interest: Decimal | None, penalty: Decimal | None, paid_on: date) -> Parts:
    """The parts as given; interest and penalty left open are what is due that day, with what an early repayment makes due."""
    principal = require_amount(principal or ZERO, field="principal", allow_zero=True)
    if not principal and not interest and not penalty:
        sentence = "请填写归还的本金；只付利息或罚息的，请填写利息或罚息金额。"
        raise InvalidInput(sentence, fields={"principal": [sentence]})
    state = account.standing(paid_on)
    owed = interest_with(state, principal)
    if is_early(state, principal):
        state = account.with_prepayment(paid_on, principal).standing(paid_on)
        owed = state.interest_due
    return Parts(
        principal,
        owed if interest is None else require_amount(interest, field="interest", allow_zero=True),
        state.penalty_due if penalty is None else require_amount(penalty, field="penalty", allow_zero=True),
    )


def _kind(account: Account, principal: Decimal, paid_on: date, kind: str) -> str:
    """Ordinary or early, by the schedule unless the officer says so. Arrears come first: beside them only all of it is early."""
    if kind not in ("", *RepaymentKind.values):
        sentence = "请选择还款种类：按期还款或提前还款。"
        raise InvalidInput(sentence, fields={"kind": [sentence]})
    state = account.standing(paid_on)
    partly_in_arrears = bool(state.overdue_principal) and principal < account.loan.outstanding
    early = kind == RepaymentKind.EARLY or (not kind and not partly_in_arrears and is_early(state, principal))
    if early and not principal:
        sentence = "提前还款须填写归还的本金。"
        raise InvalidInput(sentence, fields={"principal": [sentence]})
    if kind == RepaymentKind.ORDINARY and is_early(state, principal):
        raise BeyondDue(principal - state.principal_due, paid_on)
    if early and partly_in_arrears:
        raise ArrearsFirst(state.overdue_principal, paid_on)
    return RepaymentKind.EARLY if early else RepaymentKind.ORDINARY


def _effect(effect: str) -> str:
    if effect not in ("", *PrepaymentEffect.values):
        sentence = "请选择提前还款后的安排：减少每期还款，或缩短期限。"
        raise InvalidInput(sentence, fields={"effect": [sentence]})
    return effect or PrepaymentEffect.LOWER
