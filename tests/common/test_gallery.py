"""The living page of components shows each of them."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import make_world

SHELLS = {"form_page", "list_page", "list_table", "object_page", "pagination", "plain"}
"""What whole pages are made of: any page shows them."""


@pytest.fixture
def client(client: Client, db: None) -> Client:
    client.force_login(make_world().bank, backend="parties.backends.PartiesBackend")
    return client


def test_every_component_is_shown(client: Client) -> None:
    answer = client.get("/components/")
    shown = {template.name for template in answer.templates}
    every = {f"components/{path.name}" for path in (Path(settings.BASE_DIR) / "templates" / "components").glob("*.html")}
    assert every - shown == {f"components/{name}.html" for name in SHELLS}
    assert "有 " in answer.content.decode()  # the form with faults sums them up


def test_it_is_not_there_in_production(client: Client, settings: Any) -> None:
    settings.DEMONSTRATION = False
    assert client.get("/components/").status_code == 404
