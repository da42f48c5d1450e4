"""What waits for the bank, officer or reviewer. Each is a queryset; nobody but the bank's own people has any."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from enterprises.enums import RecommendationStatus
from enterprises.models import Recommendation
from parties.enums import OrganisationKind
from parties.models import User
from reserve.enums import DeadlineKind
from reserve.models import Deadline

from ..enums import ApprovalStatus, FactStatus, LoanStatus, NetCapitalStatus, RepaymentStatus
from ..models import CreditLine, Loan, NetCapital, Repayment, Reversal

RECOMMENDATION = "enterprises.recommendation"  # how a deadline names its subject


def decisions_to_propose(user: User) -> QuerySet[Any]:
    """Recommendations sent to the person's bank without a proposal, annotated with `decide_by` (the due day), oldest first."""
    clock = Deadline.objects.filter(kind=DeadlineKind.BANK_DECISION, subject_type=RECOMMENDATION, subject_id=OuterRef("pk"))
    rows: QuerySet[Recommendation] = _own(user, Recommendation.objects.visible_to(user)).filter(
        status=RecommendationStatus.SENT, credit_line__isnull=True
    )
    return (
        rows.annotate(decide_by=Subquery(clock.values("due_on")[:1]), provisional=Subquery(clock.values("provisional")[:1]))
        .select_related("batch")
        .order_by("decide_by", "pk")
    )


def proposals(user: User, *statuses: str) -> QuerySet[CreditLine]:
    """Proposals on recommendations that are still with the person's bank, in these statuses (waiting, by default)."""
    rows: QuerySet[CreditLine] = _own(user, CreditLine.objects.visible_to(user)).filter(
        status__in=statuses or (ApprovalStatus.PROPOSED,), recommendation__status=RecommendationStatus.SENT
    )
    return rows.select_related("recommendation", "proposed_by").order_by("proposed_at", "pk")


def loans_to_confirm(user: User) -> QuerySet[Loan]:
    """Disbursements entered and not confirmed."""
    rows: QuerySet[Loan] = _own(user, Loan.objects.visible_to(user)).filter(status=LoanStatus.ENTERED)
    return rows.select_related("entered_by").order_by("entered_at", "pk")


def repayments_to_confirm(user: User) -> QuerySet[Repayment]:
    """Repayments entered and not confirmed."""
    rows = Repayment.objects.visible_to(user).filter(status=RepaymentStatus.ENTERED, loan__bank=user.organisation_id)
    return rows.select_related("loan", "entered_by").order_by("entered_at", "pk")


def reversals_to_confirm(user: User) -> QuerySet[Reversal]:
    """Reversals entered and not confirmed."""
    rows = Reversal.objects.visible_to(user).filter(status=FactStatus.ENTERED, repayment__loan__bank=user.organisation_id)
    return rows.select_related("repayment__loan", "entered_by").order_by("entered_at", "pk")


def net_capitals_to_confirm(user: User) -> QuerySet[NetCapital]:
    """Net capital a colleague entered and nobody confirmed."""
    rows: QuerySet[NetCapital] = _own(user, NetCapital.objects.visible_to(user)).filter(status=NetCapitalStatus.ENTERED)
    return rows.exclude(entered_by=user).select_related("entered_by").order_by("entered_at", "pk")


def _own(user: User, rows: Any) -> Any:
    return rows.filter(bank=user.organisation_id) if user.kind == OrganisationKind.BANK else rows.none()
