"""What the accounts have earned as interest, and what has been paid out of it."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from common.money import total

from ..enums import InterestKind, InterestStatus
from ..models import AccountInterest, ReserveAccount


@dataclass(frozen=True, slots=True)
class InterestFigures:
    """Of one account (yuan): interest credited and paid out, both confirmed, and payouts that wait for their confirmation."""

    credited: Decimal
    paid_out: Decimal
    pending: Decimal

    @property
    def unpaid(self) -> Decimal:
        """What has not left the account yet."""
        return self.credited - self.paid_out

    @property
    def available(self) -> Decimal:
        """What a further payout may take, or a reversal take back."""
        return self.unpaid - self.pending


def interest_of(account: ReserveAccount, *, besides: AccountInterest | None = None) -> InterestFigures:
    """An account's interest, without the row `besides`. Exact while the programme is locked. One query."""
    confirmed = Q(status=InterestStatus.CONFIRMED)
    sums = (
        AccountInterest.objects.filter(account=account)
        .exclude(pk=besides.pk if besides else None)
        .aggregate(
            credited=total("amount", where=confirmed & Q(kind=InterestKind.CREDITED)),
            paid_out=total("amount", where=confirmed & Q(kind=InterestKind.PAID_OUT)),
            pending=total("amount", where=Q(status=InterestStatus.ENTERED, kind=InterestKind.PAID_OUT)),
        )
    )
    return InterestFigures(**sums)
