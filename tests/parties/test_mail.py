"""Notifications sent on by e-mail: only with a server, each once, failures kept and tried again."""

from datetime import timedelta
from typing import Any

import pytest
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


def test_what_is_older_than_three_days_is_not_sent_any_more(message: Notification) -> None:
    assert send_due(now=timezone.now() + timedelta(days=3, seconds=1)) == 0
