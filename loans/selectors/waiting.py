"""What waits for the bank, officer or reviewer. Each is a queryset; nobody but the bank's own people has any."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable

from enterprises.enums import RecommendationStatus
from enterprises.models import Recommendation
from parties.enums import OrganisationKind
from parties.models import User
from reserve.enums import DeadlineKind
from reserve.models import Deadline

from ..enums import ApprovalStatus, ExtensionStatus, FactStatus, LoanStatus, NetCapitalStatus, RepaymentStatus
from ..models import BankSchedule, Correction, CreditLine, Extension, Loan, NetCapital, Repayment, Reversal

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


# A repayment entered before another one settled the loan, or before it was compensated, can only be discarded.
_OVER = (LoanStatus.SETTLED, LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF)
_LEFT_OVER = Case(When(loan__status__in=_OVER, then=Value("left_over")), default=Value("repayment"))


class WaitingFact(NamedTuple):
    """What a colleague entered on a loan and a reviewer of the bank has to confirm; `amount` in yuan, `day` of the fact."""

    kind: str
    loan_id: int
    programme_id: int
    enterprise_name: str
    note_no: str
    day: date
    amount: Decimal
    reason: str
    entered_by: str
    entered_at: datetime


def to_confirm(user: User) -> list[WaitingFact]:
    """Drawdowns, schedules, repayments, reversals, extensions and corrections that wait for this reviewer, oldest first. One query."""
    if user.kind != OrganisationKind.BANK or not user.is_reviewer:
        return []
    parts = [
        _facts(Loan, Value("loan"), LoanStatus.ENTERED, "", "disbursed_on", F("amount"), user),
        _facts(Repayment, _LEFT_OVER, RepaymentStatus.ENTERED, "loan__", "paid_on", _paid(""), user),
        _facts(
            Reversal, Value("reversal"), FactStatus.ENTERED, "repayment__loan__", "repayment__paid_on", _paid("repayment__"), user, "reason"
        ),
        _facts(Extension, Value("extension"), ExtensionStatus.CONSENTED, "loan__", "old_due_on", F("loan__outstanding"), user, "reason"),
        _facts(Correction, Value("correction"), FactStatus.ENTERED, "loan__", "loan__disbursed_on", F("loan__amount"), user, "reason"),
        _facts(BankSchedule, Value("bank_schedule"), FactStatus.ENTERED, "loan__", "received_on", F("loan__amount"), user),
    ]
    first, *others = parts
    return [WaitingFact(*row) for row in first.union(*others, all=True).order_by("at", "fact", "loan_key")]


def _facts(
    model: type[Any], kind: Combinable, status: str, loan: str, day: str, amount: Combinable, user: User, reason: str = ""
) -> QuerySet[Any, Any]:
    """One kind's rows in the columns of `WaitingFact`; `loan` is the way to the loan."""
    rows = model.objects.visible_to(user).filter(status=status, **{f"{loan}bank": user.organisation_id}).exclude(entered_by=user).order_by()
    columns: dict[str, Any] = {
        "fact": kind,
        "loan_key": F(f"{loan}pk"),
        "project": F(f"{loan}programme_id"),
        "company": F(f"{loan}enterprise_name"),
        "number": F(f"{loan}note_no"),
        "day": F(day),
        "money": amount,
        "said": F(reason) if reason else Value(""),
        "person": F("entered_by__name"),
        "at": F("entered_at"),
    }
    found: QuerySet[Any, Any] = rows.annotate(**columns).values_list(*columns)
    return found


def _paid(way: str) -> Combinable:
    return F(f"{way}principal") + F(f"{way}interest") + F(f"{way}penalty")


def net_capitals_to_confirm(user: User) -> QuerySet[NetCapital]:
    """Net capital a colleague entered and nobody confirmed."""
    rows: QuerySet[NetCapital] = _own(user, NetCapital.objects.visible_to(user)).filter(status=NetCapitalStatus.ENTERED)
    return rows.exclude(entered_by=user).select_related("entered_by").order_by("entered_at", "pk")


def extensions_to_consent(user: User) -> QuerySet[Extension]:
    """Extensions this office's reviewer has not spoken on, those maturing first."""
    rows = Extension.objects.visible_to(user).filter(status=ExtensionStatus.APPLIED)
    return rows.exclude(consents__organisation=user.organisation_id).select_related("loan").order_by("old_due_on", "pk")


def _own(user: User, rows: Any) -> Any:
    return rows.filter(bank=user.organisation_id) if user.kind == OrganisationKind.BANK else rows.none()
