"""Which messages a person wants, which way: kept as deviations, respected by what writes and what mails; some cannot be refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from parties.categories import CATEGORIES, of_key
from parties.errors import MandatoryMessages
from parties.models import AuditEvent, Notification, NotificationPreference
from parties.selectors import unread_count
from parties.services.mail import send_due
from parties.services.notify import notify
from parties.services.preferences import set_preferences
from tests.factories import World, at, make_world

WRITERS = ("parties", "reserve", "enterprises", "loans", "reports")
KEY = re.compile(r"""\bkey\s*=\s*f"([^"]+)"|_tell\(\s*programme,\s*f"([^"]+)\"""")


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    world.town.email = "town@example.org"
    world.town.save()
    return world


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.town, backend="parties.backends.PartiesBackend")
    return client


def choose(world: World, **channels: tuple[bool, bool]) -> None:
    set_preferences(channels=channels, by=world.town, **at(2012, 3, 1))


def tell(world: World, key: str = "contribution:1:confirmed") -> int:
    return notify(recipients=[world.town, world.town2], key=key, subject="出资到账", now=timezone.now())


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("loan:7:overdue:2013-01-02:30", "overdue"),
        ("loan:7:floor:2013-01-02:doubtful", "servicing"),
        ("loan:7:discarded", "approval"),
        ("recommendation:3:1:lapses:5", "deadline"),
        ("recommendation:3:1:signed", "recommendation"),
    ],
)
def test_the_longest_pattern_decides(key: str, code: str) -> None:
    assert of_key(key) is CATEGORIES[code]


def test_every_key_that_is_written_has_a_category() -> None:
    keys = {
        re.sub(r"\{[^}]*\}", "1", found[1] or found[2])
        for app in WRITERS
        for path in (Path(configured.BASE_DIR) / app / "services").rglob("*.py")
        for found in KEY.finditer(path.read_text())
    }
    written = {key for key in keys if not key.startswith("1:")}  # the ledger's keys begin with their source
    assert len(written) > 30
    assert [key for key in written if of_key(key) is None] == []


@pytest.mark.parametrize(
    ("ways", "rows", "unread", "mails"),
    [((True, True), 1, 1, 1), ((False, True), 1, 0, 1), ((True, False), 1, 1, 0), ((False, False), 0, 0, 0)],
)
def test_a_message_goes_the_ways_that_are_wanted(
    world: World, settings: Any, ways: tuple[bool, bool], rows: int, unread: int, mails: int
) -> None:
    settings.EMAIL_ENABLED = True
    choose(world, reserve=ways)
    for _ in range(2):
        assert tell(world) == 2
    assert Notification.objects.filter(recipient=world.town).count() == rows
    assert unread_count(world.town) == unread
    assert unread_count(world.town2) == 1  # a colleague's choice is a colleague's
    assert send_due(now=timezone.now()) == mails == len(mail.outbox)


def test_only_deviations_are_kept_and_told_in_the_trail(world: World) -> None:
    choose(world, reserve=(False, True), claim=(True, True))
    assert [str(row) for row in NotificationPreference.objects.all()] == ["town reserve"]
    choose(world, reserve=(True, True))
    assert not NotificationPreference.objects.exists()
    assert [event.changes for event in AuditEvent.objects.filter(summary="修改通知设置").order_by("pk")] == [
        {"出资与账户": ["站内、邮件", "邮件"]},
        {"出资与账户": ["邮件", "站内、邮件"]},
    ]
    with pytest.raises(IntegrityError, match="notification_preference_deviates"), transaction.atomic():
        NotificationPreference.objects.create(user=world.town, category="claim", in_app=True, by_mail=True)


@pytest.mark.parametrize("code", ["security", "overdue"])
def test_what_everyone_must_see_cannot_be_switched_off(world: World, code: str) -> None:
    with pytest.raises(MandatoryMessages, match="必须在站内接收"):
        choose(world, **{code: (False, True)})
    choose(world, **{code: (True, False)})
    assert NotificationPreference.objects.get().category == code


def test_the_page_keeps_what_is_ticked_and_says_what_is_mandatory(world: World, client: Client) -> None:
    page = client.get("/notifications/preferences/").content.decode()
    assert page.count("必须接收") == 2
    answer = client.post("/notifications/preferences/", {f"{code}_mail": "on" for code in CATEGORIES} | {"claim_app": "on"})
    assert (answer.status_code, answer.url) == (302, "/notifications/")  # type: ignore[attr-defined]
    shown = {row.category for row in NotificationPreference.objects.filter(in_app=False)}
    assert shown == set(CATEGORIES) - {"security", "overdue", "claim"}


def test_one_message_is_marked_as_read_and_as_unread_again(world: World, client: Client) -> None:
    tell(world)
    message = Notification.objects.get(recipient=world.town)
    assert f'formaction="/notifications/{message.pk}/read/"' in client.get("/notifications/?state=unread").content.decode()
    client.post(f"/notifications/{message.pk}/read/")
    assert unread_count(world.town) == 0
    assert f'formaction="/notifications/{message.pk}/unread/"' in client.get("/notifications/?state=read").content.decode()
    client.post(f"/notifications/{message.pk}/unread/")
    assert unread_count(world.town) == 1


def test_the_bell_counts_with_the_session_and_again_after_reading(world: World, client: Client) -> None:
    tell(world)
    assert "1 条未读" in client.get("/notifications/preferences/").content.decode()
    message = Notification.objects.get(recipient=world.town)
    Notification.objects.filter(pk=message.pk).update(url="")
    page = client.get(f"/notifications/{message.pk}/").content.decode()
    assert "条未读" not in page, "opening a message is reading it"
