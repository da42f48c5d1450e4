"""One world for the whole matrix, built once a worker and rolled back; each test undoes its own writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from rest_framework.test import APIClient

from parties.enums import Role
from parties.models import User
from tests.factories import World, make_person, make_world
from tests.support.route_subjects import outsiders, subjects
from tests.support.rows import Rows, all_rows

NAMES = (
    "province", "province2", "science", "science2", "centre", "town", "town2", "bank", "bank2", "auditor",
    "sysadmin", "secadmin", "auditadmin",
)  # fmt: skip


@dataclass(frozen=True)
class Matrix:
    world: World
    kwargs: dict[str, dict[str, Any]]
    people: list[User]
    outsiders: list[User]
    rows: Rows
    _browsers: dict[int, str]

    def page(self, user: User) -> Client:
        client = Client(raise_request_exception=True)
        client.cookies["sessionid"] = self._browsers[user.pk]
        return client

    def endpoint(self, user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    papers = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("papers"))
    with django_db_blocker.unblock(), transaction.atomic(), papers:
        world = make_world()
        service = make_person("client", world.province_organisation, Role.VIEWER)
        people = [*(getattr(world, name) for name in NAMES), service]
        found = subjects(world)
        others = outsiders(world)
        browsers = {user.pk: _session(user) for user in (*people, *others)}
        yield Matrix(world, found, people, others, all_rows(), browsers)
        transaction.set_rollback(True)


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="parties.backends.PartiesBackend")
    return client.cookies["sessionid"].value


@pytest.fixture
def matrix(built: Matrix, db: None) -> Matrix:
    """The world, inside a transaction of the test's own."""
    return built
