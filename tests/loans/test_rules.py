"""Terms, rate caps and earmarks (domain §3.6, §3.7, §4, §6) by the worked cases and by properties."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from loans.rules.earmarks import NO_EARMARK, earmark_difference, earmark_target
from loans.rules.rates import benchmark_tenor, lpr_tenor, rate_cap, row_in_force
from loans.rules.terms import add_months, approval_expires_on, max_due_on
from reserve.reference_rates import benchmark_rows, lpr_rows

LEVERAGE, MATCH = Fraction("7.5"), Fraction(4)
days = st.dates(date(2004, 1, 1), date(2060, 12, 31))
principals = st.integers(1, 10**11).map(lambda cents: Decimal(cents).scaleb(-2))


def cap(contract_on: date, due_on: date, *, starts_on: date | None = None, multiplier: str = "1.3", basis_points: int = 150) -> Decimal:
    return rate_cap(
        contract_on=contract_on,
        starts_on=starts_on or contract_on,
        due_on=due_on,
        benchmark_rows=benchmark_rows(),
        lpr_rows=lpr_rows(),
        multiplier=Fraction(multiplier),
        basis_points=basis_points,
    )


# Terms


@pytest.mark.parametrize(
    "day, months, expected",
    [
        (date(2012, 9, 15), 12, date(2013, 9, 15)),
        (date(2012, 1, 31), 1, date(2012, 2, 29)),
        (date(2013, 1, 31), 1, date(2013, 2, 28)),
        (date(2012, 2, 29), 12, date(2013, 2, 28)),
        (date(2012, 2, 29), 48, date(2016, 2, 29)),
        (date(2012, 8, 31), 6, date(2013, 2, 28)),
        (date(2012, 12, 31), 12, date(2013, 12, 31)),
        (date(2012, 11, 30), 1, date(2012, 12, 30)),
        (date(2012, 3, 31), -1, date(2012, 2, 29)),
    ],
)
def test_months_are_added_and_clamped_to_the_months_end(day, months, expected):
    assert add_months(day, months) == max_due_on(day, months) == expected


@given(day=days, months=st.integers(0, 360))
def test_adding_months_goes_forward_by_that_many_months(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert add_months(day, months + 1) > later


def test_a_credit_line_can_be_drawn_to_its_last_day():
    assert approval_expires_on(date(2012, 1, 1), 90) == date(2012, 3, 31)


# Rates


@pytest.mark.parametrize(
    "starts_on, due_on, column",
    [
        (date(2012, 9, 15), date(2013, 3, 15), "up_to_6_months"),
        (date(2012, 9, 15), date(2013, 3, 16), "up_to_1_year"),
        (date(2012, 9, 15), date(2013, 9, 15), "up_to_1_year"),
        (date(2012, 9, 15), date(2013, 9, 16), "up_to_3_years"),
        (date(2012, 9, 15), date(2015, 9, 15), "up_to_3_years"),
        (date(2012, 9, 15), date(2015, 9, 16), "up_to_5_years"),
        (date(2012, 9, 15), date(2017, 9, 15), "up_to_5_years"),
        (date(2012, 9, 15), date(2017, 9, 16), "over_5_years"),
        (date(2012, 8, 31), date(2013, 2, 28), "up_to_6_months"),
        (date(2012, 8, 31), date(2013, 3, 1), "up_to_1_year"),
    ],
)
def test_the_tenor_goes_by_calendar_months_with_the_bound_in_the_shorter(starts_on, due_on, column):
    assert benchmark_tenor(starts_on, due_on) == column


@pytest.mark.parametrize(
    "contract_on, due_on, highest",
    [
        (date(2012, 9, 15), date(2013, 9, 14), "7.8000"),  # 6.00 × 1.3
        (date(2012, 9, 15), date(2013, 3, 15), "7.2800"),  # 5.60 × 1.3
        (date(2012, 7, 5), date(2013, 7, 4), "8.2030"),  # the day before the cut: 6.31 × 1.3
        (date(2012, 7, 6), date(2013, 7, 5), "7.8000"),
        (date(2011, 11, 1), date(2012, 11, 1), "8.5280"),
        (date(2014, 11, 21), date(2015, 11, 20), "7.8000"),
        (date(2014, 11, 22), date(2015, 11, 21), "7.2800"),
        (date(2019, 8, 19), date(2020, 8, 18), "5.6550"),  # the last day of the benchmark: 4.35 × 1.3
        (date(2019, 8, 20), date(2020, 8, 19), "5.7500"),  # the first of the LPR: 4.25 + 1.5
        (date(2019, 8, 20), date(2024, 8, 20), "5.7500"),
        (date(2019, 8, 20), date(2024, 8, 21), "6.3500"),
        (date(2020, 4, 19), date(2021, 4, 18), "5.5500"),
        (date(2020, 4, 20), date(2021, 4, 19), "5.3500"),
        (date(2026, 11, 1), date(2027, 10, 31), "4.5000"),
    ],
)
def test_the_cap_is_that_of_the_contract_date(contract_on, due_on, highest):
    assert str(cap(contract_on, due_on)) == highest


def test_the_published_row_goes_by_the_contract_and_the_tenor_by_the_loan():
    contract, drawn = date(2012, 7, 5), date(2012, 9, 15)
    assert cap(contract, date(2013, 3, 15), starts_on=drawn) == Decimal("7.6050")  # 5.85 of 5 July, half a year


def test_the_cap_is_cut_and_not_rounded_so_that_comparing_is_exact():
    assert cap(date(2012, 7, 5), date(2013, 7, 4), multiplier="1.25555") == Decimal("7.9225")  # 7.9225205
    assert cap(date(2012, 7, 5), date(2013, 7, 4), multiplier="4/3") == Decimal("8.4133")


def test_basis_points_may_lower_the_cap():
    assert cap(date(2024, 7, 22), date(2025, 7, 21), basis_points=-20) == Decimal("3.1500")


def test_a_contract_before_the_first_published_rate_is_refused():
    with pytest.raises(InvalidInput, match="2010-10-19") as refusal:
        cap(date(2010, 10, 19), date(2011, 10, 18))
    assert list(refusal.value.fields) == ["contract_on"]
    assert cap(date(2010, 10, 20), date(2011, 10, 19)) == Decimal("7.2280")


def test_rows_need_not_come_in_order():
    row = row_in_force(reversed(benchmark_rows()), date(2012, 7, 6), "基准利率")
    assert row.effective_on == date(2012, 7, 6)


def test_five_years_is_the_bound_of_the_lpr():
    assert lpr_tenor(date(2020, 2, 29), date(2025, 2, 28)) == "one_year"
    assert lpr_tenor(date(2020, 2, 29), date(2025, 3, 1)) == "over_five_years"


# Earmarks


def test_the_worked_earmark_of_three_million():
    assert earmark_target(Decimal(3_000_000), LEVERAGE, MATCH) == (Decimal(400_000), Decimal(80_000), Decimal(320_000))


def test_the_published_line_needs_the_published_reserve():
    total, provincial, _ = earmark_target(Decimal(641_000_000), LEVERAGE, MATCH)
    assert (total, provincial) == (Decimal("85466666.67"), Decimal("17093333.33"))


def test_nothing_outstanding_occupies_nothing():
    assert earmark_target(Decimal("0.00"), LEVERAGE, MATCH) == NO_EARMARK


leverages = st.fractions(min_value=1, max_value=20, max_denominator=100)
matches = st.fractions(min_value=0, max_value=20, max_denominator=100)


@given(outstanding=principals, leverage=leverages, match=matches)
def test_both_parts_make_the_whole_and_neither_is_negative(outstanding, leverage, match):
    earmark = earmark_target(outstanding, leverage, match)
    assert earmark.provincial + earmark.town == earmark.total
    assert earmark.provincial >= 0
    assert earmark.town >= 0
    assert abs(Fraction(earmark.total) - Fraction(outstanding) / leverage) <= Fraction(1, 200)


@given(
    principal=principals,
    repayments=st.lists(st.fractions(min_value=0, max_value=1, max_denominator=997), max_size=12),
    leverage=leverages,
    match=matches,
)
def test_from_disbursement_to_the_last_repayment_nothing_is_left(principal, repayments, leverage, match):
    outstanding, held, posted = principal, NO_EARMARK, []
    for part in [Fraction(0), *repayments, Fraction(1)]:
        outstanding -= Decimal(int(Fraction(outstanding) * part * 100)).scaleb(-2)
        target = earmark_target(outstanding, leverage, match)
        posted.append(earmark_difference(held, target))
        held = target
    assert outstanding == 0
    assert held == NO_EARMARK
    for place in range(3):
        assert sum(difference[place] for difference in posted) == 0
    for release in posted[1:]:  # a repayment never occupies more, in neither account
        assert all(part <= 0 for part in release)


@given(days)
def test_rates_have_a_row_for_every_day_of_their_time(day):
    if day >= date(2010, 10, 20):
        assert cap(day, day + timedelta(days=300)) > 0
