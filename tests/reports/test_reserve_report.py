"""准备金收支: opening and movements are closing, by value date, over any history; page, papers and API say the same."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from loans.models import Loan
from loans.selectors.exposure import outstanding_at
from parties.models import User
from reports.errors import PeriodNotBegun, ReportNotBalanced
from reports.selectors.periods import latest_period, periods_of, read_period
from reports.selectors.reserve_report import EXPENDITURE, INCOME, KINDS, Flow, ReserveReport, reserve_report
from reserve import triggers
from reserve.errors import InsufficientBalance
from reserve.ledger_enums import MOVEMENTS, AccountKind, Purpose
from reserve.models import LedgerEntry
from reserve.models.programmes import Programme
from reserve.periods import Period, PeriodKind
from reserve.selectors.ledger import balances
from reserve.services import ledger
from reserve.services.ledger import TransferLine
from tests.factories import World, elsewhere, make_enterprise, make_line, make_loan, make_repayment, moment
from tests.support.histories import lend_at_random
from tests.support.ledger import Books, make_books
from tests.support.papers import is_landscape_a4, pdf_text, sheet_rows, unembedded_fonts

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
END = date(2014, 1, 31)
PAGE = "reports:reserve_report"
PAID_OUT = (AccountKind.CLAIMS_PAYABLE, AccountKind.BANK)


def period(text: str) -> Period:
    return Period.parse(text, KINDS)


def post(world: World, purpose: Purpose, *lines: TransferLine, on: date, value: date | None = None, memo: str = "") -> LedgerEntry:
    """What claims, recoveries and interest will post, on the day it happened or later."""
    return ledger.post(
        programme=world.programme,
        purpose=purpose,
        transfers=lines,
        source=("test", 1),
        ledger_date=on,
        value_date=value or on,
        by=world.bank2,
        now=moment(on),
        key=f"test:{LedgerEntry.objects.count()}",
        memo=memo,
    )


def compensate(world: World, province: str, town: str, *, on: date) -> LedgerEntry:
    """Approved and paid on one day, out of free money; returns the payment."""
    amounts = [(world.provincial_account, Decimal(province)), (world.town_account, Decimal(town))]
    approved = [TransferLine(account, AccountKind.FREE, AccountKind.CLAIMS_PAYABLE, amount) for account, amount in amounts]
    post(world, Purpose.CLAIM_APPROVAL, *approved, on=on)
    return post(world, Purpose.CLAIM_PAYMENT, *(TransferLine(a, *PAID_OUT, n) for a, n in amounts), on=on, memo="代偿甲公司")


@pytest.fixture
def lived(world: World) -> World:
    """2012: two loans of 300万 and 750万, one partly repaid; interest, a compensation of 150万 and a recovery of 48万."""
    first = make_loan(world, make_line(world, make_enterprise(world, 1), amount="3000000"), day=date(2012, 3, 1))
    make_loan(world, make_line(world, make_enterprise(world, 2), amount="7500000", day=date(2012, 4, 2)), day=date(2012, 4, 10))
    make_repayment(world, first, "1000000", paid_on=date(2012, 5, 10))
    earned = ledger.contribute(world.provincial_account, Decimal("8750.25"))
    post(world, Purpose.INTEREST, earned, on=date(2012, 6, 25), value=date(2012, 6, 21))
    compensate(world, "300000", "1200000", on=date(2012, 8, 20))
    recovered = [ledger.contribute(world.provincial_account, Decimal("96000")), ledger.contribute(world.town_account, Decimal("384000"))]
    post(world, Purpose.RECOVERY, *recovered, on=date(2012, 11, 5))
    post(world, Purpose.INTEREST_PAYOUT, ledger.pay_out(world.provincial_account, Decimal("750.25")), on=date(2012, 12, 28))
    return world


# --- the figures --------------------------------------------------------------------------------------------------


def test_the_year_by_hand(lived: World) -> None:
    found = reserve_report(lived.programme, period("2012"), END)
    province, town, every = found.flows
    assert (province.opening, province.interest, province.compensation) == (10_000_000, Decimal("8750.25"), 300_000)
    assert (province.recoveries, province.interest_paid_out, province.closing) == (96_000, Decimal("750.25"), Decimal("9804000.00"))
    assert (town.opening, town.compensation, town.recoveries, town.closing) == (40_000_000, 1_200_000, 384_000, 39_184_000)
    assert (every.income, every.expenditure) == (Decimal("488750.25"), Decimal("1500750.25"))
    assert every.closing == every.held.free + every.held.earmarked == Decimal("48988000.00")
    assert [flow.closing for _, flow in found.quarters] == [
        Decimal("50000000.00"), Decimal("50008750.25"), Decimal("48508750.25"), Decimal("48988000.00"),
    ]  # fmt: skip
    assert [(row.counted, row.amount) for row in found.paid] == [(Purpose.CLAIM_PAYMENT, 1_500_000), (Purpose.RECOVERY, 480_000)]


def test_the_indicators_by_hand(lived: World) -> None:
    [_, second, third, last] = reserve_report(lived.programme, period("2012"), END).indicators
    assert (second.enterprises, second.loans, second.owed, second.earmarked) == (2, 2, 9_500_000, Decimal("1266666.67"))
    assert (second.leverage_of_earmarked, second.leverage_of_balance) == (Decimal("7.50"), Decimal("0.19"))
    assert (second.disbursed, second.disbursed_amount, second.declared_reserve) == (1, 7_500_000, 1_000_000)
    assert (second.compensation_ratio, third.compensation_ratio, last.compensation_ratio) == (0, Decimal("0.0300"), Decimal("0.0204"))
    assert second.overdue_rate == 0
    assert last.overdue_rate == 1


def test_a_quarter_begins_where_the_one_before_ended(lived: World) -> None:
    found = [reserve_report(lived.programme, period(f"2012Q{number}"), END) for number in (1, 2, 3, 4)]
    for before, after in pairwise(found):
        assert [flow.closing for flow in before.flows] == [flow.opening for flow in after.flows]
        assert not after.quarters
        assert not after.by_size
        assert len(after.indicators) == 1


def test_a_fact_told_late_belongs_to_the_quarter_of_its_value_date(lived: World) -> None:
    interest = [ledger.contribute(lived.town_account, Decimal("35000"))]
    post(lived, Purpose.INTEREST, *interest, on=date(2013, 1, 10), value=date(2012, 9, 21))
    assert reserve_report(lived.programme, period("2012Q3"), END).flows[1].interest == 35_000
    assert reserve_report(lived.programme, period("2013Q1"), END).flows[1].interest == 0


def test_a_reversal_counts_in_what_it_reverses(lived: World) -> None:
    payment = LedgerEntry.objects.get(purpose=Purpose.CLAIM_PAYMENT)
    told, day = date(2012, 12, 29), date(2012, 9, 3)
    ledger.reverse(entry=payment, reason="账号有误退回", ledger_date=told, value_date=day, by=lived.bank2, now=moment(told), key="r")
    third = reserve_report(lived.programme, period("2012Q3"), END)
    assert third.flows[-1].compensation == 0
    assert third.flows[-1].held.claims_payable == 1_500_000
    year = reserve_report(lived.programme, period("2012"), END)
    assert [(row.counted, row.amount, row.entry.purpose) for row in year.paid] == [
        (Purpose.CLAIM_PAYMENT, 1_500_000, Purpose.CLAIM_PAYMENT),
        (Purpose.RECOVERY, 480_000, Purpose.RECOVERY),
        (Purpose.CLAIM_PAYMENT, -1_500_000, Purpose.REVERSAL),
    ]


def test_by_size_and_industry(lived: World) -> None:
    third = make_enterprise(lived, 3, industry_code="2710", day=date(2012, 12, 1))
    make_loan(lived, make_line(lived, third, amount="1000000", day=date(2012, 12, 10)), day=date(2012, 12, 29))
    found = reserve_report(lived.programme, period("2012"), END)
    [small] = found.by_size
    assert (small.name, small.made.enterprises, small.made.loans, small.made.amount) == ("小型", 3, 3, 11_500_000)
    assert (small.in_force.enterprises, small.in_force.loans, small.in_force.amount) == (3, 3, 10_500_000)
    assert [(row.code, row.in_force.amount) for row in found.by_industry] == [("33（2011）", 9_500_000), ("27（2011）", 1_000_000)]
    assert sum(row.in_force.amount for row in found.by_industry) == found.indicators[-1].owed


def test_a_period_that_is_not_over_is_reported_up_to_today(lived: World) -> None:
    found = reserve_report(lived.programme, period("2012"), date(2012, 8, 19))
    assert (found.complete, found.as_of, len(found.quarters)) == (False, date(2012, 8, 19), 3)
    assert found.flows[-1].compensation == 0


# --- any history ----------------------------------------------------------------------------------------------------

events = st.lists(
    st.tuples(
        st.sampled_from(sorted(MOVEMENTS, key=str)),
        st.integers(0, 1),  # whose account
        st.integers(0, 5),  # which of the purpose's movements
        st.integers(1, 1000),  # 分
        st.integers(0, 60),  # days since the last entry
        st.integers(0, 200),  # days the fact is older than its posting
        st.booleans(),  # taken back at once, on a value date of its own
    ),
    min_size=1,
    max_size=20,
)
Moved = tuple[int, date, Purpose, AccountKind, AccountKind, Decimal]


def play(history: list[tuple[Any, ...]]) -> tuple[Books, list[Moved]]:
    """Post what the floors allow; what was posted, by account, value date, purpose and kinds."""
    books, moved, day = make_books(f"p{Programme.objects.count()}"), [], date(2012, 1, 1)
    for purpose, whose, which, cents, later, older, taken_back in history:
        day += timedelta(later)
        debit, credit = sorted(MOVEMENTS[purpose], key=str)[which % len(MOVEMENTS[purpose])]
        account, amount, value = (books.province, books.town)[whose], Decimal(cents).scaleb(-2), day - timedelta(older)
        try:
            with transaction.atomic():
                entry = books.post(purpose, TransferLine(account, debit, credit, amount), on=day, value=value)
            moved.append((account.pk, value, purpose, debit, credit, amount))
            if taken_back:
                with transaction.atomic():
                    back = day - timedelta(older // 2)
                    ledger.reverse(
                        entry=entry, reason="有误", ledger_date=day, value_date=back, by=books.clerk, now=moment(day), key=f"r{entry.pk}"
                    )
                moved.append((account.pk, back, purpose, credit, debit, amount))
        except InsufficientBalance:
            pass
    return books, moved


def assert_equals_history(flow: Flow, account: int, of: Period, moved: list[Moved]) -> None:
    held: dict[AccountKind, Decimal] = defaultdict(Decimal)
    cash: dict[Purpose, Decimal] = defaultdict(Decimal)
    opening = Decimal(0)
    for whose, value, purpose, debit, credit, amount in moved:
        if whose != account or value > of.end:
            continue
        for kind, sign in ((debit, 1), (credit, -1)):
            held[kind] += amount * sign * (1 if kind == AccountKind.BANK else -1)
            if kind == AccountKind.BANK and value < of.start:
                opening += amount * sign
            elif kind == AccountKind.BANK:
                cash[purpose] += amount * sign
    assert flow.opening == opening
    assert {name: getattr(flow, name) for name in INCOME.values()} == {name: cash[p] for p, name in INCOME.items()}
    assert {name: getattr(flow, name) for name in EXPENDITURE.values()} == {name: -cash[p] for p, name in EXPENDITURE.items()}
    assert {kind: flow.held.of(kind) for kind in AccountKind} == {kind: held[kind] for kind in AccountKind}
    assert flow.opening + flow.income - flow.expenditure == flow.closing


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=25)
@given(history=events)
def test_any_history_is_reported_as_it_was(history: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        books, moved = play(history)
        last = LedgerEntry.objects.filter(programme=books.programme).order_by("-pk").values_list("ledger_date", flat=True).first() or END
        for year in range(2011, last.year + 1):
            found = reserve_report(books.programme, period(str(year)), date(9000, 1, 1))
            for flow, account in zip(found.flows, (books.province, books.town), strict=False):
                assert_equals_history(flow, account.pk, period(str(year)), moved)
                assert balances([account], found.as_of, by="value")[account.pk] == flow.held
            assert sum_of(found, "income") == sum(flow.income for _, flow in found.quarters)
            assert sum_of(found, "expenditure") == sum(flow.expenditure for _, flow in found.quarters)
            for span, _ in found.quarters:
                quarterly = reserve_report(books.programme, period(span.code), date(9000, 1, 1))
                assert_equals_history(quarterly.flows[0], books.province.pk, period(span.code), moved)
        transaction.set_rollback(True)


def sum_of(found: ReserveReport, name: str) -> Decimal:
    return sum((getattr(flow, name) for flow in found.flows[:-1]), Decimal(0))


@pytest.mark.parametrize("seed", range(2))
def test_loans_in_force_agree_with_ledger_and_register(world: World, seed: int) -> None:
    lend_at_random(world, seed)
    for text in ("2023", "2024"):
        for one in reserve_report(world.programme, period(text), date(2024, 9, 30)).indicators:
            assert one.owed == outstanding_at(world.programme, one.span.end)
            sums = [sum(row.change for row in loan.movements.filter(value_on__lte=one.span.end)) for loan in Loan.objects.all()]
            assert (one.loans, one.enterprises) == (sum(1 for owed in sums if owed),) * 2
            held = balances([world.provincial_account, world.town_account], one.span.end, by="value")
            assert one.earmarked == sum(each.earmarked for each in held.values())
            assert one.balance == sum(each.balance for each in held.values())


# --- faults and refusals ----------------------------------------------------------------------------------------------


@pytest.fixture
def tampered(lived: World) -> World:
    """Somebody wrote another amount into the interest of June, behind the application's back."""
    connection.check_constraints()
    triggers.drop()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reserve_transfer SET amount = amount + 1"
            " WHERE entry_id IN (SELECT id FROM reserve_ledgerentry WHERE purpose = 'interest')"
        )
    triggers.install()
    return lived


def test_books_that_do_not_add_up_give_no_report(tampered: World, sign_in: SignIn, api: Callable[[User], APIClient]) -> None:
    with pytest.raises(ReportNotBalanced, match="省中心账户2012年度的期初余额"):
        reserve_report(tampered.programme, period("2012"), END)
    reserve_report(tampered.programme, period("2012Q3"), END)  # balanced in itself
    for query in ({}, {"export": "pdf"}, {"export": "xlsx"}):
        answer = sign_in(tampered.bank).get(reverse(PAGE), {"period": "2012Q2", **query})
        assert answer.status_code == 409
        assert "verify_ledger" in answer.content.decode()
    problem = api(tampered.bank).get("/api/v1/programmes/xiaolan/reserve-report/", {"period": "2012Q2"})
    assert (problem.status_code, problem.json()["code"]) == (409, "report_not_balanced")


@pytest.mark.parametrize(
    ("text", "said"),
    [("2012Q9", "写法不对"), ("2012H1", "写法不对"), ("二〇一二", "写法不对"), ("2999", "尚未开始"), ("9999Q4", "尚未开始")],
)
def test_a_bad_period_is_said_in_a_sentence(lived: World, sign_in: SignIn, api: Callable[[User], APIClient], text: str, said: str) -> None:
    page = sign_in(lived.bank).get(reverse(PAGE), {"period": text})
    assert page.status_code == 400
    assert said in page.content.decode()
    problem = api(lived.bank).get("/api/v1/programmes/xiaolan/reserve-report/", {"period": text})
    assert problem.status_code == 400
    assert said in problem.json()["detail"]
    assert problem.json()["errors"].keys() == {"period"}


def test_a_kind_of_file_there_is_none_of_is_a_400(lived: World, sign_in: SignIn) -> None:
    assert sign_in(lived.bank).get(reverse(PAGE), {"period": "2012", "export": "doc"}).status_code == 400


def test_who_reads_no_programmes_reads_no_report(lived: World, sign_in: SignIn) -> None:
    assert sign_in(lived.sysadmin).get(reverse(PAGE)).status_code == 403


def test_a_foreign_programme_does_not_exist(lived: World, sign_in: SignIn, api: Callable[[User], APIClient]) -> None:
    make_books("foreign")
    assert sign_in(lived.bank).get(reverse(PAGE), {"programme": "foreign", "period": "2012"}).status_code == 404
    assert api(lived.bank).get("/api/v1/programmes/foreign/reserve-report/", {"period": "2012"}).status_code == 404


# --- which periods ------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_the_last_quarter_in_which_something_was_booked(lived: World) -> None:
    quarter = PeriodKind.QUARTER
    assert str(latest_period(date(2012, 12, 28), quarter, date(2026, 1, 1))) == "2012Q4"
    assert str(latest_period(date(2012, 12, 28), quarter, date(2012, 12, 31))) == "2012Q3"
    assert str(latest_period(None, quarter, date(2012, 1, 5))) == "2011Q4"
    assert str(latest_period(date(2012, 5, 5), PeriodKind.HALF, date(2013, 1, 5))) == "2012H1"


def test_every_period_since_the_agreement_can_be_chosen(lived: World) -> None:
    assert [str(one) for one in periods_of(lived.programme, KINDS, date(2012, 4, 1))] == [
        "2012", "2012Q2", "2012Q1", "2011", "2011Q4", "2011Q3", "2011Q2", "2011Q1",
    ]  # fmt: skip


def test_a_period_begins_before_it_is_reported() -> None:
    assert str(read_period("2012Q2", KINDS, date(2012, 4, 1))) == "2012Q2"
    with pytest.raises(PeriodNotBegun, match="2012年第三季度尚未开始"):
        read_period("2012Q3", KINDS, date(2012, 6, 30))


# --- page, papers, API ----------------------------------------------------------------------------------------------------


def test_the_page_shows_the_figures_with_the_entries_behind_them(lived: World, sign_in: SignIn) -> None:
    client = sign_in(lived.auditor)
    page = client.get(reverse(PAGE), {"programme": "xiaolan", "period": "2012"})
    text = page.content.decode()
    for shown in ("科技贷款风险准备金年度报告", "48,988,000.00", "1,500,000.00", "2.04%", "7.50", "口径说明", "小型"):
        assert shown in text
    flow = page.context["document"].sections[0]
    url = dict(zip((row[0] for row in flow.rows), flow.urls, strict=True))["减：代偿划款"]
    behind = client.get(url)
    assert [row.purpose for row in behind.context["listing"].page.object_list] == [Purpose.CLAIM_PAYMENT]


def test_a_reversal_is_among_the_entries_behind_a_figure(lived: World, sign_in: SignIn) -> None:
    payment, day = LedgerEntry.objects.get(purpose=Purpose.CLAIM_PAYMENT), date(2012, 12, 29)
    ledger.reverse(entry=payment, reason="退回", ledger_date=day, value_date=day, by=lived.bank2, now=moment(day), key="r")
    query = {"counted": "claim_payment", "value_from": "2012-01-01", "value_to": "2012-12-31"}
    found = sign_in(lived.bank).get(reverse("reserve:ledger_list"), query).context["listing"].page.object_list
    assert {row.purpose for row in found} == {Purpose.CLAIM_PAYMENT, Purpose.REVERSAL}


def test_the_page_asks_few_statements_whatever_the_period(lived: World, sign_in: SignIn) -> None:
    client = sign_in(lived.bank)
    client.get(reverse(PAGE))
    for text, most in (("2012Q2", 20), ("2012", 30)):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(PAGE), {"period": text})
        assert len(asked) <= most, len(asked)


def test_a_programme_without_anything_has_a_report_of_zeros(world: World, sign_in: SignIn) -> None:
    there = elsewhere(world) if make_enterprise(world) else world
    page = sign_in(world.bank).get(reverse(PAGE), {"programme": there.programme.code, "period": "2012"})
    assert page.status_code == 200
    assert "账簿尚无分录" in page.content.decode()


def test_without_a_programme_the_page_says_what_to_do(world: World, sign_in: SignIn) -> None:
    world.programme.parties.filter(organisation=world.auditor_organisation).delete()
    assert "还没有项目" in sign_in(world.auditor).get(reverse(PAGE)).content.decode()


def test_the_paper_says_what_the_page_says(lived: World, sign_in: SignIn) -> None:
    client = sign_in(lived.province)
    answer = client.get(reverse(PAGE), {"period": "2012", "export": "pdf"})
    assert answer["Content-Type"] == "application/pdf"
    data = answer.content
    text = pdf_text(data)
    assert is_landscape_a4(data)
    assert unembedded_fonts(data) == []
    head = lived.programme.ledger_head
    for shown in ("科技贷款风险准备金年度报告", "2012年度", "48,988,000.00", "广东省生产力促进中心", "（公章）", "口径说明", "第1页共"):
        assert shown in text
    assert f"账簿第{head.sequence}笔{head.hash}" in text
    assert text.index("口径说明") > text.index("（公章）")


def test_the_workbook_holds_the_same_numbers(lived: World, sign_in: SignIn) -> None:
    client = sign_in(lived.province)
    page = client.get(reverse(PAGE), {"period": "2012"})
    data = client.get(reverse(PAGE), {"period": "2012", "export": "xlsx"}).content
    for table in page.context["document"].sections:
        rows = sheet_rows(data, table.title.split("：")[0])
        wanted = [[float(v) if isinstance(v, (int, Decimal)) else "—" if v is None else v for v in row] for row in table.rows]
        assert [row[: len(table.heads)] for row in rows[3 : 3 + len(wanted)]] == wanted
    assert sheet_rows(data, "口径说明")[3][0] == "口径"


def test_the_api_says_the_same_and_knows_what_has_not_changed(lived: World, api: Callable[[User], APIClient]) -> None:
    client = api(lived.province)
    answer = client.get("/api/v1/programmes/xiaolan/reserve-report/", {"period": "2012"})
    data: Any = answer.json()
    assert [flow["closing"] for flow in data["flows"]] == ["9804000.00", "39184000.00", "48988000.00"]
    assert [flow["funder_kind"] for flow in data["flows"]] == ["provincial_centre", "town", None]
    assert [row["flow"]["compensation"] for row in data["quarters"]] == ["0.00", "0.00", "1500000.00", "0.00"]
    assert data["indicators"][-1]["compensation_ratio"] == "0.0204"
    assert [(row["counted"], row["amount"], row["reversal"]) for row in data["paid"]] == [
        ("claim_payment", "1500000.00", False), ("recovery", "480000.00", False),
    ]  # fmt: skip
    assert data["ledger"]["hash"] == lived.programme.ledger_head.hash
    again = client.get("/api/v1/programmes/xiaolan/reserve-report/", {"period": "2012"}, headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_the_api_takes_a_period_and_nothing_else(lived: World, api: Callable[[User], APIClient]) -> None:
    client, url = api(lived.bank), "/api/v1/programmes/xiaolan/reserve-report/"
    assert client.get(url).json()["period"] == "2012Q4"
    assert client.get(url, {"period": "2012", "as_of": "2012-01-01"}).status_code == 400
