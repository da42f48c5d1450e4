"""What waits for whom in the open claims."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from common.display import wan
from common.page import Todo
from parties.models import User
from parties.permissions import may, same_hands

from ...claim_enums import REVIEWS, ClaimStage, ClaimStatus
from ...claim_permissions import require_turn
from ...permissions import why_not
from ...selectors.claim_tasks import lacking, open_claims
from ...selectors.claims import orders_needed, worded
from ..parts import TODO_LIMIT

S = ClaimStatus


@dataclass(frozen=True, slots=True)
class Task:
    """A step somebody who holds `permission` is asked for; `asked`: of this person, on one of the `open_claims`."""

    permission: str
    statuses: tuple[ClaimStatus, ...]
    label: str
    asked: Callable[[User, Any], bool]


def _another_drafted(user: User, claim: Any) -> bool:
    return claim.own_draft_by is not None and not same_hands(claim.own_draft_by, user, claim.own_draft_at)


def _to_review(user: User, claim: Any) -> bool:
    """It is the office's turn, and its word is not drafted yet."""
    signed = [stage for stage, done in ((ClaimStage.SCIENCE, claim.science_signed), (ClaimStage.TOWN, claim.town_signed)) if done]
    return claim.own_draft_by is None and why_not(require_turn, claim, REVIEWS[user.kind], signed) is None


def _to_file(user: User, claim: Any) -> bool:
    return not same_hands(claim.drafted_by_id, user, claim.drafted_at) and not lacking(claim)


def _another_paid(user: User, claim: Any) -> bool:
    return not same_hands(claim.payment_entered_by_id, user, claim.payment_entered_at)


TASKS = (
    Task("claim.draft", (S.DRAFT,), "补齐代偿材料", lambda user, claim: bool(lacking(claim))),
    Task("claim.draft", (S.RETURNED,), "补正代偿申请", lambda user, claim: True),
    Task("claim.file", (S.DRAFT, S.RETURNED), "报送代偿申请", _to_file),
    Task("claim.check", (S.FILED,), "核验代偿材料", lambda user, claim: True),
    Task("claim.review", (S.REVIEWING,), "起草代偿会审意见", _to_review),
    Task("claim.sign", (S.REVIEWING,), "签署代偿会审意见", _another_drafted),
    Task("claim.propose", (S.REVIEWED,), "拟定代偿审定意见", lambda user, claim: claim.own_draft_by is None),
    Task("claim.decide", (S.REVIEWED,), "审定代偿", _another_drafted),
    Task("claim.decide", (S.SHORT,), "代偿待补足，资金到位后备付", lambda user, claim: True),
    Task("claim.instruct", (S.APPROVED,), "签发代偿划款通知书", lambda user, claim: not claim.ordered_by_own),
    Task("claim.pay", (S.APPROVED,), "录入代偿划款", lambda user, claim: claim.ordered == orders_needed(claim)),
    Task("claim.confirm_payment", (S.PAYING,), "复核代偿划款", _another_paid),
)


def todos(user: User) -> list[Todo]:
    """The steps this person is asked for, oldest claim first. One query."""
    tasks = [task for task in TASKS if may(user, task.permission)]
    if not tasks:
        return []
    claims = open_claims(user, {status for task in tasks for status in task.statuses})[:TODO_LIMIT]
    return [todo for claim in claims for todo in _of(user, claim, tasks)]


def _of(user: User, claim: Any, tasks: Iterable[Task]) -> Iterable[Todo]:
    loan = claim.loan
    for task in tasks:
        if claim.status in task.statuses and task.asked(user, claim):
            yield Todo(
                f"{worded(loan, task.label)}：{loan.enterprise_name}",
                claim.get_absolute_url(),
                f"第 {claim.number} 号，申请 {wan(claim.asked)}元，借据号 {loan.note_no}{_standing(claim)}",
                claim.programme_id,
                due_on=claim.due_on,
                provisional=bool(claim.provisional),
            )


def _standing(claim: Any) -> str:
    """Of a claim at the bank: why it came back, and how many papers it lacks."""
    if claim.status not in (S.DRAFT, S.RETURNED):
        return ""
    missing = len(lacking(claim))
    reason = f"；退回意见：{claim.returned_because}" if claim.returned_because else ""
    return f"{reason}；还缺材料 {missing} 种" if missing else reason
