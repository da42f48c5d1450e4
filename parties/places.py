"""What a person who acts knows of their delegations: whose place they take, who takes theirs."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import User


def in_place(name: str, absent: str) -> str:
    """Who did something, and in whose place: 王五（代李四）; the name alone where `absent` is empty."""
    return f"{name}（代{absent}）" if absent else name


@dataclass(frozen=True, slots=True)
class Place:
    """One delegation as one of its two people has it.

    taken: whether the person takes the colleague's place (else the colleague takes theirs).
    first, last: its days, both included; `last` is the day of the end where it was ended early.
    holds: whether it gives the colleague's rights on the day the person was loaded for.
    """

    colleague: "User"
    taken: bool
    first: date
    last: date
    holds: bool
