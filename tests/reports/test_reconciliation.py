"""verify_ledger beside the chain: records edited, removed and put back behind the application's back, on whatever database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.db.models import F

from common.money import yuan
from common.witness import WitnessedModel
from loans.models import Correction, CreditLine, Extension, Loan, PrincipalMovement, Repayment, Reversal
from loans.rules.earmarks import earmark_target
from parties.models import AuditEvent
from parties.services.audit import record, text
from reports.models import QuarterlySummary
from reports.rules import digest
from reports.selectors.reconciliation.comparison import side_by_side
from reports.selectors.reconciliation.records import record_fault, summary_fault
from reports.selectors.reconciliation.summaries import printed_heads
from reports.services.summaries import return_summary
from reserve import triggers
from reserve.ledger_enums import Purpose
from reserve.models import ClosedPeriod, Contribution, Deadline, FundingObligation, Programme
from reserve.quarters import Quarter
from reserve.services import ledger
from reserve.services.periods import close_period
from reserve.services.verify import Anchor, verify_ledger
from tests.factories import (
    World,
    at,
    confirm,
    deposit,
    fund,
    make_contribution,
    make_correction,
    make_enterprise,
    make_extension,
    make_line,
    make_loan,
    make_repayment,
    make_reversal,
    make_summary,
    make_world,
    moment,
)
from tests.support.ledger import faults_of

pytestmark = pytest.mark.django_db


@dataclass
class Busy:
    """Funded; one loan partly repaid, one settled, one with a reversed repayment, corrected and extended; two quarters submitted."""

    world: World
    loan: Loan
    repayment: Repayment
    settled: Loan
    last_repayment: Repayment
    changed: Loan
    first: QuarterlySummary
    second: QuarterlySummary

    @property
    def programme(self) -> Programme:
        return self.world.programme

    @property
    def province(self) -> Contribution:
        return self.obligation.source

    @property
    def backdated(self) -> Contribution:
        """A deposit made now, and confirmed the day after its arrival."""
        made = make_contribution(self.world, amount="100", transferred_on=date(2012, 4, 9), voucher_no="粤财9")
        return confirm(self.world, made, arrived_on=date(2012, 4, 10), confirmed_on=date(2012, 4, 11))

    @property
    def town(self) -> Contribution:
        return self.obligation.contributions.get()

    @property
    def obligation(self) -> FundingObligation:
        return self.programme.obligations.get()

    @property
    def match_clock(self) -> Deadline:
        return self.obligation.deadline

    @property
    def summary_clock(self) -> Deadline:
        return self.second.clock

    @property
    def line(self) -> CreditLine:
        return self.loan.credit_line

    @property
    def movement(self) -> PrincipalMovement:
        return self.repayment.movement

    @property
    def reversal(self) -> Reversal:
        return Reversal.objects.get(repayment__loan=self.changed)

    @property
    def reversed(self) -> Repayment:
        return self.reversal.repayment

    @property
    def correction(self) -> Correction:
        return self.changed.corrections.get()

    @property
    def extension(self) -> Extension:
        return self.changed.extensions.get()

    @property
    def period(self) -> ClosedPeriod:
        return self.programme.closed_periods.latest("first_day")


@pytest.fixture(scope="module")
def busy(django_db_setup: None, django_db_blocker: Any) -> Iterator[Busy]:
    """Made once for all tests of this file; what each of them does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = make_busy(fund(make_world()))
        with django_db_blocker.block():
            yield made
        transaction.set_rollback(True)


def make_busy(world: World) -> Busy:
    first = make_summary(world, "2011Q4", until="submitted")
    loan = make_loan(world, day=date(2012, 3, 20))
    settled = make_loan(world, make_line(world, make_enterprise(world, 2)), day=date(2012, 3, 21))
    line = make_line(world, make_enterprise(world, 9))
    changed = make_loan(world, line, day=date(2012, 3, 22), amount=Decimal("3333333.34"))
    repayment = make_repayment(world, loan, "1000000", paid_on=date(2012, 4, 2))
    last_repayment = make_repayment(world, settled, settled.amount, paid_on=date(2012, 4, 3), day=date(2012, 4, 4))
    change(world, changed)
    second = make_summary(world, "2012Q1", until="submitted")
    return Busy(world, loan, repayment, settled, last_repayment, changed, first, second)


def change(world: World, loan: Loan) -> None:
    """A repayment taken back after a correction of the amount has moved the rounding, and an extension."""
    paid = make_repayment(world, loan, "1000000.01", paid_on=date(2012, 4, 2), day=date(2012, 4, 4))
    earlier = dict.fromkeys(("contract_on", "disbursed_on"), date(2012, 3, 21))
    make_correction(world, loan, day=date(2012, 4, 4), amount=Decimal("3333333.41"), **earlier)
    make_reversal(world, paid, day=date(2012, 4, 4))
    make_extension(world, loan, due_on=date(2013, 6, 3), day=date(2012, 4, 5))


@contextmanager
def behind_the_back() -> Iterator[None]:
    """The append-only triggers are gone for a while, and nobody shall see it afterwards."""
    connection.check_constraints()  # PostgreSQL alters no table whose foreign keys wait for the commit
    triggers.drop()
    yield
    connection.check_constraints()
    triggers.install()


def rows_of(model: type[models.Model]) -> models.QuerySet[Any]:
    """Rows without the manager's refusal to change or delete what is written once."""
    return models.QuerySet(model)


def edit_of(busy: Busy, name: str, values: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The row of that name, and its new values; what only the world knows is asked of it."""
    return getattr(busy, name), {field: value(busy.world) if callable(value) else value for field, value in values.items()}


# What is edited: a row of `Busy` and its new values.
NEVER = {"confirmed_by": None, "confirmed_at": None}
REJECTED = {"rejected_by": lambda world: world.bank2, "rejected_at": moment(date(2011, 12, 9))}
EDITS: dict[str, tuple[str, dict[str, Any]]] = {
    "a loan's day of disbursement": ("loan", {"disbursed_on": date(2012, 3, 19)}),
    "a loan's due day": ("loan", {"due_on": date(2013, 3, 1)}),
    "a loan's rate": ("loan", {"annual_rate": Decimal("6.5")}),
    "a loan's purpose": ("loan", {"purpose": "归还旧贷款"}),
    "a loan's enterprise name": ("loan", {"enterprise_name": "别的企业"}),
    "a loan's number": ("loan", {"note_no": "JJ99999"}),
    "a loan's contract": ("loan", {"contract_no": "HT99999"}),
    "a loan's day of contract": ("loan", {"contract_on": date(2012, 3, 1)}),
    "a loan's method": ("loan", {"repayment_method": "bullet"}),
    "a loan's guarantee": ("loan", {"guarantee": "credit"}),
    "a loan's day of booking": ("loan", {"confirmed_on": date(2012, 3, 21)}),
    "a loan's amount": ("loan", {"amount": F("amount") + yuan(1)}),
    "a loan's amount and principal": ("loan", {"amount": F("amount") + yuan(75), "outstanding": F("outstanding") + yuan(75)}),
    "a loan's principal": ("loan", {"outstanding": F("outstanding") - yuan(1)}),
    "a loan's earmark": ("loan", {"earmarked": F("earmarked") - yuan(1)}),
    "a loan's provincial earmark": ("loan", {"earmarked_provincial": F("earmarked_provincial") - yuan(1)}),
    "the reserve declared": ("loan", {"declared_reserve": F("declared_reserve") - yuan(1)}),
    "the province's part of it": ("loan", {"declared_provincial": F("declared_provincial") - yuan(1)}),
    "a loan discarded": ("loan", {"status": "discarded", "confirmed_on": None, "movement": None, **NEVER}),
    "a settled loan's day": ("settled", {"settled_on": date(2012, 4, 4)}),
    "a settled loan open again": ("settled", {"status": "active", "settled_on": None}),
    "a repayment's day": ("repayment", {"paid_on": date(2012, 4, 1)}),
    "a repayment's day of booking": ("repayment", {"confirmed_on": date(2012, 4, 3)}),
    "a repayment's principal": ("repayment", {"principal": F("principal") + yuan(1)}),
    "a repayment discarded": ("repayment", {"status": "discarded", "confirmed_on": None, "movement": None, **NEVER}),
    "a reversed repayment in force": ("reversed", {"status": "confirmed"}),
    "a repayment reversed by nothing": ("repayment", {"status": "reversed"}),
    "what a reversed repayment paid": ("reversed", {"principal": F("principal") + yuan(1)}),
    "a reversal discarded": ("reversal", {"status": "discarded", "confirmed_on": None, "movement": None, **NEVER}),
    "a reversal's day of booking": ("reversal", {"confirmed_on": date(2012, 4, 5)}),
    "what a correction changed": ("correction", {"change": F("change") + yuan(1)}),
    "a correction discarded": ("correction", {"status": "discarded", "confirmed_on": None, "movement": None, **NEVER}),
    "an extension withdrawn": ("extension", {"status": "withdrawn", "confirmed_on": None, "movement": None, **NEVER}),
    "an extension's day of booking": ("extension", {"confirmed_on": date(2012, 4, 6)}),
    "an extended loan's due day": ("changed", {"due_on": date(2013, 7, 1)}),
    "an extended loan's first due day": ("changed", {"original_due_on": date(2013, 3, 5)}),
    "a corrected loan's amount": ("changed", {"amount": F("amount") + yuan(1)}),
    "a corrected loan's day": ("changed", {"disbursed_on": date(2012, 3, 22)}),
    "a deposit's amount": ("province", {"amount": F("amount") + yuan(1)}),
    "a deposit's arrival": ("province", {"arrived_on": date(2011, 11, 12)}),
    "a deposit's receipt": ("province", {"receipt_no": "HD999999"}),
    "a deposit's voucher": ("province", {"voucher_no": "粤财2011-999"}),
    "the town's arrival": ("town", {"arrived_on": date(2011, 12, 10)}),
    "the town's deposit rejected": ("town", {"status": "rejected", "entry": None, **REJECTED, **NEVER}),
    "an obligation's amount": ("obligation", {"amount": F("amount") - yuan(1)}),
    "an obligation's fulfilment": ("obligation", {"fulfilled_on": date(2011, 12, 8)}),
    "an obligation judged late": ("obligation", {"status": "fulfilled_late"}),
    "an obligation open again": ("obligation", {"status": "open", "fulfilled_on": None}),
    "the due day of a match": ("match_clock", {"due_on": date(2012, 2, 1)}),
    "the day a match was met": ("match_clock", {"met_on": date(2011, 12, 8)}),
    "the due day of a summary": ("summary_clock", {"due_on": date(2012, 5, 1)}),
    "the day a summary was met": ("summary_clock", {"met_on": date(2012, 4, 5)}),
    "the lateness of a summary": ("summary_clock", {"late_workdays": 3}),
    "a line's amount": ("line", {"amount": F("amount") + yuan(1)}),
    "a line's day of decision": ("line", {"decided_on": date(2012, 2, 9)}),
    "a line's size": ("line", {"size": "micro"}),
    "a line's validity": ("line", {"valid_until": date(2013, 1, 1)}),
    "a line's rules": ("line", {"rule_texts": {"loan_cap": "20000000.00"}}),
    "a line proposed again": ("line", {"status": "proposed", "decided_on": None, "valid_until": None, **NEVER}),
    "a summary's total": ("second", {"total_amount": F("total_amount") + yuan(1)}),
    "a summary's count": ("second", {"loan_count": F("loan_count") + 1}),
    "a summary's day": ("second", {"submitted_on": date(2012, 4, 5)}),
    "a summary's head emptied": ("second", {"ledger_head": ""}),
    "a summary's head": ("second", {"ledger_head": "0" * 64}),
    "a summary's place in the chain": ("second", {"ledger_sequence": 2}),
    "a summary's cut": ("second", {"last_movement": 0}),
    "a summary's checksum": ("second", {"checksum": "0" * 64}),
    "a summary's quarter": ("second", {"quarter": "2012Q2"}),
    "a snapshot": ("second", {"snapshot": {"lines": []}}),
    "a snapshot with its checksum": ("second", {"snapshot": {"lines": []}, "checksum": digest({"lines": []})}),
    "the moment a quarter was closed": ("period", {"closed_at": moment(date(2012, 4, 5))}),
    "the days a quarter has": ("period", {"last_day": date(2012, 3, 30)}),
    "what a movement leaves": ("movement", {"outstanding": F("outstanding") + yuan(1)}),
    "what a movement occupies": ("movement", {"earmarked": F("earmarked") + yuan(1)}),
    "what a movement moved": ("movement", {"change": F("change") - yuan(1)}),
    "the day a movement counts from": ("movement", {"value_on": date(2012, 4, 1), "fact_on": date(2012, 4, 1)}),
    "the day a movement was posted": ("movement", {"posted_on": date(2012, 4, 3)}),
}


def test_untouched_records_agree_with_ledger_and_trail(busy: Busy) -> None:
    assert faults_of(busy.programme) == ""


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_record_is_named(busy: Busy, what: str) -> None:
    row, values = edit_of(busy, *EDITS[what])
    with behind_the_back():
        assert rows_of(type(row)).filter(pk=row.pk).update(**values) == 1
    assert verify_ledger(programme=busy.programme).fault is None, "the chain itself is whole"
    assert f" {row._meta.db_table} #{row.pk} [" in faults_of(busy.programme)


# What is found although the trail was edited to match: it stands in a third place.
WITH_ITS_WITNESS: dict[str, tuple[str, dict[str, Any]]] = {
    "a loan's amount": ("loan", {"amount": Decimal("5000001.00")}),
    "a loan's day of disbursement": ("loan", {"disbursed_on": date(2012, 3, 19)}),
    "a deposit's amount": ("province", {"amount": Decimal("10000001.00")}),
    "a deposit's account": ("province", {"account_id": lambda world: world.town_account.pk}),
    "a deposit's arrival": ("backdated", {"arrived_on": date(2012, 4, 9)}),
    "the town's arrival": ("town", {"arrived_on": date(2011, 12, 10)}),
    "the start of a match": ("obligation", {"deadline__starts_on": date(2011, 11, 14)}),
    "a summary's checksum": ("second", {"checksum": "0" * 64}),
    "a summary's quarter": ("second", {"quarter": "2012Q2"}),
    "a summary's version": ("second", {"version": 2}),
}


def edit_with_witness(row: WitnessedModel, values: dict[str, Any]) -> None:
    event = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).exclude(facts={}).latest("id")
    rows_of(AuditEvent).filter(pk=event.pk).update(facts=event.facts | {name: text(value) for name, value in values.items()})
    for name, value in values.items():
        *path, field = name.split("__")
        target = getattr(row, path[0]) if path else row
        assert rows_of(type(target)).filter(pk=target.pk).update(**{field: value}) == 1


@pytest.mark.parametrize("what", WITH_ITS_WITNESS)
def test_an_edit_is_found_although_the_trail_was_edited_with_it(busy: Busy, what: str) -> None:
    row, values = edit_of(busy, *WITH_ITS_WITNESS[what])
    with behind_the_back():
        edit_with_witness(row, values)
    assert faults_of(busy.programme)


def delete(*rows: models.Model) -> None:
    for row in rows:
        rows_of(type(row)).filter(pk=row.pk)._raw_delete("default")


def loan_with_all_its_rows(busy: Busy) -> Loan:
    loan = busy.loan
    Loan.objects.filter(pk=loan.pk).update(status="discarded", confirmed_on=None, movement=None, **NEVER)
    delete(*loan.schedule_lines.all(), *loan.overdue_spells.all(), *loan.repayments.all(), *loan.movements.all(), loan)
    return loan


def reversal_alone(busy: Busy) -> Reversal:
    row = busy.reversal
    delete(row)
    return row


def correction_alone(busy: Busy) -> Correction:
    row = busy.correction
    delete(row)
    return row


def extension_with_its_movement(busy: Busy) -> Loan:
    """Nobody extended the loan: the last facts recorded of it are those of the extension."""
    row = busy.extension
    delete(*row.consents.all(), row, row.movement)
    Loan.objects.filter(pk=busy.changed.pk).update(due_on=row.old_due_on, original_due_on=None)
    return busy.changed


def repayment_with_its_movement(busy: Busy) -> Repayment:
    loan, first = busy.settled, busy.settled.movement
    delete(busy.last_repayment, busy.last_repayment.movement)
    held = {"outstanding": first.outstanding, "earmarked": first.earmarked, "earmarked_provincial": first.earmarked_provincial}
    Loan.objects.filter(pk=loan.pk).update(status="active", settled_on=None, **held)
    return busy.last_repayment


def repayment_alone(busy: Busy) -> Repayment:
    delete(busy.repayment)
    return busy.repayment


def towns_deposit(busy: Busy) -> Contribution:
    row = busy.town
    delete(row)
    return row


def open_obligation(busy: Busy) -> FundingObligation:
    row = deposit(busy.world, amount="100", arrived_on=date(2012, 4, 10))
    delete(row, row.deadline)
    return row


def last_summary(busy: Busy) -> QuarterlySummary:
    delete(busy.second)
    return busy.second


def first_summary(busy: Busy) -> QuarterlySummary:
    delete(busy.first)
    return busy.first


def closed_periods(busy: Busy) -> QuarterlySummary:
    busy.programme.closed_periods.all().delete()
    return busy.first


def witness_of_a_loan(busy: Busy) -> Loan:
    rows_of(AuditEvent).filter(object_type="loans.loan", object_id=str(busy.loan.pk))._raw_delete("default")
    return busy.loan


def movement_of_a_loan(busy: Busy) -> Loan:
    loan = busy.loan
    Loan.objects.filter(pk=loan.pk).update(movement=busy.movement)
    Repayment.objects.filter(pk=busy.repayment.pk).update(movement=None)
    delete(loan.movement)
    return loan


def deposits_with_each_others_entries(busy: Busy) -> Contribution:
    one, other = (deposit(busy.world, amount="100", arrived_on=date(2012, 4, day)).source for day in (10, 11))
    for row, values in (
        (one, {"status": "received", "entry": None, **NEVER}),
        (other, {"entry": one.entry}),
        (one, {"status": "confirmed", "entry": other.entry, "confirmed_by": one.confirmed_by, "confirmed_at": one.confirmed_at}),
    ):
        Contribution.objects.filter(pk=row.pk).update(**values)
    return one


def disbursements_with_each_others_movements(busy: Busy) -> Loan:
    """Two loans of the same day and amount: every figure is right."""
    lines = [make_line(busy.world, make_enterprise(busy.world, number), day=date(2012, 4, 9)) for number in (3, 4)]
    one, other = (make_loan(busy.world, line, day=date(2012, 4, 9)) for line in lines)
    for row, values in (
        (one, {"status": "discarded", "movement": None, "confirmed_on": None, **NEVER}),
        (one.movement, {"loan": other}),
        (other.movement, {"loan": one}),
        (other, {"movement": one.movement}),
        (one, {name: getattr(one, name) for name in ("status", "confirmed_on", *NEVER)} | {"movement": other.movement}),
    ):
        rows_of(type(row)).filter(pk=row.pk).update(**values)
    return other.movement


def leverage_with_all_that_follows(busy: Busy) -> PrincipalMovement:
    """Everything says 1:15 but the ledger."""
    loan = busy.loan
    edit_with_witness(busy.line, {"rule_texts": busy.line.rule_texts | {"leverage": "15"}})
    declared, held = (earmark_target(owed, Fraction(15), Fraction(4)) for owed in (loan.amount, loan.outstanding))
    columns = {"earmarked": held.total, "earmarked_provincial": held.provincial}
    Loan.objects.filter(pk=loan.pk).update(declared_reserve=declared.total, declared_provincial=declared.provincial, **columns)
    for movement, target in ((loan.movement, declared), (busy.movement, held)):
        rows_of(PrincipalMovement).filter(pk=movement.pk).update(earmarked=target.total, earmarked_provincial=target.provincial)
    return loan.movement


def repayment_without_a_movement(busy: Busy) -> Repayment:
    row = make_repayment(busy.world, busy.loan, "1", paid_on=date(2012, 4, 9), confirmed=False)
    who = {"confirmed_by": busy.world.bank2, "confirmed_at": moment(date(2012, 4, 9)), "confirmed_on": date(2012, 4, 9)}
    Repayment.objects.filter(pk=row.pk).update(status="confirmed", **who)
    return row


def loan_forged_with_its_witness(busy: Busy) -> Loan:
    row = Loan.objects.get(pk=busy.loan.pk)
    row.pk, row.note_no, row.movement = None, "JJ88888", busy.movement
    row.save()
    record(
        by=busy.world.bank2,
        now=moment(date(2012, 3, 20)),
        action="loan.confirm",
        subject=row,
        programme=busy.programme.code,
        summary="复核放款",
        facts=row.facts(),
    )
    return row


def movements_of_a_loan(busy: Busy) -> Loan:
    """With its repayments; it points to another's movement instead."""
    loan, other = busy.loan, busy.last_repayment
    Repayment.objects.filter(pk=other.pk).update(movement=None)
    Loan.objects.filter(pk=loan.pk).update(movement=other.movement)
    delete(*loan.repayments.all(), *loan.movements.all())
    return loan


def version_after_a_return(busy: Busy) -> QuarterlySummary:
    draft = return_summary(summary=busy.second, reason="漏报一笔。", by=busy.world.province2, **at(2012, 4, 9))
    rows_of(AuditEvent).filter(object_type="reports.quarterlysummary", object_id=str(draft.pk))._raw_delete("default")
    delete(draft)
    return busy.second


def quarter_in_between(busy: Busy) -> QuarterlySummary:
    third = make_summary(busy.world, "2012Q2", until="draft")
    rows_of(AuditEvent).filter(object_type="reports.quarterlysummary", object_id=str(busy.second.pk))._raw_delete("default")
    busy.period.delete()
    delete(busy.second)
    return third


def quarter_closed_by_nobody(busy: Busy) -> ClosedPeriod:
    bank, july = busy.world.bank_organisation, moment(date(2012, 7, 2))
    return close_period(programme=busy.programme, bank=bank, quarter=Quarter(2012, 2), now=july)


REMOVALS: list[Callable[[Busy], models.Model]] = [
    *(loan_with_all_its_rows, loan_forged_with_its_witness, witness_of_a_loan, leverage_with_all_that_follows),
    *(movement_of_a_loan, movements_of_a_loan, disbursements_with_each_others_movements),
    *(repayment_alone, repayment_with_its_movement, repayment_without_a_movement),
    *(reversal_alone, correction_alone, extension_with_its_movement),
    *(towns_deposit, open_obligation, deposits_with_each_others_entries),
    *(first_summary, last_summary, version_after_a_return, quarter_in_between, closed_periods, quarter_closed_by_nobody),
]


@pytest.mark.parametrize("remove", REMOVALS)
def test_what_is_removed_or_put_back_is_named(busy: Busy, remove: Callable[[Busy], models.Model]) -> None:
    with behind_the_back():
        row = remove(busy)
    assert verify_ledger(programme=busy.programme).fault is None, "the chain itself is whole"
    assert f" {row._meta.db_table} #{row.pk} [" in faults_of(busy.programme)


def test_the_heads_the_papers_carry_are_asked_without_being_typed(busy: Busy) -> None:
    heads = [busy.first.snapshot["ledger"], busy.second.snapshot["ledger"]]
    assert printed_heads(busy.programme) == tuple(Anchor(head["sequence"], head["hash"]) for head in heads)


def test_a_chain_that_contradicts_a_paper_is_named(busy: Busy) -> None:
    """As after a chain rewritten from end to end: the paper, its row and its witness agree, the entry does not."""
    row = busy.second
    forged = row.snapshot | {"ledger": {"sequence": row.ledger_sequence, "hash": "0" * 64}}
    with behind_the_back():
        QuarterlySummary.objects.filter(pk=row.pk).update(snapshot=forged, checksum=digest(forged), ledger_head="0" * 64)
        for event in AuditEvent.objects.filter(action="summary.submit", object_id=str(row.pk)):
            rows_of(AuditEvent).filter(pk=event.pk).update(facts=event.facts | {"checksum": digest(forged)})
    assert "[anchor]" in faults_of(busy.programme)


def test_an_entry_no_record_has_asked_for_is_named(busy: Busy) -> None:
    entry = ledger.post(
        programme=busy.programme,
        purpose=Purpose.INTEREST,
        transfers=[ledger.contribute(busy.world.provincial_account, Decimal(1))],
        source=("gift", 1),
        ledger_date=date(2012, 4, 9),
        value_date=date(2012, 4, 9),
        by=busy.world.bank2,
        now=moment(date(2012, 4, 9)),
        key="gift",
    )
    assert f" reserve_ledgerentry #{entry.pk} [unclaimed]" in faults_of(busy.programme)


def test_streams_are_read_together_by_their_keys() -> None:
    assert list(side_by_side([(1, "a"), (1, "b"), (3, "c")], [(2, "x"), (3, "y")])) == [
        (1, [["a", "b"], []]),
        (2, [[], ["x"]]),
        (3, [["c"], ["y"]]),
    ]


def test_reading_takes_the_same_number_of_queries_however_many_loans(busy: Busy, django_assert_max_num_queries: Any) -> None:
    for number in range(3, 6):
        make_loan(busy.world, make_line(busy.world, make_enterprise(busy.world, number), day=date(2012, 4, 9)), day=date(2012, 4, 9))
    with django_assert_max_num_queries(46):
        assert summary_fault(busy.programme) is None
        assert record_fault(busy.programme) is None
