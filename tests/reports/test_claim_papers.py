"""The printed papers of claims and recoveries say what the rows say, at every stage (domain §8)."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from common.money import format_yuan
from loans.models import Claim, Loan
from loans.services import recoveries
from loans.services.claims import deciding, drafting, paying, reviewing
from parties.models import User
from reports.errors import MissingGlyph, NotYetPrintable
from reports.renderers import claim_papers as renderers
from reports.selectors.claim_papers import application, approval, order
from reports.selectors.recovery_papers import sharing
from tests.factories import World, fund, make_enterprise, make_repayment, make_world, on
from tests.support.claims import FAILED, advance, failed, make_claim, make_recovery
from tests.support.papers import pdf_pages, pdf_text, squeezed
from tests.support.route_subjects import outsiders

pytestmark = pytest.mark.django_db

LATER = FAILED + timedelta(days=30)


@pytest.fixture
def loan(world: World) -> Loan:
    return failed(world)


@pytest.fixture
def paid(world: World, loan: Loan) -> Claim:
    """Worked example of domain §4: 300万, of which the reserve pays 150万."""
    return make_claim(world, loan)


def sheet(data: bytes, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name).to_python()


def missing(wanted: list[str], text: str) -> list[str]:
    return [part for part in wanted if squeezed(part) not in text]


# --- the application


@pytest.mark.usefixtures("quiet")
def test_the_application_says_what_the_bank_filed(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    paper = application(claim, LATER)
    data = renderers.application_pdf(paper)
    wanted = [
        "科技贷款风险准备金代偿申请表（函）",
        "编号：第1号",
        "广东省生产力促进中心：",
        "《省市联合科技贷款风险准备金操作细则》",
        "人民币1,500,000.00元（大写：人民币壹佰伍拾万元整）",
        "截至2013年5月7日",
        loan.enterprise_name,
        "企业代码72000001-7",
        f"借款合同号{loan.contract_no}",
        f"借据号{loan.note_no}",
        "贷款金额（元）3,000,000.00未还本金（元）3,000,000.00",
        "发放日期2012-03-01到期日期2013-02-01",
        "年利率7.8000%",
        "本金逾期天数95",
        "五级分类正常",
        "触发条件本金逾期达到触发天数触发日2013-05-02",
        claim.cause,
        claim.dunning,
        "代偿申请函（1份）",
        "催收通知及送达回证（1份）",
        "经办：bank复核（科长）：bank2",
        "（公章）2013年5月7日",
    ]
    wanted += [f"{step.label}{step.rule}{format_yuan(step.amount)}" for step in paper.steps]
    assert missing(wanted, pdf_text(data)) == []
    assert "尚未报送" not in pdf_text(data)
    assert len(paper.steps) == 9


def test_it_is_a4_with_embedded_fonts_and_page_numbers(world: World, loan: Loan) -> None:
    data = renderers.application_pdf(application(make_claim(world, loan, until="filed"), LATER))
    reader = PdfReader(io.BytesIO(data))
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages} == {(595, 842)}
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    assert all("+Paper" in str(font["/BaseFont"]) for font in fonts)
    count = len(reader.pages)
    numbers = [f"第{number}页共{count}页" for number in range(1, count + 1)]
    assert [number for number, page in zip(numbers, pdf_pages(data), strict=True) if number not in squeezed("".join(page))] == []


def test_what_was_filed_stays_on_it_when_loan_and_claim_move_on(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    filed = application(claim, FAILED)
    later = FAILED + timedelta(days=2)
    claim = advance(world, claim, since="filed", until="instructed", day=later)
    make_repayment(world, loan, "1000000", paid_on=later)
    claim = advance(world, claim, since="instructed", until="paid", day=later)
    assert claim.base == 2_000_000
    again = application(claim, LATER)
    assert again.facts == filed.facts
    assert again.steps == filed.steps
    assert again.steps[0].amount == 3_000_000


def test_less_asked_than_allowed_is_a_line_of_the_computation(world: World, loan: Loan) -> None:
    paper = application(make_claim(world, loan, until="filed", amount="1000000.01"), FAILED)
    assert [(step.label, step.amount) for step in paper.steps][2:5] == [
        ("可代偿金额", Decimal("1500000.00")),
        ("代偿金额", Decimal("1000000.01")),
        ("其中：省", Decimal("200000.00")),
    ]
    assert paper.words == "人民币壹佰万元零壹分"


def test_a_draft_can_be_printed_for_the_seal_and_says_it_is_not_filed(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="draft")
    text = pdf_text(renderers.application_pdf(application(claim, FAILED + timedelta(days=1))))
    assert missing(["尚未报送，内容以报送时为准", "尚未上传材料", "截至2013年5月8日", "本金逾期天数96", "复核（科长）："], text) == []
    assert "bank2" not in text


def test_a_returned_claim_is_printed_as_it_would_be_filed_now(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    reviewing.return_claim(claim=claim, opinion="缺催收回证", by=world.province, **on(FAILED))
    claim = drafting.edit_claim(claim=claim, cause="停产", dunning="起诉", amount=Decimal(900_000), by=world.bank, **on(FAILED))
    paper = application(claim, LATER)
    assert (paper.filed, paper.day, paper.words) == (False, LATER, "人民币玖拾万元整")
    assert paper.mark == approval(claim, LATER).mark == "退回补正中，尚未重新报送，内容以报送时为准"


def test_what_was_never_filed_and_taken_back_has_no_application(world: World, loan: Loan) -> None:
    claim = drafting.withdraw_claim(claim=make_claim(world, loan, until="draft"), reason="误起草", by=world.bank, **on(FAILED))
    with pytest.raises(NotYetPrintable, match="从未报送就已撤回"):
        application(claim, LATER)


@pytest.mark.usefixtures("quiet")
def test_long_grounds_break_between_parts_and_lose_nothing(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    claim.cause, claim.dunning = "资金链断裂，企业停产。" * 45, "已书面催收并提起诉讼。" * 45
    data = renderers.application_pdf(application(claim, FAILED))
    assert missing([claim.cause, claim.dunning], pdf_text(data)) == []
    pages = [squeezed("".join(page)) for page in pdf_pages(data)]
    assert len(pages) == 2
    (computed,) = [page for page in pages if "代偿基数未还本金" in page]
    assert "申请代偿金额大写：" in computed
    (signed,) = [page for page in pages if "经办：bank" in page]
    assert "（公章）" in signed


# --- the sheet of opinions


@pytest.mark.parametrize(
    ("stage", "spoken"),
    [("draft", 0), ("filed", 0), ("reviewing", 1), ("science", 2), ("reviewed", 3), ("approved", 4), ("instructed", 4), ("paid", 4)],
)
def test_at_every_stage_who_has_not_spoken_has_an_empty_box(world: World, loan: Loan, stage: str, spoken: int) -> None:
    paper = approval(make_claim(world, loan, until=stage), FAILED)
    bank, *others = paper.boxes
    assert [bool(box.said) for box in others] == [number < spoken for number in range(4)]
    assert [bool(box.day) for box in others] == [number < spoken for number in range(4)]
    assert (bank.officer, bank.reviewer, bank.amount) == ("bank", "" if stage == "draft" else "bank2", 1_500_000)
    assert len(paper.payments) == (2 if stage in ("instructed", "paid") else 0)
    assert [one.paid for one in paper.payments] == ([300_000, 1_200_000] if stage == "paid" else [None] * len(paper.payments))
    html = render_to_string("reports/pdf/claim_approval.html", {"paper": paper})
    assert ("尚未报送" in html) == (stage == "draft")
    assert ("HD-" in html) == (stage == "paid")


def test_a_drafted_word_is_said_only_when_it_is_signed(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewing")
    reviewing.review_claim(claim=claim, verdict="agree", opinion="拟同意", by=world.science, **on(FAILED))
    assert [box.said for box in approval(claim, FAILED).boxes] == ["申请代偿", "同意", "", "", ""]


@pytest.fixture
def twice_filed(world: World, loan: Loan) -> Claim:
    """Returned by the centre, then by the town after the bureau had agreed; filed a third time, granted less, paid."""
    claim = make_claim(world, loan, until="filed")
    reviewing.return_claim(claim=claim, opinion="缺催收回证", by=world.province, **on(FAILED))
    claim = advance(world, claim, since="draft", until="science", day=FAILED + timedelta(days=1))
    reviewing.return_claim(claim=claim, opinion="抵押物清单不全", by=world.town, **on(FAILED + timedelta(days=2)))
    day = FAILED + timedelta(days=3)
    claim = advance(world, claim, since="draft", until="reviewing", day=day)
    reviewing.review_claim(claim=claim, verdict="agree", amount=Decimal("1400000"), opinion="核减十万元", by=world.science, **on(day))
    claim = reviewing.sign_claim(claim=claim, by=world.science2, **on(day))
    claim = advance(world, claim, since="science", until="reviewed", day=day)
    deciding.propose_claim(claim=claim, verdict="agree", opinion="按市局意见", by=world.province, **on(day))
    claim = deciding.decide_claim(claim=claim, by=world.province2, **on(day))
    return advance(world, claim, since="approved", until="paid", day=day)


@pytest.mark.usefixtures("quiet")
def test_the_sheet_has_the_words_of_the_last_round_and_the_returns_before_it(twice_filed: Claim) -> None:
    text = pdf_text(renderers.approval_pdf(approval(twice_filed, LATER)))
    wanted = [
        "科技贷款风险准备金代偿审批表",
        "编号：第1号第3次报送状态：已代偿",
        "申请代偿金额（元）1,500,000.00核准金额（元）1,400,000.00",
        "申请代偿金额1,500,000.00元逾期原因：主要客户拖欠货款，资金链断裂催收情况：已书面催收三次，保证人未履行",
        "经办：bank复核（科长）：bank2小榄村镇银行（公章）2013年5月10日",
        "材料核验同意经办：province广东省生产力促进中心（公章）2013年5月10日",
        "同意金额1,400,000.00元核减十万元经办：science复核（科长）：science2中山市科技局（公章）2013年5月10日",
        "同意金额1,500,000.00元经办：town复核（科长）：town2小榄镇人民政府（公章）2013年5月10日",
        "同意金额1,400,000.00元按市局意见经办：province复核（科长）：province2广东省生产力促进中心（公章）2013年5月10日",
        "广东省生产力促进中心：2013年5月10日签发划款通知书（划〔2013〕1号），280,000.00元；实付280,000.00元，回单号HD-11",
        "1,120,000.00元；实付1,120,000.00元，回单号HD-22",
        "代偿基数3,000,000.00元，代偿1,400,000.00元（省280,000.00，镇1,120,000.00）",
        "第1次广东省生产力促进中心缺催收回证province2013-05-07",
        "第2次小榄镇人民政府抵押物清单不全town2013-05-09",
    ]
    assert missing(wanted, text) == []


def test_a_refusal_names_its_reason(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewing")
    reviewing.review_claim(claim=claim, verdict="refuse", reason="misused", opinion="贷款用于购房", by=world.science, **on(FAILED))
    paper = approval(reviewing.sign_claim(claim=claim, by=world.science2, **on(FAILED)), LATER)
    science = paper.boxes[2]
    assert (science.said, science.opinion, science.amount) == ("不予代偿（贷款被挪用而银行未尽监督）", "贷款用于购房", None)
    assert paper.status == "不予代偿"


def test_what_was_paid_may_be_less_than_was_ordered(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    make_repayment(world, loan, "1000000", paid_on=FAILED)
    paper = approval(advance(world, claim, since="instructed", until="paid", day=FAILED), FAILED)
    assert [(one.notice.amount, one.paid) for one in paper.payments] == [(300_000, 200_000), (1_200_000, 800_000)]


# --- the order to pay


@pytest.mark.usefixtures("quiet")
def test_each_owner_orders_the_bank_to_pay_its_part(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    notices = [order(notice) for notice in claim.notices.all()]
    province, town = [pdf_text(renderers.order_pdf(paper)) for paper in notices]
    wanted = [
        "科技贷款风险准备金划款通知书划〔2013〕1号小榄村镇银行：",
        "根据《省市联合科技贷款风险准备金操作细则》和2013年5月7日审定的代偿申请第1号（核准1,500,000.00元）",
        f"付款户名{world.provincial_account.name}付款账号{world.provincial_account.number}开户银行小榄村镇银行",
        "金额（元）300,000.00大写人民币叁拾万元整",
        f"借款企业{loan.enterprise_name}借据号{loan.note_no}",
        "10个工作日内划付",
        "签发（科长）：province2",
        "广东省生产力促进中心（公章）2013年5月7日",
    ]
    assert missing(wanted, province) == []
    assert missing(["小榄镇人民政府（公章）", "人民币壹佰贰拾万元整", world.town_account.number], town) == []


def test_an_order_without_a_number_leaves_its_place(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="approved")
    notice = paying.issue_notice(claim=claim, account=world.town_account, by=world.town2, **on(FAILED))
    assert "（文号：" in render_to_string("reports/pdf/payment_notice.html", {"paper": order(notice)})


def test_the_papers_of_a_claim_taken_back_say_so(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    drafting.withdraw_claim(claim=claim, reason="借款人已还清", by=world.bank2, **on(LATER))
    claim.refresh_from_db()
    papers = [("payment_notice", order(notice), "申请已撤回，本通知书作废") for notice in claim.notices.all()]
    papers += [("claim_application", application(claim, LATER), "本申请已撤回"), ("claim_approval", approval(claim, LATER), "本申请已撤回")]
    for name, paper, mark in papers:
        assert mark in render_to_string(f"reports/pdf/{name}.html", {"paper": paper})
    assert application(claim, LATER).day == FAILED


# --- the sharing of recoveries


@pytest.mark.usefixtures("quiet")
def test_the_sharing_is_the_worked_example(world: World, loan: Loan, paid: Claim) -> None:
    make_recovery(world, loan, "1000000", cost="40000", until="confirmed")
    make_recovery(world, loan, "200000", day=LATER + timedelta(days=5), until="remitted")
    make_recovery(world, loan, "50000", until="entered")
    wrong = make_recovery(world, loan, "60000", until="entered")
    recoveries.discard_recovery(recovery=wrong, reason="重复登记", by=world.bank, **on(LATER))
    paper = sharing(loan)
    assert [(row.gross, row.returned_provincial, row.returned_town, row.kept_by_bank) for row in paper.rows] == [
        (1_000_000, 96_000, 384_000, 480_000),
        (200_000, 20_000, 80_000, 100_000),
    ]
    assert [(one.borne, one.back, one.remitted, one.lost) for one in (*paper.holders, paper.total)] == [
        (300_000, 116_000, 20_000, 184_000),
        (1_200_000, 464_000, 80_000, 736_000),
        (1_500_000, 580_000, None, 920_000),
        (3_000_000, 1_160_000, 100_000, 1_840_000),
    ]
    text = pdf_text(renderers.sharing_pdf(paper))
    wanted = [
        "科技贷款风险准备金追偿分配表",
        "代偿金额÷代偿基数=50.00%",
        "12013-06-06法院执行1,000,000.0040,000.00960,000.0050.00%96,000.00384,000.00480,000.00——",
        "22013-06-11法院执行200,000.000.00200,000.0050.00%20,000.0080,000.00100,000.002013-06-11ZH-1",
        "合计（2笔）1,200,000.0040,000.001,160,000.00116,000.00464,000.00580,000.00",
        "目前损失1,840,000.00元=省184,000.00+镇736,000.00+银行920,000.00",
    ]
    assert missing(wanted, text) == []


def test_what_comes_in_beyond_the_base_is_the_banks_and_no_loss_is_left(world: World, loan: Loan, paid: Claim) -> None:
    make_recovery(world, loan, "2900000", until="remitted")
    make_recovery(world, loan, "250000", until="remitted")
    paper = sharing(loan)
    assert [(one.back, one.lost) for one in paper.holders] == [(300_000, 0), (1_200_000, 0), (1_500_000, 0)]
    assert (paper.surplus, [share for _, share in paper.lines]) == (150_000, ["50.00%", "20.00%"])
    assert "超出代偿基数的150,000.00元归银行" in render_to_string("reports/pdf/recovery_sharing.html", {"paper": paper})


def test_costs_that_eat_a_recovery_leave_no_ratio(world: World, loan: Loan, paid: Claim) -> None:
    make_recovery(world, loan, "30000", cost="30000", until="confirmed")
    assert [share for _, share in sharing(loan).lines] == ["—"]


def test_many_recoveries_repeat_the_head_and_the_name_of_the_paper(world: World, loan: Loan, paid: Claim) -> None:
    make_recovery(world, loan, "10000", until="remitted")
    paper = sharing(loan)
    first, second = pdf_pages(renderers.sharing_pdf(replace(paper, rows=[*paper.rows] * 24)))
    assert "追偿分配表（续）" not in "".join(first)
    assert "追偿分配表（续）" in "".join(second)
    assert "收到日期" in squeezed("".join(second))
    assert missing(["合计（24笔）", "累计分担", "制表："], squeezed("".join(second))) == []


def test_before_the_compensation_there_is_nothing_to_share(world: World, loan: Loan, sign_in: Callable[[User], Client]) -> None:
    make_claim(world, loan, until="approved")
    with pytest.raises(NotYetPrintable, match=f"借据 {loan.note_no}尚未代偿，没有追偿分配。"):
        sharing(loan)
    answer = sign_in(world.bank).get(reverse("reports:recovery_sharing_pdf", args=[loan.pk]))
    assert answer.status_code == 409
    assert "没有追偿分配" in answer.content.decode()


# --- all of them


def test_the_papers_use_the_programmes_word() -> None:
    world = fund(make_world(rules={"claim_word": "risk_subsidy"}))
    loan = failed(world)
    claim = make_claim(world, loan)
    make_recovery(world, loan, "10000")
    papers = {
        "claim_application": application(claim, FAILED),
        "claim_approval": approval(claim, FAILED),
        "payment_notice": order(claim.notices.all()[0]),
        "recovery_sharing": sharing(loan),
    }
    texts = {name: render_to_string(f"reports/pdf/{name}.html", {"paper": paper}) for name, paper in papers.items()}
    assert [name for name, text in texts.items() if "风险补偿" not in text or "代偿" in text] == []
    assert "科技贷款风险准备金风险补偿申请表（函）" in texts["claim_application"]
    assert "风险补偿申请函（1份）" in texts["claim_application"]
    rows = sheet(renderers.approval_xlsx(approval(claim, FAILED)), "风险补偿审批表")
    assert rows[0][0] == "科技贷款风险准备金风险补偿审批表（第1号）"


def test_a_character_in_no_font_is_refused_by_name(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    Claim.objects.update(cause="法定代表人𠮷某失联")  # from before entry asked, or from elsewhere
    claim.refresh_from_db()
    for paper in (lambda: renderers.application_pdf(application(claim, FAILED)), lambda: renderers.approval_pdf(approval(claim, FAILED))):
        with pytest.raises(MissingGlyph, match=r"本系统字库暂无“𠮷”字（U\+20BB7）"):
            paper()
    assert sheet(renderers.application_xlsx(application(claim, FAILED)), "代偿申请表")


def test_the_workbook_of_an_application_reads_back_as_its_rows(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    Claim.objects.update(cause="=SUM(A1)停产")
    claim.refresh_from_db()
    paper = application(claim, FAILED)
    rows = sheet(renderers.application_xlsx(paper), "代偿申请表")
    facts = {row[0]: row[1] for row in rows}
    assert facts["未还本金（元）"] == 3_000_000
    assert facts["到期日期"] == date(2013, 2, 1)
    assert facts["申请代偿金额（元）"] == 1_500_000
    assert facts["大写"] == "人民币壹佰伍拾万元整"
    assert facts["逾期原因"] == "=SUM(A1)停产"
    assert (facts["经办"], facts["复核"], facts["报送日期"]) == ("bank", "bank2", FAILED)
    assert [row[:3] for row in rows if row[0] in {step.label for step in paper.steps}] == [
        [step.label, float(step.amount), step.rule] for step in paper.steps
    ]
    assert facts["催收通知及送达回证"] == 1


def test_the_workbook_of_the_opinions_reads_back_as_its_rows(twice_filed: Claim) -> None:
    rows = sheet(renderers.approval_xlsx(approval(twice_filed, LATER)), "代偿审批表")
    day = FAILED + timedelta(days=3)
    assert ["市科技局意见", "同意", 1_400_000, "核减十万元", "science", "science2", day] in rows
    assert ["材料核验", "同意", "", "", "province", "", day] in rows
    assert ["第2次报送", "小榄镇人民政府", "抵押物清单不全", "town", FAILED + timedelta(days=2), "", ""] in rows
    (paid,) = [row for row in rows if row[0] == "小榄镇人民政府"]
    assert paid[2:] == ["划〔2013〕1号", day, 1_120_000, 1_120_000, "HD-22"]
    facts = {row[0]: row[1] for row in rows}
    assert (facts["划款日期"], facts["代偿基数（元）"], facts["代偿金额（元）"]) == (day, 3_000_000, 1_400_000)
    assert (facts["划款经办"], facts["划款复核"]) == ("bank", "bank2")


def test_the_workbook_of_the_sharing_reads_back_as_its_rows(world: World, loan: Loan, paid: Claim) -> None:
    make_recovery(world, loan, "1000000", cost="40000")
    rows = sheet(renderers.sharing_xlsx(sharing(loan)), "追偿分配表")
    assert [1, LATER, "法院执行", 1_000_000, 40_000, 960_000, "50.00%", 96_000, 384_000, 480_000, LATER, "ZH-1"] in rows
    assert ["合计", "", "1笔", 1_000_000, 40_000, 960_000, "", 96_000, 384_000, 480_000, "", ""] in rows
    assert [row[:5] for row in rows if row[0] == "银行"] == [["银行", 1_500_000, 480_000, "—", 1_020_000]]


# --- who may, and from where


def addresses(claim: Claim) -> list[str]:
    kinds = [(name, kind) for name in ("claim_application", "claim_approval", "recovery_sharing") for kind in ("pdf", "xlsx")]
    found = [reverse(f"reports:{name}_{kind}", args=[claim.loan_id if "recovery" in name else claim.pk]) for name, kind in kinds]
    return [*found, *(reverse("reports:payment_notice_pdf", args=[claim.pk, notice.pk]) for notice in claim.notices.all())]


def test_whoever_sees_the_claim_may_have_its_papers(world: World, paid: Claim, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(world.auditor)
    answers = {address: client.get(address) for address in addresses(paid)}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {address for address, answer in answers.items() if answer["Content-Disposition"].startswith("inline")} == {
        address for address in answers if address.endswith(".pdf")
    }
    assert {answer.content[:4] for answer in answers.values()} == {b"%PDF", b"PK\x03\x04"}


def test_for_another_programme_the_papers_do_not_exist(world: World, paid: Claim, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(outsiders(world)[0])
    assert {client.get(address).status_code for address in addresses(paid)} == {404}


def test_who_is_not_signed_in_is_asked_to(client: Client, paid: Claim) -> None:
    answers = [client.get(address) for address in addresses(paid)]
    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.headers["Location"].startswith("/login/") for answer in answers)


def test_an_order_belongs_to_its_claim(world: World, sign_in: Callable[[User], Client]) -> None:
    loans = [failed(world), failed(world, enterprise=make_enterprise(world, 2))]
    ordered, other = make_claim(world, loans[0], until="instructed"), make_claim(world, loans[1], until="draft")
    (notice, _) = ordered.notices.all()
    assert sign_in(world.bank).get(reverse("reports:payment_notice_pdf", args=[other.pk, notice.pk])).status_code == 404


@pytest.mark.parametrize(("stage", "links"), [("draft", 4), ("approved", 4), ("instructed", 6), ("paid", 8)])
def test_the_page_of_a_claim_links_what_can_be_printed(
    world: World, loan: Loan, sign_in: Callable[[User], Client], stage: str, links: int
) -> None:
    claim = make_claim(world, loan, until=stage)
    page = sign_in(world.bank).get(claim.get_absolute_url()).content.decode()
    shown = [address for address in addresses(claim) if f'href="{address}"' in page]
    assert len(shown) == links


def test_a_claim_never_filed_links_no_application(world: World, loan: Loan, sign_in: Callable[[User], Client]) -> None:
    claim = drafting.withdraw_claim(claim=make_claim(world, loan, until="draft"), reason="误起草", by=world.bank, **on(FAILED))
    page = sign_in(world.bank).get(claim.get_absolute_url()).content.decode()
    assert "申请表" not in page
    assert "审批表" in page


def test_the_page_of_a_recovery_links_the_sharing(world: World, loan: Loan, paid: Claim, sign_in: Callable[[User], Client]) -> None:
    recovery = make_recovery(world, loan, "10000", until="entered")
    page = sign_in(world.town).get(recovery.get_absolute_url()).content.decode()
    assert reverse("reports:recovery_sharing_pdf", args=[loan.pk]) in page
    assert reverse("reports:recovery_sharing_xlsx", args=[loan.pk]) in page
