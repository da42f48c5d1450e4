"""Writing the audit trail. Every service that changes something records it here, in the same transaction."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models

from common.money import MoneyField, format_yuan

from ..models import AuditEvent, User


def record(
    *,
    by: User | None,
    now: datetime,
    action: str,
    subject: models.Model,
    summary: str,
    programme: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event about `subject`.

    `by` is None for the scheduled job. `action` is a permission name or a verb of the scheduler. `changes` maps a
    field's Chinese label to (before, after); `facts` is what binds from now on (`WitnessedModel.facts`). Amounts and dates
    are kept as text so that the trail never recomputes.
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
        changes={label: [text(before), text(after)] for label, (before, after) in (changes or {}).items()},
        facts={name: text(value) for name, value in (facts or {}).items()},
        reason=reason[:500],
    )


def changed(before: models.Model, after: models.Model, fields: list[str]) -> dict[str, tuple[Any, Any]]:
    """The differences between two states of one row, by the fields' Chinese labels and as a page prints them, for `record(changes=…)`."""
    found: list[Any] = [before._meta.get_field(name) for name in fields]
    return {
        str(field.verbose_name): (_shown(before, field), _shown(after, field))
        for field in found
        if getattr(before, field.name) != getattr(after, field.name)
    }


def _shown(row: models.Model, field: Any) -> Any:
    """A code by its label, an amount with its separators, yes and no as words; else the value itself."""
    value = getattr(row, field.name)
    if field.choices:
        return getattr(row, f"get_{field.name}_display")()
    if isinstance(value, bool):
        return "是" if value else "否"
    return format_yuan(value) if isinstance(field, MoneyField) and value is not None else value


def text(value: Any) -> str | None:
    """A value as the trail keeps it: the same for a value read back from the database."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
