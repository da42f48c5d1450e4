"""Interest on the accounts against the entries that posted it, and its reversals against theirs."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet

from common.money import total
from reserve.enums import EntryStatus, InterestKind, InterestStatus
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import AccountInterest, InterestReversal, Programme
from reserve.services.verify import Fault

from .comparison import differences

PURPOSES = {InterestKind.CREDITED: Purpose.INTEREST, InterestKind.PAID_OUT: Purpose.INTEREST_PAYOUT}
_POSTED = (InterestStatus.CONFIRMED, InterestStatus.REVERSED)


def interests(programme: Programme) -> Iterator[Fault]:
    """Kind, amount and account as the entry moved them; the day is the entry's value date, unless that is the day of posting.
    Reversed exactly where a confirmed reversal stands. One query."""
    of_account = Q(entry__transfers__debit__reserve_account=F("account"))
    banked = of_account & (Q(entry__transfers__debit__kind=AccountKind.BANK) | Q(entry__transfers__credit__kind=AccountKind.BANK))
    rows = AccountInterest.objects.filter(programme=programme, status__in=_POSTED).select_related("account__funder", "entry")
    taken_back = set(_confirmed(programme).values_list("interest_id", flat=True))
    for row in rows.annotate(banked=total("entry__transfers__amount", where=banked)).order_by("pk"):
        expected = {"amount": row.banked, "confirmed_on": row.entry.ledger_date}
        if row.entry.value_date != row.entry.ledger_date:
            expected["booked_on"] = row.entry.value_date
        yield from differences(row, expected, "账簿分录")
        own = (row.entry.source_type, row.entry.source_id, row.entry.purpose)
        if own != ("account_interest", row.pk, PURPOSES[InterestKind(row.kind)]):
            yield Fault.of(AccountInterest, row.pk, "entry", f"{row}所指的账簿分录属于另一事项。")
        status = InterestStatus.REVERSED if row.pk in taken_back else InterestStatus.CONFIRMED
        yield from differences(row, {"status": status}, "已复核的冲正")


def reversals(programme: Programme) -> Iterator[Fault]:
    """Each confirmed reversal points to the entry that reverses that of its interest, for the reason it gives. One query."""
    rows = _confirmed(programme).select_related("interest__account__funder", "interest__entry", "entry")
    for row in rows.order_by("pk"):
        if row.entry is None:
            raise ValueError("the database lets no confirmed reversal be without its entry")
        if row.entry.reverses_id != row.interest.entry_id:
            yield Fault.of(InterestReversal, row.pk, "entry", f"{row}所指的账簿分录冲正的是另一笔。")
        yield from differences(row, {"reason": row.entry.memo, "confirmed_on": row.entry.ledger_date}, "账簿分录")


def _confirmed(programme: Programme) -> QuerySet[InterestReversal]:
    rows: QuerySet[InterestReversal] = InterestReversal.objects.all()
    return rows.filter(interest__programme=programme, status=EntryStatus.CONFIRMED)
