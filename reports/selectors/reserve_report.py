"""准备金收支季报 and 年度报告: the reserve's income and expenditure by value date, and what it carried (domain §8).

Opening and closing are the ledger's balances, the movements between them are its transfers: read in two ways, and held against
each other before anything is shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Q

from common.money import ZERO, format_yuan, round_half_up, total
from loans.enums import DRAWN
from loans.models import Loan
from reserve.ledger_enums import Purpose
from reserve.models import LedgerHead, Programme, ReserveAccount
from reserve.periods import Period, PeriodKind
from reserve.selectors.accounts import accounts_of
from reserve.selectors.cash import CashMovement, cash_movements
from reserve.selectors.ledger import Balances, balance_series

from ..enums import Step
from ..errors import ReportNotBalanced
from .arrears import owing
from .overdue import overdue_rates
from .paid import PaidFact, paid_facts
from .portfolio import Group, groups

INCOME: Final[Mapping[Purpose, str]] = {
    Purpose.OPENING: "brought_in",
    Purpose.CONTRIBUTION: "contributions",
    Purpose.INTEREST: "interest",
    Purpose.RECOVERY: "recoveries",
}
EXPENDITURE: Final[Mapping[Purpose, str]] = {
    Purpose.INTEREST_PAYOUT: "interest_paid_out",
    Purpose.CLAIM_PAYMENT: "compensation",
    Purpose.REFUND: "refunds",
}
KINDS: Final = (PeriodKind.QUARTER, PeriodKind.YEAR)
SHARE_PLACES = 4
TIMES_PLACES = 2


@dataclass(frozen=True, slots=True)
class Flow:
    """Income and expenditure of one account, or of all (`account` None), in yuan; `held`: what there is at the end."""

    account: ReserveAccount | None
    name: str
    opening: Decimal
    brought_in: Decimal
    contributions: Decimal
    interest: Decimal
    recoveries: Decimal
    interest_paid_out: Decimal
    compensation: Decimal
    refunds: Decimal
    held: Balances

    @property
    def income(self) -> Decimal:
        return self.brought_in + self.contributions + self.interest + self.recoveries

    @property
    def expenditure(self) -> Decimal:
        return self.interest_paid_out + self.compensation + self.refunds

    @property
    def closing(self) -> Decimal:
        return self.held.balance


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the report's time: the whole, or one of its quarters, as far as it has passed."""

    code: str
    label: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Indicators:
    """What the reserve carried at the end of a span (yuan), and what was declared in it. None: there is nothing to divide by."""

    span: Span
    enterprises: int
    loans: int
    owed: Decimal
    earmarked: Decimal
    balance: Decimal
    overdue_rate: Decimal | None
    net_compensation: Decimal
    contributions: Decimal
    disbursed: int
    disbursed_amount: Decimal
    declared_reserve: Decimal

    @property
    def leverage_of_earmarked(self) -> Decimal | None:
        """放大倍数 by what is occupied."""
        return round_half_up(self.owed / self.earmarked, TIMES_PLACES) if self.earmarked else None

    @property
    def leverage_of_balance(self) -> Decimal | None:
        """放大倍数 by all there is."""
        return round_half_up(self.owed / self.balance, TIMES_PLACES) if self.balance else None

    @property
    def compensation_ratio(self) -> Decimal | None:
        """代偿率: net compensation ÷ contributions, both since the beginning (domain §4 `compensation_ratio_stop`)."""
        return round_half_up(self.net_compensation / self.contributions, SHARE_PLACES) if self.contributions else None


@dataclass(frozen=True, slots=True)
class ReserveReport:
    """One programme's report of a quarter or a year. `flows`: each account, then all; `quarters` (years only): all, by quarter.

    `indicators`: at the end of each quarter of the report, the last one being its own end.
    """

    programme: Programme
    period: Period
    as_of: date
    head: LedgerHead | None
    flows: Sequence[Flow]
    indicators: Sequence[Indicators]
    quarters: Sequence[tuple[Span, Flow]] = ()
    by_size: Sequence[Group] = field(default_factory=tuple)
    by_industry: Sequence[Group] = field(default_factory=tuple)
    paid: Sequence[PaidFact] = field(default_factory=tuple)

    @property
    def complete(self) -> bool:
        """Whether the period is over."""
        return self.as_of == self.period.end

    @property
    def is_annual(self) -> bool:
        return self.period.kind == PeriodKind.YEAR


def reserve_report(programme: Programme, period: Period, on: date) -> ReserveReport:
    """The report as the books stand now, up to `on` where the period is not over.

    Raises:
        ReportNotBalanced: opening and movements are not closing: the ledger was changed behind the application.
    """
    as_of = min(period.end, on)
    spans = [Span(str(q), q.label_cn, q.start, min(q.end, on)) for q in period.quarters() if q.start <= on]
    whole = Span(str(period), period.label_cn, period.start, as_of)
    accounts = accounts_of(programme)
    days = [span.start - timedelta(days=1) for span in spans] + [span.end for span in spans]
    held = balance_series(accounts, days, by="value")
    moved = cash_movements(accounts, as_of)
    flows = _flows(accounts, whole, held, moved)
    annual = period.kind == PeriodKind.YEAR
    return ReserveReport(
        programme=programme,
        period=period,
        as_of=as_of,
        head=LedgerHead.objects.filter(programme=programme).first(),
        flows=flows,
        indicators=_indicators(programme, spans, held, moved),
        quarters=[(span, _flows(accounts, span, held, moved)[-1]) for span in spans] if annual else (),
        by_size=groups(programme, whole.start, as_of, "size") if annual else (),
        by_industry=groups(programme, whole.start, as_of, "industry") if annual else (),
        paid=paid_facts(programme, accounts, whole.start, as_of) if annual else (),
    )


def _flows(
    accounts: Sequence[ReserveAccount], span: Span, held: Mapping[date, Mapping[int, Balances]], moved: Iterable[CashMovement]
) -> list[Flow]:
    """Each account's, checked, then their sum."""
    sums: dict[tuple[int, Purpose], Decimal] = defaultdict(Decimal)
    for one in moved:
        if span.start <= one.day <= span.end:
            sums[one.account, one.purpose] += one.amount
    before, after = held[span.start - timedelta(days=1)], held[span.end]
    flows = [
        Flow(
            account,
            account.funder.short_name,
            before[account.pk].balance,
            **{name: sums[account.pk, purpose] for purpose, name in INCOME.items()},
            **{name: -sums[account.pk, purpose] for purpose, name in EXPENDITURE.items()},
            held=after[account.pk],
        )
        for account in accounts
    ]
    for flow in flows:
        _check(flow, span)
    return [*flows, _sum(flows)]


def _check(flow: Flow, span: Span) -> None:
    """Raise ReportNotBalanced unless opening + income − expenditure = closing."""
    if flow.opening + flow.income - flow.expenditure != flow.closing:
        raise ReportNotBalanced(
            f"{flow.name}账户{span.label}的期初余额 {format_yuan(flow.opening)} 元，加收入 {format_yuan(flow.income)} 元，"
            f"减支出 {format_yuan(flow.expenditure)} 元，不等于期末余额 {format_yuan(flow.closing)} 元，报表不能出具；"
            "请运维人员运行 manage.py verify_ledger 核对账簿。"
        )


def _sum(flows: Sequence[Flow]) -> Flow:
    names = ("opening", *INCOME.values(), *EXPENDITURE.values())
    sums = {name: sum((getattr(flow, name) for flow in flows), ZERO) for name in names}
    return Flow(None, "合计", **sums, held=sum((flow.held for flow in flows), Balances()))


def _indicators(
    programme: Programme, spans: Sequence[Span], held: Mapping[date, Mapping[int, Balances]], moved: Sequence[CashMovement]
) -> list[Indicators]:
    rates = {point.day: point.rate for series in overdue_rates(programme, spans[-1].end, Step.QUARTER)[:1] for point in series.points}
    lent = _lent(programme, spans)
    return [
        Indicators(
            span,
            **_carried(programme, span.end),
            earmarked=sum((one.earmarked for one in held[span.end].values()), ZERO),
            balance=sum((one.balance for one in held[span.end].values()), ZERO),
            overdue_rate=rates.get(span.end),
            net_compensation=-_until(moved, span.end, Purpose.CLAIM_PAYMENT, Purpose.RECOVERY),
            contributions=_until(moved, span.end, Purpose.OPENING, Purpose.CONTRIBUTION),
            disbursed=lent[f"count_{i}"],
            disbursed_amount=lent[f"amount_{i}"],
            declared_reserve=lent[f"declared_{i}"],
        )
        for i, span in enumerate(spans)
    ]


def _until(moved: Iterable[CashMovement], day: date, *purposes: Purpose) -> Decimal:
    return sum((one.amount for one in moved if one.day <= day and one.purpose in purposes), ZERO)


def _carried(programme: Programme, day: date) -> dict[str, Any]:
    """户数、笔数、余额 of the loans that are covered at the end of a day: they owe principal and occupy reserve. One query."""
    rows = owing(Loan.objects.filter(programme=programme), day).filter(occupied__gt=0).order_by()
    found = rows.aggregate(enterprises=Count("enterprise", distinct=True), loans=Count("pk"), sum_owed=total("owed"))
    return {"owed": found.pop("sum_owed"), **found}


def _lent(programme: Programme, spans: Sequence[Span]) -> dict[str, Any]:
    """What was disbursed and declared in each span, by its place. One query."""
    sums: dict[str, Any] = {}
    for i, span in enumerate(spans):
        when = Q(disbursed_on__range=(span.start, span.end))
        sums |= {f"count_{i}": Count("pk", filter=when), f"amount_{i}": total("amount", where=when)}
        sums[f"declared_{i}"] = total("declared_reserve", where=when)
    rows = Loan.objects.filter(programme=programme, status__in=DRAWN, disbursed_on__range=(spans[0].start, spans[-1].end))
    return dict(rows.order_by().aggregate(**sums))
