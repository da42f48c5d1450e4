"""What enterprises owe and may still draw, and how much more the reserve can carry."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from django.db.models import F, Q

from common.errors import NotFound
from common.money import ZERO, total, yuan
from enterprises.models import Enterprise
from parties.enums import OrganisationKind
from reserve.ledger_enums import AccountKind
from reserve.models import LedgerAccount, Programme, ReserveAccount
from reserve.rulebook import Rules

from ..enums import DRAWN, LoanStatus
from ..errors import NoReserveAccount
from ..models import CreditLine, Loan, PrincipalMovement
from ..rules.concentration import Exposure

Pair = tuple[int, int]
"""A bank and an enterprise, by id."""


def exposure(*, programme_id: int, enterprise: Enterprise | int, on: date, without: CreditLine | None = None) -> Exposure:
    """Principal owed and undrawn usable lines on a day (domain §4 `enterprise_cap`); `without`: leave a line's undrawn part out.

    One query. Exact only under the programme's guard.
    """
    found = exposures(on=on, without=without, programme=programme_id, enterprise=enterprise).values()
    return Exposure(sum((one.outstanding for one in found), ZERO), sum((one.undrawn for one in found), ZERO))


def exposures(*, on: date, without: CreditLine | None = None, **where: Any) -> dict[Pair, Exposure]:
    """The same by bank and enterprise, of the loans and lines with these values (`programme`, `bank__in` …). One query."""
    lines = CreditLine.objects.filter(**where).usable(on).with_drawn().order_by()
    if without is not None:
        lines = lines.exclude(pk=without.pk)
    columns = ("bank", "enterprise", "owed", "open")
    owing = Loan.objects.running().filter(**where).order_by().annotate(owed=F("outstanding"), open=yuan(ZERO)).values_list(*columns)
    granted = lines.annotate(owed=yuan(ZERO), open=F("undrawn")).values_list(*columns)
    found: defaultdict[Pair, Exposure] = defaultdict(Exposure)
    for bank, enterprise, owed, undrawn in owing.union(granted, all=True):
        so_far = found[bank, enterprise]
        found[bank, enterprise] = Exposure(so_far.outstanding + owed, so_far.undrawn + undrawn)
    return dict(found)


def drawn_from(line: CreditLine, *, without: Loan | None = None) -> Decimal:
    """Confirmed drawdowns of a line."""
    rows = Loan.objects.filter(credit_line=line, status__in=DRAWN)
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    return Decimal(rows.aggregate(sum=total("amount"))["sum"])


def outstanding_at(programme: Programme, day: date) -> Decimal:
    """Covered principal owed at the end of a day, by the days from which balances count it. One query."""
    moved = PrincipalMovement.objects.filter(loan__programme=programme, value_on__lte=day)
    return Decimal(moved.aggregate(sum=total("change"))["sum"])


@dataclass(frozen=True, slots=True)
class CoverAccount:
    """A reserve account that carries part of every earmark, and what of it is free."""

    account: ReserveAccount
    is_provincial: bool
    free: Decimal

    @property
    def label(self) -> str:
        return f"{self.account.name}·{AccountKind.FREE.label}"


def cover_accounts(programme_id: int) -> tuple[CoverAccount, CoverAccount]:
    """The province's and the town's account with their free money as it stands now. One query.

    Raises:
        NoReserveAccount: one of them is not open.
    """
    rows = (
        LedgerAccount.objects.filter(programme=programme_id, kind=AccountKind.FREE)
        .select_related("reserve_account__funder")
        .order_by("reserve_account_id")
    )
    found = {row.reserve_account.funder.kind: row for row in rows}
    try:
        province, town = found[OrganisationKind.PROVINCIAL_CENTRE], found[OrganisationKind.TOWN]
    except KeyError:
        raise NoReserveAccount from None
    return (
        CoverAccount(province.reserve_account, True, province.balance),
        CoverAccount(town.reserve_account, False, town.balance),
    )


def account_of_owner(programme_id: int, organisation_id: int | None) -> ReserveAccount:
    """The account an organisation put into the reserve that bears claims. One query. Raises: NotFound, NoReserveAccount."""
    for one in cover_accounts(programme_id):
        if one.account.funder_id == organisation_id:
            return one.account
    raise NotFound


def capacity(accounts: Sequence[CoverAccount], rules: Rules) -> Decimal:
    """Principal that can still be covered: the least over the accounts of free money × leverage ÷ its share, cut to whole yuan."""
    provincial = 1 / (1 + rules.match_ratio)
    shares = {True: provincial, False: 1 - provincial}
    carried = [Fraction(one.free) * rules.leverage / shares[one.is_provincial] for one in accounts if shares[one.is_provincial]]
    return Decimal(floor(min(carried, default=Fraction(0))))


def pending_amount(line: CreditLine) -> Decimal:
    """Drawdowns entered and not yet confirmed."""
    waiting = Loan.objects.filter(Q(credit_line=line), status=LoanStatus.ENTERED)
    return Decimal(waiting.aggregate(sum=total("amount"))["sum"])
