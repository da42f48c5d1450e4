"""Every numbered exception once, from the file that meets it; and that none goes untested, unnamed or without a hint."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from loans.models import ImportFile, Loan
from loans.rules.imports.catalogue import CATALOGUE, finding
from loans.services import imports
from reserve.quarters import Quarter
from tests.factories import (
    World,
    enterprise_data,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_repayment,
    make_summary,
    make_world,
    on,
)
from tests.support.imports import codes, confirm, csv_bytes, preview, said, send
from tests.support.openings import HEADS as OPENING_HEADS
from tests.support.openings import RUNNING
from tests.support.workbooks import workbook

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 25)
PAID = date(2012, 9, 20)
HEADS = ["借据号", "还款日期", "归还本金", "支付利息", "还款种类", "回单号"]
LOAN_HEADS = ["统一社会信用代码", "推荐批次", "借款合同号", "合同日期", "借据号", "贷款金额", "发放日期", "到期日期", "年利率"]
POSITION_HEADS = ["借据号", "本金余额", "未用授信额度", "状态", "到期日期", "五级分类"]
OF_THIS_YEAR = {"审批日期": date(2012, 4, 5), "合同日期": date(2012, 5, 2), "发放日期": date(2012, 5, 2), "到期日期": date(2013, 5, 1)}
ENTERPRISE_HEADS = ["企业名称", "统一社会信用代码", "注册地", "行业代码", "行业分类版本"]

Case = Callable[[World, Loan], ImportFile]


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return make_loan(world)


def paid(**cells: Any) -> Case:
    """One repayment whose cells are right but for these; `rows`: how often the row stands there."""
    more = {name: cells.pop(name) for name in ("quarter", "declared_total", "declared_count") if name in cells}
    times = cells.pop("rows", 1)

    def make(world: World, loan: Loan) -> ImportFile:
        row = {"借据号": loan.note_no, "还款日期": PAID, "归还本金": 1000000, "回单号": "HD1"} | cells
        return preview(world, [HEADS, *[[row.get(head) for head in HEADS]] * times], day=DAY, **more)

    return make


def after(step: Callable[[World, Loan], Any], case: Case) -> Case:
    """The same when something has happened before."""

    def make(world: World, loan: Loan) -> ImportFile:
        step(world, loan)
        loan.refresh_from_db()
        return case(world, loan)

    return make


def raw(content: bytes) -> Case:
    return lambda world, loan: preview(world, content, day=DAY)


def drawn(**cells: Any) -> Case:
    """One 借据 within a fresh line of 300万."""

    def make(world: World, loan: Loan) -> ImportFile:
        line = make_line(world, make_enterprise(world, 2), amount="3000000", day=date(2012, 9, 3))
        code = cells.pop("统一社会信用代码", line.enterprise.org_code)
        row = {
            "借款合同号": "HT9",
            "合同日期": PAID,
            "借据号": "NEW1",
            "贷款金额": 3000000,
            "发放日期": PAID,
            "到期日期": date(2013, 8, 20),
        }
        row |= {"统一社会信用代码": code} | cells
        return preview(world, [LOAN_HEADS, [row.get(head) for head in LOAN_HEADS]], day=DAY, kind="loans")

    return make


def two_lines(world: World, loan: Loan) -> ImportFile:
    company = make_enterprise(world, 3)
    for _ in range(2):
        make_line(world, company, amount="3000000")
    row = [company.org_code, None, "HT9", date(2012, 3, 1), "NEW1", 1000000, date(2012, 3, 1), date(2013, 1, 31), 7.8]
    return preview(world, [LOAN_HEADS, row], day=DAY, kind="loans")


def position(**cells: Any) -> Case:
    """The loan as the bank's system has it at the month's end."""
    names = cells.pop("rows", None)

    def make(world: World, loan: Loan) -> ImportFile:
        row = {"借据号": loan.note_no, "本金余额": 5000000, "状态": "逾期", "到期日期": loan.due_on} | cells
        rows = [] if names == "other" else [[row.get(head) for head in POSITION_HEADS]]
        if names == "other":
            other = make_loan(world, make_line(world, make_enterprise(world, 2), amount="3000000"))
            rows = [[other.note_no, 3000000, None, "正常", None, None]]
        return preview(world, [POSITION_HEADS, *rows], day=DAY, kind="positions", position_on=date(2012, 8, 31))

    return make


def enterprise(number: int) -> Case:
    def make(world: World, loan: Loan) -> ImportFile:
        data = enterprise_data(number)
        row = [data.name, data.identifier, data.region, data.industry_code, data.industry_edition]
        return preview(world, [ENTERPRISE_HEADS, row], day=DAY, kind="enterprises", by=world.centre)

    return make


def opening(**cells: Any) -> Case:
    """One 期初贷款 of the loan's enterprise, in a programme that came here in September."""

    def make(world: World, loan: Loan) -> ImportFile:
        world.programme.started_on = date(2012, 9, 3)
        world.programme.save()
        row = {**RUNNING, "统一社会信用代码": loan.enterprise.org_code, "批准时规模": None, **OF_THIS_YEAR, **cells}
        return preview(world, [OPENING_HEADS, [row.get(head) for head in OPENING_HEADS]], day=DAY, kind="opening")

    return make


def without_years(world: World, loan: Loan) -> None:
    loan.enterprise.years.all().delete()


def special(write: Callable[[Any], Any]) -> Case:
    """A workbook with what only a spreadsheet makes."""

    def make(world: World, loan: Loan) -> ImportFile:
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADS)
        sheet.write_row(1, 0, [loan.note_no, PAID, 1000000, None, None, "HD1"])
        write(sheet)
        book.close()
        return preview(world, target.getvalue(), day=DAY)

    return make


def settle(world: World, loan: Loan) -> None:
    make_repayment(world, loan, "5000000", paid_on=date(2012, 8, 1), day=DAY)


def enter_other(world: World, loan: Loan) -> Loan:
    return make_entered(world, make_line(world, make_enterprise(world, 2), amount="3000000"), note_no="ENTERED")


def submit_second_quarter(world: World, loan: Loan) -> None:
    make_summary(world, "2012Q2", until="submitted", day=date(2012, 7, 6))


def hidden_row(sheet: Any) -> None:
    sheet.set_row(1, None, None, {"hidden": True})


def hidden_column(sheet: Any) -> None:
    sheet.set_column(5, 5, None, None, {"hidden": True})


def formula_in_text(world: World, loan: Loan) -> ImportFile:
    return preview(world, csv_bytes([HEADS, [loan.note_no, "2012-09-20", "=1+1"]]), day=DAY)


def sent_twice(world: World, loan: Loan) -> ImportFile:
    content = workbook([HEADS, [loan.note_no, PAID, 1000000]])
    imports.discard_file(import_file=send(world, content, day=DAY), reason="选错", by=world.bank, **on(DAY))
    return preview(world, content, day=DAY)


def refused_late(world: World, loan: Loan) -> ImportFile:
    file = paid(归还本金=4000000)(world, loan)
    make_repayment(world, loan, "4500000", paid_on=PAID, day=DAY)
    return confirm(world, file, day=DAY)


CASES: Mapping[str, list[Case]] = {
    "E001": [raw(b"PK\x03\x04broken")],
    "E002": [raw(workbook([["借据号", "归还本金"], ["JJ1", 1]]))],
    "E003": [raw(workbook([[*HEADS, "本金"], ["JJ1", PAID, 1]]))],
    "E004": [raw(workbook([HEADS]))],
    "E021": [paid(declared_total=Decimal("1000000.01"))],
    "E022": [paid(declared_count=2)],
    "E023": [position(rows="other")],
    "W011": [raw(workbook([[*HEADS, "客户经理"], ["JJ1", PAID, 1]]))],
    "W012": [raw(workbook([HEADS, ["JJ1", PAID, 1]], 其他=[["备注"]]))],
    "W013": [special(hidden_row), special(hidden_column)],
    "W014": [sent_twice],
    "W015": [raw(workbook([HEADS, ["JJ1", PAID, 1], ["合计", None, 1]]))],
    "E101": [paid(借据号=None), paid(还款日期="")],
    "E102": [paid(归还本金="一百万"), paid(归还本金="1,00"), paid(归还本金="1e6"), paid(归还本金="1.000,5")],
    "E103": [paid(归还本金=Decimal("1.005")), paid(归还本金="1000.001")],
    "E104": [paid(归还本金=-100), paid(归还本金="－100"), paid(归还本金="(100.00)")],
    "E105": [special(lambda sheet: sheet.write_formula(1, 2, "=1000000", None, 1000000)), formula_in_text],
    "E106": [paid(还款日期="2012-02-30"), paid(还款日期="九月"), paid(还款日期="20/9/2012"), paid(还款日期="1912-09-20")],
    "E107": [paid(还款日期=41172)],
    "E108": [paid(回单号="长" * 41), paid(回单号="😀")],
    "E109": [paid(还款种类="正常还款")],
    "E110": [drawn(年利率="很低"), drawn(年利率="101")],
    "E111": [special(lambda sheet: sheet.write_formula(1, 2, "=NA()", None, "#N/A"))],
    "E112": [special(lambda sheet: sheet.merge_range(1, 2, 2, 2, 1000000))],
    "E113": [paid(借据号=1234567890123456)],
    "E114": [drawn(推荐批次="三")],
    "W101": [paid(归还本金="１００００００"), paid(还款日期="２０１２－９－２０")],
    "W102": [paid(还款日期="2012年9月20日")],
    "W103": [paid(回单号=123)],
    "W104": [paid(归还本金="100万")],
    "E301": [paid(rows=2)],
    "E302": [
        lambda world, loan: preview(
            world, [POSITION_HEADS, *[[loan.note_no, 5000000, None, "正常"]] * 2], day=DAY, kind="positions", position_on=date(2012, 8, 31)
        )
    ],
    "E303": [paid(quarter=Quarter(2012, 2))],
    "E311": [paid(借据号="没有"), position(借据号="没有")],
    "E312": [after(enter_other, paid(借据号="ENTERED")), after(enter_other, position(借据号="ENTERED"))],
    "E313": [after(settle, paid()), after(settle, position(本金余额=0)), position(状态="结清")],
    "E314": [position(本金余额=4000000)],
    "E315": [position(本金余额=Decimal("5000000.01"))],
    "E316": [position(未用授信额度=Decimal("0.01"))],
    "E317": [drawn(到期日期=date(2014, 9, 20)), position(到期日期=date(2013, 2, 2))],
    "E318": [after(lambda world, loan: make_repayment(world, loan, "1000000", paid_on=PAID, day=DAY), paid())],
    "E319": [paid(归还本金=5000001)],
    "E321": [drawn(统一社会信用代码="000000000"), drawn(贷款金额=3000001, 推荐批次=99)],
    "E322": [two_lines],
    "E323": [lambda world, loan: drawn(借据号=loan.note_no)(world, loan)],
    "E331": [enterprise(1)],
    "E341": [opening(发放日期=date(2012, 9, 3))],
    "E342": [opening(期初本金余额=3_000_001)],
    "E343": [opening(贷款金额=5_000_001)],
    "E344": [opening(期初本金余额=0), opening(结清日期=date(2012, 8, 1))],
    "E345": [opening(合同日期=date(2012, 3, 1)), opening(到期日期=date(2012, 5, 1))],
    "E346": [opening(统一社会信用代码="000000000")],
    "E347": [opening(授信金额=400_000_000, 贷款金额=400_000_000, 期初本金余额=400_000_000)],
    "E348": [after(without_years, opening())],
    "E390": [paid(还款日期=date(2012, 2, 1)), paid(还款日期=date(2012, 9, 26)), drawn(年利率="20")],
    "E391": [refused_late],
    "W321": [after(submit_second_quarter, paid(还款日期=date(2012, 6, 20), 归还本金=0, 支付利息=100))],
    "W322": [position(状态="正常")],
    "W323": [position(到期日期=date(2013, 1, 31))],
    "W324": [position(五级分类="关注")],
}


@pytest.mark.parametrize(("code", "case"), [(code, case) for code, cases in CASES.items() for case in cases])
def test_each_exception_is_met_and_said_where_it_is(world: World, loan: Loan, code: str, case: Case) -> None:
    file = case(world, loan)
    rows = file.rows.all()
    found = [one for one in file.findings if one["code"] == code]
    found += [one for row in rows for one in row.findings if one["code"] == code]
    assert found, (file.findings, [row.findings for row in rows])
    assert all(one["text"].endswith("。") for one in found)
    about_a_row = [row for row in rows if code in row.codes.split()]
    assert all(row.verdict == "error" for row in about_a_row if code.startswith("E"))


def test_every_exception_has_a_case_a_name_and_a_hint() -> None:
    assert set(CASES) == set(CATALOGUE)
    assert all(entry.name and entry.hint.endswith("。") for entry in CATALOGUE.values())
    assert len({entry.name for entry in CATALOGUE.values()}) == len(CATALOGUE)


def test_the_document_says_what_the_catalogue_says() -> None:
    lines = (Path(__file__).resolve().parents[2] / "docs" / "数据文件例外.md").read_text().splitlines()
    stated = [line for line in lines if line.startswith(("| E", "| W"))]
    assert sorted(stated) == sorted(f"| {code} | {entry.name} | {entry.hint} |" for code, entry in CATALOGUE.items())


def test_a_number_outside_of_the_catalogue_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        finding("E999", "没有。")


@pytest.mark.parametrize(
    "case", [paid(), drawn(), position(), enterprise(9), opening()], ids=["repayment", "loan", "position", "enterprise", "opening"]
)
def test_a_row_that_is_right_has_none(world: World, loan: Loan, case: Case) -> None:
    file = case(world, loan)
    assert (said(file), codes(file)) == ([], [[]])
