"""Files of repayments from upload to booking: who may, what is said, what is taken, and that nothing is left unsaid."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from loans.errors import FileHasErrors, FileTooLongForAll, NothingToBook, SameFile
from loans.import_enums import FILE_LIFECYCLE, FileStatus
from loans.models import ImportFile, Loan, Repayment
from loans.services import imports
from loans.services.imports import booking, files, reading
from loans.services.imports.desks import desk_of
from parties.delegations import acting
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification
from parties.selectors import action_label
from parties.services.delegations import make_delegation
from reserve.quarters import Quarter
from tests.factories import World, fund, make_entered, make_enterprise, make_line, make_loan, make_repayment, make_world, on
from tests.support.imports import REPAYMENT_HEADS, codes, confirm, csv_bytes, only_row, preview, said, send, work
from tests.support.rows import refused
from tests.support.workbooks import workbook

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 25)
PAID = date(2012, 9, 20)
HEADS = list(REPAYMENT_HEADS)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return make_loan(world)


def row(loan: Loan, **changes: Any) -> list[Any]:
    values = {"借据号": loan.note_no, "还款日期": PAID, "归还本金": 1000000, "支付利息": None, "支付罚息": None, "回单号": "HD1"} | changes
    return [values[head] for head in HEADS]


def several(world: World, count: int) -> Iterator[Loan]:
    for number in range(1, count + 1):
        yield make_loan(world, make_line(world, make_enterprise(world, number), amount="3000000"))


class TestUpload:
    @pytest.mark.parametrize("name", ["bank2", "province", "town", "centre", "auditor", "sysadmin"])
    def test_only_who_may_enter_a_repayment_sends_a_file_of_them(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            send(world, [HEADS, row(loan)], day=DAY, by=getattr(world, name))

    def test_a_foreign_programme_does_not_exist(self, world: World, loan: Loan) -> None:
        world.programme.parties.filter(organisation=world.bank_organisation).delete()
        with refused(NotFound):
            send(world, [HEADS, row(loan)], day=DAY)

    def test_the_same_bytes_are_refused_while_they_count_and_said_when_they_do_not(self, world: World, loan: Loan) -> None:
        content = workbook([HEADS, row(loan)])
        first = send(world, content, day=DAY)
        with refused(SameFile, "已于 2012-09-25 10:00 由bank上传"):
            send(world, content, day=DAY)
        imports.discard_file(import_file=first, reason="选错文件", by=world.bank, **on(DAY))
        assert said(preview(world, content, day=DAY)) == ["W014"]

    @pytest.mark.parametrize(
        "changes, field",
        [
            ({"kind": "balances"}, "kind"),
            ({"position_on": PAID}, "position_on"),
            ({"kind": "positions"}, "position_on"),
            ({"kind": "positions", "position_on": date(2012, 9, 30)}, "position_on"),
            ({"kind": "positions", "position_on": date(2012, 8, 30)}, "position_on"),
            ({"kind": "positions", "position_on": date(2012, 8, 31), "quarter": Quarter(2012, 3)}, "quarter"),
            ({"declared_total": Decimal("-1")}, "declared_total"),
        ],
    )
    def test_what_does_not_fit_is_refused_beside_its_field(self, world: World, loan: Loan, changes: dict[str, Any], field: str) -> None:
        with refused(InvalidInput, field=field):
            send(world, [HEADS, row(loan)], day=DAY, **changes)

    @pytest.mark.parametrize("size", [0, 21 * 2**20])
    def test_nothing_and_too_much_are_refused(self, world: World, size: int) -> None:
        with refused(InvalidInput, field="file"):
            send(world, b"x" * size, day=DAY)


class TestReading:
    def test_a_good_file_waits_for_a_reviewer_with_every_row_s_verdict(self, world: World, loan: Loan) -> None:
        file = preview(world, [HEADS, row(loan)], day=DAY)
        assert (file.status, file.rows_total, file.rows_done, file.findings) == ("previewed", 1, 1, [])
        assert (only_row(file).verdict, only_row(file).loan) == ("ok", loan)
        assert file.origin == "XLSX，工作表“数据”"
        assert not Repayment.objects.exists()
        told = Notification.objects.filter(url=file.get_absolute_url()).values_list("recipient__username", "subject")
        assert set(told) == {
            ("bank", "数据文件已核对：还款明细.xlsx"),
            ("bank2", "待复核数据文件：还款明细.xlsx"),
            ("bank3", "待复核数据文件：还款明细.xlsx"),
        }

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    def test_a_text_file_is_read_in_the_encodings_banks_use(self, world: World, loan: Loan, encoding: str) -> None:
        content = csv_bytes([HEADS, row(loan, 还款日期="2012年9月20日")], encoding=encoding)
        assert codes(preview(world, content, day=DAY, name="还款.csv")) == [[]]

    def test_headings_may_stand_below_a_title_with_units_and_other_names(self, world: World, loan: Loan) -> None:
        rows = [["小榄村镇银行还款明细"], [], ["借据编号*", "还款日", "本金（元）"], [loan.note_no, PAID, 1000000]]
        assert codes(preview(world, rows, day=DAY)) == [[]]

    @pytest.mark.parametrize(
        "content, code",
        [
            (b"MZ\x90\x00not a table", "E001"),
            (b"not a table", "E002"),
            (b"PK\x03\x04broken", "E001"),
            (workbook([["借据号", "归还本金"], ["JJ1", 1]]), "E002"),
            (workbook([[*HEADS, "本金"], ["JJ1", PAID, 1]]), "E003"),
            (workbook([HEADS]), "E004"),
        ],
    )
    def test_a_file_of_which_no_row_can_be_read_fails_and_says_why(self, world: World, content: bytes, code: str) -> None:
        file = preview(world, content, day=DAY)
        assert (file.status, said(file)) == ("failed", [code])
        assert file.failure
        assert not file.rows.exists()

    def test_each_row_is_planned_as_if_those_above_were_booked(self, world: World, loan: Loan) -> None:
        rows = [HEADS, row(loan, 归还本金=4000000), row(loan, 归还本金=2000000, 回单号="HD2"), row(loan, 归还本金=1000000, 回单号="HD3")]
        rows += [row(loan, 归还本金=1, 回单号="HD4")]
        assert codes(preview(world, rows, day=DAY)) == [[], ["E319"], [], ["E313"]]

    def test_what_is_beside_the_table_is_said(self, world: World, loan: Loan) -> None:
        content = workbook([[*HEADS, "客户经理"], [*row(loan), "李明"], ["合计", None, 1000000]], 其他=[["备注"]])
        assert said(preview(world, content, day=DAY)) == ["W011", "W012", "W015"]

    def test_declared_figures_are_held_against_the_rows(self, world: World, loan: Loan) -> None:
        rows = [HEADS, row(loan), row(loan, 归还本金="1,00", 回单号="HD2")]
        file = preview(world, rows, day=DAY, declared_total=Decimal("1000000.01"), declared_count=3)
        assert said(file) == ["E022", "E021"]
        assert file.findings[1]["text"] == "申报合计 1,000,000.01 元，各行合计 1,000,000.00 元（1 行的金额无法识别，未计入）。"
        assert said(preview(world, [*rows[:2], ["合计", None, 2000000]], day=DAY)) == ["W015", "E021"]
        assert said(preview(world, rows[:2], day=DAY, declared_total=Decimal("1000000"), declared_count=1)) == []

    def test_the_statements_do_not_grow_with_the_rows(self, world: World) -> None:
        loans = list(several(world, 6))
        counts = []
        for number in (1, 6):
            file = send(world, [HEADS, *(row(one) for one in loans[:number])], day=DAY)
            file.claimed_at, file.status = on(DAY)["now"], FileStatus.READING
            file.save()
            with CaptureQueriesContext(
                connection,
            ) as captured:
                imports.read_file(import_file=file, **on(DAY))
            assert codes(file) == [[]] * number
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_long_files_are_read_in_chunks_with_progress(self, world: World, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "CHUNK", 2)
        rows = [row(loan, 归还本金=100000, 回单号=f"HD{number}") for number in range(5)]
        file = preview(world, [HEADS, *rows, row(loan, 归还本金=100000, 回单号="HD0")], day=DAY)
        assert codes(file) == [[], [], [], [], [], ["E301"]]

    def test_a_reading_that_broke_off_is_taken_over_and_a_third_break_ends_it(self, world: World, loan: Loan) -> None:
        file = send(world, [HEADS, row(loan)], day=DAY)
        ImportFile.objects.filter(pk=file.pk).update(status="reading", claimed_at=on(DAY)["now"], attempts=1)
        assert not imports.work_next(**on(DAY))
        later = on(DAY)["now"] + timedelta(minutes=16)
        assert imports.work_next(on=DAY, now=later)
        file.refresh_from_db()
        assert file.status == "previewed"
        other = send(world, [HEADS, row(loan, 回单号="HD9")], day=DAY)
        ImportFile.objects.filter(pk=other.pk).update(status="reading", claimed_at=on(DAY)["now"], attempts=3)
        assert imports.work_next(on=DAY, now=later)
        other.refresh_from_db()
        assert (other.status, said(other)) == ("failed", ["E001"])

    def test_a_mistake_of_ours_is_tried_again_and_not_for_ever(self, world: World, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(reading, "desk_of", fails)
        file = send(world, [HEADS, row(loan)], day=DAY)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                imports.work_next(**on(DAY))
        work(DAY)
        file.refresh_from_db()
        assert (file.status, said(file)) == ("failed", ["E001"])


class TestConfirm:
    def test_it_is_another_person_with_the_grant_who_saw_this_version(self, world: World, loan: Loan) -> None:
        file = preview(world, [HEADS, row(loan)], day=DAY)
        for name in ("bank", "province2", "auditor"):
            with refused(NotAllowed):
                confirm(world, file, day=DAY, by=getattr(world, name))
        with refused(Conflict):
            imports.confirm_file(import_file=file, mode="good", version=1, by=world.bank2, **on(DAY))
        with refused(InvalidInput, field="mode"):
            imports.confirm_file(import_file=file, mode="some", by=world.bank2, **on(DAY))
        world.bank.role = "reviewer"
        world.bank.save()
        with refused(SamePerson):
            imports.confirm_file(import_file=file, mode="good", by=world.bank, **on(DAY))

    def test_confirmed_every_row_is_booked_by_the_two_people_with_their_release(self, world: World, loan: Loan) -> None:
        file = confirm(world, preview(world, [HEADS, row(loan)], day=DAY), day=DAY, mode="all")
        loan.refresh_from_db()
        booked = only_row(file).repayment
        assert booked is not None
        assert (file.status, only_row(file).state, booked.status) == ("booked", "booked", "confirmed")
        assert (booked.entered_by, booked.confirmed_by, booked.receipt_no) == (world.bank, world.bank2, "HD1")
        assert (loan.outstanding, loan.earmarked) == (Decimal("4000000"), Decimal("533333.33"))
        trail = AuditEvent.objects.filter(object_type="loans.importfile", object_id=str(file.pk)).order_by("id")
        assert list(trail.values_list("action", flat=True)) == ["import.upload", "import.read", "import.confirm", "import.book"]
        assert [action_label(one.action) for one in trail] == ["上传数据文件", "核对数据文件", "复核数据文件", "采纳数据文件"]
        call_command("verify_ledger", stdout=StringIO())

    def test_what_a_deputy_sent_is_booked_after_the_place_is_given_back(self, world: World, loan: Loan) -> None:
        place = {"absent": world.bank, "delegate": world.bank2, "starts_on": DAY, "ends_on": DAY, "reason": "出差"}
        make_delegation(**place, by=world.bank, **on(DAY))
        file = preview(world, [HEADS, row(loan)], day=DAY, by=acting(world.bank2, DAY))
        assert not Notification.objects.filter(subject__startswith="待复核数据文件", recipient__in=(world.bank, world.bank2)).exists()
        booked = only_row(confirm(world, file, day=DAY + timedelta(1), mode="all", by=world.bank3)).repayment
        assert booked is not None
        assert (booked.entered_by, booked.confirmed_by) == (world.bank2, world.bank3)
        lines = AuditEvent.objects.filter(action__in=("import.upload", "repayment.enter"))
        assert {line.person for line in lines} == {"bank2（代bank）"}

    def test_good_rows_are_taken_and_the_bad_ones_wait_until_what_they_lack_is_there(self, world: World, loan: Loan) -> None:
        late = make_entered(world, make_line(world, make_enterprise(world, 2), amount="3000000"))
        file = preview(world, [HEADS, row(loan), row(late), row(loan, 借据号="没有")], day=DAY)
        assert codes(file) == [[], ["E312"], ["E311"]]
        with refused(FileHasErrors):
            confirm(world, file, day=DAY, mode="all")
        confirm(world, file, day=DAY)
        assert (file.status, Repayment.objects.count()) == ("partly", 1)
        from loans.services.loans import confirm_loan

        confirm_loan(loan=late, by=world.bank2, **on(DAY))
        imports.recheck_file(import_file=file, version=file.version, by=world.bank, **on(DAY))
        work(DAY)
        file.refresh_from_db()
        assert codes(file) == [[], [], ["E311"]]
        confirm(world, file, day=DAY)
        assert (file.status, Repayment.objects.count()) == ("partly", 2)

    def test_a_row_refused_when_it_is_booked_says_so_and_the_others_go_on(self, world: World) -> None:
        first, second = several(world, 2)
        file = preview(world, [HEADS, row(first), row(second)], day=DAY)
        make_repayment(world, first, "2500000", paid_on=PAID, day=DAY)
        confirm(world, file, day=DAY)
        assert (file.status, codes(file)) == ("partly", [["E391"], []])
        assert "500,000.00" in file.rows.get(number=2).findings[0]["text"]

    def test_all_or_nothing_is_nothing_when_one_row_is_refused(self, world: World) -> None:
        first, second = several(world, 2)
        file = preview(world, [HEADS, row(first), row(second)], day=DAY)
        make_repayment(world, second, "2500000", paid_on=PAID, day=DAY)
        before = Repayment.objects.count()
        confirm(world, file, day=DAY, mode="all")
        assert (file.status, codes(file), Repayment.objects.count()) == ("previewed", [[], ["E391"]], before)
        assert file.failure.startswith("第 3 行未能采纳：")
        assert file.confirmed_by is None

    def test_a_file_whose_sum_is_wrong_is_not_taken_as_a_whole(self, world: World, loan: Loan) -> None:
        file = preview(world, [HEADS, row(loan)], day=DAY, declared_total=Decimal(1))
        with refused(FileHasErrors, "文件本身有错误"):
            confirm(world, file, day=DAY, mode="all")

    def test_nothing_good_is_nothing_to_confirm(self, world: World, loan: Loan) -> None:
        file = preview(world, [HEADS, row(loan, 归还本金="坏")], day=DAY)
        with refused(NothingToBook):
            confirm(world, file, day=DAY)

    def test_all_or_nothing_has_a_limit(self, world: World, loan: Loan, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "ALL_LIMIT", 0)
        file = preview(world, [HEADS, row(loan)], day=DAY)
        with refused(FileTooLongForAll, "现有 1 行"):
            confirm(world, file, day=DAY, mode="all")

    def test_booking_that_broke_off_goes_on_where_it_stopped(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        file = preview(world, [HEADS, *(row(one) for one in several(world, 3))], day=DAY)
        imports.confirm_file(import_file=file, mode="good", by=world.bank2, **on(DAY))
        real, seen = booking._book_row, []

        def breaks(desk: Any, one: Any, **when: Any) -> None:
            seen.append(one.number)
            if len(seen) == 2:
                raise OSError("the machine goes down")
            real(desk, one, **when)

        monkeypatch.setattr(booking, "_book_row", breaks)
        with pytest.raises(OSError, match="goes down"):
            imports.work_next(**on(DAY))
        assert imports.work_next(**on(DAY))
        file.refresh_from_db()
        assert (file.status, Repayment.objects.count()) == ("booked", 3)

    def test_a_long_file_is_booked_a_piece_at_a_time(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(booking, "PIECE", 2)
        file = preview(world, [HEADS, *(row(one) for one in several(world, 3))], day=DAY)
        imports.confirm_file(import_file=file, mode="good", by=world.bank2, **on(DAY))
        assert imports.work_next(**on(DAY))
        file.refresh_from_db()
        assert (file.status, file.rows_done, file.claimed_at, Repayment.objects.count()) == ("booking", 2, None, 2)
        assert imports.work_next(**on(DAY))
        assert not imports.work_next(**on(DAY))
        file.refresh_from_db()
        assert (file.status, file.rows_done, Repayment.objects.count()) == ("booked", 3, 3)

    def test_two_workers_on_one_file_book_each_row_once(self, world: World) -> None:
        file = preview(world, [HEADS, *(row(one) for one in several(world, 2))], day=DAY)
        imports.confirm_file(import_file=file, mode="good", by=world.bank2, **on(DAY))
        file.refresh_from_db()
        seen_before = list(booking._rows(booking._waiting(file)))
        imports.book_file(import_file=file, **on(DAY))
        for one in seen_before:
            booking._book_row(desk_of(file, DAY), one, **on(DAY))
        assert Repayment.objects.count() == 2


class TestDiscard:
    def test_before_booking_and_with_a_reason(self, world: World, loan: Loan) -> None:
        file = preview(world, [HEADS, row(loan)], day=DAY)
        with refused(InvalidInput, field="reason"):
            imports.discard_file(import_file=file, reason=" ", by=world.bank, **on(DAY))
        imports.discard_file(import_file=file, reason="选错文件", by=world.bank2, **on(DAY))
        file.refresh_from_db()
        assert (file.status, file.discard_reason) == ("discarded", "选错文件")

    def test_what_is_partly_booked_stays(self, world: World, loan: Loan) -> None:
        file = confirm(world, preview(world, [HEADS, row(loan), row(loan, 借据号="没有")], day=DAY), day=DAY)
        imports.recheck_file(import_file=file, by=world.bank, **on(DAY))
        with refused(InvalidInput, "已有行采纳"):
            imports.discard_file(import_file=file, reason="选错文件", by=world.bank, **on(DAY))


@pytest.mark.parametrize("status", FileStatus.values)
def test_every_action_from_every_status(world: World, loan: Loan, status: str) -> None:
    file = preview(world, [HEADS, row(loan)], day=DAY)
    file.status = status
    if status in ("passed_on", "booking", "booked", "partly"):
        file.mode, file.confirmed_by, file.confirmed_at = "good", world.bank2, on(DAY)["now"]
    file.discard_reason = "作废" if status == "discarded" else ""
    file.save()
    steps: dict[str, Any] = {
        "confirm": lambda: imports.confirm_file(import_file=file, mode="good", by=world.bank2, **on(DAY)),
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
