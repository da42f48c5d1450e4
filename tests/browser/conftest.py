"""The demonstration, served by the server of production to a real Chromium: its own database, its own process."""

import fcntl
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import site as demonstration
from tests.support.site import CHROMIUM, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (360, 768, 1440)


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a replayed demonstration lies that nobody has touched, made once for all processes of a run: it is copied, not served."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    place, unfinished = shared / "replayed", shared / "unfinished"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished.mkdir()
            demonstration.replay(unfinished)
            unfinished.rename(place)
    return place


@pytest.fixture(scope="session")
def site(replayed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`http://127.0.0.1:…` of the demonstration all tests share."""
    with demonstration.served(demonstration.copy(replayed, tmp_path_factory.mktemp("site"))) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """The system's Chromium under Playwright."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "Chromium is not installed (CI requires it): apt-get install chromium"
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as environment:
        # Playwright's loop runs in this thread, which Django takes for asynchronous code calling the database.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


Profile = dict[str, Any]


@pytest.fixture(scope="session")
def profiles(site: str, chromium: "Browser") -> Callable[[str], Profile]:
    """What a browser holds right after a person has signed in through the sign-in page: the session, nothing typed yet."""

    @cache
    def profile(name: str) -> Profile:
        with chromium.new_context(locale="zh-CN", base_url=site) as context:
            sign_in(context.new_page(), name)
            return context.storage_state()

    return profile


@pytest.fixture
def page(site: str, chromium: "Browser") -> Iterator["Page"]:
    """A window nobody has signed in at. What the page's own policy or scripts complain of fails the test."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=site)
    window = context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
    yield window
    context.close()
    assert complaints == []


class Complaints(list[str]):
    """What a page's scripts, policy or failed requests say. Answers of 4xx to what the test itself asked are its own business."""

    def listen(self, page: "Page") -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda said: self.append(said.text) if said.type in ("error", "warning") else None)


@pytest.fixture
def at(site: str, chromium: "Browser", profiles: Callable[[str], Profile]) -> Iterator[Callable[..., "Page"]]:
    """`at("bank2")` is that person's window on a computer of its own, so that no test finds the drafts of another; an
    error on its console fails the test.
    """
    complaints, contexts = Complaints(), []

    def window(name: str, width: int = 1440, *, quiet: bool = True) -> "Page":
        context = chromium.new_context(
            storage_state=profiles(name),
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=site,
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        if quiet:
            complaints.listen(page)
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []
