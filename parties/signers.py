"""Names as papers print them: 王五（代李四） where a person acted in a colleague's place, as the trail has it."""

from datetime import datetime
from typing import Any

from django.db import models

from .models import AuditEvent, User
from .permissions import in_place_of
from .places import in_place


class Signers:
    """Who signed or handled something of these objects: `signers(row, "filed")` is the name of `row.filed_by` at `row.filed_at`.

    One statement, however many objects. A place shows in the trail alone, of the same person at the same moment: what one writes
    on an object is written with the time of the line that tells of it.
    """

    def __init__(self, *subjects: models.Model) -> None:
        about: dict[str, list[str]] = {}
        for subject in subjects:
            about.setdefault(subject._meta.label_lower, []).append(str(subject.pk))
        which = models.Q(pk__in=[])
        for label, keys in about.items():
            which |= models.Q(object_type=label, object_id__in=keys)
        events = AuditEvent.objects.filter(which, on_behalf_of__isnull=False) if about else AuditEvent.objects.none()
        self._names: dict[tuple[int, datetime], str] = {(event.actor_id, event.at): event.person for event in events}

    def __call__(self, row: Any, step: str) -> str:
        person: User | None = getattr(row, f"{step}_by")
        return self._names.get((person.pk, getattr(row, f"{step}_at")), person.name) if person else ""


def signing(user: User, action: str) -> str:
    """The name of a person who signs now by `action`, of which the trail has no line yet."""
    absent = in_place_of(user, [action])
    return in_place(user.name, absent.name if absent else "")
