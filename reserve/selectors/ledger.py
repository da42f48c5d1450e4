"""Reading the ledger: balances at any date, statements. Balances are read or corrected, never summed from the start."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from ..ledger_enums import AccountKind, Purpose
from ..models.accounts import ReserveAccount

DateKind = Literal["ledger", "value"]


@dataclass(frozen=True, slots=True)
class Balances:
    """What a reserve account holds (yuan): `balance` = `free` + `earmarked` + `claims_payable`. Sums with `+`."""

    balance: Decimal = Decimal(0)
    free: Decimal = Decimal(0)
    earmarked: Decimal = Decimal(0)
    claims_payable: Decimal = Decimal(0)

    def __add__(self, other: "Balances") -> "Balances":
        return Balances(
            self.balance + other.balance,
            self.free + other.free,
            self.earmarked + other.earmarked,
            self.claims_payable + other.claims_payable,
        )


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transfer as an account's statement shows it; `increase` or `decrease` is None. `balance` is after the line."""

    entry_id: int
    sequence: int
    ledger_date: date
    value_date: date
    purpose: Purpose
    memo: str
    source: tuple[str, int]
    counter_kind: AccountKind
    increase: Decimal | None
    decrease: Decimal | None
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's lines from `first` to `last` (ledger dates, both included)."""

    reserve_account: ReserveAccount
    kind: AccountKind
    first: date
    last: date
    opening: Decimal
    lines: Sequence[StatementLine]
    closing: Decimal
    increases: Decimal
    decreases: Decimal


def current_balances(reserve_accounts: Iterable[ReserveAccount]) -> dict[int, Balances]:
    """The stored balances now, by reserve account id. One query."""
    raise NotImplementedError


def balances(reserve_accounts: Iterable[ReserveAccount], as_of: date, by: DateKind = "ledger") -> dict[int, Balances]:
    """Balances at the end of `as_of`, by reserve account id (every account asked for is in it). At most two queries.

    By "ledger" date: as the books stood that evening. By "value" date: as they stand now for that day, with what was
    posted later for facts of that day or before.
    """
    raise NotImplementedError


def balance_series(
    reserve_accounts: Iterable[ReserveAccount], days: Sequence[date], by: DateKind = "ledger"
) -> dict[date, dict[int, Balances]]:
    """`balances` for many days (e.g. quarter ends), in at most two queries whatever their number."""
    raise NotImplementedError


def statement(reserve_account: ReserveAccount, kind: AccountKind, first: date, last: date) -> Statement:
    """Opening, lines and closing of one ledger account, by ledger date. Two queries, whatever the number of lines."""
    raise NotImplementedError


def turnover(reserve_accounts: Iterable[ReserveAccount], first: date, last: date) -> dict[int, dict[Purpose, Decimal]]:
    """What came into (+) and went out of (−) the bank by purpose, by ledger date: 准备金收支. One query."""
    raise NotImplementedError
