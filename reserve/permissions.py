"""Who may touch which object, and when new cover is blocked: predicates that return a Chinese reason, or None.

The permission table says who may act at all; here it is about this account, this contribution, this day. Services raise
what these return or raise, pages print it beside the button: one source for both.
"""

from collections.abc import Callable, Iterable
from datetime import date

from common.errors import NotFound, Refusal
from parties.models import User
from parties.permissions import require, require_other_person

from .enums import CONTRIBUTION_LIFECYCLE, JOINT_LIFECYCLE
from .errors import AlreadySpoken, NotOwnAccount
from .models import Contribution, FundingObligation, JointDecision, JointVoice, Programme, ReserveAccount
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
    require_other_person(contribution.received_by, user, "到账")


def check_reject(user: User, contribution: Contribution) -> None:
    """Raise unless the person may now send the contribution back to its funder."""
    _check(user, contribution, "reject")


def why_not(check: Callable[[User, Contribution], None], user: User, contribution: Contribution) -> str | None:
    """The reason a check refuses, for the button; None when it does not."""
    try:
        check(user, contribution)
    except Refusal as refusal:
        return refusal.message
    return None


def require_speak(user: User, decision: JointDecision) -> JointVoice:
    """The voice of the person's organisation, not yet spoken; never of the one who proposed."""
    require(user, "joint.speak")
    voice: JointVoice | None = decision.voices.select_related("organisation").filter(organisation=user.organisation_id).first()
    if voice is None:
        raise NotFound
    JOINT_LIFECYCLE.target("agree", decision.status)
    if voice.agrees is not None:
        raise AlreadySpoken(voice.organisation.short_name)
    require_other_person(decision.proposed_by, user, "联合决定")
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
