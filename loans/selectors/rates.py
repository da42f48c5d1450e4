"""The highest lawful rate, from the published rows (those that came along and those an administrator entered)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from reserve.enums import RateKind
from reserve.models import ReferenceRate
from reserve.rulebook import Rules

from ..rules.rates import LPR_SINCE, benchmark_tenor, lpr_tenor, rate_cap, row_in_force


def highest_rate(
    *, rules: Rules, contract_on: date, starts_on: date, due_on: date, rates: Sequence[ReferenceRate] | None = None
) -> Decimal:
    """The cap of a contract's day and tenor, annual percent. One query, unless the published rows (`rates`) are at hand.

    Raises:
        InvalidInput: no rate is in force on the contract date.
    """
    rows = _rows_in_force(contract_on) if rates is None else _of_the_day(rates, contract_on)
    return rate_cap(
        contract_on=contract_on,
        starts_on=starts_on,
        due_on=due_on,
        benchmark_rows=rows,
        lpr_rows=rows,
        multiplier=rules.rate_cap_multiplier,
        basis_points=rules.lpr_cap_basis_points,
    )


def reference_rate(*, contract_on: date, starts_on: date, due_on: date) -> tuple[str, Decimal]:
    """The published rate the cap is built on, with its name: for the hints beside forms. One query.

    Raises:
        InvalidInput: no rate is in force on the contract date.
    """
    rows = _rows_in_force(contract_on)
    if contract_on < LPR_SINCE:
        name, column = "基准利率", benchmark_tenor(starts_on, due_on)
        row = row_in_force(rows, contract_on, name)
    else:
        name, column = "LPR", lpr_tenor(starts_on, due_on)
        row = row_in_force(rows, contract_on, name)
    return name, Decimal(getattr(row, column))


def _rows_in_force(contract_on: date) -> list[ReferenceRate]:
    """The published row in force that day, of the kind that counts then, as last entered; none before the first."""
    kind = _kind_on(contract_on)
    return list(ReferenceRate.objects.filter(kind=kind, effective_on__lte=contract_on).order_by("-effective_on", "-entry")[:1])


def _of_the_day(rates: Sequence[ReferenceRate], contract_on: date) -> list[ReferenceRate]:
    return [row for row in rates if row.kind == _kind_on(contract_on)]


def _kind_on(contract_on: date) -> RateKind:
    return RateKind.BENCHMARK if contract_on < LPR_SINCE else RateKind.LPR
