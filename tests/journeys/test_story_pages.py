"""The same story at the screen: every step by a link, a field or a button that is on the page."""

from collections.abc import Callable
from datetime import date

from django.core.management import call_command

from enterprises.identifiers import make_org_code
from tests.factories import World
from tests.support.clerk import Clerk
from tests.support.clock import Clock

START = date(2012, 4, 20)
ENTERPRISE = "中山市演示精密锁业有限公司"
At = Callable[[str], Clerk]


def test_from_the_first_deposit_to_an_accepted_summary_by_links_and_forms_alone(world: World, clock: Clock, clerk: At) -> None:
    clock.go_to(START)
    deposit_received(clerk)
    match_paid(clerk, clock)
    enterprise_registered(clerk, clock)
    recommendation_signed_and_sent(clerk)
    approved(clerk, clock)
    disbursed(clerk)
    repaid(clerk, clock)
    submitted_and_accepted(clerk, clock)
    published(clerk)
    call_command("verify_ledger")


def deposit_received(clerk: At) -> None:
    province = clerk("province").menu("出资").follow("登记出资")
    province.press("提交银行确认", 金额="１０００万元", 划款日期="2012年4月20日", 划款凭证号="粤财-001")
    assert "出资已登记" in province.messages
    assert province.facts()["金额"] == "10,000,000.00 元"

    bank = clerk("bank").menu("出资").follow("粤财-001").follow("录入到账")
    bank.press("提交复核", 到账金额="10,000,000.00", 到账日期="2012-04-20", 回单号="HD-001")
    assert "到账已录入" in bank.messages
    assert "复核到账" not in bank.buttons()

    bank2 = clerk("bank2").menu("出资").follow("粤财-001").press("复核到账")
    assert "到账已复核，资金已入账。" in bank2.messages
    assert "账簿分录" in bank2.facts()


def match_paid(clerk: At, clock: Clock) -> None:
    town = clerk("town").menu("配套义务")
    assert "2012-06-04" in town.text
    assert "40,000,000.00" in town.text
    day = clock.pass_days(7)
    town = clerk("town").menu("出资").follow("登记出资")
    town.press("提交银行确认", 金额="4000万", 划款日期=day.isoformat(), 划款凭证号="榄财-001")
    assert "出资已登记" in town.messages
    bank = clerk("bank").menu("出资").follow("榄财-001").follow("录入到账")
    bank.press("提交复核", 到账金额="4000万", 到账日期=day.isoformat(), 回单号="HD-002")
    clerk("bank2").menu("出资").follow("榄财-001").press("复核到账")
    assert "已配套" in clerk("town").menu("配套义务").text


def enterprise_registered(clerk: At, clock: Clock) -> None:
    clock.pass_days(1)
    centre = clerk("centre").menu("企业名录").follow("登记企业")
    centre.press(
        "登记",
        企业名称=ENTERPRISE,
        统一社会信用代码=make_org_code("72123401"),
        注册地="中山市小榄镇",
        行业分类版本="2011",
        行业代码="3351",
    )
    assert "企业已登记" in centre.messages
    page = centre.url
    centre.follow("登记年度指标")
    centre.press("保存", **{"年度": "2011", "从业人员（人）": "120", "营业收入": "6000万元"})
    assert centre.url == page
    assert "小型" in centre.text
    centre.follow("登记类别证书")
    centre.press("保存", 类别="高新技术企业", 证书编号="GR0001", 有效期起="2011-06-01", 有效期止="2014-05-31")
    assert "GR0001" in centre.text


def recommendation_signed_and_sent(clerk: At) -> None:
    centre = clerk("centre").menu("企业名录").follow(ENTERPRISE).follow("受理贷款申请")
    centre.press("提交签署", 推荐金额="300万", **{"期限（月）": "12"}, 用途="购买原材料", 已收材料=["申请", "营业执照"])
    assert "推荐已起草" in centre.messages

    for reviewer, said in (("science2", "等待另一方签署"), ("town2", "有效期至 2012-10-25")):
        signer = clerk(reviewer).menu("推荐").follow(ENTERPRISE).follow("签署").press("签署")
        assert said in signer.messages, signer.messages
    assert "已经签署" in clerk("science2").menu("推荐").follow(ENTERPRISE).refused().get("签署", "")

    centre = clerk("centre").menu("批次").follow("编制批次").press("保存", 推荐=[ENTERPRISE])
    assert "已编制" in centre.messages
    letter = clerk("centre").menu("批次").follow("1").follow("联合推荐函（打印）")
    assert "3,000,000.00" in letter.text or "300" in letter.text
    science = clerk("science").menu("批次").follow("1").press("发送银行")
    assert "已发送银行" in science.messages


def approved(clerk: At, clock: Clock) -> None:
    clock.pass_days(3)
    bank = clerk("bank").follow(ENTERPRISE)
    bank.press("提交复核", 意见="同意", 利率="6.5‰", 还本付息方式="按季付息", 担保方式="保证")
    assert "审批意见已提交" in bank.messages, bank.text[:500]
    assert "7.8000%" in bank.facts()["年利率" if "年利率" in bank.facts() else "利率"]
    bank2 = clerk("bank2").menu("审批与授信").follow(ENTERPRISE).press("复核批准")
    assert "审批已复核" in bank2.messages
    assert bank2.facts()["用款期限"].startswith("2012-07-30")


def disbursed(clerk: At) -> None:
    bank = clerk("bank").menu("审批与授信").follow(ENTERPRISE).follow("录入放款")
    bank.press(
        "提交复核",
        借款合同号="榄银借字第001号",
        合同日期="20120501",
        借据号="JJ-0001",
        贷款金额="3,000,000.00",
        发放日期="2012/5/1",
        到期日期="2013-04-30",
    )
    assert "放款已录入" in bank.messages, bank.messages
    assert "复核放款" in bank.refused()  # an officer reads why not
    bank2 = clerk("bank2").menu("贷款台账").follow(ENTERPRISE).press("复核放款")
    assert "准备金已占用" in bank2.messages
    assert "400,000.00" in bank2.text
    assert "320,000.00" in clerk("town").menu("贷款台账").follow(ENTERPRISE).text


def repaid(clerk: At, clock: Clock) -> None:
    clock.pass_days(20)
    bank = clerk("bank").menu("贷款台账").follow(ENTERPRISE).follow("登记还款")
    bank.press("提交复核", 还款日期=clock.day.isoformat(), 归还本金="100万", 回单号="还-001")
    assert "还款已录入" in bank.messages
    bank2 = clerk("bank2").menu("贷款台账").follow(ENTERPRISE).press("复核还款")
    assert "准备金已释放" in bank2.messages
    assert bank2.facts()["本金余额（元）"].startswith("2,000,000.00")
    assert "266,666.67" in bank2.text


def submitted_and_accepted(clerk: At, clock: Clock) -> None:
    clock.go_to(date(2012, 7, 1))
    call_command("generate_summaries", "--quarter", "2012Q2")
    quarter = "2012年第二季度"
    steps = (
        ("bank", "核对无误", "已核对"),
        ("bank2", "报送省中心", "已报送"),
        ("province", "初审通过", "初审通过"),
        ("province2", "审定", "已审定"),
    )
    for name, button, said in steps:
        person = clerk(name).menu("申报汇总表").follow(quarter).press(button)
        assert said in person.messages
    auditor = clerk("auditor").menu("申报汇总表").follow(quarter)
    assert ENTERPRISE in auditor.text
    assert auditor.facts()["贷款金额合计"] == "3,000,000.00"
    for label, kind in (("XLSX", "spreadsheetml"), ("CSV", "text/csv"), ("JSON", "json"), ("PDF", "pdf")):
        url = next(url for text, url in auditor.links() if label in text)
        assert kind in auditor.client.get(url)["Content-Type"]


def published(clerk: At) -> None:
    figures = clerk("province").menu("统计")
    assert "300" in figures.text
    assert "小型" in figures.text
    statement = clerk("auditor").menu("项目与账户").follow("小榄镇").follow("准备金专户")
    assert statement.status == 200
