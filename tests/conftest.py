"""What every test gets: the database it runs on, markers, hypothesis profiles, a browser.

`DATABASE_URL` and `REDIS_URL` choose PostgreSQL and Redis; without them SQLite and the embedded queue alone.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from reserve import triggers
from pytest_django.plugin import blocking_manager_key

from tests.support import reset

_RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("dev", max_examples=50, **_RELAXED)
hypothesis_settings.register_profile("ci", max_examples=100, derandomize=True, print_blob=True, **_RELAXED)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))
        if item.get_closest_marker("browser") and CHROMIUM is None and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Before Django empties the tables of a test that committed: the append-only ones would refuse."""
    reset.before_flush(item, item.config.stash[blocking_manager_key])


@pytest.fixture(autouse=True)
def emptied_with_triggers(request: pytest.FixtureRequest) -> Iterator[None]:
    """The one reset helper. A test that really commits has its tables emptied afterwards, which the append-only
    triggers rightly refuse; so they go before the tables are emptied and `post_migrate` brings them back.
    """
    mark = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames) or (mark and mark.kwargs.get("transaction"))
    if commits:
        request.getfixturevalue("transactional_db")  # set up before, torn down after this fixture
    yield
    if commits:
        triggers.drop()


@pytest.fixture(autouse=True)
def media_of_its_own(settings: object, tmp_path: Path) -> None:
    """Uploaded papers of a test go to its own directory."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
