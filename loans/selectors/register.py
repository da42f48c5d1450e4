"""The register 台账 as rows of plain values, and what the ledger holds of a loan."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from common.money import ZERO
from parties.enums import OrganisationKind
from reserve.ledger_enums import AccountKind
from reserve.models import LedgerEntry, Transfer

from ..enums import SOURCES, MovementKind
from ..models import Loan

REGISTER_FIELDS = (
    "id",
    "enterprise_name",
    "amount",
    "disbursed_on",
    "due_on",
    "annual_rate",
    "purpose",
    "repayment_method",
    "note_no",
    "contract_no",
    "guarantee",
    "status",
    "outstanding",
    "declared_reserve",
    "declared_provincial",
    "earmarked",
    "earmarked_provincial",
    "confirmed_on",
    "settled_on",
)


def register_rows(loans: QuerySet[Loan]) -> QuerySet[Any, dict[str, Any]]:
    """The register of these loans as dictionaries, by disbursement date and 借据号: the seven columns first."""
    rows: QuerySet[Any, dict[str, Any]] = loans.order_by("disbursed_on", "note_no", "id").values(*REGISTER_FIELDS)
    return rows


@dataclass(frozen=True, slots=True)
class CoverEntry:
    """One ledger entry of a loan; amounts in yuan, positive when they occupy, negative when they release."""

    entry: LedgerEntry
    provincial: Decimal
    town: Decimal

    @property
    def total(self) -> Decimal:
        return self.provincial + self.town


def cover_entries(loan: Loan) -> list[CoverEntry]:
    """What was posted for a loan, its repayments and what else moved it, in order. Three queries."""
    causes = {SOURCES[kind]: set[int]() for kind in MovementKind}
    for kind, source_id in loan.movements.values_list("kind", "source_id"):
        causes[SOURCES[kind]].add(source_id)
    about = Q(pk__in=[])
    for source, ids in causes.items():
        about |= Q(source_type=source, source_id__in=ids)
    entries = LedgerEntry.objects.filter(about, programme=loan.programme_id)
    found = list(entries.order_by("id"))
    sums = {entry.pk: {True: ZERO, False: ZERO} for entry in found}
    rows = Transfer.objects.filter(entry__in=list(sums)).select_related("credit__reserve_account__funder", "debit")
    for row in rows:
        signed = row.amount if row.credit.kind == AccountKind.EARMARKED else -row.amount
        provincial = row.credit.reserve_account.funder.kind == OrganisationKind.PROVINCIAL_CENTRE
        sums[row.entry_id][provincial] += signed
    return [CoverEntry(entry, sums[entry.pk][True], sums[entry.pk][False]) for entry in found]
