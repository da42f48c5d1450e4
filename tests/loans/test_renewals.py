"""续贷: lending again after repayment follows a loan the bank has made, and waits until it is settled (domain §3.5)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enterprises.models import Recommendation
from loans.errors import RenewedLoanUnknown, RenewedLoanUnpaid
from loans.models import CreditLine, Loan
from loans.services.approvals import confirm_approval
from loans.services.loans import confirm_loan, discard_loan
from tests.factories import (
    World,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
    on,
)
from tests.support.clock import Clock
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
ASKED, DRAWN = date(2013, 1, 15), date(2013, 2, 4)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def old(world: World) -> Loan:
    """500万, disbursed on 2012-03-01 and still owed."""
    return make_loan(world)


def sent_again(world: World, old: Recommendation, note_no: str) -> Recommendation:
    old.refresh_from_db()
    return make_sent(world, old.enterprise, day=ASKED, renews=old, renewed_note_no=note_no)


def renewed(world: World, old: Loan) -> CreditLine:
    proposal = make_proposal(world, sent_again(world, old.credit_line.recommendation, old.note_no), day=ASKED)
    return confirm_approval(credit_line=proposal, by=world.bank2, **on(ASKED))


def test_a_note_number_the_old_line_does_not_have_is_refused_when_approved_not_when_declined(world: World, old: Loan) -> None:
    sent = sent_again(world, old.credit_line.recommendation, "不存在的借据")
    with refused(RenewedLoanUnknown, "“不存在的借据”不是原推荐项下已发放的贷款"):
        make_proposal(world, sent, day=ASKED)
    assert make_proposal(world, sent, day=ASKED, decision="decline", reason="原借据号不符").status == "proposed"


def test_a_loan_of_another_enterprise_or_one_never_disbursed_is_not_renewed(world: World, old: Loan) -> None:
    line = make_line(world, make_enterprise(world, 2))
    entered = make_entered(world, line)
    discarded = discard_loan(loan=make_entered(world, line), reason="录错", by=world.bank, **on(date(2012, 3, 1)))
    for loan in (old, entered, discarded):
        sent = sent_again(world, line.recommendation, loan.note_no)
        with refused(RenewedLoanUnknown):
            make_proposal(world, sent, day=ASKED)


def test_a_recommendation_the_bank_declined_is_not_renewed(world: World) -> None:
    declined = make_proposal(world, decision="decline", reason="抵押物不足")
    confirm_approval(credit_line=declined, by=world.bank2, **on(date(2012, 2, 10)))
    sent = sent_again(world, declined.recommendation, "JJ00001")
    with refused(RenewedLoanUnknown):
        make_proposal(world, sent, day=ASKED)


def test_the_old_loan_is_looked_for_again_when_the_approval_is_confirmed(world: World, old: Loan) -> None:
    sent = sent_again(world, old.credit_line.recommendation, old.note_no)
    proposal = make_proposal(world, sent, day=ASKED)
    Recommendation.objects.filter(pk=sent.pk).update(renewed_note_no="JJ-9")
    with refused(RenewedLoanUnknown):
        confirm_approval(credit_line=proposal, by=world.bank2, **on(ASKED))


def test_nothing_is_drawn_until_the_old_loan_is_settled(world: World, old: Loan) -> None:
    line = renewed(world, old)
    make_repayment(world, old, "4000000", paid_on=date(2013, 1, 20))
    with refused(RenewedLoanUnpaid, "尚欠本金 1,000,000.00 元；原贷款还清以后方可放款"):
        make_entered(world, line, day=DRAWN)
    make_repayment(world, old, "1000000", paid_on=DRAWN)
    assert make_loan(world, line, day=DRAWN).outstanding == Decimal("5000000.00")


def test_a_disbursement_dated_before_the_settlement_is_refused(world: World, old: Loan) -> None:
    line = renewed(world, old)
    make_repayment(world, old, "5000000", paid_on=date(2013, 2, 5))
    with refused(RenewedLoanUnpaid, "2013-02-05 才结清"):
        make_entered(world, line, day=date(2013, 2, 6), contract_on=DRAWN, disbursed_on=DRAWN)


def test_the_settlement_is_checked_again_when_the_drawdown_is_confirmed(world: World, old: Loan) -> None:
    line = renewed(world, old)
    make_repayment(world, old, "5000000", paid_on=DRAWN)
    loan = make_entered(world, line, day=DRAWN)
    Loan.objects.filter(pk=old.pk).update(settled_on=None, status="active")
    with refused(RenewedLoanUnpaid):
        confirm_loan(loan=loan, by=world.bank2, **on(DRAWN))


def page(user: Any, address: str) -> str:
    client = Client()
    client.force_login(user, backend="parties.backends.PartiesBackend")
    return client.get(address).content.decode()


def test_the_line_shows_the_old_loan_and_says_why_nothing_can_be_drawn(world: World, old: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, ASKED)
    line = renewed(world, old)
    shown = page(world.bank, line.get_absolute_url())
    assert old.get_absolute_url() in shown
    assert "尚欠本金 5,000,000.00 元，还清以后方可放款" in shown
    assert "原贷款还清以后方可放款。" in shown
    make_repayment(world, old, "5000000", paid_on=ASKED)
    assert "已结清" in page(world.bank, line.get_absolute_url())


def test_the_form_of_a_decision_says_that_the_old_loan_is_unknown(world: World, old: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, ASKED)
    sent = sent_again(world, old.credit_line.recommendation, "JJ-9")
    assert "原推荐项下没有这笔贷款" in page(world.bank, f"/approvals/propose/{sent.pk}/")
