"""Each loan against its movements of principal, and these against the ledger: what is owed, occupied and settled follows from them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from common.money import ZERO, MoneyField, total, yuan
from loans.enums import SOURCES, MovementKind, RepaymentStatus
from loans.models import Loan, PrincipalMovement, Repayment
from loans.rules.earmarks import NO_EARMARK, earmark_target

from parties.enums import OrganisationKind
from reserve.ledger_enums import AccountKind
from reserve.models import Programme
from reserve.selectors.programmes import rules_from
from reserve.services.verify import Fault

from .comparison import CHUNK, differences, side_by_side

KINDS = {source: kind for kind, source in SOURCES.items()}


def faults(programme: Programme) -> Iterator[Fault]:
    """Loan by loan, in streams. Three queries, whatever the number of loans."""
    found = Loan.objects.filter(programme=programme).select_related("credit_line").order_by("pk")
    moved = _movements(programme)
    repaid = Repayment.objects.filter(loan__programme=programme).order_by("loan_id", "pk")
    streams = (
        ((loan.pk, loan) for loan in found.iterator(CHUNK)),
        ((movement.loan_id, movement) for movement in moved.iterator(CHUNK)),
        ((repayment.loan_id, repayment) for repayment in repaid.iterator(CHUNK)),
    )
    for _, ((loan,), movements, repayments) in side_by_side(*streams):
        yield from _of_movements(loan, movements)
        yield from _of_repayments(loan, movements, repayments)
        yield from _of_loan(loan, movements)


def _movements(programme: Programme) -> QuerySet[PrincipalMovement]:
    """Each with `posted` and `posted_provincial`: what its entry put into (or took out of) the earmark, in yuan."""
    amount = F("entry__transfers__amount")
    moved = Case(
        When(entry__transfers__credit__kind=AccountKind.EARMARKED, then=amount),
        When(entry__transfers__debit__kind=AccountKind.EARMARKED, then=amount * -1),
        default=yuan(ZERO),
        output_field=MoneyField(),
    )
    provincial = Q(entry__transfers__debit__reserve_account__funder__kind=OrganisationKind.PROVINCIAL_CENTRE)
    rows: QuerySet[PrincipalMovement] = PrincipalMovement.objects.filter(loan__programme=programme).select_related("entry")
    return rows.annotate(posted=total(moved), posted_provincial=total(moved, where=provincial)).order_by("loan_id", "pk")


def _of_movements(loan: Loan, movements: list[Any]) -> Iterator[Fault]:
    """Each follows from the one before: what is owed by its change, the earmark by the formula and by its entry."""
    rules = rules_from(loan.credit_line.rule_texts)
    owed, held = ZERO, NO_EARMARK
    for row in movements:
        owed += row.change
        target = earmark_target(owed, rules.leverage, rules.match_ratio)
        posted = {"earmarked": held.total + row.posted, "earmarked_provincial": held.provincial + row.posted_provincial}
        expected = {"outstanding": owed, "earmarked": target.total, "earmarked_provincial": target.provincial}
        yield from differences(row, expected, "前一笔变动与占用公式")
        yield from differences(row, posted, "账簿分录")
        if entry := row.entry:
            days = {"value_on": entry.value_date, "posted_on": entry.ledger_date}
            yield from differences(row, {"kind": KINDS.get(entry.source_type), "source_id": entry.source_id, **days}, "账簿分录")
        held = target


def _of_repayments(loan: Loan, movements: list[PrincipalMovement], repayments: list[Repayment]) -> Iterator[Fault]:
    """Each movement of a repayment has it, confirmed; no other is confirmed."""
    known = {repayment.pk: repayment for repayment in repayments}
    for row in movements:
        if row.kind != MovementKind.REPAYMENT:
            continue
        repayment = known.pop(row.source_id, None)
        if repayment is None:
            yield Fault.of(Repayment, row.source_id, "missing", f"{loan}有一笔已入账的还款（本金 {-row.change} 元）已不存在。")
            continue
        expected = {"status": RepaymentStatus.CONFIRMED, "movement_id": row.pk, "principal": -row.change}
        days = {"paid_on": row.fact_on, "confirmed_on": row.posted_on}
        yield from differences(repayment, expected | days, "本金变动")
    for repayment in known.values():
        if repayment.status == RepaymentStatus.CONFIRMED:
            yield Fault.of(Repayment, repayment.pk, "movement", f"{repayment}登记为已入账，但没有本金变动。")


def _of_loan(loan: Loan, movements: list[PrincipalMovement]) -> Iterator[Fault]:
    """Drawn by the first movement, which declares; held by the last, settled (as the status is, by a constraint) if it leaves nothing."""
    if not movements:
        if loan.is_drawn:
            yield Fault.of(Loan, loan.pk, "movement", f"{loan}已放款，但没有本金变动。")
        return
    first, last = movements[0], movements[-1]
    yield from differences(first, {"kind": MovementKind.DISBURSEMENT, "source_id": loan.pk}, "所属贷款")
    yield from differences(
        loan,
        {
            "movement_id": first.pk,
            "amount": first.change,
            "disbursed_on": first.fact_on,
            "confirmed_on": first.posted_on,
            "declared_reserve": first.earmarked,
            "declared_provincial": first.earmarked_provincial,
            "outstanding": last.outstanding,
            "earmarked": last.earmarked,
            "earmarked_provincial": last.earmarked_provincial,
            "settled_on": None if last.outstanding else max(movement.fact_on for movement in movements),
        },
        "本金变动",
    )
