"""A world dated around today, for pages and endpoints, which read the clock."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from common.http import today
from enterprises.models import Enterprise, Recommendation
from parties.models import User
from tests.factories import World, make_endorsed, make_enterprise, make_world


@pytest.fixture
def days_ago() -> Callable[[int], date]:
    return lambda count: today() - timedelta(days=count)


@pytest.fixture
def living(db: None, days_ago: Callable[[int], date]) -> World:
    """Agreed 400 days ago."""
    return make_world(code="demo", agreement_signed_on=days_ago(400))


@pytest.fixture
def firm(living: World, days_ago: Callable[[int], date]) -> Callable[..., Enterprise]:
    """The n-th enterprise, registered 300 days ago."""
    return lambda number=1, **changes: make_enterprise(living, number, day=days_ago(300), **changes)


@pytest.fixture
def ready(living: World, firm: Callable[..., Enterprise], days_ago: Callable[[int], date]) -> Callable[..., Recommendation]:
    """A recommendation of the n-th enterprise, endorsed ten days ago."""
    return lambda number=1, **changes: make_endorsed(living, firm(number), day=days_ago(10), **changes)


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
