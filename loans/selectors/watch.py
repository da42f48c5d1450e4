"""关注名单: running loans somebody should look at before they cost the reserve anything, and why (domain §3.8)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from reserve.quarters import Quarter

from ..enums import FOUND_WANTING, NON_PERFORMING, RUNNING, InspectionResult, LoanGrade, WarningKind, WarningStatus, WatchReason
from ..models import EarlyWarning, Inspection
from .grades import graded_at_best, in_arrears, with_grade
from .inspections import owes_inspection, with_inspection

NEAR_MATURITY = timedelta(days=30)
GRAVITY = {reason: rank for rank, reason in enumerate(WatchReason, start=1)}
"""1 is the gravest."""


@lru_cache(maxsize=2)
def holds(on: date) -> Mapping[WatchReason, Q]:
    """What makes each reason hold, asked of running loans. Put together once a day: it takes longer than many a page's statements."""
    later = Inspection.objects.filter(loan=OuterRef("loan")).order_by()
    later = later.filter(Q(quarter__gt=OuterRef("quarter")) | Q(quarter=OuterRef("quarter"), pk__gt=OuterRef("pk")))
    wanting = Inspection.objects.filter(~Exists(later), loan=OuterRef("pk"), result__in=FOUND_WANTING)
    non_performing = graded_at_best(NON_PERFORMING[0], on)
    return {
        WatchReason.NON_PERFORMING: non_performing,
        WatchReason.OVERDUE: in_arrears(on),
        WatchReason.WARNING: Q(Exists(_standing_warnings())),
        WatchReason.INSPECTION: Q(Exists(wanting)),
        WatchReason.SPECIAL_MENTION: graded_at_best(LoanGrade.SPECIAL_MENTION, on) & ~non_performing,
        WatchReason.UNINSPECTED: owes_inspection(on, before=Quarter.of(on)),  # the present quarter's is not late yet
        WatchReason.MATURITY: Q(due_on__lte=on + NEAR_MATURITY),
    }


def _standing_warnings() -> QuerySet[EarlyWarning]:
    """Those that stand against a loan's borrower in its programme."""
    same = {"loan__enterprise": OuterRef("enterprise"), "loan__programme": OuterRef("programme")}
    found: QuerySet[EarlyWarning] = EarlyWarning.objects.filter(**same, status=WarningStatus.WARNED).order_by()
    return found


def watched(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Those of the running loans for which a reason holds on a day, gravest first, then longest overdue, then nearest to maturity.

    Annotates `gravity` and what `with_reasons` does.
    """
    found = with_reasons(with_gravity(loans, on), on).filter(gravity__isnull=False)
    return found.order_by("gravity", F("unpaid_since").asc(nulls_last=True), "due_on", "pk")


def with_gravity(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """The running loans with `gravity`: how grave the gravest reason that holds on a day is; None where none does."""
    found: QuerySet[Any] = loans.filter(status__in=RUNNING).annotate(gravity=_gravest(on))
    return found


@lru_cache(maxsize=2)
def _gravest(on: date) -> Case:
    return Case(*(When(condition, then=Value(GRAVITY[reason])) for reason, condition in holds(on).items()), default=Value(None))


def with_reasons(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Annotate what `reasons` reads of running loans.

    That is what `with_grade` and `with_inspection` annotate, `warned` (the kind of the latest warning that stands against the
    borrower in this programme) with `warnings_standing` (how many), and `inspected` (result of the latest inspection).
    """
    standing = _standing_warnings()
    inspected = Inspection.objects.filter(loan=OuterRef("pk")).order_by("-quarter", "-pk")
    found: QuerySet[Any] = with_inspection(with_grade(loans, on), on).annotate(
        warned=Subquery(standing.order_by("-learned_on", "-pk").values("kind")[:1]),
        warnings_standing=Subquery(standing.values("loan__enterprise").annotate(count=Count("pk")).values("count")),
        inspected=Subquery(inspected.values("result")[:1]),
    )
    return found


def because_of(rows: QuerySet[Any], reason: str, on: date) -> QuerySet[Any]:
    """Those of the `watched` for which a reason holds, be it the gravest or not."""
    return rows.filter(holds(on)[WatchReason(reason)])


def reasons(row: Any, on: date) -> dict[WatchReason, str]:
    """Every reason that holds of a `watched` loan, gravest first, in words. No query."""
    grade = LoanGrade(row.grade)
    said = {
        WatchReason.NON_PERFORMING: f"五级分类“{grade.label}”" if grade in NON_PERFORMING else "",
        WatchReason.OVERDUE: f"逾期 {(on - row.unpaid_since).days} 天" if row.unpaid_since else "",
        WatchReason.WARNING: _warned(row),
        WatchReason.INSPECTION: f"检查结论“{InspectionResult(row.inspected).label}”" if row.inspected in FOUND_WANTING else "",
        WatchReason.SPECIAL_MENTION: f"五级分类“{grade.label}”" if grade == LoanGrade.SPECIAL_MENTION else "",
        WatchReason.UNINSPECTED: _uninspected(row, on),
        WatchReason.MATURITY: _matures(row, on),
    }
    return {reason: words for reason, words in said.items() if words}


def _warned(row: Any) -> str:
    if row.warned is None:
        return ""
    kind = f"预警：{WarningKind(row.warned).label}"
    return f"{kind}等 {row.warnings_standing} 份" if row.warnings_standing > 1 else kind


def _uninspected(row: Any, on: date) -> str:
    late = row.uninspected is not None and row.uninspected < str(Quarter.of(on))
    return f"{Quarter.parse(row.uninspected).label_cn}未检查" if late else ""


def _matures(row: Any, on: date) -> str:
    days = (row.due_on - on).days
    return "" if row.due_on > on + NEAR_MATURITY else f"{days} 天后到期" if days > 0 else "今日到期" if days == 0 else "已过到期日"
