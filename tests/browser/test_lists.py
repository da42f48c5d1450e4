"""A list kept under one's hands: one request and one step back for what is asked once, focus and place where one reads on."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
At = Callable[..., "Page"]


def enter_in_the_search(page: "Page") -> None:
    page.get_by_role("searchbox", name="搜索").fill("锁业")
    page.keyboard.press("Enter")


def press_the_button_after_typing(page: "Page") -> None:
    page.get_by_role("searchbox", name="搜索").fill("锁业")
    page.get_by_role("button", name="查询").click()


def leave_the_search(page: "Page") -> None:
    page.get_by_role("searchbox", name="搜索").fill("锁业")
    page.keyboard.press("Tab")


def enter_in_a_text(page: "Page") -> None:
    page.get_by_label("行业代码").fill("33")
    page.keyboard.press("Enter")


def leave_a_day(page: "Page") -> None:
    page.get_by_label("发放日起").fill("2012-03-01")
    page.keyboard.press("Tab")


def choose_a_state(page: "Page") -> None:
    page.get_by_label("状态").select_option(label="已结清")


@pytest.mark.parametrize(
    "ask", [enter_in_the_search, press_the_button_after_typing, leave_the_search, enter_in_a_text, leave_a_day, choose_a_state]
)
def test_what_is_asked_once_is_one_request_and_one_step_back(at: At, ask: Callable[["Page"], None]) -> None:
    page = at("bank")
    page.goto("/loans/")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if "/loans/?" in request.url else None)
    before = page.evaluate("history.length")
    ask(page)
    expect(page).to_have_url(re.compile(r"/loans/\?"))
    page.wait_for_timeout(500)  # a second one would have come by now
    assert len(requests) == 1
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page).to_have_url(re.compile("/loans/$"))


@pytest.mark.parametrize("width", [360, 1440])
def test_a_head_keeps_the_focus_and_stays_in_view_after_sorting_by_it(at: At, width: int) -> None:
    page = at("bank", width)
    page.goto("/loans/")
    head = page.locator("th a.sort").last  # at the right of a wide table
    head.focus()
    for sort, order in (("sort=[a-z]", "ascending"), ("sort=-", "descending")):
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(sort))
        expect(page.locator(f"th[aria-sort={order}] a.sort")).to_be_focused()
        expect(head).to_be_focused()
        expect(head).to_be_in_viewport()


@pytest.mark.parametrize("link", [".page-item a >> nth=1", "a[rel=next]", ".page-sizes a >> nth=0"])
def test_after_paging_one_reads_on_at_the_beginning_of_the_list(at: At, link: str) -> None:
    page = at("bank")
    page.goto("/loans/?page_size=20")
    first = page.locator("main table tbody tr").first
    page.locator(link).focus()
    expect(first).not_to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("page=2|page_size=50"))
    expect(page.locator("#list")).to_be_focused()
    expect(first).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(page.locator("#list .list-bar :focus")).to_be_visible()
