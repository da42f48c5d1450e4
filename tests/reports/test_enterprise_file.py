"""一企一档: the page of an enterprise shows its whole life in few statements, and its ZIP holds the same with every paper."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from common.http import today
from enterprises.models import Enterprise
from loans.models import Loan
from parties.enums import OrganisationKind, Role
from parties.models import Attachment, AuditEvent, User
from parties.services.attachments import keep_paper
from reports.enterprise_file.paper import paper_of
from reports.errors import PdfUnavailable
from reports.renderers import archive as renderer
from reports.selectors.declared import declarations
from reports.selectors.enterprise_file import enterprise_file
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    elsewhere,
    make_correction,
    make_enterprise,
    make_inspection,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_summary,
    make_warning,
    on,
)
from tests.support.claims import FAILED, failed, make_claim, make_recovery, write_off
from tests.support.papers import pdf_text, squeezed

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PDF = b"%PDF-1.7 "


@pytest.fixture
def lived(world: World) -> Loan:
    """A loan that was warned of, inspected, corrected, declared, compensated, partly recovered and written off."""
    loan = failed(world)
    make_summary(world, "2012Q1", until="submitted")
    make_warning(world, loan, day=date(2013, 3, 1))
    make_inspection(world, loan, day=date(2013, 3, 2), operation="订单减少三成")
    make_correction(world, loan, day=date(2013, 3, 4), purpose="购买注塑机")
    make_claim(world, loan)
    make_recovery(world, loan, "1000000", cost="40000")
    write_off(world, loan)
    return loan


@pytest.fixture
def without_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing takes its time and is tried once."""

    def nothing(paper: Any) -> bytes:
        raise PdfUnavailable("本机未安装打印 PDF 所需的 Pango 库")

    monkeypatch.setattr(renderer, "enterprise_pdf", nothing)


def keep(world: World, loan: Loan, name: str, text: bytes = b"") -> Attachment:
    file = SimpleUploadedFile(name, PDF + text)
    return keep_paper(subject=loan, kind="借款合同", file=file, by=world.bank, **on(FAILED))


def archive_of(client: Client, enterprise: Enterprise) -> zipfile.ZipFile:
    answer: Any = client.post(reverse("reports:enterprise_archive", args=[enterprise.pk]))
    assert answer.status_code == 200, answer.content
    data = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(data)
    found = zipfile.ZipFile(io.BytesIO(data))
    assert found.testzip() is None
    return found


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# --- the page


def test_the_page_shows_the_whole_life_in_its_order_and_leads_to_each_part_of_it(world: World, lived: Loan, sign_in: SignIn) -> None:
    page = sign_in(world.auditor).get(lived.enterprise.get_absolute_url())
    shown = {section.key: [[cell.text for cell in row] for row in section.rows] for section in page.context["sections"]}
    assert list(shown) == [
        *("years", "certificates", "benefits", "recommendations", "lines", "loans", "changes", "warnings", "inspections"),
        *("claims", "recoveries", "write-offs", "summaries"),
    ]
    assert shown["recommendations"][0][4] == (
        f"{world.science_organisation.short_name} {world.science2.name} 2012-02-10；\n"
        f"{world.town_organisation.short_name} {world.town2.name} 2012-02-10"
    )
    assert shown["loans"][0][:6] == [lived.note_no, "3,000,000.00", "2012-03-01", "2013-02-01", "7.8000%", "0.00"]
    assert shown["loans"][0][-1] == "已核销"
    assert shown["changes"] == [["数据更正", lived.note_no, "2013-03-04", "合同抄录有误", "已入账"]]
    assert [row[:4] for row in shown["warnings"]] == [["2013-03-01", "停产", lived.note_no, "主要生产线停产，工人放假"]]
    assert shown["inspections"] == [["2013年第一季度", "2013-03-02", lived.note_no, "订单减少三成", "正常"]]
    assert shown["claims"][0][3:] == ["1,500,000.00", "1,500,000.00", "1,500,000.00", "2013-05-07", "已代偿"]
    assert shown["recoveries"][0][3:5] == ["1,000,000.00", "480,000.00"]
    assert shown["write-offs"][0][2] == "破产程序终结"
    assert shown["summaries"][0][:4] == ["2012年第一季度\n（第1版）", lived.note_no, "3,000,000.00", "400,000.00"]

    text, line, claim = page.content.decode(), lived.credit_line, lived.claim
    rows = [line.recommendation, line.recommendation.batch, line, lived, claim, lived.recoveries.get(), lived.warnings.get()]
    assert [row for row in rows if f'href="{row.get_absolute_url()}"' not in text] == []  # type: ignore[union-attr]
    anchors = [f"#{key}" for key in shown]
    assert [anchor for anchor in anchors if f'href="{anchor}"' not in text or f'id="{anchor[1:]}"' not in text] == []


def test_the_totals_on_top_are_those_of_its_loans(world: World, lived: Loan, sign_in: SignIn) -> None:
    day = date(2013, 8, 1)
    make_loan(world, make_line(world, lived.enterprise, amount="900000", day=day), day=day)
    page = sign_in(world.auditor).get(lived.enterprise.get_absolute_url())
    totals = {card.label: (card.value, card.hint) for card in page.context["numbers"]}
    assert totals["累计授信"] == ("390万", "2 笔")
    assert totals["累计放款"] == ("390万", "2 笔，已还本金 0万")
    assert totals["贷款余额"] == ("90万", "在贷 1 笔")
    assert totals["占用准备金"] == ("12万", "省 2.4万，镇 9.6万")
    assert totals["累计代偿"] == ("150万", "1 笔，追回归准备金 48万")


def test_the_page_costs_the_same_for_more_loans(world: World, lived: Loan, sign_in: SignIn) -> None:
    client, url = sign_in(world.bank), lived.enterprise.get_absolute_url()
    first = cost(client, url)
    day = date(2013, 8, 1)
    for _ in range(3):
        loan = make_loan(world, make_line(world, lived.enterprise, amount="100000", day=day), day=day)
        make_warning(world, loan, day=day)
        make_inspection(world, loan, day=day)
        keep(world, loan, "合同.pdf")
    assert cost(client, url) == first <= 20


def test_loans_of_a_programme_one_is_no_party_to_are_neither_shown_nor_summed(world: World, sign_in: SignIn, without_paper: None) -> None:
    loan = make_loan(world, make_line(world, make_enterprise(world, 1)))
    keep(world, loan, "合同.pdf")
    bank = make_organisation(OrganisationKind.BANK, "外地银行")
    there = elsewhere(world, bank_organisation=bank, bank=make_person("there", bank, Role.OFFICER))
    page = sign_in(there.bank).get(loan.enterprise.get_absolute_url())
    shown = {section.key: section.rows for section in page.context["sections"]}
    assert (shown["loans"], shown["recommendations"]) == ([], [])
    assert page.context["numbers"][1].value == "0万"
    assert not page.context["files"]
    assert not [event for event in page.context["timeline"] if event.programme_code == world.programme.code]
    names = archive_of(sign_in(there.bank), loan.enterprise).namelist()
    assert not [name for name in names if name.startswith("03-")]


# --- which summary declared a loan


def test_a_loan_confirmed_after_its_quarter_was_closed_is_declared_by_the_next_summary(world: World) -> None:
    in_time = make_loan(world, day=date(2012, 3, 1))
    assert declarations(world.auditor, [in_time]) == {}
    first = make_summary(world, "2012Q1", until="submitted")
    late_line = make_line(world, make_enterprise(world, 2), day=date(2012, 3, 5))
    late = make_loan(world, late_line, day=date(2012, 4, 10), disbursed_on=date(2012, 4, 10))
    second = make_summary(world, "2012Q2", until="submitted")
    assert declarations(world.auditor, [in_time, late]) == {in_time.pk: first, late.pk: second}


# --- the archive


@pytest.mark.usefixtures("quiet")
def test_the_archive_holds_paper_workbook_and_every_attachment_with_their_hashes(world: World, lived: Loan, sign_in: SignIn) -> None:
    kept = keep(world, lived, "借款合同.pdf", b"contract")
    archive = archive_of(sign_in(world.auditor), lived.enterprise)
    names = archive.namelist()
    own = f"03-贷款/借据 {lived.note_no}_借款合同_借款合同.pdf"
    assert archive.read(own) == PDF + b"contract"
    assert len([name for name in names if name.startswith("04-代偿/")]) == len(lived.credit_line.rules.claim_papers)
    assert all(entry.flag_bits & 0x800 for entry in archive.infolist())  # names in UTF-8

    listed = dict(reversed(line.split("  ", 1)) for line in archive.read("目录.txt").decode().splitlines())
    assert listed[own] == kept.sha256
    assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in listed} == listed
    assert set(names) - set(listed) == {"目录.txt"}
    assert "未能放入的文件：\n  无" in archive.read("说明.txt").decode()

    text = pdf_text(archive.read("档案.pdf"))
    wanted = ["科技贷款风险准备金企业档案", lived.enterprise.name, lived.note_no, "订单减少三成", "破产程序终结", "2012年第一季度（第1版）"]
    assert [part for part in wanted if squeezed(part) not in text] == []

    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("档案.xlsx")))
    assert book.sheet_names[:2] == ["基本情况", "年度指标与规模"]
    rows = book.get_sheet_by_name("贷款").to_python()
    loan = next(row for row in rows if row[0] == lived.note_no)
    assert loan[1:4] == [3_000_000.0, date(2012, 3, 1), date(2013, 2, 1)]


def test_on_paper_a_sum_of_nine_digits_has_room_in_every_part(world: World, lived: Loan) -> None:
    """269 mm of a sheet across; a digit of 9.5 points takes 1.9 mm, one of the small type of wide tables 1.6."""
    for part in paper_of(enterprise_file(lived.enterprise, world.auditor, FAILED), "市审计局").sections:
        widths = [269 * Decimal(width.rstrip("%")) / 100 for width in part.widths]
        assert abs(sum(widths) - 269) < 2, part.key
        sums = [width for width, (_, kind) in zip(widths, part.heads, strict=True) if kind == "yuan"]
        assert all(width >= len("123,456,789.00") * Decimal("1.6" if part.is_wide else "1.9") for width in sums), part.key


@pytest.mark.parametrize("fault", ["lost", "altered"])
def test_a_paper_that_cannot_be_vouched_for_is_named_and_the_rest_goes_on(
    world: World, sign_in: SignIn, fault: str, without_paper: None
) -> None:
    loan = make_loan(world)
    good, bad = keep(world, loan, "好.pdf"), keep(world, loan, "坏.pdf")
    path = Path(bad.file.path)
    path.unlink() if fault == "lost" else path.write_bytes(b"%PDF-1.7 other")
    archive = archive_of(sign_in(world.bank), loan.enterprise)
    papers = [name for name in archive.namelist() if name.startswith("03-")]
    assert [name.rsplit("_", 1)[1] for name in papers] == [good.original_name]
    said = archive.read("说明.txt").decode()
    assert f"03-贷款/借据 {loan.note_no}_借款合同_坏.pdf：“坏.pdf”" in said
    assert ("已不在存储中" if fault == "lost" else "与上传时的校验值不符") in said


def test_names_are_safe_short_and_never_twice_the_same(world: World, sign_in: SignIn, without_paper: None) -> None:
    loan = make_loan(world, note_no="村镇/2012\\001")
    for name in ("同名.pdf", "同名.pdf", f"{'长' * 140}.pdf"):
        keep(world, loan, name)
    papers = sorted(name for name in archive_of(sign_in(world.bank), loan.enterprise).namelist() if name.startswith("03-"))
    assert papers[:2] == ["03-贷款/借据 村镇-2012-001_借款合同_同名(2).pdf", "03-贷款/借据 村镇-2012-001_借款合同_同名.pdf"]
    assert len(papers[2].split("/")[1].encode()) <= renderer.LONGEST_NAME
    assert papers[2].endswith("长.pdf")


def test_taking_the_file_stands_in_the_trail_and_on_the_page(world: World, sign_in: SignIn, without_paper: None) -> None:
    loan = make_loan(world)
    keep(world, loan, "合同.pdf")
    client = sign_in(world.auditor)
    archive_of(client, loan.enterprise)
    event = AuditEvent.objects.get(action="enterprise.archive", programme_code="xiaolan")
    assert (event.actor, event.object_id) == (world.auditor, str(loan.enterprise_id))
    assert event.summary.startswith(f"下载一企一档（截至 {today()}，材料 1 份，SHA-256 ")
    assert event.summary in client.get(loan.enterprise.get_absolute_url()).content.decode()


def test_the_auditor_of_each_programme_the_file_shows_finds_who_took_it(world: World, sign_in: SignIn, without_paper: None) -> None:
    enterprise = make_enterprise(world)
    bank = make_organisation(OrganisationKind.BANK, "另一家银行")
    there = elsewhere(world, bank_organisation=bank, bank=make_person("there", bank, Role.OFFICER))
    office = make_organisation(OrganisationKind.AUDITOR, "第二项目审计")
    add_party(programme=there.programme, organisation=office, by=world.sysadmin, **on(FAILED))
    second = make_person("auditor-2", office, Role.VIEWER)
    for taker, codes in ((world.science, {"xiaolan", "second"}), (world.bank, {"xiaolan"}), (there.bank, {"second"})):
        archive_of(sign_in(taker), enterprise)
        taken = AuditEvent.objects.filter(action="enterprise.archive", actor=taker)
        assert {event.programme_code for event in taken} == codes
        for auditor, code in ((world.auditor, "xiaolan"), (second, "second")):
            assert taken.visible_to(auditor).count() == int(code in codes), (taker, code)


def test_more_papers_than_one_archive_may_hold_are_refused_with_the_way_out(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = make_loan(world)
    keep(world, loan, "合同.pdf")
    monkeypatch.setattr(renderer, "LIMIT", 5)
    answer = sign_in(world.bank).post(reverse("reports:enterprise_archive", args=[loan.enterprise_id]))
    assert answer.status_code == 409
    assert "超过一次下载的上限" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="enterprise.archive").exists()
