"""Every page of every role in a real browser: no error, no blocked script, no sideways scroll, usable by everyone."""

import json
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import WIDTHS
from tests.journeys.test_crawl import Page as Markup
from tests.journeys.test_crawl import inside

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PEOPLE = ("province", "science2", "centre", "town", "bank", "bank2", "auditor", "sysadmin", "secadmin", "auditadmin")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1
    && !e.closest('.table-scroll, .side, [hidden]')).slice(0, 5).map(e => e.tagName + '.' + e.className);
}"""
# How far what was shown already moved while the page came (the browser's own measure), a moment after all of it was there.
STEADY = 0.02
SLOWLY = {"offline": False, "latency": 0, "downloadThroughput": 20 * 1024, "uploadThroughput": -1}
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) sum += e.value; }))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 60);
})"""
# What the scanner judges an element by: its tag, classes, attributes, whether it has words, and the same of all it stands in.
SHAPES = """() => {
  const own = e => [e.tagName, ...e.classList, ...e.getAttributeNames(), e.type || '', e.textContent.trim() ? 'words' : ''].join(' ');
  const known = new Map([[document.body, '']]);
  return [...new Set([...document.querySelectorAll('body *')].filter(e => !e.closest('svg svg, svg *')).map(e => {
    const shape = (known.get(e.parentElement) || '') + '>' + own(e);
    known.set(e, shape);
    return shape;
  }))];
}"""


class Built(Markup):
    """What a page is made of: of each element the tag, classes and names of attributes, with those of all it stands in."""

    def __init__(self, html: str) -> None:
        self.pieces: set[str] = set()
        self._within: list[tuple[str, str]] = []
        super().__init__(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        own = " ".join([tag, *sorted((dict(attrs).get("class") or "").split()), *sorted(name for name, _ in attrs)])
        piece = f"{self._within[-1][1] if self._within else ''}>{own}"
        self.pieces.add(piece)
        if tag not in VOID:
            self._within.append((tag, piece))

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        while tag in (open_ for open_, _ in self._within) and self._within.pop()[0] != tag:
            pass


@pytest.fixture(scope="session")
def scanned() -> set[str]:
    """The shapes of all elements the scanner has seen in this process."""
    return set()


@pytest.fixture(scope="session")
def opened() -> dict[str, set[str]]:
    """Of what the pages were made that were opened in this process, by kind."""
    return defaultdict(set)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_kind_of_page_fits_every_screen_and_is_usable_by_everyone(
    at: Callable[..., "Page"], scanned: set[str], opened: dict[str, set[str]], name: str
) -> None:
    """One page of each kind this person finds a link to; `at` hears what console and policy complain of.

    All are fetched; in the window is opened what has a part that no other's page of its kind had.
    """
    page, faults = at(name), []
    waiting, kinds = deque(["/"]), {"/": "/"}
    while waiting:
        kind = waiting.popleft()
        answer = page.request.get(kinds[kind])
        if not answer.headers["content-type"].startswith("text/html"):
            continue  # a paper, of whatever kind it is
        built = Built(answer.text())
        if built.pieces - opened[kind]:
            faults += faults_of(page, kinds[kind], scanned)
            opened[kind] |= built.pieces
        for href in filter(None, (inside(kinds[kind], href) for href in built.links)):
            parts = urlsplit(href)
            other = "/".join("n" if part.isdigit() else part for part in parts.path.split("/"))
            if other not in kinds and "." not in parts.path and "export=" not in parts.query and not paper(other):
                kinds[other] = parts.path
                waiting.append(other)
    assert faults == []
    assert len(kinds) > 5, "hardly anything was linked"


def faults_of(page: "Page", path: str, scanned: set[str]) -> list[str]:
    answer = page.goto(path)
    assert answer is not None
    faults = [] if answer.status == 200 else [f"{path}: {answer.status}"]
    if (shift := page.evaluate(SHIFTED)) > STEADY:
        faults.append(f"{path}: moved by {shift:.3f} while it was loading")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if wider := page.evaluate(WIDER):
            faults.append(f"{path} at {width}: wider than the screen: {wider}")
    shapes = set(page.evaluate(SHAPES))
    if shapes - scanned:  # what is made of elements seen before would be found as sound as they were
        faults += serious(page)
        scanned |= shapes
    return faults


def paper(kind: str) -> bool:
    return kind == "/papers/n/" or kind.endswith(("/pdf/", "/xlsx/", "/csv/", "/json/"))


@pytest.mark.parametrize("width", [768, 1280])
@pytest.mark.parametrize("path", ["/", "/dashboard/", "/enterprises/1/", "/loans/", "/loans/1/", "/claims/1/", "/summaries/1/"])
def test_a_page_that_comes_slowly_keeps_what_it_showed_in_its_place(at: Callable[..., "Page"], path: str, width: int) -> None:
    """All but the page itself lies in the cache: what comes piece by piece is its text."""
    page = at("auditor")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOWLY)
    page.goto(path)
    assert page.evaluate(SHIFTED) <= STEADY


def test_axe_finds_nothing_serious_in_the_dark(at: Callable[..., "Page"]) -> None:
    page = at("bank")
    page.goto("/")
    page.evaluate("localStorage.setItem('look', 'dark')")
    faults = []
    for path in ("/", "/loans/", "/statistics/", "/net-capitals/new/"):
        page.goto(path)
        assert page.locator("html").get_attribute("data-bs-theme") == "dark"
        faults += serious(page)
    assert faults == []


def test_axe_finds_nothing_serious_on_the_sign_in_page(page: "Page") -> None:
    page.goto("/login/")
    assert serious(page) == []


def serious(page: "Page") -> list[str]:
    """Serious and critical findings of WCAG 2 A and AA. The scanner runs from outside the page's policy."""
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]

    def evaluate(text: str) -> Any:
        answer = session.send("Runtime.evaluate", {"expression": text, "contextId": world, "awaitPromise": True, "returnByValue": True})
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    evaluate(AXE + ";1")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    found = json.loads(evaluate(f"axe.run({json.dumps(options)}).then(r => JSON.stringify(r.violations))"))
    session.detach()
    return [
        f"{urlsplit(page.url).path}: {one['id']} ({one['help']}): {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:2]
    ]
