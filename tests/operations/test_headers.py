"""What every page tells the browser."""

import gzip

import pytest
from django.test import Client

from tests.factories import make_world


@pytest.mark.django_db
def test_a_strict_policy_goes_with_every_page(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    rules = {name: values.split() for name, _, values in (part.strip().partition(" ") for part in policy.split(";"))}
    assert rules["default-src"] == rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/account/", "/nowhere/", "/loans/?export=csv"])
def test_no_cache_keeps_what_a_signed_in_person_sees(client: Client, path: str) -> None:
    client.force_login(make_world().town, backend="parties.backends.PartiesBackend")
    assert client.get(path)["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_a_caller_with_a_report_already_is_still_told_so(client: Client) -> None:
    client.force_login(make_world().town, backend="parties.backends.PartiesBackend")
    assert client.get("/api/v1/programmes/xiaolan/statistics/")["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_pages_travel_compressed_and_answers_of_the_api_keep_their_etag(client: Client) -> None:
    client.force_login(make_world().town, backend="parties.backends.PartiesBackend")
    page = client.get("/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert "首页" in gzip.decompress(page.content).decode()
    answer = client.get("/api/v1/programmes/xiaolan/statistics/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in answer
    assert answer["ETag"].startswith('"')
