"""Pages of decisions, loans and repayments: what they show, what they refuse and say, how many statements they cost."""

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from enterprises.models import Batch
from enterprises.services.recommendations import withdraw_recommendation
from loans.lists import LoanList
from loans.models import CreditLine, Loan, NetCapital
from loans.models.loans import SORTED
from loans.selectors.servicing import account_of
from loans.services.approvals import confirm_approval
from loans.services.loans import discard_loan
from parties.enums import OrganisationKind, Role
from parties.models import User
from reports.selectors.papers import reply as reply_context
from reserve.services.programmes import add_party, set_rule
from tests.factories import (
    World,
    fund,
    make_endorsed,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_net_capital,
    make_organisation,
    make_person,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
    on,
    send_batch_of,
)
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
TODAY = date(2012, 3, 5)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, TODAY)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def signed_in(world: World) -> Callable[[str], Client]:
    def enter(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return enter


TIP = re.compile(r'<span class="term-tip".*?</span>')
"""What explains a word stands behind it and is not shown."""


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", TIP.sub("", response.content.decode())))


class TestLists:
    def test_the_register_filters_totals_and_exports_the_same_rows(self, world: World, signed_in: Callable[[str], Client]) -> None:
        for number, amount in ((1, "3000000"), (2, "4000000"), (3, "5000000")):
            make_loan(world, make_line(world, make_enterprise(world, number), amount=amount), day=date(2012, 3, number))
        client = signed_in("province")
        query = {"programme": "xiaolan", "disbursed_from": "2012-03-02", "quarter": "2012Q1", "status": "active"}
        page = text(client.get(reverse("loans:loan_list"), query))
        assert "共 2 条" in page
        assert "9,000,000.00" in page
        assert "演示001" not in page
        sheet: Any = client.get(reverse("loans:loan_list"), query | {"export": "xlsx"})
        rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
        assert rows[0][:7] == ["企业名称", "贷款金额（元）", "发放日期", "到期日期", "年利率", "用途", "还本付息方式"]
        assert [row[1] for row in rows[1:]] == [5000000, 4000000, 9000000]

    def test_discarded_entries_are_listed_only_when_asked_for(self, world: World, signed_in: Callable[[str], Client]) -> None:
        discard_loan(loan=make_entered(world), reason="录错", by=world.bank, **on(TODAY))
        client = signed_in("bank")
        assert "共 0 条" in text(client.get(reverse("loans:loan_list")))
        assert "共 1 条" in text(client.get(reverse("loans:loan_list"), {"status": "discarded"}))

    @pytest.mark.parametrize("quarter", ["2012Q1", "2012年第一季度", "2012年1季度", "２０１２年第１季度"])
    def test_a_quarter_is_read_as_pages_print_it(self, world: World, signed_in: Callable[[str], Client], quarter: str) -> None:
        make_loan(world)
        pages = [text(signed_in("bank").get(reverse("loans:loan_list"), {"quarter": asked})) for asked in (quarter, "2012年第二季度")]
        assert ["共 1 条" in pages[0], "共 0 条" in pages[1]] == [True, True]

    def test_the_total_leaves_out_what_is_only_entered(self, world: World, signed_in: Callable[[str], Client]) -> None:
        make_loan(world, make_line(world, make_enterprise(world, 1), amount="3000000"))
        make_entered(world, make_line(world, make_enterprise(world, 2), amount="4000000"))
        page = text(signed_in("bank").get(reverse("loans:loan_list")))
        assert "共 2 条" in page
        assert "合计（已放款） 3,000,000.00" in page

    @pytest.mark.parametrize("query", [{"quarter": "2012Q5"}, {"status": "open"}, {"disbursed_from": "31.12.2012"}, {"colour": "red"}])
    def test_an_unknown_filter_value_is_an_error_and_no_row(
        self, world: World, signed_in: Callable[[str], Client], query: dict[str, str]
    ) -> None:
        make_loan(world)
        response = signed_in("bank").get(reverse("loans:loan_list"), query)
        assert "notice-bad" in response.content.decode()
        assert "演示001" not in text(response)

    def test_an_enterprise_is_found_by_name_initials_or_note(self, world: World, signed_in: Callable[[str], Client]) -> None:
        make_loan(world, note_no="XL-77")
        client = signed_in("bank")
        for query in ("演示001", "XL-77"):
            assert "共 1 条" in text(client.get(reverse("loans:loan_list"), {"q": query}))
        assert "共 0 条" in text(client.get(reverse("loans:loan_list"), {"q": "没有这家"}))

    def test_the_bank_s_people_see_what_waits_for_them(self, world: World, signed_in: Callable[[str], Client]) -> None:
        sent = make_sent(world)
        assert f"提出审批意见：{sent.enterprise_name}" in text(signed_in("bank").get(reverse("loans:approval_list")))
        make_proposal(world, sent, day=TODAY)
        assert f"复核审批：{sent.enterprise_name}" in text(signed_in("bank2").get(reverse("loans:approval_list")))
        assert "待办" not in text(signed_in("town").get(reverse("loans:approval_list")))

    def test_usable_leaves_out_what_is_not_approved_or_lapsed(self, world: World, signed_in: Callable[[str], Client], clock: Clock) -> None:
        make_line(world, make_enterprise(world, 1), amount="3000000")
        make_proposal(world, make_sent(world, make_enterprise(world, 2)), day=TODAY)
        usable = CreditLine.objects.with_usable(TODAY).order_by("pk").values_list("usable", flat=True)
        assert list(usable) == [Decimal("3000000"), 0]
        assert sum(CreditLine.objects.with_usable(date(2012, 5, 11)).values_list("usable", flat=True)) == 0


class TestDecision:
    def test_proposed_by_form_with_a_monthly_rate(self, world: World, signed_in: Callable[[str], Client]) -> None:
        sent = make_sent(world)
        client, url = signed_in("bank"), reverse("loans:approval_propose", args=[sent.pk])
        page = text(client.get(url))
        for said in ("5,000,000.00", "8.5280%", "375,000,000.00"):
            assert said in page
        body = {"decision": "approve", "amount": "500万", "term_months": "12", "annual_rate": "6.5", "annual_rate_unit": "monthly"}
        response = client.post(url, body | {"repayment_method": "bullet", "guarantee": "credit"}, follow=True)
        assert "审批意见已提交" in text(response)
        assert CreditLine.objects.get().annual_rate == Decimal("7.8000")

    @pytest.mark.parametrize(("typed", "stated"), [("", None), ("True", True), ("False", False)])
    def test_first_bank_loan_is_stated_or_left_out(
        self, world: World, signed_in: Callable[[str], Client], typed: str, stated: bool | None
    ) -> None:
        client, url = signed_in("bank"), reverse("loans:approval_propose", args=[make_sent(world).pk])
        body = {"decision": "approve", "amount": "500万", "term_months": "12", "annual_rate": "7.8", "first_bank_loan": typed}
        client.post(url, body | {"repayment_method": "bullet", "guarantee": "credit"})
        line = CreditLine.objects.get()
        assert line.first_bank_loan is stated
        assert f"首贷户 {line.first_bank_loan_cn}" in text(client.get(line.get_absolute_url()))
        again = client.get(reverse("loans:approval_repropose", args=[line.pk])).content.decode()
        assert f'<option value="{typed}" selected>{line.first_bank_loan_cn}</option>' in again

    def test_a_refusal_keeps_what_was_typed_and_stands_beside_the_field(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:approval_propose", args=[make_sent(world).pk])
        body = {"decision": "approve", "amount": "6000000", "term_months": "12", "annual_rate": "7.8"}
        response = signed_in("bank").post(url, body | {"repayment_method": "bullet", "guarantee": "credit"})
        assert response.status_code == 400
        assert "超过推荐金额 5,000,000.00 元" in text(response)
        assert 'value="6000000"' in response.content.decode()

    def test_declined_by_form_needs_a_reason_and_no_terms(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url, client = reverse("loans:approval_propose", args=[make_sent(world).pk]), signed_in("bank")
        assert client.post(url, {"decision": "decline"}).status_code == 422
        client.post(url, {"decision": "decline", "reason": "抵押不足"})
        assert CreditLine.objects.get().reason == "抵押不足"

    def test_approving_by_form_needs_its_terms(self, world: World, signed_in: Callable[[str], Client]) -> None:
        response = signed_in("bank").post(reverse("loans:approval_propose", args=[make_sent(world).pk]), {"decision": "approve"})
        assert (response.status_code, CreditLine.objects.count()) == (422, 0)

    def test_confirmed_by_the_button(self, world: World, signed_in: Callable[[str], Client]) -> None:
        line = make_proposal(world, make_sent(world), day=TODAY)
        client = signed_in("bank2")
        assert "将批准对" in client.get(line.get_absolute_url()).content.decode()
        response = client.post(reverse("loans:approval_confirm", args=[line.pk]), follow=True)
        assert "已批准" in text(response)

    def test_the_proposer_is_told_why_not(self, world: World, signed_in: Callable[[str], Client]) -> None:
        line = make_proposal(world, make_sent(world), day=TODAY)
        assert "须由合作银行复核办理" in text(signed_in("bank").get(line.get_absolute_url()))

    def test_sent_back_with_a_reason(self, world: World, signed_in: Callable[[str], Client]) -> None:
        line = make_proposal(world, make_sent(world), day=TODAY)
        url = reverse("loans:approval_send_back", args=[line.pk])
        assert signed_in("bank2").post(url, {"reason": ""}).status_code == 422
        assert "材料不全" in text(signed_in("bank2").post(url, {"reason": "材料不全"}, follow=True))


class TestLoan:
    def test_entered_and_confirmed_by_two_people_on_the_page(self, world: World, signed_in: Callable[[str], Client]) -> None:
        line = make_line(world)
        url = reverse("loans:loan_enter", args=[line.pk])
        client = signed_in("bank")
        assert "可用余额" in text(client.get(url))
        body = {"contract_no": "HT-9", "contract_on": "2012年3月5日", "note_no": "JJ-9", "amount": "３００万", "disbursed_on": "20120305"}
        body |= {"due_on": "2013-03-05", "annual_rate": "7.8", "repayment_method": "bullet", "purpose": "购买原材料"}
        assert "等待复核" in text(client.post(url, body, follow=True))
        loan = Loan.objects.get()
        reviewer = signed_in("bank2")
        assert "占用准备金 400,000.00 元（省 80,000.00，镇 320,000.00）" in reviewer.get(loan.get_absolute_url()).content.decode()
        page = text(reviewer.post(reverse("loans:loan_confirm", args=[loan.pk]), follow=True))
        assert "准备金已占用" in page
        assert "80,000.00" in page

    def test_the_button_confirms_the_version_that_was_read(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_entered(world)
        reviewer = signed_in("bank2")
        assert f'name="version" value="{loan.version}"' in reviewer.get(loan.get_absolute_url()).content.decode()
        Loan.objects.filter(pk=loan.pk).update(version=loan.version + 1)
        page = text(reviewer.post(reverse("loans:loan_confirm", args=[loan.pk]), {"version": loan.version}, follow=True))
        assert "内容已被他人修改" in page
        loan.refresh_from_db()
        assert loan.status == "entered"

    def test_the_preview_says_what_an_amount_will_occupy(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:earmark_preview", args=[make_line(world).pk])
        assert "80,000.00" in text(signed_in("bank").get(url, {"amount": "300万"}))
        assert "余额不足" in text(signed_in("bank").get(url, {"amount": "9亿"}))
        assert "不能识别" in text(signed_in("bank").get(url, {"amount": "三百"}))

    def test_a_loan_that_cannot_be_covered_any_more_says_why_before_it_is_tried(
        self, world: World, signed_in: Callable[[str], Client], clock: Clock
    ) -> None:
        loan = make_entered(world)
        Loan.objects.filter(pk=loan.pk).update(annual_rate=Decimal("8.6"))
        page = text(signed_in("bank2").get(loan.get_absolute_url()))
        assert "超过合同日" in page

    def test_repayment_by_form_and_button(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_loan(world)
        url = reverse("loans:repayment_enter", args=[loan.pk])
        client = signed_in("bank")
        assert "5,000,000.00" in text(client.get(url))
        assert "超过本金余额" in text(client.post(url, {"paid_on": "2012-03-05", "principal": "5000001"}))
        assert "是负数，金额不能为负" in text(client.post(url, {"paid_on": "2012-03-05", "principal": "-5"}))
        client.post(url, {"paid_on": "2012-03-05", "principal": "5000000"}, follow=True)
        repayment = loan.repayments.get()
        page = text(signed_in("bank2").post(reverse("loans:repayment_confirm", args=[repayment.pk]), follow=True))
        assert "已结清" in page

    def test_the_preview_says_what_is_owed_on_the_day_that_is_typed(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:owed_preview", args=[make_loan(world).pk])
        client = signed_in("bank")
        assert "21,666.67" in text(client.get(url, {"paid_on": "2012年3月20日"}))
        assert "截至 2012-03-05" in text(client.get(url, {"paid_on": "三月"}))

    def test_the_preview_says_what_would_be_entered_or_why_not(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:owed_preview", args=[make_loan(world).pk])
        client = signed_in("bank")
        day = {"paid_on": "2012-03-05"}
        assert "将登记" not in text(client.get(url, day))
        assert "将登记为提前还款：本金 1,000,000.00 元" in text(client.get(url, day | {"principal": "100万"}))
        assert "利息 0.00 元" in text(client.get(url, day | {"principal": "100万", "interest": "0"}))
        assert "超过本金余额" in text(client.get(url, day | {"principal": "5000001"}))

    def test_the_page_shows_the_schedule_and_a_reversal_by_two_people(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_loan(world)
        repayment = make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 5))
        officer = signed_in("bank")
        page = text(officer.get(loan.get_absolute_url()))
        for said in ("还款计划", "2012-03-20", "提前还款", "冲正"):
            assert said in page
        url = reverse("loans:repayment_reverse", args=[repayment.pk])
        assert "1,000,000.00" in text(officer.get(url))
        assert "等待复核" in text(officer.post(url, {"reason": "回单作废"}, follow=True))
        reversal = repayment.reversals.get()
        reviewer = signed_in("bank2")
        assert "复核还款冲正" in text(reviewer.get("/"))
        assert "不再计入" in text(reviewer.post(reverse("loans:reversal_confirm", args=[reversal.pk]), follow=True))
        assert "已冲正" in text(officer.get(loan.get_absolute_url()))

    def test_an_extension_from_application_to_confirmation_on_the_page(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_loan(world)
        url = reverse("loans:extension_apply", args=[loan.pk])
        officer = signed_in("bank")
        assert "最迟可展至" in text(officer.get(url))
        assert "超过法定最长期限" in text(officer.post(url, {"due_on": "2015-02-01", "reason": "回款推迟"}))
        assert "等待科技局和镇政府" in text(officer.post(url, {"due_on": "2013年6月1日", "reason": "回款推迟"}, follow=True))
        extension = loan.extensions.get()
        for name in ("science2", "town2"):
            office = signed_in(name)
            assert "签署展期意见" in text(office.get("/"))
            answered = text(office.post(reverse("loans:extension_consent", args=[extension.pk]), {"agrees": "yes"}, follow=True))
            assert "意见已签署" in answered
        reviewer = signed_in("bank2")
        assert "复核展期" in text(reviewer.get("/"))
        page = text(reviewer.post(reverse("loans:extension_confirm", args=[extension.pk]), follow=True))
        for said in ("展期已复核", "已展期，原到期日 2013-02-01", "2013-06-01"):
            assert said in page

    def test_a_correction_shows_before_and_after(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_loan(world)
        url = reverse("loans:correction_enter", args=[loan.pk])
        officer = signed_in("bank")
        page = officer.get(url)
        assert "5,000,000.00" in page.content.decode()
        form = page.context["form"]
        body = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        body = {name: str(value) for name, value in body.items() if value not in (None, ())}
        assert "没有需要更正的" in text(officer.post(url, body | {"reason": "抄录有误"}))
        assert "等待复核" in text(officer.post(url, body | {"reason": "抄录有误", "purpose": "购置设备"}, follow=True))
        correction = loan.corrections.get()
        reviewer = signed_in("bank2")
        page = text(reviewer.post(reverse("loans:correction_confirm", args=[correction.pk]), follow=True))
        for said in ("更正已复核", "用途：购买原材料 → 购置设备", "抄录有误"):
            assert said in page

    def test_the_banks_own_schedule_stands_beside_ours(self, world: World, signed_in: Callable[[str], Client]) -> None:
        loan = make_loan(world)
        url = reverse("loans:bank_schedule_enter", args=[loan.pk])
        officer = signed_in("bank")
        body = {"received_on": "2012-03-05", "source": "核心系统"}
        wrong = text(officer.post(url, body | {"rows": "2012-12-20 100万\n2013-02-01 400万 3.7万"}))
        assert "第 1 行“2012-12-20 100万”：应为日期、本金、利息" in wrong
        assert "与 2012-12-20 之前的计划本金余额 5,000,000.00 元不符" in text(
            officer.post(url, body | {"rows": "2012-12-20 100万 1\n2013-02-01 4 5"})
        )
        sent = body | {"rows": "2012-12-20 100万 9.88万\n2013-02-01 400万 3.7万"}
        assert "等待复核" in text(officer.post(url, sent, follow=True))
        assert "与系统测算有 2 期不同" in text(officer.get(loan.get_absolute_url()))
        schedule = loan.bank_schedules.get()
        reviewer = signed_in("bank2")
        assert "复核银行还款计划" in text(reviewer.get("/"))
        page = text(reviewer.post(reverse("loans:bank_schedule_confirm", args=[schedule.pk]), follow=True))
        for said in ("以后按此计划", "银行计划", "98,800.00", "来源：核心系统"):
            assert said in page

    def test_the_banks_own_schedule_is_held_against_ours_after_an_early_repayment(
        self, world: World, signed_in: Callable[[str], Client]
    ) -> None:
        loan = make_loan(world)
        make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 5), day=date(2012, 3, 5), kind="early")
        ours = [row for row in account_of(loan).computed() if row.kind != "early"]
        rows = "\n".join(f"{row.due_on} {row.principal} {row.interest}" for row in ours)
        body = {"received_on": "2012-03-05", "source": "核心系统", "rows": rows}
        client = signed_in("bank")
        assert "等待复核" in text(client.post(reverse("loans:bank_schedule_enter", args=[loan.pk]), body, follow=True))
        assert "与系统测算一致" in text(client.get(loan.get_absolute_url()))

    def test_an_agreed_table_is_typed_line_by_line(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:loan_enter", args=[make_line(world).pk])
        body = {"contract_no": "HT-9", "contract_on": "2012-03-05", "note_no": "JJ-9", "amount": "300万", "disbursed_on": "2012-03-05"}
        body |= {"due_on": "2013-03-05", "annual_rate": "7.8", "repayment_method": "agreed_instalments", "purpose": "购买原材料"}
        client = signed_in("bank")
        wrong = text(client.post(url, body | {"cycle_months": "3", "agreed": "2012-09-28 100万\n2012年12月 50万"}))
        assert "第 2 行“2012年12月 50万”" in wrong
        client.post(url, body | {"cycle_months": "3", "agreed": "2012-09-28 100万\n\n2012年12月28日 50万"})
        loan = Loan.objects.get()
        assert [(str(row.due_on), row.principal) for row in loan.agreed_instalments.all()] == [
            ("2012-09-28", Decimal(1000000)),
            ("2012-12-28", Decimal(500000)),
        ]
        assert "2012-09-28 1,000,000.00" in text(client.get(reverse("loans:loan_edit", args=[loan.pk])))

    def test_the_same_form_sent_twice_is_one_loan(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:repayment_enter", args=[make_loan(world).pk])
        client = signed_in("bank")
        body = {"paid_on": "2012-03-05", "principal": "1", "form_key": "3f0a2b1c-0000-4000-8000-000000000001"}
        client.post(url, body)
        client.post(url, body)
        assert Loan.objects.get().repayments.count() == 1


class TestNetCapital:
    def test_entered_by_form_and_confirmed_by_the_button(self, world: World, signed_in: Callable[[str], Client]) -> None:
        officer, reviewer = signed_in("bank"), signed_in("bank2")
        page = text(officer.get(reverse("loans:net_capital_list")))
        assert "集中度不适用" in page
        assert "录入资本净额" in page
        url = reverse("loans:net_capital_enter")
        assert "尚无已复核的" in text(officer.get(url))
        body = {"effective_on": "2011年12月31日", "amount": "2.5亿", "source": "2011年度审计报告"}
        assert "等待复核" in text(officer.post(url, body, follow=True))
        row = NetCapital.objects.get()
        assert "须由合作银行复核办理" in text(officer.get(row.get_absolute_url()))
        assert "资本净额为 250,000,000.00 元" in reviewer.get(row.get_absolute_url()).content.decode()
        page = text(reviewer.post(reverse("loans:net_capital_confirm", args=[row.pk]), follow=True))
        assert "自基准日 2011-12-31 起生效" in page
        assert "250,000,000.00" in text(officer.get(url))

    def test_discarded_with_a_reason(self, world: World, signed_in: Callable[[str], Client]) -> None:
        url = reverse("loans:net_capital_discard", args=[make_net_capital(world, confirmed=False).pk])
        assert signed_in("bank2").post(url, {"reason": ""}).status_code == 422
        assert "与报表不符" in text(signed_in("bank2").post(url, {"reason": "与报表不符"}, follow=True))

    def test_others_read_and_are_offered_nothing(self, world: World, signed_in: Callable[[str], Client]) -> None:
        row = make_net_capital(world, confirmed=False)
        client = signed_in("province")
        assert "2011-12-31" in text(client.get(reverse("loans:net_capital_list")))
        assert "目前没有需要您办理的事项" in text(client.get(row.get_absolute_url()))


class TestConcentration:
    TERMS: ClassVar[dict[str, str]] = {"decision": "approve", "amount": "500万", "term_months": "12", "annual_rate": "7.8"}
    TERMS |= {"repayment_method": "bullet", "guarantee": "credit"}

    def test_without_net_capital_both_forms_say_that_it_does_not_apply(self, world: World, signed_in: Callable[[str], Client]) -> None:
        client = signed_in("bank")
        for name, pk in (("approval_propose", make_sent(world).pk), ("loan_enter", make_line(world, make_enterprise(world, 2)).pk)):
            page = text(client.get(reverse(f"loans:{name}", args=[pk])))
            assert "单一客户集中度 不适用 本行尚无已复核的资本净额" in page

    def test_warned_of_beside_the_form_in_the_message_on_the_page_and_before_the_button(
        self, world: World, signed_in: Callable[[str], Client]
    ) -> None:
        make_net_capital(world, "40000000")
        officer, reviewer = signed_in("bank"), signed_in("bank2")
        url = reverse("loans:approval_propose", args=[make_sent(world).pk])
        page = text(officer.get(url))
        assert (
            "2011-12-31 资本净额 40,000,000.00 元的 10%；本行各项目未还本金 0万，未用授信 0万，还可增加 400万；超过时提示，可继续办理"
            in page
        )
        page = text(officer.post(url, self.TERMS, follow=True))
        assert "审批意见已提交，等待复核。注意：已超过单一客户集中度限额 4,000,000.00 元。" in page
        line = CreditLine.objects.get()
        warning = "合计 5,000,000.00 元，超出 1,000,000.00 元。"
        assert warning in page
        seen = reviewer.get(line.get_absolute_url()).content.decode()
        assert re.search(rf'data-confirm="将批准对[^"]*注意：[^"]*{warning}"', seen)
        page = text(reviewer.post(reverse("loans:approval_confirm", args=[line.pk]), follow=True))
        assert "推荐单位已收到通知。注意：已超过单一客户集中度限额" in page
        page = text(officer.get(reverse("loans:loan_enter", args=[line.pk])))
        assert "未用授信 500万，已超过限额" in page
        loan = make_entered(world, line, day=TODAY)
        seen = reviewer.get(loan.get_absolute_url()).content.decode()
        assert re.search(rf'data-confirm="将确认向[^"]*注意：[^"]*{warning}"', seen)
        page = text(reviewer.post(reverse("loans:loan_confirm", args=[loan.pk]), follow=True))
        assert "准备金已占用。注意：已超过单一客户集中度限额" in page

    def test_where_it_is_forbidden_the_form_and_the_button_say_why(self, world: World, signed_in: Callable[[str], Client]) -> None:
        change: dict[str, Any] = {"key": "single_borrower_action", "text": "refuse", "effective_on": TODAY, "reason": "补充协议"}
        set_rule(programme=world.programme, **change, by=world.sysadmin, **on(TODAY))
        line = make_proposal(world, make_sent(world), day=TODAY)
        make_net_capital(world, "40000000")
        page = text(signed_in("bank2").get(line.get_absolute_url()))
        assert "超过单一客户集中度限额 4,000,000.00 元（多 1,000,000.00 元）" in page
        assert "本行更新资本净额后办理" in page
        url = reverse("loans:approval_repropose", args=[line.pk])
        assert "超过时不得办理" in text(signed_in("bank").get(url))
        response = signed_in("bank").post(url, self.TERMS | {"version": "1"})
        assert (response.status_code, "超过单一客户集中度限额" in text(response)) == (400, True)

    def test_another_bank_and_the_other_parties_read_no_figure_of_it(self, world: World, signed_in: Callable[[str], Client]) -> None:
        make_net_capital(world, "40000000")
        line = make_line(world)
        other = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(TODAY))
        make_person("other", other, Role.OFFICER)
        assert "集中度" not in text(signed_in("other").get(reverse("loans:loan_enter", args=[line.pk])))
        for name in ("province", "other"):
            page = text(signed_in(name).get(line.get_absolute_url()))
            assert "已超过单一客户集中度限额 4,000,000.00 元" in page  # the trail
            assert "合计 5,000,000.00 元" not in page


def test_the_reply_shows_every_line_and_flags_the_unanswered(world: World, signed_in: Callable[[str], Client]) -> None:
    rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3)]
    batch = send_batch_of(world, rows)
    for row in rows:
        row.refresh_from_db()
    confirm_approval(credit_line=make_proposal(world, rows[0], amount=Decimal("4000000")), by=world.bank2, **on(date(2012, 2, 10)))
    declined = make_proposal(world, rows[1], decision="decline", reason="担保不足")
    confirm_approval(credit_line=declined, by=world.bank2, **on(date(2012, 2, 10)))
    page = text(signed_in("science").get(reverse("loans:reply", args=[batch.pk])))
    for said in ("4,000,000.00", "担保不足", "尚未答复", "本批还有 1 项未答复", "人民币肆佰万元整"):
        assert said in page


def test_the_reply_counts_what_was_withdrawn_and_totals_every_line(world: World, signed_in: Callable[[str], Client]) -> None:
    rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2)]
    batch = send_batch_of(world, rows)
    withdraw_recommendation(recommendation=rows[1], reason="放弃", by=world.town, **on(date(2012, 2, 8)))
    page = text(signed_in("science").get(reverse("loans:reply", args=[batch.pk])))
    assert "共 2 项，推荐金额 10,000,000.00 元" in page
    assert "未答复 1 项；贵单位撤回 1 项。" in page
    printed = render_to_string("reports/pdf/reply.html", reply_context(Batch.objects.get(pk=batch.pk)))
    assert "共2项，推荐金额10,000,000.00元" in printed
    assert "未答复1项；贵单位撤回1项。" in printed


PAGES: dict[str, Callable[[World], str]] = {
    "approvals": lambda world: reverse("loans:approval_list"),
    "loans": lambda world: reverse("loans:loan_list"),
    "approval": lambda world: CreditLine.objects.order_by("pk")[0].get_absolute_url(),
    "loan": lambda world: Loan.objects.get(note_no="JJ00001").get_absolute_url(),
    "waiting": lambda world: Loan.objects.get(note_no="W1").get_absolute_url(),
    "enter": lambda world: reverse("loans:loan_enter", args=[CreditLine.objects.order_by("pk")[0].pk]),
}


@pytest.mark.parametrize("name, page", [*(("bank", page) for page in PAGES), *(("bank2", page) for page in PAGES if page != "enter")])
def test_a_page_costs_as_many_statements_for_three_rows_as_for_one(
    world: World, signed_in: Callable[[str], Client], page: str, name: str
) -> None:
    client, counts = signed_in(name), []
    make_net_capital(world, "1000")  # so that every line and loan is warned of

    def grow(number: int) -> None:
        enterprise = make_enterprise(world, number)
        line = make_line(world, enterprise)
        first = make_loan(world, line, amount=Decimal("2000000"), note_no=f"JJ{number:05d}")
        make_entered(world, line, amount=Decimal("1000000"), note_no=f"W{number}")
        make_repayment(world, first, "1000", paid_on=date(2012, 3, 1))
        make_repayment(world, first, "1000", paid_on=date(2012, 3, 1), confirmed=False)
        make_sent(world, enterprise)
        make_proposal(world, make_sent(world, enterprise, amount=Decimal("1000000")), day=date(2012, 3, 1))

    for rows in ((1,), (2, 3)):
        for number in rows:
            grow(number)
        if rows == (2, 3) and page == "loan":
            loan = Loan.objects.get(note_no="JJ00001")
            for _ in range(2):
                make_repayment(world, loan, "1000", paid_on=date(2012, 3, 1))
                make_repayment(world, loan, "1000", paid_on=date(2012, 3, 1), confirmed=False)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(PAGES[page](world)).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert counts[1] <= 25  # a drawdown that waits is tried against everything that may stop new cover


def test_whatever_the_ledger_is_put_in_order_by_has_its_index() -> None:
    assert {column.sort_path for column in LoanList.columns if column.sort} == set(SORTED)
