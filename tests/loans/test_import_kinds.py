"""Files of 借据, month-end balances and enterprises from upload to what becomes of their rows."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import NotAllowed
from enterprises.models import Enterprise
from loans.errors import SameFile
from loans.import_enums import FileStatus
from loans.models import Loan, PrincipalMovement
from loans.services import imports
from tests.factories import (
    World,
    deposit,
    enterprise_data,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_repayment,
    make_world,
    match,
    on,
)
from tests.support.imports import codes, confirm, csv_bytes, preview, said, send, work
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 9, 25)
LENT = date(2012, 9, 20)
LOANS = ["企业代码", "借款合同号", "合同日期", "借据号", "贷款金额", "发放日期", "到期日期", "还本付息方式"]
POSITIONS = ["借据号", "本金余额", "状态"]
ENTERPRISES = ["企业名称", "统一社会信用代码", "注册地", "行业代码", "行业分类版本", "成立日期"]


@pytest.fixture
def world() -> World:
    return fund(make_world())


class TestLoans:
    def test_a_note_is_entered_and_confirmed_within_the_line_by_the_two_people(self, world: World) -> None:
        line = make_line(world, amount="3000000", day=date(2012, 9, 3))
        code = f"{line.enterprise.org_code[:8]}-{line.enterprise.org_code[8]}".lower()
        rows = [[code, "HT1", "2012-09-20", f"N{n}", "1500000", "2012-09-20", "2013-08-20", "等额本息"] for n in (1, 2, 3)]
        file = preview(world, csv_bytes([LOANS, *rows]), day=DAY, kind="loans", name="放款.csv")
        assert codes(file) == [[], [], ["E321"]]
        confirm(world, file, day=DAY)
        booked = Loan.objects.order_by("note_no")
        assert [(loan.note_no, loan.status, loan.credit_line) for loan in booked] == [("N1", "active", line), ("N2", "active", line)]
        assert (booked[0].entered_by, booked[0].confirmed_by) == (world.bank, world.bank2)
        assert (booked[0].repayment_method, booked[0].annual_rate) == ("equal_instalment", line.annual_rate)
        assert booked[0].earmarked == Decimal("200000.00")
        assert (file.status, file.rows.get(number=2).loan) == ("partly", booked[0])
        call_command("verify_ledger", stdout=StringIO())

    def test_the_batch_tells_two_lines_of_an_enterprise_apart(self, world: World) -> None:
        company = make_enterprise(world, 1)
        lines = [make_line(world, company, amount="3000000", day=date(2012, 9, 3)) for _ in range(2)]
        batch = lines[1].recommendation.batch
        assert batch is not None
        row = [company.uscc or company.org_code, "HT1", LENT, "N1", 1000000, LENT, date(2013, 8, 20), None, f"第{batch.number}批"]
        file = confirm(world, preview(world, [[*LOANS, "批次"], row], day=DAY, kind="loans"), day=DAY)
        assert file.status == "booked"
        assert Loan.objects.get().credit_line == lines[1]

    def test_rows_together_beyond_the_free_reserve_are_told_before_anything_is_booked(self, world: World) -> None:
        world = make_world(code="small")
        deposit(world, amount="100000")
        match(world, amount="400000")
        rows = []
        for number in (1, 2):
            line = make_line(world, make_enterprise(world, number), amount="3000000", day=date(2012, 9, 3))
            rows.append([line.enterprise.org_code, "HT", LENT, f"N{number}", 3000000, LENT, date(2013, 8, 20)])
        file = preview(world, [LOANS, *rows], day=DAY, kind="loans")
        assert codes(file) == [[], ["E390"]]
        assert "不足" in file.rows.get(number=3).findings[0]["text"]

    def test_while_the_match_is_overdue_no_row_is_covered(self, world: World) -> None:
        line = make_line(world, make_enterprise(world, 1), amount="3000000", day=date(2012, 9, 3))
        deposit(world, arrived_on=date(2012, 7, 2))
        rows = [[line.enterprise.org_code, "HT", LENT, f"N{number}", 1000000, LENT, date(2013, 8, 20)] for number in (1, 2)]
        file = preview(world, [LOANS, *rows], day=DAY, kind="loans")
        assert codes(file) == [["E390"], ["E390"]]


class TestPositions:
    def test_agreeing_balances_are_recorded_and_nothing_is_posted(self, world: World) -> None:
        loan = make_loan(world)
        make_repayment(world, loan, "1000000", paid_on=date(2012, 9, 3), day=DAY)
        posted = PrincipalMovement.objects.count()
        rows = [POSITIONS, [loan.note_no, 5000000, "逾期"], ["合计", 5000000, None]]
        file = preview(world, rows, day=DAY, kind="positions", position_on=date(2012, 8, 31))
        assert (codes(file), said(file)) == ([[]], ["W015"])
        confirm(world, file, day=DAY, mode="all")
        assert (file.status, PrincipalMovement.objects.count()) == ("booked", posted)

    def test_every_loan_with_principal_that_day_is_looked_for(self, world: World) -> None:
        named, left_out, later = (
            make_loan(world, make_line(world, make_enterprise(world, number), amount="3000000"), note_no=f"N{number}")
            for number in (1, 2, 3)
        )
        make_repayment(world, later, "3000000", paid_on=date(2012, 8, 1), day=DAY)
        file = preview(world, [POSITIONS, [named.note_no, 3000000, "逾期"]], day=DAY, kind="positions", position_on=date(2012, 8, 31))
        assert [(one["code"], left_out.note_no in one["text"]) for one in file.findings] == [("E023", True)]

    def test_the_same_balances_may_be_sent_for_each_month_once(self, world: World) -> None:
        rows = csv_bytes([POSITIONS, [make_loan(world).note_no, "5000000.00", "逾期"]])
        for month in (date(2012, 7, 31), date(2012, 8, 31)):
            assert codes(preview(world, rows, day=DAY, kind="positions", position_on=month)) == [[]]
        with refused(SameFile):
            send(world, rows, day=DAY, kind="positions", position_on=date(2012, 8, 31))

    def test_a_loan_in_a_row_that_is_wrong_or_recorded_is_not_said_to_be_left_out(self, world: World) -> None:
        right, wrong = (make_loan(world, make_line(world, make_enterprise(world, n), amount="3000000"), note_no=f"N{n}") for n in (1, 2))
        rows = [POSITIONS, [right.note_no, 3000000, "逾期"], [wrong.note_no, -1, "逾期"]]
        file = preview(world, rows, day=DAY, kind="positions", position_on=date(2012, 8, 31))
        assert (codes(file), said(file)) == ([[], ["E104"]], [])
        confirm(world, file, day=DAY)
        imports.recheck_file(import_file=file, by=world.bank, **on(DAY))
        work(DAY)
        file.refresh_from_db()
        assert (codes(file), said(file), file.status) == ([[], ["E104"]], [], "previewed")


class TestEnterprises:
    def rows(self, *numbers: int) -> list[list[object]]:
        found = [enterprise_data(number) for number in numbers]
        return [[one.name, one.identifier, one.region, one.industry_code, one.industry_edition, date(2005, 1, 1)] for one in found]

    def test_the_city_centre_registers_them_and_one_person_suffices_as_by_hand(self, world: World) -> None:
        make_enterprise(world, 1)
        file = preview(world, [ENTERPRISES, *self.rows(1, 2, 3, 3)], day=DAY, kind="enterprises", by=world.centre)
        assert codes(file) == [["E331"], [], [], ["E302"]]
        confirm(world, file, day=DAY, by=world.centre)
        assert Enterprise.objects.filter(links__programme=world.programme).count() == 3
        assert file.rows.get(number=3).enterprise == Enterprise.objects.get(name=enterprise_data(2).name)

    def test_a_bank_registers_none(self, world: World) -> None:
        with refused(NotAllowed):
            send(world, [ENTERPRISES, *self.rows(1)], day=DAY, kind="enterprises")


@pytest.mark.parametrize("kind", ["loans", "positions", "enterprises"])
def test_the_statements_do_not_grow_with_the_rows(world: World, kind: str) -> None:
    lines = [make_line(world, make_enterprise(world, number), amount="3000000", day=date(2012, 8, 3)) for number in range(1, 7)]
    loans = [make_loan(world, line, day=date(2012, 8, 6), amount=Decimal("1000000")) for line in lines]
    rows: dict[str, list[list[object]]] = {
        "loans": [[line.enterprise.org_code, "HT", LENT, f"N{line.pk}", 1000000, LENT, date(2013, 8, 20)] for line in lines],
        "positions": [[loan.note_no, 1000000, "正常"] for loan in loans],
        "enterprises": TestEnterprises().rows(*range(11, 17)),
    }
    heads = {"loans": LOANS, "positions": POSITIONS, "enterprises": ENTERPRISES}[kind]
    more = {"position_on": date(2012, 8, 31)} if kind == "positions" else {}
    counts = []
    for number in (1, 6):
        content = [heads, *rows[kind][:number]]
        file = send(world, content, day=DAY, kind=kind, by=world.centre if kind == "enterprises" else None, **more)
        file.claimed_at, file.status = on(DAY)["now"], FileStatus.READING
        file.save()
        with CaptureQueriesContext(connection) as captured:
            imports.read_file(import_file=file, **on(DAY))
        assert codes(file) == [[]] * number
        counts.append(len(captured))
    assert counts[0] == counts[1]
