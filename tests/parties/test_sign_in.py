"""Signing in: the lock-out, the forced change of password, other sessions, forged requests."""

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessFailureLog
from django.test import Client
from django.urls import reverse

from parties.models import User
from parties.services import accounts, organisations
from tests.factories import World, at

from .conftest import PASSWORD

SignIn = Callable[[User], Client]
LOGIN = "/login/"
DAY = at(2012, 1, 4)


@pytest.fixture
def lock_out(settings: Any) -> None:
    settings.AXES_ENABLED = True


def attempt(client: Client, username: str, password: str = PASSWORD, **headers: str) -> int:
    return client.post(LOGIN, {"username": username, "password": password}, **headers).status_code


def test_signing_in_and_out(world: World) -> None:
    client = Client()
    assert client.get("/account/").url == "/login/?next=/account/"
    assert attempt(client, "town") == 302
    assert client.get("/account/").status_code == 200
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/account/").status_code == 302


def test_each_sign_in_keeps_the_one_before(world: World) -> None:
    def sign_in() -> User:
        assert attempt(Client(), "town") == 302
        return User.objects.get(username="town")

    first = sign_in()
    assert first.previous_login is None
    second = sign_in()
    assert (second.previous_login, second.last_login > first.last_login) == (first.last_login, True)
    attempt(Client(), "town", "wrong")
    assert User.objects.get(username="town").previous_login == first.last_login


def test_wrong_name_and_wrong_password_sound_the_same(world: World) -> None:
    pages = [Client().post(LOGIN, {"username": name, "password": "wrong"}).content.decode() for name in ("town", "nobody")]
    assert all("登录名或密码不正确" in page for page in pages)


def test_a_name_no_account_can_have_is_refused_before_it_is_tried(world: World, lock_out: None) -> None:
    answer = Client().post(LOGIN, {"username": "a" * 5000, "password": "wrong"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["username"])
    assert not AccessFailureLog.objects.exists()


def test_five_failures_lock_the_name_at_that_address_and_nowhere_else(world: World, lock_out: None) -> None:
    client = Client()
    statuses = [attempt(client, "town", "wrong") for _ in range(5)]
    assert statuses[:4] == [200] * 4
    assert attempt(client, "town") == 429
    assert "锁定" in client.post(LOGIN, {"username": "town", "password": PASSWORD}).content.decode()
    assert attempt(Client(), "bank") == 302
    assert attempt(Client(), "town", REMOTE_ADDR="10.0.0.9") == 302
    assert AccessFailureLog.objects.filter(username="town").exists()


def test_security_administrator_unlocks(world: World, lock_out: None, sign_in: SignIn) -> None:
    for _ in range(5):
        attempt(Client(), "town", "wrong")
    answer = sign_in(world.secadmin).post(reverse("parties:person_unlock", args=[world.town.pk]), follow=True)
    assert "登录锁定已解除" in answer.content.decode()
    assert attempt(Client(), "town") == 302


def test_unlocking_what_is_not_locked_says_so(world: World, sign_in: SignIn) -> None:
    answer = sign_in(world.secadmin).post(reverse("parties:person_unlock", args=[world.town.pk]), follow=True)
    assert "没有被锁定" in answer.content.decode()


def test_reset_password_must_be_changed_before_anything_else(world: World) -> None:
    accounts.reset_password(account=world.town, password="Yinhang-2012-Kaihu", by=world.sysadmin, **DAY)
    client = Client()
    assert attempt(client, "town", "Yinhang-2012-Kaihu") == 200  # not let in yet
    accounts.set_account_active(account=world.town, active=True, by=world.secadmin, **DAY)
    attempt(client, "town", "Yinhang-2012-Kaihu")
    assert client.get("/account/").url == "/account/password/"
    assert client.get("/api/v1/me/").status_code == 403
    form = client.get("/account/password/")
    assert form.status_code == 200
    new = {"old_password": "Yinhang-2012-Kaihu", "new_password1": "Xiaolan-Suoye-88", "new_password2": "Xiaolan-Suoye-88"}
    assert client.post("/account/password/", new).status_code == 302
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [("wrong", "Xiaolan-Suoye-88", "Xiaolan-Suoye-88"), (PASSWORD, "1234567890", "1234567890"), (PASSWORD, "Xiaolan-Suoye-88", "other"),
     (PASSWORD, PASSWORD, PASSWORD)],
)  # fmt: skip
def test_bad_password_change_changes_nothing(world: World, sign_in: SignIn, old: str, new: str, again: str) -> None:
    data = {"old_password": old, "new_password1": new, "new_password2": again}
    assert sign_in(world.town).post("/account/password/", data).status_code == 422
    world.town.refresh_from_db()
    assert world.town.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "again", "field", "sentence"),
    [
        ("wrong", "Xiaolan-Suoye-88", "Xiaolan-Suoye-88", "old_password", "原密码不正确。"),
        (PASSWORD, "town2town2", "town2town2", "new_password1", "密码与登录名太相近"),
        (PASSWORD, "my-TOWN-2012", "my-TOWN-2012", "new_password1", "密码与登录名太相近"),
        (PASSWORD, "short", "short", "new_password1", "10"),
        (PASSWORD, "Xiaolan-Suoye-88", "other", "new_password2", "两次输入的新密码不一样。"),
        ("", "Xiaolan-Suoye-88", "Xiaolan-Suoye-88", "old_password", "请填写原密码。"),
    ],
)
def test_a_fault_of_a_new_password_stands_beside_the_field_it_is_in(
    world: World, sign_in: SignIn, old: str, new: str, again: str, field: str, sentence: str
) -> None:
    data = {"old_password": old, "new_password1": new, "new_password2": again}
    errors = sign_in(world.town).post("/account/password/", data).context["form"].errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]


def test_signing_out_elsewhere_keeps_this_session(world: World, sign_in: SignIn) -> None:
    here, there = sign_in(world.town), sign_in(world.town)
    assert here.post("/account/sign-out-others/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_whoever_is_kept_out_loses_their_session_at_once(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.town)
    organisations.set_organisation_active(organisation=world.town_organisation, active=False, by=world.sysadmin, **DAY)
    assert client.get("/account/").status_code == 302
    assert attempt(Client(), "town") == 200


def test_form_without_csrf_token_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.sysadmin, backend="parties.backends.PartiesBackend")
    data = {"kind": "bank", "name": "某银行", "short_name": "某行", "reviewer_title": "行长"}
    answer = client.post("/organisations/new/", data)
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_session_without_csrf_token_cannot_write_through_the_api(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.town, backend="parties.backends.PartiesBackend")
    answer = client.post("/api/v1/notifications/1/read/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
