"""贷后检查: which quarters are owed, who enters one, what is missing and late (domain §3.8)."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.append_only import AppendOnlyError
from common.errors import InvalidInput, NotAllowed, WrongState
from loans.errors import DatesOutOfOrder, NotYourBank
from loans.models import Inspection, Loan
from loans.pages.inspections import todos
from loans.rules.inspections import is_late, owed_quarters
from loans.selectors.inspections import owed_by, with_inspection
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification, User
from reserve.quarters import Quarter
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    fund,
    make_enterprise,
    make_inspection,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
)
from tests.support.caller import Callers
from tests.support.clock import Clock
from tests.support.rows import refused

Q1, Q2, Q3 = (Quarter(2012, number) for number in (1, 2, 3))
DAY = date(2012, 7, 10)


@pytest.mark.parametrize(
    "disbursed_on, on, owed",
    [
        (date(2012, 3, 1), date(2012, 3, 31), []),
        (date(2012, 3, 31), date(2012, 4, 1), [Q2]),
        (date(2012, 4, 1), date(2012, 6, 30), []),
        (date(2012, 3, 1), date(2012, 7, 1), [Q2, Q3]),
        (date(2011, 11, 1), date(2012, 7, 1), [Q2, Q3]),  # what lies further back is history
    ],
)
def test_a_quarter_is_owed_after_that_of_the_disbursement(disbursed_on: date, on: date, owed: list[Quarter]) -> None:
    assert owed_quarters(disbursed_on, on) == owed


def test_the_last_day_of_the_quarter_is_in_time() -> None:
    assert [is_late(Q2, day) for day in (date(2012, 6, 30), date(2012, 7, 1))] == [False, True]


@pytest.fixture
def world(db: None) -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """Of 2012-03-01: on `DAY` it owes the second quarter, late, and the third."""
    return make_loan(world)


class TestEnter:
    def test_it_is_on_the_trail_and_meets_its_quarter(self, world: World, loan: Loan) -> None:
        made = make_inspection(world, loan, day=DAY, quarter=Q2)
        assert (made.quarter, made.inspected_on, made.entered_by) == ("2012Q2", DAY, world.bank)
        event = AuditEvent.objects.get(action="inspection.enter", object_id=str(loan.pk))
        assert event.summary == "登记2012年第二季度贷后检查：正常，2012-07-10 检查"
        assert not Notification.objects.filter(key__startswith="inspection:").exists()

    def test_what_is_not_sound_is_told_to_the_offices(self, world: World, loan: Loan) -> None:
        made = make_inspection(world, loan, day=DAY, result="at_risk", operation="订单减半")
        told = Notification.objects.filter(key=f"inspection:{made.pk}")
        assert set(told.values_list("recipient__username", flat=True)) == {"science", "science2", "centre", "centre2", "town", "town2"}
        assert told[0].subject.startswith("贷后检查有风险")
        assert "订单减半" in told[0].body

    @pytest.mark.parametrize("name", ["bank2", "science", "town2", "province", "auditor", "sysadmin"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            make_inspection(world, loan, day=DAY, by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **at(2012, 4, 1))
        other = make_person("other", organisation, Role.OFFICER)
        with refused(NotYourBank):
            make_inspection(world, loan, day=DAY, by=other)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"quarter": Quarter(2011, 4)}, InvalidInput, "quarter"),
            ({"quarter": Quarter(2012, 4)}, InvalidInput, "quarter"),
            ({"inspected_on": date(2012, 7, 11)}, DatesOutOfOrder, "inspected_on"),
            ({"inspected_on": date(2012, 6, 30)}, DatesOutOfOrder, "inspected_on"),
            ({"quarter": Q1, "inspected_on": date(2012, 2, 29)}, DatesOutOfOrder, "inspected_on"),
            ({"result": "fine"}, InvalidInput, "result"),
            ({"use_of_funds": " "}, InvalidInput, "use_of_funds"),
            ({"operation": "长" * 501}, InvalidInput, "operation"),
            ({"repayment_ability": ""}, InvalidInput, "repayment_ability"),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_its_field(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            make_inspection(world, loan, day=DAY, **changes)

    def test_only_of_a_running_loan(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, loan.outstanding, paid_on=DAY)
        with refused(WrongState, "已结清"):
            make_inspection(world, loan, day=DAY)

    def test_one_is_never_changed_a_second_of_the_quarter_follows_it(self, world: World, loan: Loan) -> None:
        first = make_inspection(world, loan, day=DAY)
        first.note = "别的"
        with pytest.raises(AppendOnlyError):
            first.save()
        second = make_inspection(world, loan, day=DAY, result="attention", note="上次有误")
        assert loan.inspections.first() == second


class TestMissing:
    def test_the_oldest_quarter_first_and_none_when_all_are_made(self, world: World, loan: Loan) -> None:
        found = []
        for quarter in (None, Q2, Q3):
            if quarter:
                make_inspection(world, loan, day=DAY, quarter=quarter)
            found.append(with_inspection(Loan.objects.all(), DAY).get().uninspected)
            assert str(owed_by(loan, DAY) or "") == (found[-1] or "")
        assert found == ["2012Q2", "2012Q3", None]

    def test_a_settled_loan_owes_none(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, loan.outstanding, paid_on=DAY)
        assert with_inspection(Loan.objects.all(), DAY).get().uninspected is None
        assert owed_by(loan, DAY) is None

    def test_the_banks_people_have_one_line_a_quarter(self, world: World, loan: Loan) -> None:
        make_loan(world, make_line(world, make_enterprise(world, 2)), day=date(2012, 5, 2))
        late, present = todos(world.bank, DAY)
        assert (late.label, late.due_on) == ("补做2012年第二季度贷后检查：1 笔", date(2012, 6, 30))
        assert (present.label, present.due_on) == ("做2012年第三季度贷后检查：1 笔", date(2012, 9, 30))
        assert [todos(user, DAY) for user in (world.bank2, world.town)] == [[], []]


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
    Clock(monkeypatch, DAY)

    def open_as(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return open_as


class TestPages:
    GIVEN: ClassVar = {
        "quarter": "2012年第二季度",
        "inspected_on": "2012-7-9",
        "use_of_funds": "购料",
        "operation": "订单减少",
        "result": "attention",
    }

    def test_entered_from_the_list_of_what_is_due(self, loan: Loan, browser: Callable[[str], Client]) -> None:
        bank, url = browser("bank"), reverse("loans:inspection_enter", args=[loan.pk])
        assert "补做2012年第二季度贷后检查：1 笔" in bank.get("/").content.decode()
        page = bank.get(reverse("loans:inspection_due"), {"quarter": "2012Q2"})
        assert loan.get_absolute_url() in page.content.decode()
        assert "已逾期" in page.content.decode()
        assert 'value="2012Q2"' in bank.get(url).content.decode()
        kept = bank.post(url, self.GIVEN)
        assert kept.status_code == 422
        assert "订单减少" in kept.content.decode()
        done = bank.post(url, self.GIVEN | {"repayment_ability": "回款变慢"}, follow=True).content.decode()
        assert "2012年第二季度贷后检查已登记，结论：需关注。" in done
        assert "回款变慢" in browser("town").get(loan.get_absolute_url()).content.decode()
        assert bank.get(reverse("loans:inspection_due"), {"quarter": "2012Q2"}).context["listing"].count == 0

    @pytest.mark.parametrize(
        "query, count", [({}, 2), ({"quarter": "2012Q2"}, 1), ({"result": "at_risk"}, 1), ({"q": "演示001"}, 2), ({"q": "订单"}, 1)]
    )
    def test_the_list_is_filtered_searched_and_exported(
        self, world: World, loan: Loan, browser: Callable[[str], Client], query: dict[str, str], count: int
    ) -> None:
        make_inspection(world, loan, day=DAY, quarter=Q2)
        make_inspection(world, loan, day=DAY, result="at_risk", operation="订单减半")
        client = browser("science")
        assert client.get(reverse("loans:inspection_list"), query).context["listing"].count == count
        rows = b"".join(client.get(reverse("loans:inspection_list"), query | {"export": "csv"}).streaming_content).decode("utf-8-sig")
        assert rows.count(loan.note_no) == count

    @pytest.mark.parametrize("name", ["loans:inspection_list", "loans:inspection_due"])
    def test_a_list_costs_the_same_however_many(self, world: World, browser: Callable[[str], Client], name: str) -> None:
        client, counts = browser("bank"), []
        for numbers in ((1,), (2, 3)):
            for number in numbers:
                make_inspection(world, make_loan(world, make_line(world, make_enterprise(world, number))), day=date(2012, 4, 2))
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse(name))
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 20


class TestApi:
    def test_entered_and_read(self, world: World, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
        api = Callers(Clock(monkeypatch, DAY))
        given = {"loan": loan.pk, "quarter": "2012Q2", "inspected_on": str(DAY), "use_of_funds": "购料", "operation": "正常"}
        given |= {"repayment_ability": "稳定", "result": "sound"}
        assert api.send("bank2", "inspections/", given).status_code == 403
        made = api.post("bank", "inspections/", given, status=201)
        assert (made["quarter"], made["result"], made["note"]) == ("2012Q2", "sound", "")
        assert api.only("auditor", "inspections/", quarter="2012Q2", loan=loan.pk) == made
        wrong = [{"quarter": "2012Q5"}, {"quarter": "2013Q1"}, {"result": "fine"}, {"operation": ""}]
        answers = [api.send("bank", "inspections/", given | change) for change in wrong]
        assert [(one.status_code, list(one.json()["errors"])) for one in answers] == [(400, list(change)) for change in wrong]
        assert Inspection.objects.count() == 1
