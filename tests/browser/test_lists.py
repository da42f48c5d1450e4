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
