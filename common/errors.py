"""Refusals: what the programme will not do, said in a Chinese sentence.

A refusal is a normal answer, not a fault. It leaves the database as it was, has a stable `code` for machines, an
HTTP `status`, and a `message` that tells a clerk what is wrong, where, and how to mend it. Each app subclasses these
in its own `errors.py`, one class for each named refusal.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar


class Refusal(Exception):
    """Base of all refusals. `fields` maps an input's name to the sentences that concern it."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: str, *, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, list[str]] = {name: list(lines) for name, lines in (fields or {}).items()}

    def __str__(self) -> str:
        return self.message


class InvalidInput(Refusal):
    """A value that cannot be understood, or that no rule allows."""

    code = "invalid_input"
    status = 400


class NotAllowed(Refusal):
    """The person may not do this; the object itself is theirs to see."""

    code = "not_allowed"
    status = 403


class NotFound(Refusal):
    """It does not exist, or not for this person: the two must not be told apart."""

    code = "not_found"
    status = 404

    def __init__(self, message: str = "没有找到所要的内容，或者您所在的单位无权查看。", **kwargs: Mapping[str, Sequence[str]]) -> None:
        super().__init__(message, **kwargs)


class WrongState(Refusal):
    """The action is not possible in the object's present status (its lifecycle table says so)."""

    code = "wrong_state"

    @classmethod
    def of(cls, name: str, *, status: str, action: str, allowed: Iterable[str]) -> "WrongState":
        """Build the sentence from labels: the object's name, its status, the action, the statuses that allow it."""
        states = "、".join(f"“{label}”" for label in allowed)
        when = f"只有状态为{states}时才能{action}" if states else f"任何状态下都不能{action}"
        return cls(f"{name}当前状态为“{status}”，不能{action}；{when}。")


class Conflict(Refusal):
    """Somebody else changed the object between reading and writing."""

    code = "conflict"

    def __init__(self, message: str = "内容已被他人修改，请核对最新内容后重新办理。", **kwargs: Mapping[str, Sequence[str]]) -> None:
        super().__init__(message, **kwargs)


class IdempotencyMismatch(Refusal):
    """The idempotency key was used before with another request."""

    code = "idempotency_mismatch"

    def __init__(
        self,
        message: str = "该幂等键（Idempotency-Key）已用于另一笔内容不同的请求；请换用新的幂等键，或核对原请求。",
        **kwargs: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__(message, **kwargs)
