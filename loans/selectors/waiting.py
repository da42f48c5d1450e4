"""What waits for the bank, officer or reviewer. Each is a queryset; nobody but the bank's own people has any."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable

from enterprises.enums import RecommendationStatus
from enterprises.models import Recommendation
from parties.enums import OrganisationKind
from parties.models import User
from parties.permissions import own_hands
from reserve.enums import DeadlineKind
from reserve.models import Deadline

from ..claim_enums import RecoveryStatus
from ..enums import ApprovalStatus, ExtensionStatus, FactStatus, LoanStatus, NetCapitalStatus, RepaymentStatus
from ..models import BankSchedule, Correction, Extension, Loan, NetCapital, Recovery, Repayment, Reversal
from .write_offs import write_offs_to_speak

RECOMMENDATION = "enterprises.recommendation"  # how a deadline names its subject


def decisions(user: User) -> QuerySet[Any]:
    """Recommendations sent to the person's bank that wait for them, annotated with `decide_by` (the due day), oldest first: an
    officer's without a proposal or with one that was sent back (`credit_line`), a reviewer's with another's proposal.
    """
    clock = Deadline.objects.filter(kind=DeadlineKind.BANK_DECISION, subject_type=RECOMMENDATION, subject_id=OuterRef("pk"))
    wanted = Q(pk__in=[])
    if user.is_officer:
        wanted |= Q(credit_line__isnull=True) | Q(credit_line__status=ApprovalStatus.SENT_BACK)
    if user.is_reviewer:
        wanted |= Q(credit_line__status=ApprovalStatus.PROPOSED) & ~own_hands(user, "credit_line__proposed_by")
    rows: QuerySet[Recommendation] = _own(user, Recommendation.objects.visible_to(user)).filter(wanted, status=RecommendationStatus.SENT)
    return (
        rows.annotate(decide_by=Subquery(clock.values("due_on")[:1]), provisional=Subquery(clock.values("provisional")[:1]))
        .select_related("batch", "credit_line__proposed_by")
        .order_by("decide_by", "pk")
    )


# A repayment entered before another one settled the loan, or before it was compensated, can only be discarded.
_OVER = (LoanStatus.SETTLED, LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF)
_LEFT_OVER = Case(When(loan__status__in=_OVER, then=Value("left_over")), default=Value("repayment"))


class WaitingFact(NamedTuple):
    """What a colleague entered and a reviewer of the bank has to confirm; `amount` in yuan, `day` of the fact.

    `about`: the loan it was entered on, by key. A net capital is the bank's own: of no programme, `about` itself, its source
    in the place of the enterprise.
    """

    kind: str
    about: int
    programme_id: int | None
    enterprise_name: str
    note_no: str
    day: date
    amount: Decimal
    reason: str
    entered_by: str
    entered_at: datetime


def to_confirm(user: User) -> list[WaitingFact]:
    """What others of the bank entered or proposed and this reviewer has to confirm or speak on, oldest first. One query."""
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
        _facts(Recovery, Value("recovery"), RecoveryStatus.ENTERED, "loan__", "received_on", F("gross"), user),
        _facts(Recovery, Value("remittance"), RecoveryStatus.REMITTING, "loan__", "remitted_on", F("returned"), user, by="remit_entered"),
        _write_offs(user),
        _net_capitals(user),
    ]
    first, *others = parts
    return [WaitingFact(*row) for row in first.union(*others, all=True).order_by("at", "fact", "loan_key")]


def _facts(
    model: type[Any],
    kind: Combinable,
    status: str,
    loan: str,
    day: str,
    amount: Combinable,
    user: User,
    reason: str = "",
    by: str = "entered",
) -> QuerySet[Any, Any]:
    """One kind's rows in the columns of `WaitingFact`; `loan` is the way to the loan, `by` the pair of who and when."""
    rows = model.objects.visible_to(user).filter(status=status, **{f"{loan}bank": user.organisation_id})
    rows = rows.exclude(own_hands(user, f"{by}_by")).order_by()
    columns: dict[str, Any] = {
        "fact": kind,
        "loan_key": F(f"{loan}pk"),
        "project": F(f"{loan}programme_id"),
        "company": F(f"{loan}enterprise_name"),
        "number": F(f"{loan}note_no"),
        "day": F(day),
        "money": amount,
        "said": F(reason) if reason else Value(""),
        "person": F(f"{by}_by__name"),
        "at": F(f"{by}_at"),
    }
    found: QuerySet[Any, Any] = rows.annotate(**columns).values_list(*columns)
    return found


def _write_offs(user: User) -> QuerySet[Any, Any]:
    """Proposals to speak on in the columns of `WaitingFact`."""
    loan = Loan.objects.filter(pk=OuterRef("subject_id"))
    columns: dict[str, Any] = {
        "fact": Value("write_off"),
        "loan_key": F("subject_id"),
        "project": F("programme_id"),
        "company": F("enterprise_name"),
        "number": F("note_no"),
        "day": Subquery(loan.values("compensated_on")[:1]),
        "money": Subquery(loan.values("compensated")[:1]),
        "said": F("grounds"),
        "person": F("proposed_by__name"),
        "at": F("proposed_at"),
    }
    found: QuerySet[Any, Any] = write_offs_to_speak(user).order_by().annotate(**columns).values_list(*columns)
    return found


def _paid(way: str) -> Combinable:
    return F(f"{way}principal") + F(f"{way}interest") + F(f"{way}penalty")


def _net_capitals(user: User) -> QuerySet[Any, Any]:
    """Net capital a colleague entered, in the columns of `WaitingFact`: of no loan and no programme, so its own key stands there."""
    rows: QuerySet[NetCapital] = _own(user, NetCapital.objects.visible_to(user)).filter(status=NetCapitalStatus.ENTERED)
    columns: dict[str, Any] = {
        "fact": Value("net_capital"),
        "loan_key": F("pk"),
        "project": Value(None, IntegerField()),
        "company": F("source"),
        "number": Value(""),
        "day": F("effective_on"),
        "money": F("amount"),
        "said": Value(""),
        "person": F("entered_by__name"),
        "at": F("entered_at"),
    }
    found: QuerySet[Any, Any] = rows.exclude(own_hands(user, "entered_by")).order_by().annotate(**columns).values_list(*columns)
    return found


def extensions_to_consent(user: User) -> QuerySet[Extension]:
    """Extensions this office's reviewer has not spoken on, those maturing first."""
    rows = Extension.objects.visible_to(user).filter(status=ExtensionStatus.APPLIED)
    return rows.exclude(consents__organisation=user.organisation_id).select_related("loan").order_by("old_due_on", "pk")


def _own(user: User, rows: Any) -> Any:
    return rows.filter(bank=user.organisation_id) if user.kind == OrganisationKind.BANK else rows.none()
