"""The register 台账 as rows of plain values, and what the ledger holds of a loan."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from common.money import ZERO, MoneyField, total, yuan
from parties.enums import OrganisationKind
from reserve.ledger_enums import AccountKind
from reserve.models import LedgerEntry

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


def posted_to_earmarks(transfers: str = "transfers") -> dict[str, Any]:
    """Annotations `posted` and `posted_provincial`: what transfers put into the earmark (negative: took out of it), in yuan."""
    moved = Case(
        When(**{f"{transfers}__credit__kind": AccountKind.EARMARKED}, then=F(f"{transfers}__amount")),
        When(**{f"{transfers}__debit__kind": AccountKind.EARMARKED}, then=F(f"{transfers}__amount") * -1),
        default=yuan(ZERO),
        output_field=MoneyField(),
    )
    provincial = Q(**{f"{transfers}__debit__reserve_account__funder__kind": OrganisationKind.PROVINCIAL_CENTRE})
    return {"posted": total(moved), "posted_provincial": total(moved, where=provincial)}


def cover_entries(loan: Loan) -> list[CoverEntry]:
    """What was posted for a loan, its repayments and what else moved it, in order. One query."""
    about = Q(pk__in=[])
    for kind in MovementKind:
        about |= Q(source_type=SOURCES[kind], source_id__in=loan.movements.filter(kind=kind).order_by().values("source_id"))
    entries: Any = LedgerEntry.objects.filter(about, programme=loan.programme_id).annotate(**posted_to_earmarks()).order_by("id")
    return [CoverEntry(entry, entry.posted_provincial, entry.posted - entry.posted_provincial) for entry in entries]
