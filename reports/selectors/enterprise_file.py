"""一企一档: everything the installation holds of one enterprise that a person may see, in a fixed number of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import CharField, DateField, F, Prefetch, Q, QuerySet, Value

from common.money import MoneyField
from enterprises.models import Enterprise, EnterpriseBenefit, EnterpriseCategory, EnterpriseYear, Recommendation, Signature
from enterprises.selectors import with_superseded
from loans.models import Claim, Correction, CreditLine, EarlyWarning, Extension, Inspection, Loan, Recovery
from loans.selectors.grades import with_grade
from parties.models import Attachment, User
from parties.selectors import timeline
from parties.signers import Signers
from reserve.enums import JointKind
from reserve.models import JointDecision, Programme

from ..models import QuarterlySummary
from .declared import declarations


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """Something that befell a loan: `what` names its model; `day` and `until` as that model has them; yuan."""

    what: str
    about: int
    loan: Loan
    day: date | None
    until: date | None
    sum: Decimal | None
    part: Decimal | None
    code: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class EnterpriseFile:
    """As one person sees it on a day. Loans that were discarded are none."""

    enterprise: Enterprise
    on: date
    years: Sequence[EnterpriseYear]
    certificates: Sequence[EnterpriseCategory]
    benefits: Sequence[EnterpriseBenefit]
    recommendations: Sequence[Recommendation]
    lines: Sequence[CreditLine]
    loans: Sequence[Any]
    events: Sequence[LoanEvent]
    claims: Sequence[Claim]
    summaries: dict[int, QuarterlySummary]
    papers: Sequence[Attachment]
    signers: Signers

    def of(self, model: type[Any]) -> list[LoanEvent]:
        """The events of one kind, oldest first."""
        return [event for event in self.events if event.what == model._meta.label_lower]

    @property
    def size(self) -> str | None:
        """By the latest year recorded up to the day's; None when no figures are there."""
        return next((row.size for row in self.years if row.year <= self.on.year), None)

    @property
    def drawn(self) -> list[Any]:
        return [loan for loan in self.loans if loan.is_drawn]


def enterprise_file(enterprise: Enterprise, user: User, on: date) -> EnterpriseFile:
    """At most fourteen statements, whatever the file holds."""
    seen = {"enterprise": enterprise}
    benefits = with_superseded(EnterpriseBenefit.objects.visible_to(user).filter(**seen))
    recommendations = Recommendation.objects.visible_to(user).filter(**seen).select_related("programme", "batch", "bank")
    lines = CreditLine.objects.visible_to(user).filter(**seen).with_drawn().select_related("recommendation", "bank")
    rows = Loan.objects.visible_to(user).filter(**seen).exclude(status="discarded").select_related("bank", "programme")
    signatures = Prefetch("signatures", Signature.objects.select_related("organisation", "signed_by"))
    recommended = list(recommendations.prefetch_related(signatures).order_by("accepted_on", "pk"))
    loans = list(with_grade(rows, on).order_by("disbursed_on", "pk"))
    events = _events(loans)
    claims = list(Claim.objects.filter(loan__in=loans).order_by("pk")) if loans else []
    return EnterpriseFile(
        enterprise=enterprise,
        on=on,
        years=list(enterprise.years.all()),
        certificates=list(enterprise.categories.all()),
        benefits=list(benefits.select_related("programme").order_by("year", "half", "entry")),
        recommendations=recommended,
        lines=list(lines.order_by("proposed_at", "pk")),
        loans=loans,
        events=events,
        claims=claims,
        summaries=declarations(user, loans),
        papers=_papers(recommended, loans, claims, events),
        signers=Signers(*recommended),
    )


def trail_of(file: EnterpriseFile, user: User) -> list[Any]:
    """What was done to the enterprise and to everything in its file, newest first; repayments stand with each loan. One statement."""
    children = (
        Recommendation.objects.filter(pk__in=[row.pk for row in file.recommendations]),
        CreditLine.objects.filter(pk__in=[row.pk for row in file.lines]),
        Loan.objects.filter(pk__in=[row.pk for row in file.loans]),
        Claim.objects.filter(pk__in=[row.pk for row in file.claims]),
        Recovery.objects.filter(pk__in=[event.about for event in file.of(Recovery)]),
        EarlyWarning.objects.filter(pk__in=[event.about for event in file.of(EarlyWarning)]),
    )
    codes: Any = Programme.objects.visible_to(user).order_by().values("code")  # other programmes' events are not theirs to see
    return timeline(file.enterprise, *children, codes=codes, without=("repayment.enter", "repayment.confirm"))


_COLUMNS = ("about", "of_loan", "day", "until", "sum", "part", "code", "words", "state")


def _events(loans: Sequence[Any]) -> list[LoanEvent]:
    """Recoveries, extensions, corrections, warnings, inspections and decisions to write off, by day. One statement."""
    if not loans:
        return []
    by_key = {loan.pk: loan for loan in loans}
    own = Q(loan__in=list(by_key))
    about_loans = Q(kind=JointKind.WRITE_OFF, subject_type=Loan._meta.label_lower, subject_id__in=list(by_key))
    # The first: the union takes the types of its columns.
    money = _rows(Recovery, own, day="received_on", until="remitted_on", sum="gross", part="returned", code="source", words="note")
    others = (
        _rows(Extension, own, day="old_due_on", until="due_on", words="reason"),
        _rows(Correction, own, day="confirmed_on", sum="change", words="reason"),
        _rows(EarlyWarning, own, day="learned_on", until="lifted_on", code="kind", words="what"),
        _rows(Inspection, own, day="inspected_on", code="quarter", words="operation", state="result"),
        _rows(JointDecision, about_loans, day="decided_on", words="grounds", of_loan="subject_id"),
    )
    rows = money.union(*others, all=True).order_by("day", "told", "about")
    return [LoanEvent(what, about, by_key[loan], *rest) for what, about, loan, *rest in rows]


def _rows(model: type[Any], which: Q, **columns: str) -> QuerySet[Any, tuple[Any, ...]]:
    fixed = {"of_loan": "loan", "state": "status"} | columns
    empty: dict[str, Any] = {"until": DateField(), "sum": MoneyField(), "part": MoneyField(), "code": CharField()}
    missing = {name: kind for name, kind in empty.items() if name not in columns}
    annotations: dict[str, Any] = {name: Value("" if name == "code" else None, output_field=kind) for name, kind in missing.items()}
    annotations |= {name: F(field) for name, field in fixed.items()}
    rows: Any = model.objects.filter(which).order_by().annotate(told=Value(model._meta.label_lower), about=F("pk"))
    found: QuerySet[Any, tuple[Any, ...]] = rows.annotate(**annotations).values_list("told", *_COLUMNS)
    return found


def _papers(
    recommendations: Iterable[Recommendation], loans: Iterable[Loan], claims: Iterable[Claim], events: Iterable[LoanEvent]
) -> list[Attachment]:
    """Those handed in with a recommendation, its batch, a loan, a claim or a recovery, in this order. One statement."""
    recommended = list(recommendations)
    groups: list[tuple[str, set[int]]] = [
        (Recommendation._meta.label_lower, {row.pk for row in recommended}),
        ("enterprises.batch", {row.batch_id for row in recommended if row.batch_id}),
        (Loan._meta.label_lower, {row.pk for row in loans}),
        (Claim._meta.label_lower, {row.pk for row in claims}),
        (Recovery._meta.label_lower, {event.about for event in events if event.what == Recovery._meta.label_lower}),
    ]
    which = Q(pk__in=[])
    for label, keys in groups:
        if keys:
            which |= Q(object_type=label, object_id__in=[str(key) for key in keys])
    order = [label for label, _ in groups]
    return sorted(Attachment.objects.filter(which).select_related("uploaded_by"), key=lambda row: (order.index(row.object_type), row.pk))
