"""What a hash of the ledger covers, and how it is written down. Pure: no database, no clock.

The canonical form is a JSON array, UTF-8, without spaces, characters unescaped; amounts are integers of 分, dates ISO,
the time of recording UTC with six decimals. Changing it breaks every chain: a new form needs a new FORMAT and both read.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

FORMAT = "1"


class Facts(NamedTuple):
    """An entry's facts in the order in which they are hashed."""

    programme_id: int
    sequence: int
    purpose: str
    source_type: str
    source_id: int
    memo: str
    ledger_date: date
    value_date: date
    recorded_at: datetime
    recorded_by_id: int
    reverses_id: int | None
    key: str


class Amount(NamedTuple):
    """A transfer as the chain knows it: ledger account ids and 分."""

    debit_id: int
    credit_id: int
    cents: int


class Request(NamedTuple):
    """What was asked for under an idempotency key. `lines`: (reserve account id, debit kind, credit kind, 分)."""

    purpose: str
    source_type: str
    source_id: int
    memo: str
    value_date: date
    by_id: int
    reverses_id: int | None
    lines: Sequence[tuple[int, str, str, int]]


def entry_hash(previous_hash: str, facts: Facts, amounts: Sequence[Amount]) -> str:
    """SHA-256 (hex) over the previous hash, the entry's facts and its transfers in order."""
    written = facts._replace(
        ledger_date=facts.ledger_date.isoformat(),  # type: ignore[arg-type]  # the written form of the same fields
        value_date=facts.value_date.isoformat(),  # type: ignore[arg-type]
        recorded_at=facts.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),  # type: ignore[arg-type]
    )
    return _digest([FORMAT, previous_hash, *written, amounts])


def request_hash(request: Request) -> str:
    """SHA-256 (hex) over what was asked for; not over when it was posted: a retry after midnight is the same request."""
    return _digest([FORMAT, *request._replace(value_date=request.value_date.isoformat())])  # type: ignore[arg-type]


def _digest(values: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
