"""Each bound row against the facts the audit trail keeps of it, and each fact of the trail against its row."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.functions import Cast

from common.witness import WitnessedModel
from parties.models import AuditEvent
from parties.services.audit import text
from reserve.models import Programme
from reserve.services.verify import Fault

from .comparison import CHUNK, label_of, side_by_side


def faults(programme: Programme, model: type[WitnessedModel]) -> Iterator[Fault]:
    """What differs from the last facts recorded, in the order of the keys' text, which trail and rows share. Two queries."""
    label = model._meta.verbose_name
    for key, (rows, facts) in side_by_side(_bound(programme, model), _recorded(programme, model)):
        if not rows:
            yield Fault.of(model, int(key), "missing", f"{label} {key} 已由审计记录认定，现已不存在或退回了认定前的状态。")
        elif not facts:
            yield Fault.of(model, int(key), "unwitnessed", f"{label} {key} 没有审计记录认定。")
        elif difference := next(_differing(rows[0], facts[-1]), None):
            name, found, kept = difference
            sentence = f"{label} {key} 的“{label_of(model, name)}”为“{found}”，审计记录认定的是“{kept}”。"
            yield Fault.of(model, int(key), name, sentence)


def _bound(programme: Programme, model: type[WitnessedModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    manager: models.Manager[Any] = model._default_manager
    rows = manager.filter(model.BOUND, programme=programme).annotate(key=Cast("pk", models.CharField())).order_by("key")
    return ((row["key"], row) for row in rows.values("key", *model.FACTS).iterator(CHUNK))


def _recorded(programme: Programme, model: type[WitnessedModel]) -> Iterator[tuple[str, dict[str, str | None]]]:
    events = AuditEvent.objects.filter(programme_code=programme.code, object_type=model._meta.label_lower).exclude(facts={})
    return iter(events.order_by("object_id", "id").values_list("object_id", "facts").iterator(CHUNK))


def _differing(row: dict[str, Any], facts: dict[str, str | None]) -> Iterator[tuple[str, str | None, str | None]]:
    for name, value in row.items():
        if name != "key" and text(value) != facts.get(name):
            yield name, text(value), facts.get(name)
