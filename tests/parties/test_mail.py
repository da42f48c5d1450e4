"""Notifications sent on by e-mail: only with a server, each once, failures kept and tried again."""

import time
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from parties.models import Notification
from parties.services.mail import send_due
from parties.services.notify import notify
from parties.tasks import send_mail_notifications
from tests.factories import World


class BrokenBackend(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("no server")


class TimeUpBackend(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise SoftTimeLimitExceeded


class PickyBackend(EmailBackend):
    """Refuses one address."""

    def send_messages(self, messages: Any) -> int:
        if messages[0].to == ["town@example.org"]:
            raise SMTPRecipientsRefused({"town@example.org": (550, b"unknown")})
        return super().send_messages(messages)


@pytest.fixture
def message(world: World, settings: Any) -> Notification:
    settings.EMAIL_ENABLED = True
    settings.SITE_URL = "https://reserve.example.org"
    world.town.email = "town@example.org"
    world.town.save()
    notify(recipients=[world.town, world.bank], key="k", subject="请于\n6月4日前配套", url="/obligations/", now=timezone.now())
    return Notification.objects.get(recipient=world.town)


def test_nothing_is_sent_without_a_server(message: Notification, settings: Any) -> None:
    settings.EMAIL_ENABLED = False
    assert send_due(now=timezone.now()) == 0
    assert not mail.outbox


def test_each_is_sent_once_to_those_with_an_address(message: Notification) -> None:
    assert send_mail_notifications() == 1
    assert send_mail_notifications() == 0
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["town@example.org"], "请于 6月4日前配套")
    assert "https://reserve.example.org/obligations/" in sent.body
    message.refresh_from_db()
    assert message.mailed_at is not None


def test_failure_is_kept_and_tried_again(message: Notification, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    assert send_due(now=timezone.now()) == 0
    message.refresh_from_db()
    assert message.mailed_at is None
    assert "no server" in message.mail_error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(now=timezone.now()) == 1
    message.refresh_from_db()
    assert message.mail_error == ""


@pytest.fixture
def three(message: Notification, world: World) -> list[Notification]:
    for person in (world.bank, world.bank2):
        person.email = f"{person.username}@example.org"
        person.save()
    notify(recipients=[world.bank2], key="k", subject="请复核", now=timezone.now())
    return list(Notification.objects.order_by("pk"))


def test_a_silent_server_is_waited_for_once(three: list[Notification], settings: Any, silent_server: str) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, port = silent_server.split(":")
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = int(port), 1
    since = time.monotonic()
    assert send_due(now=timezone.now()) == 0
    assert time.monotonic() - since < 2
    errors = Notification.objects.filter(mailed_at__isnull=True).order_by("pk").values_list("mail_error", flat=True)
    assert [bool(error) for error in errors] == [True, False, False]


def test_one_connection_serves_a_run(three: list[Notification], monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    for step in ("__init__", "close"):
        true = getattr(EmailBackend, step)
        monkeypatch.setattr(EmailBackend, step, lambda *a, step=step, true=true, **k: done.append(step) or true(*a, **k))
    assert send_due(now=timezone.now()) == 3
    assert done == ["__init__", "close"]


def test_an_address_the_server_refuses_keeps_no_other_from_its_mail(three: list[Notification], settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.PickyBackend"
    assert send_due(now=timezone.now()) == 2
    [refused] = Notification.objects.filter(mailed_at__isnull=True)
    assert refused.recipient.email == "town@example.org"
    assert "SMTPRecipientsRefused" in refused.mail_error


def test_what_was_not_sent_when_the_time_was_up_is_due_again(message: Notification, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.TimeUpBackend"
    with pytest.raises(SoftTimeLimitExceeded):
        send_due(now=timezone.now())
    message.refresh_from_db()
    assert message.mailed_at is None


def test_what_is_older_than_three_days_is_not_sent_any_more(message: Notification) -> None:
    assert send_due(now=timezone.now() + timedelta(days=3, seconds=1)) == 0
