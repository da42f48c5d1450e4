"""What a person may do with a summary now, and if not, why not: one answer for pages and refusals alike."""

from loans.errors import NotYourBank
from parties.enums import OrganisationKind as Kind
from parties.enums import Role
from parties.models import User
from parties.permissions import may, same_hands

from .enums import SUMMARY_LIFECYCLE
from .models import QuarterlySummary

# lifecycle action → permission
ACTIONS = {
    "check": "summary.check",
    "submit": "summary.submit",
    "propose": "summary.propose",
    "accept": "summary.accept",
    "return": "summary.return",
}


def require_own_bank(user: User, summary: QuarterlySummary) -> None:
    """Raise NotYourBank unless it is the summary of the person's own bank."""
    if user.organisation_id != summary.bank_id:
        raise NotYourBank(summary.bank.name)


def reason_against(user: User, summary: QuarterlySummary, action: str) -> str | None:
    """Why this person cannot take `action` on the summary now, or None."""
    if not may(user, ACTIONS[action]):
        return "须由" + _WHO[action] + "办理"
    if action in ("check", "submit") and user.organisation_id != summary.bank_id:
        return f"须由{summary.bank.name}办理"
    if not SUMMARY_LIFECYCLE.allows(action, summary.status):
        return f"当前状态为“{summary.get_status_display()}”"
    firsts = {"submit": (summary.checked_by_id, summary.checked_at), "accept": (summary.proposed_by_id, summary.proposed_at)}
    if action in firsts and same_hands(firsts[action][0], user, firsts[action][1]):
        return "您（或与您有离岗委托的同事）是本环节的经办，须由另一位同事办理"
    return None


_WHO = {
    "check": f"{Kind.BANK.label}{Role.OFFICER.label}",
    "submit": f"{Kind.BANK.label}{Role.REVIEWER.label}",
    "propose": f"{Kind.PROVINCIAL_CENTRE.label}{Role.OFFICER.label}",
    "accept": f"{Kind.PROVINCIAL_CENTRE.label}{Role.REVIEWER.label}",
    "return": Kind.PROVINCIAL_CENTRE.label,
}


def next_by(summary: QuarterlySummary) -> str:
    """Whose turn it is: "" when nothing more is to be done with this version."""
    action = {"draft": "check", "checked": "submit", "submitted": "propose", "proposed": "accept"}.get(summary.status)
    return _WHO[action] if action else ""
