"""逾期率 and 代偿率 of a programme and its banks at the ends of days, by what is known now; which lines they crossed (domain §4, §3.12)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from common.money import ZERO, total
from parties.models import User
from reserve.enums import ContributionStatus, JointKind, JointStatus
from reserve.models import Contribution, JointDecision, Programme
from reserve.rulebook import Rules
from reserve.selectors.programmes import rules_by_day

from ..claim_enums import ClaimStatus, RecoveryStatus
from ..enums import LoanStatus, SuspensionCause
from ..models import Claim, Loan, OverdueSpell, PrincipalMovement, Recovery, RiskRate, Suspension
from ..models.suspension import EVERY_BANK
from ..rules.risk import CompensationPoint, Crossing, RatePoint, Resumed, RiskPoint, crossing
from .watch import with_gravity

Bank = tuple[int, str]
"""Its key and short name."""


@dataclass(frozen=True, slots=True)
class RateSeries:
    """One bank's points, or the programme's (`bank` None), oldest first."""

    bank: int | None
    name: str
    points: list[RatePoint]


def rates_at(programme: Programme, days: Sequence[date]) -> list[RateSeries]:
    """The programme's rate at the ends of `days` (ascending), then that of each bank where there are several.

    Empty before the first loan. Three queries, whatever the number of loans and days.
    """
    moved = PrincipalMovement.objects.filter(loan__programme=programme, value_on__lte=days[-1])
    rules = rules_by_day(programme, days)
    overdue = _overdue(moved, list(zip(days, rules, strict=True)))
    found = [
        RateSeries(bank, name, [RatePoint(*point) for point in zip(days, rules, owed, overdue.get(bank, [ZERO] * len(days)), strict=True)])
        for (bank, name), owed in _owed(moved, days).items()
    ]
    if not found:
        return []
    every = [
        RatePoint(day, rule, sum((one.points[i].owed for one in found), ZERO), sum((one.points[i].overdue for one in found), ZERO))
        for i, (day, rule) in enumerate(zip(days, rules, strict=True))
    ]
    return [RateSeries(None, EVERY_BANK, every), *(found if len(found) > 1 else [])]


def _owed(moved: QuerySet[PrincipalMovement], days: Sequence[date]) -> dict[Bank, list[Decimal]]:
    """What was owed on each of the days, by bank: added up from the changes by day. One query."""
    rows: QuerySet[Any, Any] = moved.order_by().values_list("loan__bank", "loan__bank__short_name", "value_on")
    found = rows.annotate(sum=total("change")).order_by("loan__bank")
    return _added_up((((bank, name), day, change) for bank, name, day, change in found), days)


def _added_up(changes: Iterable[tuple[Any, date, Decimal]], days: Sequence[date]) -> dict[Any, list[Decimal]]:
    """Changes (whose, when, yuan; none later than the last day) as what they had come to at the end of each day."""
    found: dict[Any, list[Decimal]] = {}
    for whose, day, change in changes:
        found.setdefault(whose, [ZERO] * len(days))[bisect_left(days, day)] += change
    return {whose: list(accumulate(sums)) for whose, sums in found.items()}


def _overdue(moved: QuerySet[PrincipalMovement], points: Sequence[tuple[date, Rules]]) -> dict[int, list[Decimal]]:
    """The part of it owed by loans whose oldest unpaid instalment was payable too long ago, by bank. One query.

    At most one spell of a loan holds a day, so nothing is counted twice; only loans that ever were late are read.
    """
    spell = "loan__overdue_spells__"
    sums: dict[str, Any] = {}
    for day, rules in points:
        since = day - timedelta(days=rules.overdue_rate_min_days)
        held = Q(**{f"{spell}from_on__lte": day, f"{spell}payable_on__lt": since})
        lasts = Q(**{f"{spell}until_on__isnull": True}) | Q(**{f"{spell}until_on__gt": day})
        sums[f"at_{day:%Y%m%d}"] = total("change", where=Q(value_on__lte=day) & held & lasts)
    late = moved.filter(**{f"{spell}from_on__lte": points[-1][0]})
    rows: QuerySet[Any, Any] = late.order_by().values("loan__bank").annotate(**sums)
    return {row["loan__bank"]: [row[name] for name in sums] for row in rows}


# With the compensation ratio, and with what is already known of crossings (domain §3.12)

LONGEST = timedelta(days=31)
"""How far back days are read that no nightly job has counted."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A scope's points, oldest first: of all banks (`bank_id` None) or of one."""

    bank_id: int | None
    scope: str
    points: list[RiskPoint]

    @property
    def causes(self) -> tuple[SuspensionCause, ...]:
        """Compensations are measured against what all paid in, so for all banks together."""
        return tuple(SuspensionCause) if self.bank_id is None else (SuspensionCause.OVERDUE_RATE,)

    def crossing(self, cause: SuspensionCause, latest: Suspension | None) -> Crossing:
        """Whether a line was crossed on one of the days and nobody wrote it down yet."""
        days = [(point.day, point.suspends and point.stops(cause)) for point in self.points]
        return crossing(Resumed(latest.resumed_on, latest.cleared_on) if latest else None, days)


@dataclass(frozen=True, slots=True)
class Compensation:
    """At the ends of days, in yuan: paid by the reserve less what came back, by bank; confirmed contributions that had arrived."""

    by_bank: dict[int, list[Decimal]]
    contributed: list[Decimal]

    def of(self, bank: int | None) -> list[Decimal]:
        """What was paid for a bank, or (None) for all."""
        nothing = [ZERO] * len(self.contributed)
        if bank is not None:
            return self.by_bank.get(bank, nothing)
        return [sum(sums, ZERO) for sums in zip(nothing, *self.by_bank.values(), strict=True)]


def compensation_at(programme: Programme, days: Sequence[date]) -> Compensation:
    """Net compensations (claims paid less recoveries remitted) and contributions at the ends of `days`. One query."""
    last = days[-1]
    claims = Claim.objects.filter(programme=programme, status=ClaimStatus.PAID, paid_on__lte=last)
    recoveries = Recovery.objects.filter(loan__programme=programme, status=RecoveryStatus.REMITTED, remitted_on__lte=last)
    contributions = Contribution.objects.filter(programme=programme, status=ContributionStatus.CONFIRMED, arrived_on__lte=last)
    rows = _moved(contributions, Value(0), "arrived_on", "amount").union(  # no bank has the key 0
        _moved(claims, F("loan__bank"), "paid_on", "paid"),
        _moved(recoveries, F("loan__bank"), "remitted_on", "returned", back=True),
        all=True,
    )
    sums = _added_up(((whose, day, -amount if back else amount) for whose, day, amount, back in rows), days)
    contributed = sums.pop(0, [ZERO] * len(days))
    return Compensation(sums, contributed)


def _moved(rows: QuerySet[Any], whose: Any, day: str, amount: str, *, back: bool = False) -> QuerySet[Any, Any]:
    """Money that moved, in the columns whose, when, yuan, whether back to the reserve."""
    columns = {"whose": whose, "day_": F(day), "yuan_": F(amount), "back_": Value(back)}
    found: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return found


def risk_at(programme: Programme, days: Sequence[date]) -> list[Risk]:
    """As `rates_at`, with the compensation ratio of each day. Four queries."""
    series = rates_at(programme, days)
    paid = compensation_at(programme, days) if series else None
    return [_risk(one.bank, one.name, one.points, paid) for one in series if paid]


def _risk(bank: int | None, name: str, rates: Sequence[RatePoint], paid: Compensation) -> Risk:
    figures = zip(rates, paid.of(bank), paid.contributed, strict=True)
    return Risk(bank, name, [RiskPoint(rate, CompensationPoint(rate.day, rate.rules, net, whole)) for rate, net, whole in figures])


class OwedNow(NamedTuple):
    """What a bank's running loans owe now, in yuan, and how much of it counts as overdue on the day.

    `loans`: how many; `short`: of them with a claim the accounts cannot carry; `late`: owed by the `late_loans`, whose status is
    overdue; `watched`: on the watch list, where that was asked.
    """

    bank: int
    name: str
    owed: Decimal
    overdue: Decimal
    loans: int
    short: int
    late: Decimal = ZERO
    late_loans: int = 0
    watched: int = 0


def owed_now(programme: Programme, on: date, rules: Rules, *, watch: bool = False) -> list[OwedNow]:
    """By bank, from the loans' own balances: what `rates_at` says of today, without adding up their past. One query."""
    since = on - timedelta(days=rules.overdue_rate_min_days)
    late = Q(Exists(OverdueSpell.objects.on(on).filter(loan=OuterRef("pk"), payable_on__lt=since)))
    loans: QuerySet[Any] = Loan.objects.running().filter(programme=programme)
    sums = {
        "owed": total("outstanding"),
        "overdue": total("outstanding", where=late),
        "loans": Count("pk"),
        "short": Count("pk", filter=Q(claim__status=ClaimStatus.SHORT)),
        "late": total("outstanding", where=Q(status=LoanStatus.OVERDUE)),
        "late_loans": Count("pk", filter=Q(status=LoanStatus.OVERDUE)),
    }
    if watch:
        loans = with_gravity(loans, on)
        sums["on_watch"] = Count("pk", filter=Q(gravity__isnull=False))
    rows: QuerySet[Any, Any] = loans.order_by().values_list("bank", "bank__short_name")
    return [OwedNow(*row) for row in rows.annotate(**sums).order_by("bank")]


def risk_now(programme: Programme, on: date, rules: Rules, owed: Sequence[OwedNow]) -> list[Risk]:
    """Both figures today: of all banks, then of each where several are owed. One query."""
    paid = compensation_at(programme, [on])
    whole = RatePoint(on, rules, sum((one.owed for one in owed), ZERO), sum((one.overdue for one in owed), ZERO))
    banks = [_risk(one.bank, one.name, [RatePoint(on, rules, one.owed, one.overdue)], paid) for one in owed] if len(owed) > 1 else []
    return [_risk(None, EVERY_BANK, [whole], paid), *banks]


def recent_risk(programme: Programme, on: date) -> list[Risk]:
    """The figures from the last day counted before `on` to `on`: that day was counted before it was over. One query more."""
    counted = RiskRate.objects.filter(programme=programme, day__lt=on).order_by("-day").values_list("day", flat=True).first()
    first = max(counted or on, on - LONGEST)
    return risk_at(programme, [first + timedelta(days=number) for number in range((on - first).days + 1)])


def suspensions_seen(user: User) -> list[Suspension]:
    """Every suspension of the person's programmes, the oldest first; `asked`: the decision put to the parties on it now, if any, and
    `awaited`: whether it waits for the word of the person's organisation. One query.
    """
    pending = JointDecision.objects.filter(
        kind=JointKind.RESUMPTION, subject_type=Suspension._meta.label_lower, subject_id=OuterRef("pk"), status=JointStatus.PROPOSED
    )
    silent = pending.filter(voices__organisation=user.organisation_id, voices__agrees__isnull=True)
    rows = (
        Suspension.objects.visible_to(user)
        .select_related("bank")
        .annotate(asked=Subquery(pending.values("pk")[:1]), awaited=Exists(silent))
    )
    return list(rows.order_by("since", "pk"))


def latest_by_scope(rows: Iterable[Suspension]) -> dict[tuple[int | None, str], Suspension]:
    """The latest of each scope (bank, or None) and cause; `rows` with the oldest first."""
    return {(row.bank_id, row.cause): row for row in rows}


def latest_suspensions(programme: Programme) -> dict[tuple[int | None, str], Suspension]:
    """The same of one programme. One query."""
    return latest_by_scope(Suspension.objects.filter(programme=programme).select_related("bank").order_by("since", "pk"))


def latest_rate(suspension: Suspension) -> RiskRate | None:
    """The figures of its scope when last counted. One query."""
    return RiskRate.objects.filter(programme=suspension.programme_id, bank=suspension.bank_id).order_by("-day").first()
