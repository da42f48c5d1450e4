"""What the actions on a recommendation share: its lock, its trail, messages to those concerned."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from common.errors import NotFound
from parties.models import Organisation, User
from parties.services import audit
from parties.services.notify import notify, people_of

from ...models import Batch, Recommendation


def locked(recommendation: Recommendation, by: User) -> Recommendation:
    """Read it again as the person sees it, locked until the transaction ends. Raises NotFound."""
    found = (
        Recommendation.objects.select_for_update(of=("self",))
        .visible_to(by)
        .select_related("programme", "enterprise", "bank", "drafted_by", "batch", "renews")
        .filter(pk=recommendation.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found  # type: ignore[no-any-return]


def save(recommendation: Recommendation, facts: dict[str, Any]) -> None:
    """Write these columns."""
    for name, value in facts.items():
        setattr(recommendation, name, value)
    recommendation.save(update_fields=list(facts))


def leave_batch(recommendation: Recommendation, by: User, now: datetime, action: str, why: str) -> None:
    """Take it out of its unsent batch, which is another version from then on. Locks the batch; writes both, audit."""
    if recommendation.batch_id is not None:
        record_in_batch(recommendation, by, now, action, f"{recommendation.enterprise_name}的推荐{why}，移出本批")
        Batch.objects.filter(pk=recommendation.batch_id).update(version=F("version") + 1)
        save(recommendation, {"batch": None})


def record(recommendation: Recommendation, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    """Append an event to its trail."""
    audit.record(by=by, now=now, action=action, subject=recommendation, summary=summary, programme=recommendation.programme.code, **more)


def record_in_batch(recommendation: Recommendation, by: User, now: datetime, action: str, summary: str, **more: Any) -> None:
    """Append an event to the trail of the batch it is in."""
    batch, code = recommendation.batch, recommendation.programme.code
    if batch is not None:
        audit.record(by=by, now=now, action=action, subject=batch, summary=summary, programme=code, **more)


def tell(recommendation: Recommendation, organisations: Sequence[Organisation], event: str, subject: str, now: datetime) -> None:
    """Notify the people of these organisations, once for each event of a version."""
    notify(
        recipients=people_of(organisations),
        key=f"recommendation:{recommendation.pk}:{recommendation.version}:{event}",
        subject=subject,
        url=recommendation.get_absolute_url(),
        now=now,
    )
