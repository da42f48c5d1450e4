"""verify_ledger raises no alarm over what the services allow: late facts, corrections, returns, ends."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from enterprises.services import enterprises as enterprise_services
from loans.services import loans as loan_services
from loans.services.approvals import confirm_approval
from parties.enums import OrganisationKind
from reports.services.summaries import generate_missing, return_summary
from reserve.services.calendar import enter_notice
from reserve.services.contributions import reject_contribution
from reserve.services.programmes import add_party, end_programme, set_rule
from tests.factories import (
    World,
    advance,
    at,
    confirm,
    deposit,
    enterprise_data,
    make_contribution,
    make_correction,
    make_entered,
    make_extension,
    make_line,
    make_loan,
    make_organisation,
    make_proposal,
    make_repayment,
    make_reversal,
    make_sent,
    make_summary,
    match,
)
from tests.support.ledger import faults_of

pytestmark = pytest.mark.django_db


def rule_changed_on_the_day_of_a_deposit(world: World) -> None:
    deposit(world, amount="100", arrived_on=date(2012, 3, 1))
    for key, text in (("match_ratio", "3"), ("match_due_workdays", "20")):
        set_rule(
            programme=world.programme, key=key, text=text, effective_on=date(2012, 3, 1), reason="纪要", by=world.sysadmin, **at(2012, 3, 1)
        )


def money_confirmed_after_its_quarter_was_closed(world: World) -> None:
    deposit(world, amount="100", arrived_on=date(2012, 1, 4))
    make_summary(world, "2012Q1", until="submitted")
    late = make_contribution(
        world, by=world.town, amount="400", transferred_on=date(2012, 3, 5), voucher_no="榄财9", recorded_on=date(2012, 4, 9)
    )
    confirm(world, late, arrived_on=date(2012, 3, 5), confirmed_on=date(2012, 4, 10))


def deposit_rejected_and_recorded_again(world: World) -> None:
    deposit(world, amount="100", arrived_on=date(2012, 3, 1))
    wrong = make_contribution(world, by=world.town, amount="400", transferred_on=date(2012, 3, 5), voucher_no="榄财9")
    reject_contribution(contribution=wrong, reason="凭证号有误", by=world.bank2, **at(2012, 3, 5))
    match(world, amount="400", arrived_on=date(2012, 3, 6))


def loan_edited_before_its_confirmation_and_its_enterprise_renamed_after(world: World) -> None:
    line = make_line(world)
    loan = make_entered(world, line, day=date(2012, 3, 1))
    drawdown = {name: getattr(loan, name) for name in loan_services.FIELDS} | {"purpose": "购置设备", "amount": Decimal("4000000")}
    loan_services.edit_loan(loan=loan, version=loan.version, **drawdown, by=world.bank, **at(2012, 3, 1))
    loan_services.confirm_loan(loan=loan, by=world.bank2, **at(2012, 3, 1))
    enterprise = line.enterprise
    renamed = enterprise_data(name="中山市新名锁业有限公司")
    enterprise_services.update_enterprise(
        enterprise=enterprise, data=renamed, version=enterprise.version, by=world.centre, **at(2012, 3, 2)
    )


def decision_declined(world: World) -> None:
    proposal = make_proposal(
        world, make_sent(world), decision="decline", reason="抵押不足", **dict.fromkeys(("amount", "term_months", "annual_rate"))
    )
    confirm_approval(credit_line=proposal, by=world.bank2, **at(2012, 2, 13))


def late_loan_and_repayment_of_a_closed_quarter(world: World) -> None:
    line = make_line(world)
    make_summary(world, "2012Q1", until="submitted")
    entered = make_entered(world, line, day=date(2012, 4, 9), disbursed_on=date(2012, 3, 20), contract_on=date(2012, 3, 20))
    loan = loan_services.confirm_loan(loan=entered, by=world.bank2, **at(2012, 4, 9))
    make_repayment(world, loan, "0.01", paid_on=date(2012, 3, 28), day=date(2012, 4, 10))
    make_repayment(world, loan, "4999999.99", paid_on=date(2012, 3, 27), day=date(2012, 4, 11))


def repayment_of_interest_alone_taken_back(world: World) -> None:
    paid = make_repayment(world, make_loan(world, day=date(2012, 3, 1)), "0", interest=Decimal("1000"), paid_on=date(2012, 4, 2))
    make_reversal(world, paid, day=date(2012, 4, 3))


def settled_loan_open_again(world: World) -> None:
    loan = make_loan(world, day=date(2012, 3, 1))
    last = make_repayment(world, loan, loan.amount, paid_on=date(2012, 4, 2))
    make_summary(world, "2012Q1", until="submitted")
    make_reversal(world, last, day=date(2012, 4, 9))
    make_repayment(world, loan, "4000000", paid_on=date(2012, 4, 5), day=date(2012, 4, 10))
    make_correction(world, loan, day=date(2012, 4, 11), amount=Decimal("4000000"), purpose="购置设备", annual_rate=Decimal("6.5"))


def rounding_moved_by_a_correction_before_a_reversal(world: World) -> None:
    loan = make_loan(world, day=date(2012, 3, 1), amount=Decimal("1234567.89"))
    for amount, corrected in (("0.03", "1234567.91"), ("333333.33", "1234568.02")):
        paid = make_repayment(world, loan, amount, paid_on=date(2012, 4, 2), day=date(2012, 4, 5))
        make_correction(world, loan, day=date(2012, 4, 5), amount=Decimal(corrected), disbursed_on=date(2012, 3, 2))
        make_reversal(world, paid, day=date(2012, 4, 6))
        make_correction(world, loan, day=date(2012, 4, 6), disbursed_on=date(2012, 3, 1))


def loan_extended_then_corrected(world: World) -> None:
    loan = make_loan(world, day=date(2012, 3, 1))
    make_extension(world, loan, due_on=date(2013, 6, 3), day=date(2012, 4, 5))
    make_correction(world, loan, day=date(2012, 4, 6), guarantee="credit", contract_no="HT-1")


def quarter_returned_and_submitted_again_with_a_late_loan(world: World) -> None:
    summary = make_summary(world, "2012Q1", until="submitted")
    draft = return_summary(summary=summary, reason="漏报一笔。", by=world.province2, **at(2012, 4, 9))
    assert faults_of(world.programme) == ""
    make_loan(world, day=date(2012, 4, 10), disbursed_on=date(2012, 3, 20), contract_on=date(2012, 3, 20))
    advance(world, draft, until="accepted", day=date(2012, 4, 11))


def quarter_returned_after_a_later_one_was_closed(world: World) -> None:
    first = make_summary(world, "2011Q4", until="submitted")
    make_summary(world, "2012Q1", until="submitted")
    return_summary(summary=first, reason="盖章不清。", by=world.province2, **at(2012, 4, 9))


def calendar_corrected_after_a_summary_was_submitted(world: World) -> None:
    make_summary(world, "2011Q4", until="submitted")
    enter_notice(
        year=2012,
        notice_number="更正",
        holidays=[
            (date(2012, 1, 1), date(2012, 1, 8), "元旦"),
            (date(2012, 5, 1), date(2012, 5, 1), "劳动节"),
            (date(2012, 10, 1), date(2012, 10, 3), "国庆节"),
        ],
        makeup_days=[],
        by=world.sysadmin,
        **at(2012, 1, 7),
    )


def second_bank_joins(world: World) -> None:
    bank = make_organisation(OrganisationKind.BANK, "小榄农商银行", "农商银行")
    add_party(programme=world.programme, organisation=bank, by=world.sysadmin, **at(2012, 2, 1))
    make_summary(world, "2011Q4", until="submitted")
    generate_missing(**at(2012, 7, 1))


def programme_ended_with_a_match_in_transit(world: World) -> None:
    deposit(world, amount="100", arrived_on=date(2012, 3, 1))
    paid = make_contribution(world, by=world.town, amount="400", transferred_on=date(2012, 3, 5), voucher_no="榄财9")
    end_programme(programme=world.programme, ended_on=date(2012, 3, 6), reason="期满。", by=world.province2, **at(2012, 3, 6))
    assert faults_of(world.programme) == ""
    confirm(world, paid, arrived_on=date(2012, 3, 7))


LAWFUL: list[Callable[[World], None]] = [
    *(rule_changed_on_the_day_of_a_deposit, money_confirmed_after_its_quarter_was_closed, deposit_rejected_and_recorded_again),
    *(loan_edited_before_its_confirmation_and_its_enterprise_renamed_after, decision_declined),
    *(late_loan_and_repayment_of_a_closed_quarter, quarter_returned_and_submitted_again_with_a_late_loan),
    *(quarter_returned_after_a_later_one_was_closed, calendar_corrected_after_a_summary_was_submitted),
    *(repayment_of_interest_alone_taken_back, settled_loan_open_again, loan_extended_then_corrected),
    *(rounding_moved_by_a_correction_before_a_reversal,),
    *(second_bank_joins, programme_ended_with_a_match_in_transit),
]


@pytest.mark.parametrize("happen", LAWFUL)
def test_what_the_services_allow_raises_no_alarm(world: World, happen: Callable[[World], None]) -> None:
    happen(world)
    assert faults_of(world.programme) == ""
