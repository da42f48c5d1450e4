"""A small world and clients signed in as its people."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from parties.models import User
from tests.factories import World, make_world

PASSWORD = "Demo-2012-2014"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


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
