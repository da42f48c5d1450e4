"""Working through many objects in a scheduled job: each in its own transaction, one that fails stops no other."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key")
logger = logging.getLogger(__name__)


class SomeFailed(Exception):
    """A job's step worked through everything, and some objects failed: what was done, and one line for each that was not."""

    def __init__(self, counts: Mapping[str, int], failures: list[str]) -> None:
        super().__init__(f"{len(failures)} failed")
        self.counts = dict(counts)
        self.failures = failures


def work_through(keys: Iterable[Key], work: Callable[[Key], Mapping[str, int] | str | None], label: Callable[[Key], str]) -> dict[str, int]:
    """Call `work(key)` for each; it answers what to count the object as (None: nothing changed), or counts of its own.

    Raises:
        SomeFailed: at the end, when some raised; `label(key)` names them, unless they named their own parts by SomeFailed.
    """
    counts: Counter[str] = Counter()
    failures = []
    for key in keys:
        try:
            done = work(key)
        except SomeFailed as partly:
            counts.update(partly.counts)
            failures += partly.failures
        except Exception as error:  # a bad object must not keep the others from their day
            logger.exception("job: %s failed", label(key))
            failures.append(f"{label(key)}: {type(error).__name__}: {error}")
        else:
            counts.update({done: 1} if isinstance(done, str) else done or {})
    if failures:
        raise SomeFailed(counts, failures)
    return dict(counts)
