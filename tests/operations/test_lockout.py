"""Five wrong passwords lock the sign-in."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from parties.enums import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def locked(client: Client, settings) -> Client:
    settings.AXES_ENABLED = True
    get_user_model().objects.create_user("somebody", "Right-Password-1", name="某人", role=Role.SYSTEM_ADMIN)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/login/", {"username": "somebody", "password": "wrong"})
    return client


def test_the_right_password_is_refused_after_five_wrong_ones_with_a_chinese_page(locked: Client) -> None:
    answer = locked.post("/login/", {"username": "somebody", "password": "Right-Password-1"})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "1800"
    assert "登录失败次数过多" in answer.content.decode()
    assert "_auth_user_id" not in locked.session


def test_another_address_is_not_locked(locked: Client) -> None:
    answer = locked.post("/login/", {"username": "somebody", "password": "Right-Password-1"}, REMOTE_ADDR="10.1.1.1")
    assert answer.status_code == 302


def test_four_wrong_ones_do_not_lock(client: Client, settings) -> None:
    settings.AXES_ENABLED = True
    get_user_model().objects.create_user("somebody", "Right-Password-1", name="某人", role=Role.SYSTEM_ADMIN)
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        client.post("/login/", {"username": "somebody", "password": "wrong"})
    assert client.post("/login/", {"username": "somebody", "password": "Right-Password-1"}).status_code == 302
