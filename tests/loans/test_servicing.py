"""Paying a loan back: by its schedule, early, late, back-dated, taken back (domain §3.8, §6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed, WrongState
from common.money import ZERO
from loans.enums import RepaymentStatus
from loans.errors import ArrearsFirst, BeyondDue, ReversalPending
from loans.models import CreditLine, Loan, OverdueSpell, Repayment
from loans.rules.schedules import schedule
from loans.selectors.exposure import outstanding_at
from loans.selectors.servicing import account_from, account_of, owed_on, payoff_on
from loans.services import loans as loan_services
from loans.services import repayments, reversals
from loans.services.daily import assess_loans
from parties.enums import Role
from parties.errors import SamePerson
from parties.models import Notification
from reserve.calendar import workday_table
from reserve.enums import DeadlineKind
from reserve.errors import InsufficientBalance
from reserve.ledger_enums import Purpose
from reserve.models import Deadline
from reserve.quarters import Quarter
from reserve.selectors.ledger import balances, current_balances
from reserve.services.jobs import SomeFailed
from reserve.services.periods import close_period
from reserve.services.verify import verify_ledger
from tests.factories import World, at, fund, make_enterprise, make_line, make_loan, make_repayment, make_reversal, make_world, moment, on
from tests.support.rows import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return fund(make_world())


def lend(world: World, method: str = "quarterly_interest", **changes: Any) -> Loan:
    """The worked loan: 3,000,000 at 7.8 %, from 2012-09-14 (a Friday) to 2013-09-13."""
    line = make_line(world, amount="3000000", day=date(2012, 9, 3))
    given = {"disbursed_on": date(2012, 9, 14), "due_on": date(2013, 9, 13), "repayment_method": method}
    return make_loan(world, line, day=date(2012, 9, 14), **given | changes)


def daily(day: date) -> dict[str, int]:
    return assess_loans(day, moment(day))


def lines(loan: Loan) -> list[tuple[str, str, str, str]]:
    return [(str(row.payable_on), str(row.principal), str(row.interest), str(row.cleared_on)) for row in loan.schedule_lines.all()]


class TestSchedule:
    def test_a_confirmed_loan_has_its_schedule_with_payable_days(self, world: World) -> None:
        loan = lend(world)
        assert lines(loan) == [
            ("2012-09-21", "0.00", "4550.00", "None"),
            ("2012-12-21", "0.00", "59150.00", "None"),
            ("2013-03-21", "0.00", "58500.00", "None"),
            ("2013-06-21", "0.00", "59800.00", "None"),
            ("2013-09-13", "3000000.00", "54600.00", "None"),
        ]

    def test_a_payable_day_that_is_not_worked_moves_to_the_next_that_is(self, world: World) -> None:
        loan = lend(world, "monthly_interest")
        moved = {str(row.due_on): str(row.payable_on) for row in loan.schedule_lines.all()}
        assert moved["2012-10-20"] == "2012-10-22"  # the 21st is a Sunday
        assert moved["2013-02-20"] == "2013-02-21"
        assert moved["2013-04-20"] == "2013-04-22"

    def test_a_payable_day_in_a_year_without_a_notice_is_provisional(self) -> None:
        world = make_world(agreement_signed_on=date(2049, 1, 4))
        table = workday_table()
        loan = Loan(
            amount=Decimal(1), annual_rate=Decimal(5), disbursed_on=date(2049, 3, 1), due_on=date(2049, 8, 1), repayment_method="bullet",
            credit_line=CreditLine(programme=world.programme),
        )  # fmt: skip
        (due,) = schedule(account_from(loan, (), table).contract)
        assert account_from(loan, (), table).payable(due) == (date(2049, 8, 2), True)

    def test_an_agreed_table_is_entered_with_the_loan(self, world: World) -> None:
        table = [(date(2013, 3, 29), Decimal("1000000"))]
        loan = lend(world, "agreed_instalments", cycle_months=3, agreed=table)
        assert [(str(row.due_on), row.principal) for row in loan.schedule_lines.filter(principal__gt=0)] == [
            ("2013-03-29", Decimal("1000000.00")),
            ("2013-09-13", Decimal("2000000.00")),
        ]

    @pytest.mark.parametrize(
        "method, table, words",
        [
            ("bullet", [(date(2013, 3, 29), Decimal(1))], "才填写分期还本计划"),
            ("agreed_instalments", [(date(2012, 9, 14), Decimal(1))], "应晚于发放日期"),
            ("agreed_instalments", [(date(2013, 9, 13), Decimal(1))], "早于到期日期"),
            ("agreed_instalments", [(date(2013, 1, 4), Decimal("3000000.01"))], "超过贷款金额"),
            ("agreed_instalments", [(date(2013, 1, 4), Decimal(1)), (date(2013, 1, 4), Decimal(2))], "出现了两次"),
        ],
    )
    def test_a_bad_table_is_refused(self, world: World, method: str, table: list[tuple[date, Decimal]], words: str) -> None:
        line = make_line(world, amount="3000000", day=date(2012, 9, 3))
        given = {"contract_no": "HT1", "contract_on": date(2012, 9, 14), "note_no": "J1", "amount": Decimal(3000000)}
        given |= {"disbursed_on": date(2012, 9, 14), "due_on": date(2013, 9, 13), "repayment_method": method, "agreed": table}
        with refused(InvalidInput, words, field="agreed"):
            loan_services.enter_loan(credit_line=line, **given, by=world.bank, **at(2012, 9, 14))


class TestPayments:
    def test_interest_left_open_is_what_is_due_that_day(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "3000000", paid_on=date(2013, 9, 13))
        assert (row.kind, row.interest, row.penalty) == ("ordinary", Decimal("236600.00"), ZERO)
        assert loan.status == "settled"

    def test_interest_alone_is_paid_without_moving_the_reserve(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "0", paid_on=date(2012, 9, 21), interest=Decimal("4550"))
        assert (row.movement, loan.outstanding, loan.status) == (None, Decimal("3000000.00"), "active")
        assert lines(loan)[0][3] == "2012-09-21"

    def test_a_sum_is_divided_interest_first(self, world: World) -> None:
        loan = lend(world, "equal_principal")
        row = repayments.enter_repayment(
            loan=loan, paid_on=date(2012, 10, 15), amount=Decimal("269554.17"), by=world.bank, **at(2012, 10, 15)
        )
        assert (row.principal, row.interest, row.penalty, row.kind) == (Decimal("250000.00"), Decimal("19554.17"), ZERO, "ordinary")

    def test_a_sum_is_divided_principal_first_where_the_setting_says_so(self) -> None:
        world = fund(make_world(rules={"repayment_allocation": "principal_first"}))
        loan = lend(world, "equal_principal")
        row = repayments.enter_repayment(loan=loan, paid_on=date(2012, 10, 15), amount=Decimal("255000"), by=world.bank, **at(2012, 10, 15))
        assert (row.principal, row.interest) == (Decimal("250000.00"), Decimal("5000.00"))

    def test_a_sum_beyond_what_is_due_must_be_called_early(self, world: World) -> None:
        loan = lend(world)
        given: dict[str, Any] = {"loan": loan, "paid_on": date(2012, 9, 21), "amount": Decimal("504550"), "by": world.bank}
        with refused(BeyondDue, "500,000.00", field="amount"):
            repayments.enter_repayment(**given, **at(2012, 9, 21))
        row = repayments.enter_repayment(**given, kind="early", **at(2012, 9, 21))
        assert (row.principal, row.interest, row.kind, row.effect) == (Decimal("500000.00"), Decimal("4550.00"), "early", "lower")

    def test_the_sum_that_settles_the_loan_settles_it(self, world: World) -> None:
        loan = lend(world, "bullet")
        owed = payoff_on(account_of(loan), date(2012, 11, 13))
        assert owed == (Decimal("3000000.00"), Decimal("39000.00"), ZERO)
        row = repayments.enter_repayment(loan=loan, paid_on=date(2012, 11, 13), amount=sum(owed), by=world.bank, **at(2012, 11, 13))
        assert (row.principal, row.interest, row.kind) == (Decimal("3000000.00"), Decimal("39000.00"), "early")

    @pytest.mark.parametrize("together", ["principal", "interest", "penalty"])
    def test_a_sum_and_its_parts_are_not_given_together(self, world: World, together: str) -> None:
        loan = lend(world)
        with refused(InvalidInput, "只填一种", field="amount"):
            repayments.enter_repayment(
                loan=loan, paid_on=date(2012, 9, 21), amount=Decimal(1), **{together: Decimal(1)}, by=world.bank, **at(2012, 9, 21)
            )

    def test_paid_early_in_part_the_rest_of_the_schedule_is_planned_anew(self, world: World) -> None:
        loan = lend(world, "equal_instalment")
        due = owed_on(account_of(loan), date(2012, 10, 15))
        make_repayment(world, loan, due.principal, paid_on=date(2012, 10, 15))
        before = loan.schedule_lines.get(number=3).total
        row = make_repayment(world, loan, "1000000", paid_on=date(2012, 10, 25))
        assert (row.kind, row.effect) == ("early", "lower")
        assert loan.schedule_lines.get(kind="early").cleared_on == date(2012, 10, 25)
        assert loan.schedule_lines.get(number=4).total < before
        assert sum(line.principal for line in loan.schedule_lines.all()) == loan.amount

    def test_paid_early_in_part_the_term_is_shortened_on_request(self, world: World) -> None:
        loan = lend(world, "equal_instalment")
        count = loan.schedule_lines.count()
        make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 25), effect="shorten")
        assert loan.schedule_lines.count() < count

    def test_part_of_the_principal_is_not_paid_ahead_of_arrears(self, world: World) -> None:
        loan = lend(world, "equal_principal")
        with refused(ArrearsFirst, "250,000.00"):
            repayments.enter_repayment(
                loan=loan, paid_on=date(2012, 10, 30), principal=Decimal(600000), kind="early", by=world.bank, **at(2012, 10, 30)
            )

    def test_in_arrears_money_meets_the_oldest_instalments_and_all_of_it_settles(self, world: World) -> None:
        loan = lend(world, "equal_principal")
        make_repayment(world, loan, "600000", paid_on=date(2012, 10, 30))
        assert [str(row.principal_paid) for row in loan.schedule_lines.all()[:3]] == ["250000.00", "250000.00", "100000.00"]
        make_repayment(world, loan, "2400000", paid_on=date(2012, 12, 30))
        assert loan.status == "settled"
        assert not loan.schedule_lines.filter(cleared_on__isnull=True).exists()


class TestOverdue:
    def test_status_follows_the_days_and_a_payment_cures(self, world: World) -> None:
        loan = lend(world)
        assert daily(date(2012, 9, 21)) == {}
        assert daily(date(2012, 9, 22)) == {"fell_overdue": 1}
        loan.refresh_from_db()
        assert (loan.status, loan.overdue_since, loan.days_overdue(date(2012, 9, 22))) == ("overdue", date(2012, 9, 21), 1)
        make_repayment(world, loan, "0", paid_on=date(2012, 9, 28), interest=Decimal("4550"))
        assert (loan.status, loan.overdue_since) == ("active", None)
        spell = OverdueSpell.objects.get(loan=loan, until_on__isnull=False)
        assert (spell.from_on, spell.until_on) == (date(2012, 9, 22), date(2012, 9, 28))

    def test_bank_and_offices_are_told_on_the_first_day_and_at_each_milestone_once(self, world: World) -> None:
        loan = lend(world)
        for day in (date(2012, 9, 22), date(2012, 9, 23), date(2012, 10, 21), date(2012, 10, 22)):
            daily(day)
        told = Notification.objects.filter(key__startswith=f"loan:{loan.pk}:overdue:", recipient=world.town).order_by("pk")
        assert [row.key.split(":")[-1] for row in told] == ["1", "30"]
        assert set(Notification.objects.filter(key__endswith=":30").values_list("recipient__username", flat=True)) >= {
            "bank", "bank2", "science", "science2", "centre", "town", "town2",
        }  # fmt: skip

    def test_missed_days_are_caught_up_and_the_job_may_run_twice(self, world: World) -> None:
        loan = lend(world)
        assert daily(date(2012, 12, 1)) == {"fell_overdue": 1}
        assert daily(date(2012, 12, 1)) == {}
        loan.refresh_from_db()
        assert loan.days_overdue(date(2012, 12, 1)) == 71

    def test_a_loan_that_fails_is_named_and_stops_no_other(self, world: World) -> None:
        bad = make_loan(world, make_line(world, make_enterprise(world, 2), day=date(2012, 5, 21)), day=date(2012, 6, 1))
        good = lend(world)
        type(bad.credit_line).objects.filter(pk=bad.credit_line_id).update(rule_texts={"leverage": "无"})
        with pytest.raises(SomeFailed) as caught:
            daily(date(2012, 9, 24))
        assert caught.value.counts == {"fell_overdue": 1}
        (failure,) = caught.value.failures
        assert failure.startswith(f"借据 {bad.note_no}: InvalidInput")
        good.refresh_from_db()
        assert good.status == "overdue"


class TestBackDating:
    def test_a_payment_told_later_changes_the_past(self, world: World) -> None:
        loan = lend(world)
        daily(date(2012, 9, 28))
        make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 21), day=date(2012, 9, 28), interest=Decimal("4550"))
        assert (loan.status, loan.overdue_spells.filter(until_on__isnull=False).count()) == ("active", 0)
        assert [outstanding_at(world.programme, date(2012, 9, day)) for day in (20, 21)] == [Decimal(3000000), Decimal(2000000)]

    def test_after_its_quarter_is_closed_it_counts_from_the_day_of_posting_and_keeps_its_true_day(self, world: World) -> None:
        loan = lend(world)
        close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2012, 3), now=moment(date(2012, 10, 12)))
        row = make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 25), day=date(2012, 10, 15))
        assert row.movement is not None
        assert (row.movement.fact_on, row.movement.value_on) == (date(2012, 9, 25), date(2012, 10, 15))
        assert outstanding_at(world.programme, date(2012, 9, 30)) == Decimal(3000000)
        assert loan.schedule_lines.get(kind="early").due_on == date(2012, 9, 25)


class TestReversal:
    def test_the_loan_stands_as_if_the_payment_had_never_been(self, world: World) -> None:
        loan = lend(world)
        before = (loan.outstanding, loan.earmarked, loan.earmarked_provincial, lines(loan))
        row = make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 21), interest=Decimal("4550"))
        reversal = make_reversal(world, row, day=date(2012, 9, 21), reason="录入了别家企业的回单")
        loan.refresh_from_db()
        assert (loan.outstanding, loan.earmarked, loan.earmarked_provincial, lines(loan)) == before
        assert row.status == RepaymentStatus.REVERSED
        assert reversal.movement is not None
        assert row.movement is not None
        assert reversal.movement.entry is not None
        assert (reversal.movement.entry.purpose, reversal.movement.entry.reverses) == (Purpose.REVERSAL, row.movement.entry)
        assert outstanding_at(world.programme, date(2012, 9, 21)) == Decimal(3000000)
        assert verify_ledger(programme=world.programme).fault is None

    def test_a_settled_loan_runs_again_with_its_clock(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "3000000", paid_on=date(2012, 9, 25))
        make_reversal(world, row, day=date(2012, 9, 26))
        loan.refresh_from_db()
        assert (loan.status, loan.settled_on) == ("overdue", None)
        assert Deadline.objects.get(kind=DeadlineKind.LOAN_MATURITY, subject_id=loan.pk).met_on is None
        make_repayment(world, loan, "3000000", paid_on=date(2012, 9, 27))
        assert loan.status == "settled"

    def test_rounding_that_moved_meanwhile_leaves_no_fen(self) -> None:
        world = fund(make_world(rules={"leverage": "7"}))
        loan = lend(world)
        first = make_repayment(world, loan, "0.04", paid_on=date(2012, 9, 17))
        make_repayment(world, loan, "0.03", paid_on=date(2012, 9, 17))
        make_reversal(world, first, day=date(2012, 9, 18))
        loan.refresh_from_db()
        target = loan.credit_line.earmark_for(loan.outstanding)
        assert (loan.outstanding, loan.earmarked) == (Decimal("2999999.97"), target.total)
        found = current_balances([world.provincial_account, world.town_account])
        assert found[world.provincial_account.pk].earmarked == target.provincial
        assert found[world.town_account.pk].earmarked == target.town
        make_repayment(world, loan, loan.outstanding, paid_on=date(2012, 9, 19))
        assert current_balances([world.town_account])[world.town_account.pk].earmarked == 0

    def test_money_that_is_in_use_elsewhere_cannot_be_taken_back(self) -> None:
        world = fund(make_world(rules={"leverage": "1", "enterprise_cap": "60000000", "loan_cap": "60000000"}))
        first = make_loan(world, make_line(world, amount="50000000"), day=date(2012, 3, 1))
        row = make_repayment(world, first, "50000000", paid_on=date(2012, 3, 5))
        make_loan(world, make_line(world, make_enterprise(world, 2), amount="50000000"), day=date(2012, 3, 6))
        reversal = reversals.enter_reversal(repayment=row, reason="回单作废", by=world.bank, **at(2012, 3, 7))
        with refused(InsufficientBalance):
            reversals.confirm_reversal(reversal=reversal, by=world.bank2, **at(2012, 3, 7))

    def test_two_people_a_reason_and_once(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 21))
        day = on(date(2012, 9, 24))
        with refused(InvalidInput, field="reason"):
            reversals.enter_reversal(repayment=row, reason=" ", by=world.bank, **day)
        with refused(NotAllowed):
            reversals.enter_reversal(repayment=row, reason="错", by=world.bank2, **day)
        reversal = reversals.enter_reversal(repayment=row, reason="错", by=world.bank, **day)
        with refused(ReversalPending):
            reversals.enter_reversal(repayment=row, reason="错", by=world.bank, **day)
        with refused(NotAllowed):
            reversals.confirm_reversal(reversal=reversal, by=world.town2, **day)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            reversals.confirm_reversal(reversal=reversal, by=world.bank, **day)
        reversals.discard_reversal(reversal=reversal, reason="查明无误", by=world.bank2, **day)
        with refused(WrongState):
            reversals.confirm_reversal(reversal=reversal, by=world.bank2, **day)
        world.bank.role = Role.OFFICER
        world.bank.save()
        again = reversals.enter_reversal(repayment=row, reason="确属录错", by=world.bank, **day)
        assert reversals.confirm_reversal(reversal=again, by=world.bank2, **day).status == "confirmed"
        with refused(WrongState, "已冲正"):
            reversals.enter_reversal(repayment=row, reason="再来", by=world.bank, **day)

    def test_only_a_confirmed_repayment_is_taken_back(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "1", paid_on=date(2012, 9, 21), confirmed=False)
        with refused(WrongState, "待复核"):
            reversals.enter_reversal(repayment=row, reason="错", by=world.bank, **at(2012, 9, 21))

    def test_no_account_is_short_by_value_date(self, world: World) -> None:
        loan = lend(world)
        row = make_repayment(world, loan, "3000000", paid_on=date(2012, 9, 17))
        make_reversal(world, row, day=date(2012, 9, 28))
        accounts = [world.provincial_account, world.town_account]
        for day in range(14, 29):
            for held in balances(accounts, date(2012, 9, day), by="value").values():
                assert held.free >= 0
        assert Repayment.objects.count() == 1
