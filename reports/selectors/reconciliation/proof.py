"""The whole proof of a programme: its summaries, its ledger with the heads these carry, the records beside it."""

from dataclasses import replace

from reserve.models import Programme
from reserve.services.verify import Anchor, Verification, one_picture, verify_ledger

from .records import record_fault, summary_fault
from .summaries import printed_heads


def prove(programme: Programme, anchors: tuple[Anchor, ...] = ()) -> Verification:
    """The summaries first, the ledger with the heads these carry; then, where it is whole, the records beside it."""
    with one_picture():
        fault = summary_fault(programme)
        heads = () if fault else printed_heads(programme)
        result = verify_ledger(programme=programme, anchors=(*heads, *anchors))
        return replace(result, fault=fault or result.fault or record_fault(programme))
