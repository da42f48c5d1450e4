"""PDF, XLSX, CSV and JSON of one snapshot agree with it and with each other; what cannot be printed is refused."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from loans.models import Loan
from loans.services.loans import confirm_loan
from parties.models import User
from reports.errors import MissingGlyph
from reports.models import QuarterlySummary
from reports.renderers import summary as renderers
from reports.renderers import summary_xlsx
from reports.rules import NIL_TEXT, SEVEN_COLUMNS
from reports.selectors.summaries import document
from reserve.services.programmes import set_rule
from tests.factories import World, at, make_entered, make_enterprise, make_line, make_loan, make_summary
from tests.support.papers import pdf_pages, pdf_text, sheet_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(world: World) -> QuarterlySummary:
    """2012Q2: two loans of the quarter and one of the quarter before, confirmed too late for its own summary."""
    late = make_entered(world, make_line(world, make_enterprise(world, 1), day=date(2012, 3, 10)), day=date(2012, 3, 20))
    make_summary(world, "2012Q1", until="submitted", day=date(2012, 4, 9))
    confirm_loan(loan=late, by=world.bank2, **at(2012, 4, 12))
    make_loan(world, make_line(world, make_enterprise(world, 2), day=date(2012, 4, 20)), day=date(2012, 5, 2))
    line = make_line(world, make_enterprise(world, 3), amount="8000000", day=date(2012, 5, 20))
    make_loan(world, line, day=date(2012, 6, 1), amount=Decimal("1234567.89"), purpose="=SUM(A1)技术改造")
    return make_summary(world, "2012Q2", until="submitted")


def of_length(content: dict[str, Any], count: int) -> dict[str, Any]:
    """The same summary with that many lines."""
    lines = [{**content["lines"][0], "number": number} for number in range(1, count + 1)]
    return {**content, "lines": lines, "loan_count": count}


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_seven_columns_stand_in_their_order(submitted: QuarterlySummary) -> None:
    assert list(SEVEN_COLUMNS.values()) == ["企业名称", "贷款金额", "发放日期", "到期日期", "利率", "用途", "还本付息方式"]
    head = csv_rows(renderers.to_csv(document(submitted), submitted.checksum))[0]
    assert head[:8] == ["序号", "企业名称", "贷款金额", "发放日期", "到期日期", "利率（年利率%）", "用途", "还本付息方式"]


def test_csv_agrees_with_the_snapshot(submitted: QuarterlySummary) -> None:
    content = document(submitted)
    rows = csv_rows(renderers.to_csv(content, submitted.checksum))
    for row, line in zip(rows[1:3], content["lines"], strict=True):
        assert row[:6] == [
            str(line["number"]),
            line["enterprise_name"],
            line["amount"],
            line["disbursed_on"],
            line["due_on"],
            line["annual_rate"],
        ]
    assert rows[3] == ["合计", "", "6234567.89", "", "", "", "", ""]
    assert rows[4] == ["调整"]
    assert rows[6][1:4] == [content["adjustments"][0]["enterprise_name"], "5000000.00", "2012-03-20"]
    assert submitted.checksum in rows[-1][0]


def test_a_cell_that_a_spreadsheet_would_run_is_text(submitted: QuarterlySummary) -> None:
    rows = csv_rows(renderers.to_csv(document(submitted), submitted.checksum))
    assert rows[2][6] == "'=SUM(A1)技术改造"
    sheet = sheet_rows(summary_xlsx.to_xlsx(document(submitted), submitted.checksum), "申报汇总表")
    assert sheet[4][6] == "=SUM(A1)技术改造"


def test_xlsx_reads_back_as_the_snapshot(submitted: QuarterlySummary) -> None:
    content = document(submitted)
    data = summary_xlsx.to_xlsx(content, submitted.checksum)
    sheet = sheet_rows(data, "申报汇总表")
    assert sheet[0][0] == "《科技贷款项目风险准备金申报汇总表》"
    for row, line in zip(sheet[3:5], content["lines"], strict=True):
        assert row[:3] == [line["number"], line["enterprise_name"], float(line["amount"])]
        assert row[3:5] == [date.fromisoformat(line["disbursed_on"]), date.fromisoformat(line["due_on"])]
        assert row[5] == float(line["annual_rate"])
        assert row[7] == line["repayment_method_label"]
    assert sheet[5][1:3] == ["2笔", 6234567.89]
    annex = sheet_rows(data, "调整")
    assert annex[0][0] == "《科技贷款项目风险准备金申报汇总表》附：调整（以前季度发放、本期补报的贷款，不计入上表合计）"
    assert annex[3][1:3] == [content["adjustments"][0]["enterprise_name"], 5000000]


@pytest.mark.usefixtures("quiet")
def test_pdf_says_what_the_snapshot_says(submitted: QuarterlySummary) -> None:
    content = document(submitted)
    data = renderers.to_pdf(content, submitted.checksum)
    text = pdf_text(data)
    wanted = [
        "《科技贷款项目风险准备金申报汇总表》",
        "报送：广东省生产力促进中心",
        "填报单位（公章）：小榄村镇银行",
        "所属期：2012年第二季度",
        "金额单位：元",
        "6,234,567.89",
        content["total_in_words"],
        f"校验值{submitted.checksum}",
        submitted.ledger_head,
        "填表人：bank",
        "联系电话：0760-22100000",
        "填报日期：2012年7月6日",
        "附：调整",
    ]
    for line in (*content["lines"], *content["adjustments"]):
        wanted += [line["enterprise_name"], line["disbursed_on"], line["due_on"], line["annual_rate"], line["repayment_method_label"]]
    assert [part for part in wanted if re.sub(r"\s", "", part) not in text] == []
    page = PdfReader(io.BytesIO(data)).pages[0].mediabox
    assert (round(page.width), round(page.height)) == (842, 595), "A4 landscape"


def test_every_font_of_the_pdf_is_embedded(submitted: QuarterlySummary) -> None:
    reader = PdfReader(io.BytesIO(renderers.to_pdf(document(submitted), submitted.checksum)))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert "+Paper" in str(font["/BaseFont"]), "one of the shipped faces, as a subset"


@pytest.mark.usefixtures("quiet")
def test_a_nil_return_says_so_everywhere(world: World) -> None:
    summary = make_summary(world, "2011Q4", until="submitted")
    content = document(summary)
    assert NIL_TEXT in pdf_text(renderers.to_pdf(content, summary.checksum))
    assert [NIL_TEXT] in csv_rows(renderers.to_csv(content, summary.checksum))
    assert sheet_rows(summary_xlsx.to_xlsx(content, summary.checksum), "申报汇总表")[3][0] == NIL_TEXT


@pytest.fixture
def widened(world: World) -> QuarterlySummary:
    """2012Q1, one loan, with every column a programme may add and the rate by the month."""
    for key, text in (("summary_extra_columns", "note_no,declared_reserve,guarantee"), ("summary_rate_unit", "monthly_permille")):
        set_rule(
            programme=world.programme,
            key=key,
            text=text,
            effective_on=date(2012, 1, 4),
            reason="统一格式",
            by=world.sysadmin,
            **at(2012, 1, 4),
        )
    line = make_line(world, make_enterprise(world, 1), amount="10000000")
    make_loan(world, line, day=date(2012, 3, 1), amount=Decimal(10_000_000), note_no="XLCZ2012贷字第0001号")
    return make_summary(world, "2012Q1", until="submitted")


@pytest.mark.usefixtures("quiet")
def test_a_setting_adds_columns_and_changes_the_unit_of_the_rate(widened: QuarterlySummary) -> None:
    content = document(widened)
    rows = csv_rows(renderers.to_csv(content, widened.checksum))
    assert rows[0][5] == "利率（月利率‰）"
    assert rows[1][5] == "6.5000"
    assert rows[0][8:] == ["借据号", "申报准备金（省）", "申报准备金（镇）", "担保方式"]
    assert rows[1][9:11] == ["266666.67", "1066666.66"]
    assert "6.5000" in pdf_text(renderers.to_pdf(content, widened.checksum))


def test_the_total_of_every_file_sums_the_added_columns_too(widened: QuarterlySummary) -> None:
    content = document(widened)
    assert csv_rows(renderers.to_csv(content, widened.checksum))[2][8:] == ["", "266666.67", "1066666.66", ""]
    total = sheet_rows(summary_xlsx.to_xlsx(content, widened.checksum), "申报汇总表")[4]
    assert total[3] == "大写：人民币壹仟万元整　申报准备金（推算）合计：1,333,333.33"
    assert total[9:11] == [266666.67, 1066666.66]
    total_row = pdf_text(renderers.to_pdf(content, widened.checksum)).partition("合计（1笔）")[2]
    assert total_row.startswith("10,000,000.00大写：人民币壹仟万元整申报准备金（推算）合计：1,333,333.33266,666.671,066,666.66")


def test_added_columns_break_no_figure_and_fill_no_second_page(widened: QuarterlySummary) -> None:
    content = document(widened)
    (page,) = pdf_pages(renderers.to_pdf(of_length(content, 15), widened.checksum))
    whole = ("10,000,000.00", "2012-03-01", content["lines"][0]["due_on"], "XLCZ2012贷字第0001号", "266,666.67", "1,066,666.66")
    assert [sum(figure in line for line in page) >= 15 for figure in whole] == [True] * len(whole)


@pytest.mark.parametrize("count", range(16, 19))
def test_the_signatures_share_their_page_with_the_total_and_the_last_two_lines(submitted: QuarterlySummary, count: int) -> None:
    content = {**of_length(document(submitted), count), "adjustments": []}
    last = "\n".join(pdf_pages(renderers.to_pdf(content, submitted.checksum))[-1])
    assert [part for part in (f"合计（{count}笔）", "填表人：", f"\n{count - 1} ", f"\n{count} ") if part not in last] == []


def test_every_later_page_says_which_paper_it_is_and_the_first_begins_with_its_title(submitted: QuarterlySummary) -> None:
    first, *later = pdf_pages(renderers.to_pdf(of_length(document(submitted), 50), submitted.checksum))
    running = re.compile(r"《科技贷款项目风险准备金申报汇总表》（续）\s+所属期：2012年第二季度\s+填报单位：小榄村镇银行")
    assert first[0] == "《科技贷款项目风险准备金申报汇总表》"
    assert not any(map(running.fullmatch, first))
    assert len(later) == 2
    assert all(any(map(running.fullmatch, page)) for page in later)


def test_a_character_in_no_font_is_refused_by_name(world: World) -> None:
    make_loan(world, make_line(world, make_enterprise(world, 1)), day=date(2012, 3, 1))
    Loan.objects.update(enterprise_name="中山市𠮷演示有限公司")  # from before entry asked, or from elsewhere
    summary = make_summary(world, "2012Q1", until="submitted")
    with pytest.raises(MissingGlyph, match=r"“中山市𠮷演示有限公司”：本系统字库暂无“𠮷”字（U\+20BB7）"):
        renderers.to_pdf(document(summary), summary.checksum)
    assert "𠮷" in renderers.to_csv(document(summary), summary.checksum).decode()


def test_a_draft_is_marked_as_one(world: World) -> None:
    content = document(make_summary(world, "2011Q4"))
    assert "草稿：尚未报送" in pdf_text(renderers.to_pdf(content, ""))


def test_the_files_of_the_page_come_from_the_snapshot(submitted: QuarterlySummary, world: World, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(world.province)
    answers = {kind: client.get(reverse("reports:summary_file", args=[submitted.pk, kind])) for kind in ("pdf", "xlsx", "csv", "json")}
    assert {kind: answer.status_code for kind, answer in answers.items()} == dict.fromkeys(answers, 200)
    data = json.loads(answers["json"].content)
    assert data == {**document(submitted), "checksum": submitted.checksum}
    assert csv_rows(answers["csv"].content)[3][:3] == ["合计", "", data["total_amount"]]
    assert client.get(reverse("reports:summary_file", args=[submitted.pk, "doc"])).status_code == 404
