"""What a person who acts knows of their delegations: whose place they take, who takes theirs."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import User


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
