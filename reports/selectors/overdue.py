"""逾期率 by bank and programme over time (domain §4 `overdue_rate_…`), by what is known now."""

from calendar import monthrange
from datetime import date

from django.db.models import Min

from common.errors import InvalidInput
from loans.models import PrincipalMovement, RiskRate
from loans.selectors.risk import RateSeries, rates_at
from reserve.models import Programme

from ..enums import Step

MOST_POINTS = 60
MOST_DAYS = 31


def overdue_rates(programme: Programme, as_of: date, step: Step) -> list[RateSeries]:
    """The rates at the ends of the programme's months or quarters and on `as_of`, by bank where there are several.

    Nothing before the first loan; the latest `MOST_POINTS`. Four queries, whatever the number of loans and points.
    """
    moved = PrincipalMovement.objects.filter(loan__programme=programme, value_on__lte=as_of)
    first = moved.aggregate(day=Min("value_on"))["day"]
    return rates_at(programme, period_ends(first, as_of, step)) if first else []


def kept_rates(programme: Programme, as_of: date) -> list[list[RiskRate]]:
    """The rates of the latest `MOST_DAYS` up to `as_of` as the nightly job kept them, by scope, all banks first. One query."""
    rows = RiskRate.objects.filter(programme=programme, day__lte=as_of, day__gt=date.fromordinal(max(1, as_of.toordinal() - MOST_DAYS)))
    found: dict[int | None, list[RiskRate]] = {}
    for row in rows.select_related("bank").order_by("day"):
        found.setdefault(row.bank_id, []).append(row)
    return [found[bank] for bank in sorted(found, key=lambda bank: bank or 0)]


def read_step(text: str) -> Step:
    """As an address writes it; quarters where it does not. Raises InvalidInput."""
    if text and text not in Step.values:
        sentence = f"没有“{text[:20]}”这样的间隔；请用 {'、'.join(Step.values)} 之一。"
        raise InvalidInput(sentence, fields={"step": [sentence]})
    return Step(text or Step.QUARTER)


def period_ends(first: date, as_of: date, step: Step) -> list[date]:
    """Ends of months or quarters from the one `first` lies in to `as_of`, which ends the list; the latest `MOST_POINTS`."""
    months = [divmod(month, 12) for month in range(first.year * 12 + first.month - 1, as_of.year * 12 + as_of.month)]
    ends = [date(year, month + 1, monthrange(year, month + 1)[1]) for year, month in months if step == Step.MONTH or month % 3 == 2]
    return [*(end for end in ends if end < as_of), as_of][-MOST_POINTS:]
