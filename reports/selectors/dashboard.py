"""A programme on one page: its money and what it carries, lends, is owed and has paid, read from the records as they stand today.

Eleven statements whatever the number of loans (one more while a claim is short). Three of them read all loans: by quarter along an
index, by bank, status, size and industry, and the running ones by their last due day. Days overdue come from the few open spells.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Left

from common.money import ZERO, total
from enterprises.enums import Size
from enterprises.rules import industry_name
from loans.claim_enums import FUNDED, ClaimStatus
from loans.enums import DRAWN, RUNNING, LoanStatus
from loans.models import Claim, Loan, OverdueSpell
from loans.rules.risk import RiskPoint
from loans.selectors.blocking import blocks_from
from loans.selectors.risk import OwedNow, latest_suspensions, risk_now
from parties.enums import OrganisationKind
from reserve.cover import CoverBlock
from reserve.enums import ProgrammeStatus
from reserve.models import Programme
from reserve.selectors.programmes import rules_on

from .arrears import BEYOND, BUCKETS
from .standing import Standing, balances_now, obligations_of
from .statistics import QuarterFigures, loans_by_quarter

PAST = "past"
LADDER = {PAST: "已过到期日", "30": "30 天内", "90": "31–90 天", "180": "91–180 天", "365": "181–365 天", BEYOND: "365 天以后"}
"""Steps of the maturity ladder by code: days from today to a loan's last due day, at most."""


class Sum(NamedTuple):
    """笔数; amount lent and principal still owed, in yuan."""

    loans: int = 0
    amount: Decimal = ZERO
    owed: Decimal = ZERO

    def plus(self, other: "Sum") -> "Sum":
        return Sum(self.loans + other.loans, self.amount + other.amount, self.owed + other.owed)


@dataclass(frozen=True, slots=True)
class Part:
    """A size, an industry (division of GB/T 4754, with its `edition`) or a bank, with all loans ever made there."""

    code: str
    name: str
    sum: Sum
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ladder, or a band of days overdue: running loans and what they owe; `first` to `last`: their due days."""

    code: str
    name: str
    loans: int
    owed: Decimal
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Compensations:
    """Claims paid, in yuan, with what has come back; loans written off with their principal at the compensation; money set aside."""

    claims: int
    paid: Decimal
    net: Decimal
    funded: int
    payable: Decimal
    written_off: int
    given_up: Decimal

    @property
    def any(self) -> bool:
        """Whether the reserve has ever set money aside or paid."""
        return bool(self.claims or self.funded)

    @property
    def recovered(self) -> Decimal:
        """What the reserve has got back."""
        return self.paid - self.net


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The picture of one programme today."""

    standing: Standing
    made: Sum
    quarters: Sequence[QuarterFigures]
    sizes: Sequence[Part]
    industries: Sequence[Part]
    banks: Sequence[Part]
    ladder: Sequence[Step]
    bands: Sequence[Step]
    risk: RiskPoint
    compensations: Compensations


def dashboard(programme: Programme, on: date) -> Dashboard:
    """Read the picture of today (`on`)."""
    rules = rules_on(programme, on)
    groups, late, names = _groups(programme), _late(programme, on), _bank_names(programme)
    owed = _owed(groups, late, names, on - timedelta(days=rules.overdue_rate_min_days))
    risks = risk_now(programme, on, rules, owed)
    claims = {row["status"]: row for row in _claims(programme)}
    obligations = obligations_of(programme)
    blocks: list[CoverBlock] = []
    if programme.status == ProgrammeStatus.ACTIVE:
        short = (
            list(Claim.objects.filter(programme=programme, status=ClaimStatus.SHORT).order_by("pk")) if ClaimStatus.SHORT in claims else []
        )
        blocks = blocks_from(programme, on, rules, obligations, risks, latest_suspensions(programme), short)
    standing = Standing(programme, rules, balances_now(programme), obligations, owed, blocks, on)
    return Dashboard(
        standing=standing,
        made=_total(groups),
        quarters=loans_by_quarter(programme, on),
        sizes=_sizes(groups),
        industries=_industries(groups),
        banks=_banks(groups, names),
        ladder=ladder(_due(programme), on),
        bands=_bands(groups, late, on),
        risk=risks[0].points[-1],
        compensations=_compensations(claims, groups, risks[0].points[-1]),
    )


_Row = Mapping[str, Any]


def _groups(programme: Programme) -> list[_Row]:
    """All loans ever made, by bank, status, size at approval and industry: so few groups that none is sorted. One query."""
    rows: QuerySet[Any] = Loan.objects.filter(programme=programme, status__in=DRAWN).order_by()
    by = {
        "in_bank": F("bank"),
        "in_status": F("status"),
        "size": F("credit_line__size"),
        "edition": F("enterprise__industry_edition"),
        "division": Left("enterprise__industry_code", 2),
        "outside": F("enterprise__size_industry"),
    }
    sums = {"loans": Count("*"), "lent": total("amount"), "owed": total("outstanding"), "gone": total("compensated")}
    return list(rows.annotate(**by).values(*by).annotate(**sums))


def _due(programme: Programme) -> list[_Row]:
    """Running loans by the day they are due to be repaid in full. One query."""
    rows: QuerySet[Any, Any] = Loan.objects.running().filter(programme=programme).order_by().values("due_on")
    return list(rows.annotate(loans=Count("*"), owed=total("outstanding")))


def _bank_names(programme: Programme) -> dict[int, str]:
    """One query."""
    return dict(programme.parties.filter(kind=OrganisationKind.BANK).values_list("organisation", "organisation__short_name"))


def _late(programme: Programme, on: date) -> list[_Row]:
    """Running loans with an unpaid instalment, by bank and the day it was payable on. One query, over open spells alone."""
    rows = OverdueSpell.objects.on(on).filter(loan__programme=programme, loan__status__in=RUNNING).order_by()
    found: QuerySet[Any, Any] = rows.values("payable_on", in_bank=F("loan__bank")).annotate(
        loans=Count("pk"), owed=total("loan__outstanding")
    )
    return list(found)


def _claims(programme: Programme) -> list[_Row]:
    """Claims by status. One query."""
    rows: QuerySet[Any, Any] = Claim.objects.filter(programme=programme).order_by().values("status")
    return list(rows.annotate(claims=Count("pk"), sum_paid=total("paid"), sum_granted=total("granted")))


def _total(rows: Iterable[_Row]) -> Sum:
    found = Sum()
    for row in rows:
        found = found.plus(Sum(row["loans"], row["lent"], row["owed"]))
    return found


def _owed(groups: Iterable[_Row], late: Iterable[_Row], names: Mapping[int, str], counted_from: date) -> list[OwedNow]:
    """What `owed_now` says, from what has been read already; claims that are short are asked for elsewhere."""
    overdue: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in late:
        if row["payable_on"] < counted_from:
            overdue[row["in_bank"]] += row["owed"]
    found = []
    for bank, rows in sorted(_by(_running(groups), lambda row: row["in_bank"]).items()):
        every, late_now = _total(rows), _total(row for row in rows if row["in_status"] == LoanStatus.OVERDUE)
        found.append(OwedNow(bank, names[bank], every.owed, overdue[bank], every.loans, 0, late_now.owed, late_now.loans))
    return found


def _running(groups: Iterable[_Row]) -> list[_Row]:
    return [row for row in groups if row["in_status"] in RUNNING]


def _by(rows: Iterable[_Row], key: Callable[[_Row], Any]) -> dict[Any, list[_Row]]:
    found: dict[Any, list[_Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _sizes(groups: Iterable[_Row]) -> list[Part]:
    found = _by(groups, lambda row: row["size"])
    return [Part(size, str(Size(size).label), _total(found[size])) for size in Size.values if size in found]


def _industries(groups: Iterable[_Row]) -> list[Part]:
    """The largest sum lent first. Outside manufacturing a division is named after the industry of the size notice."""
    found = _by(groups, lambda row: (row["division"], row["edition"]))
    parts = [Part(code, industry_name(code, edition, rows[0]["outside"]), _total(rows), edition) for (code, edition), rows in found.items()]
    return sorted(parts, key=lambda part: (-part.sum.amount, part.code, part.edition))


def _banks(groups: Iterable[_Row], names: Mapping[int, str]) -> list[Part]:
    found = _by(groups, lambda row: row["in_bank"])
    return [Part(str(bank), names[bank], _total(found[bank])) for bank in sorted(found)]


def ladder(due: Iterable[_Row], on: date) -> list[Step]:
    """Steps of what is due on days (`due_on`, `loans`, `owed`), as seen on a day."""
    lasts = {PAST: on - timedelta(days=1)} | {code: on + timedelta(days=int(code)) for code in LADDER if code.isdigit()}
    found = _by(due, lambda row: next((code for code, last in lasts.items() if row["due_on"] <= last), BEYOND))
    steps, first = [], None
    for code, name in LADDER.items():
        last = lasts.get(code)
        steps.append(_step(code, name, found, first, last))
        first = last + timedelta(days=1) if last else None
    return steps


def _bands(groups: Iterable[_Row], late: Iterable[_Row], on: date) -> list[Step]:
    """Running loans by days overdue, in the columns of the ageing table; what has no open spell is in order."""
    running = _total(_running(groups))
    in_order, *others = BUCKETS
    most = [int(code) for code in others if code.isdigit()]
    found = _by(late, lambda row: next((str(days) for days in most if (on - row["payable_on"]).days <= days), BEYOND))
    bands = [_step(code, BUCKETS[code], found) for code in others]
    loans, owed = sum(band.loans for band in bands), sum((band.owed for band in bands), ZERO)
    return [Step(in_order, BUCKETS[in_order], running.loans - loans, running.owed - owed), *bands]


def _step(code: str, name: str, found: Mapping[str, list[_Row]], *days: date | None) -> Step:
    rows = found.get(code, [])
    return Step(code, name, sum(row["loans"] for row in rows), sum((row["owed"] for row in rows), ZERO), *days)


def _compensations(claims: Mapping[str, _Row], groups: Iterable[_Row], point: RiskPoint) -> Compensations:
    paid = claims.get(ClaimStatus.PAID, {"claims": 0, "sum_paid": ZERO})
    funded = [claims[status] for status in FUNDED if status in claims]
    written_off = [row for row in groups if row["in_status"] == LoanStatus.WRITTEN_OFF]
    return Compensations(
        claims=paid["claims"],
        paid=paid["sum_paid"],
        net=point.compensation.compensated,
        funded=sum(row["claims"] for row in funded),
        payable=sum((row["sum_granted"] for row in funded), ZERO),
        written_off=sum(row["loans"] for row in written_off),
        given_up=sum((row["gone"] for row in written_off), ZERO),
    )
