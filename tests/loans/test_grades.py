"""五级分类: the bank's own grade, the floor by days overdue, and the worse of the two (domain §3.8, §6)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from common.append_only import AppendOnlyError
from common.errors import InvalidInput, NotAllowed, WrongState
from loans.enums import NON_PERFORMING, LoanGrade
from loans.errors import DatesOutOfOrder, GradeAboveFloor, NotYourBank
from loans.models import Grading, Loan
from loans.rules.grades import grade_in_force
from loans.selectors.grades import days_overdue_on, grade_state, with_grade
from loans.selectors.servicing import account_of
from loans.services.daily import assess_loans
from loans.services.grades import enter_grade
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification, User
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
    moment,
    on,
)
from tests.support.caller import Callers
from tests.support.clock import Clock
from tests.support.histories import FIRST, lend_at_random
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DISBURSED = date(2023, 9, 15)
PAYABLE = date(2023, 9, 21)  # the first interest, settled on the 20th


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """300万 from 2023-09-15; nothing is paid on it, so it is overdue from 2023-09-22 on."""
    enterprise = make_enterprise(world, day=date(2023, 9, 1))
    line = make_line(world, enterprise, day=date(2023, 9, 1), amount="3000000", annual_rate=Decimal("4.5"))
    return make_loan(world, line, day=DISBURSED)


@pytest.fixture
def old_loan(world: World) -> Loan:
    """The same of 2012, before the floors."""
    return make_loan(world, make_line(world, amount="3000000", day=date(2012, 9, 3)), day=date(2012, 9, 14))


def after(days: int) -> date:
    """The day on which the loan is overdue so many days."""
    return PAYABLE + timedelta(days=days)


def enter(world: World, loan: Loan, grade: str = "special_mention", *, day: date, by: User | None = None, **changes: Any) -> Grading:
    given = {"loan": loan, "grade": grade, "from_on": day, "reason": "企业停产检修"}
    return enter_grade(**given | changes, by=by or world.bank, **on(day))


class TestEnter:
    def test_it_counts_from_its_day_and_is_on_the_trail(self, world: World, loan: Loan) -> None:
        enter(world, loan, "special_mention", day=date(2023, 9, 20), from_on=date(2023, 9, 18), reason=" 企业停产检修 ")
        assert [grade_state(loan, date(2023, 9, day)).in_force for day in (17, 18)] == [LoanGrade.NORMAL, LoanGrade.SPECIAL_MENTION]
        event = AuditEvent.objects.get(action="grade.enter", object_id=str(loan.pk))
        assert (event.summary, event.reason) == ("五级分类：自 2023-09-18 起为“关注”", "企业停产检修")

    def test_the_offices_are_told_when_the_grade_in_force_changes(self, world: World, loan: Loan) -> None:
        first = enter(world, loan, "doubtful", day=date(2023, 9, 20))
        again = enter(world, loan, "doubtful", day=date(2023, 9, 21))
        told = Notification.objects.filter(key=f"grading:{first.pk}")
        assert set(told.values_list("recipient__username", flat=True)) == {"science", "science2", "centre", "centre2", "town", "town2"}
        assert "由“正常”变为“可疑”" in told[0].subject
        assert not Notification.objects.filter(key=f"grading:{again.pk}").exists()

    def test_of_two_for_one_day_the_later_entered_counts(self, world: World, loan: Loan) -> None:
        enter(world, loan, "loss", day=date(2023, 9, 20))
        enter(world, loan, "normal", day=date(2023, 9, 20), reason="录错，更正")
        assert grade_state(loan, date(2023, 9, 20)).in_force == LoanGrade.NORMAL

    @pytest.mark.parametrize("name", ["bank2", "science", "town2", "province", "auditor", "sysadmin"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            enter(world, loan, day=date(2023, 9, 20), by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **at(2023, 9, 18))
        other = make_person("other", organisation, Role.OFFICER)
        with refused(NotYourBank):
            enter(world, loan, day=date(2023, 9, 20), by=other)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"grade": "good"}, InvalidInput, "grade"),
            ({"reason": "  "}, InvalidInput, "reason"),
            ({"reason": "长" * 201}, InvalidInput, "reason"),
            ({"from_on": DISBURSED - timedelta(days=1)}, DatesOutOfOrder, "from_on"),
            ({"from_on": date(2023, 9, 21)}, DatesOutOfOrder, "from_on"),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_its_field(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            enter(world, loan, day=date(2023, 9, 20), **changes)

    def test_better_than_the_days_overdue_allow_is_refused_worse_is_not(self, world: World, loan: Loan) -> None:
        with refused(GradeAboveFloor, "已逾期 91 天，五级分类不得优于“次级”", field="grade"):
            enter(world, loan, "special_mention", day=after(91))
        enter(world, loan, "substandard", day=after(91))
        enter(world, loan, "loss", day=after(91))
        assert grade_state(loan, after(91)).in_force == LoanGrade.LOSS

    def test_only_a_running_loan_is_graded(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "3000000", paid_on=date(2023, 9, 20))
        with refused(WrongState, "已结清"):
            enter(world, loan, day=date(2023, 9, 25))

    def test_a_grading_is_never_changed(self, world: World, loan: Loan) -> None:
        grading = enter(world, loan, day=date(2023, 9, 20))
        grading.reason = "别的"
        with pytest.raises(AppendOnlyError):
            grading.save()
        facts: dict[str, Any] = {"loan": loan, "from_on": DISBURSED, "entered_by": world.bank, "entered_at": moment(DISBURSED)}
        for wrong in ({"grade": "good", "reason": "x"}, {"grade": "loss", "reason": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Grading.objects.create(**facts, **wrong)


class TestInForce:
    @pytest.mark.parametrize("days, grade", [(7, "normal"), (8, "special_mention"), (91, "substandard"), (271, "doubtful"), (361, "loss")])
    def test_the_floor_follows_the_days_without_a_job(self, loan: Loan, days: int, grade: str) -> None:
        assert grade_state(loan, after(days)).in_force == grade
        assert with_grade(Loan.objects.all(), after(days)).get().grade == grade

    def test_before_the_floors_the_banks_own_stands_and_is_warned_of(self, world: World, old_loan: Loan) -> None:
        enter(world, old_loan, "special_mention", day=date(2012, 12, 20))
        state = grade_state(old_loan, date(2012, 12, 20))
        assert (state.in_force, state.days_overdue) == (LoanGrade.SPECIAL_MENTION, 90)
        assert state.warning is not None
        assert "次级" in state.warning
        assert grade_state(old_loan, date(2012, 12, 19)).warning is None

    def test_paid_up_the_banks_own_counts_again(self, world: World, loan: Loan) -> None:
        day = after(100)
        make_repayment(world, loan, "0", paid_on=day, interest=Decimal(100_000))
        assert grade_state(loan, after(99)).in_force == LoanGrade.SUBSTANDARD
        assert grade_state(loan, day).in_force == LoanGrade.NORMAL

    def test_a_settled_loan_has_none(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "3000000", paid_on=date(2023, 9, 20))
        assert with_grade(Loan.objects.all(), date(2023, 9, 20)).get().grade is None

    @pytest.mark.parametrize("seed", range(3))
    def test_database_and_rules_agree_on_every_loan_and_day(self, world: World, seed: int) -> None:
        loans = lend_at_random(world, seed)
        for number, loan in enumerate(loans):
            for grade in list(LoanGrade)[: number + 1]:
                day = FIRST + timedelta(days=10 + 90 * list(LoanGrade).index(grade))
                Grading.objects.create(loan=loan, grade=grade, from_on=day, reason="检查", entered_by=world.bank, entered_at=moment(day))
        for days in range(0, 600, 23):
            day = FIRST + timedelta(days=days)
            found = dict(with_grade(Loan.objects.all(), day).values_list("pk", "grade"))
            for loan in loans:
                overdue = account_of(loan).standing(day).days_overdue
                assert days_overdue_on(loan, day) == overdue
                state = grade_state(loan, day)
                assert state.in_force == grade_in_force(state.entered, overdue, day)
                assert found[loan.pk] == (state.in_force if loan.is_running else None)


class TestDaily:
    def test_each_step_of_the_floor_is_told_once_to_bank_and_offices(self, world: World, loan: Loan) -> None:
        for days in (1, 7, 8, 9, 91, 92, 271, 361, 362):
            assess_loans(after(days), moment(after(days)))
        told = Notification.objects.filter(key__startswith=f"loan:{loan.pk}:floor:", recipient=world.town).order_by("pk")
        assert [row.key.rpartition(":")[2] for row in told] == ["special_mention", "substandard", "doubtful", "loss"]
        assert told[1].subject.startswith("五级分类降为“次级”")
        assert set(Notification.objects.filter(key__endswith=":loss").values_list("recipient__username", flat=True)) >= {"bank", "science2"}

    def test_a_grade_that_is_as_bad_already_is_not_told_again(self, world: World, loan: Loan) -> None:
        enter(world, loan, "doubtful", day=DISBURSED)
        assess_loans(after(91), moment(after(91)))
        assert not Notification.objects.filter(key__contains=":floor:").exists()


class TestPages:
    @pytest.fixture
    def today(self, monkeypatch: pytest.MonkeyPatch) -> date:
        return Clock(monkeypatch, after(95)).day

    @pytest.fixture
    def browser(self, world: World, today: date) -> Callable[[str], Client]:
        def open_as(name: str) -> Client:
            client = Client()
            client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
            return client

        return open_as

    def test_the_officer_grades_from_the_loans_page(self, loan: Loan, browser: Callable[[str], Client]) -> None:
        url = reverse("loans:grade_enter", args=[loan.pk])
        client = browser("bank")
        assert "登记五级分类" in client.get(loan.get_absolute_url()).content.decode()
        refused_page = client.post(url, {"grade": "normal", "from_on": str(after(95)), "reason": "企业承诺还款"})
        assert refused_page.status_code == 400
        assert "不得优于“次级”" in refused_page.content.decode()
        page = client.post(url, {"grade": "doubtful", "from_on": str(after(95)), "reason": "抵押物被查封"}, follow=True).content.decode()
        assert "五级分类已登记，现为“可疑”。" in page
        assert "抵押物被查封" in page

    def test_others_read_the_grade_and_what_made_it(self, loan: Loan, browser: Callable[[str], Client]) -> None:
        page = browser("town").get(loan.get_absolute_url()).content.decode()
        assert "银行登记“正常”；逾期 95 天，不优于“次级”" in page
        assert "登记五级分类" not in page

    @pytest.mark.parametrize("grade, count", [("substandard", 1), ("non_performing", 1), ("normal", 0), ("loss", 0), ("", 1)])
    def test_the_register_is_filtered_by_the_grade_in_force(
        self, loan: Loan, browser: Callable[[str], Client], grade: str, count: int
    ) -> None:
        answer = browser("science").get(reverse("loans:loan_list"), {"grade": grade})
        assert answer.context["listing"].count == count
        assert ("次级</td>" in answer.content.decode()) == bool(count)


class TestApi:
    @pytest.fixture
    def api(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Callers:
        return Callers(Clock(monkeypatch, after(95)))

    def test_a_loan_shows_its_grade_and_takes_gradings(self, loan: Loan, api: Callers) -> None:
        assert api.get("auditor", f"loans/{loan.pk}/")["grade"] == "substandard"
        given = {"grade": "loss", "from_on": str(after(95)), "reason": "企业失联"}
        made = api.post("bank", f"loans/{loan.pk}/grades/", given, status=201)
        assert (made["grade"], made["from_on"], made["entered_by"]) == ("loss", str(after(95)), "bank")
        assert api.rows("auditor", f"loans/{loan.pk}/grades/") == [made]
        assert [row["id"] for row in api.rows("auditor", "loans/", grade="non_performing")] == [loan.pk]
        assert api.rows("auditor", "loans/", grade="substandard") == []

    def test_what_the_service_refuses_is_a_problem_beside_its_field(self, loan: Loan, api: Callers) -> None:
        given = {"grade": "normal", "from_on": str(after(95)), "reason": "无"}
        answer = api.send("bank", f"loans/{loan.pk}/grades/", given)
        assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, "grade_above_floor", ["grade"])
        assert api.send("bank2", f"loans/{loan.pk}/grades/", given).status_code == 403


def test_non_performing_is_what_the_law_says() -> None:
    assert [grade.label for grade in NON_PERFORMING] == ["次级", "可疑", "损失"]
