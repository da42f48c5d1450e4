"""Submitted summaries against their own snapshots, their order, and the quarters they closed."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from parties.models import AuditEvent
from reserve.models import ClosedPeriod, Programme
from reserve.quarters import Quarter
from reserve.services.verify import Anchor, Fault

from ...enums import SummaryStatus
from ...models import QuarterlySummary
from ...rules import digest
from .comparison import differences

Key = tuple[int, str]
"""A bank's quarter."""


def printed_heads(programme: Programme) -> tuple[Anchor, ...]:
    """The chain's heads printed on the submitted papers: with them a chain rewritten from end to end is found out."""
    rows = QuarterlySummary.objects.filter(programme=programme, snapshot__ledger__sequence__gt=0).order_by("pk")
    return tuple(Anchor(sequence, head) for sequence, head in rows.values_list("snapshot__ledger__sequence", "snapshot__ledger__hash"))


def contents(programme: Programme) -> Iterator[Fault]:
    """The checksum is the snapshot's, and the columns beside it say what it says; the clock stopped with the first version."""
    rows = QuarterlySummary.objects.filter(programme=programme).select_related("deadline").order_by("pk")
    for row in rows.iterator(50):
        if row.snapshot is not None:
            yield from differences(row, {"checksum": digest(row.snapshot)}, "快照")
            yield from differences(row, _said(row.snapshot), "快照")
        if row.version == 1:
            yield from differences(row.clock, {"met_on": row.submitted_on}, "申报汇总表的报送日期")


def _said(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {
        "quarter": snapshot["quarter"],
        "version": snapshot["version"],
        "submitted_on": date.fromisoformat(snapshot["submitted_on"]),
        "loan_count": snapshot["loan_count"],
        "total_amount": Decimal(snapshot["total_amount"]),
        "ledger_sequence": snapshot["ledger"]["sequence"],
        "ledger_head": snapshot["ledger"]["hash"],
    }


def succession(programme: Programme) -> Iterator[Fault]:
    """No quarter of a bank is left out between its first summary and its last, no version of a quarter, none after a return."""
    versions: dict[Key, list[QuarterlySummary]] = defaultdict(list)
    previous: dict[int, Quarter] = {}
    for row in QuarterlySummary.objects.filter(programme=programme).order_by("bank_id", "quarter", "version").defer("snapshot"):
        versions[row.bank_id, row.quarter].append(row)
    for (bank_id, text), rows in versions.items():
        quarter = Quarter.parse(text)
        if bank_id in previous and previous[bank_id].next() != quarter:
            yield Fault.of(QuarterlySummary, rows[0].pk, "quarter", f"{rows[0]}之前缺少{quarter.previous().label_cn}的申报汇总表。")
        previous[bank_id] = quarter
        if [row.version for row in rows] != list(range(1, len(rows) + 1)) or rows[-1].status == SummaryStatus.RETURNED:
            yield Fault.of(QuarterlySummary, rows[-1].pk, "version", f"{rows[-1]}：该季度缺少一个版本。")


def closed_periods(programme: Programme) -> Iterator[Fault]:
    """A quarter is closed by its submission, and opened by a return unless a later one of the bank is closed already."""
    summaries = {str(row.pk): row for row in QuarterlySummary.objects.filter(programme=programme).defer("snapshot")}
    closing: dict[Key, QuarterlySummary] = {}
    for action, pk in _decided(programme):
        row = summaries[pk]
        if action == "summary.submit":
            closing.setdefault((row.bank_id, row.quarter), row)
        elif not any(bank == row.bank_id and quarter > row.quarter for bank, quarter in closing):
            closing.pop((row.bank_id, row.quarter), None)
    for period in ClosedPeriod.objects.filter(programme=programme).order_by("pk"):
        quarter, summary = Quarter.parse(period.quarter), closing.pop((period.bank_id, period.quarter), None)
        if summary is None:
            yield Fault.of(ClosedPeriod, period.pk, "quarter", f"{period}没有已报送的申报汇总表，却已关闭。")
            continue
        expected = {"first_day": quarter.start, "last_day": quarter.end, "closed_at": summary.submitted_at}
        yield from differences(period, expected, "申报汇总表")
    for summary in closing.values():
        yield Fault.of(QuarterlySummary, summary.pk, "closed_period", f"{summary}已报送，该季度却没有关闭。")


def _decided(programme: Programme) -> Iterator[tuple[str, str]]:
    """Submissions and returns as they came about; two of one moment stand in the trail in their order."""
    events = AuditEvent.objects.filter(
        programme_code=programme.code,
        object_type=QuarterlySummary._meta.label_lower,
        action__in=["summary.submit", "summary.return"],
    )
    return iter(events.order_by("id").values_list("action", "object_id"))
