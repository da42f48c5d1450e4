"""The replayed demonstration under the server of production: its own database, its own process. Tests and pictures use it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import migrated

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASE = Path(__file__).resolve().parents[2]
PASSWORD = "Demo-2012-2014"
DATABASE, MEDIA, STATIC = "db.sqlite3", "media", "static"
PATIENCE = 30
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


def replay(place: Path) -> None:
    """Fill the directory `place` with a database and the papers of a demonstration that begins now, and with the static files,
    collected so that they travel compressed, as in production.
    """
    (place / MEDIA).mkdir()
    migrated.begin(place / DATABASE)
    for command in (["migrate", "-v0"], ["replay"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=BASE, env=environment(place), check=True, stdout=subprocess.DEVNULL)


def copy(source: Path, target: Path) -> Path:
    """`target` with all that `source` holds, which nobody writes to meanwhile."""
    return Path(shutil.copytree(source, target, dirs_exist_ok=True))


@contextmanager
def served(place: Path) -> Iterator[str]:
    """`http://127.0.0.1:…` of what `place` holds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*probe.getsockname())
    serve = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", address, "--threads", "4", "--log-level", "warning"]
    with subprocess.Popen(serve, cwd=BASE, env=environment(place), start_new_session=True) as server:
        try:
            _wait(f"http://{address}/healthz")
            yield f"http://{address}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def sign_in(page: "Page", name: str) -> None:
    """Through the sign-in page, as a person does; ends on the home page."""
    page.goto("/login/")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").first.fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def environment(place: Path) -> dict[str, str]:
    """What the processes of a demonstration in `place` are started with. Strict Content-Security-Policy, as everywhere."""
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{place / DATABASE}",
        "MEDIA_ROOT": str(place / MEDIA),
        "STATIC_ROOT": str(place / STATIC),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
    }


def _wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(url):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer within {PATIENCE} s")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # its own server
            return True
    except (urllib.error.URLError, OSError):
        return False
