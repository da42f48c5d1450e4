"""Published reference rates that come with the application (domain §7): PBOC benchmark to 2019-08-19, LPR after.

Later rows are entered by administrators and kept in the database; rules look up in whatever rows they are given.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """金融机构人民币贷款基准利率 from a day on, annual percent by tenor."""

    effective_on: date
    up_to_6_months: Decimal
    up_to_1_year: Decimal
    up_to_3_years: Decimal
    up_to_5_years: Decimal
    over_5_years: Decimal


@dataclass(frozen=True, slots=True)
class LprRow:
    """贷款市场报价利率 from a day on, annual percent; months without a change have no row."""

    effective_on: date
    one_year: Decimal
    over_five_years: Decimal


@lru_cache(maxsize=1)
def benchmark_rows() -> tuple[BenchmarkRow, ...]:
    """The benchmark rates, oldest first."""
    return tuple(BenchmarkRow(day, **rates) for day, rates in _read("benchmark_rates.csv"))


@lru_cache(maxsize=1)
def lpr_rows() -> tuple[LprRow, ...]:
    """The loan prime rates, oldest first."""
    return tuple(LprRow(day, **rates) for day, rates in _read("lpr.csv"))


def _read(name: str) -> Iterator[tuple[date, dict[str, Decimal]]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            effective_on = date.fromisoformat(row.pop("effective_on"))
            yield effective_on, {column: Decimal(rate) for column, rate in row.items()}
