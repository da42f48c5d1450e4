"""How what was recovered is shared, and what is still to come back (domain §3.10, §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from common.money import ZERO
from reserve.enums import DeadlineKind
from reserve.models import Deadline
from reserve.quarters import Quarter

from ..claim_enums import VOID, ClaimStatus, RecoveryStatus
from ..enums import LoanStatus
from ..models import Claim, Loan, Recovery, RecoveryReport
from ..rules.claims import NOTHING, Share, recovered


def paid_claim(loan: Loan) -> Claim:
    """The claim that compensated the loan."""
    claim: Claim | None = loan.claim
    if claim is None or claim.status != ClaimStatus.PAID:
        raise ValueError("only a compensated loan has a paid claim")
    return claim


def shared(claim: Claim) -> QuerySet[Recovery]:
    """Recoveries that have been shared, in the order they were: a later one counts on top of the earlier."""
    rows: QuerySet[Recovery] = claim.recoveries.filter(confirmed_on__isnull=False).exclude(status__in=VOID)
    return rows.order_by("confirmed_at", "id")


def share_of_next(recovery: Recovery) -> Share:
    """The reserve's part of a recovery about to be confirmed. One query."""
    claim = recovery.claim
    if claim.base is None or claim.paid is None or claim.paid_provincial is None:
        raise ValueError("only a claim that was paid has recoveries")
    paid = Share(claim.paid, claim.paid_provincial, claim.paid_town)
    return recovered([*(one.net for one in shared(claim)), recovery.net], claim.base, paid)[-1]


def shared_since(recovery: Recovery) -> bool:
    """Whether another recovery was shared on top of this one. One query."""
    return shared(recovery.claim).last() != recovery


def back_since(loan: Loan) -> date | None:
    """The day the whole base had come in, once nothing of it is on its way to the accounts any more. Two queries."""
    rows = list(paid_claim(loan).recoveries.exclude(status__in=VOID))
    back = all(row.status == RecoveryStatus.REMITTED for row in rows) and sum((row.net for row in rows), ZERO) >= loan.compensated
    return max(row.received_on for row in rows) if back else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a compensated loan has come back, in yuan: what was paid of its `base`, and of what was shared (`net`) each one's part."""

    base: Decimal
    paid: Share
    net: Decimal
    back: Share

    @property
    def base_left(self) -> Decimal:
        """Of the base, what has not come in."""
        return max(ZERO, self.base - self.net)

    @property
    def left(self) -> Share:
        """What the accounts have still to get back."""
        return Share(*(paid - back for paid, back in zip(self.paid, self.back, strict=True)))

    @property
    def borne_by_bank(self) -> Decimal:
        return self.base - self.paid.total

    @property
    def kept_by_bank(self) -> Decimal:
        return self.net - self.back.total


def standing(claim: Claim, rows: Sequence[Recovery] | None = None) -> Standing:
    """Of a paid claim, by all its recoveries (`rows`, where they have been read). One query, or none."""
    counted = [one for one in (shared(claim) if rows is None else rows) if one.is_shared]
    parts = [(one.returned, one.returned_provincial, one.returned_town) for one in counted]
    back = Share(*(sum(column, ZERO) for column in zip(*parts, strict=True))) if parts else NOTHING
    paid = Share(claim.paid or ZERO, claim.paid_provincial or ZERO, claim.paid_town)
    return Standing(claim.base or ZERO, paid, sum((one.net for one in counted), ZERO), back)


# What waits


def remit_clock(recovery: Recovery) -> Deadline | None:
    """Until when the reserve's part is to be remitted, while it is. One query."""
    about = {"subject_type": Recovery._meta.label_lower, "subject_id": recovery.pk}
    running = Deadline.objects.filter(kind=DeadlineKind.RECOVERY_REMIT, met_on__isnull=True, cancelled_on__isnull=True, **about)
    return running.first()


def without_report(loans: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Of loans those still to be recovered on which nothing was reported for the last quarter that is over."""
    quarter = Quarter.of(on).previous()
    made = RecoveryReport.objects.filter(loan=OuterRef("pk"), quarter=str(quarter))
    found: QuerySet[Any] = loans.filter(~Exists(made), status=LoanStatus.COMPENSATED, compensated_on__lte=quarter.end)
    return found
