"""A/B岗: whose place one takes, that two such people are one for a pair, and that the trail names both."""

import ast
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.errors import NotAllowed, WrongState
from parties.delegations import acting
from parties.enums import Role
from parties.errors import BadDelegation, SamePerson
from parties.models import AuditEvent, Delegation, Notification, User
from parties.permissions import PERMISSIONS, may
from parties.selectors import OTHER_ACTIONS
from parties.services.accounts import set_account_active
from parties.services.audit import LET_BY
from parties.services.delegations import end_delegation, make_delegation
from parties.services.notify import people_on
from parties.services.tokens import issue_token
from reserve.models import Contribution
from reserve.selectors.waiting import on_accounts
from reserve.services import contributions
from tests.factories import World, confirm, make_contribution, make_person, on, receive

FIRST, LAST = date(2011, 11, 14), date(2011, 11, 18)
DAY = date(2011, 11, 15)


def away(absent: User, delegate: User, **changes: Any) -> Delegation:
    """`absent` gives their place away for the week."""
    values: dict[str, Any] = {"starts_on": FIRST, "ends_on": LAST, "reason": "出差", "by": absent, **on(FIRST)}
    return make_delegation(absent=absent, delegate=delegate, **values | changes)


def confirmed(contribution: Contribution, by: User, day: date) -> Contribution:
    return contributions.confirm_contribution(contribution=contribution, by=acting(by, day), **on(day))


# --- what the place gives, and when


def test_the_place_is_taken_on_its_days_and_on_no_other(world: World) -> None:
    away(world.bank, world.bank2)
    days = [FIRST - timedelta(1), FIRST, LAST, LAST + timedelta(1)]
    assert [may(acting(world.bank2, day), "contribution.receive") for day in days] == [False, True, True, False]
    assert may(acting(world.bank2, DAY), "contribution.confirm"), "their own role stays"
    assert not may(acting(world.bank, DAY), "contribution.confirm"), "nothing comes the other way"


def test_what_is_taken_back_ends_at_once(world: World) -> None:
    row = end_delegation(delegation=away(world.bank, world.bank2), by=world.bank, **on(DAY))
    assert not may(acting(world.bank2, DAY), "contribution.receive")
    assert may(acting(world.bank2, DAY - timedelta(1)), "contribution.receive"), "what was done before was done by right"
    with pytest.raises(WrongState, match="已于 2011-11-15 收回"):
        end_delegation(delegation=row, by=world.bank, **on(DAY))


def test_what_was_done_by_right_stands_though_the_place_was_taken_back_later_that_day(world: World) -> None:
    row = end_delegation(delegation=away(world.bank, world.bank2), by=world.bank, **on(DAY))
    before, after = row.ended_at - timedelta(minutes=1), row.ended_at
    assert [may(acting(world.bank2, DAY, at), "contribution.receive") for at in (before, after)] == [True, False]


def test_what_is_over_is_not_taken_back(world: World) -> None:
    with pytest.raises(WrongState, match="期满"):
        end_delegation(delegation=away(world.bank, world.bank2), by=world.bank, **on(LAST + timedelta(1)))


def test_nobody_takes_the_place_of_an_account_that_was_shut(world: World) -> None:
    away(world.bank, world.bank2)
    User.objects.filter(pk=world.bank.pk).update(is_active=False)
    assert not may(acting(world.bank2, DAY), "contribution.receive")


@pytest.mark.parametrize("who", ["bank", "bank2"])
def test_who_does_no_business_any_more_gives_and_takes_no_place(world: World, who: str) -> None:
    row = away(world.bank, world.bank2)
    assert row.state(DAY) == "代办中"
    User.objects.filter(username=who).update(role=Role.VIEWER)
    assert not may(acting(world.bank2, DAY), "contribution.receive")
    assert Delegation.objects.get().state(DAY) == f"不生效（{who}已不任经办或复核）"


@pytest.mark.parametrize(("who", "other", "told"), [("bank", "bank2", "您不能再代bank办理"), ("bank2", "bank", "请收回，另行委托")])
def test_an_account_that_is_shut_ends_what_its_delegations_give_and_the_other_is_told(
    world: World, who: str, other: str, told: str
) -> None:
    row = away(world.bank, world.bank2)
    set_account_active(account=User.objects.get(username=who), active=False, by=world.secadmin, **on(DAY))
    assert not acting(getattr(world, other), DAY).places_today
    assert Delegation.objects.get().state(DAY) == f"不生效（{who}的账号已停用）"
    [message] = Notification.objects.filter(key__startswith=f"delegation:{row.pk}:shut")
    assert (message.recipient.username, told in message.body) == (other, True)
    set_account_active(account=User.objects.get(username=who), active=True, by=world.secadmin, **on(DAY))
    assert acting(getattr(world, other), DAY).places_today, "let in again, it holds again"


def test_one_colleague_takes_two_places_and_is_one_with_both(world: World) -> None:
    bank4 = make_person("bank4", world.bank_organisation, Role.OFFICER)
    deposit = make_contribution(world)
    receive(world, deposit, arrived_on=FIRST - timedelta(1))
    away(world.bank, world.bank2)
    away(bank4, world.bank2)
    deputy = acting(world.bank2, DAY)
    assert {colleague.name for colleague in deputy.standing_in_for} == {"bank", "bank4"}
    with pytest.raises(SamePerson, match="bank经办，与您有离岗委托"):
        confirmed(deposit, world.bank2, DAY)
    assert confirmed(deposit, world.bank3, DAY).confirmed_by == world.bank3


def test_what_was_entered_before_the_place_was_taken_back_is_confirmed_by_neither(world: World) -> None:
    deposit = make_contribution(world)
    row = away(world.bank, world.bank2)
    contributions.receive_contribution(contribution=deposit, arrived_on=DAY, receipt_no="HD1", by=acting(world.bank2, DAY), **on(DAY))
    end_delegation(delegation=row, by=world.bank, **on(DAY))
    for day in (DAY, LAST + timedelta(30)):
        with pytest.raises(SamePerson):
            confirmed(deposit, world.bank2, day)
    assert confirmed(deposit, world.bank3, DAY).confirmed_by == world.bank3


def test_a_place_taken_back_before_its_first_day_joins_nobody(world: World) -> None:
    deposit = make_contribution(world)
    row = away(world.bank, world.bank2, **on(FIRST - timedelta(3)))
    end_delegation(delegation=row, by=world.bank, **on(FIRST - timedelta(2)))
    receive(world, deposit, arrived_on=DAY)
    assert confirmed(deposit, world.bank2, DAY).confirmed_by == world.bank2


def test_who_asks_for_a_role_reaches_the_deputy(world: World) -> None:
    away(world.bank, world.bank2)
    officers = [person for person in people_on([world.bank_organisation], DAY) if Role.OFFICER in person.roles]
    assert {person.username for person in officers} == {"bank", "bank2"}


# --- one pair of hands


def test_both_names_stand_in_the_trail_only_where_the_role_was_needed(world: World) -> None:
    deposit = make_contribution(world)
    away(world.bank, world.bank2)
    deputy = acting(world.bank2, DAY)
    contributions.receive_contribution(contribution=deposit, arrived_on=DAY, receipt_no="HD1", by=deputy, **on(DAY))
    entered = AuditEvent.objects.get(action="contribution.receive")
    assert (entered.actor, entered.on_behalf_of, entered.person) == (world.bank2, world.bank, "bank2（代bank）")
    contributions.reject_contribution(contribution=deposit, reason="凭证不符", by=deputy, **on(DAY))
    rejected = AuditEvent.objects.get(action="contribution.reject")
    assert (rejected.on_behalf_of, rejected.person) == (None, "bank2")


def test_the_deputy_does_not_confirm_what_they_entered_in_the_place(world: World) -> None:
    deposit = make_contribution(world)
    away(world.bank, world.bank2)
    contributions.receive_contribution(contribution=deposit, arrived_on=DAY, receipt_no="HD1", by=acting(world.bank2, DAY), **on(DAY))
    with pytest.raises(SamePerson, match="不能是同一人"):
        confirmed(deposit, world.bank2, DAY)
    assert confirmed(deposit, world.bank3, DAY).confirmed_by == world.bank3


@pytest.mark.parametrize(
    ("entered_on", "confirmed_on", "together"),
    [
        (FIRST - timedelta(1), FIRST, True),
        (DAY, DAY, True),
        (LAST, LAST + timedelta(30), True),
        (FIRST - timedelta(1), LAST + timedelta(1), False),
        (LAST + timedelta(1), LAST + timedelta(1), False),
    ],
)
def test_the_deputy_does_not_confirm_what_the_absent_entered(world: World, entered_on: date, confirmed_on: date, together: bool) -> None:
    deposit = make_contribution(world)
    away(world.bank, world.bank2, **on(FIRST - timedelta(1)))
    receive(world, deposit, arrived_on=FIRST - timedelta(1), received_on=entered_on)
    waiting = [row.pk for row in on_accounts(acting(world.bank2, confirmed_on))]
    assert waiting == ([] if together else [deposit.pk])
    if together:
        with pytest.raises(SamePerson, match="bank经办，与您有离岗委托"):
            confirmed(deposit, world.bank2, confirmed_on)
    else:
        confirmed(deposit, world.bank2, confirmed_on)


def test_the_absent_does_not_confirm_what_the_deputy_entered(world: World) -> None:
    make_person("bank4", world.bank_organisation, Role.OFFICER)
    deposit = make_contribution(world)
    away(world.bank2, world.bank)
    receive(world, deposit, arrived_on=DAY)
    with pytest.raises(SamePerson, match="离岗委托"):
        confirmed(deposit, world.bank2, LAST + timedelta(7))
    confirmed(deposit, world.bank3, LAST + timedelta(7))


def test_a_pair_of_others_is_untouched(world: World) -> None:
    away(world.bank, world.bank2)
    assert confirm(world, make_contribution(world), arrived_on=DAY).confirmed_by == world.bank2, "people not loaded have no places"


# --- who may give a place to whom


def test_what_nobody_can_give_is_refused(world: World) -> None:
    machine = make_person("machine", world.bank_organisation, Role.REVIEWER)
    viewer = make_person("viewer", world.bank_organisation, Role.VIEWER)
    gone = make_person("gone", world.bank_organisation, Role.REVIEWER)
    User.objects.filter(pk=machine.pk).update(is_service=True)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for person in (world.bank, world.town2, machine, viewer, gone, world.sysadmin):
        with pytest.raises(BadDelegation, match="须是本单位另一位"):
            away(world.bank, person)
    for days, sentence in (
        ({"starts_on": FIRST - timedelta(1)}, "不能追溯"),
        ({"ends_on": FIRST - timedelta(1)}, "早于开始日期"),
    ):
        with pytest.raises(BadDelegation, match=sentence):
            away(world.bank, world.bank2, **days)
    for absent in (machine, viewer, world.sysadmin):
        with pytest.raises(BadDelegation, match="没有可以委托的岗位"):
            away(User.objects.get(pk=absent.pk), world.bank2, by=world.secadmin)
    assert not Delegation.objects.exists()


def test_only_oneself_or_the_security_administrator_gives_and_takes_back(world: World) -> None:
    for stranger in (world.bank2, world.bank3, world.sysadmin):
        with pytest.raises(NotAllowed):
            away(world.bank, world.bank2, by=stranger)
    row = away(world.bank, world.bank2, by=world.secadmin)
    assert (
        AuditEvent.objects.get(action="account.authorise", object_id=str(row.pk), object_type="parties.delegation").actor == world.secadmin
    )
    assert set(Notification.objects.filter(key=f"delegation:{row.pk}:made").values_list("recipient__username", flat=True)) == {
        "bank",
        "bank2",
    }
    with pytest.raises(NotAllowed):
        end_delegation(delegation=row, by=world.bank2, **on(DAY))
    end_delegation(delegation=row, by=world.secadmin, **on(DAY))
    assert Notification.objects.filter(key=f"delegation:{row.pk}:ended").count() == 2


def test_one_deputy_at_a_time_and_no_chain(world: World) -> None:
    away(world.bank2, world.bank3)
    with pytest.raises(BadDelegation, match="已委托bank3代办"):
        away(world.bank2, world.bank3, starts_on=LAST, ends_on=LAST + timedelta(3))
    with pytest.raises(BadDelegation, match="已离岗"):
        away(world.bank, world.bank2)
    with pytest.raises(BadDelegation, match="代办不能转委托"):
        away(world.bank3, world.bank, starts_on=DAY)
    assert away(world.bank2, world.bank3, starts_on=LAST + timedelta(1), ends_on=LAST + timedelta(1))


def test_both_roles_come_into_one_pair_of_hands_only_with_a_third_person(world: World) -> None:
    with pytest.raises(BadDelegation, match="须另有一位在岗的复核人员，现没有其他人员"):
        away(world.town, world.town2)
    with pytest.raises(BadDelegation, match=r"须另有一位在岗的经办人员，现只有bank3（复核）"):
        away(world.bank2, world.bank)
    away(world.bank, world.bank2)
    with pytest.raises(BadDelegation, match=r"bank在 2011-11-14 至 2011-11-18 已委托bank2代办.*bank3同期离岗.*另一位在岗的复核人员"):
        away(world.bank3, world.bank2)
    assert away(world.bank3, world.bank2, starts_on=LAST + timedelta(1), ends_on=LAST + timedelta(1))


def test_the_same_role_goes_over_without_a_third_person(world: World) -> None:
    town3 = make_person("town3", world.town_organisation, Role.OFFICER)
    User.objects.filter(pk=world.town2.pk).update(is_active=False)
    assert away(world.town, town3)


# --- pages and API


@pytest.fixture
def absent_today(world: World) -> Delegation:
    today = timezone.localdate()
    return away(world.bank, world.bank2, starts_on=today, ends_on=today, on=today, now=timezone.now())


def test_one_delegates_on_ones_own_page_and_takes_it_back(world: World, sign_in: Callable[[User], Client]) -> None:
    client, today = sign_in(world.bank), timezone.localdate()
    url = reverse("parties:delegation_new")
    page = client.get(url).content.decode()
    assert "bank2（复核）" in page
    assert "town2" not in page
    wrong = client.post(url, {"delegate": world.bank2.pk, "starts_on": "2012-01-04", "ends_on": f"{today}", "reason": "出差"})
    assert (wrong.status_code, "不能追溯" in wrong.content.decode()) == (400, True)
    client.post(url, {"delegate": world.bank2.pk, "starts_on": f"{today}", "ends_on": f"{today}", "reason": "出差"})
    row = Delegation.objects.get()
    assert str(row) in client.get(reverse("parties:account")).content.decode()
    assert "您已委托bank2代办" in client.get("/").content.decode()
    assert "您正代bank（经办）办理" in sign_in(world.bank2).get("/").content.decode()
    client.post(reverse("parties:delegation_end", args=[row.pk]))
    assert "您正代" not in sign_in(world.bank2).get("/").content.decode()
    assert "已收回" in sign_in(world.secadmin).get(reverse("parties:delegations")).content.decode()


def test_the_security_administrator_gives_the_place_of_who_cannot(world: World, sign_in: Callable[[User], Client]) -> None:
    client, today = sign_in(world.secadmin), timezone.localdate()
    url = reverse("parties:delegation_for", args=[world.bank.pk])
    client.post(url, {"delegate": world.bank2.pk, "starts_on": f"{today}", "ends_on": f"{today}", "reason": "住院"})
    row = Delegation.objects.get()
    page = client.get(row.get_absolute_url()).content.decode()
    assert "住院" in page
    assert "提前收回" in page
    assert "提前收回" not in sign_in(world.bank2).get(row.get_absolute_url()).content.decode()
    assert sign_in(world.bank3).get(row.get_absolute_url()).status_code == 404
    assert client.get(reverse("parties:delegation_for", args=[world.auditor.pk])).status_code == 302


def test_a_delegation_costs_no_statement(world: World, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(world.bank3)
    url = reverse("reserve:contribution_list")
    client.get(url)
    with CaptureQueriesContext(connection) as without:
        client.get(url)
    today = timezone.localdate()
    away(world.bank3, world.bank2, starts_on=today, ends_on=today, on=today, now=timezone.now())
    end_delegation(delegation=Delegation.objects.get(), by=world.bank3, on=today, now=timezone.now())
    away(world.bank2, world.bank3, starts_on=today, ends_on=today, on=today, now=timezone.now())
    with CaptureQueriesContext(connection) as with_two:
        client.get(url)
    assert len(with_two) == len(without)


def test_over_the_api_the_deputy_means_the_half_that_is_due(world: World, absent_today: Delegation) -> None:
    deposit = make_contribution(world)
    token = issue_token(by=world.bank2, on=timezone.localdate(), now=timezone.now())
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token.token}")
    url = f"/api/v1/contributions/{deposit.pk}/confirm/"
    entered = client.post(url, {"arrived_on": "2011-11-14", "receipt_no": "HD1"}, format="json")
    assert (entered.status_code, entered.json()["status"]) == (200, "received")
    assert client.post(url, {}, format="json").json()["code"] == "same_person"
    [line] = client.get("/api/v1/audit-events/", {"action": "contribution.receive"}).json()["results"]
    assert (line["actor_name"], line["on_behalf_of_name"]) == ("bank2", "bank")


def test_the_trail_is_found_by_either_name(world: World, absent_today: Delegation, sign_in: Callable[[User], Client]) -> None:
    today = timezone.localdate()
    deputy = acting(world.bank2, today)
    contributions.receive_contribution(contribution=make_contribution(world), arrived_on=DAY, receipt_no="HD1", by=deputy, **on(today))
    page = sign_in(world.auditadmin).get(reverse("parties:audit"), {"person": "bank", "action": "contribution.receive"}).content.decode()
    assert "bank2（代bank）" in page


# --- the table of verbs


def test_every_verb_of_the_trail_says_what_lets_it() -> None:
    verbs: set[str] = set()
    for app in ("reserve", "enterprises", "loans", "reports"):
        for path in (Path(settings.BASE_DIR) / app / "services").rglob("*.py"):
            calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
            for call in calls:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                given = [*call.args, *(word.value for word in call.keywords if word.arg == "action")]
                texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if name in {"record", "_record", "record_in_batch"}:
                    verbs |= {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    verbs |= {verb for verb in OTHER_ACTIONS if verb.startswith("import.")}
    nobody = {"suspension.begin", "summary.generate", "import.read", "import.fail", "import.book", "import.give_back"}
    nobody |= {"enterprise.archive"}  # whoever sees an enterprise
    assert len(verbs) > 60
    assert verbs - set(PERMISSIONS) - nobody <= set(LET_BY)
    assert {permission for permissions in LET_BY.values() for permission in permissions} <= set(PERMISSIONS)
