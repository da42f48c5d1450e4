"""Each loan against its movements of principal, and these against the ledger: what is owed, occupied and settled follows from them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, QuerySet

from common.money import ZERO
from loans.enums import SOURCES, MovementKind, RepaymentStatus
from loans.models import Correction, Extension, Loan, PrincipalMovement, Repayment, Reversal
from loans.rules.earmarks import NO_EARMARK, earmark_target
from loans.selectors.register import posted_to_earmarks
from reserve.models import LedgerEntry, Programme
from reserve.selectors.programmes import rules_from
from reserve.services.verify import Fault

from . import claims
from .comparison import CHUNK, differences, side_by_side
from .deposits import beside_its_movement

RECORDS: dict[MovementKind, tuple[type[models.Model], str]] = {
    MovementKind.REPAYMENT: (Repayment, "loan"),
    MovementKind.REVERSAL: (Reversal, "repayment__loan"),
    MovementKind.CORRECTION: (Correction, "loan"),
    MovementKind.EXTENSION: (Extension, "loan"),
}
"""What people entered and confirmed behind a movement, by its kind, and where that names its loan."""

Posted = tuple[Decimal, Decimal]
"""What entries put into the earmark, all and the province's, in yuan."""


class History(NamedTuple):
    """A loan with all its movements and the records behind them, in their order."""

    loan: Loan
    movements: list[Any]
    repayments: list[Repayment]
    reversals: list[Reversal]
    corrections: list[Correction]
    extensions: list[Extension]
    failed: claims.Failed

    @property
    def records(self) -> dict[MovementKind, list[Any]]:
        return dict(zip(RECORDS, self[2:6], strict=True))


def faults(programme: Programme) -> Iterator[Fault]:
    """Loan by loan, in streams, what is gone before what differs. Eleven queries, whatever the number of loans.

    Read no further than the first fault of a loan: what follows takes the records behind its movements to be there.
    """
    found = Loan.objects.filter(programme=programme).select_related("credit_line").order_by("pk")
    streams = [
        ((loan.pk, loan) for loan in found.iterator(CHUNK)),
        ((movement.loan_id, movement) for movement in _movements(programme).iterator(CHUNK)),
        *(_records(programme, model, path) for model, path in RECORDS.values()),
        *claims.streams(programme),
    ]
    beside, entries = _beside(programme), claims.posted(programme)
    for _, ((loan,), movements, *rows) in side_by_side(*streams):
        records, failed = rows[: len(RECORDS)], rows[len(RECORDS) :]
        history = History._make([loan, movements, *records, claims.Failed(*failed)])
        yield from _missing(history)
        yield from _of_movements(history, beside)
        yield from _of_records(history)
        yield from _of_reversals(history)
        yield from _of_loan(history)
        yield from claims.faults(loan, movements, history.failed, entries)


def _records(programme: Programme, model: type[models.Model], path: str) -> Iterator[tuple[int, Any]]:
    rows = model._default_manager.filter(**{f"{path}__programme": programme}).annotate(of_loan=F(f"{path}__pk"))
    if "__" in path:
        rows = rows.select_related("repayment")
    return ((row.of_loan, row) for row in rows.order_by("of_loan", "pk").iterator(CHUNK))


def _movements(programme: Programme) -> QuerySet[PrincipalMovement]:
    """Each with what its entry posted."""
    rows: QuerySet[PrincipalMovement] = PrincipalMovement.objects.filter(loan__programme=programme).select_related("entry")
    return rows.annotate(**posted_to_earmarks("entry__transfers")).order_by("loan_id", "pk")


def _beside(programme: Programme) -> dict[tuple[str, int], Posted]:
    """By source: what was posted beside the entry a movement points to, where rounding left a 分 between two accounts."""
    found: dict[tuple[str, int], Posted] = {}
    for entry in LedgerEntry.objects.filter(beside_its_movement(), programme=programme).annotate(**posted_to_earmarks()):
        key = entry.source_type, entry.source_id
        before = found.get(key, (ZERO, ZERO))
        found[key] = before[0] + entry.posted, before[1] + entry.posted_provincial
    return found


def _missing(history: History) -> Iterator[Fault]:
    """Movements whose record is gone."""
    known = {(kind, record.pk) for kind, records in history.records.items() for record in records}
    for row in history.movements:
        if row.kind in RECORDS and (row.kind, row.source_id) not in known:
            kind = MovementKind(row.kind)
            sentence = f"{history.loan}有一笔已入账的{kind.label}（本金变动 {row.change} 元）已不存在。"
            yield Fault.of(RECORDS[kind][0], row.source_id, "missing", sentence)


def _of_movements(history: History, beside: dict[tuple[str, int], Posted]) -> Iterator[Fault]:
    """Each follows from the one before: what is owed by its change, the earmark by the formula and by its entries."""
    rules = rules_from(history.loan.credit_line.rule_texts)
    repayment_of = {reversal.pk: reversal.repayment_id for reversal in history.reversals}
    owed, held, claimed = ZERO, NO_EARMARK, False
    for row in history.movements:
        if row.kind in (MovementKind.CLAIM, MovementKind.CLAIM_UNDONE):
            claimed = row.kind == MovementKind.CLAIM
        source = SOURCES[row.kind], row.source_id
        more, more_provincial = beside.get(source, (ZERO, ZERO))
        owed += row.change
        target = NO_EARMARK if claimed else earmark_target(owed, rules.leverage, rules.match_ratio)
        posted = {
            "earmarked": held.total + row.posted + more,
            "earmarked_provincial": held.provincial + row.posted_provincial + more_provincial,
        }
        expected = {"outstanding": owed, "earmarked": target.total, "earmarked_provincial": target.provincial}
        yield from differences(row, expected, "前一笔变动与占用公式")
        yield from differences(row, posted, "账簿分录")
        if entry := row.entry:
            yield from differences(row, {"value_on": entry.value_date, "posted_on": entry.ledger_date}, "账簿分录")
            # What takes an entry back is linked to it and keeps its source.
            taken_back = ("repayment", repayment_of[row.source_id]) if row.kind == MovementKind.REVERSAL else ("claim", row.source_id)
            if (entry.source_type, entry.source_id) not in (source, taken_back):
                yield Fault.of(PrincipalMovement, row.pk, "entry", f"{row}所指的账簿分录属于另一事项。")
        held = target


def _of_records(history: History) -> Iterator[Fault]:
    """The record of each movement is confirmed and says the same; no other that moves anything is confirmed."""
    for kind, records in history.records.items():
        known = {record.pk: record for record in records}
        for row in history.movements:
            if row.kind == kind:
                record = known.pop(row.source_id)
                yield from differences(record, {"movement_id": row.pk, "confirmed_on": row.posted_on}, "本金变动")
                yield from _of_record(record, row)
        for record in known.values():
            if record.confirmed_on and _moves(record):
                yield Fault.of(type(record), record.pk, "movement", f"{record}登记为已入账，但没有本金变动。")


def _of_reversals(history: History) -> Iterator[Fault]:
    """A repayment is reversed when a reversal of it is confirmed."""
    taken_back = {reversal.repayment_id for reversal in history.reversals if reversal.confirmed_on}
    for repayment in history.repayments:
        if repayment.confirmed_on:
            status = RepaymentStatus.REVERSED if repayment.pk in taken_back else RepaymentStatus.CONFIRMED
            yield from differences(repayment, {"status": status}, "还款冲正")


def _of_record(record: Any, row: PrincipalMovement) -> Iterator[Fault]:
    """What the record says of its movement; a corrected day of disbursement may have been corrected again."""
    if isinstance(record, Repayment):
        yield from differences(record, {"principal": -row.change, "paid_on": row.fact_on}, "本金变动")
    elif isinstance(record, Reversal):
        paid = record.repayment
        yield from differences(row, {"change": paid.principal, "fact_on": paid.paid_on}, "所冲正的还款")
    elif isinstance(record, Correction):
        yield from differences(record, {"change": row.change}, "本金变动")
    else:
        yield from differences(row, {"change": ZERO, "fact_on": record.confirmed_on}, "展期")


def _moves(record: Any) -> bool:
    """Interest alone, and taking it back, moves no principal; corrections and extensions have a movement even of nothing."""
    paid = record.repayment if isinstance(record, Reversal) else record
    return not isinstance(paid, Repayment) or paid.principal > 0


def _of_loan(history: History) -> Iterator[Fault]:
    """Drawn by the first movement, which declares, but for corrections; held by the last; settled with the last payment of principal.

    A 期初 loan begins with what it still owed: what was drawn, and when, the trail alone bears witness to (`trail.faults`).
    """
    loan, movements = history.loan, history.movements
    if not movements:
        if loan.is_drawn:
            yield Fault.of(Loan, loan.pk, "movement", f"{loan}已放款，但没有本金变动。")
        return
    first, last = movements[0], movements[-1]
    kind = MovementKind.OPENING if loan.is_opening else MovementKind.DISBURSEMENT
    yield from differences(first, {"kind": kind, "source_id": loan.pk}, "所属贷款")
    corrected = first.change + sum((row.change for row in movements if row.kind == MovementKind.CORRECTION), ZERO)
    amount = loan.amount if loan.is_opening else corrected
    rules = rules_from(loan.credit_line.rule_texts)
    declared = earmark_target(amount, rules.leverage, rules.match_ratio)
    days = [row.after["disbursed_on"] for row in history.corrections if row.confirmed_on and "disbursed_on" in row.after]
    begun: dict[str, Any] = {"disbursed_on": date.fromisoformat(days[-1]) if days else first.fact_on}
    if loan.is_opening:
        begun = {"opening_principal": first.change} | ({"opening_on": first.fact_on} if first.change else {})
    paid = [row.paid_on for row in history.repayments if row.status == RepaymentStatus.CONFIRMED and row.principal]
    compensated = any(row.kind == MovementKind.COMPENSATION for row in movements)
    if not compensated:  # what a compensated loan comes to is said by its recoveries
        begun["settled_on"] = None if last.outstanding else max(paid, default=first.fact_on if loan.is_opening else None)
    yield from differences(
        loan,
        {
            "movement_id": first.pk,
            "amount": amount,
            "confirmed_on": first.posted_on,
            "declared_reserve": declared.total,
            "declared_provincial": declared.provincial,
            "outstanding": last.outstanding,
            "earmarked": last.earmarked,
            "earmarked_provincial": last.earmarked_provincial,
            **begun,
        },
        "本金变动",
    )
