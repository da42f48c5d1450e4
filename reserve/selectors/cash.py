"""What came into and went out of the reserve's bank accounts, by value date and purpose: 准备金收支."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
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


def cash_movements(reserve_accounts: Iterable[ReserveAccount], until: date) -> list[CashMovement]:
    """Every day with money in or out up to and including the value date `until`. Two queries.

    A reversal counts in the purpose it reverses, on its own value date. Only what touches a bank account is read, by its index:
    the many earmarks and releases are not.
    """
    found = LedgerAccount.objects.filter(reserve_account__in=list(reserve_accounts), kind=AccountKind.BANK)
    banks = dict(found.values_list("pk", "reserve_account_id"))
    rows = (
        Transfer.objects.filter(Q(debit__in=banks) | Q(credit__in=banks), entry__value_date__lte=until)
        .order_by()
        .annotate(counted=Coalesce("entry__reverses__purpose", "entry__purpose"))
        .values_list("debit", "credit", "entry__value_date", "counted")
        .annotate(sum=Sum("amount"))
    )
    return [
        CashMovement(banks[debit if debit in banks else credit], day, Purpose(purpose), amount if debit in banks else -amount)
        for debit, credit, day, purpose, amount in rows
    ]
