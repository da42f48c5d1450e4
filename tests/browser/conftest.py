"""The demonstration, served by the server of production to a real Chromium: its own database, its own process."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

BASE = Path(__file__).resolve().parents[2]
PASSWORD = "Demo-2012-2014"
WIDTHS = (360, 768, 1440)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`http://127.0.0.1:…` of the replayed demonstration. Strict Content-Security-Policy, as everywhere."""
    place = tmp_path_factory.mktemp("site")
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{place}/db.sqlite3",
        "MEDIA_ROOT": str(place / "media"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
    }
    for command in (["migrate", "-v0"], ["replay"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=BASE, env=environment, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "warning"]
    with subprocess.Popen(serve, cwd=BASE, env=environment, start_new_session=True) as server:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the server answers")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # its own server
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def seats(site: str, chromium: "Browser") -> Iterator[Callable[[str], "BrowserContext"]]:
    """One browser profile for each person, signed in once through the sign-in page."""
    taken: dict[str, BrowserContext] = {}

    def seat(name: str) -> "BrowserContext":
        if name not in taken:
            taken[name] = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=site, accept_downloads=True)
            page = taken[name].new_page()
            sign_in(page, name)
            page.close()
        return taken[name]

    yield seat
    for context in taken.values():
        context.close()


def sign_in(page: "Page", name: str) -> None:
    page.goto("/login/")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


class Complaints(list[str]):
    """What a page's scripts, policy or failed requests say. Answers of 4xx to what the test itself asked are its own business."""

    def listen(self, page: "Page") -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda said: self.append(said.text) if said.type in ("error", "warning") else None)


@pytest.fixture
def at(seats: Callable[[str], "BrowserContext"]) -> Iterator[Callable[..., "Page"]]:
    """`at("bank2")` is a window of that person; an error on its console fails the test."""
    complaints, pages = Complaints(), []

    def window(name: str, width: int = 1440, *, quiet: bool = True) -> "Page":
        page = seats(name).new_page()
        page.set_viewport_size({"width": width, "height": 900})
        if quiet:
            complaints.listen(page)
        pages.append(page)
        return page

    yield window
    for page in pages:
        page.close()
    assert complaints == []
