"""Which periods a programme has reports of, and which one an address means."""

from collections.abc import Iterator, Sequence
from datetime import date

from reserve.models import LedgerHead, Programme
from reserve.periods import Period, PeriodKind

from ..errors import PeriodNotBegun


def period_asked(programme: Programme, text: str, kinds: Sequence[PeriodKind], on: date) -> Period:
    """The one an address names; without one, the latest of the first kind in which something was booked and which is over.

    Raises: as `read_period`.
    """
    if text:
        return read_period(text, kinds, on)
    last_entry = LedgerHead.objects.filter(programme=programme).values_list("ledger_date", flat=True).first()
    return latest_period(last_entry, kinds[0], on)


def read_period(text: str, kinds: Sequence[PeriodKind], on: date) -> Period:
    """As an address writes it.

    Raises:
        InvalidInput: another form or kind; PeriodNotBegun: it begins after `on`.
    """
    period = Period.parse(text, kinds)
    if period.start > on:
        sentence = f"{period.label_cn}尚未开始，还没有报表；最近的一期从 {Period.around(on, period.kind).start} 开始。"
        raise PeriodNotBegun(sentence, fields={"period": [sentence]})
    return period


def latest_period(last_entry: date | None, kind: PeriodKind, on: date) -> Period:
    """The last one of its kind that is over and in which, or after which, something was booked."""
    period = Period.around(min(last_entry or on, on), kind)
    return period if period.end < on else Period.around(date.fromordinal(period.start.toordinal() - 1), kind)


def periods_of(programme: Programme, kinds: Sequence[PeriodKind], on: date) -> list[Period]:
    """From the year of the agreement to `on`, the latest first; a year before its parts."""
    return [
        period
        for year in range(on.year, programme.agreement_signed_on.year - 1, -1)
        for kind in sorted(kinds, key=lambda one: -one.value)
        for period in _of_year(year, kind)
        if period.start <= on
    ]


def _of_year(year: int, kind: PeriodKind) -> Iterator[Period]:
    """The latest first."""
    return (Period.of(year, kind, number) for number in range(4 // kind.value, 0, -1))


def why_not_as_of(day: date, on: date) -> str:
    """Why there are no figures as of a day, asked on another; "" where there are: of days to come nobody knows them."""
    return f"{day} 还没有到；截至日期最晚为今天（{on}）。" if day > on else ""
