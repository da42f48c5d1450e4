"""Recoveries, progress reports and write-offs as people see them: pages, to-dos, lists and the REST interface (domain §3.10)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loans.claim_enums import RecoveryStatus
from loans.enums import LoanStatus
from loans.models import Loan, Recovery, RecoveryReport
from loans.pages.inspections import todos
from loans.services.recovery_reports import report_recovery
from loans.services.write_offs import propose_write_off
from parties.models import User
from reports.lists import due_address, due_words
from reports.selectors.board import Span, board
from reserve.models import JointDecision
from reserve.quarters import Quarter
from tests.factories import World, fund, make_world, on
from tests.support.caller import Callers
from tests.support.claims import FAILED, failed, make_claim, make_recovery
from tests.support.clock import Clock

DAY = date(2013, 7, 5)
Browse = Callable[[str], Client]


@pytest.fixture
def world(db: None) -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """300万, compensated with 150万 on `FAILED`, in the second quarter of 2013."""
    loan = failed(world)
    make_claim(world, loan)
    return loan


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Browse:
    Clock(monkeypatch, DAY)

    def open_as(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
        return client

    return open_as


def text(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestRecovery:
    GIVEN: ClassVar = {"received_on": "2013-7-1", "source": "guarantor", "gross": "100万", "cost": "4万元", "note": "保证人代偿"}

    def test_from_the_money_to_the_accounts(self, loan: Loan, browser: Browse) -> None:
        bank, bank2 = browser("bank"), browser("bank2")
        form = text(bank, reverse("loans:recovery_enter", args=[loan.pk]))
        assert "1,500,000.00" in form
        assert "收到后 10 个工作日" in form
        done = bank.post(reverse("loans:recovery_enter", args=[loan.pk]), self.GIVEN, follow=True).content.decode()
        assert "追偿回款已登记，等待复核" in done
        recovery = Recovery.objects.get()
        assert "本笔（复核后分配）" in done
        url = recovery.get_absolute_url()
        assert "复核追偿回款" in text(bank2, "/")
        assert "归准备金 480,000.00 元（省 96,000.00，镇 384,000.00），归银行 480,000.00 元" in text(bank2, url)
        done = bank2.post(reverse("loans:recovery_confirm", args=[recovery.pk]), follow=True).content.decode()
        assert "追偿回款已复核分配" in done
        assert "追偿款划回：" in text(bank, "/")
        assert "384,000.00" in text(bank, reverse("loans:recovery_remit", args=[recovery.pk]))
        given = {"remitted_on": "2013-7-4", "receipt_no": "ZH-7"}
        assert "划回已录入" in bank.post(reverse("loans:recovery_remit", args=[recovery.pk]), given, follow=True).content.decode()
        assert "复核追偿款划回" in text(bank2, "/")
        done = bank2.post(reverse("loans:recovery_confirm_remittance", args=[recovery.pk]), follow=True).content.decode()
        assert "款项已记入省、镇准备金账户" in done
        recovery.refresh_from_db()
        assert (recovery.status, recovery.returned, recovery.cost) == (RecoveryStatus.REMITTED, Decimal("480000"), Decimal("40000"))
        for name in ("town", "auditor", "province2"):
            shown = text(browser(name), loan.get_absolute_url())
            assert all(part in shown for part in ("1,020,000.00", "204,000.00", "816,000.00", "2,040,000.00", url))

    def test_without_costs_the_field_stays_empty(self, loan: Loan, browser: Browse) -> None:
        browser("bank").post(reverse("loans:recovery_enter", args=[loan.pk]), self.GIVEN | {"cost": ""})
        assert Recovery.objects.get().cost == 0

    @pytest.mark.parametrize(
        "changes, sentence",
        [
            ({"cost": "200万"}, "超过追回金额"),
            ({"received_on": "2013-5-1"}, "早于代偿日期"),
            ({"received_on": "2013-7-6"}, "晚于今天"),
            ({"gross": ""}, "请填写金额"),
            ({"source": ""}, "必填"),
        ],
    )
    def test_a_refused_form_keeps_what_was_typed(self, loan: Loan, browser: Browse, changes: dict[str, str], sentence: str) -> None:
        answer = browser("bank").post(reverse("loans:recovery_enter", args=[loan.pk]), self.GIVEN | changes)
        shown = answer.content.decode()
        assert answer.status_code in (400, 409, 422)
        assert sentence in shown
        assert "保证人代偿" in shown
        assert not Recovery.objects.exists()

    @pytest.mark.parametrize(
        "until, step, name, status",
        [
            ("entered", "discard", "bank", "discarded"),
            ("entered", "discard", "bank2", "discarded"),
            ("confirmed", "revoke", "bank2", "revoked"),
            ("remitting", "unremit", "bank", "confirmed"),
            ("remitting", "unremit", "bank2", "confirmed"),
        ],
    )
    def test_taken_back_with_a_reason(
        self, world: World, loan: Loan, browser: Browse, until: str, step: str, name: str, status: str
    ) -> None:
        recovery = make_recovery(world, loan, "1000000", until=until)
        client, url = browser(name), reverse(f"loans:recovery_{step}", args=[recovery.pk])
        assert url in text(client, recovery.get_absolute_url())
        assert client.post(url, {"reason": ""}).status_code == 422
        assert "单据有误" in client.post(url, {"reason": "单据有误"}, follow=True).content.decode()
        recovery.refresh_from_db()
        assert recovery.status == status

    @pytest.mark.parametrize("until", ["entered", "confirmed", "remitting", "remitted"])
    def test_others_read_and_are_offered_nothing(self, world: World, loan: Loan, browser: Browse, until: str) -> None:
        recovery = make_recovery(world, loan, "1000000", until=until)
        for name in ("town2", "auditor", "province"):
            assert browser(name).get(recovery.get_absolute_url()).context["actions"] == []

    def test_a_step_that_may_not_be_taken_says_why(self, world: World, loan: Loan, browser: Browse) -> None:
        first = make_recovery(world, loan, "1000000", until="confirmed")
        make_recovery(world, loan, "1000000", day=DAY, until="confirmed")
        assert "请先撤销以后的一笔" in text(browser("bank2"), first.get_absolute_url())
        answer = browser("bank2").post(reverse("loans:recovery_revoke", args=[first.pk]), {"reason": "错"})
        assert "请先撤销以后的一笔" in answer.content.decode()
        again = browser("bank2").post(reverse("loans:recovery_confirm", args=[first.pk]), follow=True)
        assert "不能复核追偿" in again.content.decode()

    def test_a_form_that_cannot_be_sent_leads_back_and_says_why(self, world: World, loan: Loan, browser: Browse) -> None:
        make_recovery(world, loan, "3000000")
        for name in ("recovery_enter", "recovery_report", "write_off_propose"):
            answer = browser("bank").get(reverse(f"loans:{name}", args=[loan.pk]), follow=True)
            assert answer.redirect_chain[-1][0] == loan.get_absolute_url()
            assert "当前状态为“已结清”" in answer.content.decode()

    @pytest.mark.parametrize(
        "query, count",
        [
            ({}, 3),
            ({"status": "entered"}, 1),
            ({"source": "enforcement"}, 3),
            ({"source": "borrower"}, 0),
            ({"received_from": "2013-7-2"}, 1),
            ({"q": "演示001"}, 3),
            ({"q": "别家"}, 0),
            ({"programme": "xiaolan"}, 3),
        ],
    )
    def test_the_list_is_filtered_searched_and_exported(
        self, world: World, loan: Loan, browser: Browse, query: dict[str, str], count: int
    ) -> None:
        make_recovery(world, loan, "1000000", cost="40000")
        make_recovery(world, loan, "500", day=date(2013, 7, 1), until="confirmed")
        make_recovery(world, loan, "700", day=DAY, until="entered")
        client = browser("science")
        assert client.get(reverse("loans:recovery_list"), query).context["listing"].count == count
        rows = b"".join(client.get(reverse("loans:recovery_list"), query | {"export": "csv"}).streaming_content).decode("utf-8-sig")
        assert rows.count(loan.note_no) == count

    def test_totals_leave_out_what_was_taken_back(self, world: World, loan: Loan, browser: Browse) -> None:
        make_recovery(world, loan, "1000000", cost="40000")
        wrong = make_recovery(world, loan, "77777", day=DAY, until="confirmed")
        browser("bank2").post(reverse("loans:recovery_revoke", args=[wrong.pk]), {"reason": "录错"})
        cells = {column.key: shown for column, shown in browser("town").get(reverse("loans:recovery_list")).context["listing"].total_cells}
        assert [cells[key] for key in ("gross", "cost", "net_amount", "returned")] == [
            "1,000,000.00",
            "40,000.00",
            "960,000.00",
            "480,000.00",
        ]

    def test_what_waits_goes_away_when_it_is_done(self, world: World, loan: Loan, browser: Browse) -> None:
        make_recovery(world, loan, "1000", until="remitted")
        for name in ("bank", "bank2", "town2"):
            assert "追偿款" not in text(browser(name), "/")


class TestReports:
    GIVEN: ClassVar = {"quarter": "2013年第二季度", "measures": "已申请执行", "prospects": "四季度拍卖厂房"}

    def test_from_the_list_of_what_is_due(self, loan: Loan, browser: Browse) -> None:
        bank, due = browser("bank"), reverse("loans:recovery_report_due")
        assert "报告2013年第二季度追偿进展：1 笔" in text(bank, "/")
        assert loan.get_absolute_url() in text(bank, due)
        assert browser("town").get(due).context["listing"].count == 1
        url = reverse("loans:recovery_report", args=[loan.pk])
        assert 'value="2013Q2"' in text(bank, url)
        kept = bank.post(url, self.GIVEN | {"prospects": ""})
        assert kept.status_code == 422
        assert "已申请执行" in kept.content.decode()
        done = bank.post(url, self.GIVEN, follow=True).content.decode()
        assert "2013年第二季度追偿进展已报告。" in done
        assert "四季度拍卖厂房" in text(browser("science"), loan.get_absolute_url())
        assert bank.get(due).context["listing"].count == 0
        assert "追偿进展：" not in text(bank, "/")
        assert 'value="2013Q3"' in text(bank, url)

    def test_what_is_over_owes_none(self, world: World, loan: Loan, browser: Browse) -> None:
        make_recovery(world, loan, "3000000")
        assert browser("bank").get(reverse("loans:recovery_report_due")).context["listing"].count == 0

    def test_on_the_board_until_the_next_quarter_ends(self, world: World, loan: Loan) -> None:
        def found(until: date, day: date = DAY) -> list[tuple[date, str, str]]:
            rows = board(world.town2, Span(day, until), kind="recovery_report")
            return [(row["day"], due_words(row), due_address(row)) for row in rows]

        due = (date(2013, 9, 30), "2013年第二季度追偿进展报告：1 笔", reverse("loans:recovery_report_due"))
        assert (found(date(2013, 9, 29)), found(date(2013, 9, 30))) == ([], [due])
        assert found(date(2013, 12, 31), date(2013, 6, 30)) == []

    def test_owed_from_the_day_after_the_quarter(self, world: World, loan: Loan) -> None:
        assert [len(todos(world.bank, day)) for day in (FAILED, date(2013, 6, 30), date(2013, 7, 1), date(2013, 10, 1))] == [0, 0, 1, 1]


class TestWriteOff:
    def test_proposed_spoken_on_by_all_and_written_off(self, loan: Loan, browser: Browse) -> None:
        bank = browser("bank")
        url = reverse("loans:write_off_propose", args=[loan.pk])
        assert url in text(bank, loan.get_absolute_url())
        assert "1,500,000.00" in text(bank, url)
        assert bank.post(url, {"grounds": " "}).status_code == 422
        shown = bank.post(url, {"grounds": "终结执行裁定"}, follow=True).content.decode()
        assert "核销已提请" in shown
        decision = JointDecision.objects.get()
        speak = reverse("loans:write_off_speak", args=[decision.pk])
        for name in ("province2", "science2", "town2", "bank2"):
            client = browser(name)
            assert "签署核销意见" in text(client, "/")
            assert speak in text(client, reverse("loans:write_off", args=[decision.pk]))
            assert client.post(speak, {"agrees": "no", "opinion": ""}).status_code in (400, 422)
            done = client.post(speak, {"agrees": "yes", "opinion": ""}, follow=True).content.decode()
            assert "意见已签署。" in done
            assert "签署核销意见" not in text(client, "/")
        assert "贷款已核销" in done
        loan.refresh_from_db()
        assert loan.status == LoanStatus.WRITTEN_OFF
        shown = text(bank, loan.get_absolute_url())
        assert reverse("loans:recovery_enter", args=[loan.pk]) in shown
        assert url not in shown
        assert reverse("loans:recovery_report", args=[loan.pk]) not in shown

    def test_refused_and_taken_back(self, world: World, loan: Loan, browser: Browse) -> None:
        decision = propose_write_off(loan=loan, grounds="无财产", by=world.bank, **on(DAY))
        withdraw = reverse("loans:write_off_withdraw", args=[decision.pk])
        assert browser("town2").post(withdraw, {"reason": "撤"}).status_code == 404
        assert withdraw not in text(browser("town2"), reverse("loans:write_off", args=[decision.pk]))
        assert "补充材料" in browser("bank").post(withdraw, {"reason": "补充材料"}, follow=True).content.decode()
        second = propose_write_off(loan=loan, grounds="无财产", by=world.bank, **on(DAY))
        given = {"agrees": "no", "opinion": "保证人有财产"}
        done = browser("town2").post(reverse("loans:write_off_speak", args=[second.pk]), given, follow=True).content.decode()
        assert "核销未获同意" in done
        assert "保证人有财产" in text(browser("auditor"), loan.get_absolute_url())

    def test_who_is_not_asked_is_offered_nothing(self, world: World, loan: Loan, browser: Browse) -> None:
        decision = propose_write_off(loan=loan, grounds="无财产", by=world.bank, **on(DAY))
        for name in ("centre2", "auditor", "town"):
            assert browser(name).get(reverse("loans:write_off", args=[decision.pk])).context["actions"] == []
        assert browser("centre2").post(reverse("loans:write_off_speak", args=[decision.pk]), {"agrees": "yes"}).status_code == 403


class TestStatements:
    def test_the_pages_cost_few_statements_however_many(self, world: World, loan: Loan, browser: Browse) -> None:
        decision = propose_write_off(loan=loan, grounds="无财产", by=world.bank, **on(DAY))
        counts = []
        for number in range(2):
            make_recovery(world, loan, "1000", day=DAY, until=("entered", "confirmed")[number])
            report_recovery(loan=loan, quarter=Quarter(2013, 2), measures="无", prospects="无", by=world.bank, **on(DAY))
            urls = ["/", loan.get_absolute_url(), reverse("loans:recovery_list"), reverse("loans:write_off", args=[decision.pk])]
            urls += [reverse("loans:recovery_report_due"), *(row.get_absolute_url() for row in Recovery.objects.all()[:1])]
            found = {}
            for name in ("bank", "bank2", "town2"):
                client = browser(name)
                for url in urls:
                    with CaptureQueriesContext(connection) as asked:
                        text(client, url)
                    found[f"{name} {url}"] = len(asked)
            counts.append(found)
        assert {url: count for url, count in counts[-1].items() if count > 20} == {}
        assert {url for url, count in counts[0].items() if counts[1][url] > count + 1} == set()


class TestApi:
    @pytest.fixture
    def api(self, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> Callers:
        return Callers(Clock(monkeypatch, DAY))

    def test_a_recovery_from_entry_to_remittance(self, loan: Loan, api: Callers) -> None:
        given = {"loan": loan.pk, "received_on": "2013-07-01", "source": "guarantor", "gross": "1000000.00", "cost": "40000.00"}
        assert api.send("bank2", "recoveries/", given).status_code == 403
        wrong: list[dict[str, Any]] = [{"cost": "1000000.01"}, {"gross": 5}, {"source": "x"}, {"loan": 0}, {"received_on": "2013-05-01"}]
        answers = [api.send("bank", "recoveries/", given | change) for change in wrong]
        assert [(one.status_code, list(one.json()["errors"])) for one in answers] == [(400, list(change)) for change in wrong]
        made = api.post("bank", "recoveries/", given, status=201, key="once")
        assert api.post("bank", "recoveries/", given, status=201, key="once") == made
        assert (made["net"], made["returned"], made["kept_by_bank"], made["status"]) == ("960000.00", "0.00", "0.00", "entered")
        path = f"recoveries/{made['id']}/"
        assert api.send("bank", f"{path}confirm/").status_code == 403
        made = api.post("bank2", f"{path}confirm/")
        assert [made[key] for key in ("returned", "returned_provincial", "returned_town", "kept_by_bank")] == [
            "480000.00",
            "96000.00",
            "384000.00",
            "480000.00",
        ]
        assert api.send("bank2", f"{path}confirm/").status_code == 409
        remittance = {"remitted_on": "2013-07-04", "receipt_no": "ZH-1"}
        assert api.send("bank", f"{path}remit/", remittance | {"receipt_no": ""}).status_code == 400
        api.post("bank", f"{path}remit/", remittance)
        assert api.post("bank2", f"{path}unremit/", {"reason": "回单号有误"})["status"] == "confirmed"
        api.post("bank", f"{path}remit/", remittance)
        done = api.post("bank2", f"{path}confirm-remittance/")
        assert (done["status"], done["remit_confirmed_by"]) == ("remitted", "bank2")
        assert done["entry"] is not None
        assert api.only("auditor", f"recoveries/?status=remitted&loan={loan.pk}") == done
        assert api.rows("auditor", "recoveries/?status=entered") == []
        assert api.send("auditor", "recoveries/?status=x", method="get").status_code == 400
        assert api.send("bank2", f"{path}revoke/", {"reason": "错"}).json()["code"] == "recovery_posted"

    def test_taken_back(self, world: World, loan: Loan, api: Callers) -> None:
        entered = make_recovery(world, loan, "1000", day=DAY, until="entered")
        assert api.send("bank", f"recoveries/{entered.pk}/discard/", {"reason": ""}).status_code == 400
        assert api.post("bank", f"recoveries/{entered.pk}/discard/", {"reason": "重复"})["discard_reason"] == "重复"
        confirmed = make_recovery(world, loan, "1000", day=DAY, until="confirmed")
        assert api.post("bank2", f"recoveries/{confirmed.pk}/revoke/", {"reason": "录错"})["returned"] == "0.00"

    def test_progress_reports(self, loan: Loan, api: Callers) -> None:
        given = {"loan": loan.pk, "quarter": "2013Q2", "measures": "已申请执行", "prospects": "四季度拍卖"}
        assert api.send("town", "recovery-reports/", given).status_code == 403
        wrong = [{"quarter": "2013Q5"}, {"quarter": "2013Q4"}, {"measures": ""}, {"prospects": ""}]
        answers = [api.send("bank", "recovery-reports/", given | change) for change in wrong]
        assert [(one.status_code, list(one.json()["errors"])) for one in answers] == [(400, list(change)) for change in wrong]
        made = api.post("bank", "recovery-reports/", given, status=201)
        assert api.only("auditor", "recovery-reports/", quarter="2013Q2", loan=loan.pk) == made
        assert api.get("town", f"recovery-reports/{made['id']}/") == made
        assert RecoveryReport.objects.count() == 1

    def test_a_write_off(self, loan: Loan, api: Callers) -> None:
        assert api.send("bank", "write-offs/", {"loan": loan.pk, "grounds": ""}).status_code == 400
        assert api.send("town2", "write-offs/", {"loan": loan.pk, "grounds": "无财产"}).status_code == 403
        made = api.post("bank", "write-offs/", {"loan": loan.pk, "grounds": "无财产"}, status=201)
        assert [voice["agrees"] for voice in made["voices"]] == [None] * 4
        assert api.send("bank", "write-offs/", {"loan": loan.pk, "grounds": "再提"}).json()["code"] == "joint_pending"
        path = f"write-offs/{made['id']}/"
        assert api.post("bank", f"{path}withdraw/", {"reason": "补充"})["status"] == "withdrawn"
        path = f"write-offs/{api.post('bank', 'write-offs/', {'loan': loan.pk, 'grounds': '无财产'}, status=201)['id']}/"
        assert api.send("town2", f"{path}speak/", {"agrees": False}).status_code == 400
        assert api.send("town2", f"{path}withdraw/", {"reason": "撤"}).status_code == 404
        for name in ("province2", "science2", "town2", "bank2"):
            done = api.post(name, f"{path}speak/", {"agrees": True})
        assert (done["status"], done["note_no"], done["decided_on"]) == ("agreed", loan.note_no, str(DAY))
        assert api.only("auditor", f"write-offs/?status=agreed&loan={loan.pk}") == done
        assert api.get("auditor", f"loans/{loan.pk}/")["status"] == "written_off"
        assert api.rows("auditor", "write-offs/", loan=loan.pk + 1) == []
