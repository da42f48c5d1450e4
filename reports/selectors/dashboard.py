"""A programme's picture on one screen, and the numbers the three administrators watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.db.models import Count, Q

from common.money import ZERO
from loans.models import Suspension
from loans.selectors.blocking import blocks_from, short_claims
from loans.selectors.exposure import CoverAccount, capacity
from loans.selectors.risk import latest_by_scope, owed_now, risk_now
from parties.enums import OrganisationKind
from parties.models import AuditEvent, Organisation, User
from reserve.cover import CoverBlock
from reserve.enums import ProgrammeStatus
from reserve.models import FundingObligation, JobRun, LedgerAccount, Programme, ReserveAccount
from reserve.rulebook import Rules
from reserve.selectors.accounts import AccountFigures
from reserve.selectors.ledger import Balances, balances_of
from reserve.selectors.programmes import rules_on
from reserve.workdays import WorkdayTable

from .statistics import Statistics, statistics


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The reserve and the loans of one programme as they stand now; amounts in yuan."""

    programme: Programme
    rules: Rules
    accounts: list[AccountFigures]
    obligations: list[FundingObligation]
    outstanding: Decimal
    loans: int
    watched: int
    figures: Statistics
    blocks: list[CoverBlock]
    on: date

    @property
    def joint(self) -> Balances:
        """Both accounts together."""
        return sum((account.figures for account in self.accounts), Balances())

    @property
    def capacity(self) -> Decimal:
        """Principal that free money can still cover (domain §4 `leverage`)."""
        province = OrganisationKind.PROVINCIAL_CENTRE
        covering = [CoverAccount(one.account, one.account.funder.kind == province, one.figures.free) for one in self.accounts]
        return capacity(covering, self.rules) if len(covering) > 1 else ZERO

    @property
    def running(self) -> bool:
        return self.programme.status == ProgrammeStatus.ACTIVE

    @property
    def open_obligations(self) -> list[FundingObligation]:
        return [row for row in self.obligations if row.fulfilled_on is None]

    @property
    def overdue(self) -> bool:
        """Whether a match is late."""
        return any(row.is_late(self.on) for row in self.obligations)


def dashboard(programme: Programme, on: date, suspensions: Sequence[Suspension]) -> Dashboard:
    """Read the picture: eight queries, whatever the number of rows. `suspensions`: of this programme and others, the oldest first."""
    rules = rules_on(programme, on)
    owed = owed_now(programme, on, rules, watch=True)
    obligations = list(
        FundingObligation.objects.filter(programme=programme).select_related("deadline", "debtor").order_by("deadline__due_on", "pk")
    )
    running = programme.status == ProgrammeStatus.ACTIVE
    latest = latest_by_scope(row for row in suspensions if row.programme_id == programme.pk)
    risks = risk_now(programme, on, rules, owed) if running else []
    return Dashboard(
        programme=programme,
        rules=rules,
        accounts=_accounts(programme),
        obligations=obligations,
        outstanding=sum((one.owed for one in owed), ZERO),
        loans=sum(one.loans for one in owed),
        watched=sum(one.watched for one in owed),
        figures=statistics(programme, on),
        blocks=blocks_from(programme, on, rules, obligations, risks, latest, short_claims(programme, owed)) if running else [],
        on=on,
    )


def _accounts(programme: Programme) -> list[AccountFigures]:
    """The accounts with their stored balances, in one query."""
    found: dict[ReserveAccount, dict[str, Decimal]] = {}
    rows = LedgerAccount.objects.filter(programme=programme).select_related("reserve_account__funder")
    for row in rows.order_by("reserve_account_id"):
        found.setdefault(row.reserve_account, {})[row.kind] = row.balance
    return [AccountFigures(account, balances_of(kinds)) for account, kinds in found.items()]


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """What the system administrator watches."""

    programmes: int
    organisations: int
    people: int
    calendar_until: int
    last_job: date | None


def system_figures(table: WorkdayTable) -> SystemFigures:
    return SystemFigures(
        programmes=Programme.objects.count(),
        organisations=Organisation.objects.filter(is_active=True).count(),
        people=User.objects.filter(is_active=True).count(),
        calendar_until=max(table.known_years),
        last_job=JobRun.objects.filter(finished_at__isnull=False).order_by("-on").values_list("on", flat=True).first(),
    )


@dataclass(frozen=True, slots=True)
class SecurityFigures:
    """What the security administrator watches: accounts, and names or addresses locked out now."""

    active: int
    inactive: int
    locked: int
    failures_this_week: int


def security_figures(on: date) -> SecurityFigures:
    people = User.objects.aggregate(active=Count("id", filter=Q(is_active=True)), inactive=Count("id", filter=Q(is_active=False)))
    return SecurityFigures(
        active=people["active"],
        inactive=people["inactive"],
        locked=AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT).count(),
        failures_this_week=AccessFailureLog.objects.filter(attempt_time__date__gt=on - timedelta(days=7)).count(),
    )


@dataclass(frozen=True, slots=True)
class TrailFigures:
    """What the audit administrator watches."""

    events_today: int
    events_this_week: int
    failures_this_week: int


def trail_figures(on: date) -> TrailFigures:
    since = Q(at__date__gt=on - timedelta(days=7), at__date__lte=on)
    events = AuditEvent.objects.filter(since).aggregate(today=Count("id", filter=Q(at__date=on)), week=Count("id"))
    return TrailFigures(
        events_today=events["today"],
        events_this_week=events["week"],
        failures_this_week=AccessFailureLog.objects.filter(attempt_time__date__gt=on - timedelta(days=7)).count(),
    )
