"""What a summary's annex tells of loans of earlier quarters: repayments entered late, reversals, corrections, extensions (§3.11)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q

from common.money import format_yuan
from loans.enums import MovementKind
from loans.models import Correction, Extension, PrincipalMovement, Reversal
from loans.services.written import said
from reserve.quarters import Quarter

from .. import rules

KINDS = (MovementKind.REPAYMENT, MovementKind.REVERSAL, MovementKind.CORRECTION, MovementKind.EXTENSION)


@dataclass(frozen=True, slots=True)
class Span:
    """Movements of one bank in one programme after `since`, up to `closed` (None: to the last), told in `quarter`'s summary."""

    programme_id: int
    bank_id: int
    quarter: Quarter
    since: int
    closed: int | None

    @property
    def condition(self) -> Q:
        found = Q(loan__programme=self.programme_id, loan__bank=self.bank_id, pk__gt=self.since)
        return found if self.closed is None else found & Q(pk__lte=self.closed)

    def tells(self, row: PrincipalMovement) -> bool:
        """Whether it belongs here: it is about an earlier quarter. An extension and a correction are about the loan's own."""
        own = (row.loan.programme_id, row.loan.bank_id) == (self.programme_id, self.bank_id)
        about = row.fact_on if row.kind in (MovementKind.REPAYMENT, MovementKind.REVERSAL) else row.loan.disbursed_on
        within = row.pk > self.since and (self.closed is None or row.pk <= self.closed)
        return own and within and about < self.quarter.start


def changes_in(spans: Iterable[Span]) -> list[list[rules.SummaryChange]]:
    """The changes each span tells, in the ledger's order. At most four statements, whatever the number of spans."""
    wanted = list(spans)
    where = Q(pk__in=[])
    for span in wanted:
        where |= span.condition
    rows = list(PrincipalMovement.objects.filter(where, kind__in=KINDS).select_related("loan").order_by("pk")) if wanted else []
    details = _details(rows)
    return [[_change(row, details) for row in rows if span.tells(row)] for span in wanted]


Details = dict[tuple[str, int], str]


def _details(rows: list[PrincipalMovement]) -> Details:
    """What is said of each movement, by kind and source; one statement for each kind there is."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.kind, []).append(row.source_id)
    readers: dict[str, Callable[[list[int]], dict[int, str]]] = {
        MovementKind.REVERSAL: _reversals,
        MovementKind.CORRECTION: _corrections,
        MovementKind.EXTENSION: _extensions,
    }
    return {(kind, pk): text for kind, wanted in ids.items() if kind in readers for pk, text in readers[kind](wanted).items()}


def _reversals(ids: list[int]) -> dict[int, str]:
    rows = Reversal.objects.filter(pk__in=ids).select_related("repayment")
    return {row.pk: f"冲正 {row.repayment.paid_on} 的还款 {format_yuan(row.repayment.amount)} 元；理由：{row.reason}" for row in rows}


def _corrections(ids: list[int]) -> dict[int, str]:
    return {
        row.pk: "；".join(f"{label}：{before}→{after}" for label, (before, after) in said(row).items()) + f"；理由：{row.reason}"
        for row in Correction.objects.filter(pk__in=ids)
    }


def _extensions(ids: list[int]) -> dict[int, str]:
    rows = Extension.objects.filter(pk__in=ids)
    return {row.pk: f"到期日 {row.old_due_on}→{row.due_on}，展期年利率 {row.annual_rate:f}%；理由：{row.reason}" for row in rows}


def _change(row: PrincipalMovement, details: Details) -> rules.SummaryChange:
    return rules.SummaryChange(
        kind=f"late_{row.kind}" if row.kind == MovementKind.REPAYMENT else row.kind,
        kind_label="补记还款" if row.kind == MovementKind.REPAYMENT else row.get_kind_display(),
        enterprise_name=row.loan.enterprise_name,
        note_no=row.loan.note_no,
        fact_on=row.fact_on,
        recorded_on=row.posted_on,
        principal_change=row.change,
        detail=details.get((row.kind, row.source_id), f"归还本金 {format_yuan(-row.change)} 元"),
    )
