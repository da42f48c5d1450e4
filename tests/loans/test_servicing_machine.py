"""Any history of a loan against a model that a child could keep: what was lent, what was paid back, what was taken back."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from common.errors import Refusal
from loans.enums import LoanStatus, RepaymentMethod
from loans.models import Loan, Repayment
from loans.rules.extensions import latest_extension
from loans.services.daily import assess_loans
from reports.selectors.reconciliation.records import record_fault
from reserve.selectors.ledger import balances, current_balances
from reserve.services.verify import verify_ledger
from tests.factories import (
    World,
    fund,
    make_correction,
    make_extension,
    make_line,
    make_loan,
    make_repayment,
    make_reversal,
    make_world,
    moment,
)

START = date(2012, 3, 1)
parts = st.fractions(min_value=0, max_value=1, max_denominator=97)


@dataclass
class Model:
    """What the loan should owe; yuan."""

    amount: Decimal
    paid: dict[int, Decimal] = field(default_factory=dict)

    @property
    def outstanding(self) -> Decimal:
        return self.amount - sum(self.paid.values())


class LoanHistory(RuleBasedStateMachine):
    """Disbursement, repayments in and out of order, reversals, an extension, corrections and missed days of the job."""

    world: World
    loan: Loan
    model: Model
    day: date

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        try:
            assert verify_ledger(programme=self.world.programme).fault is None
            assert record_fault(self.world.programme) is None
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(
        method=st.sampled_from([code for code in RepaymentMethod.values if code != "agreed_instalments"]),
        leverage=st.sampled_from(["7.5", "7", "20/3"]),
        fen=st.integers(1_000_000, 499_999_999),
    )
    def lend(self, method: str, leverage: str, fen: int) -> None:
        self.world = fund(make_world(rules={"leverage": leverage}))
        amount = Decimal(fen).scaleb(-2)
        self.loan = make_loan(self.world, make_line(self.world), day=START, amount=amount, repayment_method=method)
        self.model, self.day = Model(amount), START

    def refused(self, step: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a step that may be refused; a refusal must leave no trace."""
        try:
            with transaction.atomic():
                return step(*args, **kwargs)
        except Refusal:
            self.loan.refresh_from_db()
            return None

    @rule(days=st.integers(0, 45))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)
        assess_loans(self.day, moment(self.day))
        self.loan.refresh_from_db()

    @precondition(lambda self: self.loan.is_running)
    @rule(share=parts, back=st.integers(0, 60), kind=st.sampled_from(["", "early"]), effect=st.sampled_from(["lower", "shorten"]))
    def repay(self, share: Any, back: int, kind: str, effect: str) -> None:
        fen = int(self.model.outstanding * 100) * share.numerator // share.denominator
        paid_on = max(START, self.day - timedelta(days=back))
        made = self.refused(
            make_repayment, self.world, self.loan, Decimal(fen).scaleb(-2), paid_on=paid_on, day=self.day, kind=kind, effect=effect
        )
        if made is not None:
            self.model.paid[made.pk] = made.principal

    @precondition(lambda self: self.model.paid)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        pk = data.draw(st.sampled_from(sorted(self.model.paid)))
        if self.refused(make_reversal, self.world, Repayment.objects.get(pk=pk), day=self.day) is not None:
            del self.model.paid[pk]
        self.loan.refresh_from_db()

    @precondition(lambda self: self.loan.is_running and self.day < self.loan.due_on)
    @rule(days=st.integers(1, 400))
    def extend(self, days: int) -> None:
        due_on = self.loan.due_on + timedelta(days=days)
        done = self.refused(make_extension, self.world, self.loan, due_on=due_on, day=self.day)
        assert done is None or due_on <= latest_extension(START, self.loan.original_due_on or START)

    @rule(fen=st.integers(1, 500_000_000))
    def correct(self, fen: int) -> None:
        amount = Decimal(fen).scaleb(-2)
        if self.refused(make_correction, self.world, self.loan, day=self.day, amount=amount) is not None:
            self.model.amount = amount

    @invariant()
    def the_loan_owes_what_the_model_says_and_occupies_its_target(self) -> None:
        if not hasattr(self, "loan"):
            return
        loan = Loan.objects.select_related("credit_line").get(pk=self.loan.pk)
        target = loan.credit_line.earmark_for(self.model.outstanding)
        assert (loan.amount, loan.outstanding, loan.held) == (self.model.amount, self.model.outstanding, target)
        assert (loan.status == LoanStatus.SETTLED) == (not self.model.outstanding)
        held = current_balances([self.world.provincial_account, self.world.town_account])
        assert held[self.world.provincial_account.pk].earmarked == target.provincial
        assert held[self.world.town_account.pk].earmarked == target.town
        assert target.provincial + target.town == target.total
        assert sum(movement.change for movement in loan.movements.all()) == self.model.outstanding
        assert sum(line.principal for line in loan.schedule_lines.all()) == self.model.amount
        assert loan.days_overdue(self.day) == (0 if loan.overdue_since is None else (self.day - loan.overdue_since).days)

    @invariant()
    def no_account_was_ever_short(self) -> None:
        if not hasattr(self, "loan"):
            return
        for back in (0, 20, 45, 90):
            found = balances([self.world.provincial_account, self.world.town_account], self.day - timedelta(days=back), by="value")
            assert all(one.free >= 0 and one.earmarked >= 0 for one in found.values())


@pytest.mark.django_db
def test_any_history_of_a_loan_keeps_the_books() -> None:
    run_state_machine_as_test(LoanHistory, settings=settings(max_examples=15, stateful_step_count=14))
