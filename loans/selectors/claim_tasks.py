"""Open claims with all that says whose turn it is, in one query: every first page asks for them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast

from parties.enums import OrganisationKind
from parties.models import Attachment, User
from reserve.models import Deadline
from reserve.rule_definitions import CLAIM_PAPERS

from ..claim_enums import REVIEWS, ClaimStage, Verdict
from ..models import Claim, ClaimWord, PaymentNotice
from .claims import required_papers

ABOUT = Claim._meta.label_lower
BITS = {label: 1 << place for place, label in enumerate(CLAIM_PAPERS.values())}


def open_claims(user: User, statuses: Iterable[str]) -> QuerySet[Any]:
    """Claims in these statuses, a bank's own alone, oldest first.

    Annotates, of the present round: `own_draft_by`, `own_draft_at` (who drafted the unsigned word of the person's office, and when),
    `science_signed`, `town_signed`, `returned_because`; of the orders to pay: `ordered` (how many), `ordered_by_own`; the clock that runs:
    `due_on`, `provisional`; `attached` for `lacking`.
    """
    rows: QuerySet[Any] = Claim.objects.visible_to(user).filter(status__in=statuses)
    if user.kind == OrganisationKind.BANK:
        rows = rows.filter(loan__bank=user.organisation_id)
    said = ClaimWord.objects.filter(claim=OuterRef("pk"), round=OuterRef("round")).order_by()
    own = said.filter(stage=REVIEWS.get(user.kind, ClaimStage.FINAL), signed_at__isnull=True)
    orders = PaymentNotice.objects.filter(claim=OuterRef("pk")).order_by()
    clock = Deadline.objects.filter(subject_type=ABOUT, subject_id=OuterRef("pk"), met_on__isnull=True, cancelled_on__isnull=True)
    found: QuerySet[Any] = rows.annotate(
        own_draft_by=Subquery(own.values("drafted_by")[:1]),
        own_draft_at=Subquery(own.values("drafted_at")[:1]),
        science_signed=Exists(said.filter(stage=ClaimStage.SCIENCE, signed_at__isnull=False)),
        town_signed=Exists(said.filter(stage=ClaimStage.TOWN, signed_at__isnull=False)),
        returned_because=Subquery(said.filter(verdict=Verdict.RETURN).values("opinion")[:1]),
        ordered=Subquery(orders.values("claim").annotate(count=Count("pk")).values("count")),
        ordered_by_own=Exists(orders.filter(account__funder=user.organisation_id)),
        due_on=Subquery(clock.order_by("due_on").values("due_on")[:1]),
        provisional=Subquery(clock.order_by("due_on").values("provisional")[:1]),
        attached=Subquery(_attached().values("mask")),
    )
    return found.select_related("loan__credit_line").order_by("pk")


def _attached() -> QuerySet[Any, Any]:
    """The kinds of paper attached to a claim, as the sum of their bits."""
    papers = Attachment.objects.filter(object_type=ABOUT, object_id=Cast(OuterRef("pk"), CharField())).order_by().values("object_id")
    bit = Case(*(When(kind=label, then=Value(bit)) for label, bit in BITS.items()), default=Value(0))
    return papers.annotate(mask=Sum(bit, distinct=True))


def lacking(claim: Any) -> list[str]:
    """What one of the `open_claims` lacks of its checklist, by label. No query."""
    return [label for label in required_papers(claim) if not (claim.attached or 0) & BITS[label]]
