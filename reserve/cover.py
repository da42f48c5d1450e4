"""What stops new cover of a programme, for the pages of this app: upper apps know of loans, nothing here imports them.

`loans` connects its predicate in `AppConfig.ready()`; what it answers is what refuses a drawdown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from .models import Programme


@dataclass(frozen=True, slots=True)
class CoverBlock:
    """A reason: in a few words, in a sentence that says how to mend it, and where. `bank`: whose new loans (None: all)."""

    title: str
    sentence: str
    url: str
    bank: int | None = None


Blocks = Callable[[Programme, date], Sequence[CoverBlock]]
_connected: list[Blocks] = []


def connect(blocks: Blocks) -> None:
    """Set what is asked."""
    _connected[:] = [blocks]


def cover_blocks_of(programme: Programme, on: date) -> list[CoverBlock]:
    """Every reason why a new loan of the programme may not be covered on `on`."""
    return [block for blocks in _connected for block in blocks(programme, on)]
