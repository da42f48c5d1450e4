"""Schedules by the seven methods: worked cases, cases other systems publish, and what holds for any contract."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.enums import PrepaymentEffect, RepaymentMethod
from loans.rules.schedules import Contract, Instalment, NewTerm, Prepayment, level_instalment, monthly_dates, schedule, settlement_days

PUBLISHED = json.loads((Path(__file__).parent / "data" / "schedule_cases.json").read_text())["cases"]
START, DUE = date(2012, 9, 15), date(2013, 9, 14)


def worked(method: str, **changes: Any) -> Contract:
    """3,000,000 yuan at 7.8 %, 2012-09-15 to 2013-09-14."""
    return Contract(
        **{"principal": Decimal("3000000.00"), "annual_rate": Decimal("7.8"), "starts_on": START, "due_on": DUE, "method": method} | changes
    )


def interest(rows: Sequence[Instalment]) -> list[str]:
    return [str(row.interest) for row in rows]


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


# The programme's own worked figures (domain §6)


def test_equal_instalments_of_the_worked_loan() -> None:
    rows = schedule(worked("equal_instalment"))
    assert level_instalment(Decimal(3000000), Decimal("7.8"), 12) == Decimal("260687.95")
    assert [row.total for row in rows] == [Decimal("260687.95")] * 11 + [Decimal("260687.97")]
    assert (rows[0].interest, rows[0].principal) == (Decimal("19500.00"), Decimal("241187.95"))
    assert sum(row.interest for row in rows) == Decimal("128255.42")
    assert rows[-1].due_on == DUE


def test_equal_principal_of_the_worked_loan() -> None:
    rows = schedule(worked("equal_principal"))
    assert (rows[0].total, rows[-1].total) == (Decimal("269500.00"), Decimal("251625.00"))
    assert sum(row.interest for row in rows) == Decimal("126750.00")


def test_bullet_counts_the_first_day_and_not_the_last() -> None:
    (row,) = schedule(worked("bullet"))
    assert (row.due_on, row.days, row.principal, row.interest) == (DUE, 364, Decimal(3000000), Decimal("236600.00"))


def test_quarterly_interest_includes_the_settlement_day() -> None:
    rows = schedule(worked("quarterly_interest"))
    assert [row.due_on for row in rows] == days("2012-09-20", "2012-12-20", "2013-03-20", "2013-06-20", "2013-09-14")
    assert interest(rows) == ["3900.00", "59150.00", "58500.00", "59800.00", "55250.00"]
    assert [row.days for row in rows] == [6, 91, 90, 92, 85]


@pytest.mark.parametrize("method", ["monthly_interest", "revolving"])
def test_monthly_interest_settles_on_the_twentieth(method: str) -> None:
    rows = schedule(worked(method))
    assert [row.due_on.day for row in rows] == [20] * 12 + [14]
    assert (rows[0].days, rows[1].days, rows[-1].days) == (6, 30, 24)
    assert sum(row.interest for row in rows) == Decimal("236600.00")
    assert [row.principal for row in rows] == [0] * 12 + [3000000]


@pytest.mark.parametrize(
    "cycle, settled, expected",
    [
        (1, ["2012-09-20", "2012-10-20", "2012-11-20", "2012-12-20"], ["3900.00", "19500.00", "20150.00", "17116.67"]),
        (3, ["2012-09-20", "2012-12-20"], ["3900.00", "56766.67"]),
    ],
)
def test_an_agreed_table_pays_interest_on_the_actual_balance(cycle: int, settled: list[str], expected: list[str]) -> None:
    agreed = ((date(2012, 12, 10), Decimal("1000000.00")), (date(2013, 3, 31), Decimal("500000.00")))
    rows = schedule(worked("agreed_instalments", cycle_months=cycle, agreed=agreed))
    first = [row for row in rows if row.kind == "interest" and row.due_on.year == 2012]
    assert [row.due_on for row in first] == days(*settled)
    assert interest(first) == expected  # the last of them: 19 days of 3,000,000 and 11 of 2,000,000 since the one before
    assert [(row.due_on, row.principal) for row in rows if row.principal] == [*agreed, (DUE, Decimal("1500000.00"))]


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_schedules_other_systems_publish(case: dict[str, Any]) -> None:
    last = date.fromisoformat(case["instalments"][-1]["due_date"])
    contract = Contract(
        Decimal(case["principal"]),
        Decimal(case["annual_rate_pct"]),
        date.fromisoformat(case["disbursement_date"]),
        last,
        "equal_instalment",
    )
    ours = [(str(row.due_on), *map(str, (row.principal, row.interest, row.total, row.balance))) for row in schedule(contract)]
    assert ours == [(row["due_date"], row["principal"], row["interest"], row["total"], row["balance_after"]) for row in case["instalments"]]


# Days


def test_monthly_days_are_those_of_the_disbursement_clamped_to_the_months_end() -> None:
    assert monthly_dates(date(2011, 12, 31), date(2012, 5, 31)) == days(
        "2012-01-31", "2012-02-29", "2012-03-31", "2012-04-30", "2012-05-31"
    )
    assert monthly_dates(date(2012, 9, 15), date(2012, 12, 14)) == days("2012-10-15", "2012-11-15", "2012-12-14")
    assert monthly_dates(date(2012, 9, 15), date(2012, 9, 30)) == days("2012-09-30")


def test_a_broken_last_month_is_charged_by_days_and_a_month_less_a_day_as_a_month() -> None:
    whole, less_a_day, broken = (
        schedule(worked("equal_principal", due_on=due))[-1] for due in days("2012-10-15", "2012-10-14", "2012-10-05")
    )
    assert (whole.days, less_a_day.days, broken.days) == (None, None, 20)
    assert interest([whole, less_a_day, broken]) == ["19500.00", "19500.00", "13000.00"]


@pytest.mark.parametrize(
    "starts_on, due_on, cycle, expected",
    [
        ("2012-09-20", "2012-10-20", 1, ["2012-09-20"]),  # the day of disbursement counts, the day of maturity does not
        ("2012-09-21", "2012-10-21", 1, ["2012-10-20"]),
        ("2012-09-21", "2013-03-20", 3, ["2012-12-20"]),
        ("2012-12-31", "2013-02-28", 1, ["2013-01-20", "2013-02-20"]),
    ],
)
def test_settlement_days(starts_on: str, due_on: str, cycle: int, expected: list[str]) -> None:
    assert list(settlement_days(*days(starts_on, due_on), cycle)) == days(*expected)


# Early repayment and extension


def test_part_paid_early_lowers_the_instalments_that_remain() -> None:
    rows = schedule(worked("equal_instalment", due_on=date(2013, 9, 15)), [Prepayment(date(2012, 12, 20), Decimal("1000000.00"))])
    assert [row.kind for row in rows].index("early") == 3
    assert (rows[3].due_on, rows[3].principal) == (date(2012, 12, 20), Decimal("1000000.00"))
    assert len(rows) == 13
    # 7.8 % on 1,271,722.80 for a month, and on the million for the five days before it was paid: 8,266.20 + 1,083.33
    assert (rows[4].interest, rows[5].total) == (Decimal("9349.53"), Decimal("145934.53"))


def test_part_paid_early_shortens_the_term_at_the_same_instalment() -> None:
    rows = schedule(worked("equal_instalment"), [Prepayment(date(2012, 12, 20), Decimal("1000000.00"), PrepaymentEffect.SHORTEN)])
    assert [row.total for row in rows[5:8]] == [Decimal("260687.95")] * 3
    assert rows[-1].due_on == date(2013, 5, 15)
    assert rows[-1].total < Decimal("260687.95")


@pytest.mark.parametrize("method", RepaymentMethod.values)
def test_all_paid_early_ends_the_schedule_with_the_interest_to_that_day(method: str) -> None:
    rows = schedule(worked(method), [Prepayment(date(2012, 9, 18), Decimal("3000000.00"))])
    assert [(row.kind, row.due_on, row.principal, row.interest) for row in rows] == [
        ("early", date(2012, 9, 18), Decimal("3000000.00"), Decimal("1950.00"))
    ]


def test_a_prepayment_beyond_what_is_owed_counts_only_that_much_and_one_at_maturity_is_none() -> None:
    rows = schedule(worked("bullet"), [Prepayment(date(2012, 10, 1), Decimal("9000000.00"))])
    assert rows[-1].principal == Decimal("3000000.00")
    assert [row.kind for row in schedule(worked("bullet"), [Prepayment(DUE, Decimal("3000000.00"))])] == ["regular"]


def test_part_paid_early_scales_an_agreed_table_or_comes_off_its_end() -> None:
    agreed = ((date(2012, 12, 10), Decimal("1000000.00")), (date(2013, 3, 31), Decimal("500000.00")))

    def principal(effect: PrepaymentEffect) -> list[int]:
        rows = schedule(worked("agreed_instalments", agreed=agreed), [Prepayment(date(2012, 11, 1), Decimal("300000.00"), effect)])
        return [int(row.principal) for row in rows if row.principal]

    assert principal(PrepaymentEffect.LOWER) == [300000, 900000, 450000, 1350000]
    assert principal(PrepaymentEffect.SHORTEN) == [300000, 1000000, 500000, 1200000]


def test_an_extension_carries_the_principal_to_the_new_maturity_at_its_own_rate() -> None:
    rows = schedule(worked("bullet"), (), [NewTerm(date(2014, 3, 14), Decimal("8.1"))])
    assert [(row.due_on, row.principal, row.interest, row.annual_rate) for row in rows] == [
        (DUE, 0, Decimal("236600.00"), Decimal("7.8")),
        (date(2014, 3, 14), Decimal("3000000.00"), Decimal("122175.00"), Decimal("8.1")),  # 181 days
    ]


def test_an_extension_of_equal_instalments_divides_the_last_one_over_the_new_months() -> None:
    rows = schedule(worked("equal_instalment", due_on=date(2013, 9, 15)), (), [NewTerm(date(2013, 12, 15), Decimal("7.8"))])
    assert rows[11].principal == 0
    assert [row.due_on for row in rows[12:]] == days("2013-10-15", "2013-11-15", "2013-12-15")
    assert sum(row.principal for row in rows[12:]) == rows[11].balance == Decimal("259004.44")


# What holds for any contract

contracts = st.builds(
    Contract,
    principal=st.integers(1, 10**10).map(lambda fen: Decimal(fen).scaleb(-2)),
    annual_rate=st.integers(1, 240000).map(lambda units: Decimal(units).scaleb(-4)),
    starts_on=st.dates(date(2011, 1, 1), date(2030, 12, 31)),
    due_on=st.just(date.max),
    method=st.sampled_from(RepaymentMethod.values),
    cycle_months=st.sampled_from([1, 3]),
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Contract, list[Prepayment], list[NewTerm]]:
    drawn = draw(contracts)
    due_on = drawn.starts_on + timedelta(days=draw(st.integers(1, 1200)))
    inside = st.integers(0, (due_on - drawn.starts_on).days - 1).map(lambda n: drawn.starts_on + timedelta(days=n))
    some = st.integers(1, int(drawn.principal * 100)).map(lambda fen: Decimal(fen).scaleb(-2))
    agreed: dict[date, Decimal] = {}
    if drawn.method == RepaymentMethod.AGREED_INSTALMENTS:
        agreed = draw(st.dictionaries(inside, some, max_size=4))
        if sum(agreed.values()) > drawn.principal:
            agreed = {}
    contract = Contract(
        drawn.principal, drawn.annual_rate, drawn.starts_on, due_on, drawn.method, drawn.cycle_months, tuple(sorted(agreed.items()))
    )
    early = draw(st.lists(st.builds(Prepayment, inside, some, st.sampled_from(PrepaymentEffect.values)), max_size=3))
    terms = draw(st.lists(st.integers(1, 400), max_size=2))
    new_terms, end = [], due_on
    for length in terms:
        end += timedelta(days=length)
        new_terms.append(NewTerm(end, contract.annual_rate))
    return contract, early, new_terms


@given(stories())
def test_the_principal_adds_up_the_balance_falls_to_zero_and_the_days_go_forward(
    story: tuple[Contract, list[Prepayment], list[NewTerm]],
) -> None:
    contract, early, new_terms = story
    rows = schedule(contract, early, new_terms)
    assert sum(row.principal for row in rows) == contract.principal
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    balance = contract.principal
    for number, row in enumerate(rows, 1):
        balance -= row.principal
        assert (row.number, row.balance) == (number, balance)
    assert balance == 0
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)
    assert rows[-1].due_on <= (new_terms[-1].due_on if new_terms else contract.due_on)


@given(contracts, st.integers(1, 1200))
def test_by_days_the_periods_cover_every_day_once(contract: Contract, length: int) -> None:
    due_on = contract.starts_on + timedelta(days=length)
    for method in ("bullet", "monthly_interest", "quarterly_interest", "revolving"):
        rows = schedule(Contract(contract.principal, contract.annual_rate, contract.starts_on, due_on, method))
        assert sum(row.days or 0 for row in rows) == length
