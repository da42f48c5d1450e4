"""How what was recovered is shared, and what is still to come back (domain §3.10, §4)."""

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from common.money import ZERO

from ..claim_enums import ClaimStatus, RecoveryStatus
from ..models import Claim, Loan, Recovery
from ..rules.claims import NOTHING, Share, recovered


def paid_claim(loan: Loan) -> Claim:
    """The claim that compensated the loan. One query."""
    claim: Claim = loan.claims.get(status=ClaimStatus.PAID)
    return claim


def shared(claim: Claim) -> QuerySet[Recovery]:
    """Recoveries that have been shared, in the order they were: a later one counts on top of the earlier."""
    rows: QuerySet[Recovery] = claim.recoveries.filter(confirmed_on__isnull=False).order_by("confirmed_at", "id")
    return rows


def share_of_next(recovery: Recovery) -> Share:
    """The reserve's part of a recovery about to be confirmed. One query."""
    claim = recovery.claim
    if claim.base is None or claim.paid is None or claim.paid_provincial is None:
        raise ValueError("only a claim that was paid has recoveries")
    paid = Share(claim.paid, claim.paid_provincial, claim.paid_town)
    return recovered([*(one.net for one in shared(claim)), recovery.net], claim.base, paid)[-1]


def returned(claim: Claim) -> Share:
    """What the accounts have got back, remitted or on its way. One query."""
    total = NOTHING
    for one in shared(claim):
        total = Share(total.total + one.returned, total.provincial + one.returned_provincial, total.town + one.returned_town)
    return total


def net_recovered(claim: Claim) -> Decimal:
    """What came in after costs, of the confirmed recoveries. One query."""
    return sum((one.net for one in shared(claim)), ZERO)


def recovered_in_full_on(loan: Loan) -> date | None:
    """The day the last money came in, once the whole base is recovered and nothing is on its way to the accounts. One query."""
    rows = list(loan.recoveries.exclude(status=RecoveryStatus.DISCARDED))
    if any(row.status != RecoveryStatus.REMITTED for row in rows) or sum((row.net for row in rows), ZERO) < loan.compensated:
        return None
    return max((row.received_on for row in rows), default=None)
