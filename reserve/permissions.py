"""Who may touch which object, and when new cover is blocked: predicates that return a Chinese reason, or None.

The permission table says who may act at all; here it is about this account, this contribution, this day. Services raise
what these return or raise, pages print it beside the button: one source for both.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from common.errors import NotFound, Refusal
from parties.models import User
from parties.permissions import may, require, require_other_person

from .enums import (
    CONTRIBUTION_LIFECYCLE,
    EXPLANATION_LIFECYCLE,
    INTEREST_LIFECYCLE,
    INTEREST_REVERSAL_LIFECYCLE,
    JOINT_LIFECYCLE,
    REFUND_LIFECYCLE,
    STATEMENT_LIFECYCLE,
)
from .errors import AlreadySpoken, NotOwnAccount
from .models import (
    AccountInterest,
    BankStatement,
    Contribution,
    FundingObligation,
    InterestReversal,
    JointDecision,
    JointVoice,
    Programme,
    Refund,
    ReserveAccount,
    StatementExplanation,
)
from .rulebook import Rules
from .selectors.programmes import rules_on


def require_party(user: User, programme: Programme) -> None:
    """Raise NotFound unless the person's organisation is a party: a foreign programme does not exist for it."""
    if user.organisation is None or not programme.parties.filter(organisation=user.organisation).exists():
        raise NotFound


def require_funder(user: User, account: ReserveAccount) -> None:
    """Raise unless it is the account of the person's own organisation."""
    require_party(user, account.programme)
    if account.funder_id != user.organisation_id:
        raise NotOwnAccount(f"这是{account.funder.name}的准备金账户，只能由该单位登记出资。")


def require_owner(user: User, account: ReserveAccount) -> None:
    """Raise unless the account is that of the person's own organisation, which alone decides on it."""
    require_party(user, account.programme)
    if account.funder_id != user.organisation_id:
        raise NotOwnAccount(f"这是{account.funder.name}的准备金账户，只能由该单位办理。")


def require_bank(user: User, account: ReserveAccount) -> None:
    """Raise unless the account is held by the person's bank."""
    require_party(user, account.programme)
    if account.bank_id != user.organisation_id:
        raise NotOwnAccount(f"该账户开在{account.bank.name}，只能由该银行办理。")


def check_receive(user: User, contribution: Contribution) -> None:
    """Raise unless the person may now enter the receipt of this contribution."""
    _check(user, contribution, "receive")


def check_confirm(user: User, contribution: Contribution) -> None:
    """Raise unless the person may now confirm the receipt; never the one who entered it."""
    _check(user, contribution, "confirm")
    require_other_person(contribution.received_by, user, "到账", at=contribution.received_at)


def check_reject(user: User, contribution: Contribution) -> None:
    """Raise unless the person may now send the contribution back to its funder."""
    _check(user, contribution, "reject")


def why_not(check: Callable[[User, Any], None], user: User, subject: Any) -> str | None:
    """The reason a check refuses, for the button; None when it does not."""
    try:
        check(user, subject)
    except Refusal as refusal:
        return refusal.message
    return None


# Interest on the accounts


def check_enter_interest(user: User, account: ReserveAccount) -> None:
    """Raise unless the person may enter interest of this account, credited or paid out."""
    require(user, "interest.enter")
    require_bank(user, account)


def check_confirm_interest(user: User, interest: AccountInterest) -> None:
    """Raise unless the person may now confirm this interest; never the one who entered it."""
    require(user, "interest.confirm")
    require_bank(user, interest.account)
    INTEREST_LIFECYCLE.target("confirm", interest.status)
    require_other_person(interest.entered_by, user, "账户利息", at=interest.entered_at)


def check_discard_interest(user: User, interest: AccountInterest) -> None:
    """Raise unless the officer may now take the entry out, or the reviewer refuse it."""
    if not may(user, "interest.confirm"):
        require(user, "interest.enter")
    require_bank(user, interest.account)
    INTEREST_LIFECYCLE.target("discard", interest.status)


def check_reverse_interest(user: User, interest: AccountInterest) -> None:
    """Raise unless the officer may now say that confirmed interest was wrong."""
    require(user, "interest.enter")
    require_bank(user, interest.account)
    INTEREST_LIFECYCLE.target("reverse", interest.status)


def check_confirm_interest_reversal(user: User, reversal: InterestReversal) -> None:
    """Raise unless the person may now confirm the reversal; never the one who asked for it."""
    require(user, "interest.confirm")
    require_bank(user, reversal.interest.account)
    INTEREST_REVERSAL_LIFECYCLE.target("confirm", reversal.status)
    require_other_person(reversal.entered_by, user, "冲正", at=reversal.entered_at)


def check_discard_interest_reversal(user: User, reversal: InterestReversal) -> None:
    """Raise unless the officer may now take the reversal out, or the reviewer refuse it."""
    if not may(user, "interest.confirm"):
        require(user, "interest.enter")
    require_bank(user, reversal.interest.account)
    INTEREST_REVERSAL_LIFECYCLE.target("discard", reversal.status)


# The bank's statements


def check_enter_statement(user: User, account: ReserveAccount) -> None:
    """Raise unless the person may send the bank's statement of this account."""
    require(user, "statement.enter")
    require_bank(user, account)


def check_discard_statement(user: User, statement: BankStatement) -> None:
    """Raise unless the person may now take the statement back."""
    require(user, "statement.enter")
    require_bank(user, statement.account)
    STATEMENT_LIFECYCLE.target("discard", statement.status)


def check_explain(user: User, statement: BankStatement) -> None:
    """Raise unless the person may now explain differences of the statement."""
    require(user, "statement.explain")
    require_bank(user, statement.account)
    STATEMENT_LIFECYCLE.target("explain", statement.status)


def check_accept_explanation(user: User, explanation: StatementExplanation) -> None:
    """Raise unless the person may now confirm the explanation for the account's owner."""
    require(user, "statement.accept")
    require_owner(user, explanation.statement.account)
    STATEMENT_LIFECYCLE.target("explain", explanation.statement.status)
    EXPLANATION_LIFECYCLE.target("confirm", explanation.status)


def check_discard_explanation(user: User, explanation: StatementExplanation) -> None:
    """Raise unless the bank's officer may now take the explanation back, or the owner's reviewer refuse it."""
    if may(user, "statement.accept"):
        require_owner(user, explanation.statement.account)
    else:
        require(user, "statement.explain")
        require_bank(user, explanation.statement.account)
    EXPLANATION_LIFECYCLE.target("discard", explanation.status)


# Refunds


def check_instruct_refund(user: User, account: ReserveAccount) -> None:
    """Raise unless the person may order money of this account back to its funder."""
    require(user, "refund.instruct")
    require_owner(user, account)


def check_withdraw_refund(user: User, refund: Refund) -> None:
    """Raise unless the person may now take the instruction back."""
    check_instruct_refund(user, refund.account)
    REFUND_LIFECYCLE.target("withdraw", refund.status)


def check_execute_refund(user: User, refund: Refund) -> None:
    """Raise unless the person may now enter the payment."""
    require(user, "refund.execute")
    require_bank(user, refund.account)
    REFUND_LIFECYCLE.target("execute", refund.status)


def check_confirm_refund(user: User, refund: Refund) -> None:
    """Raise unless the person may now confirm the payment; never the one who entered it."""
    require(user, "refund.confirm")
    require_bank(user, refund.account)
    REFUND_LIFECYCLE.target("confirm", refund.status)
    require_other_person(refund.executed_by, user, "退还划款", at=refund.executed_at)


def require_speak(user: User, decision: JointDecision) -> JointVoice:
    """The voice of the person's organisation, not yet spoken; never of the one who proposed."""
    require(user, "joint.speak")
    voice: JointVoice | None = decision.voices.select_related("organisation").filter(organisation=user.organisation_id).first()
    if voice is None:
        raise NotFound
    JOINT_LIFECYCLE.target("agree", decision.status)
    if voice.agrees is not None:
        raise AlreadySpoken(voice.organisation.short_name)
    require_other_person(decision.proposed_by, user, "联合决定", at=decision.proposed_at)
    return voice


def require_withdraw_joint(user: User, decision: JointDecision) -> None:
    """Any officer or reviewer of the organisation that proposed."""
    require(user, "joint.withdraw")
    if decision.proposed_by.organisation_id != user.organisation_id:
        raise NotFound
    JOINT_LIFECYCLE.target("withdraw", decision.status)


def cover_blocked(programme: Programme, on: date) -> str | None:
    """Why no new loan may be covered on `on`: the town's match is overdue (domain §3.3; a setting). None: it may.

    By the due date itself, whether or not the daily job has run yet; a provisional date blocks nobody. Two queries.
    """
    owed = FundingObligation.objects.filter(programme=programme, fulfilled_on__isnull=True).select_related("debtor", "deadline")
    return match_block(owed.order_by("deadline__due_on"), rules_on(programme, on), on)


def match_block(obligations: Iterable[FundingObligation], rules: Rules, on: date) -> str | None:
    """The same from obligations and rules that have been read."""
    late = next((row for row in obligations if row.is_late(on)), None)
    if late is None or not rules.block_when_match_overdue:
        return None
    return (
        f"{late.debtor.name}配套资金 {late.amount:,.2f} 元应于 {late.deadline.due_on}（含）前到位，现已逾期；"
        "配套资金到位并经银行确认之前，不再新增贷款占用准备金。"
    )


def _check(user: User, contribution: Contribution, action: str) -> None:
    require(user, f"contribution.{action}")
    require_bank(user, contribution.account)
    CONTRIBUTION_LIFECYCLE.target(action, contribution.status)
