"""The bank's own schedule of a loan: what it must divide, two people, and that it decides what is late (domain §3.8, §6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed, WrongState
from loans.enums import BANK_SCHEDULE_LIFECYCLE, FactStatus, LoanStatus
from loans.errors import BadBankSchedule, BankSchedulePending, NotYourBank
from loans.models import BankSchedule, Loan
from loans.rules.schedules import BankRow
from loans.selectors.servicing import account_of, compare
from loans.services import bank_schedules, corrections, extensions
from loans.services.daily import assess_loans
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    fund,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_reversal,
    make_world,
    on,
)
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 24)
ROWS = [
    (date(2012, 12, 20), Decimal("1000000"), Decimal("98800")),
    (date(2013, 2, 1), Decimal("4000000"), Decimal("37000.5")),
]


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """5,000,000 from 2012-03-01 to 2013-02-01, quarterly interest at 7.8 %, paid up to the September settlement."""
    loan = make_loan(world, due_on=date(2013, 2, 1))
    make_repayment(world, loan, "0", paid_on=date(2012, 9, 20), interest=Decimal("221000"))
    return loan


def enter(world: World, loan: Loan, rows: Any = ROWS, day: date = DAY, **changes: Any) -> BankSchedule:
    given = {"received_on": day, "rows": rows, "source": "核心系统还款计划表", "by": world.bank} | changes
    return bank_schedules.enter_bank_schedule(loan=loan, **given, **on(day))


def confirmed(world: World, loan: Loan, rows: Any = ROWS, day: date = DAY) -> BankSchedule:
    schedule = enter(world, loan, rows, day)
    schedule = bank_schedules.confirm_bank_schedule(bank_schedule=schedule, by=world.bank2, **on(day))
    loan.refresh_from_db()
    return schedule


def plan(loan: Loan) -> list[tuple[str, str, Decimal, Decimal]]:
    return [(str(row.due_on), row.kind, row.principal, row.interest) for row in loan.schedule_lines.all()]


def test_once_confirmed_the_loan_follows_it_from_its_first_day(world: World, loan: Loan) -> None:
    ours = plan(loan)
    entered = enter(world, loan)
    assert plan(loan) == ours, "entered alone it changes nothing"
    bank_schedules.confirm_bank_schedule(bank_schedule=entered, by=world.bank2, **on(DAY))
    loan.refresh_from_db()
    assert loan.follows_bank_schedule
    assert plan(loan) == [
        *ours[:3],
        ("2012-12-20", "bank", Decimal("1000000.00"), Decimal("98800.00")),
        ("2013-02-01", "bank", Decimal("4000000.00"), Decimal("37000.50")),
    ]
    assert [row.balance for row in loan.schedule_lines.all()][-2:] == [Decimal("4000000.00"), 0]


def test_it_decides_what_is_late(world: World, loan: Loan) -> None:
    """By ours only 98,583.33 of interest falls due on 2012-12-20; by the bank's a million of principal too."""
    confirmed(world, loan)
    make_repayment(world, loan, "0", paid_on=date(2012, 12, 20), interest=Decimal("98800"))
    assess_loans(**at(2012, 12, 25))
    loan.refresh_from_db()
    assert (loan.status, loan.overdue_since) == (LoanStatus.OVERDUE, date(2012, 12, 20))
    make_repayment(world, loan, "1000000", paid_on=date(2012, 12, 26))
    assert (loan.status, loan.overdue_since, loan.outstanding) == (LoanStatus.ACTIVE, None, Decimal("4000000"))


def test_ours_checks_it_day_by_day(world: World, loan: Loan) -> None:
    schedule = enter(world, loan, [ROWS[0], (date(2013, 2, 1), Decimal("4000000"), Decimal("37266.67"))])
    rows = [BankRow(*row) for row in schedule.lines.values_list("due_on", "principal", "interest")]
    found = {str(one.due_on): (one.differs, one.ours and one.ours.principal) for one in compare(account_of(loan), rows)}
    assert found == {"2012-12-20": (True, Decimal(0)), "2013-02-01": (True, Decimal("5000000"))}
    own = [BankRow(row.due_on, row.principal, row.interest) for row in account_of(loan).computed() if row.due_on > DAY]
    own[-1] = BankRow(own[-1].due_on, Decimal("5000000"), own[-1].interest)
    assert not any(one.differs for one in compare(account_of(loan), own))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "没有任何一期"),
        ([ROWS[0], ROWS[0], ROWS[1]], "2012-12-20 出现了两次"),
        ([(date(2013, 1, 31), Decimal("5000000"), Decimal(0))], "最后一期应为到期日 2013-02-01"),
        ([(date(2012, 3, 1), Decimal(0), Decimal(0)), (date(2013, 2, 1), Decimal("5000000"), Decimal(0))], "晚于发放日期"),
        (
            [(date(2013, 2, 1), Decimal("4999999.99"), Decimal(0))],
            "各期本金合计 4,999,999.99 元，与 2013-02-01 之前的计划本金余额 5,000,000.00",
        ),
    ],
)
def test_rows_that_cannot_be_a_schedule_of_this_loan(world: World, loan: Loan, rows: Any, words: str) -> None:
    with refused(BadBankSchedule, words):
        enter(world, loan, rows)


def test_an_amount_or_a_day_that_cannot_be(world: World, loan: Loan) -> None:
    with refused(InvalidInput, "不能为负|小于"):
        enter(world, loan, [(date(2013, 2, 1), Decimal("5000000"), Decimal("-1"))])
    with refused(InvalidInput, "晚于今天"):
        enter(world, loan, received_on=date(2012, 9, 25))


def test_one_waits_at_a_time_and_two_people_make_it_hold(world: World, loan: Loan) -> None:
    schedule = enter(world, loan)
    with refused(BankSchedulePending):
        enter(world, loan)
    for who in (world.bank, world.town2, world.province2):
        with refused(NotAllowed):
            bank_schedules.confirm_bank_schedule(bank_schedule=schedule, by=who, **on(DAY))
    world.bank.role = Role.REVIEWER
    world.bank.save()
    with refused(SamePerson):
        bank_schedules.confirm_bank_schedule(bank_schedule=schedule, by=world.bank, **on(DAY))
    assert Notification.objects.filter(recipient=world.bank2, subject__startswith="待复核银行还款计划").exists()


def test_another_bank_does_not(world: World, loan: Loan) -> None:
    other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
    add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(DAY))
    officer = make_person("other", other, Role.OFFICER)
    with refused(NotYourBank):
        enter(world, loan, by=officer)


@pytest.mark.parametrize("status", list(FactStatus))
@pytest.mark.parametrize("action", ["confirm", "discard"])
def test_every_action_from_every_status(world: World, loan: Loan, action: str, status: str) -> None:
    schedule = enter(world, loan)
    steps: dict[str, Any] = {
        "confirm": lambda: bank_schedules.confirm_bank_schedule(bank_schedule=schedule, by=world.bank2, **on(DAY)),
        "discard": lambda: bank_schedules.discard_bank_schedule(bank_schedule=schedule, reason="错", by=world.bank, **on(DAY)),
    }
    if status != FactStatus.ENTERED:
        steps[{"confirmed": "confirm", "discarded": "discard"}[status]]()
    if BANK_SCHEDULE_LIFECYCLE.allows(action, status):
        steps[action]()
    else:
        with refused(WrongState):
            steps[action]()


def test_a_newer_one_takes_its_place(world: World, loan: Loan) -> None:
    first = confirmed(world, loan)
    rows = [(date(2012, 12, 20), Decimal("2000000"), Decimal("98800")), (date(2013, 2, 1), Decimal("3000000"), Decimal("28000"))]
    confirmed(world, loan, rows, date(2012, 10, 8))
    first.refresh_from_db()
    assert first.superseded_on == date(2012, 10, 8)
    assert [row[2] for row in plan(loan)[-2:]] == [Decimal("2000000"), Decimal("3000000")]


def test_checked_again_when_confirmed(world: World, loan: Loan) -> None:
    """An early repayment in between leaves less to divide."""
    schedule = enter(world, loan)
    make_repayment(world, loan, "500000", paid_on=date(2012, 10, 10), kind="early")
    with refused(BadBankSchedule, "4,500,000.00"):
        bank_schedules.confirm_bank_schedule(bank_schedule=schedule, by=world.bank2, **at(2012, 10, 11))


def test_what_changes_the_plan_puts_ours_back_in_force(world: World, loan: Loan) -> None:
    def left(day: date) -> None:
        loan.refresh_from_db()
        assert not loan.follows_bank_schedule
        assert loan.bank_schedules.latest("pk").superseded_on == day
        assert "bank" not in {row[1] for row in plan(loan)}

    confirmed(world, loan)
    early = make_repayment(world, loan, "500000", paid_on=date(2012, 10, 10), kind="early")
    left(date(2012, 10, 10))

    confirmed(world, loan, [(date(2013, 2, 1), Decimal("4500000"), Decimal("130000"))], date(2012, 10, 11))
    make_reversal(world, early, day=date(2012, 10, 12))
    left(date(2012, 10, 12))

    confirmed(world, loan, day=date(2012, 10, 15))
    correction = corrections.enter_correction(loan=loan, reason="抄录有误", purpose="购置设备", by=world.bank, **at(2012, 10, 16))
    corrections.confirm_correction(correction=correction, by=world.bank2, **at(2012, 10, 16))
    loan.refresh_from_db()
    assert loan.follows_bank_schedule, "the purpose is not of the plan"
    correction = corrections.enter_correction(loan=loan, reason="抄录有误", annual_rate=Decimal("7.5"), by=world.bank, **at(2012, 10, 17))
    corrections.confirm_correction(correction=correction, by=world.bank2, **at(2012, 10, 17))
    left(date(2012, 10, 17))

    confirmed(world, loan, day=date(2012, 10, 18))
    day = date(2012, 12, 3)
    extension = extensions.apply_extension(loan=loan, due_on=date(2013, 8, 1), reason="货款回笼推迟", by=world.bank, **on(day))
    for who in (world.science2, world.town2):
        extension = extensions.consent_extension(extension=extension, agrees=True, by=who, **on(day))
    extensions.confirm_extension(extension=extension, by=world.bank2, **on(day))
    left(day)


def test_the_trail_tells_who_did_it(world: World, loan: Loan) -> None:
    confirmed(world, loan)
    found = AuditEvent.objects.filter(action__startswith="bank_schedule.").order_by("pk").values_list("summary", flat=True)
    assert list(found) == [f"录入银行还款计划（{DAY}，2 期）", f"复核银行还款计划（{DAY}），以后按此计划"]
