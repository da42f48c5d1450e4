"""What people do with mouse and keyboard in the living programme: sign, confirm, submit, filter, export; once each."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.site import PASSWORD, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
At = Callable[..., "Page"]


def test_signing_in_by_keyboard_alone_and_out_again(page: "Page") -> None:
    page.goto("/loans/")
    expect(page).to_have_url(re.compile("/login/"))
    page.get_by_label("登录名").focus()
    page.keyboard.type("town")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/loans/"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    expect(page.get_by_text("贷款台账")).to_have_count(0)


def test_a_wrong_password_is_refused_in_words(page: "Page") -> None:
    page.goto("/login/")
    page.get_by_label("登录名").fill("town2")
    page.get_by_label("密码").first.fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("密码")


def test_a_recommendation_is_signed_after_the_dialog_has_named_what_is_signed(at: At) -> None:
    page = at("science2")
    page.goto("/recommendations/?programme=demo&status=draft")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="签署", exact=True).click()
    page.get_by_role("button", name="签署", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("代表市科技局签署第 1 版")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/sign/"))
    page.get_by_role("button", name="签署", exact=True).click()
    dialog.get_by_role("button", name="确认").click()
    expect(page.get_by_role("status")).to_contain_text("已签署")


def test_many_recommendations_are_counted_and_summed_before_they_are_signed(at: At) -> None:
    page = at("town2")
    page.goto("/recommendations/day/?programme=demo")
    page.get_by_label("全选可签署的推荐").check()
    expect(page.locator("[data-tally]")).to_contain_text(re.compile(r"已选 \d+ 笔，合计 [\d,]+\.00 元"))
    page.locator("input[name=rows]").first.uncheck()
    page.get_by_role("button", name="签署所选").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"代表小榄镇签署 \d+ 笔推荐，合计 [\d,]+\.00 元"))
    expect(dialog).to_contain_text("有限公司")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_dialog_names_the_value_and_day_that_were_typed(at: At) -> None:
    page = at("sysadmin")
    dialog = page.get_by_role("dialog")
    page.goto("/programmes/demo/rules/leverage/")
    page.get_by_label("新的取值").fill("80")
    page.get_by_label("生效日").fill("2030-01-01")
    page.get_by_label("依据").fill("会议纪要")
    page.get_by_role("button", name="保存").click()
    expect(dialog).to_contain_text("由“7.5倍”改为“80倍”，自 2030-01-01 起生效")
    page.keyboard.press("Escape")
    page.goto("/programmes/demo/rules/supported_categories/")
    page.get_by_label("创新型企业").uncheck()
    page.get_by_label("生效日").fill("2030-01-01")
    page.get_by_label("依据").fill("会议纪要")
    page.get_by_role("button", name="保存").click()
    expect(dialog).to_contain_text("改为“高新技术企业、民营科技企业、小榄重点扶持的科技企业”，自 2030-01-01 起")


def test_a_loan_is_confirmed_by_the_dialog_and_a_second_window_is_told(at: At) -> None:
    page, late = at("bank2"), at("bank2", quiet=False)
    page.goto("/loans/?programme=demo&status=entered")
    url = page.locator("main table tbody a").first.get_attribute("href")
    assert url
    for window in (page, late):
        window.goto(url)
    confirm(page, "复核放款", "占用准备金")
    expect(page.get_by_role("status")).to_contain_text("准备金已占用")
    confirm(late, "复核放款", "占用准备金")
    expect(late.get_by_role("status")).to_contain_text("不能")


def confirm(page: "Page", button: str, said: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(said)
    dialog.get_by_role("button", name="确认").click()


def test_the_good_rows_of_a_file_are_taken_after_a_dialog_that_counts_them(at: At) -> None:
    page = at("bank2")
    page.goto("/imports/?status=previewed")
    page.locator("main table tbody a").first.click()
    expect(page.get_by_role("main")).to_contain_text("本行在本项目没有借据“JJ2O250001”")
    confirm(page, "先采纳无误的 3 行", "有错误的 1 行不采纳，留在文件中等待")
    expect(page.get_by_role("main")).to_contain_text("文件已复核，正在逐行办理")
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_a_returned_summary_is_mended_as_its_reason_says_submitted_and_its_paper_taken_along(at: At) -> None:
    officer, page = at("bank"), at("bank2")
    page.goto("/summaries/?programme=demo&status=draft")
    page.locator("main table tbody a").first.click()
    summary = page.url
    reason = page.get_by_text(re.compile("被退回：漏报一笔")).inner_text()
    (note,) = re.findall(r"JJ\d+", reason)
    page.goto(f"/loans/?q={note}")
    page.locator("main table tbody a").first.click()
    confirm(page, "复核放款", "占用准备金")
    expect(page.get_by_role("status")).to_contain_text("准备金已占用")
    officer.goto(summary)
    expect(officer.get_by_role("main")).to_contain_text(note)
    confirm(officer, "核对无误", "由复核人报送")
    expect(officer.get_by_role("status")).to_contain_text("已核对")
    page.goto(summary)
    confirm(page, "报送省中心", "内容冻结")
    expect(page.get_by_role("status")).to_contain_text("已报送")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("XLSX")).click()
    assert download.value.suggested_filename.startswith("申报汇总表_")


def test_an_amount_is_read_back_in_words_while_it_is_typed(at: At) -> None:
    page = at("province")
    page.goto("/contributions/new/")
    amount = page.get_by_label("金额")
    amount.press_sequentially("1050.5万")
    expect(page.locator("[data-reading]").first).to_contain_text("壹仟零伍拾万伍仟元整")
    amount.fill("１２３．４５")
    expect(page.locator("[data-reading]").first).to_contain_text("壹佰贰拾叁元肆角伍分")


def test_a_double_click_sends_a_form_once(at: At) -> None:
    page = at("province")
    page.goto("/contributions/new/")
    page.get_by_label("金额").fill("123万")
    page.get_by_label("划款日期").fill(page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})"))
    page.get_by_label("划款凭证号").fill("双击-001")
    page.get_by_role("button", name="提交银行确认").dblclick()
    expect(page.get_by_role("status")).to_contain_text("出资已登记")
    page.goto("/contributions/?q=双击-001")
    expect(page.locator("main table tbody tr")).to_have_count(1)


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_fault(at: At) -> None:
    page = at("province", quiet=False)
    page.goto("/contributions/new/")
    page.get_by_label("金额").fill("0.001")
    page.get_by_label("划款凭证号").fill("不丢-001")
    page.get_by_role("button", name="提交银行确认").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("尚未保存")
    expect(alert).to_be_focused()
    expect(page.get_by_label("划款凭证号")).to_have_value("不丢-001")
    expect(page.get_by_label("金额")).to_have_attribute("aria-invalid", "true")


def test_a_draft_comes_back_to_whoever_typed_it_and_to_nobody_else_at_the_same_computer(page: "Page") -> None:
    form = "/recommendations/new/"
    sign_in(page, "science")
    page.goto(form)
    page.get_by_label("用途").fill("购置精密锁具生产线")
    page.reload()
    expect(page.get_by_label("用途")).to_have_value("购置精密锁具生产线")
    expect(page.locator("[data-draft-note]")).to_contain_text("已恢复")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    sign_in(page, "town")
    page.goto(form)
    expect(page.get_by_label("用途")).to_have_value("")
    expect(page.locator("[data-draft-note]")).to_be_hidden()


def test_a_draft_keeps_what_was_changed_in_a_prefilled_field_and_belongs_to_its_enterprise(at: At) -> None:
    page = at("science")
    page.goto("/recommendations/new/")
    enterprise = page.get_by_role("combobox", name="企业")
    enterprise.press_sequentially("中山")
    options = page.get_by_role("listbox").get_by_role("option")
    options.first.wait_for()
    names = options.evaluate_all("options => options.map(o => o.dataset.value)")
    page.goto("/enterprises/")
    keys = [page.get_by_role("link", name=name).get_attribute("href").split("/")[-2] for name in names[:2]]  # type: ignore[union-attr]
    first, second = (f"/recommendations/new/?enterprise={key}" for key in keys)
    page.goto(first)
    day = page.get_by_label("受理日期")
    today = day.input_value()
    day.fill("2013-03-04")
    enterprise.fill(names[2])
    page.goto(first)
    expect(day).to_have_value("2013-03-04")
    expect(enterprise).to_have_value(names[2])
    page.goto(second)
    expect(day).to_have_value(today)
    expect(enterprise).to_have_value(names[1])
    page.goto(first)
    page.get_by_role("button", name="清除草稿").click()
    expect(day).to_have_value(today)


def test_a_missing_reason_is_named_before_any_question_is_asked(at: At) -> None:
    page = at("province", quiet=False)
    page.goto("/summaries/?programme=demo&status=submitted")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="退回银行").click()
    page.get_by_role("button", name="退回银行").click()
    expect(page.get_by_role("alert")).to_contain_text("理由")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("理由").fill("漏报一笔")
    page.get_by_role("button", name="退回银行").click()
    expect(page.get_by_role("dialog")).to_contain_text("以新版本重新报送")


def test_a_list_filters_in_place_and_its_address_can_be_shared(at: At) -> None:
    page = at("bank")
    page.goto("/loans/")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("状态").select_option(label="已结清")  # filters at once
    expect(page).to_have_url(re.compile("status=settled"))
    assert page.evaluate("window.sameDocument") is True, "the list alone was fetched"
    shown = page.locator("main table tbody tr").count()
    page.reload()
    expect(page.locator("main table tbody tr")).to_have_count(shown)
    page.go_back()
    expect(page).not_to_have_url(re.compile("status=settled"))


def test_the_order_chosen_in_a_head_stays_when_a_filter_changes(at: At) -> None:
    page = at("bank")
    page.goto("/loans/")
    page.get_by_role("link", name="贷款金额（元）").click()
    expect(page).to_have_url(re.compile("sort=amount"))
    page.get_by_label("状态").select_option(label="已结清")
    expect(page).to_have_url(re.compile("(?=.*status=settled)(?=.*sort=amount)"))


@pytest.mark.parametrize("label, suffix", [("导出 Excel", ".xlsx"), ("导出 CSV", ".csv")])
def test_what_is_shown_is_downloaded(at: At, label: str, suffix: str) -> None:
    page = at("auditor")
    page.goto("/loans/?programme=xiaolan&disbursed_from=2013-01-01&disbursed_to=2013-03-31")
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    assert download.value.suggested_filename.endswith(suffix)
    if suffix == ".csv":
        lines = download.value.path().read_text("utf-8-sig").splitlines()
        assert sum(",2013-0" in line for line in lines) >= page.locator("main table tbody tr").count()


def test_a_click_on_the_picture_opens_the_rows_behind_it_and_the_picture_has_its_table(at: At) -> None:
    page = at("auditor")
    page.goto("/statistics/?programme=xiaolan")
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    page.get_by_text("查看数据表").first.click()
    expect(page.locator("[data-chart] table").first).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_a_picture_is_printed_whole_and_is_as_before_afterwards(at: At, width: int) -> None:
    page = at("auditor", width)
    page.goto("/statistics/?programme=xiaolan")
    picture = page.locator("[data-chart] canvas").first
    expect(picture).to_be_visible()
    before = picture.bounding_box()
    page.evaluate(PRINTED)
    page.pdf()
    drawn, shown, room = page.evaluate("printed")
    assert (drawn, shown) == (700, room), "drawn for the paper and fitted into it"
    expect(picture).to_be_visible()
    assert picture.bounding_box() == before


PRINTED = """() => matchMedia("print").addEventListener("change", (media) => {
  if (!media.matches) return;
  const canvas = document.querySelector("[data-chart] canvas");
  window.printed = [parseInt(canvas.style.width), canvas.clientWidth, canvas.closest(".chart-canvas").clientWidth];
})"""


def test_the_menu_opens_and_closes_on_a_telephone(at: At) -> None:
    page = at("town", 360)
    page.goto("/")
    expect(page.locator("#side")).not_to_be_in_viewport()
    page.get_by_role("button", name="打开导航").click()
    expect(page.locator("#side")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).not_to_be_in_viewport()


def test_the_keys_search_go_and_explain_but_not_while_one_types(at: At) -> None:
    page = at("bank")
    page.goto("/loans/")
    page.keyboard.press("/")
    page.keyboard.type("gh?/")
    assert page.locator("#top-q").input_value() == "gh?/"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/notifications/")


def test_a_look_is_chosen_kept_and_left_for_paper(at: At) -> None:
    page = at("bank")
    page.goto("/")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="深色").click()
    page.goto("/loans/")
    html = page.locator("html")
    assert html.get_attribute("data-bs-theme") == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert html.get_attribute("data-bs-theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert html.get_attribute("data-bs-theme") == "dark"


def test_a_term_shows_its_sentence_to_the_keyboard_within_the_window(at: At) -> None:
    page = at("bank")
    page.goto("/")
    word = page.locator(".number .term").last
    word.focus()
    tip = word.locator(".term-tip")
    assert tip.is_visible()
    page.wait_for_function("tip => tip.getBoundingClientRect().right <= innerWidth", arg=tip.element_handle())
    page.keyboard.press("Escape")
    assert not tip.is_visible()
