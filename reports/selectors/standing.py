"""How a programme stands now: its money, what it owes and is owed, why nothing more may be lent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.money import ZERO
from loans.models import Suspension
from loans.selectors.blocking import blocks_from, short_claims
from loans.selectors.exposure import CoverAccount, capacity
from loans.selectors.risk import OwedNow, latest_by_scope, owed_now, risk_now
from parties.enums import OrganisationKind
from reserve.cover import CoverBlock
from reserve.enums import ProgrammeStatus
from reserve.models import FundingObligation, LedgerAccount, Programme, ReserveAccount
from reserve.rulebook import Rules
from reserve.selectors.accounts import AccountFigures
from reserve.selectors.ledger import Balances, balances_of
from reserve.selectors.programmes import rules_on


@dataclass(frozen=True, slots=True)
class Standing:
    """The reserve and the running loans of one programme now; `owed` by bank; amounts in yuan."""

    programme: Programme
    rules: Rules
    accounts: list[AccountFigures]
    obligations: list[FundingObligation]
    owed: list[OwedNow]
    blocks: list[CoverBlock]
    on: date

    @property
    def outstanding(self) -> Decimal:
        return sum((one.owed for one in self.owed), ZERO)

    @property
    def loans(self) -> int:
        return sum(one.loans for one in self.owed)

    @property
    def watched(self) -> int:
        return sum(one.watched for one in self.owed)

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


def standing(programme: Programme, on: date, suspensions: Sequence[Suspension]) -> Standing:
    """Five queries, whatever the number of rows; one more while a claim is short. `suspensions`: of this programme and others, the
    oldest first.
    """
    rules = rules_on(programme, on)
    owed = owed_now(programme, on, rules, watch=True)
    obligations = obligations_of(programme)
    blocks: list[CoverBlock] = []
    if programme.status == ProgrammeStatus.ACTIVE:
        latest = latest_by_scope(row for row in suspensions if row.programme_id == programme.pk)
        risks = risk_now(programme, on, rules, owed)
        blocks = blocks_from(programme, on, rules, obligations, risks, latest, short_claims(programme, owed))
    return Standing(programme, rules, balances_now(programme), obligations, owed, blocks, on)


def obligations_of(programme: Programme) -> list[FundingObligation]:
    """The town's duties to match, the first to end first. One query."""
    rows = FundingObligation.objects.filter(programme=programme).select_related("deadline", "debtor", "source")
    return list(rows.order_by("deadline__due_on", "pk"))


def balances_now(programme: Programme) -> list[AccountFigures]:
    """The accounts with their stored balances, in one query."""
    found: dict[ReserveAccount, dict[str, Decimal]] = {}
    rows = LedgerAccount.objects.filter(programme=programme).select_related("reserve_account__funder")
    for row in rows.order_by("reserve_account_id"):
        found.setdefault(row.reserve_account, {})[row.kind] = row.balance
    return [AccountFigures(account, balances_of(kinds)) for account, kinds in found.items()]
