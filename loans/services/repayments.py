"""Repayments: entered by an officer; confirmed by another person, each releases the earmark of its principal (domain §3.8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.errors import InvalidInput
from common.money import ZERO, format_yuan, require_amount
from parties.enums import Role
from parties.models import User
from parties.services import audit

from ..enums import LOAN_LIFECYCLE, REPAYMENT_LIFECYCLE, MovementKind, PrepaymentEffect, RepaymentKind
from ..errors import ArrearsFirst, BeyondDue, DatesOutOfOrder, RepaymentAboveOutstanding
from ..models import Loan, Repayment
from ..permissions import require_confirm_repayment, require_discard_repayment, require_enter_repayment
from ..rules.arrears import Parts, allocate, interest_with, is_early
from ..rules.earmarks import earmark_difference
from ..selectors.servicing import Account, account_of, owed_on, payoff_on
from .checks import optional_text
from .common import lock, require_reason, tell_bank
from .cover import Cause, move_principal
from .servicing import STANDING_FIELDS, assess, leave_bank_schedule, settle


@transaction.atomic
def enter_repayment(
    *,
    loan: Loan,
    paid_on: date,
    amount: Decimal | None = None,
    principal: Decimal | None = None,
    interest: Decimal | None = None,
    penalty: Decimal | None = None,
    kind: str = "",
    effect: str = "",
    receipt_no: str = "",
    by: User,
    on: date,
    now: datetime,
) -> Repayment:
    """Enter what came in on a day, in yuan; a day before today is allowed.

    Either `amount`, divided by the programme's `repayment_allocation`, or its parts: `principal`, and interest and penalty,
    which are what was due that day unless given. `kind` follows from the schedule unless given; `effect` says what an early
    repayment does to the instalments that remain (the term stays, by default).
    Locks the Loan; writes Repayment, audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), DatesOutOfOrder, RepaymentAboveOutstanding, BeyondDue,
        ArrearsFirst, InvalidInput.
    """
    loan = lock(loan)
    require_enter_repayment(by, loan)
    _check_day(loan, paid_on, on)
    account = account_of(loan)
    if amount is not None:
        _refuse_both(principal, interest, penalty)
        parts = _divide(account, require_amount(amount), paid_on, kind)
    else:
        parts = _complete(account, principal, interest, penalty, paid_on)
    kind = _kind(account, parts.principal, paid_on, kind)
    _check_principal(loan, parts.principal)
    repayment = Repayment.objects.create(
        loan=loan,
        paid_on=paid_on,
        **parts._asdict(),
        kind=kind,
        effect=_effect(effect) if kind == RepaymentKind.EARLY else "",
        receipt_no=optional_text(receipt_no, "receipt_no", "回单号"),
        entered_by=by,
        entered_at=now,
    )
    summary = f"录入还款：{paid_on} {_said(repayment)}"
    _record(loan, "repayment.enter", summary, by=by, now=now)
    tell_bank(
        loan.bank,
        Role.REVIEWER,
        key=f"repayment:{repayment.pk}:entered",
        subject=f"待复核还款：{loan.enterprise_name}（{loan.note_no}）",
        body=summary,
        url=loan.get_absolute_url(),
        now=now,
    )
    return repayment


@transaction.atomic
def discard_repayment(*, repayment: Repayment, reason: str, by: User, on: date, now: datetime) -> Repayment:
    """Take an unconfirmed repayment out (officer) or refuse it (reviewer).

    Locks and writes the Repayment; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (no reason).
    """
    repayment = lock(repayment)
    require_discard_repayment(by, repayment)
    loan = repayment.loan
    repayment.discard_reason = require_reason(reason)
    repayment.status = REPAYMENT_LIFECYCLE.target("discard", repayment.status)
    repayment.save(update_fields=["discard_reason", "status"])
    summary = f"还款录入作废：{repayment.paid_on} {_said(repayment)}"
    _record(loan, "repayment.discard", summary, by=by, now=now, reason=repayment.discard_reason)
    tell_bank(
        loan.bank,
        Role.OFFICER,
        key=f"repayment:{repayment.pk}:discarded",
        subject=f"还款录入已作废：{loan.enterprise_name}（{loan.note_no}）",
        body=repayment.discard_reason,
        url=loan.get_absolute_url(),
        now=now,
    )
    return repayment


@transaction.atomic
def confirm_repayment(*, repayment: Repayment, by: User, on: date, now: datetime) -> Repayment:
    """Another person confirms the repayment; the earmark falls to the target of what is still owed, the last one empties it.

    Locks the Loan, then the Repayment, and checks again. Writes the Repayment, the Loan (settled when no principal is owed
    any more) with its schedule and arrears, deadline, audit and, last, the movement of principal with its release.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, RepaymentAboveOutstanding, DatesOutOfOrder.
    """
    loan = lock(repayment.loan)
    repayment = lock(repayment)
    repayment.loan = loan
    require_confirm_repayment(by, repayment)
    LOAN_LIFECYCLE.target("repay", loan.status)
    _check_day(loan, repayment.paid_on, on)
    _check_principal(loan, repayment.principal)
    left = loan.outstanding - repayment.principal
    released = earmark_difference(loan.credit_line.earmark_for(left), loan.held)
    repayment.status = REPAYMENT_LIFECYCLE.target("confirm", repayment.status)
    repayment.confirmed_by, repayment.confirmed_at, repayment.confirmed_on = by, now, on
    repayment.save()
    if not left:
        settle(loan)
    if repayment.kind == RepaymentKind.EARLY:
        leave_bank_schedule(loan, on)
    assess(loan, on)
    _record(
        loan,
        "repayment.confirm",
        f"复核还款：{repayment.paid_on} {_said(repayment)}；本金余额 {format_yuan(left)} 元，"
        f"释放准备金 {format_yuan(released.total)} 元（省 {format_yuan(released.provincial)}，镇 {format_yuan(released.town)}）",
        by=by,
        now=now,
    )
    loan.version += 1
    if repayment.principal:
        cause = Cause(MovementKind.REPAYMENT, repayment.pk, repayment.paid_on, f"{loan.enterprise_name} 借据 {loan.note_no} 还款")
        repayment.movement = move_principal(loan, -repayment.principal, cause, by=by, on=on, now=now)
        repayment.save(update_fields=["movement"])
    loan.save(update_fields=["outstanding", "earmarked", "earmarked_provincial", "settled_on", "version", *STANDING_FIELDS])
    return repayment


def _check_day(loan: Loan, paid_on: date, on: date) -> None:
    if paid_on < loan.disbursed_on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 早于发放日期 {loan.disbursed_on}，请核对。")
    if paid_on > on:
        raise DatesOutOfOrder("paid_on", f"还款日期 {paid_on} 晚于今天（{on}），到账以后再录入。")


def _check_principal(loan: Loan, principal: Decimal) -> None:
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


def _said(repayment: Repayment) -> str:
    """What came in, in words: 归还本金 1.00 元，利息 2.00 元."""
    named = (("归还本金", repayment.principal), ("利息", repayment.interest), ("罚息", repayment.penalty))
    return "，".join(f"{name} {format_yuan(amount)} 元" for name, amount in named if amount)


def _record(loan: Loan, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=loan, summary=summary, programme=loan.programme.code, **more)
