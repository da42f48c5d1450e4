"""Loans of before the programme was run here: read, confirmed by both sides, serviced from the 启用日 on (期初)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from enterprises.models import Recommendation, Signature
from enterprises.selectors import last_batch_number
from loans.errors import DatesOutOfOrder, FileHasErrors, LineNotUsable
from loans.import_enums import FILE_LIFECYCLE, FileStatus
from loans.models import CreditLine, ImportFile, Inspection, Loan, PrincipalMovement
from loans.rules.earmarks import earmark_target
from loans.rules.openings import term_of
from loans.selectors.exposure import outstanding_at
from loans.selectors.inspections import owed_by
from loans.selectors.servicing import account_of
from loans.services import imports
from loans.services.corrections import enter_correction
from loans.services.loans import enter_loan
from loans.services.repayments import enter_repayment
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification
from parties.selectors import action_label
from reports.selectors.reconciliation.records import record_fault
from reserve.ledger_enums import Purpose
from reserve.models import Deadline, LedgerEntry
from reserve.services.verify import verify_ledger
from tests.factories import World, make_organisation, make_person, make_repayment, make_reversal, make_world, on
from tests.support.imports import codes, confirm, preview, said, send, work
from tests.support.openings import (
    DAY,
    HEADS,
    STARTED,
    countersign,
    make_started,
    open_loans,
    pass_on,
    preview_openings,
    register,
    row,
)
from tests.support.rows import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_started()


class TestStory:
    def test_what_was_lent_before_is_here_as_it_stood_on_that_day(self, world: World) -> None:
        running, overdue, settled = open_loans(world)
        assert [(loan.status, loan.outstanding, loan.repaid) for loan in (running, overdue, settled)] == [
            ("active", Decimal("2000000"), Decimal("1000000")),
            ("overdue", Decimal("1000000"), Decimal("3000000")),
            ("settled", Decimal("0"), Decimal("2000000")),
        ]
        assert [loan.earmarked for loan in (running, overdue, settled)] == [Decimal("266666.67"), Decimal("133333.33"), Decimal("0.00")]
        assert [loan.declared_reserve for loan in (running, overdue, settled)] == [
            Decimal("400000.00"),
            Decimal("533333.33"),
            Decimal("266666.67"),
        ]
        assert (overdue.overdue_since, settled.settled_on) == (date(2013, 3, 29), date(2013, 5, 20))
        assert {loan.opening_on for loan in (running, overdue, settled)} == {STARTED}
        assert outstanding_at(world.programme, STARTED) == Decimal("3000000")
        assert outstanding_at(world.programme, STARTED - timedelta(days=1)) == 0
        assert verify_ledger(programme=world.programme).fault is None
        assert record_fault(world.programme) is None

    def test_each_has_one_movement_posted_as_an_opening(self, world: World) -> None:
        open_loans(world)
        rows = PrincipalMovement.objects.order_by("loan__note_no")
        assert [(one.kind, one.change, one.fact_on, one.value_on, one.posted_on) for one in rows] == [
            ("opening", Decimal("2000000"), STARTED, STARTED, DAY),
            ("opening", Decimal("1000000"), STARTED, STARTED, DAY),
            ("opening", Decimal("0"), date(2013, 5, 20), STARTED, DAY),
        ]
        entries = LedgerEntry.objects.filter(source_type="loan")
        assert [entry.purpose for entry in entries] == [Purpose.OPENING, Purpose.OPENING]

    def test_lines_and_recommendations_say_that_they_are_openings(self, world: World) -> None:
        running, _, settled = open_loans(world)
        assert running.credit_line == settled.credit_line
        line = running.credit_line
        assert (line.status, line.amount, line.decided_on, line.size, line.term_months) == (
            "approved",
            Decimal("5000000"),
            date(2012, 8, 20),
            "small",
            12,
        )
        assert line.lapsed(STARTED)
        recommendation = line.recommendation
        assert (recommendation.status, recommendation.batch_label, recommendation.endorsed_on) == ("answered", "期初（第3批）", None)
        assert Recommendation.objects.filter(is_opening=True).count() == CreditLine.objects.count() == 2
        assert not Signature.objects.exists()
        assert last_batch_number(world.programme) == 3

    def test_no_clock_but_that_of_a_maturity_to_come_is_running(self, world: World) -> None:
        running, *_ = open_loans(world)
        clocks = Deadline.objects.values_list("kind", "subject_id", "due_on")
        assert list(clocks) == [("loan_maturity", running.pk, running.due_on)]

    def test_the_people_of_the_file_stand_on_every_record(self, world: World) -> None:
        running, *_ = open_loans(world)
        file = ImportFile.objects.get()
        assert (running.entered_by, running.confirmed_by, file.countersigned_by) == (world.bank, world.bank2, world.town2)
        trail = AuditEvent.objects.filter(object_type="loans.importfile").order_by("id").values_list("action", flat=True)
        assert list(trail) == ["import.upload", "import.read", "import.confirm", "import.countersign", "import.book"]
        ours = ("import.countersign", "loan.open", "approval.open", "recommendation.open")
        assert all(action_label(action) != action for action in (*ours, "import.refuse"))
        assert set(ours) <= set(AuditEvent.objects.values_list("action", flat=True))
        facts = AuditEvent.objects.get(action="loan.open", object_id=str(running.pk)).facts
        assert (facts["opening_principal"], facts["amount"], facts["disbursed_on"]) == ("2000000.00", "3000000.00", "2012-09-15")

    def test_a_second_file_may_draw_the_rest_of_a_line_of_the_first(self, world: World) -> None:
        first = open_loans(world, [row(world)])[0]
        more = row(world, 借据号="QC9", 贷款金额=2_000_000, 期初本金余额=2_000_000)
        second = open_loans(world, [more])[1]
        assert second.credit_line == first.credit_line
        assert codes(preview_openings(world, [row(world, 借据号="QC10", 贷款金额=1, 期初本金余额=0, 结清日期=date(2013, 1, 5))])) == [
            ["E343"]
        ]


class TestServicing:
    def test_the_schedule_starts_with_what_was_owed(self, world: World) -> None:
        running, overdue, _ = open_loans(world)
        lines = running.schedule_lines.values_list("due_on", "principal", "interest", "days")
        # 2,000,000 at 7.8 % from 1 July to 14 September, 75 days.
        assert list(lines) == [(date(2013, 9, 14), Decimal("2000000.00"), Decimal("32500.00"), 75)]
        assert list(overdue.schedule_lines.values_list("due_on", "principal", "interest")) == [
            (date(2013, 3, 29), Decimal("1000000.00"), Decimal("0.00"))
        ]

    @pytest.mark.parametrize("method", ["等额本息", "等额本金"])
    def test_instalments_keep_the_day_of_the_disbursement(self, world: World, method: str) -> None:
        [loan] = open_loans(world, [row(world, 还本付息方式=method)])
        lines = list(loan.schedule_lines.order_by("number"))
        assert [line.due_on for line in lines] == [date(2013, 7, 15), date(2013, 8, 15), date(2013, 9, 14)]
        assert [line.days for line in lines] == [14, None, None]
        assert sum(line.principal for line in lines) == loan.outstanding
        # 14 days of 2,000,000 at 7.8 %, and no interest of days before.
        assert lines[0].interest == Decimal("6066.67")

    def test_an_instalment_of_the_very_day_is_not_history(self, world: World) -> None:
        days = {"发放日期": date(2012, 10, 1), "到期日期": date(2013, 9, 30)}
        [loan] = open_loans(world, [row(world, 还本付息方式="等额本金", 期初本金余额=900_000, **days)])
        lines = loan.schedule_lines.order_by("number").values_list("due_on", "principal", "days")
        assert list(lines) == [
            (STARTED, Decimal("225000.00"), 0),
            (date(2013, 8, 1), Decimal("225000.00"), None),
            (date(2013, 9, 1), Decimal("225000.00"), None),
            (date(2013, 9, 30), Decimal("225000.00"), None),
        ]

    @pytest.mark.parametrize(
        "method", ["等额本息", "等额本金", "利随本清", "按季付息、到期还本", "循环额度、随借随还", "按月（季）付息、分期还本"]
    )
    @pytest.mark.parametrize("due_on", [date(2013, 5, 15), date(2013, 6, 30), STARTED])
    def test_what_fell_due_before_is_one_instalment_of_that_day(self, world: World, method: str, due_on: date) -> None:
        [loan] = open_loans(world, [row(world, 还本付息方式=method, 到期日期=due_on)])
        lines = loan.schedule_lines.values_list("due_on", "principal", "interest")
        assert list(lines) == [(due_on, Decimal("2000000.00"), Decimal("0.00"))]
        assert loan.status == "overdue"

    def test_penalty_is_reckoned_from_that_day_though_it_is_overdue_for_longer(self, world: World) -> None:
        _, overdue, _ = open_loans(world)
        state = account_of(overdue).standing(STARTED + timedelta(days=10))
        assert state.days_overdue == 104
        # 1,000,000 × 7.8 % × 1.5 × 10 / 360
        assert state.penalty == Decimal("3250.00")
        assert account_of(overdue).standing(STARTED).penalty == 0

    def test_repaid_and_taken_back_it_moves_the_reserve_as_any_other(self, world: World) -> None:
        _, overdue, _ = open_loans(world)
        paid = make_repayment(world, overdue, "1000000", paid_on=date(2013, 7, 10))
        assert (overdue.status, overdue.earmarked, overdue.settled_on) == ("settled", Decimal("0.00"), date(2013, 7, 10))
        make_reversal(world, paid, day=date(2013, 7, 11))
        overdue.refresh_from_db()
        assert (overdue.status, overdue.earmarked) == ("overdue", Decimal("133333.33"))
        assert not Deadline.objects.filter(subject_id=overdue.pk, kind="loan_maturity").exists()
        assert record_fault(world.programme) is None

    def test_what_was_paid_before_is_in_the_balance_already(self, world: World) -> None:
        running, *_ = open_loans(world)
        with refused(DatesOutOfOrder, "已计入期初余额", field="paid_on"):
            enter_repayment(loan=running, paid_on=STARTED - timedelta(days=1), principal=Decimal("1"), by=world.bank, **on(DAY))

    def test_it_is_not_corrected(self, world: World) -> None:
        running, *_ = open_loans(world)
        with refused(WrongState, "期初贷款由银行和两方共同确认"):
            enter_correction(loan=running, reason="抄录有误", purpose="购置设备", by=world.bank, **on(DAY))

    def test_nothing_more_is_drawn_from_its_line(self, world: World) -> None:
        open_loans(world, [row(world)])
        line, late = CreditLine.objects.get(), date(2013, 6, 20)
        terms: dict[str, Any] = {"contract_no": "HT9", "contract_on": late, "note_no": "QC9", "amount": Decimal("1000000")}
        with refused(LineNotUsable, "期初授信不再放款"):
            enter_loan(credit_line=line, **terms, disbursed_on=late, due_on=date(2013, 9, 1), by=world.bank, **on(DAY))
        heads = ["企业代码", "借款合同号", "合同日期", "借据号", "贷款金额", "发放日期", "到期日期"]
        rows = [heads, [line.enterprise.org_code, "HT9", late, "QC9", 1_000_000, late, date(2013, 9, 1)]]
        assert codes(preview(world, rows, day=DAY, kind="loans")) == [["E321"]]

    def test_a_month_s_end_of_before_does_not_miss_it(self, world: World) -> None:
        open_loans(world)
        heads = ["借据号", "本金余额", "状态"]
        before = preview(world, [heads, ["QC1", 2_000_000, "正常"]], day=DAY, kind="positions", position_on=date(2013, 6, 30))
        assert (said(before), codes(before)) == ([], [["E311"]])
        rows = [heads, ["QC1", 2_000_000, "正常"], ["QC2", 1_000_000, "逾期"], ["QC3", 0, "结清"]]
        after = preview(world, rows, day=date(2013, 8, 1), kind="positions", position_on=date(2013, 7, 31))
        assert (said(after), codes(after)) == ([], [[], [], []])

    def test_inspections_are_owed_from_the_first_whole_quarter_here(self, world: World) -> None:
        running, *_ = open_loans(world)
        assert str(owed_by(running, DAY)) == "2013Q3"
        assert not Inspection.objects.exists()
        Loan.objects.filter(pk=running.pk).update(opening_on=date(2013, 8, 15))
        running.refresh_from_db()
        assert owed_by(running, date(2013, 9, 1)) is None


class TestTwoSides:
    @pytest.fixture
    def file(self, world: World) -> ImportFile:
        return preview_openings(world, register(world))

    def test_it_waits_for_an_office_once_the_bank_has_confirmed_it(self, world: World, file: ImportFile) -> None:
        file = pass_on(world, file)
        work(DAY)
        assert (file.status, Loan.objects.count()) == (FileStatus.PASSED_ON, 0)
        told = Notification.objects.filter(subject__startswith="待会签").values_list("recipient__username", flat=True)
        assert set(told) == {"science2", "town2"}

    @pytest.mark.parametrize("name", ["science2", "town2"])
    def test_either_office_countersigns(self, world: World, file: ImportFile, name: str) -> None:
        assert countersign(world, file, by=getattr(world, name)).status == FileStatus.BOOKED

    @pytest.mark.parametrize("name", ["bank", "bank2", "bank3", "science", "town", "centre", "province2", "auditor", "sysadmin"])
    def test_nobody_else_does(self, world: World, file: ImportFile, name: str) -> None:
        file = pass_on(world, file)
        for service, more in ((imports.countersign_file, {}), (imports.refuse_file, {"reason": "不符"})):
            with refused(NotAllowed):
                service(import_file=file, **more, by=getattr(world, name), **on(DAY))

    def test_an_office_of_another_programme_does_not(self, world: World, file: ImportFile) -> None:
        file = pass_on(world, file)
        stranger = make_person("stranger", make_organisation(OrganisationKind.TOWN, "东凤镇人民政府"), Role.REVIEWER)
        for service, more in ((imports.countersign_file, {}), (imports.refuse_file, {"reason": "不符"})):
            with refused(NotFound):
                service(import_file=file, **more, by=stranger, **on(DAY))

    def test_not_before_the_bank_and_not_twice(self, world: World, file: ImportFile) -> None:
        with refused(WrongState):
            imports.countersign_file(import_file=file, by=world.town2, **on(DAY))
        countersign(world, file)
        with refused(WrongState):
            imports.countersign_file(import_file=file, by=world.science2, **on(DAY))

    def test_what_was_seen_is_what_is_signed(self, world: World, file: ImportFile) -> None:
        file = pass_on(world, file)
        with refused(Conflict):
            imports.countersign_file(import_file=file, version=file.version - 1, by=world.town2, **on(DAY))

    def test_refused_with_a_reason_it_goes_back_and_may_come_again(self, world: World, file: ImportFile) -> None:
        file = pass_on(world, file)
        with refused(InvalidInput, field="reason"):
            imports.refuse_file(import_file=file, reason=" ", by=world.science2, **on(DAY))
        file = imports.refuse_file(import_file=file, reason="第 2 行余额与台账不符", by=world.science2, **on(DAY))
        assert (file.status, file.confirmed_by, file.failure) == ("previewed", None, "市科技局不予会签：第 2 行余额与台账不符")
        told = Notification.objects.filter(subject__startswith="数据文件未获会签").values_list("recipient__username", flat=True)
        assert set(told) == {"bank", "bank2"}
        assert countersign(world, file).status == FileStatus.BOOKED

    def test_it_is_taken_whole_or_not_at_all(self, world: World, file: ImportFile) -> None:
        with refused(InvalidInput, "只能全部采纳", field="mode"):
            confirm(world, file, day=DAY)

    def test_the_bank_may_take_it_back_until_it_is_countersigned(self, world: World, file: ImportFile) -> None:
        file = pass_on(world, file)
        file = imports.discard_file(import_file=file, reason="另行核对", by=world.bank, **on(DAY))
        assert file.status == FileStatus.DISCARDED

    def test_what_changed_meanwhile_gives_the_whole_file_back(self, world: World, file: ImportFile) -> None:
        first = preview_openings(world, [row(world)])
        countersign(world, first)
        file = countersign(world, file)
        assert (file.status, file.confirmed_by, file.countersigned_by) == ("previewed", None, None)
        assert "QC1" in file.failure
        assert Loan.objects.count() == 1
        assert verify_ledger(programme=world.programme).fault is None

    def test_offices_and_auditors_see_it_and_other_files_stay_the_bank_s(self, world: World, file: ImportFile) -> None:
        other = send(world, [["借据号", "还款日期"]], day=DAY)
        seen = {
            name: list(ImportFile.objects.visible_to(getattr(world, name)).order_by("id"))
            for name in ("bank2", "science", "town2", "province", "centre", "auditor")
        }
        assert seen == {
            "bank2": [file, other],
            "science": [file],
            "town2": [file],
            "province": [],
            "centre": [],
            "auditor": [file, other],
        }

    @pytest.mark.parametrize("status", FileStatus.values)
    def test_every_action_from_every_status(self, world: World, file: ImportFile, status: str) -> None:
        now = on(DAY)["now"]
        file.status = status
        if status in ("passed_on", "booking", "booked", "partly"):
            file.mode, file.confirmed_by, file.confirmed_at = "all", world.bank2, now
        if status in ("booking", "booked", "partly"):
            file.countersigned_by, file.countersigned_at = world.town2, now
        file.discard_reason = "作废" if status == "discarded" else ""
        file.save()
        steps: dict[str, Callable[[], Any]] = {
            "pass_on": lambda: imports.confirm_file(import_file=file, mode="all", by=world.bank2, **on(DAY)),
            "countersign": lambda: imports.countersign_file(import_file=file, by=world.town2, **on(DAY)),
            "refuse": lambda: imports.refuse_file(import_file=file, reason="不符", by=world.town2, **on(DAY)),
            "recheck": lambda: imports.recheck_file(import_file=file, by=world.bank, **on(DAY)),
            "discard": lambda: imports.discard_file(import_file=file, reason="选错文件", by=world.bank, **on(DAY)),
        }
        for action, step in steps.items():
            if FILE_LIFECYCLE.allows(action, status):
                with transaction.atomic():
                    step()
                    transaction.set_rollback(True)
            else:
                with refused(WrongState):
                    step()


class TestRefusals:
    def test_a_programme_run_here_from_the_beginning_has_no_openings(self) -> None:
        world = make_world()
        with refused(InvalidInput, "没有启用日", field="kind"):
            send(world, [HEADS], day=DAY, kind="opening")

    def test_not_before_that_day(self, world: World) -> None:
        with refused(InvalidInput, "尚未到", field="kind"):
            send(world, [HEADS], day=STARTED - timedelta(days=1), kind="opening")

    def test_a_foreign_programme_does_not_exist(self, world: World) -> None:
        world.programme.parties.filter(organisation=world.bank_organisation).delete()
        with refused(NotFound):
            send(world, [HEADS], day=DAY, kind="opening")

    @pytest.mark.parametrize("name", ["bank2", "town", "science2", "province"])
    def test_the_bank_s_officer_sends_it(self, world: World, name: str) -> None:
        with refused(NotAllowed):
            send(world, [HEADS], day=DAY, kind="opening", by=getattr(world, name))

    @pytest.mark.parametrize(
        "changes, code",
        [
            ({"发放日期": STARTED, "到期日期": date(2014, 6, 1)}, "E341"),
            ({"期初本金余额": 3_000_001}, "E342"),
            ({"贷款金额": 0, "期初本金余额": 0, "结清日期": date(2013, 1, 5)}, "E342"),
            ({"贷款金额": 5_000_001}, "E343"),
            ({"期初本金余额": 0}, "E344"),
            ({"结清日期": date(2013, 5, 20)}, "E344"),
            ({"期初本金余额": 0, "结清日期": STARTED}, "E344"),
            ({"期初本金余额": 0, "结清日期": date(2012, 9, 15)}, "E344"),
            ({"审批日期": date(2011, 10, 27)}, "E345"),
            ({"合同日期": date(2012, 8, 19)}, "E345"),
            ({"合同日期": date(2012, 9, 16)}, "E345"),
            ({"到期日期": date(2012, 9, 15)}, "E345"),
            ({"统一社会信用代码": "12345678-8"}, "E346"),
            ({"期初本金余额": "-1"}, "E104"),
            ({"担保方式": "信誉"}, "E109"),
            ({"年利率": None}, "E101"),
        ],
    )
    def test_a_row_that_cannot_be_says_why(self, world: World, changes: dict[str, Any], code: str) -> None:
        assert codes(preview_openings(world, [row(world, **changes)])) == [[code]]

    def test_a_batch_of_any_number_is_kept(self, world: World) -> None:
        [loan] = open_loans(world, [row(world, 原批次=999_999)])
        assert loan.credit_line.recommendation.former_batch == 999_999

    def test_the_limits_of_today_are_not_held_against_the_past(self, world: World) -> None:
        past = {
            "授信金额": 30_000_000,
            "贷款金额": 30_000_000,
            "年利率": "19.5",
            "到期日期": date(2016, 9, 14),
            "发放日期": date(2013, 6, 28),
        }
        [loan] = open_loans(world, [row(world, **past)])
        assert (loan.amount, loan.credit_line.term_months) == (Decimal("30000000"), 39)

    def test_the_reserve_has_to_carry_all_of_them(self) -> None:
        world = make_started(funded=False)
        assert codes(preview_openings(world, [row(world)])) == [["E347"]]
        rows = [row(world, 期初本金余额=0, 结清日期=date(2013, 5, 20))]
        assert codes(preview_openings(world, rows)) == [[]]

    def test_rows_are_checked_as_if_those_above_were_booked(self, world: World) -> None:
        # 10,000,000 and 40,000,000 carry 375,000,000.
        big = {"授信金额": 400_000_000, "贷款金额": 200_000_000, "期初本金余额": 200_000_000}
        rows = [row(world, **big), row(world, **big, 借据号="QC2"), row(world, **big, 借据号="QC1"), row(world, 借据号="QC3")]
        assert codes(preview_openings(world, rows)) == [[], ["E347"], ["E302"], []]

    def test_a_note_on_record_is_not_new(self, world: World) -> None:
        open_loans(world, [row(world)])
        assert codes(preview_openings(world, [row(world, 用途="设备")])) == [["E323"]]

    def test_the_size_is_as_written_or_by_the_year_of_the_approval(self, world: World) -> None:
        assert codes(preview_openings(world, [row(world, 批准时规模="")])) == [[]]
        world.programme.enterprise_links.first().enterprise.years.all().delete()  # type: ignore[union-attr]
        assert codes(preview_openings(world, [row(world, 批准时规模="", 借据号="QC2")])) == [["E348"]]

    def test_the_declared_total_is_that_of_the_balances(self, world: World) -> None:
        assert said(preview_openings(world, register(world), declared_total=Decimal("3000000"))) == []
        assert said(preview_openings(world, register(world)[:2], declared_total=Decimal("7000000"))) == ["E021"]

    def test_an_error_keeps_the_whole_file_out(self, world: World) -> None:
        file = preview_openings(world, [*register(world), row(world, 借据号="QC8", 期初本金余额=9_000_000)])
        with refused(FileHasErrors):
            pass_on(world, file)

    def test_the_statements_of_reading_do_not_grow_with_the_rows(self, world: World) -> None:
        counts = []
        for number in (1, 9):
            rows = [row(world, 借据号=f"N{n}", 贷款金额=1000, 期初本金余额=1000, 审批日期=date(2012, 8, n)) for n in range(1, number + 1)]
            file = send(world, [HEADS, *rows], day=DAY, kind="opening")
            file.claimed_at, file.status = on(DAY)["now"], FileStatus.READING
            file.save()
            with CaptureQueriesContext(connection) as captured:
                imports.read_file(import_file=file, **on(DAY))
            assert codes(file) == [[]] * number
            counts.append(len(captured))
        assert counts[0] == counts[1]


def test_terms_are_whole_months_as_long_as_the_loan_needs() -> None:
    assert [term_of(date(2012, 9, 15), day) for day in (date(2012, 9, 16), date(2012, 10, 15), date(2012, 10, 16), date(2013, 9, 14))] == [
        1,
        1,
        2,
        12,
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owed=st.integers(1, 300_000_000), parts=st.lists(st.integers(1, 99_999_999), max_size=3))
def test_the_earmark_is_always_the_target_of_what_is_owed(owed: int, parts: list[int]) -> None:
    with transaction.atomic():
        world = make_started()
        [loan] = open_loans(world, [row(world, 期初本金余额=f"{Decimal(owed) / 100:.2f}")])
        for place, part in enumerate(parts):
            paid = min(Decimal(part) / 100, loan.outstanding)
            if loan.is_running and paid:
                make_repayment(world, loan, paid, paid_on=date(2013, 7, 4) + timedelta(days=place), interest=Decimal("0"))
        rules = loan.credit_line.rules
        assert loan.held == earmark_target(loan.outstanding, rules.leverage, rules.match_ratio)
        assert loan.amount - loan.repaid == loan.outstanding
        assert verify_ledger(programme=world.programme).fault is None
        assert record_fault(world.programme) is None
        transaction.set_rollback(True)


def test_preview_needs_every_column(world: World) -> None:
    assert said(preview(world, [HEADS[:-2], ["x"] * (len(HEADS) - 2)], day=DAY, kind="opening")) == ["E002"]
