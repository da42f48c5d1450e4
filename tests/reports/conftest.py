"""The pilot's small world, and clients signed in as its people."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from parties.models import User
from reports.renderers.pdf import forget_styles
from tests.factories import World, fund, make_world


@pytest.fixture
def world(db: None) -> World:
    """Funded in 2011: 1000万 by the province, 4000万 by the town."""
    return fund(make_world())


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser of its own for each person."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="parties.backends.PartiesBackend")
        return client

    return client_of


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return client_of


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Any:
    """Printing complains of nothing: a missing glyph (.notdef), an unknown style or font is a warning of these loggers."""
    caplog.set_level(logging.WARNING)
    forget_styles()
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).addHandler(caplog.handler)
    yield
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).removeHandler(caplog.handler)
    complaints = [record for record in caplog.records if record.name.startswith(("weasyprint", "fontTools"))]
    assert [record.getMessage() for record in complaints if record.levelno >= logging.WARNING] == []
