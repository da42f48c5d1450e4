"""Money paid in against the entries that posted it, the town's obligations against the money, and entries that nothing points to."""

from collections.abc import Iterator

from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q

from common.money import total
from loans.enums import MovementKind
from loans.models import Claim, Correction, Loan, PrincipalMovement, Recovery, Repayment, Reversal
from reserve.enums import ContributionStatus
from reserve.ledger_enums import AccountKind
from reserve.models import AccountInterest, Contribution, FundingObligation, InterestReversal, LedgerEntry, Programme, Refund
from reserve.rules import obligation_status
from reserve.services.verify import Fault

from .comparison import differences

# What the ledger calls the records that post, and the rows that point to their entries.
CAUSES: dict[str, type[models.Model]] = {
    "contribution": Contribution,
    "account_interest": AccountInterest,
    "refund": Refund,
    "loan": Loan,
    "repayment": Repayment,
    "reversal": Reversal,
    "correction": Correction,
    "claim": Claim,
    "claim_undone": Claim,
    "recovery": Recovery,
}
# The models whose rows point to the entries that posted them.
POSTED: tuple[type[models.Model], ...] = (Contribution, PrincipalMovement, Recovery, AccountInterest, InterestReversal, Refund)


def beside_its_movement() -> Q:
    """Entries of a movement that points to another of its own: the 分 of rounding that remain when an earlier entry is taken back."""
    pointed = PrincipalMovement.objects.filter(entry=OuterRef("pk"))
    several = (MovementKind.REVERSAL, MovementKind.CORRECTION, MovementKind.CLAIM_UNDONE)
    same = PrincipalMovement.objects.filter(kind__in=several, kind=OuterRef("source_type"), source_id=OuterRef("source_id"))
    return ~Q(Exists(pointed)) & Q(Exists(same))


def unclaimed_entries(programme: Programme) -> Iterator[Fault]:
    """Entries no record points to: the record they were posted for is gone, or says it was not confirmed. One query."""
    claims = (Exists(model._default_manager.filter(entry=OuterRef("pk"))) for model in POSTED)
    unclaimed = LedgerEntry.objects.filter(*(~claim for claim in claims), ~beside_its_movement(), programme=programme)
    for entry in unclaimed.order_by("pk")[:1]:
        cause = CAUSES.get(entry.source_type)
        model, pk = (cause, entry.source_id) if cause else (LedgerEntry, entry.pk)
        yield Fault.of(model, pk, "unclaimed", f"账簿第 {entry.sequence} 号分录（{entry.memo}）没有对应的已确认记录。")


def contributions(programme: Programme) -> Iterator[Fault]:
    """Amount and account as the entry banked them; the arrival is the entry's value date, unless that is the day of posting."""
    own = Q(entry__transfers__debit__kind=AccountKind.BANK, entry__transfers__debit__reserve_account=F("account"))
    rows = Contribution.objects.filter(programme=programme, status=ContributionStatus.CONFIRMED).select_related("entry")
    for row in rows.annotate(banked=total("entry__transfers__amount", where=own)).order_by("pk"):
        entry = row.entry
        expected = {"amount": row.banked}
        if entry.value_date != entry.ledger_date:
            expected["arrived_on"] = entry.value_date
        yield from differences(row, expected, "账簿分录")
        if (entry.source_type, entry.source_id) != ("contribution", row.pk):
            yield Fault.of(Contribution, row.pk, "entry", f"{row}所指的账簿分录属于另一事项。")


def obligations(programme: Programme) -> Iterator[Fault]:
    """Fulfilled on the day the last of the money arrived, judged by its due day; its clock stopped then."""
    confirmed = Q(contributions__status=ContributionStatus.CONFIRMED)
    rows = FundingObligation.objects.filter(programme=programme).select_related("deadline", "source", "debtor").order_by("pk")
    paid = {"paid": total("contributions__amount", where=confirmed), "last": Max("contributions__arrived_on", filter=confirmed)}
    for row in rows.annotate(**paid):
        clock, fulfilled_on = row.deadline, row.last if row.paid >= row.amount else None
        yield from differences(row, {"fulfilled_on": fulfilled_on}, "已确认的出资")
        if fulfilled_on is not None:
            status = obligation_status(due_on=clock.due_on, provisional=clock.provisional, fulfilled_on=fulfilled_on, on=fulfilled_on)
            yield from differences(row, {"status": status}, "到位日与期限")
        if clock.cancelled_on is None:
            yield from differences(clock, {"met_on": fulfilled_on}, "配套义务的到位日")
