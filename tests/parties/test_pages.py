"""Every page of this app: who gets it, what it costs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from parties.models import AuditEvent, Delegation, Notification, Organisation, User
from parties.services import accounts, organisations
from parties.services.delegations import make_delegation
from parties.services.notify import notify
from parties.services.tokens import issue_token
from tests.factories import World, at

SignIn = Callable[[User], Client]
LIMIT = 20


def rows(world: World, count: int) -> None:
    """`count` of everything the lists show."""
    for index in range(count):
        notify(recipients=[world.town], key=f"k{index}-{timezone.now()}", subject=f"第{index}条", now=timezone.now())
        AccessLog.objects.create(username="town", ip_address="127.0.0.1", path_info="/login/")
        AccessFailureLog.objects.create(username="town", ip_address="127.0.0.1", path_info="/login/")
        AccessAttempt.objects.create(username=f"t{AccessAttempt.objects.count()}", ip_address="127.0.0.1", failures_since_start=1)
        name = f"演示单位{Organisation.objects.count()}"
        organisations.create_organisation(kind="bank", name=name, short_name=name, by=world.sysadmin, **at(2012, 1, 4))
        now = {"on": timezone.localdate(), "now": timezone.now()}
        issue_token(by=world.town, **now)
        day = timezone.localdate() + timedelta(days=Delegation.objects.count())
        make_delegation(absent=world.bank, delegate=world.bank2, starts_on=day, ends_on=day, reason="出差", by=world.bank, **now)


@pytest.mark.parametrize(
    ("url_name", "who"),
    [
        ("people", "sysadmin"),
        ("people", "secadmin"),
        ("organisations", "sysadmin"),
        ("organisations", "town"),
        ("audit", "auditadmin"),
        ("audit", "town"),
        ("sign_ins", "secadmin"),
        ("sign_in_failures", "auditadmin"),
        ("sign_in_locks", "secadmin"),
        ("notifications", "town"),
        ("account", "town"),
        ("account", "bank"),
        ("delegations", "secadmin"),
        ("delegation_new", "bank"),
        ("permissions", "secadmin"),
        ("person_create", "sysadmin"),
        ("organisation_create", "sysadmin"),
        ("account_edit", "town"),
        ("password_change", "town"),
    ],
)
def test_page_costs_the_same_for_more_rows(world: World, sign_in: SignIn, url_name: str, who: str) -> None:
    client, url = sign_in(getattr(world, who)), reverse(f"parties:{url_name}")
    rows(world, 1)
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    rows(world, 2)
    with CaptureQueriesContext(connection) as more:
        assert client.get(url).status_code == 200
    assert len(few) == len(more) <= LIMIT


def test_every_object_page_opens_for_its_reader(world: World, sign_in: SignIn) -> None:
    accounts.update_account(account=world.town, name="李明", by=world.sysadmin, **at(2012, 1, 4))
    events = AuditEvent.objects
    notify(recipients=[world.town], key="k", subject="没有链接", body="正文", now=timezone.now())
    for who, row in (
        ("sysadmin", world.town),
        ("secadmin", world.town),
        ("auditadmin", world.town),
        ("secadmin", world.secadmin),
        ("sysadmin", world.town_organisation),
        ("town", world.bank_organisation),
        ("auditadmin", events.filter(action="account.create").first()),
        ("town", events.exclude(programme_code="").first()),
        ("town", Notification.objects.get()),
    ):
        page = sign_in(getattr(world, who)).get(row.get_absolute_url())
        assert page.status_code == 200, (who, row)


def test_business_people_read_only_their_programmes_trail(world: World, sign_in: SignIn) -> None:
    foreign = AuditEvent.objects.create(
        at=timezone.now(), actor_name="别人", action="contribution.record", object_type="reserve.contribution", object_id="9",
        object_label="别处", programme_code="elsewhere", summary="别处的出资",
    )  # fmt: skip
    page = sign_in(world.town).get(reverse("parties:audit")).content.decode()
    assert "别处的出资" not in page
    assert sign_in(world.town).get(foreign.get_absolute_url()).status_code == 404
    assert sign_in(world.auditadmin).get(foreign.get_absolute_url()).status_code == 200


def test_trail_is_exported_as_filtered(world: World, sign_in: SignIn) -> None:
    url = reverse("parties:audit")
    answer = sign_in(world.auditadmin).get(url, {"person": "sysadmin", "programme": "xiaolan", "export": "csv"})
    text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode("utf-8-sig")
    assert "sysadmin" in text
    assert "建立" in text


def test_the_trail_names_the_programme(world: World, sign_in: SignIn) -> None:
    event = AuditEvent.objects.filter(programme_code="xiaolan").first()
    for url in (reverse("parties:audit"), event.get_absolute_url()):
        page = sign_in(world.auditadmin).get(url).content.decode()
        assert world.programme.name in page
        assert ">xiaolan<" not in page


def test_trail_refuses_a_programme_that_is_not_ones_own(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.town).get(reverse("parties:audit"), {"programme": "elsewhere"}).content.decode()
    assert "notice-bad" in page


def test_sign_in_lists_are_not_for_others(world: World, sign_in: SignIn) -> None:
    for who in ("town", "sysadmin", "auditor"):
        assert sign_in(getattr(world, who)).get(reverse("parties:sign_ins")).status_code == 403


def test_people_are_not_listed_to_business_people(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.town)
    assert client.get(reverse("parties:people")).status_code == 403
    assert client.get(world.bank.get_absolute_url()).status_code in {403, 404}


def test_organisation_of_another_programme_does_not_exist(world: World, sign_in: SignIn) -> None:
    other = Organisation.objects.create(kind="bank", name="外地银行", short_name="外地")
    assert sign_in(world.town).get(other.get_absolute_url()).status_code == 404


def test_opening_a_notification_reads_it_and_leads_on(world: World, sign_in: SignIn) -> None:
    notify(recipients=[world.town], key="k", subject="请配套", url="/obligations/", now=timezone.now() - timedelta(hours=1))
    message = Notification.objects.get()
    answer = sign_in(world.town).get(message.get_absolute_url())
    assert (answer.status_code, answer.url) == (302, "/obligations/")
    message.refresh_from_db()
    assert message.read_at is not None


def test_the_list_shows_what_each_notification_says(world: World, sign_in: SignIn) -> None:
    notify(recipients=[world.town], key="k", subject="请配套", body="应于 2012-01-05 前到位。", url="/obligations/", now=timezone.now())
    page = sign_in(world.town).get(reverse("parties:notifications")).content.decode()
    assert "应于 2012-01-05 前到位。" in page


def test_a_notification_never_leads_to_another_site(world: World, sign_in: SignIn) -> None:
    notify(recipients=[world.town], key="k", subject="请配套", url="//evil.example", now=timezone.now())
    assert sign_in(world.town).get(Notification.objects.get().get_absolute_url()).status_code == 200


def test_all_notifications_are_marked_read_at_once_but_nobody_elses(world: World, sign_in: SignIn) -> None:
    notify(recipients=[world.town, world.bank], key="k", subject="请配套", now=timezone.now())
    sign_in(world.town).post(reverse("parties:notifications_read"))
    assert list(Notification.objects.filter(read_at__isnull=False).values_list("recipient", flat=True)) == [world.town.pk]


def test_foreign_notification_does_not_exist(world: World, sign_in: SignIn) -> None:
    notify(recipients=[world.town], key="k", subject="请配套", now=timezone.now())
    assert sign_in(world.bank).get(Notification.objects.get().get_absolute_url()).status_code == 404


def test_permission_table_shows_every_action(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.auditadmin).get(reverse("parties:permissions")).content.decode()
    for label in ("复核到账", "授予角色、启停账号、解除锁定", "录入放款"):
        assert label in page


@pytest.mark.parametrize("name, who", [("person_role", "secadmin"), ("person_deactivate", "secadmin"), ("person_password", "sysadmin")])
def test_a_form_about_ones_own_account_says_at_once_that_it_cannot_be_sent(world: World, sign_in: SignIn, name: str, who: str) -> None:
    user = getattr(world, who)
    answer = sign_in(user).get(reverse(f"parties:{name}", args=[user.pk]))
    assert answer.status_code == 403
    assert "不能对本人账号办理；请由另一位管理员办理。" in answer.content.decode()
