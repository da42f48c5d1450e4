"""What quarterly summaries are made from, and which are owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery

from loans.enums import OVER, Guarantee, LoanStatus, RepaymentMethod
from loans.models import Loan, PrincipalMovement
from parties.enums import OrganisationKind
from parties.models import Organisation
from parties.signers import Signers
from reserve.enums import ContributionStatus
from reserve.models import ClosedPeriod, Contribution, Programme
from reserve.quarters import Quarter
from reserve.selectors.programmes import rules_on

from .. import rules
from ..enums import SummaryStatus
from ..models import QuarterlySummary
from .summary_changes import Span, changes_in

_NOT_POSTED = (LoanStatus.ENTERED, LoanStatus.DISCARDED)
_LINE_FIELDS = (
    "note_no",
    "enterprise_name",
    "amount",
    "disbursed_on",
    "due_on",
    "annual_rate",
    "purpose",
    "repayment_method",
    "guarantee",
    "declared_reserve",
    "declared_provincial",
    "confirmed_on",
)


def owed_quarters(programme: Programme, until: date) -> list[Quarter]:
    """The quarters for which the programme's first banks owe a summary and that have ended before `until`."""
    arrival = Contribution.objects.filter(programme=programme, status=ContributionStatus.CONFIRMED).aggregate(first=Min("arrived_on"))[
        "first"
    ]
    if arrival is None:
        return []
    last = Quarter.of(until).previous()
    if programme.ended_on is not None:
        loans = Loan.objects.filter(programme=programme).exclude(status=LoanStatus.DISCARDED)
        over = loans.aggregate(
            settled=Max("settled_on"), written_off=Max("written_off_on"), running=Count("pk", filter=~Q(status__in=OVER))
        )
        ended = max((day for day in (over["settled"], over["written_off"]) if day), default=None)
        end = rules.last_owed(programme.ended_on, over["running"] > 0, ended)
        last = min(last, end) if end is not None else last
    return list(Quarter.range(rules.first_owed(arrival, programme.started_on), last))


def owed_summaries(programme: Programme, until: date) -> list[tuple[Organisation, Quarter]]:
    """Every bank's owed quarters, oldest first: a bank that joined later owes from the quarter it joined in."""
    banks = list(programme.parties.filter(kind=OrganisationKind.BANK).select_related("organisation").order_by("pk"))
    return [
        (bank.organisation, quarter)
        for quarter in owed_quarters(programme, until)
        for bank in banks
        if quarter >= Quarter.of(bank.joined_on)
    ]


def current_content(summary: QuarterlySummary) -> dict[str, Any]:
    """What the summary would declare if it were submitted now (yuan as strings; see `rules.content`). At most eight queries."""
    return current_contents([summary])[summary.pk]


def current_contents(summaries: Sequence[QuarterlySummary]) -> dict[int, dict[str, Any]]:
    """As `current_content`, for many, by primary key: at most eight queries whatever their number."""
    if not summaries:
        return {}
    quarters = {summary.pk: Quarter.parse(summary.quarter) for summary in summaries}
    closings = {
        **_before_the_first(summaries),
        **_closings(summaries, {str(q) for quarter in quarters.values() for q in (quarter, quarter.previous())}),
    }
    wanted = {summary.pk: _Span.of(summary, closings) for summary in summaries}
    rows = list(_posted(wanted.values()).values(*_LINE_FIELDS, "programme_id", "bank_id", "movement_id"))
    told = {pk: span.changes for pk, span in wanted.items() if span.since is not None}
    changes = dict(zip(told, changes_in(told.values()), strict=True))
    return {
        pk: rules.content(quarters[pk], _lines(filter(span.is_new, rows)), _lines(filter(span.is_late, rows)), changes.get(pk, ()))
        for pk, span in wanted.items()
    }


def _before_the_first(summaries: Sequence[QuarterlySummary]) -> dict[tuple[int, int, str], int]:
    """The quarter before a bank's first summary, as if closed before any movement: what was lent then goes to that summary's annex."""
    rows = QuarterlySummary.objects.filter(
        programme__in={summary.programme_id for summary in summaries}, bank__in={summary.bank_id for summary in summaries}
    )
    firsts = rows.order_by().values_list("programme_id", "bank_id").annotate(first=Min("quarter"))
    return {(programme, bank, str(Quarter.parse(first).previous())): 0 for programme, bank, first in firsts}


def _closings(summaries: Sequence[QuarterlySummary], quarters: Iterable[str]) -> dict[tuple[int, int, str], int]:
    """The last movement of principal when a bank's quarter was closed: that of the summary whose submission closed it."""
    submission = QuarterlySummary.objects.filter(
        programme=OuterRef("programme"), bank=OuterRef("bank"), quarter=OuterRef("quarter"), submitted_at=OuterRef("closed_at")
    )
    periods = ClosedPeriod.objects.filter(
        programme__in={summary.programme_id for summary in summaries},
        bank__in={summary.bank_id for summary in summaries},
        quarter__in=quarters,
    ).annotate(last=Subquery(submission.values("last_movement")[:1]))
    rows = periods.values_list("programme_id", "bank_id", "quarter", "last")
    return {(programme, bank, quarter): last for programme, bank, quarter, last in rows}


def last_movement(programme: Programme) -> int:
    """The key of the programme's last movement of principal; exact while the ledger's head is held."""
    return PrincipalMovement.objects.filter(loan__programme=programme).aggregate(last=Max("pk"))["last"] or 0


@dataclass(frozen=True, slots=True)
class _Span:
    """Which loans belong to one summary. A quarter that is closed keeps what was posted up to the movement `closed`; whatever
    came later belongs to the next summary's annex, which takes what was posted after the quarter before was closed (`since`).

    By the ledger's order, not by the clock: of a confirmation and a submission at the same moment, the one whose request
    came first may well be written last, and a loan must be in one of the two papers.
    """

    programme_id: int
    bank_id: int
    quarter: Quarter
    closed: int | None
    since: int | None

    @classmethod
    def of(cls, summary: QuarterlySummary, closings: Mapping[tuple[int, int, str], int]) -> "_Span":
        quarter, key = Quarter.parse(summary.quarter), (summary.programme_id, summary.bank_id)
        return cls(*key, quarter, closings.get((*key, str(quarter))), closings.get((*key, str(quarter.previous()))))

    @property
    def changes(self) -> Span:
        """The movements of loans of earlier quarters that belong to the same annex."""
        return Span(self.programme_id, self.bank_id, self.quarter, self.since or 0, self.closed)

    @property
    def condition(self) -> Q:
        """The rows worth reading: disbursed in the quarter, or posted after the one before was closed."""
        when = Q(disbursed_on__gte=self.quarter.start)
        if self.since is not None:
            when |= Q(movement__gt=self.since)
        return when & Q(programme=self.programme_id, bank=self.bank_id, disbursed_on__lte=self.quarter.end)

    def is_new(self, row: Mapping[str, Any]) -> bool:
        return self._is_own(row) and self.quarter.contains(row["disbursed_on"])

    def is_late(self, row: Mapping[str, Any]) -> bool:
        late = self.since is not None and row["disbursed_on"] < self.quarter.start and row["movement_id"] > self.since
        return late and self._is_own(row)

    def _is_own(self, row: Mapping[str, Any]) -> bool:
        own = (row["programme_id"], row["bank_id"]) == (self.programme_id, self.bank_id)
        return own and (self.closed is None or row["movement_id"] <= self.closed)


def _posted(spans: Iterable[_Span]) -> QuerySet[Loan]:
    """Loans of their time: what was lent before the programme was run here (期初) was declared on paper."""
    found = Q(pk__in=[])
    for span in spans:
        found |= span.condition
    return Loan.objects.filter(found, opening_on__isnull=True).exclude(status__in=_NOT_POSTED)


def _lines(rows: Iterable[Mapping[str, Any]]) -> list[rules.SummaryLine]:
    return [
        rules.SummaryLine(
            note_no=row["note_no"],
            enterprise_name=row["enterprise_name"],
            amount=row["amount"],
            disbursed_on=row["disbursed_on"],
            due_on=row["due_on"],
            annual_rate=row["annual_rate"],
            purpose=row["purpose"],
            repayment_method=row["repayment_method"],
            repayment_method_label=str(RepaymentMethod(row["repayment_method"]).label),
            guarantee_label=str(Guarantee(row["guarantee"]).label),
            declared_reserve=row["declared_reserve"],
            declared_provincial=row["declared_provincial"],
            recorded_on=row["confirmed_on"],
        )
        for row in rows
    ]


def compose(summary: QuarterlySummary, content: dict[str, Any], reviewed_by: str = "") -> dict[str, Any]:
    """`content` with all else a paper says: names and settings of the day, so that printing looks nothing up.

    `reviewed_by`: who submits it now; nobody yet of a draft.
    """
    quarter = Quarter.parse(summary.quarter)
    settings = rules_on(summary.programme, quarter.end)
    return {
        **content,
        "title": rules.TITLE,
        "programme": {"code": summary.programme.code, "name": summary.programme.name},
        "recipient": summary.programme.organisation(OrganisationKind.PROVINCIAL_CENTRE).name,
        "bank": summary.bank.name,
        "quarter_label": quarter.label_cn,
        "currency_unit": "元",
        "rate_unit": settings.summary_rate_unit,
        "extra_columns": list(settings.summary_extra_columns),
        "version": summary.version,
        "due_on": summary.clock.due_on.isoformat(),
        "prepared_by": Signers(summary)(summary, "checked") if summary.checked_by else "",
        "reviewed_by": reviewed_by,
        "reviewer_title": summary.bank.reviewer_title,
        "phone": summary.bank.contact_phone,
        "submitted_on": summary.submitted_on.isoformat() if summary.submitted_on else "",
        "ledger": {"sequence": summary.ledger_sequence, "hash": summary.ledger_head},
    }


def document(summary: QuarterlySummary, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """The frozen snapshot of a submitted version, or what a draft would say now (`content`, where it has been read): the one
    source of all renderings."""
    said = summary.snapshot if summary.snapshot is not None else compose(summary, content or current_content(summary))
    return {**said, **{part: [rules.in_order(line) for line in said[part]] for part in ("lines", "adjustments")}}


def earlier_unsubmitted(summary: QuarterlySummary) -> Quarter | None:
    """The first earlier quarter the bank owes and has not submitted: not made yet, in work, or returned and not sent again."""
    sent = QuarterlySummary.objects.filter(programme=summary.programme, bank=summary.bank).exclude(
        status__in=[SummaryStatus.DRAFT, SummaryStatus.CHECKED, SummaryStatus.RETURNED]
    )
    done = set(sent.values_list("quarter", flat=True))
    owed = owed_summaries(summary.programme, Quarter.parse(summary.quarter).start)
    return next((quarter for bank, quarter in owed if bank.pk == summary.bank_id and str(quarter) not in done), None)


def later_quarter_closed(programme: Programme, bank: Organisation, quarter: Quarter) -> bool:
    """Whether a quarter after this one is already closed for the bank."""
    return ClosedPeriod.objects.filter(programme=programme, bank=bank, first_day__gt=quarter.end).exists()


def missing_summaries(programme: Programme, until: date) -> list[tuple[Organisation, Quarter]]:
    """Owed summaries that nobody has generated yet, oldest first."""
    have = set(QuarterlySummary.objects.filter(programme=programme).values_list("bank_id", "quarter"))
    return [(bank, quarter) for bank, quarter in owed_summaries(programme, until) if (bank.pk, str(quarter)) not in have]


def versions(summary: QuarterlySummary) -> list[QuarterlySummary]:
    """All versions of the same bank's summary of the same quarter, newest first."""
    rows = QuarterlySummary.objects.filter(programme=summary.programme, bank=summary.bank, quarter=summary.quarter)
    return list(rows.order_by("-version"))
