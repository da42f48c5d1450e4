"""Claims as people use them: every step on its page, what it refuses and says, what waits for whom, how few statements it costs."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from loans.enums import LoanStatus
from loans.models import Claim, Loan
from loans.pages.claims.todos import todos
from loans.services.claims import deciding, drafting, paying, reviewing
from parties.enums import OrganisationKind, Role
from parties.models import Attachment, User
from reserve.enums import DeadlineKind
from reserve.models import Deadline
from reserve.rule_definitions import CLAIM_PAPERS
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
    on,
)
from tests.support.claims import FAILED, STAGES, advance, attach_papers, failed, make_claim, receipts
from tests.support.clock import Clock
from tests.support.route_subjects import outsiders
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
TOLD = {"cause": "主要客户拖欠货款", "dunning": "已书面催收三次"}
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, FAILED)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return failed(world)


@pytest.fixture
def signed_in() -> SignIn:
    def enter(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return enter


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def address(name: str, claim: Claim) -> str:
    return reverse(f"loans:claim_{name}", args=[claim.pk])


def after(client: Client, url: str, data: dict[str, Any] | None = None) -> str:
    """The page somebody sees after a step that went through."""
    answer = client.post(url, data or {}, follow=True)
    assert answer.redirect_chain, text(answer)
    assert answer.status_code == 200
    return text(answer)


def buttons(page: Any) -> dict[str, str]:
    """What the page offers: label → the question asked first, the reason why not, or nothing."""
    html = page.content.decode()
    side = html[html.index('id="actions-title"') :]
    forms = re.findall(r'data-confirm="([^"]*)" data-confirm-title="([^"]*)"', side)
    refused = re.findall(r"data-refused>.*?</svg>([^<]*)</button><p[^>]*>([^<]*)</p>", side, re.S)
    links = re.findall(r'<a class="btn w-100[^"]*" href="[^"]*">.*?</svg>([^<]*)</a>', side, re.S)
    return {label: said for said, label in forms} | dict(refused) | dict.fromkeys(links, "")


class TestWay:
    """From the loan's page to the payment, by the people of each organisation."""

    def test_the_whole_way(self, world: World, loan: Loan, signed_in: SignIn, clock: Clock) -> None:
        bank, bank2 = signed_in("bank"), signed_in("bank2")
        assert "申请代偿" in buttons(bank.get(loan.get_absolute_url()))
        form = text(bank.get(reverse("loans:claim_draft", args=[loan.pk])))
        for hint in ("3,000,000.00", "1,500,000.00", "2013-05-02 成就；本金逾期 95 天", "2013-11-02", "9,920,000.00", "39,680,000.00"):
            assert hint in form
        page = after(bank, reverse("loans:claim_draft", args=[loan.pk]), TOLD)
        assert "申请已保存" in page
        claim = Claim.objects.get()
        assert claim.asked == Decimal("1500000")
        assert "缺少必备材料" in buttons(bank2.get(claim.get_absolute_url()))["报送"]
        for kind in claim.loan.credit_line.rules.claim_papers:
            file = SimpleUploadedFile(f"{kind}.pdf", b"%PDF-1.7 x")
            page = after(bank, address("paper", claim), {"kind": kind, "file": file})
        assert "征信" in page
        assert " 缺 " not in page
        question = buttons(bank2.get(claim.get_absolute_url()))["报送"]
        assert "申请代偿 1,500,000.00 元" in question
        assert "第 1 号" not in question
        assert "已报送" in after(bank2, address("file", claim))
        assert "转市科技局" in after(signed_in("province"), address("check", claim), {"opinion": "齐全"})
        for office, stage in (("science", "市科技局意见"), ("town", "镇政府意见")):
            assert "等待复核人签署" in after(signed_in(office), address("review", claim), {"verdict": "agree"})
            said = buttons(signed_in(f"{office}2").get(claim.get_absolute_url()))["签署会审意见"]
            assert said == f"将签署{stage}：同意代偿 1,500,000.00 元（省 300,000.00 元，镇 1,200,000.00 元）。签署后不能再改。"
            after(signed_in(f"{office}2"), address("sign", claim))
        after(signed_in("province"), address("propose", claim), {"verdict": "agree"})
        said = buttons(signed_in("province2").get(claim.get_absolute_url()))["审定"]
        assert "转入应付代偿款 300,000.00 元（从占用划转 80,000.00 元、从可用划转 220,000.00 元）" in said
        assert "转入应付代偿款 1,200,000.00 元（从占用划转 320,000.00 元、从可用划转 880,000.00 元）" in said
        assert "申请状态：待划款" in after(signed_in("province2"), address("decide", claim))
        assert "尚未签发划款通知书" in buttons(bank.get(claim.get_absolute_url()))["录入划款"]
        for name in ("province2", "town2"):
            after(signed_in(name), address("instruct", claim), {"number": "划〔2013〕1号"})
        page = text(bank.get(address("pay", claim)))
        assert "300,000.00" in page
        assert "1,200,000.00" in page
        given = {f"receipt_{pk}": number for pk, number in receipts(world).items()}
        after(bank, address("pay", claim), {"paid_on": "2013-05-07", **given})
        said = buttons(bank2.get(claim.get_absolute_url()))["复核划款"]
        assert "划付 300,000.00 元（回单 HD-11）" in said
        assert "划付 1,200,000.00 元（回单 HD-22）" in said
        assert "贷款转为已代偿" in after(bank2, address("confirm_payment", claim))
        loan.refresh_from_db()
        assert loan.status == LoanStatus.COMPENSATED
        page = text(bank.get(loan.get_absolute_url()))
        assert "代偿时未还本金（元） 3,000,000.00" in page
        assert "追偿" in page
        last = bank.get(claim.get_absolute_url())
        assert buttons(last) == {}
        assert "HD-11" in text(last)

    def test_returned_it_comes_back_for_a_second_round(self, world: World, loan: Loan, signed_in: SignIn, clock: Clock) -> None:
        claim = make_claim(world, loan, until="science")
        after(signed_in("town"), address("return", claim), {"opinion": "缺催收回执"})
        page = text(signed_in("bank").get(claim.get_absolute_url()))
        assert "补正后报送" in page
        assert "缺催收回执" in page
        assert "起暂停，补正核验通过后续计" in page
        clock.pass_days(7)
        after(signed_in("bank"), address("edit", claim), {**TOLD, "amount": "140万", "version": _version(claim)})
        after(signed_in("bank2"), address("file", claim))
        after(signed_in("province"), address("check", claim), {"opinion": ""})
        page = text(signed_in("science").get(claim.get_absolute_url()))
        assert "第 2 次" in page
        assert "第 1 次（不再有效）" in page
        assert "起草会审意见" in buttons(signed_in("science").get(claim.get_absolute_url()))

    def test_a_refusal_names_what_ends(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="reviewing")
        given = {"verdict": "refuse", "reason": "misused", "opinion": "资金流入房地产"}
        after(signed_in("science"), address("review", claim), given)
        said = buttons(signed_in("science2").get(claim.get_absolute_url()))["签署会审意见"]
        assert "不予代偿（贷款被挪用而银行未尽监督：资金流入房地产）" in said
        assert "即告终结" in said
        after(signed_in("science2"), address("sign", claim))
        page = signed_in("bank").get(claim.get_absolute_url())
        assert "不予代偿" in text(page)
        assert buttons(page) == {}
        loan.refresh_from_db()
        assert loan.claim is None

    def test_short_of_money_it_waits_and_is_funded_later(self, signed_in: SignIn, clock: Clock) -> None:
        tight = fund(make_world(rules={"leverage": "1.24", "loss_share_reserve": "1", "claim_payout_cap": "10000000"}))
        loan = failed(tight, "10000000")
        lines = [make_line(tight, make_enterprise(tight, number), amount="10000000", day=date(2013, 3, 1)) for number in range(2, 7)]
        others = [make_loan(tight, line, day=date(2013, 4, 1)) for line in lines]
        claim = make_claim(tight, loan, until="reviewed")
        deciding.propose_claim(claim=claim, verdict="agree", by=tight.province, **on(FAILED))
        said = buttons(signed_in("province2").get(claim.get_absolute_url()))["审定"]
        assert "尚缺 64,516.15 元" in said
        assert "签署后转为“待补足”，暂不动用资金" in said
        assert "申请状态：待补足" in after(signed_in("province2"), address("decide", claim))
        page = signed_in("province2").get(claim.get_absolute_url())
        assert "尚缺 64,516.15 元" in buttons(page)["备付"]
        assert "待省中心复核备付" in text(page)
        assert todos(tight.province2)[0].label.startswith("代偿待补足，资金到位后备付：")
        clock.pass_days(1)
        make_repayment(tight, others[0], "1000000", paid_on=clock.day, kind="early")
        said = buttons(signed_in("province2").get(claim.get_absolute_url()))["备付"]
        assert "转入应付代偿款 2,000,000.00 元" in said
        assert "请两个账户的出资人签发划款通知书" in after(signed_in("province2"), address("fund", claim))

    def test_withdrawn_the_money_goes_back(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="approved")
        page = text(signed_in("bank").get(address("withdraw", claim)))
        assert "已备付的 1,500,000.00 元退回两个账户" in page
        page = after(signed_in("bank"), address("withdraw", claim), {"reason": "借款人已筹到资金"})
        assert "已撤回" in page
        assert "借款人已筹到资金" in page

    def test_a_payment_that_was_entered_wrongly_goes_back(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="paying")
        assert "您是经办人" not in text(signed_in("bank").get(claim.get_absolute_url()))
        after(signed_in("bank2"), address("unpay", claim), {"reason": "回单号有误"})
        claim.refresh_from_db()
        assert (claim.status, claim.paid_on) == ("approved", None)


def _version(claim: Claim) -> int:
    claim.refresh_from_db()
    return claim.version


class TestForms:
    """Nothing typed is lost, and nothing is written."""

    def refused(self, client: Client, url: str, data: dict[str, Any], words: str, status: int) -> str:
        before = all_rows()
        answer = client.post(url, data)
        assert (answer.status_code, words in text(answer)) == (status, True), text(answer)[:3000]
        after = all_rows()
        assert [label for label in before if before[label] != after[label]] == []
        return answer.content.decode()

    @pytest.mark.parametrize(
        ("changes", "words", "status"),
        [
            ({"cause": ""}, "请填写逾期原因", 422),
            ({"dunning": "  "}, "请填写催收情况", 422),
            ({"cause": "长" * 501}, "最多 500 字", 422),
            ({"amount": "1500000.01"}, "超过按规则可代偿的 1,500,000.00 元", 400),
            ({"amount": "0"}, "金额必须大于零", 422),
            ({"amount": "一百万"}, "金额", 422),
            ({"cause": "\ufdd0"}, "无法", 400),
        ],
    )
    def test_a_draft(self, loan: Loan, signed_in: SignIn, changes: dict[str, str], words: str, status: int) -> None:
        url = reverse("loans:claim_draft", args=[loan.pk])
        html = self.refused(signed_in("bank"), url, {**TOLD, "amount": "100万", **changes}, words, status)
        kept = {**TOLD, **changes}
        assert kept["dunning"].strip() in html

    def test_a_loan_that_may_not_be_claimed_says_why(self, world: World, signed_in: SignIn, clock: Clock) -> None:
        loan = make_loan(world, make_line(world, make_enterprise(world, 3), day=FAILED), day=FAILED)
        assert "逾期 0 天，未满 90 天" in buttons(signed_in("bank").get(loan.get_absolute_url()))["申请代偿"]
        answer = signed_in("bank").get(reverse("loans:claim_draft", args=[loan.pk]), follow=True)
        assert answer.redirect_chain[-1][0] == loan.get_absolute_url()
        assert "尚不能申请代偿" in text(answer)
        assert "须由合作银行经办" in buttons(signed_in("bank2").get(loan.get_absolute_url()))["申请代偿"]

    def test_past_the_window(self, loan: Loan, signed_in: SignIn, clock: Clock) -> None:
        clock.go_to(date(2013, 11, 3))
        page = signed_in("bank").get(reverse("loans:claim_draft", args=[loan.pk]), follow=True)
        assert "申请期至 2013-11-02" in text(page)
        self.refused(signed_in("bank"), reverse("loans:claim_draft", args=[loan.pk]), TOLD, "申请期至 2013-11-02", 409)

    def test_a_loan_has_one_claim(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        self.refused(signed_in("bank"), reverse("loans:claim_draft", args=[loan.pk]), TOLD, "已有第 1 号代偿申请", 409)
        page = signed_in("bank").get(loan.get_absolute_url())
        assert "申请代偿" not in buttons(page)
        assert claim.get_absolute_url() in page.content.decode()

    def test_an_edit_of_what_was_changed_meanwhile(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        data = {"cause": "另一原因", "dunning": "另一说明", "version": claim.version}
        drafting.edit_claim(claim=claim, cause="先改", dunning="先改", by=world.bank, **on(FAILED))
        html = self.refused(signed_in("bank"), address("edit", claim), data, "已被他人修改", 409)
        assert "另一原因" in html

    @pytest.mark.parametrize(
        ("name", "content", "kind", "words", "status"),
        [
            ("a.exe", b"MZ", "contract", "不接受“.exe”文件", 400),
            ("a.pdf", b"not a pdf", "contract", "的内容不是 PDF 文件", 400),
            ("a.pdf", b"", "contract", "文件是空的", 422),
            ("a.pdf", b"%PDF-1.7", "letter", "没有“letter”这一项", 422),
        ],
    )
    def test_a_paper(
        self, world: World, loan: Loan, signed_in: SignIn, name: str, content: bytes, kind: str, words: str, status: int
    ) -> None:
        claim = make_claim(world, loan, until="draft")
        self.refused(signed_in("bank"), address("paper", claim), {"kind": kind, "file": SimpleUploadedFile(name, content)}, words, status)
        assert not Attachment.objects.filter(object_type="loans.claim").exists()

    def test_a_paper_is_read_by_the_parties_and_by_nobody_else(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="filed")
        paper = Attachment.objects.filter(object_type="loans.claim", object_id=str(claim.pk)).first()
        assert paper is not None
        url = reverse("parties:paper", args=[paper.pk])
        for name in ("town", "auditor"):
            answer = signed_in(name).get(url)
            assert b"".join(answer.streaming_content).startswith(b"%PDF")
        outsiders(world)
        assert signed_in("out-bank-officer").get(url).status_code == 404

    @pytest.mark.parametrize(
        ("data", "words", "status"),
        [
            ({"opinion": ""}, "请选择结论", 422),
            ({"verdict": "maybe"}, "没有“maybe”这一项", 422),
            ({"verdict": "refuse", "opinion": "不妥"}, "请选择原因", 422),
            ({"verdict": "refuse", "reason": "other"}, "请填写意见", 422),
            ({"verdict": "agree", "amount": "1500001"}, "超过申请金额 1,500,000.00 元", 400),
            ({"verdict": "agree", "amount": "1000000"}, "低于申请的 1,500,000.00 元", 400),
        ],
    )
    def test_a_word(self, world: World, loan: Loan, signed_in: SignIn, data: dict[str, str], words: str, status: int) -> None:
        claim = make_claim(world, loan, until="reviewing")
        html = self.refused(signed_in("science"), address("review", claim), data, words, status)
        assert data.get("amount", "") in html

    def test_the_last_word_is_never_more_than_an_office_agreed_to(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="science")
        reviewing.review_claim(claim=claim, verdict="agree", amount=Decimal(900000), opinion="可变现", by=world.town, **on(FAILED))
        reviewing.sign_claim(claim=claim, by=world.town2, **on(FAILED))
        url = address("propose", claim)
        assert "900,000.00" in text(signed_in("province").get(url))
        self.refused(signed_in("province"), url, {"verdict": "agree", "amount": "90.01万"}, "两方同意的金额 900,000.00 元", 400)

    def test_a_return_says_what_is_missing(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="filed")
        self.refused(signed_in("province"), address("return", claim), {"opinion": ""}, "请填写退回意见", 422)

    def test_a_payment(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="instructed")
        url, given = address("pay", claim), {f"receipt_{pk}": f"HD-{pk}" for pk in receipts(world)}
        html = self.refused(signed_in("bank"), url, {**given, "paid_on": "2013-05-08"}, "晚于今天", 400)
        assert all(number in html for number in given.values())
        self.refused(signed_in("bank"), url, {**given, "paid_on": "2013-05-06"}, "早于核准备付日期", 400)
        self.refused(signed_in("bank"), url, {"paid_on": "2013-05-07"}, "账户回单号", 422)
        self.refused(signed_in("bank"), url, {**given, "paid_on": "41401"}, "Excel", 422)

    def test_a_stale_confirmation_of_a_payment(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="paying")
        seen = claim.version
        paying.unpay_claim(claim=claim, reason="有误", by=world.bank, **on(FAILED))
        paying.pay_claim(claim=claim, paid_on=FAILED, receipts=receipts(world), by=world.bank, **on(FAILED))
        page = text(signed_in("bank2").post(address("confirm_payment", claim), {"version": seen}, follow=True))
        assert "已被他人修改" in page
        claim.refresh_from_db()
        assert claim.status == "paying"

    def test_sent_twice_it_is_one(self, loan: Loan, signed_in: SignIn) -> None:
        data = {**TOLD, "form_key": "7d9f1a3c-6f9b-4f0c-9a55-0d6f3a6a1b11"}
        client, url = signed_in("bank"), reverse("loans:claim_draft", args=[loan.pk])
        pages = [client.post(url, data)["Location"] for _ in range(2)]
        assert pages[0] == pages[1]
        assert Claim.objects.count() == 1


class TestWho:
    """Who is offered what, and who is refused."""

    OFFERED: ClassVar[dict[str, dict[str, set[str]]]] = {
        "draft": {"bank": {"修改申请", "上传材料", "报送", "撤回申请"}},
        "filed": {"bank": {"撤回申请"}, "province": {"核验通过", "退回补正"}, "town": {"退回补正"}, "science": {"退回补正"}},
        "reviewing": {
            "science": {"起草会审意见", "签署会审意见", "退回补正"},
            "town": {"起草会审意见", "签署会审意见", "退回补正"},
            "province": {"退回补正"},
        },
        "reviewed": {"province": {"拟定审定意见", "审定", "退回补正"}, "town": {"退回补正"}},
        "approved": {"province": {"签发划款通知书"}, "town": {"签发划款通知书"}, "bank": {"录入划款", "撤回申请"}, "science": set()},
        "paying": {"bank": {"复核划款", "退回划款录入"}, "province": set()},
        "paid": {"bank": set(), "province": set()},
    }

    @pytest.mark.parametrize("stage", OFFERED)
    def test_an_office_sees_its_own_steps(self, world: World, loan: Loan, signed_in: SignIn, stage: str) -> None:
        claim = make_claim(world, loan, until=stage)
        for name, expected in self.OFFERED[stage].items():
            for who in (name, f"{name}2"):
                assert set(buttons(signed_in(who).get(claim.get_absolute_url()))) == expected, who
        for who in ("auditor", "centre"):
            assert buttons(signed_in(who).get(claim.get_absolute_url())) == {}

    def test_a_step_that_is_anothers_says_whose(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="reviewing")
        assert "市科技局意见”签署后再办理" in buttons(signed_in("town").get(claim.get_absolute_url()))["起草会审意见"]
        assert "须由市科技局、镇政府复核" in buttons(signed_in("science").get(claim.get_absolute_url()))["签署会审意见"]
        assert "尚未起草" in buttons(signed_in("science2").get(claim.get_absolute_url()))["签署会审意见"]

    def test_one_person_is_not_both_of_a_pair(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        attach_papers(world, claim, FAILED)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        assert "不能是同一人" in buttons(signed_in("bank").get(claim.get_absolute_url()))["报送"]
        page = text(signed_in("bank").post(address("file", claim), follow=True))
        claim.refresh_from_db()
        assert claim.status == "draft", page

    @pytest.mark.parametrize(
        ("stage", "name", "step", "data"),
        [
            ("draft", "bank", "file", {}),
            ("filed", "province2", "check", {}),
            ("filed", "bank", "check", {}),
            ("reviewing", "centre", "review", {"verdict": "agree"}),
            ("reviewing", "science", "sign", {}),
            ("reviewed", "province2", "propose", {"verdict": "agree"}),
            ("reviewed", "province", "decide", {}),
            ("approved", "science2", "instruct", {}),
            ("approved", "province", "instruct", {}),
            ("instructed", "bank2", "pay", {}),
            ("paying", "bank", "confirm_payment", {}),
            ("paying", "auditor", "unpay", {"reason": "x"}),
        ],
    )
    def test_without_the_grant(
        self, world: World, loan: Loan, signed_in: SignIn, stage: str, name: str, step: str, data: dict[str, str]
    ) -> None:
        claim = make_claim(world, loan, until=stage)
        client, before = signed_in(name), all_rows()
        assert client.post(address(step, claim), data).status_code == 403
        assert all_rows() == before

    def test_for_others_it_does_not_exist(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="filed")
        outsiders(world)
        for kind, step in (("bank", "edit"), ("provincial_centre", "check"), ("town", "return")):
            client = signed_in(f"out-{kind}-officer")
            assert client.get(claim.get_absolute_url()).status_code == 404
            assert client.post(address(step, claim), {"opinion": "x"}).status_code == 404
            assert "共 0 件" in text(client.get(reverse("loans:claim_list")))

    def test_another_bank_of_the_programme_does_not(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
        make_person("other", other, Role.OFFICER)
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(FAILED))
        assert "第二" not in claim.bank.name
        assert claim.bank.name in buttons(signed_in("other").get(claim.get_absolute_url()))["修改申请"]
        assert signed_in("other").post(address("edit", claim), {**TOLD, "version": 1}).status_code == 403
        assert todos(User.objects.get(username="other")) == []


class TestSheet:
    """What the page tells."""

    def test_steps_say_who_is_next(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        expected = {
            "draft": "待村镇银行经办、复核",
            "filed": "待省中心经办",
            "reviewing": "待市科技局经办",
            "science": "待小榄镇经办",
            "reviewed": "待省中心经办",
            "approved": "待省中心、小榄镇复核签发",
            "instructed": "待村镇银行经办",
            "paying": "待村镇银行复核",
        }
        done = "draft"
        for stage, words in expected.items():
            claim = advance(world, claim, since=done, until=stage, day=FAILED)
            done = stage
            page = signed_in("auditor").get(claim.get_absolute_url()).content.decode()
            assert re.findall(r'aria-current="step".*?step-note">([^<]*)<', page, re.S) == [words], stage

    def test_either_office_may_begin_where_the_order_is_free(self, signed_in: SignIn) -> None:
        free = fund(make_world(rules={"claim_review_order": "any"}))
        claim = make_claim(free, failed(free), until="reviewing")
        page = signed_in("auditor").get(claim.get_absolute_url()).content.decode()
        assert page.count('aria-current="step"') == 2
        after(signed_in("town"), address("review", claim), {"verdict": "agree"})

    def test_the_programmes_own_word(self, signed_in: SignIn) -> None:
        other = fund(make_world(rules={"claim_word": "risk_subsidy"}))
        loan = failed(other)
        assert "申请风险补偿" in buttons(signed_in("bank").get(loan.get_absolute_url()))
        claim = make_claim(other, loan, until="reviewed")
        deciding.propose_claim(claim=claim, verdict="agree", by=other.province, **on(FAILED))
        page = signed_in("province2").get(claim.get_absolute_url())
        assert "风险补偿申请第1号" in text(page)
        assert "同意风险补偿 1,500,000.00 元" in buttons(page)["审定"]
        assert todos(other.province2)[0].label.startswith("审定风险补偿：")

    def test_the_computation_the_papers_the_clocks(self, world: World, loan: Loan, signed_in: SignIn, clock: Clock) -> None:
        claim = make_claim(world, loan, until="reviewing")
        clock.pass_days(40)
        page = text(signed_in("auditor").get(claim.get_absolute_url()))
        lines = ["代偿基数 3,000,000.00 未还本金", "代偿基数 × 准备金承担比例 50.00%", "其中：镇 1,200,000.00", "银行承担 1,500,000.00"]
        for words in lines:
            assert words in page
        assert "2013-05-07 完成，按期" in page
        due = Deadline.objects.get(kind=DeadlineKind.CLAIM_DECISION)
        assert f"{due.due_on} 逾期" in page
        assert "企业征信报告 已上传" in page

    def test_a_paper_beyond_the_checklist_is_shown(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="draft")
        file = SimpleUploadedFile("起诉状.pdf", b"%PDF-1.7")
        drafting.add_claim_paper(claim=claim, kind="litigation", file=file, by=world.bank, **on(FAILED))
        page = text(signed_in("bank").get(claim.get_absolute_url()))
        assert "诉讼（仲裁）材料 已上传 补充材料" in page
        assert page.count(" 缺 ") == len(claim.loan.credit_line.rules.claim_papers)

    def test_what_was_repaid_before_the_payment_lowers_it(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        claim = make_claim(world, loan, until="instructed")
        make_repayment(world, loan, "1000000", paid_on=FAILED, interest=Decimal(0), penalty=Decimal(0))
        page = text(signed_in("bank").get(claim.get_absolute_url()))
        assert "200,000.00" in page
        paying.pay_claim(claim=claim, paid_on=FAILED, receipts=receipts(world), by=world.bank, **on(FAILED))
        said = buttons(signed_in("bank2").get(claim.get_absolute_url()))["复核划款"]
        assert "代偿 1,000,000.00 元" in said
        assert "不再需要的 500,000.00 元退回可用" in said

    @pytest.mark.parametrize("stage", STAGES)
    def test_few_statements(self, world: World, loan: Loan, signed_in: SignIn, stage: str) -> None:
        claim = make_claim(world, loan, until=stage)
        for name in ("bank", "bank2", "province2", "town2"):
            client = signed_in(name)
            for url in (claim.get_absolute_url(), loan.get_absolute_url(), reverse("loans:claim_list"), reverse("reports:home")):
                with CaptureQueriesContext(connection) as queries:
                    client.get(url)
                assert len(queries) <= 20, f"{name} {url}"


class TestList:
    """代偿: filters, totals, export."""

    @pytest.fixture
    def three(self, world: World) -> list[Claim]:
        amounts = ((1, "3000000"), (2, "1000000"), (3, "1000000"))
        lines = [make_line(world, make_enterprise(world, number), amount=amount) for number, amount in amounts]
        loans = [make_loan(world, line) for line in lines]
        first, second, third = (make_claim(world, loan, until="filed") for loan in loans)
        first = advance(world, first, since="filed", until="paid", day=FAILED)
        return [first, second, drafting.withdraw_claim(claim=third, reason="已还清", by=world.bank, **on(FAILED))]

    def test_totals_leave_out_what_came_to_nothing(self, three: list[Claim], signed_in: SignIn) -> None:
        page = text(signed_in("auditor").get(reverse("loans:claim_list")))
        assert "共 3 件" in page
        assert "合计（不含已撤回、不予代偿） 2,000,000.00 1,500,000.00 1,500,000.00 300,000.00" in page

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({"status": "paid"}, 1),
            ({"status": "open"}, 1),
            ({"status": "withdrawn"}, 1),
            ({"filed_from": "2013-05-07", "filed_to": "2013年5月7日"}, 3),
            ({"filed_from": "2013-05-08"}, 0),
            ({"programme": "xiaolan", "q": "演示002"}, 1),
            ({"q": "3"}, 1),
        ],
    )
    def test_filters(self, three: list[Claim], signed_in: SignIn, query: dict[str, str], count: int) -> None:
        assert f"共 {count} 件" in text(signed_in("town").get(reverse("loans:claim_list"), query))

    @pytest.mark.parametrize("query", [{"status": "lost"}, {"filed_from": "31.12.2012"}, {"colour": "red"}, {"sort": "cause"}])
    def test_an_unknown_value_is_an_error_and_no_row(self, three: list[Claim], signed_in: SignIn, query: dict[str, str]) -> None:
        page = signed_in("bank").get(reverse("loans:claim_list"), query)
        assert "notice-bad" in page.content.decode()
        assert "共 0 件" in text(page)

    def test_what_is_shown_is_exported(self, three: list[Claim], signed_in: SignIn) -> None:
        sheet: Any = signed_in("province").get(reverse("loans:claim_list"), {"status": "paid", "export": "xlsx"})
        rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
        assert rows[0][:6] == ["企业名称", "编号", "状态", "申请金额（元）", "核准金额（元）", "代偿金额（元）"]
        assert rows[1][2:6] == ["已代偿", 1500000, 1500000, 1500000]

    def test_an_empty_list_says_how_one_begins(self, world: World, signed_in: SignIn) -> None:
        assert "从贷款页“申请代偿”" in text(signed_in("bank").get(reverse("loans:claim_list")))


class TestTodos:
    """Each step waits for just those who may take it, and leads to the claim."""

    EXPECTED: ClassVar[dict[str, dict[str, str]]] = {
        "draft": {"bank": "补齐代偿材料"},
        "filed": {"province": "核验代偿材料"},
        "reviewing": {"science": "起草代偿会审意见"},
        "science": {"town": "起草代偿会审意见"},
        "reviewed": {"province": "拟定代偿审定意见"},
        "approved": {"province2": "签发代偿划款通知书", "town2": "签发代偿划款通知书"},
        "instructed": {"bank": "录入代偿划款"},
        "paying": {"bank2": "复核代偿划款", "bank3": "复核代偿划款"},
        "paid": {},
    }

    def labels(self, world: World) -> dict[str, str]:
        names = [f"{key}{number}" for key in ("province", "science", "centre", "town", "bank") for number in ("", "2")]
        found = {name: [one.label for one in todos(getattr(world, name))] for name in (*names, "bank3", "auditor", "sysadmin")}
        return {name: "、".join(labels).split("：")[0] for name, labels in found.items() if labels}

    def test_from_step_to_step(self, world: World, loan: Loan) -> None:
        claim, done = make_claim(world, loan, until="draft"), "draft"
        for stage, expected in self.EXPECTED.items():
            claim = advance(world, claim, since=done, until=stage, day=FAILED)
            done = stage
            assert self.labels(world) == expected, stage

    def test_a_complete_draft_waits_for_another_person(self, world: World, loan: Loan) -> None:
        claim = make_claim(world, loan, until="draft")
        attach_papers(world, claim, FAILED)
        assert self.labels(world) == {"bank2": "报送代偿申请", "bank3": "报送代偿申请"}

    def test_a_drafted_word_waits_for_the_reviewer(self, world: World, loan: Loan) -> None:
        claim = make_claim(world, loan, until="reviewing")
        reviewing.review_claim(claim=claim, verdict="agree", by=world.science, **on(FAILED))
        assert self.labels(world) == {"science2": "签署代偿会审意见"}
        claim = advance(world, claim, since="reviewing", until="reviewed", day=FAILED)
        deciding.propose_claim(claim=claim, verdict="agree", by=world.province, **on(FAILED))
        assert self.labels(world) == {"province2": "审定代偿"}

    def test_a_returned_claim_waits_for_the_bank_with_what_was_said(self, world: World, loan: Loan) -> None:
        claim = make_claim(world, loan, until="filed")
        reviewing.return_claim(claim=claim, opinion="缺催收回执", by=world.province, **on(FAILED))
        [todo] = todos(world.bank)
        assert todo.label.startswith("补正代偿申请：")
        assert todo.detail.endswith("退回意见：缺催收回执")
        assert todo.due_on is None

    def test_the_due_day_is_that_of_the_clock(self, world: World, loan: Loan, signed_in: SignIn) -> None:
        make_claim(world, loan, until="filed")
        [todo] = todos(world.province)
        assert todo.due_on == FAILED + timedelta(days=7)
        assert "核验代偿材料：" in text(signed_in("province").get(reverse("reports:home")))

    def test_signing_an_order_is_asked_of_each_owner_once(self, world: World, loan: Loan) -> None:
        claim = make_claim(world, loan, until="approved")
        paying.issue_notice(claim=claim, account=world.town_account, by=world.town2, **on(FAILED))
        assert self.labels(world) == {"province2": "签发代偿划款通知书"}


def test_money_set_aside_stands_on_the_first_page_until_it_is_paid(world: World, loan: Loan, signed_in: SignIn) -> None:
    home = reverse("reports:home")
    claim = make_claim(world, loan, until="approved")
    page = text(signed_in("auditor").get(home))
    assert re.search("应付代偿款 [^0-9]*150万 省中心 30万，小榄镇 120万", page)
    advance(world, claim, since="approved", until="paid", day=FAILED)
    assert "应付代偿款 " not in text(signed_in("auditor").get(home))  # its card; the words stand in an explanation as well


def test_the_papers_of_the_form_are_those_of_the_catalogue(world: World, loan: Loan, signed_in: SignIn) -> None:
    claim = make_claim(world, loan, until="draft")
    page = text(signed_in("bank").get(address("paper", claim)))
    assert all(label in page for label in CLAIM_PAPERS.values())
    assert page.count("（必备，尚缺）") == len(claim.loan.credit_line.rules.claim_papers)
