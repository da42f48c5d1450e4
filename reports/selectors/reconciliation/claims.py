"""Claims, recoveries and write-offs of a loan against its movements, the ledger's entries and the parties' decisions."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from common.money import ZERO, total
from loans.claim_enums import ClaimStatus, RecoveryStatus
from loans.enums import LoanStatus, MovementKind
from loans.models import Claim, Loan, PrincipalMovement, Recovery
from loans.rules.claims import Share, recovered
from parties.enums import OrganisationKind
from reserve.enums import JointKind, JointStatus
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import JointDecision, Programme, Transfer
from reserve.services.verify import Fault

from .comparison import differences

PURPOSES = (Purpose.CLAIM_APPROVAL, Purpose.CLAIM_PAYMENT, Purpose.RECOVERY)
PAYABLE, BANK, FREE = AccountKind.CLAIMS_PAYABLE, AccountKind.BANK, AccountKind.FREE

Posted = dict[tuple[str, str], tuple[Decimal, Decimal]]
"""What one entry moved from one kind of account to another: of all accounts, and of the province's; yuan."""


class Failed(NamedTuple):
    """What became of a loan that failed, each in its order."""

    claims: list[Claim]
    recoveries: list[Recovery]
    written_off: list[date]


def streams(programme: Programme) -> list[Iterator[tuple[int, Any]]]:
    """By loan: its claims, its recoveries, the days of its write-off. Three queries."""
    about = {"programme": programme, "kind": JointKind.WRITE_OFF, "status": JointStatus.AGREED}
    decisions = JointDecision.objects.filter(**about).order_by("subject_id", "pk")
    return [
        ((row.loan_id, row) for row in Claim.objects.filter(programme=programme).order_by("loan_id", "pk")),
        ((row.loan_id, row) for row in Recovery.objects.filter(programme=programme).order_by("loan_id", "confirmed_at", "pk")),
        ((row.subject_id, row.decided_on) for row in decisions),
    ]


def posted(programme: Programme) -> dict[int, Posted]:
    """By entry. One query; claims are few."""
    provincial = Q(debit__reserve_account__funder__kind=OrganisationKind.PROVINCIAL_CENTRE)
    rows = Transfer.objects.filter(entry__programme=programme, entry__purpose__in=PURPOSES).order_by()
    found: dict[int, Posted] = {}
    for row in rows.values("entry", "debit__kind", "credit__kind").annotate(all=total("amount"), own=total("amount", where=provincial)):
        found.setdefault(row["entry"], {})[row["debit__kind"], row["credit__kind"]] = row["all"], row["own"]
    return found


def faults(loan: Loan, movements: Sequence[PrincipalMovement], failed: Failed, entries: dict[int, Posted]) -> Iterator[Fault]:
    """Every movement of a claim has its claim, which says the same; every recovery its entry and its share; the loan what follows."""
    known = {claim.pk: claim for claim in failed.claims}
    for row in movements:
        if row.kind in (MovementKind.CLAIM, MovementKind.CLAIM_UNDONE, MovementKind.COMPENSATION):
            claim = known.get(row.source_id)
            if claim is None:
                yield Fault.of(Claim, row.source_id, "missing", f"{loan}有一笔已入账的{row.get_kind_display()}，其代偿申请已不存在。")
                return
            yield from _of_movement(claim, row, entries.get(row.entry_id or 0, {}))
    yield from _of_recoveries(failed, entries)
    yield from _of_loan(loan, movements, failed)


def _of_movement(claim: Claim, row: PrincipalMovement, moved: Posted) -> Iterator[Fault]:
    if row.kind == MovementKind.CLAIM:
        set_aside = _sum(moved, (AccountKind.EARMARKED, PAYABLE), (FREE, PAYABLE))[0]
        yield from differences(claim, {"approval_id": row.pk, "funded_on": row.posted_on, "granted": set_aside}, "代偿核准的分录")
    elif row.kind == MovementKind.CLAIM_UNDONE:
        yield from differences(claim, {"status": ClaimStatus.WITHDRAWN, "ended_on": row.posted_on}, "撤回代偿的变动")
    else:
        paid, provincial = _sum(moved, (PAYABLE, BANK))
        left = _sum(moved, (PAYABLE, FREE))[0]
        expected = {
            "movement_id": row.pk,
            "status": ClaimStatus.PAID,
            "base": -row.change,
            "paid_on": row.fact_on,
            "payment_confirmed_on": row.posted_on,
            "paid": paid,
            "paid_provincial": provincial,
            "granted": paid + left,
        }
        yield from differences(claim, expected, "代偿划款的分录")


def _sum(moved: Posted, *ways: tuple[str, str]) -> tuple[Decimal, Decimal]:
    parts = [moved.get(way, (ZERO, ZERO)) for way in ways]
    return sum((part[0] for part in parts), ZERO), sum((part[1] for part in parts), ZERO)


def _of_recoveries(failed: Failed, entries: dict[int, Posted]) -> Iterator[Fault]:
    """Shared in the order they were confirmed by what the claim paid; remitted as the entry banked it."""
    paid = next((claim for claim in failed.claims if claim.status == ClaimStatus.PAID), None)
    confirmed = [row for row in failed.recoveries if row.confirmed_on]
    for row in confirmed:
        if paid is None or row.claim_id != paid.pk:
            yield Fault.of(Recovery, row.pk, "claim", f"{row}不属于该贷款已划款的代偿。")
            return
    shares: list[Share] = []
    if paid is not None and paid.base and paid.paid is not None and paid.paid_provincial is not None:
        shares = recovered([row.net for row in confirmed], paid.base, Share(paid.paid, paid.paid_provincial, paid.paid_town))
    for row, share in zip(confirmed, shares, strict=True):
        yield from differences(row, {"returned": share.total, "returned_provincial": share.provincial}, "追偿分配公式")
        if row.entry_id is not None:
            banked, provincial = _sum(entries.get(row.entry_id, {}), (BANK, FREE))
            yield from differences(row, {"returned": banked, "returned_provincial": provincial}, "追偿划回的分录")


def _of_loan(loan: Loan, movements: Sequence[PrincipalMovement], failed: Failed) -> Iterator[Fault]:
    """What a claim leaves on its loan, and how it ended."""
    claims = [row for row in movements if row.kind in (MovementKind.CLAIM, MovementKind.CLAIM_UNDONE)]
    payment = next((row for row in movements if row.kind == MovementKind.COMPENSATION), None)
    in_force = [claim.pk for claim in failed.claims if claim.status not in (ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN)]
    expected: dict[str, Any] = {
        "claim_id": in_force[-1] if in_force else None,
        "claimed_on": claims[-1].posted_on if claims and claims[-1].kind == MovementKind.CLAIM else None,
        "compensated": -payment.change if payment else ZERO,
        "compensated_on": payment.fact_on if payment else None,
        "written_off_on": failed.written_off[-1] if failed.written_off else None,
    }
    if payment is not None:
        expected["settled_on"] = None if failed.written_off else _recovered_on(loan, failed)
        settled = LoanStatus.SETTLED if expected["settled_on"] else LoanStatus.COMPENSATED
        expected["status"] = LoanStatus.WRITTEN_OFF if failed.written_off else settled
    yield from differences(loan, expected, "代偿、追偿与核销记录")


def _recovered_on(loan: Loan, failed: Failed) -> date | None:
    """The day the last of the whole base came in, where all of it is back in the accounts."""
    rows = [row for row in failed.recoveries if row.status != RecoveryStatus.DISCARDED]
    back = all(row.status == RecoveryStatus.REMITTED for row in rows) and sum((row.net for row in rows), ZERO) >= loan.compensated
    return max(row.received_on for row in rows) if rows and back else None
