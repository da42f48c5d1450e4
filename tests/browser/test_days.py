"""A day's work of each role in the living programme, from the sign-in page to the printed paper, on a site of its own."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Complaints
from tests.support import site as demonstration
from tests.support.papers import pdf_text, sheet_rows, squeezed
from tests.support.site import PASSWORD, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Desk = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def town_hall(replayed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demonstration whose work is done here, so that other tests find theirs waiting."""
    with demonstration.served(demonstration.copy(replayed, tmp_path_factory.mktemp("days"))) as url:
        yield url


@pytest.fixture
def desk(town_hall: str, chromium: "Browser") -> Iterator[Desk]:
    """`desk("bank")` is the window of who has just signed in there. What console and policy complain of fails the test."""
    complaints, contexts = Complaints(), []

    def window(name: str) -> "Page":
        context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=town_hall)
        contexts.append(context)
        page = context.new_page()
        complaints.listen(page)
        sign_in(page, name)
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


def test_the_bureau_signs_what_waits_and_sends_the_letter(desk: Desk) -> None:
    page = desk("science2")
    menu(page, "推荐日")
    waiting = page.locator("input[name=rows]")
    count = waiting.count()
    page.get_by_label("全选可签署的推荐").check()
    page.get_by_role("button", name="签署所选").click()
    agree(page, f"{count} 笔推荐")
    done(page, f"已签署 {count} 笔")
    expect(waiting).to_have_count(0)

    officer = desk("science")
    menu(officer, "首页")
    officer.get_by_role("link", name=re.compile("^编制批次")).first.click()
    expect(officer.get_by_role("checkbox").first).to_be_visible()
    names = [name.split("　")[0].strip() for name in officer.get_by_role("checkbox").locator("xpath=..").all_inner_texts()]
    for box in officer.get_by_role("checkbox").all():
        box.check()
    officer.get_by_label("发文字号").fill("中科发〔2026〕200号")
    officer.get_by_role("button", name="保存").click()
    batch = officer.get_by_role("heading", level=1).inner_text()

    menu(page, "首页")
    number = re.search(r"第\d+批", batch)
    assert number
    page.get_by_role("link", name=re.compile(f"发送{number[0]}")).click()
    page.get_by_role("button", name="发送银行").click()
    agree(page, "小榄村镇银行")
    done(page, "已发送")
    text = paper(page, "联合推荐函（PDF）")
    assert names
    assert [name for name in names if squeezed(name) not in text] == []
    assert "中科发〔2026〕200号" in text
    page.get_by_role("link", name="联合推荐函（打印）").click()
    assert page.pdf().startswith(b"%PDF")


def test_the_town_signs_its_part_of_the_day(desk: Desk) -> None:
    page = desk("town2")
    menu(page, "推荐日")
    first = page.locator("input[name=rows]").first
    name = first.get_attribute("aria-label")
    assert name
    first.check()
    page.get_by_role("button", name="签署所选").click()
    agree(page, name)
    done(page, "已签署 1 笔")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row.first).to_contain_text("麦少华")


def test_the_bank_decides_lends_and_prints_its_reply(desk: Desk) -> None:
    officer, reviewer = desk("bank"), desk("bank2")
    officer.get_by_role("link", name=re.compile("^提出审批意见：.*农牧设备")).click()
    officer.get_by_label("同意", exact=True).check()
    officer.get_by_label("利率", exact=False).first.fill("3.5")
    officer.get_by_label("还本付息方式").select_option(label="利随本清")
    officer.get_by_label("担保方式").select_option(label="保证")
    officer.get_by_role("button", name="提交复核").click()
    agree(officer, "", asked=False)
    done(officer, "复核")
    approval = officer.url

    menu(reviewer, "首页")
    reviewer.get_by_role("link", name=re.compile("^复核审批：.*农牧设备")).click()
    press(reviewer, "复核批准")
    done(reviewer, "批准")

    officer.goto(approval)
    officer.get_by_role("link", name="录入放款").click()
    officer.get_by_label("借款合同号").fill("榄村银借字2026故事1")
    day = officer.get_by_label("发放日期").input_value()
    officer.get_by_label("合同日期").fill(day)
    officer.get_by_label("借据号").fill("JJGS000001")
    officer.get_by_label("贷款金额").fill("400万")
    officer.get_by_label("到期日期").fill(officer.evaluate("day => `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`", day))
    officer.get_by_role("button", name="提交复核").click()
    agree(officer, "", asked=False)
    expect(officer.get_by_role("heading", level=1)).to_contain_text("JJGS000001")

    menu(reviewer, "首页")
    reviewer.get_by_role("link", name=re.compile("^复核放款.*农牧设备")).click()
    press(reviewer, "复核放款")
    done(reviewer, "准备金已占用")
    assert reviewer.pdf().startswith(b"%PDF")
    reviewer.goto(approval)
    reviewer.get_by_role("link", name="审批回执").click()
    assert "7,500,000.00" in reviewer.get_by_role("main").inner_text()
    assert reviewer.pdf().startswith(b"%PDF")


def test_the_bank_reports_its_quarter_and_the_centre_reviews_one_with_a_remark(desk: Desk) -> None:
    officer, reviewer = desk("bank"), desk("bank2")
    reviewer.get_by_role("link", name=re.compile("^复核放款：.*力诚电器")).click()
    press(reviewer, "复核放款")
    done(reviewer, "准备金已占用")
    officer.get_by_role("link", name=re.compile("^核对.*申报汇总表")).click()
    expect(officer.get_by_role("main")).to_contain_text("力诚电器")
    press(officer, "核对无误")
    done(officer, "已核对")
    reviewer.goto(officer.url)
    press(reviewer, "报送省中心")
    done(reviewer, "已报送")
    text = paper(reviewer, re.compile("申报汇总表"))
    assert "力诚电器" in text
    assert "草稿" not in text

    centre, head = desk("province"), desk("province2")
    centre.get_by_role("link", name=re.compile("^初审.*申报汇总表")).first.click()
    centre.get_by_label(re.compile("^批注（借据 JJ")).first.fill("利率与合同不符，请核对")
    centre.get_by_role("button", name="保存批注").click()
    done(centre, "批注")
    press(centre, "初审通过")
    done(centre, "初审")
    head.get_by_role("link", name=re.compile("^审定.*申报汇总表")).first.click()
    borrower = head.locator("main td", has_text="有限公司").first.inner_text()
    press(head, "审定")
    done(head, "审定")
    assert squeezed(borrower) in squeezed(paper(head, re.compile("申报汇总表")))


def test_the_centre_returns_a_quarter_with_a_remark_and_accepts_it_mended(desk: Desk) -> None:
    centre, officer, reviewer = desk("province"), desk("bank"), desk("bank2")
    centre.get_by_role("link", name=re.compile("^初审.*申报汇总表")).last.click()
    quarter = re.search(r"\d{4}年第.季度", centre.get_by_role("heading", level=1).inner_text())
    assert quarter
    labels = centre.locator("label", has_text="批注（借据 JJ").all_text_contents()
    note = next(found[0] for label in labels if (found := re.search(r"JJ\w+", label)) and correctable(officer, found[0]))
    centre.get_by_label(f"批注（借据 {note}").fill("用途请写明设备名称")
    centre.get_by_label("退回理由").fill("用途不具体，请按批注更正")
    centre.get_by_role("button", name="退回银行").click()
    agree(centre, "退回理由：用途不具体")
    done(centre, "已退回")

    officer.get_by_role("link", name="更正数据").click()
    officer.get_by_label(re.compile("^用途")).fill("购买注塑机两台")
    officer.get_by_label(re.compile("^理由")).fill("按省中心批注写明设备")
    officer.get_by_role("button", name="提交复核").click()
    agree(officer, "", asked=False)
    done(officer, "更正")
    reviewer.goto(officer.url)
    press(reviewer, "复核更正")
    done(reviewer, "更正")

    menu(officer, "首页")
    officer.get_by_role("link", name=re.compile(f"^核对{quarter[0]}申报汇总表")).click()
    expect(officer.get_by_role("main")).to_contain_text("被退回：用途不具体，请按批注更正")
    expect(officer.get_by_role("main")).to_contain_text("用途请写明设备名称")
    press(officer, "核对无误")
    done(officer, "已核对")
    reviewer.goto(officer.url)
    press(reviewer, "报送省中心")
    done(reviewer, "已报送")

    menu(centre, "首页")
    centre.get_by_role("link", name=re.compile(f"^初审{quarter[0]}申报汇总表")).click()
    line = centre.locator("tbody.review-line", has_text=note)
    expect(line.locator("ins")).to_have_text("购买注塑机两台")
    expect(line).to_contain_text("用途请写明设备名称")
    centre.get_by_role("button", name="初审通过").click()
    done(centre, "初审")
    head = desk("province2")
    head.get_by_role("link", name=re.compile(f"^审定{quarter[0]}申报汇总表")).click()
    press(head, "审定")
    done(head, "审定")
    assert "购买注塑机两台" in paper(head, re.compile("申报汇总表"))


def test_the_town_pays_its_match_and_prints_that_it_arrived(desk: Desk) -> None:
    town = desk("town")
    town.get_by_role("link", name=re.compile("^拨付配套资金")).click()
    town.get_by_label("金额").fill("2000万")
    town.get_by_label("划款日期").fill(today(town))
    town.get_by_label("划款凭证号").fill("镇财拨-故事-1")
    town.get_by_role("button", name="提交银行确认").click()
    agree(town, "", asked=False)
    done(town, "出资已登记")
    contribution = town.url

    officer = desk("bank")
    officer.get_by_role("link", name=re.compile("^录入到账：小榄镇 2,?000万")).click()
    officer.get_by_label("回单号").fill("回单-故事-1")
    officer.get_by_label("到账日期").fill(today(officer))
    officer.get_by_label("到账金额").fill("2000万")
    officer.get_by_role("button", name="提交复核").click()
    agree(officer, "", asked=False)
    done(officer, "复核")
    reviewer = desk("bank2")
    reviewer.goto(contribution)
    press(reviewer, "复核到账")
    done(reviewer, "到账")
    town.goto(contribution)
    text = paper(town, re.compile("出资到位确认单"))
    assert "20,000,000.00" in text
    assert "回单-故事-1" in text


def test_the_town_gives_its_word_on_a_claim_and_prints_the_approval_sheet(desk: Desk) -> None:
    officer = desk("town")
    officer.get_by_role("link", name=re.compile("^起草代偿会审意见")).click()
    officer.get_by_role("link", name="起草会审意见").click()
    officer.get_by_label("同意", exact=True).check()
    officer.get_by_label("意见（选填）").fill("企业已停产，同意代偿")
    officer.get_by_role("button", name="提交签署").click()
    agree(officer, "", asked=False)
    claim = officer.url
    reviewer = desk("town2")
    reviewer.get_by_role("link", name=re.compile("^签署代偿会审意见|^签署.*代偿")).first.click()
    press(reviewer, "签署会审意见")
    done(reviewer, "签署")
    assert reviewer.url == claim
    text = paper(reviewer, re.compile("代偿审批表"))
    assert "企业已停产，同意代偿" in text
    assert "麦少华" in text


def test_the_auditor_follows_a_figure_to_its_rows_and_takes_them_along(desk: Desk) -> None:
    page = desk("auditor")
    menu(page, "项目看板")
    figure = page.get_by_role("link", name=re.compile("万$")).filter(has_text=re.compile(r"^\s*[\d,.]+万\s*$")).first
    figure.click()
    expect(page).to_have_url(re.compile("/loans/"))
    rows = page.locator("main table tbody tr").count()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    assert len(sheet_rows(download.value.path().read_bytes(), "数据")) > rows
    page.goto("/bank-statements/")
    page.locator("main table tbody a").first.click()
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="打印").click()
    assert page.evaluate("window.printed")
    assert page.pdf().startswith(b"%PDF")


def test_the_three_administrators_let_a_new_clerk_in(desk: Desk) -> None:
    system = desk("sysadmin")
    menu(system, "人员账号")
    system.get_by_role("link", name="建立账号").click()
    system.get_by_label("登录名").fill("town3")
    system.get_by_label("姓名").fill("陈小榄")
    system.get_by_label("单位").select_option(label="小榄镇政府")
    system.get_by_label("首次密码").fill(PASSWORD)
    system.get_by_role("button", name="建立", exact=True).click()
    agree(system, "", asked=False)
    done(system, "账号已建立")
    account = system.url

    security = desk("secadmin")
    security.goto(account)
    security.get_by_role("link", name="授予角色").click()
    security.get_by_label("角色").select_option(label="经办")
    security.get_by_role("button", name="授予").click()
    agree(security, "", asked=False)
    done(security, "角色")
    press(security, "启用账号")
    done(security, "启用")
    clerk = desk("town3")
    expect(clerk.get_by_role("main")).to_contain_text("密码")

    trail = desk("auditadmin")
    menu(trail, "审计记录")
    expect(trail.get_by_role("main")).to_contain_text("陈小榄")
    assert trail.pdf().startswith(b"%PDF")


def menu(page: "Page", name: str) -> None:
    page.locator("#side").get_by_role("link", name=name, exact=True).click()


def correctable(page: "Page", note: str) -> bool:
    """Whether the page of this loan, which is opened, lets its data be corrected."""
    page.goto(f"/loans/?q={note}")
    page.locator("main table tbody tr").filter(has_text=note).get_by_role("link").first.click()
    return page.get_by_role("link", name="更正数据").count() > 0


def today(page: "Page") -> str:
    return str(page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})"))


def press(page: "Page", name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    agree(page, "")


def agree(page: "Page", said: str, *, asked: bool = True) -> None:
    """Answer the question the page asks, which says `said`; some forms ask none."""
    dialog = page.get_by_role("dialog")
    if asked:
        expect(dialog).to_contain_text(said)
    if dialog.is_visible():
        dialog.get_by_role("button", name="确认").click()


def done(page: "Page", said: str) -> None:
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible(timeout=15_000)


def paper(page: "Page", name: "str | re.Pattern[str]") -> str:
    """The words of the PDF behind the link, without spaces. Chromium would show it, so it is fetched as the person."""
    address = page.get_by_role("link", name=name).filter(has_text="PDF").first.get_attribute("href")
    assert address
    answer = page.request.get(address)
    assert answer.ok
    data = answer.body()
    assert data.startswith(b"%PDF")
    return pdf_text(data)
