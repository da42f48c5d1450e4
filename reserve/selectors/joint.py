"""Reading joint decisions: what was put to the parties about a thing, and what they said."""

from typing import Any

from django.db import models
from django.db.models import Prefetch, QuerySet

from ..enums import JointKind, JointStatus
from ..models import JointDecision, JointVoice


def decisions_about(subject: models.Model, kind: JointKind) -> QuerySet[JointDecision]:
    """What was put to the parties about a thing, the latest first, with every voice. Two queries."""
    voices = Prefetch("voices", JointVoice.objects.select_related("organisation", "spoken_by"))
    rows: QuerySet[JointDecision] = JointDecision.objects.filter(kind=kind, **_names(subject))
    return rows.select_related("proposed_by__organisation").prefetch_related(voices).order_by("-pk")


def pending_about(subject: models.Model, kind: JointKind) -> JointDecision | None:
    """What waits for the parties' words now; one at a time. One query."""
    rows = JointDecision.objects.filter(kind=kind, status=JointStatus.PROPOSED, **_names(subject))
    found: JointDecision | None = rows.select_related("proposed_by", "programme").first()
    return found


def _names(subject: models.Model) -> dict[str, Any]:
    return {"subject_type": subject._meta.label_lower, "subject_id": subject.pk}
