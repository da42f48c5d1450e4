"""The bank's statements beside the ledger: what matches, what differs, who explains and who confirms."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from common.append_only import AppendOnlyError
from common.errors import InvalidInput, NotAllowed, NotFound, WrongState
from common.sheets import Unreadable
from parties.enums import OrganisationKind
from parties.models import Notification, User
from reserve.enums import DifferenceKind, EntryStatus, StatementStatus
from reserve.errors import (
    BadStatement,
    DifferenceExplained,
    DifferenceGone,
    NotOwnAccount,
    ProgrammeClosed,
    StatementArithmetic,
    StatementNotContinuous,
    StatementOverlaps,
)
from reserve.models import BankStatement, BankStatementLine, Programme, StatementExplanation
from reserve.rules import CashLine, cash_differences, receipt_in
from reserve.selectors.statements import explanations_to_confirm, last_reconciliations, reconciliation, reconciliations
from reserve.services import interest_reversals, statements
from reserve.services.programmes import end_programme
from reserve.services.statement_reading import StatementRow, read_file, read_text
from tests.factories import World, at, fund, make_interest, make_statement, make_world
from tests.support.ledger import faults_of
from tests.support.route_subjects import outsiders
from tests.support.rows import refused
from tests.support.workbooks import workbook

pytestmark = pytest.mark.django_db
DAY = date(2012, 3, 21)
LATER = at(2012, 4, 5)


@pytest.fixture
def world() -> World:
    return fund(make_world())


def kinds(statement: BankStatement) -> list[str]:
    return [str(item.difference.kind) for item in reconciliation(statement).items]


def explain(world: World, statement: BankStatement, *, text: str = "银行记错，下月更正", by: User | None = None, index: int = 0) -> Any:
    difference = reconciliation(statement).items[index].difference
    sides = {"line": difference.bank, "ledger_entry": difference.book}
    named = {name: side.key if side else None for name, side in sides.items()}
    return statements.explain_difference(bank_statement=statement, kind=difference.kind, **named, text=text, by=by or world.bank, **LATER)


def accept(world: World, explanation: StatementExplanation, by: User | None = None) -> StatementExplanation:
    return statements.accept_explanation(statement_explanation=explanation, by=by or world.province2, **LATER)


def drop(world: World, explanation: StatementExplanation, by: User | None = None, reason: str = "理由不足") -> StatementExplanation:
    return statements.discard_explanation(statement_explanation=explanation, reason=reason, by=by or world.province2, **LATER)


# --- matching ---------------------------------------------------------------------------------------------------------


def lines(*rows: tuple[int, str, str], period: int | None = 1, start: int = 1) -> list[CashLine]:
    return [
        CashLine(key, DAY + timedelta(days=offset), Decimal(amount), receipt, period)
        for key, (offset, amount, receipt) in enumerate(rows, start)
    ]


@pytest.mark.parametrize(
    ("bank", "book", "expected"),
    [
        ([(0, "5", "A")], [(0, "5", "A")], []),
        ([(0, "5", "A"), (0, "5", "B")], [(0, "5", "B"), (0, "5", "A")], []),
        ([(0, "5", "")], [(0, "5", "A")], []),
        ([(0, "5", "A")], [(0, "5", "")], []),
        ([(0, "5", "A")], [(0, "-5", "A")], ["only_bank", "only_ledger"]),
        ([(0, "5", "A")], [(1, "5", "A")], ["day"]),
        ([(0, "5", "A")], [(0, "6", "A")], ["amount"]),
        ([(0, "5", "A")], [(3, "6", "A")], ["amount"]),
        ([(0, "5", "A")], [(0, "5", "B")], ["receipt"]),
        ([(0, "5", "")], [(1, "5", "")], ["only_bank", "only_ledger"]),
        ([(0, "5", "A"), (0, "5", "A")], [(0, "5", "A")], ["only_bank"]),
        ([], [(0, "5", "A"), (0, "5", "A")], ["only_ledger", "only_ledger"]),
    ],
)
def test_lines_are_matched_by_day_direction_amount_and_receipt(bank: Any, book: Any, expected: list[str]) -> None:
    assert [one.kind for one in cash_differences(lines(*bank), lines(*book))] == expected


def test_what_is_on_its_way_at_a_periods_end_is_no_difference_once_the_other_side_has_it() -> None:
    assert cash_differences(lines((0, "5", "A"), period=1), lines((2, "5", "A"), period=2)) == []
    assert cash_differences(lines((0, "5", "A"), period=1), lines((2, "5", "A"), period=None)) == []


def test_a_movement_on_a_day_no_statement_speaks_of_is_no_difference() -> None:
    assert cash_differences([], lines((0, "5", "A"), period=None)) == []


line_lists = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["5", "-5", "7"]), st.sampled_from(["", "A", "B"])), max_size=6)


@given(line_lists, line_lists)
def test_the_gaps_add_up_to_what_the_sides_differ_by(bank: Any, book: Any) -> None:
    found = cash_differences(lines(*bank), lines(*book))
    total = sum((line.amount for line in lines(*bank)), Decimal(0)) - sum((line.amount for line in lines(*book)), Decimal(0))
    assert sum((one.gap for one in found), Decimal(0)) == total


@given(line_lists)
def test_a_side_never_differs_from_itself(rows: Any) -> None:
    assert cash_differences(lines(*rows), lines(*reversed(rows), start=100)[::-1]) == []


@pytest.mark.parametrize(("memo", "receipt"), [("出资，回单号 HD1", "HD1"), ("回单作废", ""), ("回单号 HD1，补记", ""), ("", "")])
def test_an_entrys_receipt_is_what_its_memo_names_last(memo: str, receipt: str) -> None:
    assert receipt_in(memo) == receipt


# --- statements ---------------------------------------------------------------------------------------------------------


def test_a_statement_that_agrees_line_by_line_is_even(world: World) -> None:
    row = make_interest(world, "150", booked_on=DAY)
    statement = make_statement(world, (DAY, "150", row.receipt_no))
    found = reconciliation(statement)
    assert (found.is_even, found.items, found.book_opening, found.book_closing) == (True, [], Decimal("10000000"), Decimal("10000150"))
    assert (found.income, found.expense) == (Decimal("150"), 0)
    assert Notification.objects.filter(recipient=world.province, subject__contains="对平").count() == 1
    assert faults_of(world.programme) == ""


def test_the_whole_life_of_the_account_from_its_first_deposit(world: World) -> None:
    deposit = world.provincial_account.contributions.get()
    statement = make_statement(
        world, (date(2011, 11, 11), "10000000", deposit.receipt_no), first=date(2011, 11, 1), last=date(2011, 11, 30), opening="0"
    )
    assert reconciliation(statement).is_even


def test_what_is_at_the_bank_alone_is_resolved_by_the_entry_posted_later(world: World) -> None:
    statement = make_statement(world, (DAY, "150", "LX00001"))
    assert kinds(statement) == ["only_bank"]
    assert reconciliation(statement).open_count == 1
    make_interest(world, "150", booked_on=date(2012, 4, 5), receipt_no="other", confirmed=False)
    assert kinds(statement) == ["only_bank"]
    from reserve.services import interest

    row = interest.enter_interest(
        account=world.provincial_account,
        amount=Decimal("150"),
        booked_on=DAY,
        receipt_no="LX00001",
        period_first=DAY,
        period_last=DAY,
        by=world.bank,
        **LATER,
    )
    interest.confirm_interest(account_interest=row, by=world.bank2, **LATER)
    assert reconciliation(statement).is_even


def test_an_entry_taken_back_on_its_own_value_date_is_as_if_it_had_never_been(world: World) -> None:
    row = make_interest(world, "150", booked_on=DAY)
    statement = make_statement(world)
    assert kinds(statement) == ["only_ledger"]
    reversal = interest_reversals.enter_interest_reversal(account_interest=row, reason="误录", by=world.bank, **LATER)
    interest_reversals.confirm_interest_reversal(interest_reversal=reversal, by=world.bank2, **LATER)
    assert reconciliation(statement).is_even


def test_a_statement_sent_later_resolves_what_was_on_its_way(world: World) -> None:
    row = make_interest(world, "150", booked_on=date(2012, 3, 31))
    first = make_statement(world)
    assert kinds(first) == ["only_ledger"]
    second = make_statement(world, (date(2012, 4, 1), "150", row.receipt_no), first=date(2012, 4, 1), last=date(2012, 4, 30))
    assert [kinds(one) for one in (first, second)] == [[], []]
    assert reconciliation(second).follows


def test_another_opening_balance_is_a_difference_of_the_first_statement_alone(world: World) -> None:
    first = make_statement(world, opening="10000001")
    assert kinds(first) == ["opening"]
    second = make_statement(world, first=date(2012, 4, 1), last=date(2012, 4, 30), opening="10000001")
    assert kinds(second) == []
    explanation = explain(world, first)
    assert explanation.gap == Decimal("1.00")
    accept(world, explanation)
    assert reconciliation(first).is_even


class TestEntry:
    def send(self, world: World, **changes: Any) -> BankStatement:
        values: dict[str, Any] = {
            "account": world.provincial_account,
            "first": date(2012, 1, 1),
            "last": date(2012, 3, 31),
            "opening": Decimal("10000000"),
            "closing": Decimal("10000000"),
            "lines": [],
            "by": world.bank,
        }
        return statements.enter_statement(**values | changes, **LATER)

    def test_one_that_does_not_add_up_is_refused_with_its_figures(self, world: World) -> None:
        rows = [StatementRow(DAY, income=Decimal("150")), StatementRow(DAY, expense=Decimal("20"))]
        with refused(StatementArithmetic, field="closing") as caught:
            self.send(world, lines=rows)
        for figure in ("10,000,000.00", "150.00", "20.00", "10,000,130.00", "130.00"):
            assert figure in caught.value.message

    @pytest.mark.parametrize(
        ("changes", "error", "field"),
        [
            ({"first": date(2012, 4, 1)}, BadStatement, "last"),
            ({"last": date(2012, 4, 6)}, BadStatement, "last"),
            ({"opening": Decimal("0.001")}, InvalidInput, "opening"),
            ({"closing": Decimal("-1")}, InvalidInput, "closing"),
            ({"lines": [StatementRow(date(2012, 4, 1), income=Decimal(1))]}, BadStatement, "lines"),
            ({"lines": [StatementRow(DAY, income=Decimal(1), balance=Decimal("10000002"))]}, BadStatement, "lines"),
        ],
    )
    def test_wrong_days_amounts_and_lines_are_refused(self, world: World, changes: dict[str, Any], error: Any, field: str) -> None:
        with refused(error, field=field):
            self.send(world, **changes)

    def test_the_banks_running_balance_names_the_line_where_it_breaks(self, world: World) -> None:
        rows = [
            StatementRow(DAY, income=Decimal(1), balance=Decimal("10000001")),
            StatementRow(DAY, income=Decimal(1), balance=Decimal("10000003")),
            StatementRow(DAY, income=Decimal(1), balance=Decimal("10000004")),
        ]
        with refused(BadStatement, "第 2 笔", field="lines") as caught:
            self.send(world, lines=rows)
        assert len(caught.value.fields["lines"]) == 1

    def test_no_day_belongs_to_two_statements_until_one_is_discarded(self, world: World) -> None:
        statement = self.send(world)
        with refused(StatementOverlaps, "2012-01-01 至 2012-03-31", field="first"):
            self.send(world, first=date(2012, 3, 31))
        assert self.send(world, account=world.town_account, opening=Decimal("40000000"), closing=Decimal("40000000"))
        with refused(InvalidInput, field="reason"):
            statements.discard_statement(bank_statement=statement, reason="", by=world.bank, **LATER)
        statements.discard_statement(bank_statement=statement, reason="期间有误", by=world.bank, **LATER)
        with refused(WrongState):
            statements.discard_statement(bank_statement=statement, reason="期间有误", by=world.bank, **LATER)
        assert self.send(world, first=date(2012, 3, 1)).status == StatementStatus.SENT
        assert faults_of(world.programme) == ""

    def test_neighbours_agree_in_their_balances(self, world: World) -> None:
        self.send(world, first=date(2012, 2, 1), last=date(2012, 2, 29))
        with refused(StatementNotContinuous, "2012-02-01 至 2012-02-29", field="opening"):
            self.send(world, first=date(2012, 3, 1), opening=Decimal("9"), closing=Decimal("9"))
        with refused(StatementNotContinuous, field="closing"):
            self.send(world, last=date(2012, 1, 31), opening=Decimal("9"), closing=Decimal("9"))

    @pytest.mark.parametrize("who", ["bank2", "province", "town2", "auditor", "sysadmin"])
    def test_only_an_officer_of_the_bank_sends_and_discards(self, world: World, who: str) -> None:
        statement = self.send(world)
        with refused(NotAllowed):
            self.send(world, by=getattr(world, who), first=date(2012, 4, 1), last=date(2012, 4, 2))
        with refused(NotAllowed):
            statements.discard_statement(bank_statement=statement, reason="期间有误", by=getattr(world, who), **LATER)

    def test_not_from_elsewhere(self, world: World) -> None:
        officer = next(user for user in outsiders(world) if user.kind == OrganisationKind.BANK)
        with refused(NotFound):
            self.send(world, by=officer)

    def test_not_once_the_programme_is_settled(self, world: World) -> None:
        statement = self.send(world)
        close(world)
        with refused(ProgrammeClosed):
            self.send(world, first=date(2012, 4, 1), last=date(2012, 4, 2))
        with refused(ProgrammeClosed):
            statements.discard_statement(bank_statement=statement, reason="期间有误", by=world.bank, **LATER)


def close(world: World) -> None:
    end_programme(programme=world.programme, ended_on=DAY, reason="期满", by=world.province2, **LATER)
    programme = Programme.objects.get()
    programme.status, programme.closed_on, programme.closed_by = "closed", DAY, world.province2
    programme.save()


class TestExplanations:
    def test_said_by_the_bank_and_confirmed_by_the_accounts_owner(self, world: World) -> None:
        statement = make_statement(world, (DAY, "150", "X1"))
        explanation = explain(world, statement)
        assert reconciliation(statement).open_count == 1
        assert list(explanations_to_confirm(world.province2)) == [explanation]
        assert list(explanations_to_confirm(world.town2)) == []
        assert accept(world, explanation).status == EntryStatus.CONFIRMED
        found = reconciliation(statement)
        assert (found.is_even, len(found.items)) == (True, 1)

    def test_a_difference_is_explained_once_until_its_explanation_falls(self, world: World) -> None:
        statement = make_statement(world, (DAY, "150", "X1"))
        explanation = explain(world, statement)
        with refused(DifferenceExplained, "待复核"):
            explain(world, statement)
        with refused(InvalidInput, field="reason"):
            drop(world, explanation, reason=" ")
        drop(world, explanation)
        with refused(WrongState):
            drop(world, explanation)
        with refused(WrongState):
            accept(world, explanation)
        again = explain(world, statement, text="另一说明")
        drop(world, again, by=world.bank, reason="写错了")
        assert reconciliation(statement).open_count == 1

    def test_what_is_not_listed_cannot_be_explained(self, world: World) -> None:
        statement = make_statement(world, (DAY, "150", "X1"))
        for kind, line in (("only_bank", 999), ("day", None), ("only_ledger", None)):
            with refused(DifferenceGone):
                statements.explain_difference(bank_statement=statement, kind=kind, line=line, text="说明", by=world.bank, **LATER)
        with refused(InvalidInput, field="text"):
            explain(world, statement, text="")

    def test_what_has_been_resolved_needs_no_confirmation(self, world: World) -> None:
        row = make_interest(world, "150", booked_on=date(2012, 3, 31))
        statement = make_statement(world)
        explanation = explain(world, statement)
        make_statement(world, (date(2012, 4, 1), "150", row.receipt_no), first=date(2012, 4, 1), last=date(2012, 4, 2))
        with refused(DifferenceGone):
            accept(world, explanation)

    def test_a_discarded_statement_takes_no_explanation(self, world: World) -> None:
        statement = make_statement(world, (DAY, "150", "X1"))
        explanation = explain(world, statement)
        line = statement.lines.get()
        statements.discard_statement(bank_statement=statement, reason="重报", by=world.bank, **LATER)
        with refused(WrongState):
            statements.explain_difference(bank_statement=statement, kind="only_bank", line=line.pk, text="说明", by=world.bank, **LATER)
        with refused(WrongState):
            accept(world, explanation)
        assert list(explanations_to_confirm(world.province2)) == []

    @pytest.mark.parametrize("who", ["province", "bank", "bank2", "science2", "auditor"])
    def test_only_a_reviewer_of_a_funder_confirms(self, world: World, who: str) -> None:
        explanation = explain(world, make_statement(world, (DAY, "150", "X1")))
        with refused(NotAllowed):
            accept(world, explanation, by=getattr(world, who))

    def test_only_of_the_own_account(self, world: World) -> None:
        explanation = explain(world, make_statement(world, (DAY, "150", "X1")))
        with refused(NotOwnAccount):
            accept(world, explanation, by=world.town2)
        with refused(NotOwnAccount):
            drop(world, explanation, by=world.town2)

    @pytest.mark.parametrize("who", ["province2", "bank2", "town"])
    def test_only_an_officer_of_the_bank_explains(self, world: World, who: str) -> None:
        statement = make_statement(world, (DAY, "150", "X1"))
        with refused(NotAllowed):
            explain(world, statement, by=getattr(world, who))
        explanation = explain(world, statement)
        if who != "province2":
            with refused(NotAllowed):
                drop(world, explanation, by=getattr(world, who))


def test_many_statements_take_the_same_number_of_queries(world: World) -> None:
    for month in (1, 2, 3):
        make_statement(world, first=date(2012, month, 1), last=date(2012, month, 20), day=date(2012, 4, 1))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = reconciliations(BankStatement.objects.select_related("account"))
    assert len(found) == 3
    assert len(queries) <= 8  # the accounts, then `reconciliations`
    last = last_reconciliations([world.provincial_account, world.town_account])
    assert {account: one.statement.last for account, one in last.items()} == {world.provincial_account.pk: date(2012, 3, 20)}


def test_lines_are_written_once_and_a_statement_edited_behind_is_named(world: World) -> None:
    statement = make_statement(world, (DAY, "150", "X1"))
    with pytest.raises(AppendOnlyError):
        BankStatementLine.objects.update(income=1)
    BankStatement.objects.filter(pk=statement.pk).update(closing=1)
    assert "银行对账单" in faults_of(world.programme)


@pytest.mark.parametrize("change", [{"opening": -1}, {"last": date(2011, 12, 31)}, {"status": "discarded"}, {"discard_reason": "理由"}])
def test_the_database_keeps_its_constraints(world: World, change: dict[str, Any]) -> None:
    statement = make_statement(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankStatement.objects.filter(pk=statement.pk).update(**change)


@pytest.mark.parametrize("change", [{"gap": 0}, {"kind": "opening"}, {"kind": "day"}, {"text": ""}, {"status": "confirmed"}])
def test_the_database_keeps_those_of_an_explanation(world: World, change: dict[str, Any]) -> None:
    explanation = explain(world, make_statement(world, (DAY, "150", "X1")))
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementExplanation.objects.filter(pk=explanation.pk).update(**change)


# --- reading ------------------------------------------------------------------------------------------------------------

CSV = """对账单,,,,,
日期,收入（元）,支出（元）,回单号,摘要,余额
2012-03-21,"12,345.67",0.00,LX00001,结息,"10,012,345.67"
2012年3月22日,,45.67,FK1,手续费,
合计,"12,345.67",45.67,,,
"""


def test_a_file_is_read_below_its_headings() -> None:
    rows = read_file(BytesIO(CSV.encode("gbk")))
    assert rows == [
        StatementRow(DAY, Decimal("12345.67"), None, "LX00001", "结息", Decimal("10012345.67")),
        StatementRow(date(2012, 3, 22), None, Decimal("45.67"), "FK1", "手续费"),
    ]


def test_a_workbook_is_read_the_same_way() -> None:
    file = workbook([["交易日期", "贷方发生额", "借方发生额", "流水号"], ["2012-03-21", "150", "", "LX1"], ["2012-03-22", "", "20", ""]])
    assert read_file(BytesIO(file)) == [
        StatementRow(DAY, Decimal("150.00"), None, "LX1"),
        StatementRow(date(2012, 3, 22), None, Decimal("20.00")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2012-03-21,150,,LX1,结息",
        "2012-03-21\t150\t\tLX1\t结息",
        "2012-03-21，150，，LX1，结息",
        "日期,收入,支出,回单号,摘要\n2012-03-21,150,,LX1,结息",
    ],
)
def test_a_pasted_text_is_read_with_or_without_headings(text: str) -> None:
    assert read_text(text) == [StatementRow(DAY, Decimal("150.00"), None, "LX1", "结息")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("某日,150,,LX1", "第 1 行：“某日”不是日期"),
        ("2012-03-21,150,20,LX1", "收入、支出须填且只填一项"),
        ("2012-03-21,,,LX1", "收入、支出须填且只填一项"),
        ("2012-03-21,-150,,LX1", "第 1 行"),
        ("2012-03-21,1.234,,LX1", "两位小数"),
        (f"2012-03-21,150,,{'9' * 41}", "回单号最多 40 字"),
        (",150,,LX1", "没有日期"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadStatement) as caught:
        read_text(text)
    assert said in "".join(caught.value.fields["lines"])


def test_every_mistake_of_many_lines_is_told_up_to_twenty() -> None:
    with pytest.raises(BadStatement) as caught:
        read_text("\n".join(["x,1,,"] * 25))
    assert len(caught.value.fields["lines"]) == 21
    assert "另有 5 处" in caught.value.fields["lines"][-1]


@pytest.mark.parametrize(
    ("content", "error"), [(b"a,b\n1,2\n", BadStatement), (b"PK\x03\x04no", Unreadable), (b"\xff\xfe\x00", Unreadable)]
)
def test_a_file_that_is_no_statement_is_refused(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_file(BytesIO(content))


# --- pages and API ------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def form(world: World, **changes: Any) -> dict[str, Any]:
    given = {
        "account": world.provincial_account.pk,
        "first": "2012-03-01",
        "last": "2012-03-31",
        "opening": "10000000",
        "closing": "10012300",
    }
    return {**given, **changes}


def test_pages_by_hand(world: World) -> None:
    officer, owner = signed_in(world.bank), signed_in(world.province2)
    new = reverse("reserve:bank_statement_enter")
    assert officer.get(f"{new}?account={world.provincial_account.pk}").status_code == 200
    file = SimpleUploadedFile("三月.csv", CSV.encode())
    assert officer.post(new, form(world, file=file)).status_code == 302
    statement = BankStatement.objects.get()
    assert (statement.origin, statement.lines.count()) == ("三月.csv", 2)
    page = officer.get(statement.get_absolute_url()).content.decode()
    assert page.count("银行已记、账簿未记") == 2
    explain_url = f"{reverse('reserve:difference_explain', args=[statement.pk])}?kind=only_bank&line={statement.lines.first().pk}"
    assert explain_url.replace("&", "&amp;") in page
    assert "12,345.67" in officer.get(explain_url).content.decode()
    assert officer.post(explain_url, {"text": ""}).status_code == 422
    officer.post(explain_url, {"text": "结息未入账，待录入"})
    explanation = StatementExplanation.objects.get()
    assert "确认对账差异说明" in owner.get("/").content.decode()
    accept = reverse("reserve:explanation_accept", args=[explanation.pk])
    assert accept in owner.get(statement.get_absolute_url()).content.decode()
    assert accept not in signed_in(world.town2).get(statement.get_absolute_url()).content.decode()
    assert owner.post(accept).status_code == 302
    assert "1 项差异未说明" in owner.get(reverse("reserve:bank_statement_list")).content.decode()
    assert officer.get(explain_url).url == statement.get_absolute_url()
    answer = officer.post(explain_url, {"text": "再说一次"})
    assert (answer.status_code, StatementExplanation.objects.count()) == (409, 1)
    officer.post(reverse("reserve:bank_statement_discard", args=[statement.pk]), {"reason": "重报"})
    assert "已作废" in officer.get(statement.get_absolute_url()).content.decode()
    assert officer.get(explain_url).status_code == 302


def test_nothing_typed_is_lost_when_lines_or_file_are_wrong(world: World) -> None:
    officer, new = signed_in(world.bank), reverse("reserve:bank_statement_enter")
    for changes, said in (
        ({"lines": "某日,1,,"}, "不是日期"),
        ({"lines": "2012-03-21,150,,", "closing": "10000000"}, "对账单自身不平"),
        ({"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")}, "没有找到表头"),
        ({"file": SimpleUploadedFile("a.csv", CSV.encode()), "lines": "2012-03-21,1,,"}, "二选一"),
    ):
        answer = officer.post(new, form(world, **changes))
        assert answer.status_code in (400, 422), said
        text = answer.content.decode()
        assert said in text
        assert "2012-03-31" in text
    assert BankStatement.objects.count() == 0


@pytest.mark.parametrize("query", ["", "?kind=only_bank&line=x", "?kind=only_bank&line=999999999999999999999", "?kind=gold&line=1"])
def test_an_odd_difference_in_the_address_is_told(world: World, query: str) -> None:
    statement = make_statement(world, (DAY, "150", "X1"))
    url = reverse("reserve:difference_explain", args=[statement.pk]) + query
    assert "没有这项差异" in signed_in(world.bank).get(url, follow=True).content.decode()
    answer = signed_in(world.bank).post(url, {"text": "说明"})
    assert (answer.status_code, StatementExplanation.objects.count()) == (409, 0)


def test_the_page_takes_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    statement = make_statement(world, *[(DAY, str(n), f"X{n}") for n in range(1, 9)])
    for index in range(3):
        explain(world, statement, index=index)
    client = signed_in(world.bank)
    for url in (statement.get_absolute_url(), reverse("reserve:bank_statement_list")):
        with django_assert_max_num_queries(20):
            assert client.get(url).status_code == 200


def test_the_api(world: World) -> None:
    officer, owner = APIClient(), APIClient()
    officer.force_authenticate(world.bank)
    owner.force_authenticate(world.province2)
    body = {
        **form(world, opening="10000000.00", closing="10000150.00"),
        "lines": [{"day": "2012-03-21", "income": "150.00", "receipt_no": "X1", "balance": "10000150.00"}],
    }
    made = officer.post("/api/v1/bank-statements/", body, format="json")
    assert made.status_code == 201, made.json()
    path = f"/api/v1/bank-statements/{made.json()['id']}/"
    found = officer.get(path).json()["reconciliation"]
    assert (found["even"], found["book_closing"]) == (False, "10000000.00")
    [difference] = found["differences"]
    assert (difference["kind"], difference["gap"], difference["open"], difference["ledger_entry"]) == ("only_bank", "150.00", True, None)
    said = {"statement": made.json()["id"], "kind": "only_bank", "line": difference["line"], "text": "在途"}
    explained = officer.post("/api/v1/statement-explanations/", said, format="json").json()
    assert explained["status"] == "entered"
    explanation = f"/api/v1/statement-explanations/{explained['id']}/"
    assert officer.post(f"{explanation}confirm/").status_code == 403
    assert owner.post(f"{explanation}confirm/").json()["status"] == "confirmed"
    assert owner.get(path).json()["reconciliation"]["even"] is True
    assert owner.post(f"{explanation}discard/", {"reason": "反悔"}, format="json").status_code == 409
    assert officer.get("/api/v1/statement-explanations/?statement=x").status_code == 400
    gone = officer.post(f"{path}discard/", {"reason": "重报"}, format="json").json()
    assert (gone["status"], gone["reconciliation"]) == ("discarded", None)
    assert officer.get("/api/v1/bank-statements/?status=discarded").json()["count"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"closing": "10000149.99"},
        {"lines": [{"day": "2012-03-21"}]},
        {"lines": [{"day": "2012-03-21", "income": "1.00", "expense": "1.00"}]},
        {"lines": [{"day": "2012-03-21", "income": 150}]},
        {"lines": "none"},
        {"account": 999999},
        {"opening": "-1"},
    ],
)
def test_the_api_refuses_a_body_that_does_not_fit(world: World, changes: dict[str, Any]) -> None:
    officer = APIClient()
    officer.force_authenticate(world.bank)
    body = {**form(world, closing="10000150.00"), "lines": [{"day": "2012-03-21", "income": "150.00"}], **changes}
    answer = officer.post("/api/v1/bank-statements/", body, format="json")
    assert (answer.status_code, BankStatement.objects.count()) == (400, 0)


def test_every_kind_has_its_words() -> None:
    assert all(kind.label for kind in DifferenceKind)
