"""REST tokens: taken with a password, kept hashed, expiring, revocable; the lock-out holds here too."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from config.env import redis_cache
from parties.authentication import digest_of
from parties.models import ApiToken
from parties.services import accounts
from tests.factories import World, at

from .conftest import PASSWORD

URL = "/api/v1/tokens/"


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()


def take(username: str = "town", password: str = PASSWORD) -> Any:
    return APIClient().post(URL, {"username": username, "password": password})


def bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_token_opens_the_api_and_is_kept_as_a_digest_only(world: World) -> None:
    answer = take()
    assert answer.status_code == 201
    assert set(answer.json()) == {"token", "expires_at"}
    token = answer.json()["token"]
    assert ApiToken.objects.get().digest == digest_of(token) != token
    assert bearer(token).get("/api/v1/me/").json()["username"] == "town"


def test_credentials_may_come_as_a_form_as_curl_sends_them(world: World) -> None:
    answer = Client().post(URL, f"username=town&password={PASSWORD}", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 201


@pytest.mark.parametrize(("username", "password"), [("town", "wrong"), ("nobody", PASSWORD)])
def test_wrong_credentials_are_a_401_problem(world: World, username: str, password: str) -> None:
    answer = take(username, password)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Token")
    assert answer.json()["code"] == "wrong_credentials"
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("body", [{}, {"username": "town"}, {"username": "", "password": "x"}, {"username": "a" * 41, "password": "x"}])
def test_incomplete_credentials_are_a_400_problem_by_field(world: World, body: dict[str, str]) -> None:
    answer = APIClient().post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"]


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token nonsense", "Token \u00e9\u00e9"])
def test_bad_header_is_a_401_problem(world: World, header: str) -> None:
    answer = Client().get("/api/v1/me/", headers={"Authorization": header.encode("latin-1").decode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_nobody_is_a_401_problem(db: None) -> None:
    answer = APIClient().get("/api/v1/organisations/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_expired_and_revoked_tokens_are_refused(world: World) -> None:
    token = take().json()["token"]
    client = bearer(token)
    assert client.delete(f"{URL}current/").status_code == 204
    assert client.get("/api/v1/me/").status_code == 401
    token = take().json()["token"]
    ApiToken.objects.filter(revoked_at__isnull=True).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert bearer(token).get("/api/v1/me/").status_code == 401


def test_token_ends_with_the_person(world: World) -> None:
    token = take().json()["token"]
    accounts.set_account_active(account=world.town, active=False, by=world.secadmin, **at(2012, 1, 4))
    assert bearer(token).get("/api/v1/me/").status_code == 401
    assert take().status_code == 401


def test_no_token_before_the_password_is_changed(world: World) -> None:
    accounts.reset_password(account=world.town, password="Yinhang-2012-Kaihu", by=world.sysadmin, **at(2012, 1, 4))
    assert take(password="Yinhang-2012-Kaihu").status_code == 401
    accounts.set_account_active(account=world.town, active=True, by=world.secadmin, **at(2012, 1, 4))
    answer = take(password="Yinhang-2012-Kaihu")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_due")


def test_lock_out_holds_for_tokens(world: World, settings: Any) -> None:
    settings.AXES_ENABLED = True
    for _ in range(5):
        take(password="wrong")
    answer = take()
    assert (answer.status_code, answer.json()["code"]) == (429, "locked_out")
    assert answer.headers["Retry-After"]


def test_token_requests_are_throttled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from parties.resources import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "rate", "2/min")
    assert [take().status_code for _ in range(3)] == [201, 201, 429]
    assert take().json()["code"] == "throttled"


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "is gone"])
def test_tokens_are_given_while_the_cache_does_not_answer(world: World, settings: Any, silent_server: str, hangs: bool) -> None:
    settings.CACHES = {"default": redis_cache(f"redis://{silent_server if hangs else '127.0.0.1:1'}/0")}
    since = time.monotonic()
    assert take().status_code == 201
    assert take(password="wrong").status_code == 401
    assert time.monotonic() - since < 8


def test_session_has_no_token_to_revoke(world: World) -> None:
    client = Client()
    client.force_login(world.town, backend="parties.backends.PartiesBackend")
    assert client.delete(f"{URL}current/").status_code == 400
