"""One request, one effect: the API's `Idempotency-Key` and every page form's hidden key (architecture §3)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from common.errors import IdempotencyMismatch, InvalidInput

from .models import RequestKey, User

KEY_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered. `body` is plain JSON data; `replayed`: the action did not run this time."""

    status: int
    body: Any
    replayed: bool = False


def answer_once(*, user: User, key: str, request_hash: str, now: datetime, run: Callable[[], Answer]) -> Answer:
    """Run the action and keep its answer; for the same key and request give the kept answer without running again.

    The row is claimed first, in the transaction of the action: of two identical requests at once the second waits on
    the unique index until the first has committed (then gets its answer) or rolled back (then runs). A refusal rolls
    the row back with everything else, so that it can be tried again.

    Writes: one RequestKey. Raises: IdempotencyMismatch (the key was used for another request), InvalidInput (no usable key).
    """
    if not 0 < len(key) <= KEY_LENGTH or not key.isprintable():
        raise InvalidInput(f"幂等键（Idempotency-Key）须为 1 到 {KEY_LENGTH} 个可见字符。")
    with transaction.atomic():
        row = RequestKey(user=user, key=key, request_hash=request_hash, status_code=0, created_at=now)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            return _kept(user, key, request_hash)
        answer = run()
        row.status_code, row.answer = answer.status, json.dumps(answer.body, ensure_ascii=False)
        row.save(update_fields=["status_code", "answer"])
        return answer


def _kept(user: User, key: str, request_hash: str) -> Answer:
    row = RequestKey.objects.get(user=user, key=key)
    if row.request_hash != request_hash:
        raise IdempotencyMismatch
    return Answer(row.status_code, json.loads(row.answer), replayed=True)


def json_hash(method: str, path: str, body: Any) -> str:
    """A request's identity for the API: the order of names in the body does not matter, a file counts by its contents."""
    text = json.dumps([method, path, body], sort_keys=True, ensure_ascii=False, default=_identity)
    return hashlib.sha256(text.encode()).hexdigest()


def form_hash(request: HttpRequest) -> str:
    """A page form's identity: its address, fields and the contents of its files; the CSRF token is not part of it."""
    fields = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
    files = {name: [_file_hash(file) for file in request.FILES.getlist(name)] for name in request.FILES}
    return json_hash("POST", request.path, [fields, files])


def _identity(value: Any) -> str:
    return _file_hash(value) if hasattr(value, "chunks") else str(value)


def _file_hash(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
