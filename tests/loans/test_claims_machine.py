"""Any story of a loan that fails: claims in every order, repayments between, recoveries, a write-off; the books after every step."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from common.errors import Refusal
from common.money import ZERO
from loans.claim_enums import ClaimStatus, RecoveryStatus
from loans.enums import LoanStatus
from loans.models import Claim, Loan
from loans.selectors.recoveries import standing
from loans.services import recoveries
from loans.services.claims import deciding, drafting, paying, reviewing
from reports.selectors.reconciliation.records import record_fault
from reserve.selectors.ledger import balances, current_balances
from reserve.services.verify import verify_ledger
from tests.factories import World, fund, make_enterprise, make_line, make_loan, make_repayment, make_world, on
from tests.support.claims import FAILED, STEPS, attach_papers, failed, write_off
from tests.support.rows import all_rows, written

Step = Callable[[], Any]
parts = st.fractions(min_value="1/97", max_value=1, max_denominator=97)


class FailedLoan(RuleBasedStateMachine):
    """One failed loan beside another that runs; whoever's turn it is does something, or somebody whose turn it is not tries to."""

    world: World
    loan: Loan
    day: date

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "loan"):
                assert verify_ledger(programme=self.world.programme).fault is None
                assert record_fault(self.world.programme) is None
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(
        fen=st.integers(1_000_000, 999_999_999),
        leverage=st.sampled_from(["7.5", "20/3", "1.3"]),
        share=st.sampled_from(["0.5", "1/3", "0.9"]),
        cap=st.sampled_from(["2500000", "77777.77"]),
        order=st.sampled_from(["science_then_town", "any"]),
    )
    def lend(self, fen: int, leverage: str, share: str, cap: str, order: str) -> None:
        rules = {"leverage": leverage, "loss_share_reserve": share, "claim_payout_cap": cap, "claim_review_order": order}
        self.world = fund(make_world(rules=rules))
        self.loan = failed(self.world, Decimal(fen).scaleb(-2))
        self.other = make_loan(self.world, make_line(self.world, make_enterprise(self.world, 2)), day=date(2012, 3, 1))
        self.day = FAILED

    def try_(self, step: Step) -> Any:
        """Run a step; one that is refused leaves the database equal, row for row."""
        before, count = all_rows(), written()
        try:
            with transaction.atomic():
                done = step()
        except Refusal:
            assert written() == count or all_rows() == before
            done = None
        self.loan.refresh_from_db()
        return done

    @property
    def claim(self) -> Claim | None:
        return Claim.objects.filter(loan=self.loan).order_by("pk").last()

    @rule(days=st.integers(0, 40))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(part=st.fractions(min_value="1/50", max_value=1, max_denominator=50))
    def draft(self, part: Any) -> None:
        amount = Decimal(int(self.loan.amount * 100) * part.numerator // part.denominator).scaleb(-2)
        asked = None if part > Fraction(1, 2) else max(amount, Decimal("0.01"))

        def step() -> Claim:
            claim = drafting.draft_claim(loan=self.loan, cause="停产", dunning="催收", amount=asked, by=self.world.bank, **on(self.day))
            attach_papers(self.world, claim, self.day)
            return claim

        self.try_(step)

    @precondition(lambda self: self.claim)
    @rule(stage=st.sampled_from(sorted(STEPS)))
    def go_on(self, stage: str) -> None:
        """Half of these come out of turn."""
        claim = self.claim
        assert claim is not None
        self.try_(lambda: STEPS[stage](self.world, claim, self.day))

    @precondition(lambda self: self.claim)
    @rule()
    def go_on_in_turn(self) -> None:
        claim = self.claim
        assert claim is not None
        turn = {
            ClaimStatus.DRAFT: "filed",
            ClaimStatus.RETURNED: "filed",
            ClaimStatus.FILED: "reviewing",
            ClaimStatus.REVIEWING: "reviewed" if claim.words.filter(round=claim.round, stage="science").exists() else "science",
            ClaimStatus.REVIEWED: "approved",
            ClaimStatus.APPROVED: "paying" if claim.notices.exists() else "instructed",
            ClaimStatus.PAYING: "paid",
        }
        if stage := turn.get(ClaimStatus(claim.status)):
            self.try_(lambda: STEPS[stage](self.world, claim, self.day))

    @precondition(lambda self: self.claim)
    @rule(action=st.sampled_from(["return", "withdraw", "unpay", "refuse", "fund"]))
    def turn_back(self, action: str) -> None:
        claim, day = self.claim, self.day
        world = self.world
        steps: dict[str, Step] = {
            "return": lambda: reviewing.return_claim(claim=claim, opinion="缺件", by=world.province, **on(day)),  # type: ignore[arg-type]
            "withdraw": lambda: drafting.withdraw_claim(claim=claim, reason="撤回", by=world.bank, **on(day)),  # type: ignore[arg-type]
            "unpay": lambda: paying.unpay_claim(claim=claim, reason="录错", by=world.bank, **on(day)),  # type: ignore[arg-type]
            "refuse": self.refuse,
            "fund": lambda: deciding.fund_claim(claim=claim, by=world.province2, **on(day)),  # type: ignore[arg-type]
        }
        self.try_(steps[action])

    def refuse(self) -> Any:
        claim = self.claim
        assert claim is not None
        given: dict[str, Any] = {"verdict": "refuse", "reason": "other", "opinion": "不同意"}
        deciding.propose_claim(claim=claim, **given, by=self.world.province, **on(self.day))
        return deciding.decide_claim(claim=claim, by=self.world.province2, **on(self.day))

    @rule(part=parts)
    def repay(self, part: Any) -> None:
        fen = int(self.loan.outstanding * 100) * part.numerator // part.denominator
        self.try_(lambda: make_repayment(self.world, self.loan, Decimal(fen).scaleb(-2), paid_on=self.day))

    @rule(
        part=st.fractions(min_value="1/97", max_value=1, max_denominator=97),
        cost=st.fractions(0, 1, max_denominator=10),
        whole=st.booleans(),
    )
    def recover(self, part: Any, cost: Any, whole: bool) -> None:
        fen = int(self.loan.compensated * 100) * part.numerator // part.denominator
        spent = 0 if whole else fen * cost.numerator // cost.denominator
        world, given = self.world, on(self.day)

        def step() -> Any:
            entered = recoveries.enter_recovery(
                loan=self.loan,
                received_on=self.day,
                source="borrower",
                gross=Decimal(max(fen, 1)).scaleb(-2),
                cost=Decimal(spent).scaleb(-2),
                by=world.bank,
                **given,
            )
            return recoveries.confirm_recovery(recovery=entered, by=world.bank2, **given)

        self.try_(step)

    @rule()
    def remit(self) -> None:
        recovery = self.loan.recoveries.filter(status=RecoveryStatus.CONFIRMED).first()
        if recovery is not None:

            def step() -> Any:
                sent = recoveries.remit_recovery(
                    recovery=recovery, remitted_on=self.day, receipt_no="ZH", by=self.world.bank, **on(self.day)
                )
                return recoveries.confirm_remittance(recovery=sent, by=self.world.bank2, **on(self.day))

            self.try_(step)

    @rule()
    def write_off(self) -> None:
        self.try_(lambda: write_off(self.world, self.loan, day=self.day))

    @invariant()
    def nobodys_money_is_below_zero_and_other_loans_earmarks_are_untouched(self) -> None:
        if not hasattr(self, "loan"):
            return
        accounts = [self.world.provincial_account, self.world.town_account]
        for found in (current_balances(accounts), balances(accounts, self.day - timedelta(days=20), by="value")):
            for one in found.values():
                assert one.balance == one.free + one.earmarked + one.claims_payable
                assert min(one.balance, one.free, one.earmarked, one.claims_payable) >= 0
        held = current_balances(accounts)
        assert held[accounts[0].pk].earmarked == self.loan.earmarked_provincial + self.other.earmarked_provincial
        assert held[accounts[1].pk].earmarked == self.loan.earmarked_town + self.other.earmarked_town

    @invariant()
    def the_loss_is_shared_and_nobody_gets_back_more_than_it_paid(self) -> None:
        if not hasattr(self, "loan") or not self.loan.compensated:
            return
        claim = Claim.objects.get(loan=self.loan, status=ClaimStatus.PAID)
        rules = self.loan.credit_line.rules
        assert claim.base is not None
        assert claim.paid is not None
        assert claim.paid_provincial is not None
        assert claim.paid <= rules.claim_payout_cap
        assert Fraction(claim.paid) <= Fraction(claim.base) * rules.loss_share_reserve + Fraction(1, 200)
        state = standing(claim)
        back, net = state.back, state.net
        assert ZERO <= back.provincial <= claim.paid_provincial
        assert ZERO <= back.town <= claim.paid_town
        province, town = claim.paid_provincial - back.provincial, claim.paid_town - back.town
        bank = (claim.base - claim.paid) - (net - back.total)
        assert province + town + bank == claim.base - net
        accounts = [self.world.provincial_account, self.world.town_account]
        remitted = self.loan.recoveries.filter(status=RecoveryStatus.REMITTED)
        balance = sum(one.balance for one in current_balances(accounts).values())
        assert balance == Decimal(50_000_000) - claim.paid + sum((one.returned for one in remitted), ZERO)
        if net >= claim.base:
            assert back.total == claim.paid
        if self.loan.status == LoanStatus.SETTLED:
            assert (province, town) == (0, 0)


@pytest.mark.django_db
def test_any_story_of_a_failed_loan_keeps_the_books() -> None:
    run_state_machine_as_test(FailedLoan, settings=settings(max_examples=12, stateful_step_count=25))
