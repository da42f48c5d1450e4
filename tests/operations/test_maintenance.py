"""`MAINTENANCE`: everyone is told, machines too, probes are answered as ever; no database is asked."""

from contextlib import closing
from typing import Any

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def closed(settings: Any) -> None:
    settings.MAINTENANCE = True
    settings.MAINTENANCE_UNTIL = "11月28日22时"


@pytest.mark.parametrize("path", ["/", "/login/", "/loans/7/", "/nowhere/"])
def test_every_page_says_until_when(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "600", "no-store")
    assert "预计11月28日22时恢复" in answer.content.decode()
    assert "Content-Security-Policy" in answer


def test_without_a_time_it_is_soon(client: Client, settings: Any) -> None:
    settings.MAINTENANCE_UNTIL = ""
    assert "稍后恢复" in client.post("/login/").content.decode()


def test_the_api_answers_with_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/loans/")
    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (503, "application/problem+json", "600")
    assert (answer.json()["code"], answer.json()["status"]) == ("maintenance", 503)
    assert "预计11月28日22时恢复" in answer.json()["detail"]


@pytest.mark.django_db  # the end of a file closes connections
def test_a_probe_and_the_style_sheet_are_answered(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    with closing(client.get("/static/css/app.css")) as sheet:
        assert sheet.status_code == 200


@pytest.mark.django_db
def test_open_again_when_it_is_over(client: Client, settings: Any) -> None:
    settings.MAINTENANCE = False
    assert client.get("/login/").status_code == 200
