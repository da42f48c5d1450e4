"""Every page of every role in a real browser: no error, no blocked script, no sideways scroll, usable by everyone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import WIDTHS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PEOPLE = ("province", "science2", "centre", "town", "bank", "bank2", "auditor", "sysadmin", "secadmin", "auditadmin")
LINKS = """() => [...document.querySelectorAll('#side a, main a')].map(a => a.getAttribute('href')).filter(h => h && h.startsWith('/'))"""
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1
    && !e.closest('.table-scroll, .side, [hidden]')).slice(0, 5).map(e => e.tagName + '.' + e.className);
}"""


@pytest.mark.parametrize("name", PEOPLE)
def test_pages_of_the_menu_and_the_first_object_of_each_list_fit_every_screen(at: Callable[..., "Page"], name: str) -> None:
    page = at(name)
    faults = []
    for path in paths(page):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            answer = page.goto(path)
            assert answer is not None
            if answer.status != 200:
                faults.append(f"{path}: {answer.status}")
            if wider := page.evaluate(WIDER):
                faults.append(f"{path} at {width}: wider than the screen: {wider}")
    assert faults == []


def paths(page: "Page") -> list[str]:
    """Those of the menu, and from each of its pages the first object or form of each kind."""
    page.goto("/")
    menu = list(dict.fromkeys(urlsplit(href).path for href in page.evaluate(LINKS.replace(", main a", ""))))
    found = dict.fromkeys(menu)
    kinds = set(menu)
    for path in menu:
        page.goto(path)
        for href in page.evaluate(LINKS):
            parts = urlsplit(href)
            kind = "/".join("n" if part.isdigit() else part for part in parts.path.split("/"))
            if kind not in kinds and "." not in parts.path and "export=" not in parts.query and not paper(kind):
                kinds.add(kind)
                found[parts.path] = None
    return list(found)


def paper(kind: str) -> bool:
    return kind.endswith(("/pdf/", "/xlsx/", "/csv/", "/json/"))


@pytest.mark.parametrize(
    "name, menu",
    [
        ("bank", ["首页", "出资", "审批与授信", "贷款台账", "申报汇总表", "统计"]),
        ("bank2", ["到期看板", "关注名单", "贷后检查", "预警报告", "逾期分析"]),
        ("centre", ["企业名录", "推荐", "批次"]),
        ("town", ["首页", "配套义务", "项目与账户", "工作日历", "审计记录"]),
        ("secadmin", ["首页", "人员账号"]),
    ],
)
def test_axe_finds_nothing_serious_on_lists_objects_and_forms(at: Callable[..., "Page"], name: str, menu: list[str]) -> None:
    page = at(name)
    faults = []
    for label in menu:
        page.goto("/")
        page.locator("#side").get_by_role("link", name=label, exact=True).click()
        faults += serious(page)
        row = page.locator("main table tbody a").locator("visible=true").first
        if row.count():
            row.click()
            faults += serious(page)
            page.go_back()
        form = page.locator("main .page-actions a.btn-primary").first
        if form.count():
            form.click()
            faults += serious(page)
    assert faults == []


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
    page.wait_for_load_state("networkidle")
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
