"""Whether a programme can be settled 清算 (domain §3.13): each condition with its figure, and what goes back to each funder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Aggregate, Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from common.money import ZERO, format_yuan, total
from loans.claim_enums import OPEN, RecoveryStatus
from loans.enums import OVER, LoanStatus
from loans.models import Claim, Loan, Recovery
from reserve.enums import ContributionStatus, EntryStatus, InterestStatus, ProgrammeStatus
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import AccountInterest, Contribution, LedgerAccount, Programme, ReserveAccount
from reserve.quarters import Quarter
from reserve.selectors.cash import bank_transfers
from reserve.selectors.ledger import Balances, balances_in
from reserve.selectors.statements import Reconciliation, last_reconciliations

from ..enums import SummaryStatus
from ..models import QuarterlySummary
from .reconciliation.proof import prove
from .summaries import owed_summaries

FINISHED = (*OVER, LoanStatus.DISCARDED)
"""Loans that are done with: nothing is owed or compensated any more."""

TO_REMIT = (RecoveryStatus.ENTERED, RecoveryStatus.CONFIRMED, RecoveryStatus.REMITTING)

_NEVER = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `met`, None where it has not been looked at yet; the figure that says why, and where it is mended."""

    key: str
    label: str
    met: bool | None
    figure: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an account took in and gave out from its first day (yuan): contributions − losses + recoveries + interest is left.

    `moved_on`: the value date of the last movement that is no refund.
    """

    account: ReserveAccount
    contributions: Decimal
    losses: Decimal
    recoveries: Decimal
    interest: Decimal
    refunded: Decimal
    moved_on: date | None
    balances: Balances

    @property
    def due(self) -> Decimal:
        """What goes back to the funder, paid already or not."""
        return self.contributions - self.losses + self.recoveries + self.interest


@dataclass(frozen=True, slots=True)
class Closing:
    """A programme on its way to be settled: its conditions, and what each account comes to."""

    conditions: Sequence[Condition]
    accounts: Sequence[Settlement]

    @property
    def unmet(self) -> list[Condition]:
        """What is known to stand in the way."""
        return [one for one in self.conditions if one.met is False]


def closing_of(programme: Programme, on: date, *, proved: bool = True) -> Closing:
    """`proved`: prove the ledger too, which reads all of it; else that condition is left open. Thirteen queries without it."""
    accounts = settlements(programme)
    held = sum((one.balances for one in accounts), Balances())
    counts = _counts(programme)
    conditions = [
        _ended(programme),
        _loans(programme, counts),
        _claims(programme, counts),
        _nothing("earmarked", "没有占用准备金", held.earmarked, programme),
        _nothing("claims_payable", "没有应付未付的代偿款", held.claims_payable, programme),
        _summaries(programme, _NEVER if programme.ended_on and not counts["open_loans"] else on),
        _unconfirmed(programme, counts),
        _statements(programme, accounts),
        _ledger(programme) if proved else Condition("ledger", "账簿核对无误", None, "尚未核对；办理时自动核对"),
    ]
    return Closing(conditions, accounts)


def _counts(programme: Programme) -> dict[str, Any]:
    """Loans, claims and recoveries that are not done with, and what nobody has confirmed yet. One query."""

    def count(rows: QuerySet[Any], what: Aggregate | None = None) -> Subquery:
        return Subquery(rows.order_by().values("programme").annotate(n=what or Count("pk")).values("n"))

    open_loans = Loan.objects.filter(programme=OuterRef("pk")).exclude(status__in=FINISHED)
    waiting = (ContributionStatus.RECORDED, ContributionStatus.RECEIVED)
    receipts = Contribution.objects.filter(programme=OuterRef("pk"), status__in=waiting)
    interests = AccountInterest.objects.filter(programme=OuterRef("pk"))
    found = Programme.objects.filter(pk=programme.pk).values(
        open_loans=count(open_loans),
        owed=count(open_loans, Sum("outstanding")),
        open_claims=count(Claim.objects.filter(programme=OuterRef("pk"), status__in=OPEN)),
        open_recoveries=count(Recovery.objects.filter(programme=OuterRef("pk"), status__in=TO_REMIT)),
        new_receipts=count(receipts),
        new_interests=count(interests.filter(status=InterestStatus.ENTERED)),
        new_reversals=count(interests.filter(reversals__status=EntryStatus.ENTERED)),
    )
    return {name: value or 0 for name, value in found.get().items()}


def _of(programme: Programme, name: str, **more: str) -> str:
    return f"{reverse(name)}?{urlencode({'programme': programme.code, **more})}"


def _ended(programme: Programme) -> Condition:
    ended = programme.status != ProgrammeStatus.ACTIVE
    figure = f"{programme.ended_on} 终止" if ended else "项目执行中"
    return Condition("ended", "项目已终止", ended, figure, programme.get_absolute_url())


def _loans(programme: Programme, counts: dict[str, Any]) -> Condition:
    owed = f"{counts['open_loans']} 笔未了结，未还本金 {format_yuan(Decimal(counts['owed']))} 元"
    figure = owed if counts["open_loans"] else "全部结清、核销或作废"
    return Condition("loans", "贷款全部了结", not counts["open_loans"], figure, _of(programme, "loans:loan_list"))


def _claims(programme: Programme, counts: dict[str, Any]) -> Condition:
    figure = f"代偿 {counts['open_claims']} 件、追偿 {counts['open_recoveries']} 笔未办完"
    met = not counts["open_claims"] and not counts["open_recoveries"]
    return Condition("claims", "代偿、追偿全部办完", met, figure, _of(programme, "loans:loan_list"))


def _nothing(key: str, label: str, amount: Decimal, programme: Programme) -> Condition:
    return Condition(key, label, not amount, f"{format_yuan(amount)} 元", programme.get_absolute_url())


def _summaries(programme: Programme, until: date) -> Condition:
    """Also the quarter that is not over yet, where it is the last one owed."""
    owed = {(bank.pk, str(quarter)) for bank, quarter in owed_summaries(programme, until)}
    accepted = QuarterlySummary.objects.filter(programme=programme, status=SummaryStatus.ACCEPTED).values_list("bank_id", "quarter")
    missing = sorted(quarter for _, quarter in owed - set(accepted))
    figure = f"{len(missing)} 份未审定，最早 {Quarter.parse(missing[0]).label_cn}" if missing else f"{len(owed)} 份全部审定"
    return Condition("summaries", "应报的申报汇总表全部审定", not missing, figure, _of(programme, "reports:summary_list"))


def _unconfirmed(programme: Programme, counts: dict[str, Any]) -> Condition:
    url = _of(programme, "reserve:contribution_list" if counts["new_receipts"] else "reserve:interest_list")
    figure = f"出资 {counts['new_receipts']} 笔，利息 {counts['new_interests']} 笔，利息冲正 {counts['new_reversals']} 笔"
    met = not any(counts[name] for name in ("new_receipts", "new_interests", "new_reversals"))
    return Condition("unconfirmed", "没有未复核的出资和利息", met, figure, url)


def _statements(programme: Programme, accounts: Sequence[Settlement]) -> Condition:
    """Each account's last statement is even and reaches its last movement; what is being paid back comes after it."""
    last = last_reconciliations([one.account for one in accounts])
    faults = [fault for one in accounts if (fault := _statement_fault(one, last.get(one.account.pk)))]
    figure = "；".join(faults) or "各账户最近一份对账单对平"
    return Condition("statements", "银行对账单对平", not faults, figure, _of(programme, "reserve:bank_statement_list"))


def _statement_fault(one: Settlement, last: Reconciliation | None) -> str:
    name = f"{one.account.funder.short_name}账户"
    if last is None:
        return f"{name}没有对账单" if one.moved_on else ""
    if not last.is_even:
        return f"{name}有 {last.open_count} 项差异未说明"
    return f"{name} {one.moved_on} 的收支不在对账单内" if one.moved_on and one.moved_on > last.statement.last else ""


def _ledger(programme: Programme) -> Condition:
    result = prove(programme)
    head = f"{result.head_sequence}:{result.head_hash[:12] or '—'}"
    figure = result.fault.message if result.fault else f"{result.entries} 笔分录，链头 {head}"
    return Condition("ledger", "账簿核对无误", result.fault is None, figure, _of(programme, "reserve:ledger_list"))


_KINDS = {
    "contributions": (Purpose.OPENING, Purpose.CONTRIBUTION),
    "losses": (Purpose.CLAIM_PAYMENT,),
    "recoveries": (Purpose.RECOVERY,),
    "interest": (Purpose.INTEREST, Purpose.INTEREST_PAYOUT),
    "refunded": (Purpose.REFUND,),
}
_PAID_OUT = ("losses", "refunded")


def settlements(programme: Programme) -> list[Settlement]:
    """What moved each account's money, a reversal counted with what it takes back; the provincial account first. Two queries."""
    rows = LedgerAccount.objects.filter(programme=programme).select_related("reserve_account__funder", "reserve_account__bank")
    books = list(rows.order_by("reserve_account_id"))
    accounts = {book.reserve_account_id: book.reserve_account for book in books}
    moved: dict[int, defaultdict[str, Decimal]] = {account: defaultdict(Decimal) for account in accounts}
    days: dict[int, date] = {}
    sums = (
        bank_transfers(books)
        .annotate(why=Coalesce("entry__reverses__purpose", "entry__purpose"))
        .values_list("debit__reserve_account_id", "why", "debit__kind")
        .annotate(sum=total(F("amount")), last=Max("entry__value_date"))
        .order_by()
    )
    for account, why, debit, amount, last in sums:
        moved[account][why] += amount if debit == AccountKind.BANK else -amount
        if why != Purpose.REFUND:
            days[account] = max(last, days.get(account, last))
    held = balances_in(books)
    return [_settlement(account, moved[pk], days.get(pk), held[pk]) for pk, account in accounts.items()]


def _settlement(account: ReserveAccount, moved: Mapping[str, Decimal], moved_on: date | None, held: Balances) -> Settlement:
    sums = {name: sum((moved.get(purpose, ZERO) for purpose in purposes), ZERO) for name, purposes in _KINDS.items()}
    signed = {name: -amount if name in _PAID_OUT else amount for name, amount in sums.items()}
    return Settlement(account, **signed, moved_on=moved_on, balances=held)
