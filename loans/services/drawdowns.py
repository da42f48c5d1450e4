"""What a drawdown says, and what is checked before it counts: when it is entered, again under the locks, and when it is corrected.

Nothing here writes. Each function raises the refusal of `errors.py` that names the figure and the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Required, TypedDict

from common.errors import InvalidInput
from common.money import ZERO, require_amount
from reserve.errors import InsufficientBalance
from reserve.models import Programme, ReferenceRate
from reserve.rulebook import Rules
from reserve.services.guards import require_active

from ..enums import RepaymentMethod
from ..errors import (
    AmountTooSmall,
    CoverBlocked,
    DatesOutOfOrder,
    LineExceeded,
    LineNotUsable,
    LoanCapExceeded,
    RateAboveCap,
    TermTooLong,
)
from ..models import CreditLine, Loan
from ..permissions import require_renewed_repaid
from ..rules.concentration import Concentration
from ..rules.earmarks import Earmark
from ..rules.terms import max_due_on
from ..selectors.blocking import cover_blocks
from ..selectors.concentration import added_by
from ..selectors.exposure import CoverAccount, cover_accounts, drawn_from, exposure
from ..selectors.rates import highest_rate
from .checks import check_concentration, require_choice, require_rate, require_text, within_cap


@dataclass(frozen=True, slots=True)
class Drawdown:
    """What a 借据 says; money in yuan, the rate in annual percent."""

    contract_no: str
    contract_on: date
    note_no: str
    amount: Decimal
    disbursed_on: date
    due_on: date
    annual_rate: Decimal
    purpose: str
    repayment_method: str
    cycle_months: int = 1
    agreed: tuple[tuple[date, Decimal], ...] = ()

    @classmethod
    def of(cls, loan: Loan) -> "Drawdown":
        """What is written on a loan already entered."""
        written = {name: getattr(loan, name) for name in cls.__slots__ if name != "agreed"}
        return cls(**written, agreed=loan.agreed_table)


class Terms(TypedDict, total=False):
    """What a 借据 says: yuan, annual percent. Rate, purpose and method are the line's unless given.

    `agreed`: days and principal of an agreed table (分期还本), whose interest is settled every `cycle_months` (1 or 3).
    """

    contract_no: Required[str]
    contract_on: Required[date]
    note_no: Required[str]
    amount: Required[Decimal]
    disbursed_on: Required[date]
    due_on: Required[date]
    annual_rate: Decimal | None
    purpose: str
    repayment_method: str
    cycle_months: int | None
    agreed: Sequence[tuple[date, Decimal]]


def drawdown_of(line: CreditLine, terms: Terms) -> Drawdown:
    """What was typed or read from a file, cleaned, with the line's own terms where nothing was. Raises: InvalidInput."""
    rate, method = terms.get("annual_rate"), terms.get("repayment_method") or line.repayment_method
    return Drawdown(
        contract_no=require_text(terms["contract_no"], "contract_no", "借款合同号"),
        contract_on=terms["contract_on"],
        note_no=require_text(terms["note_no"], "note_no", "借据号"),
        amount=require_amount(terms["amount"]),
        disbursed_on=terms["disbursed_on"],
        due_on=terms["due_on"],
        annual_rate=require_rate(line.annual_rate if rate is None else rate),
        purpose=require_text(terms.get("purpose") or line.recommendation.purpose, "purpose", "用途"),
        repayment_method=require_choice(method, RepaymentMethod, "repayment_method", "还本付息方式"),
        cycle_months=terms.get("cycle_months") or 1,
        agreed=tuple(sorted((day, require_amount(principal, field="agreed")) for day, principal in terms.get("agreed", ()))),
    )


class Cleared(NamedTuple):
    """A drawdown that may be made: what it will occupy of the reserve, and the excess its people are warned of."""

    earmark: Earmark
    excess: Concentration | None


def check_drawdown(*, line: CreditLine, drawdown: Drawdown, on: date, loan: Loan | None = None) -> Cleared:
    """Everything domain §3.7 asks of a drawdown, against the line and the rules of its approval.

    `loan`: the row that is edited or confirmed, left out of what counts against the line. The free money is checked here
    for a clear answer at once; the posting enforces it.
    """
    rules = line.rules
    check_note(line=line, drawdown=drawdown, on=on, loan=loan)
    excess = check_concentration(line, rules, on, adding=added_by(line, drawdown.amount, on))
    require_renewed_repaid(line, drawdown.disbursed_on)
    require_active(line.programme, drawdown.disbursed_on)
    require_cover(line.programme, line.bank_id, on)
    earmark = line.earmark_for(drawdown.amount)
    cover(earmark, cover_accounts(line.programme_id))
    return Cleared(earmark, excess)


def require_cover(programme: Programme, bank: int, on: date) -> None:
    """Raise CoverBlocked while no new loan of the bank may be covered, with every reason."""
    blocks = cover_blocks(programme, on, bank=bank)
    if blocks:
        raise CoverBlocked("".join(block.sentence for block in blocks))


def cover(earmark: Earmark, accounts: Sequence[CoverAccount]) -> tuple[CoverAccount, ...]:
    """The accounts as they would be with the earmark taken. Raises: AmountTooSmall, InsufficientBalance."""
    if not earmark.total:
        raise AmountTooSmall
    found = []
    for one in accounts:
        needed = earmark.provincial if one.is_provincial else earmark.town
        if needed > one.free:
            raise InsufficientBalance(account=one.label, needed=needed, available=one.free)
        found.append(replace(one, free=one.free - needed))
    return tuple(found)


def check_note(*, line: CreditLine, drawdown: Drawdown, on: date, loan: Loan | None = None) -> None:
    """What a 借据 may say at all, whether it is a new drawdown or the correction of one (`loan`)."""
    left = (line.amount or ZERO) - drawn_from(line, without=loan)
    check_alone(line=line, drawdown=drawdown, on=on, left=left)
    _check_cap(line, drawdown.amount, left, on, loan)


def check_alone(*, line: CreditLine, drawdown: Drawdown, on: date, left: Decimal, rates: Sequence[ReferenceRate] | None = None) -> None:
    """The part of it that asks nothing of other loans: days, term, agreed table, rate, the limit of one loan and its line.

    `left`: what is undrawn of the line; `rates`: the published rows, where they have been read. At most one query.
    """
    rules = line.rules
    _check_dates(line, drawdown, on)
    _check_due(line, drawdown, rules)
    _check_agreed(drawdown)
    _check_rate(line, drawdown, rules, rates)
    if drawdown.amount > rules.loan_cap:
        raise LoanCapExceeded(drawdown.amount, rules.loan_cap)
    if drawdown.amount > left:
        raise LineExceeded(drawdown.amount, left)


def _check_dates(line: CreditLine, drawdown: Drawdown, on: date) -> None:
    """Approval ≤ contract ≤ disbursement ≤ today, disbursement within the line's validity, due after it."""
    if not line.is_approved or line.decided_on is None or line.valid_until is None:
        raise LineNotUsable(f"该审批当前状态为“{line.get_status_display()}”，不能放款；须先经复核批准。")
    if drawdown.contract_on < line.decided_on:
        raise DatesOutOfOrder("contract_on", f"合同日期 {drawdown.contract_on} 早于审批日期 {line.decided_on}，请核对。")
    if drawdown.disbursed_on < drawdown.contract_on:
        raise DatesOutOfOrder("disbursed_on", f"发放日期 {drawdown.disbursed_on} 早于合同日期 {drawdown.contract_on}，请核对。")
    if drawdown.disbursed_on > on:
        raise DatesOutOfOrder("disbursed_on", f"发放日期 {drawdown.disbursed_on} 晚于今天（{on}），放款以后再录入。")
    if line.lapsed(drawdown.disbursed_on):
        raise LineNotUsable(
            f"授信的用款期限至 {line.valid_until}，发放日期 {drawdown.disbursed_on} 已超过，不能提用；如仍需贷款请重新推荐、审批。"
        )
    if drawdown.due_on <= drawdown.disbursed_on:
        raise DatesOutOfOrder("due_on", f"到期日期 {drawdown.due_on} 应晚于发放日期 {drawdown.disbursed_on}。")


def _check_due(line: CreditLine, drawdown: Drawdown, rules: Rules) -> None:
    months = min(rules.term_months_max, line.term_months or rules.term_months_max)
    latest = max_due_on(drawdown.disbursed_on, months)
    if drawdown.due_on > latest:
        sentence = f"到期日期 {drawdown.due_on} 超过最长期限：授信期限 {months} 个月，最迟 {latest} 到期。"
        raise TermTooLong(sentence, fields={"due_on": [sentence]})


def _check_agreed(drawdown: Drawdown) -> None:
    """An agreed table belongs to its method; its days lie within the term, its principal within the loan (domain §6)."""
    table, within = drawdown.agreed, sum((amount for _, amount in drawdown.agreed), ZERO)
    if table and drawdown.repayment_method != RepaymentMethod.AGREED_INSTALMENTS:
        _refuse_agreed(f"只有“{RepaymentMethod.AGREED_INSTALMENTS.label}”才填写分期还本计划，请清空或更换还本付息方式。")
    if drawdown.cycle_months not in (1, 3):
        raise InvalidInput("结息周期只能按月（1）或按季（3）。", fields={"cycle_months": ["结息周期只能按月（1）或按季（3）。"]})
    days = [day for day, _ in table]
    if len(set(days)) != len(days):
        _refuse_agreed(f"分期还本计划中 {next(day for day in days if days.count(day) > 1)} 出现了两次，请合并为一行。")
    for day, amount in table:
        if not drawdown.disbursed_on < day < drawdown.due_on:
            _refuse_agreed(f"还本日期 {day} 应晚于发放日期、早于到期日期；到期日归还的余额不必填写。")
        if amount <= 0:
            _refuse_agreed(f"{day} 的还本金额必须大于零。")
    if within > drawdown.amount:
        _refuse_agreed(f"分期还本合计 {within:,.2f} 元，超过贷款金额 {drawdown.amount:,.2f} 元，请核对。")


def _refuse_agreed(sentence: str) -> None:
    raise InvalidInput(sentence, fields={"agreed": [sentence]})


def _check_rate(line: CreditLine, drawdown: Drawdown, rules: Rules, rates: Sequence[ReferenceRate] | None) -> None:
    days = {"contract_on": drawdown.contract_on, "starts_on": drawdown.disbursed_on, "due_on": drawdown.due_on}
    cap = highest_rate(rules=rules, rates=rates, **days)
    if drawdown.annual_rate > cap:
        raise RateAboveCap(drawdown.annual_rate, cap, f"合同日（{drawdown.contract_on}）同期限利率上限")
    if line.annual_rate is not None and drawdown.annual_rate > line.annual_rate:
        raise RateAboveCap(drawdown.annual_rate, line.annual_rate, "审批利率")


def _check_cap(line: CreditLine, amount: Decimal, left: Decimal, on: date, loan: Loan | None) -> None:
    # The drawdown moves money from "undrawn" to "owed". A line lapsed by now (a late entry) no longer counts as undrawn.
    others = exposure(programme_id=line.programme_id, enterprise=line.enterprise_id, on=on, without=line)
    own_rest = ZERO if line.lapsed(on) else left - amount
    owed, repaid = (loan.outstanding, loan.repaid) if loan else (ZERO, ZERO)
    within_cap(others.outstanding - owed, others.undrawn + own_rest, amount - repaid, line.rules)
