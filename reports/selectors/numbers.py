"""The numbers that one kind of organisation watches on its first page, beside what everybody does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Value

from common.money import ZERO, total, yuan
from enterprises.models import EnterpriseBenefit, Recommendation
from enterprises.selectors import standing_recommendations
from loans.models import CreditLine, Loan
from parties.enums import OrganisationKind
from parties.models import User
from reserve.models import ClosedPeriod, LedgerHead, Programme
from reserve.periods import Period, PeriodKind
from reserve.quarters import Quarter

from ..enums import SummaryStatus
from ..models import QuarterlySummary

LAPSING = timedelta(days=30)
Counted = Mapping[str, tuple[int, Decimal]]
"""How many rows, and their amounts in yuan (0 where they have none), by name."""


def numbers_of(user: User, programme: Programme, on: date) -> Counted:
    """What the person's organisation watches, by name; an auditor has the `trail_of` the programme. One query."""
    sources = _SOURCES.get(OrganisationKind(user.kind), _of_an_office)(user, programme, on)
    first, *others = (_counted(name, *source) for name, source in sources.items())
    return {name: (count, amount) for name, count, amount in first.union(*others, all=True)}


@dataclass(frozen=True, slots=True)
class Trail:
    """The end of a programme's chain, and the last quarter a bank has closed; "" and 0: none yet."""

    sequence: int
    hash: str
    closed: str


def trail_of(programme: Programme) -> Trail:
    """Two queries."""
    head = LedgerHead.objects.filter(programme=programme).first()
    closed = ClosedPeriod.objects.filter(programme=programme).aggregate(last=Max("quarter"))["last"]
    return Trail(head.sequence if head else 0, head.hash if head else "", closed or "")


_Source = tuple[QuerySet[Any], Any, Any]
"""Rows, what of them is counted, what is added up."""


def _counted(name: str, rows: QuerySet[Any], count: Any, amount: Any) -> QuerySet[Any, Any]:
    found: QuerySet[Any, Any] = rows.order_by().annotate(what=Value(name)).values_list("what").annotate(number=count, yuan_=amount)
    return found


def _of_a_bank(user: User, programme: Programme, on: date) -> dict[str, _Source]:
    """Lines of the bank that lapse soon, with what can still be drawn."""
    lines = CreditLine.objects.filter(programme=programme, bank=user.organisation_id, valid_until__lte=on + LAPSING)
    return {"lapsing": (lines.usable(on).with_drawn().filter(undrawn__gt=yuan(ZERO)), Count("pk"), total("undrawn"))}


def _of_the_centre(user: User, programme: Programme, on: date) -> dict[str, _Source]:
    """Summaries to review, and the reserve declared for this quarter's loans."""
    waiting = {
        status.value: (QuarterlySummary.objects.filter(programme=programme, status=status), Count("pk"), yuan(ZERO))
        for status in (SummaryStatus.SUBMITTED, SummaryStatus.PROPOSED)
    }
    return {**waiting, "declared": (_this_quarter(programme, on), Count("pk"), total("declared_reserve"))}


def _of_an_office(user: User, programme: Programme, on: date) -> dict[str, _Source]:
    """Recommendations that stand, loans of this quarter, enterprises whose gains of the last half year nobody has entered."""
    standing = standing_recommendations(Recommendation.objects.filter(programme=programme), on)
    half = last_half(on)
    entered = EnterpriseBenefit.objects.filter(
        programme=programme, enterprise=OuterRef("enterprise"), year=half.first.year, half=half.number
    )
    over = Q(settled_on__lte=half.end) | Q(claimed_on__lte=half.end)
    lent = Loan.objects.confirmed().filter(Q(disbursed_on__gte=half.start) | ~over, programme=programme, disbursed_on__lte=half.end)
    return {
        "recommended": (standing, Count("pk"), total("amount")),
        "lent": (_this_quarter(programme, on), Count("pk"), total("amount")),
        "unreported": (lent.filter(~Exists(entered)), Count("enterprise", distinct=True), yuan(ZERO)),
    }


_SOURCES: Mapping[OrganisationKind, Callable[[User, Programme, date], dict[str, _Source]]] = {
    OrganisationKind.BANK: _of_a_bank,
    OrganisationKind.PROVINCIAL_CENTRE: _of_the_centre,
}


def _this_quarter(programme: Programme, on: date) -> QuerySet[Loan]:
    found: QuerySet[Loan] = Loan.objects.confirmed().filter(programme=programme, disbursed_on__range=(Quarter.of(on).start, on))
    return found


def last_half(on: date) -> Period:
    """The half year that was over last."""
    return Period.around(Period.around(on, PeriodKind.HALF).start - timedelta(days=1), PeriodKind.HALF)
