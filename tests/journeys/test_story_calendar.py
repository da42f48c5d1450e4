"""A deadline that reaches into a year nobody knows yet: provisional everywhere, computed again when the notice is entered."""

from collections.abc import Callable
from datetime import date

from tests import factories as make
from tests.factories import World
from tests.support.clerk import Clerk
from tests.support.clock import Clock

NOTICE = """2031-12-31 至 2032-01-02 元旦
2032-02-10 至 2032-02-17 春节
2032-04-03 至 2032-04-05 清明节
2032-05-01 至 2032-05-05 劳动节
2032-06-12 至 2032-06-14 端午节
2032-10-01 至 2032-10-07 国庆节"""


def test_the_town_sees_a_provisional_day_until_the_administrator_enters_the_notice(
    world: World, clock: Clock, clerk: Callable[[str], Clerk]
) -> None:
    clock.go_to(date(2031, 11, 20))
    make.deposit(world, arrived_on=date(2031, 11, 20))
    town = clerk("town").menu("配套义务").follow("粤财20311120")
    assert "暂定" in town.text

    admin = clerk("sysadmin").menu("工作日历").follow("2032年").follow("录入")
    admin.press("保存并重新计算期限", 年份="2032", 文号="国办发明电〔2031〕1号", 放假="2032-01-01 至 2032-01-03")
    assert admin.status in (400, 422), "a notice must name the holidays that the law fixes"
    assert "暂定" in town.reload().text
    last_year = NOTICE.replace("2032", "2031").replace("2031-12-31 至 2031-01-02", "2031-01-01 至 2031-01-03")
    enter(clerk("sysadmin").menu("工作日历"), 2031, last_year)
    assert "暂定" in town.reload().text
    enter(clerk("sysadmin").menu("工作日历").follow("2032年"), 2032, NOTICE)

    due_on = town.reload().facts()["到位期限"]
    assert due_on.startswith("2032-01-06")  # 28 days to 30 December, then 5 and 6 January
    assert "暂定" not in due_on


def enter(admin: Clerk, year: int, lines: str) -> None:
    admin.follow("录入").press("保存并重新计算期限", 年份=str(year), 文号=f"国办发明电〔{year - 1}〕1号", 放假=lines)
    assert "已重新计算" in admin.messages
