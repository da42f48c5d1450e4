"""verify_ledger beside the chain: records edited, and a chain cut and mended, behind the application's back."""

from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from common.money import yuan
from loans.models import Loan, Repayment
from reports.models import QuarterlySummary
from reports.selectors.reconciliation import business_fault, printed_heads
from reserve.models import Contribution
from reserve.services.verify import Anchor, verify_ledger
from tests.factories import World, make_loan, make_repayment, make_summary

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world: World) -> World:
    """Funded, one loan partly repaid, one summary submitted."""
    make_summary(world, "2011Q4", until="submitted")
    loan = make_loan(world, day=date(2012, 3, 20))
    make_repayment(world, loan, "1000000", paid_on=date(2012, 4, 2))
    return world


def test_untouched_records_agree_with_the_ledger(busy: World) -> None:
    assert business_fault(busy.programme) is None
    call_command("verify_ledger", stdout=StringIO())


TAMPERING: dict[str, tuple[Callable[[], object], str]] = {
    "a deposit's amount": (lambda: Contribution.objects.update(amount=F("amount") + yuan(1)), "contribution"),
    "a loan's amount": (lambda: Loan.objects.update(amount=F("amount") + yuan(1)), "outstanding"),
    "amount and principal": (
        lambda: Loan.objects.update(amount=F("amount") + yuan(75), outstanding=F("outstanding") + yuan(75)),
        "declared",
    ),
    "a loan's principal": (lambda: Loan.objects.update(outstanding=F("outstanding") - yuan(1)), "outstanding"),
    "a loan's earmark": (lambda: Loan.objects.update(earmarked=F("earmarked") - yuan(1)), "earmarked"),
    "the reserve declared": (lambda: Loan.objects.update(declared_provincial=F("declared_provincial") - yuan(1)), "declared"),
    "a repayment's principal": (lambda: Repayment.objects.update(principal=F("principal") + yuan(1)), "outstanding"),
    "a snapshot": (lambda: QuarterlySummary.objects.filter(status="submitted").update(snapshot={"lines": []}), "checksum"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_an_edited_record_is_named(busy: World, what: str) -> None:
    tamper, code = TAMPERING[what]
    tamper()
    assert verify_ledger(programme=busy.programme).fault is None, "the chain itself is whole"
    fault = business_fault(busy.programme)
    assert fault is not None
    assert fault.code == code
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_ledger", stdout=StringIO(), stderr=err)
    assert f"{fault.table} #{fault.pk}" in err.getvalue()


def test_the_heads_the_summaries_carry_are_asked_without_being_typed(busy: World) -> None:
    assert [anchor.sequence for anchor in printed_heads(busy.programme)] == [2]
    QuarterlySummary.objects.filter(status="submitted").update(ledger_head="0" * 64)
    assert printed_heads(busy.programme) == (Anchor(2, "0" * 64),)
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_ledger", stdout=StringIO(), stderr=err)
    assert "[anchor]" in err.getvalue()
