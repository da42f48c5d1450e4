"""Joint decisions about writing a loan off (domain §3.10)."""

from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from parties.models import User
from parties.permissions import own_hands
from reserve.enums import JointKind, JointStatus
from reserve.models import JointDecision, JointVoice

from ..models import Loan

VOICES = Prefetch("voices", JointVoice.objects.select_related("organisation", "spoken_by"))


def write_offs(user: User) -> QuerySet[Any]:
    """Those of the person's programmes, each with its loan's `enterprise_name`, `note_no` and `bank_name`."""
    loan = Loan.objects.filter(pk=OuterRef("subject_id"))
    named = {"enterprise_name": "enterprise_name", "note_no": "note_no", "bank_name": "bank__short_name"}
    rows: QuerySet[Any] = JointDecision.objects.visible_to(user).filter(kind=JointKind.WRITE_OFF)
    found: QuerySet[Any] = rows.annotate(**{name: Subquery(loan.values(path)[:1]) for name, path in named.items()})
    return found


def write_offs_of(loan: Loan) -> QuerySet[JointDecision]:
    """A loan's own, oldest first."""
    rows: QuerySet[JointDecision] = JointDecision.objects.filter(
        kind=JointKind.WRITE_OFF, subject_type=Loan._meta.label_lower, subject_id=loan.pk
    )
    return rows.select_related("proposed_by").prefetch_related(VOICES)


def write_offs_to_speak(user: User) -> QuerySet[Any]:
    """Proposed ones on which the person's organisation has not spoken, nor the person proposed, oldest first. One query."""
    asked = JointVoice.objects.filter(organisation=user.organisation_id, agrees__isnull=True).values("decision")
    rows = write_offs(user).filter(status=JointStatus.PROPOSED, pk__in=asked).exclude(own_hands(user, "proposed_by"))
    return rows.order_by("proposed_at", "pk")
