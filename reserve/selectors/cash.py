"""What came into and went out of the reserve's bank accounts, by value date and purpose: 准备金收支."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ..ledger_enums import AccountKind, Purpose
from ..models.accounts import ReserveAccount
from ..models.ledger import LedgerAccount, Transfer


@dataclass(frozen=True, slots=True)
class CashMovement:
    """What one account's balance gained (+) or lost (−) on a value date for a purpose, in yuan."""

    account: int
    day: date
    purpose: Purpose
    amount: Decimal


def books_of(reserve_accounts: Iterable[ReserveAccount | int]) -> QuerySet[LedgerAccount]:
    """The books of reserve accounts, of every kind."""
    return LedgerAccount.objects.filter(reserve_account__in=list(reserve_accounts)).order_by("pk")


def bank_transfers(books: Iterable[LedgerAccount]) -> QuerySet[Transfer]:
    """Those that moved money into or out of the banks of these books' accounts: the few among the many earmarks and releases.

    Books are read beforehand, to be named by their keys: by a join the database expects many transfers and reads all of them.
    """
    banks = [book.pk for book in books if book.kind == AccountKind.BANK]
    return Transfer.objects.filter(Q(debit__in=banks) | Q(credit__in=banks))


def cash_movements(reserve_accounts: Iterable[ReserveAccount], until: date) -> list[CashMovement]:
    """Every day with money in or out up to and including the value date `until`. Two queries.

    A reversal counts in the purpose it reverses, on its own value date.
    """
    rows = (
        bank_transfers(books_of(reserve_accounts))
        .filter(entry__value_date__lte=until)
        .order_by()
        .annotate(counted=Coalesce("entry__reverses__purpose", "entry__purpose"))
        .values_list("debit__reserve_account", "debit__kind", "entry__value_date", "counted")
        .annotate(sum=Sum("amount"))
    )
    return [
        CashMovement(account, day, Purpose(purpose), amount if debit == AccountKind.BANK else -amount)
        for account, debit, day, purpose, amount in rows
    ]
