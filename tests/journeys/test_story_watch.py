"""A borrower in trouble: warned of before anything is due, inspected, overdue, repaid; every office sees it on its own pages."""

from collections.abc import Callable
from datetime import date

from loans.services.daily import assess_loans
from parties.models import Notification
from tests import factories as make
from tests.factories import World, moment
from tests.support.caller import Callers
from tests.support.clerk import Clerk
from tests.support.clock import Clock


def test_from_the_first_warning_until_the_loan_is_off_the_watch_list(
    world: World, clock: Clock, clerk: Callable[[str], Clerk], api: Callers
) -> None:
    make.fund(world)
    clock.go_to(date(2012, 3, 1))
    loan = make.make_loan(world, day=clock.day)
    assert "没有需要关注的贷款" in clerk("town").menu("关注名单").text

    clock.go_to(date(2012, 3, 12))  # nothing is due before the 21st
    bank = clerk("bank").menu("贷款台账").follow(loan.enterprise_name).follow("报告预警")
    told = {"预警种类": "欠薪", "发生日期": "2012-3-9", "获知日期": "2012-3-12", "情况": "欠薪一个月", "已采取的措施": "约谈"}
    bank.press("报告", **told)
    assert "已通知市科技局、市中心和镇政府" in bank.messages
    assert Notification.objects.filter(recipient=world.science2, subject__startswith="预警报告（欠薪）").exists()
    assert "预警：欠薪" in clerk("town2").menu("关注名单").text
    assert "剩余 7 个工作日" in clerk("science").menu("到期看板").text  # to the interest of the 21st

    clock.go_to(date(2012, 5, 4))
    assess_loans(clock.day, moment(clock.day))
    [row] = api.rows("province", "watched-loans/")
    assert [one["detail"] for one in row["reasons"]] == ["逾期 44 天", "预警：欠薪"]
    [table] = api.get("auditor", "programmes/xiaolan/ageing/")["tables"]
    assert [bucket["label"] for bucket in table["buckets"] if bucket["loans"]] == ["31–90 天"]
    assert api.get("auditor", "programmes/xiaolan/overdue-rate/")["series"][0]["points"][-1]["rate"] == "1.0000"

    bank = clerk("bank").menu("贷款台账").follow(loan.enterprise_name).follow("登记贷后检查")
    found = {"资金用途": "购料", "经营情况": "订单减少", "还款能力": "依靠保证人", "结论": "有风险"}
    bank.press("登记", 所属季度="2012年第二季度", 检查日期="2012-5-4", **found)
    assert "结论：有风险" in bank.messages
    assert "检查结论“有风险”" in clerk("science2").menu("关注名单").text

    clock.go_to(date(2012, 5, 10))
    make.make_repayment(world, loan, loan.outstanding, paid_on=clock.day)
    assert api.get("town", "watched-loans/")["count"] == 0
    warned = clerk("bank2").menu("预警报告").follow(loan.enterprise_name).follow("解除预警")
    warned.press("解除", 理由="工资付清，贷款已结清")
    assert "已解除" in warned.text
    assert "工资付清" in clerk("auditor").menu("预警报告").text
