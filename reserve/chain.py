"""What a hash of the ledger covers, and how it is written down. Pure: no database, no clock.

Three hashes, each inside the next, SHA-256 in hexadecimal:

    request = what was asked for: purpose, source, memo, value date, person, entry reversed, lines of account and amount
    content = request + programme, ledger date, time of recording, idempotency key
    entry   = content + previous hash + sequence

The first two are JSON arrays, UTF-8, without spaces, characters unescaped; amounts are integers of 分, dates ISO, the time
of recording UTC with six decimals. The last is the text `1:previous:sequence:content`, so that a database can compute it.
Changing any of it breaks every chain: a new form needs a new FORMAT, and both must be readable.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

FORMAT = "1"


class Line(NamedTuple):
    """A transfer as it is asked for and hashed: reserve account id, kinds, 分."""

    reserve_account_id: int
    debit: str
    credit: str
    cents: int


class Request(NamedTuple):
    """What was asked for."""

    purpose: str
    source_type: str
    source_id: int
    memo: str
    value_date: date
    by_id: int
    reverses_id: int | None
    lines: Sequence[Line]


def request_hash(request: Request) -> str:
    """Not over when it was posted: the same request retried after midnight is the same request."""
    return _json_hash([FORMAT, *request[:4], request.value_date.isoformat(), *request[5:]])


def content_hash(request: str, *, programme_id: int, ledger_date: date, recorded_at: datetime, key: str) -> str:
    """Over the hash of the request and all that the posting adds, but its place in the chain."""
    at = recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
    return _json_hash([FORMAT, request, programme_id, ledger_date.isoformat(), at, key])


def entry_hash(content: str, *, previous_hash: str, sequence: int) -> str:
    """Over the content and its place. (PostgreSQL computes the same: reserve/services/ledger_function.sql.)"""
    return hashlib.sha256(f"{FORMAT}:{previous_hash}:{sequence}:{content}".encode()).hexdigest()


def _json_hash(values: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
