"""Repayments of principal: each releases its part of the earmark, the last one empties it (domain §3.8, §4)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.errors import InvalidInput, NotAllowed, WrongState
from common.money import ZERO
from loans.enums import REPAYMENT_LIFECYCLE, LoanStatus, RepaymentStatus
from loans.errors import DatesOutOfOrder, RepaymentAboveOutstanding
from loans.models import Loan, Repayment
from loans.pages.loans import todos
from loans.pages.repayments import rows
from loans.services import repayments
from loans.services.loans import confirm_loan, discard_loan
from parties.enums import Role
from parties.errors import SamePerson
from reserve.enums import DeadlineKind
from reserve.ledger_enums import Purpose
from reserve.models import Deadline, LedgerEntry
from reserve.quarters import Quarter
from reserve.selectors.ledger import balances, current_balances
from reserve.services.periods import close_period
from reserve.services.verify import verify_ledger
from tests.factories import (
    World,
    at,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_repayment,
    make_reversal,
    make_world,
    moment,
)
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 4, 5)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return make_loan(world)


def enter(world: World, loan: Loan, principal: str = "1000000", paid_on: date = date(2012, 4, 5), **when: Any) -> Repayment:
    return repayments.enter_repayment(
        loan=loan, paid_on=paid_on, principal=Decimal(principal), receipt_no="HD-1", by=world.bank, **(when or DAY)
    )


def confirm(world: World, repayment: Repayment, **when: Any) -> Repayment:
    return repayments.confirm_repayment(repayment=repayment, by=world.bank2, **(when or DAY))


class TestEnter:
    def test_entered_it_changes_nothing_yet(self, world: World, loan: Loan) -> None:
        repayment = enter(world, loan)
        loan.refresh_from_db()
        assert (repayment.status, loan.outstanding, loan.earmarked) == ("entered", Decimal("5000000.00"), Decimal("666666.67"))

    @pytest.mark.parametrize(
        "principal, paid_on, refusal, field",
        [
            ("5000000.01", date(2012, 4, 5), RepaymentAboveOutstanding, "principal"),
            ("0", date(2012, 4, 5), InvalidInput, "principal"),
            ("-1", date(2012, 4, 5), InvalidInput, "principal"),
            ("0.001", date(2012, 4, 5), InvalidInput, "principal"),
            ("1", date(2012, 2, 29), DatesOutOfOrder, "paid_on"),
            ("1", date(2012, 4, 6), DatesOutOfOrder, "paid_on"),
        ],
    )
    def test_bad_input_is_refused_beside_its_field(
        self, world: World, loan: Loan, principal: str, paid_on: date, refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal) as caught:
            enter(world, loan, principal, paid_on)
        assert list(caught.value.fields) == [field]

    def test_on_the_day_of_disbursement_is_allowed(self, world: World, loan: Loan) -> None:
        assert enter(world, loan, paid_on=date(2012, 3, 1)).paid_on == date(2012, 3, 1)

    @pytest.mark.parametrize("name", ["bank2", "province", "science", "town", "centre", "auditor"])
    def test_only_a_bank_officer_enters(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            repayments.enter_repayment(loan=loan, paid_on=date(2012, 4, 5), principal=Decimal(1), by=getattr(world, name), **DAY)

    @pytest.mark.parametrize("status", [LoanStatus.ENTERED, LoanStatus.DISCARDED, LoanStatus.SETTLED])
    def test_only_a_running_loan_is_repaid(self, world: World, status: str) -> None:
        loan = make_entered(world)
        if status == LoanStatus.DISCARDED:
            discard_loan(loan=loan, reason="录错", by=world.bank, **DAY)
        if status == LoanStatus.SETTLED:
            confirm_loan(loan=loan, by=world.bank2, **at(2012, 3, 1))
            make_repayment(world, loan, "5000000", paid_on=date(2012, 4, 1))
        loan.refresh_from_db()
        assert loan.status == status
        with refused(WrongState):
            enter(world, loan)


class TestConfirm:
    def test_a_part_releases_the_difference_of_targets(self, world: World, loan: Loan) -> None:
        repayment = confirm(world, enter(world, loan))
        loan.refresh_from_db()
        assert (loan.status, loan.outstanding) == ("active", Decimal("4000000.00"))
        assert (loan.earmarked, loan.earmarked_provincial) == (Decimal("533333.33"), Decimal("106666.67"))
        assert (loan.declared_reserve, loan.declared_provincial) == (Decimal("666666.67"), Decimal("133333.33"))
        assert repayment.movement is not None
        assert repayment.movement.entry is not None
        amounts = [row.amount for row in repayment.movement.entry.transfers.order_by("position")]
        assert (repayment.movement.entry.purpose, amounts) == (Purpose.RELEASE, [Decimal("26666.66"), Decimal("106666.68")])
        assert (repayment.movement.entry.source_type, repayment.movement.entry.source_id) == ("repayment", repayment.pk)

    def test_the_last_one_empties_the_earmark_and_settles(self, world: World, loan: Loan) -> None:
        for day, principal in ((5, "1000000"), (6, "0.01"), (9, "3999999.99")):
            make_repayment(world, loan, principal, paid_on=date(2012, 4, day))
        assert (loan.status, loan.outstanding, loan.earmarked, loan.earmarked_provincial) == ("settled", ZERO, ZERO, ZERO)
        assert loan.settled_on == date(2012, 4, 9)
        found = current_balances([world.provincial_account, world.town_account])
        assert [(row.free, row.earmarked) for row in found.values()] == [(Decimal("10000000"), ZERO), (Decimal("40000000"), ZERO)]
        clock = Deadline.objects.get(kind=DeadlineKind.LOAN_MATURITY, subject_id=loan.pk)
        assert clock.met_on == date(2012, 4, 9)
        assert verify_ledger(programme=world.programme).fault is None

    def test_a_release_that_rounds_to_nothing_posts_nothing(self, world: World) -> None:
        loan = make_loan(world, make_line(world, amount="3000000"))
        before = LedgerEntry.objects.count()
        repayment = confirm(world, enter(world, loan, "0.01"))
        loan.refresh_from_db()
        assert (repayment.status, repayment.movement.entry, loan.outstanding) == ("confirmed", None, Decimal("2999999.99"))
        assert LedgerEntry.objects.count() == before
        make_repayment(world, loan, "2999999.99", paid_on=date(2012, 4, 6))
        assert loan.earmarked == 0

    def test_two_pending_ones_that_exceed_what_is_owed(self, world: World, loan: Loan) -> None:
        first, second = enter(world, loan, "3000000"), enter(world, loan, "3000000")
        confirm(world, first)
        with refused(RepaymentAboveOutstanding, "1,000,000.00"):
            confirm(world, second)

    def test_a_pending_one_on_a_settled_loan(self, world: World, loan: Loan) -> None:
        first, second = enter(world, loan, "5000000"), enter(world, loan, "1")
        confirm(world, first)
        with refused(WrongState, "贷款已结清，这笔还款不能再复核，请作废。"):
            confirm(world, second)
        second.refresh_from_db()
        button, discard = rows(world.bank2, second.loan)[1].actions
        assert (button.label, button.reason) == ("复核还款", "贷款已结清，这笔还款不能再复核，请作废。")
        assert (discard.label, discard.reason) == ("作废", None)
        assert [todo.label for todo in todos(world.bank2)] == [f"作废还款（贷款已结清或已代偿）：{loan.enterprise_name}"]

    def test_the_officer_who_entered_it_cannot_confirm(self, world: World, loan: Loan) -> None:
        repayment = enter(world, loan)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            repayments.confirm_repayment(repayment=repayment, by=world.bank, **DAY)

    @pytest.mark.parametrize("name", ["bank", "province2", "science2", "town2", "auditor"])
    def test_only_a_bank_reviewer_confirms(self, world: World, loan: Loan, name: str) -> None:
        repayment = enter(world, loan)
        with refused(NotAllowed):
            repayments.confirm_repayment(repayment=repayment, by=getattr(world, name), **DAY)

    def test_back_dated_while_its_quarter_is_open_counts_from_its_day(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "5000000", paid_on=date(2012, 3, 20), day=date(2012, 4, 5))
        accounts = [world.provincial_account]
        assert balances(accounts, date(2012, 3, 31), by="value")[accounts[0].pk].earmarked == 0
        assert balances(accounts, date(2012, 3, 31))[accounts[0].pk].earmarked == Decimal("133333.33")
        assert loan.settled_on == date(2012, 3, 20)

    def test_back_dated_into_a_closed_quarter_is_valued_when_posted(self, world: World, loan: Loan) -> None:
        close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2012, 1), now=moment(date(2012, 4, 4)))
        repayment = make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 20), day=date(2012, 4, 5))
        assert repayment.movement is not None
        assert repayment.movement.entry is not None
        assert (repayment.paid_on, repayment.movement.entry.value_date) == (date(2012, 3, 20), date(2012, 4, 5))

    def test_a_release_is_never_valued_before_its_earmark(self, world: World) -> None:
        entered = make_entered(world, day=date(2012, 3, 1))
        close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2012, 1), now=moment(date(2012, 4, 4)))
        loan = confirm_loan(loan=entered, by=world.bank2, **at(2012, 4, 20))  # valued 2012-04-20
        repayment = make_repayment(world, loan, "1000000", paid_on=date(2012, 4, 10), day=date(2012, 4, 23))
        assert repayment.movement is not None
        assert repayment.movement.entry is not None
        assert repayment.movement.entry.value_date == date(2012, 4, 20)

    def test_confirmed_out_of_order_it_is_settled_on_the_latest_day(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "1000000", paid_on=date(2012, 4, 5))
        make_repayment(world, loan, "4000000", paid_on=date(2012, 4, 2), day=date(2012, 4, 6))
        assert loan.settled_on == date(2012, 4, 5)


ACTIONS: dict[str, Callable[[World, Repayment], Any]] = {
    "confirm": lambda world, row: confirm(world, row),
    "discard": lambda world, row: repayments.discard_repayment(repayment=row, reason="录错", by=world.bank, **DAY),
    "reverse": lambda world, row: make_reversal(world, row, day=date(2012, 4, 5)),
}


@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("status", list(RepaymentStatus))
def test_every_action_from_every_status(world: World, loan: Loan, action: str, status: str) -> None:
    row = enter(world, loan)
    if status in (RepaymentStatus.CONFIRMED, RepaymentStatus.REVERSED):
        confirm(world, row)
    if status == RepaymentStatus.REVERSED:
        make_reversal(world, row, day=date(2012, 4, 5))
    if status == RepaymentStatus.DISCARDED:
        repayments.discard_repayment(repayment=row, reason="录错", by=world.bank2, **DAY)
    row.refresh_from_db()
    if REPAYMENT_LIFECYCLE.allows(action, status):
        ACTIONS[action](world, row)
        row.refresh_from_db()
        assert row.status == REPAYMENT_LIFECYCLE.transitions[action].target
    else:
        with refused(WrongState):
            ACTIONS[action](world, row)


def test_discarding_needs_a_reason_and_the_bank(world: World, loan: Loan) -> None:
    row = enter(world, loan)
    with refused(InvalidInput):
        repayments.discard_repayment(repayment=row, reason="", by=world.bank, **DAY)
    with refused(NotAllowed):
        repayments.discard_repayment(repayment=row, reason="录错", by=world.town, **DAY)


amounts = st.integers(min_value=4, max_value=99_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
histories = st.lists(st.tuples(amounts, st.lists(st.fractions(min_value=0, max_value=1), max_size=3)), min_size=1, max_size=3)


class OpenEarmarks(TestCase):
    """After any history of drawdowns and repayments the open earmarks are their targets, account by account."""

    @settings(max_examples=12)
    @given(histories)
    def test_open_earmarks_are_the_targets_and_the_accounts_their_sums(self, history: list[tuple[Decimal, list[Fraction]]]) -> None:
        world = fund(make_world(rules={"leverage": "20/3"}))
        lent = [
            make_loan(world, make_line(world, make_enterprise(world, number), amount=amount), day=date(2012, 3, number))
            for number, (amount, _) in enumerate(history, start=1)
        ]
        day = date(2012, 4, 1)
        for loan, (_, shares) in zip(lent, history, strict=True):
            for share in shares:
                part = Decimal(int(loan.outstanding * 100) * share.numerator // share.denominator).scaleb(-2)
                day += timedelta(days=1)
                if part:
                    make_repayment(world, loan, part, paid_on=day)
        targets = [loan.credit_line.earmark_for(loan.outstanding) for loan in lent]
        assert [(loan.earmarked, loan.earmarked_provincial) for loan in lent] == [(t.total, t.provincial) for t in targets]
        found = current_balances([world.provincial_account, world.town_account])
        province, town = found[world.provincial_account.pk], found[world.town_account.pk]
        assert province.earmarked == sum(t.provincial for t in targets)
        assert town.earmarked == sum(t.town for t in targets)
        assert province.free + province.earmarked == Decimal("10000000")
        assert town.free + town.earmarked == Decimal("40000000")
        assert verify_ledger(programme=world.programme).fault is None
