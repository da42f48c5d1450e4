"""Writing the audit trail. Every service that changes something records it here, in the same transaction."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models

from ..models import AuditEvent, User


def record(
    *,
    by: User | None,
    now: datetime,
    action: str,
    subject: models.Model,
    summary: str,
    programme: str = "",
    changes: dict[str, tuple[Any, Any]] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event about `subject`.

    `by` is None for the scheduled job. `action` is a permission name or a verb of the scheduler. `changes` maps a
    field's Chinese label to (before, after); amounts and dates are kept as text so that the trail never recomputes.
    """
    return AuditEvent.objects.create(
        at=now,
        actor=by,
        actor_name=by.name if by else "系统定时任务",
        organisation=by.organisation if by else None,
        action=action,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        object_label=str(subject)[:200],
        programme_code=programme,
        summary=summary[:300],
        changes={label: [_text(before), _text(after)] for label, (before, after) in (changes or {}).items()},
        reason=reason[:500],
    )


def changed(before: models.Model, after: models.Model, fields: list[str]) -> dict[str, tuple[Any, Any]]:
    """The differences between two states of one row, by the fields' Chinese labels, for `record(changes=…)`."""
    result: dict[str, tuple[Any, Any]] = {}
    for name in fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            result[str(before._meta.get_field(name).verbose_name)] = (old, new)  # type: ignore[union-attr]
    return result


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
