"""How a recommendation ends: declined, withdrawn, or answered by the bank, and with the last one its batch."""

from datetime import date, datetime

from django.db import transaction

from common.errors import NotAllowed
from common.lifecycle import require_version
from common.texts import checked_text
from parties.models import User
from reserve.enums import DeadlineKind
from reserve.services.deadlines import cancel_deadline, meet_deadline

from ...enums import BATCH_LIFECYCLE, RECOMMENDATION_LIFECYCLE, RecommendationStatus
from ...models import Batch, Recommendation
from ...permissions import check_decline, check_withdraw
from ...selectors import offices_of
from .common import leave_batch, locked, record, record_in_batch, save, tell


@transaction.atomic
def decline_recommendation(
    *, recommendation: Recommendation, reason: str, version: int | None = None, by: User, on: date, now: datetime
) -> Recommendation:
    """An office's reviewer declines the version they read, before both have signed.

    Locks the recommendation; writes it, audit, notifications.

    Raises: NotAllowed, NotFound, WrongState, Conflict, InvalidInput (no reason).
    """
    recommendation = locked(recommendation, by)
    check_decline(recommendation, user=by, on=on)
    require_version(recommendation.version, version)
    return _close(recommendation, "decline", reason, by, on, now)


@transaction.atomic
def withdraw_recommendation(
    *, recommendation: Recommendation, reason: str, version: int | None = None, by: User, on: date, now: datetime
) -> Recommendation:
    """An office withdraws before the bank has answered; out of an unsent batch it is taken, in a sent one it stays as withdrawn.

    Locks the recommendation, then its batch; writes both, deadlines, audit, notifications (the bank's too when it was sent).

    Raises: NotAllowed, NotFound, WrongState, Conflict, InvalidInput (no reason).
    """
    recommendation = locked(recommendation, by)
    check_withdraw(recommendation, user=by, on=on)
    require_version(recommendation.version, version)
    sent = recommendation.status == RecommendationStatus.SENT
    _close(recommendation, "withdraw", reason, by, on, now)
    if sent:
        cancel_deadline(kind=DeadlineKind.BANK_DECISION, subject=recommendation, on=on)
        tell(recommendation, [recommendation.bank], "withdrawn", f"推荐已撤回，请停止审批：{recommendation.enterprise_name}", now)
        summary = f"发送后撤回：{recommendation.enterprise_name}"
        record_in_batch(recommendation, by, now, "recommendation.withdraw", summary, reason=recommendation.close_reason)
        _complete_batch(recommendation, by, on, now)
    else:
        leave_batch(recommendation, by, now, "recommendation.withdraw", "已撤回")
    return recommendation


@transaction.atomic
def mark_answered(*, recommendation: Recommendation, by: User, on: date, now: datetime) -> Recommendation:
    """The bank has decided (called by the loans app, in the transaction of its confirmation). The last one answers the batch.

    Locks the recommendation, then its batch; writes both, deadlines met, audit, notifications to the offices.

    Raises: NotAllowed (another bank), WrongState.
    """
    recommendation = locked(recommendation, by)
    if by.organisation_id != recommendation.bank_id:
        raise NotAllowed(f"该推荐由{recommendation.bank.short_name}审批答复。")
    save(recommendation, {"status": RECOMMENDATION_LIFECYCLE.target("answer", recommendation.status)})
    meet_deadline(kind=DeadlineKind.BANK_DECISION, subject=recommendation, on=on)
    record(recommendation, by, now, "recommendation.answer", "银行已答复")
    tell(recommendation, offices_of(recommendation.programme), "answered", f"银行已答复：{recommendation.enterprise_name}", now)
    _complete_batch(recommendation, by, on, now)
    return recommendation


def _close(recommendation: Recommendation, action: str, reason: str, by: User, on: date, now: datetime) -> Recommendation:
    step = RECOMMENDATION_LIFECYCLE.transitions[action]
    text = checked_text("reason", f"{step.label}的理由", reason, 200, printed=False)
    status = RECOMMENDATION_LIFECYCLE.target(action, recommendation.status)
    save(recommendation, {"status": status, "closed_by": by, "closed_on": on, "close_reason": text})
    cancel_deadline(kind=DeadlineKind.RECOMMENDATION_EXPIRY, subject=recommendation, on=on)
    record(recommendation, by, now, f"recommendation.{action}", f"{step.label}：{recommendation.enterprise_name}", reason=text)
    drafting = recommendation.drafted_by.organisation
    told = {office.pk: office for office in (*offices_of(recommendation.programme), *([drafting] if drafting else []))}
    tell(recommendation, list(told.values()), action, f"{step.label}：{recommendation.enterprise_name}（{text}）", now)
    return recommendation


def _complete_batch(recommendation: Recommendation, by: User, on: date, now: datetime) -> None:
    """A batch is answered when none of its recommendations waits any longer and the bank has answered at least one."""
    batch = Batch.objects.select_for_update().get(pk=recommendation.batch_id)
    statuses = set(batch.recommendations.values_list("status", flat=True))
    if RecommendationStatus.SENT in statuses or RecommendationStatus.ANSWERED not in statuses:
        return
    batch.status, batch.answered_on = BATCH_LIFECYCLE.target("answer", batch.status), on
    batch.save(update_fields=["status", "answered_on"])
    record_in_batch(recommendation, by, now, "recommendation.answer", "本批已全部答复")
