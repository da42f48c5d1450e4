"""到期看板: what falls due in the days to come, of whatever app, in one order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable

from common.money import MoneyField
from enterprises.models import EnterpriseCategory
from loans.enums import InstalmentKind
from loans.models import Loan, ScheduleLine
from loans.rules.inspections import owed_quarters
from loans.selectors.inspections import owes_first
from loans.selectors.recoveries import without_report
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from reserve.models import Deadline, Programme
from reserve.quarters import Quarter
from reserve.workdays import WorkdayTable

from ..enums import CLOCKS, DueKind

SPANS = (10, 20, 30)
"""Working days the board looks ahead."""

NOTHING = Value(None, output_field=MoneyField())
CERTAIN = Value(False, output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class Span:
    """From `on` to `until`, both included."""

    on: date
    until: date


def span_of(workdays: int, on: date, table: WorkdayTable) -> Span:
    """From a day through so many working days after it; in a year without a notice by the provisional calendar."""
    return Span(on, table.add_workdays_provisional(on, workdays)[0])


def board(
    user: User,
    span: Span,
    *,
    kind: str = "",
    organisation: Organisation | None = None,
    programme: Programme | None = None,
    words: Sequence[str] = (),
) -> QuerySet[Any, dict[str, Any]]:
    """What is due within the span in the person's programmes, by day; clocks that have run out and are not met come first.

    Rows are dictionaries: `day`, `what` (of `DUE_KINDS`), `name`, `note`, `sum` (yuan, None without), `guess` (a provisional day),
    `unit` (whose it is), `project` with its code, `href`, `about` (key of the object; of inspections, how many). One query, in the
    database: it can be counted and cut, not filtered further.
    """
    asked = [(known, part) for known, source in _SOURCES.items() if not kind or kind in known for part in source(user, span)]
    parts = []
    for known, found in asked:
        rows = found.filter(kind=kind) if kind and len(known) > 1 else found
        if organisation is not None:
            rows = rows.filter(unit_id=organisation.pk)
        if programme is not None:
            rows = rows.filter(project_id=programme.pk)
        for word in words:
            rows = rows.filter(Q(name__icontains=word) | Q(note__icontains=word))
        parts.append(rows.values(*_COLUMNS))
    first, *others = parts
    return first.union(*others, all=True).order_by(*ORDER)


_COLUMNS = ("day", "what", "name", "note", "sum", "guess", "unit_id", "unit", "project_id", "project", "project_code", "href", "about")
ORDER = ("day", "what", "name", "about")


def _row(rows: QuerySet[Any], to: str, **columns: Combinable) -> QuerySet[Any]:
    """`to`: the way to the object that has the `bank` and the `programme`, for what `columns` do not say."""
    shared = {
        "sum": NOTHING,
        "guess": CERTAIN,
        "unit_id": F(f"{to}bank"),
        "unit": F(f"{to}bank__short_name"),
        "project_id": F(f"{to}programme"),
        "project": F(f"{to}programme__name"),
        "project_code": F(f"{to}programme__code"),
        "href": Value(""),
        "about": F("pk"),
    }
    found: QuerySet[Any] = rows.order_by().annotate(**{name: columns.get(name) or shared[name] for name in _COLUMNS})
    return found


def _maturities(user: User, span: Span) -> list[QuerySet[Any]]:
    rows = Loan.objects.visible_to(user).running().filter(due_on__range=(span.on, span.until))
    what = Value(DueKind.MATURITY.value)
    return [_row(rows, "", day=F("due_on"), what=what, name=F("enterprise_name"), note=F("note_no"), sum=F("outstanding"))]


def _instalments(user: User, span: Span) -> list[QuerySet[Any]]:
    """Those that are not paid by now, without the one at maturity."""
    rows = ScheduleLine.objects.filter(
        loan__in=Loan.objects.visible_to(user).running(),
        cleared_on__isnull=True,
        payable_on__range=(span.on, span.until),
        due_on__lt=F("loan__due_on"),
    ).exclude(kind=InstalmentKind.EARLY)
    found = _row(
        rows,
        "loan__",
        day=F("payable_on"),
        what=Value(DueKind.INSTALMENT.value),
        name=F("loan__enterprise_name"),
        note=F("loan__note_no"),
        sum=F("principal") - F("principal_paid") + F("interest") - F("interest_paid"),
        guess=F("provisional"),
        about=F("loan"),
    )
    return [found]


def _inspections(user: User, span: Span) -> list[QuerySet[Any]]:
    """Of each quarter that is asked for; one that is over is late."""
    loans = Loan.objects.visible_to(user)
    return [
        _counted(loans.filter(owes_first(quarter, span.on)), DueKind.INSPECTION, quarter, quarter.end, span)
        for quarter in owed_quarters(date.min, span.on)
    ]


def _recovery_reports(user: User, span: Span) -> list[QuerySet[Any]]:
    """For the last quarter; they are asked for until the present one ends."""
    present = Quarter.of(span.on)
    rows = without_report(Loan.objects.visible_to(user), span.on)
    return [_counted(rows, DueKind.RECOVERY_REPORT, present.previous(), present.end, span)]


def _counted(rows: QuerySet[Any], what: DueKind, quarter: Quarter, day: date, span: Span) -> QuerySet[Any]:
    """Loans that owe something for a quarter by a day, counted: one row for each bank and programme."""
    found = (
        rows.order_by()
        .values("bank", "bank__short_name", "programme", "programme__name", "programme__code")
        .annotate(name=Value(str(quarter)), day=Value(day), about=Count("pk"))
        .filter(day__lte=span.until)
    )
    columns = {"what": Value(what.value), "note": Value(""), "sum": NOTHING, "guess": CERTAIN}
    scope = {"unit_id": F("bank"), "unit": F("bank__short_name"), "project_id": F("programme"), "project": F("programme__name")}
    scope["project_code"] = F("programme__code")
    annotated: QuerySet[Any] = found.annotate(**columns, **scope, href=Value(""))
    return annotated


def _certificates(user: User, span: Span) -> list[QuerySet[Any]]:
    """Of enterprises with running loans, without a later one of the same category; told to those who keep the register."""
    later = EnterpriseCategory.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=OuterRef("valid_until")),
        enterprise=OuterRef("enterprise"),
        category=OuterRef("category"),
    )
    lent = (
        Loan.objects.visible_to(user)
        .running()
        .filter(enterprise=OuterRef("enterprise"), programme=OuterRef("enterprise__links__programme"))
    )
    keepers = Organisation.objects.filter(
        memberships__programme=OuterRef("project_id"), kind__in=(OrganisationKind.CITY_CENTRE, OrganisationKind.SCIENCE_BUREAU)
    ).order_by("kind")
    rows = EnterpriseCategory.objects.filter(valid_until__range=(span.on, span.until))
    programme = {"project_id": "", "project": "__name", "project_code": "__code"}
    rows = rows.annotate(**{name: F(f"enterprise__links__programme{field}") for name, field in programme.items()})
    found: QuerySet[Any] = rows.filter(Exists(lent), ~Exists(later)).annotate(
        day=F("valid_until"),
        what=Value(DueKind.CERTIFICATE.value),
        name=F("enterprise__name"),
        note=F("certificate_no"),
        sum=NOTHING,
        guess=CERTAIN,
        unit_id=Subquery(keepers.values("pk")[:1]),
        unit=Subquery(keepers.values("short_name")[:1]),
        href=Value(""),
        about=F("enterprise"),
    )
    return [found.order_by()]


def _clocks(user: User, span: Span) -> list[QuerySet[Any]]:
    rows = Deadline.objects.visible_to(user).filter(kind__in=CLOCKS, met_on__isnull=True, cancelled_on__isnull=True, due_on__lte=span.until)
    found = _row(
        rows,
        "",
        day=F("due_on"),
        what=F("kind"),
        name=F("label"),
        note=Value(""),
        guess=F("provisional"),
        unit_id=F("organisation"),
        unit=F("organisation__short_name"),
        href=F("url"),
    )
    return [found]


_Source = Callable[[User, Span], list[QuerySet[Any]]]
_SOURCES: Mapping[tuple[str, ...], _Source] = {
    (DueKind.MATURITY,): _maturities,  # first: the union takes the types of its columns
    (DueKind.INSTALMENT,): _instalments,
    (DueKind.INSPECTION,): _inspections,
    (DueKind.RECOVERY_REPORT,): _recovery_reports,
    (DueKind.CERTIFICATE,): _certificates,
    CLOCKS: _clocks,
}
