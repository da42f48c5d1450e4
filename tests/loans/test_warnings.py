"""早期预警: one person of the bank reports, both offices know at once, another person lifts (domain §3.8)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import InvalidInput, NotAllowed, WrongState
from loans.enums import WarningStatus
from loans.errors import DatesOutOfOrder, NotYourBank
from loans.models import EarlyWarning, Loan
from loans.services.warnings import lift_warning
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification, User
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    at,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_warning,
    make_world,
    on,
)
from tests.support.caller import Callers
from tests.support.clock import Clock
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 4, 10)
OFFICES = {"science", "science2", "centre", "centre2", "town", "town2"}


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return make_loan(world)


def lift(warning: EarlyWarning, *, by: User, reason: str = "已恢复生产") -> EarlyWarning:
    return lift_warning(early_warning=warning, reason=reason, by=by, **on(DAY))


class TestReport:
    def test_the_offices_know_at_once_and_the_trail_keeps_it(self, world: World, loan: Loan) -> None:
        warning = make_warning(world, loan, day=DAY)
        told = Notification.objects.filter(key=f"warning:{warning.pk}:reported")
        assert set(told.values_list("recipient__username", flat=True)) == OFFICES
        assert told[0].subject == f"预警报告（停产）：{loan.enterprise_name}（{loan.note_no}）"
        assert "主要生产线停产" in told[0].body
        event = AuditEvent.objects.get(action="warning.report", object_id=str(warning.pk))
        assert (event.summary, event.programme_code) == ("报告预警：停产，2012-04-09 发生", "xiaolan")

    @pytest.mark.parametrize("name", ["bank2", "science", "town2", "centre", "province", "auditor", "sysadmin"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            make_warning(world, loan, day=DAY, by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **at(2012, 4, 1))
        other = make_person("other", organisation, Role.OFFICER)
        with refused(NotYourBank):
            make_warning(world, loan, day=DAY, by=other)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"kind": "fire"}, InvalidInput, "kind"),
            ({"what": "  "}, InvalidInput, "what"),
            ({"measures": ""}, InvalidInput, "measures"),
            ({"what": "长" * 501}, InvalidInput, "what"),
            ({"learned_on": date(2012, 4, 11)}, DatesOutOfOrder, "learned_on"),
            ({"happened_on": date(2012, 4, 10), "learned_on": date(2012, 4, 9)}, DatesOutOfOrder, "happened_on"),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_its_field(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            make_warning(world, loan, day=DAY, **changes)

    def test_only_on_a_running_loan(self, world: World, loan: Loan) -> None:
        entered = make_entered(world, make_line(world, make_enterprise(world, 2)))
        with refused(WrongState, "待复核"):
            make_warning(world, entered, day=DAY)
        make_repayment(world, loan, loan.outstanding, paid_on=DAY)
        with refused(WrongState, "已结清"):
            make_warning(world, loan, day=DAY)

    def test_what_no_paper_carries_takes_any_character(self, world: World, loan: Loan) -> None:
        assert make_warning(world, loan, day=DAY, what="与𬭚公司涉诉").what == "与𬭚公司涉诉"


class TestLift:
    def test_another_person_lifts_it_with_a_reason_and_the_offices_know(self, world: World, loan: Loan) -> None:
        warning = lift(make_warning(world, loan, day=DAY), by=world.bank2, reason=" 已恢复生产 ")
        assert (warning.status, warning.lift_reason, warning.lifted_by, warning.lifted_on) == ("lifted", "已恢复生产", world.bank2, DAY)
        assert set(Notification.objects.filter(key__endswith=":lifted").values_list("recipient__username", flat=True)) == OFFICES
        assert AuditEvent.objects.get(action="warning.lift").reason == "已恢复生产"

    @pytest.mark.parametrize("name", ["bank", "science2", "town2", "province2", "auditor"])
    def test_only_a_reviewer_of_the_bank(self, world: World, loan: Loan, name: str) -> None:
        warning = make_warning(world, loan, day=DAY)
        with refused(NotAllowed):
            lift(warning, by=getattr(world, name))

    def test_not_twice_and_not_without_a_reason(self, world: World, loan: Loan) -> None:
        warning = make_warning(world, loan, day=DAY)
        with refused(InvalidInput, field="reason"):
            lift(warning, by=world.bank2, reason=" ")
        lift(warning, by=world.bank2)
        with refused(WrongState, "已解除"):
            lift(warning, by=world.bank3)

    def test_it_can_be_lifted_after_the_loan_was_repaid(self, world: World, loan: Loan) -> None:
        warning = make_warning(world, loan, day=DAY)
        make_repayment(world, loan, loan.outstanding, paid_on=DAY)
        assert lift(warning, by=world.bank2, reason="贷款已结清").status == WarningStatus.LIFTED

    def test_the_database_keeps_both_halves_together(self, world: World, loan: Loan) -> None:
        warning = make_warning(world, loan, day=DAY)
        for wrong in ({"status": "lifted"}, {"lift_reason": "x"}, {"kind": "fire"}, {"what": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                EarlyWarning.objects.filter(pk=warning.pk).update(**wrong)


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
    Clock(monkeypatch, DAY)

    def open_as(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return open_as


class TestPages:
    def test_reported_read_and_lifted(self, loan: Loan, browser: Callable[[str], Client]) -> None:
        bank, url = browser("bank"), reverse("loans:warning_report", args=[loan.pk])
        assert url in bank.get(loan.get_absolute_url()).content.decode()
        given = {
            "kind": "lawsuit",
            "happened_on": "2012-4-9",
            "learned_on": "20120410",
            "what": "被诉货款 200 万元",
            "measures": "已上门核实",
        }
        kept = bank.post(url, given | {"happened_on": "2012-4-11"})
        assert kept.status_code == 400
        assert "被诉货款 200 万元" in kept.content.decode()
        assert "预警已报告" in bank.post(url, given, follow=True).content.decode()
        warning = EarlyWarning.objects.get()
        assert "须由合作银行复核办理" in bank.get(warning.get_absolute_url()).content.decode()
        assert "被诉货款 200 万元" in browser("town").get(loan.get_absolute_url()).content.decode()
        lifted = browser("bank2").post(reverse("loans:warning_lift", args=[warning.pk]), {"reason": "已调解结案"}, follow=True)
        assert "预警已解除" in lifted.content.decode()
        assert "已调解结案" in browser("auditor").get(warning.get_absolute_url()).content.decode()

    def test_who_may_only_read_is_offered_nothing(self, world: World, loan: Loan, browser: Callable[[str], Client]) -> None:
        warning = make_warning(world, loan, day=DAY)
        pages = [browser("town2").get(row.get_absolute_url()).content.decode() for row in (loan, warning)]
        assert not any("/warnings/new/" in page or "/lift/" in page for page in pages)

    @pytest.mark.parametrize(
        "query, count",
        [({}, 2), ({"status": "warned"}, 1), ({"kind": "stopped"}, 1), ({"learned_from": "2012-04-10"}, 1), ({"q": "演示001"}, 2)],
    )
    def test_the_list_is_filtered_searched_and_exported(
        self, world: World, loan: Loan, browser: Callable[[str], Client], query: dict[str, str], count: int
    ) -> None:
        lift(make_warning(world, loan, day=date(2012, 4, 9), kind="wages"), by=world.bank2)
        make_warning(world, loan, day=DAY)
        client = browser("science")
        assert client.get(reverse("loans:warning_list"), query).context["listing"].count == count
        rows = b"".join(client.get(reverse("loans:warning_list"), query | {"export": "csv"}).streaming_content).decode("utf-8-sig")
        assert rows.count(loan.note_no) == count

    def test_the_list_costs_the_same_however_many(self, world: World, loan: Loan, browser: Callable[[str], Client]) -> None:
        client, counts = browser("bank"), []
        for _ in range(2):
            for _ in range(3):
                make_warning(world, loan, day=DAY)
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("loans:warning_list"))
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 20


class TestApi:
    @pytest.fixture
    def api(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Callers:
        return Callers(Clock(monkeypatch, DAY))

    def test_reported_and_lifted(self, loan: Loan, api: Callers) -> None:
        given = {"loan": loan.pk, "kind": "wages", "happened_on": "2012-04-01", "learned_on": str(DAY), "what": "欠薪", "measures": "约谈"}
        assert api.send("bank2", "early-warnings/", given).status_code == 403
        made = api.post("bank", "early-warnings/", given, status=201)
        assert (made["status"], made["enterprise_name"], made["programme"]) == ("warned", loan.enterprise_name, "xiaolan")
        assert api.only("auditor", "early-warnings/", kind="wages", enterprise=loan.enterprise_id) == made
        assert api.post("bank2", f"early-warnings/{made['id']}/lift/", {"reason": "已付清"})["lift_reason"] == "已付清"
        assert api.get("science", "early-warnings/?status=warned")["count"] == 0

    @pytest.mark.parametrize("body, fields", [({"kind": "fire"}, ["kind"]), ({"loan": 999999}, ["loan"]), ({"what": ""}, ["what"])])
    def test_what_is_wrong_is_a_problem_beside_its_field(self, loan: Loan, api: Callers, body: dict[str, Any], fields: list[str]) -> None:
        given = {"loan": loan.pk, "kind": "wages", "happened_on": "2012-04-01", "learned_on": str(DAY), "what": "欠薪", "measures": "约谈"}
        answer = api.send("bank", "early-warnings/", given | body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, fields)
