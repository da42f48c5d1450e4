"""Fields that help while one types: the calendar beside a date, suggestions under an enterprise and the search,
the filters of a list. By keyboard alone.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAFT = "/recommendations/new/"
READ = "texts => texts.map(dayOf)"
TEXTS = {
    "2012-09-01": "2012-09-01",
    "2012-9-1": "2012-09-01",
    " 2012/9/1 ": "2012-09-01",
    "2012年9月1日": "2012-09-01",
    "２０１２０９０１": "2012-09-01",
    "2012-02-30": None,
    "40950": None,
    "明天": None,
    "": None,
}


def test_a_date_says_what_day_it_is_and_is_chosen_from_the_calendar_by_keyboard(at: Callable[..., "Page"]) -> None:
    page = at("science")
    page.goto(DRAFT)
    assert page.evaluate(READ, list(TEXTS)) == list(TEXTS.values())
    day = page.get_by_label("受理日期")
    reading = page.locator("#id_accepted_on-field output")
    for text, said in (
        ("2012-10-8", "2012-10-08 周一，国庆节后首个工作日"),
        ("2012年9月29日", "2012-09-29 周六，调休上班"),
        ("2012-10-13", "2012-10-13 周六，非工作日"),
        ("2099-03-04", "2099-03-04 周三，工作日（暂定）"),
        ("明天", ""),
        ("20121001", "2012-10-01 周一，国庆节放假，非工作日"),
    ):
        day.fill(text)
        expect(reading).to_have_text(said)
    opener = page.locator("#id_accepted_on-field").get_by_role("button", name="打开日历")
    opener.press("Enter")
    calendar = page.get_by_role("dialog", name="选择日期")
    expect(calendar.get_by_role("gridcell", selected=True)).to_have_text("1")
    expect(calendar).to_contain_text("2012年10月")
    page.keyboard.press("Escape")
    expect(calendar).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    expect(calendar.locator("[data-day='2012-10-01']")).to_be_focused()
    for key, focused in (("ArrowRight", "2012-10-02"), ("ArrowDown", "2012-10-09"), ("PageUp", "2012-09-09"), ("End", "2012-09-09")):
        page.keyboard.press(key)
        expect(calendar.locator(f"[data-day='{focused}']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(calendar).to_be_hidden()
    expect(day).to_have_value("2012-09-09")
    expect(day).to_be_focused()
    expect(reading).to_have_text("2012-09-09 周日，非工作日")


def test_an_enterprise_is_found_and_chosen_by_keyboard(at: Callable[..., "Page"]) -> None:
    page = at("science")
    page.goto(DRAFT)
    enterprise = page.get_by_role("combobox", name="企业")
    enterprise.press_sequentially("zss")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(enterprise).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("listbox").get_by_role("option", selected=True)
    expect(enterprise).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    name = chosen.get_attribute("data-value")
    page.keyboard.press("Enter")
    expect(enterprise).to_have_value(str(name))
    expect(enterprise).to_have_attribute("aria-expanded", "false")
    enterprise.fill("没有这一家")
    expect(page.get_by_text("名录中没有符合的企业")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_search_suggests_where_to_go_and_leads_there_by_keyboard(at: Callable[..., "Page"]) -> None:
    page = at("auditor")
    page.goto("/help/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="搜索全部内容")
    expect(box).to_be_focused()
    page.keyboard.type("锁")
    suggestions = page.get_by_role("listbox", name="搜索建议")
    expect(suggestions).to_be_hidden()
    page.keyboard.type("业")
    expect(suggestions.get_by_role("option").last).to_have_text("查看全部结果")
    page.keyboard.press("ArrowUp")
    expect(suggestions.get_by_role("option", selected=True)).to_have_text("查看全部结果")
    page.keyboard.press("Escape")
    expect(suggestions).to_be_hidden()
    expect(box).to_have_value("锁业")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    enterprise = suggestions.get_by_role("option", selected=True)
    expect(enterprise).to_contain_text("企业")
    page.keyboard.press("Enter")
    page.wait_for_url("**/enterprises/*/")
    page.keyboard.press("/")
    page.keyboard.type("锁业")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")


def test_the_filters_of_a_list_fold_on_a_narrow_screen_and_only_there(at: Callable[..., "Page"]) -> None:
    page = at("auditor", 360)
    page.goto("/loans/?status=active")
    fold = page.get_by_role("button", name="筛选（1 项生效）")
    status = page.get_by_label("状态", exact=True)
    expect(status).to_be_hidden()
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    status.select_option("")
    expect(page.get_by_role("button", name="筛选", exact=True)).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="筛选", exact=True).press("Enter")
    expect(status).to_be_hidden()
    page.goto("/loans/?disbursed_from=x")
    expect(page.get_by_label("发放日起")).to_be_visible()
    page.set_viewport_size({"width": 768, "height": 900})
    page.goto("/loans/")
    expect(status).to_be_visible()
    expect(page.locator("[data-filters]")).to_be_hidden()
