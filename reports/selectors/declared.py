"""Which quarterly summary declared a loan."""

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from loans.models import Loan
from parties.models import User
from reserve.models import ClosedPeriod
from reserve.quarters import Quarter

from ..enums import SummaryStatus
from ..models import QuarterlySummary

_IN_FORCE = (SummaryStatus.SUBMITTED, SummaryStatus.PROPOSED, SummaryStatus.ACCEPTED)


def declarations(user: User, loans: Iterable[Loan]) -> dict[int, QuarterlySummary]:
    """The submitted summary in force that has each loan among its lines or in its annex, by the loan's key; snapshots are not read.

    A loan is in the summary of its quarter when it was posted before that quarter was closed, else in the next one's annex
    (`selectors.summaries`). What was lent before the programme came here (期初) was declared on paper. One statement, none without
    such loans.
    """
    posted = [loan for loan in loans if loan.is_drawn and not loan.is_opening]
    if not posted:
        return {}
    same = {name: OuterRef(name) for name in ("programme", "bank", "quarter")}
    closed_at = ClosedPeriod.objects.filter(**same).values("closed_at")[:1]
    closing = QuarterlySummary.objects.filter(**same, submitted_at=Subquery(closed_at)).values("last_movement")[:1]
    rows = (
        QuarterlySummary.objects.visible_to(user)
        .filter(
            programme__in={loan.programme_id for loan in posted},
            bank__in={loan.bank_id for loan in posted},
            quarter__gte=min(str(Quarter.of(loan.disbursed_on)) for loan in posted),
            status__in=_IN_FORCE,
        )
        .defer("snapshot")
        .annotate(cutoff=Coalesce(Subquery(closing), "last_movement"))
        .order_by("quarter")
    )
    summaries = list(rows)
    found = {loan.pk: _first_with(loan, summaries) for loan in posted}
    return {key: summary for key, summary in found.items() if summary is not None}


def _first_with(loan: Loan, summaries: Iterable[QuarterlySummary]) -> QuarterlySummary | None:
    quarter = str(Quarter.of(loan.disbursed_on))
    of_its_bank = (one for one in summaries if (one.programme_id, one.bank_id) == (loan.programme_id, loan.bank_id))
    return next((one for one in of_its_bank if one.quarter >= quarter and (loan.movement_id or 0) <= one.cutoff), None)  # type: ignore[attr-defined]
