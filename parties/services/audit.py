"""Writing the audit trail. Every service that changes something records it here, in the same transaction."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models

from common.money import MoneyField, format_yuan

from ..models import AuditEvent, User
from ..permissions import PERMISSIONS, in_place_of

# Verbs that are no permission themselves → the permissions of which one lets a business person do it.
LET_BY: dict[str, tuple[str, ...]] = {
    "approval.open": ("loan.confirm",),
    "bank_schedule.confirm": ("loan.confirm",),
    "bank_schedule.discard": ("loan.enter", "loan.confirm"),
    "bank_schedule.enter": ("loan.enter",),
    "claim.approve": ("claim.decide",),
    "claim.short": ("claim.decide",),
    "claim.unpay": ("claim.pay", "claim.confirm_payment"),
    "correction.discard": ("correction.enter", "correction.confirm"),
    "extension.withdraw": ("extension.apply", "extension.confirm"),
    "import.confirm": ("repayment.confirm", "enterprise.edit"),
    "import.countersign": ("opening.countersign",),
    "import.discard": ("repayment.enter", "repayment.confirm", "enterprise.edit"),
    "import.recheck": ("repayment.enter", "enterprise.edit"),
    "import.refuse": ("opening.countersign",),
    "import.upload": ("repayment.enter", "enterprise.edit"),
    "interest.confirm_reversal": ("interest.confirm",),
    "interest.discard": ("interest.enter", "interest.confirm"),
    "interest.discard_reversal": ("interest.enter", "interest.confirm"),
    "interest.reverse": ("interest.enter",),
    "loan.compensate": ("claim.confirm_payment",),
    "loan.discard": ("loan.enter", "loan.confirm"),
    "loan.open": ("loan.confirm",),
    "loan.recovered": ("recovery.confirm",),
    "loan.write_off": ("joint.speak",),
    "net_capital.discard": ("net_capital.enter", "net_capital.confirm"),
    "recommendation.answer": ("approval.confirm",),
    "recommendation.open": ("loan.enter",),
    "recovery.confirm_remittance": ("recovery.confirm",),
    "recovery.discard": ("recovery.enter", "recovery.confirm"),
    "recovery.remit": ("recovery.enter",),
    "recovery.revoke": ("recovery.confirm",),
    "recovery.unremit": ("recovery.enter", "recovery.confirm"),
    "refund.withdraw": ("refund.instruct",),
    "repayment.discard": ("repayment.enter", "repayment.confirm"),
    "reversal.confirm": ("repayment.confirm",),
    "reversal.discard": ("repayment.enter", "repayment.confirm"),
    "reversal.enter": ("repayment.enter",),
    "statement.discard": ("statement.enter",),
    "statement.discard_explanation": ("statement.explain", "statement.accept"),
    "suspension.resume": ("joint.speak",),
}


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
    let_by: Iterable[str] = (),
) -> AuditEvent:
    """Append one event about `subject`.

    `by` is None for the scheduled job. `action` is a permission name or a verb; of a verb, `let_by` are the permissions
    that let them where `LET_BY` cannot tell. Who needed the role of a colleague whose place they take has both names in
    the line. `changes` maps a field's Chinese label to (before, after); `facts` is what binds from now on
    (`WitnessedModel.facts`). Amounts and dates are kept as text so that the trail never recomputes.
    """
    actions = tuple(let_by) or LET_BY.get(action) or ((action,) if action in PERMISSIONS else ())
    absent = in_place_of(by, actions) if by and actions else None
    return AuditEvent.objects.create(
        at=now,
        actor=by,
        actor_name=by.name if by else "系统定时任务",
        on_behalf_of_id=absent.pk if absent else None,
        on_behalf_of_name=absent.name if absent else "",
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
