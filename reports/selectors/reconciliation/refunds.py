"""Refunds to the funders against the entries that posted them."""

from collections.abc import Iterator

from django.db.models import F, Q

from common.money import total
from reserve.enums import RefundStatus
from reserve.ledger_enums import AccountKind, Purpose
from reserve.models import Programme, Refund
from reserve.services.verify import Fault

from .comparison import differences


def refunds(programme: Programme) -> Iterator[Fault]:
    """Amount and account as the entry paid them out; the day is the entry's value date, unless that is the day of posting. One query."""
    own = Q(entry__transfers__credit__kind=AccountKind.BANK, entry__transfers__credit__reserve_account=F("account"))
    rows = Refund.objects.filter(programme=programme, status=RefundStatus.CONFIRMED).select_related("account__funder", "entry")
    for row in rows.annotate(paid=total("entry__transfers__amount", where=own)).order_by("pk"):
        expected = {"amount": row.paid}
        if row.entry.value_date != row.entry.ledger_date:
            expected["paid_on"] = row.entry.value_date
        yield from differences(row, expected, "账簿分录")
        if (row.entry.source_type, row.entry.source_id, row.entry.purpose) != ("refund", row.pk, Purpose.REFUND):
            yield Fault.of(Refund, row.pk, "entry", f"{row}所指的账簿分录属于另一事项。")
