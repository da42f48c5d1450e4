"""The checks in their order: each names the first row that contradicts another telling of it."""

from collections.abc import Iterator

from common.witness import witnessed_models
from reserve.models import Programme
from reserve.services.verify import Fault

from ...models import QuarterlySummary
from . import clocks, deposits, interest, loans, refunds, summaries, trail


def summary_fault(programme: Programme) -> Fault | None:
    """The first summary that contradicts the trail, its snapshot or the others, or None; before the chain is held against them."""
    return next(_summaries(programme), None)


def record_fault(programme: Programme) -> Fault | None:
    """The first other record that contradicts ledger, trail or the records it follows from, or None.

    Call both with `verify_ledger` in `one_picture`: what the ledger says is taken for true.
    """
    return next(_records(programme), None)


def _summaries(programme: Programme) -> Iterator[Fault]:
    yield from trail.faults(programme, QuarterlySummary)
    yield from summaries.contents(programme)
    yield from summaries.succession(programme)
    yield from summaries.closed_periods(programme)


def _records(programme: Programme) -> Iterator[Fault]:
    """What a row says by itself before what follows from several, so that the row that was edited is named."""
    yield from deposits.unclaimed_entries(programme)
    for model in witnessed_models():
        if model is not QuarterlySummary:
            yield from trail.faults(programme, model)
    yield from deposits.contributions(programme)
    yield from interest.reversals(programme)
    yield from interest.interests(programme)
    yield from refunds.refunds(programme)
    yield from deposits.obligations(programme)
    yield from clocks.faults(programme)
    yield from loans.faults(programme)
