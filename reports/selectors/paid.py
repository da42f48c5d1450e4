"""Compensations paid and recoveries received in a span, entry by entry, with what came from and went to each account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models.functions import Coalesce

from common.money import ZERO
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import LedgerEntry, Programme, ReserveAccount
from reserve.selectors.cash import bank_transfers, books_of

COUNTED = (Purpose.CLAIM_PAYMENT, Purpose.RECOVERY)


@dataclass(frozen=True, slots=True)
class PaidFact:
    """One payment or recovery (yuan); a reversal has negative amounts under the purpose it reverses."""

    entry: LedgerEntry
    counted: Purpose
    amounts: Mapping[int, Decimal]

    @property
    def amount(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


def paid_facts(programme: Programme, accounts: Sequence[ReserveAccount], start: date, end: date) -> list[PaidFact]:
    """By value date, in the order of the chain. Two queries."""
    rows = (
        bank_transfers(books_of(accounts))
        .filter(entry__programme=programme, entry__value_date__range=(start, end))
        .annotate(counted=Coalesce("entry__reverses__purpose", "entry__purpose"))
        .filter(counted__in=COUNTED)
        .select_related("entry", "debit")
        .order_by("entry_id", "position")
    )
    entries: dict[int, tuple[LedgerEntry, Purpose]] = {}
    amounts: dict[int, dict[int, Decimal]] = {}
    for row in rows:
        counted = Purpose(row.counted)
        paid_in = row.debit.kind == AccountKind.BANK
        of_entry = amounts.setdefault(row.entry_id, {account.pk: ZERO for account in accounts})
        of_entry[row.debit.reserve_account_id] += row.amount if paid_in == (counted == Purpose.RECOVERY) else -row.amount
        entries[row.entry_id] = row.entry, counted
    return [PaidFact(entry, counted, amounts[pk]) for pk, (entry, counted) in entries.items()]
