"""verify_ledger knows claims, recoveries and write-offs: what was edited behind the application's back is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from common.money import yuan
from loans.models import Claim, Loan, Recovery
from loans.services.claims import drafting
from reports.selectors.reconciliation.records import record_fault
from reserve.models import JointDecision
from tests.factories import World, fund, make_enterprise, make_repayment, make_world, on
from tests.support.claims import FAILED, failed, make_claim, make_recovery, write_off

pytestmark = pytest.mark.django_db
LATER = FAILED + timedelta(days=60)


@dataclass
class Books:
    """One loan compensated and partly recovered, one recovered in full, one written off, one whose approved claim was withdrawn."""

    world: World
    loan: Loan
    settled: Loan
    written_off: Loan
    withdrawn: Loan

    @property
    def claim(self) -> Claim:
        return self.loan.claims.get()

    @property
    def undone(self) -> Claim:
        return self.withdrawn.claims.get()

    @property
    def recovery(self) -> Recovery:
        return self.loan.recoveries.first()

    @property
    def second(self) -> Recovery:
        return self.loan.recoveries.last()

    @property
    def decision(self) -> JointDecision:
        return JointDecision.objects.get()


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any) -> Iterator[Books]:
    """Made once for all tests of this file; what each of them does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = make_books(fund(make_world()))
        with django_db_blocker.block():
            yield made
        transaction.set_rollback(True)


def make_books(world: World) -> Books:
    loans = [failed(world, amount, enterprise=make_enterprise(world, number)) for number, amount in enumerate(AMOUNTS, 1)]
    for loan in loans[:3]:
        make_claim(world, loan)
    make_claim(world, loans[3], until="approved")
    make_repayment(world, loans[3], "100000.01", paid_on=FAILED)
    drafting.withdraw_claim(claim=loans[3].claims.get(), reason="恢复还款", by=world.bank, **on(FAILED))
    make_recovery(world, loans[0], "1000000", cost="40000")
    make_recovery(world, loans[1], loans[1].compensated)
    make_recovery(world, loans[0], "333.33", day=LATER)
    write_off(world, loans[2], day=LATER)
    for loan in loans:
        loan.refresh_from_db()
    return Books(world, *loans)


AMOUNTS = ("3000000", "2000000.01", "1000000", "777777.77")


def test_lawful_books_are_whole(books: Books) -> None:
    assert record_fault(books.world.programme) is None
    statuses = [loan.status for loan in (books.loan, books.settled, books.written_off, books.withdrawn)]
    assert statuses == ["compensated", "settled", "written_off", "overdue"]


EDITS: dict[str, tuple[str, dict[str, Any], str]] = {
    "what a claim was granted": ("claim", {"granted": F("granted") + yuan(0), "asked": F("asked") + yuan(1)}, "asked"),
    "what a claim paid": ("claim", {"paid": F("paid") - yuan(1)}, "paid"),
    "the province's part of it": ("claim", {"paid_provincial": F("paid_provincial") - yuan(1)}, "paid_provincial"),
    "its base": ("claim", {"base": F("base") + yuan(1)}, "base"),
    "its day": ("claim", {"paid_on": FAILED + timedelta(days=1)}, "paid_on"),
    "its number": ("claim", {"number": 99}, "number"),
    "its booking": ("claim", {"payment_confirmed_on": LATER}, "payment_confirmed_on"),
    "the day of its money": ("claim", {"funded_on": LATER}, "funded_on"),
    "the end of a withdrawn one": ("undone", {"ended_on": LATER}, "ended_on"),
    "what a withdrawn one was granted": ("undone", {"granted": F("granted") - yuan(1)}, "granted"),
    "what was recovered": ("recovery", {"gross": F("gross") + yuan(1)}, "gross"),
    "the cost of it": ("recovery", {"cost": F("cost") - yuan(1)}, "cost"),
    "the reserve's part": ("second", {"returned": F("returned") - yuan(1)}, "returned"),
    "a recovery's day": ("recovery", {"received_on": LATER}, "received_on"),
    "the loan's compensated principal": ("loan", {"compensated": F("compensated") - yuan(1)}, "compensated"),
    "the loan's day of compensation": ("loan", {"compensated_on": LATER}, "compensated_on"),
    "the loan's claim": ("withdrawn", {"claim": lambda books: books.undone.pk}, "claim_id"),
    "the loan's day of claiming": ("loan", {"claimed_on": LATER}, "claimed_on"),
    "a loan settled too early": ("loan", {"status": "settled", "settled_on": LATER}, "settled_on"),
    "a settled loan reopened": ("settled", {"status": "compensated", "settled_on": None}, "settled_on"),
    "a write-off nobody decided": ("loan", {"status": "written_off", "written_off_on": LATER}, "written_off_on"),
    "a write-off taken back": ("written_off", {"status": "compensated", "written_off_on": None}, "written_off_on"),
    "the decision behind it": ("decision", {"status": "refused"}, "written_off_on"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_is_named(books: Books, edit: str) -> None:
    name, values, field = EDITS[edit]
    row = getattr(books, name)
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**{key: value(books) if callable(value) else value for key, value in values.items()})
        fault = record_fault(books.world.programme)
        transaction.set_rollback(True)
    assert fault is not None
    assert fault.code == field
    assert fault.message


def test_a_recovery_that_is_gone_leaves_its_entry_unclaimed(books: Books) -> None:
    with transaction.atomic():
        Recovery.objects.filter(pk=books.second.pk).delete()
        fault = record_fault(books.world.programme)
        transaction.set_rollback(True)
    assert fault is not None
    assert (fault.code, fault.table) == ("unclaimed", "loans_recovery")


def test_days_are_those_of_the_story(books: Books) -> None:
    assert books.settled.settled_on == FAILED + timedelta(days=30)
    assert books.written_off.written_off_on == LATER == date(2013, 7, 6)
