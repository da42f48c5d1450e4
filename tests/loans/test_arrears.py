"""What is paid of a schedule, since when it is not, and what that costs."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.enums import LoanGrade
from loans.rules.arrears import Due, Payment, Spell, Standing, interest_with, penalty_multiple, spells, standing
from loans.rules.extensions import extension_rate, latest_extension
from loans.rules.grades import ageing_bucket, grade_floor, grade_in_force, grade_warning, worse
from loans.rules.schedules import Contract, Prepayment, schedule

MILLION = Decimal("1000000.00")
UPLIFT = Fraction(3, 2)


def day(text: str) -> date:
    return date.fromisoformat(text)


def dues(method: str = "bullet", shift: int = 0, early: list[Prepayment] | None = None, amount: Decimal = 3 * MILLION) -> list[Due]:
    """3,000,000 at 7.8 % from 2012-09-15 to 2013-09-14, each instalment payable `shift` days after it fell due."""
    contract = Contract(amount, Decimal("7.8"), date(2012, 9, 15), date(2013, 9, 14), method)
    rows = schedule(contract, early or [])
    return [Due(row, row.due_on if row.kind == "early" else row.due_on + timedelta(days=shift)) for row in rows]


def at(text: str, *payments: Payment, method: str = "bullet", shift: int = 0, early: list[Prepayment] | None = None) -> Standing:
    return standing(dues(method, shift, early), payments, day=day(text), penalty_rate=UPLIFT)


def paid(text: str, principal: str = "0.00", interest: str = "0.00", *, early: bool = False) -> Payment:
    return Payment(day(text), Decimal(principal), Decimal(interest), early=early)


# Days overdue


def test_the_payable_day_is_in_time_and_the_next_day_is_one_day_overdue() -> None:
    assert [at(text).days_overdue for text in ("2013-09-13", "2013-09-14", "2013-09-15")] == [0, 0, 1]
    assert [at(text, shift=2).days_overdue for text in ("2013-09-15", "2013-09-16", "2013-09-17")] == [0, 0, 1]


def test_days_count_from_the_oldest_instalment_in_arrears() -> None:
    missed = at("2013-01-25", paid("2012-09-20", interest="3900"), method="quarterly_interest")
    assert (missed.overdue_since, missed.days_overdue, missed.overdue_principal) == (day("2012-12-20"), 36, 0)
    assert missed.overdue_interest == Decimal("59150.00")


def test_interest_alone_unpaid_is_overdue_too_and_a_full_payment_cures() -> None:
    late = paid("2013-01-10", interest="59150")
    first = paid("2012-09-20", interest="3900")
    assert at("2013-01-09", first, late, method="quarterly_interest").days_overdue == 20
    assert at("2013-01-10", first, late, method="quarterly_interest").days_overdue == 0


def test_a_payment_in_part_does_not_cure() -> None:
    assert at("2013-10-14", paid("2013-09-14", "2999999.99", "236600")).days_overdue == 30


def test_a_back_dated_payment_comes_out_as_if_it_had_always_been_there() -> None:
    known = at("2013-09-30")
    told_later = at("2013-09-30", paid("2013-09-14", "3000000", "236600"))
    assert (known.days_overdue, told_later.days_overdue, told_later.penalty) == (16, 0, 0)


# Money


def test_penalty_interest_of_the_worked_loan() -> None:
    assert at("2013-12-13").penalty == Decimal("87750.00")  # 90 days after 2013-09-14


def test_penalty_stops_with_each_part_that_is_paid() -> None:
    # 30 days of 3,000,000, then 60 of 1,000,000: a third of the rest
    assert at("2013-12-13", paid("2013-10-14", "2000000")).penalty == Decimal("48750.00")


def test_grace_interest_at_the_contract_rate_until_the_next_working_day_and_no_penalty() -> None:
    waiting = at("2013-09-16", shift=2)
    assert (waiting.lines[0].grace_interest, waiting.penalty, waiting.interest_due) == (Decimal("1300.00"), 0, Decimal("237900.00"))
    on_the_day = at("2013-09-16", paid("2013-09-14", "3000000", "236600"), shift=2)
    assert (on_the_day.lines[0].grace_interest, on_the_day.lines[0].cleared_on) == (0, day("2013-09-14"))
    assert at("2013-09-30", shift=2).penalty == Decimal("13650.00")  # 14 days from the payable day


def test_what_fell_due_is_told_apart_from_what_is_overdue() -> None:
    today = at("2013-09-14")
    assert (today.principal_due, today.overdue_principal, today.interest_due) == (3 * MILLION, 0, Decimal("236600.00"))
    assert at("2013-09-13").principal_due == 0


def test_principal_and_interest_each_meet_the_oldest_instalment_first() -> None:
    state = at("2012-12-16", paid("2012-11-15", "300000", "19500"), method="equal_principal")
    assert [line.principal_paid for line in state.lines[:3]] == [250000, 50000, 0]
    assert [line.interest_paid for line in state.lines[:2]] == [19500, 0]
    assert state.overdue_since == day("2012-11-15")


def test_an_instalment_paid_whole_before_its_day_takes_its_interest_along_and_one_paid_in_part_does_not() -> None:
    state = at("2012-10-01", method="equal_principal")
    first = state.lines[0]
    assert (state.interest_due, first.principal_left) == (0, 250000)
    assert interest_with(state, Decimal("0.10")) == 0
    assert interest_with(state, Decimal("249999.99")) == 0
    assert interest_with(state, Decimal(250000)) == first.interest_left > 0


def test_early_principal_meets_its_own_line_and_leaves_the_instalments_alone() -> None:
    early = [Prepayment(day("2012-11-01"), MILLION)]
    state = at("2012-11-01", paid("2012-11-01", "1000000", early=True), method="quarterly_interest", early=early)
    assert [line.principal_paid for line in state.lines] == [0, 1000000, 0, 0, 0, 0]
    assert state.lines[1].cleared_on == day("2012-11-01")


def test_early_principal_beyond_the_schedule_pays_arrears() -> None:
    """The whole debt paid as `early` when instalments were in arrears: the schedule owed less than the loan."""
    early = [Prepayment(day("2012-12-01"), 3 * MILLION)]
    state = at("2012-12-01", paid("2012-12-01", "3000000", early=True), method="equal_principal", early=early)
    assert sum(line.principal_paid for line in state.lines) == 3 * MILLION
    assert [line.principal_paid for line in state.lines] == [250000, 250000, 2500000]


def test_overdue_and_misused_the_higher_uplift_alone_counts() -> None:
    half, full = Fraction(1, 2), Fraction(1)
    assert (penalty_multiple(half, full, misused=False), penalty_multiple(half, full, misused=True)) == (Fraction(3, 2), 2)


# Spells


def test_spells_follow_the_oldest_unpaid_instalment_without_a_gap() -> None:
    state = at(
        "2013-03-01",
        paid("2012-11-20", "250000", "19500"),  # the instalment of 15 October, 36 days late
        paid("2013-01-20", "500000", "34125"),  # those of November and December
        paid("2013-01-21", "250000", "14625"),
        method="equal_principal",
    )
    assert spells(state.lines) == [
        Spell(day("2012-10-15"), day("2012-10-16"), day("2012-11-20")),
        Spell(day("2012-11-15"), day("2012-11-20"), day("2013-01-20")),
        Spell(day("2013-01-15"), day("2013-01-20"), day("2013-01-21")),
        Spell(day("2013-02-15"), day("2013-02-16"), None),
    ]


payments = st.lists(
    st.builds(
        Payment,
        st.integers(0, 700).map(lambda n: date(2012, 9, 15) + timedelta(days=n)),
        st.integers(0, 60).map(lambda n: Decimal(n * 12500)),
        st.integers(0, 40).map(lambda n: Decimal(n * 2500)),
    ),
    max_size=8,
)


@given(payments, st.sampled_from(["bullet", "equal_principal", "equal_instalment", "quarterly_interest"]), st.integers(0, 3))
def test_every_day_of_a_spell_is_overdue_by_as_many_days_as_the_standing_says(made: list[Payment], method: str, shift: int) -> None:
    owed = dues(method, shift)
    last = date(2014, 9, 1)
    found = spells(standing(owed, made, day=last, penalty_rate=UPLIFT).lines)
    for offset in range(0, (last - date(2012, 9, 15)).days, 9):
        on = date(2012, 9, 15) + timedelta(days=offset)
        inside = [spell for spell in found if spell.from_on <= on and (spell.until_on is None or on < spell.until_on)]
        assert len(inside) <= 1
        state = standing(owed, made, day=on, penalty_rate=UPLIFT)
        assert state.days_overdue == (on - inside[0].payable_on).days if inside else state.days_overdue == 0


@given(payments)
def test_nothing_is_counted_twice_or_lost(made: list[Payment]) -> None:
    state = standing(dues("equal_principal"), made, day=date(2014, 12, 31), penalty_rate=UPLIFT)
    principal, interest = (sum((getattr(payment, name) for payment in made), Decimal(0)) for name in ("principal", "interest"))
    assert sum(line.principal_paid for line in state.lines) == min(principal, 3 * MILLION)
    assert sum(line.interest_paid for line in state.lines) == min(interest, sum(line.interest for line in state.lines))


# Grades, ageing


@pytest.mark.parametrize(
    "overdue, grade",
    [(0, "normal"), (7, "normal"), (8, "special_mention"), (90, "special_mention"), (91, "substandard"), (270, "substandard"),
     (271, "doubtful"), (360, "doubtful"), (361, "loss")],
)  # fmt: skip
def test_floors_by_days_overdue_since_2023(overdue: int, grade: str) -> None:
    assert grade_floor(overdue, date(2023, 7, 1)) == grade
    assert grade_floor(overdue, date(2023, 6, 30)) == LoanGrade.NORMAL


def test_the_bank_may_grade_worse_and_never_better() -> None:
    assert grade_in_force("loss", 10, date(2024, 1, 1)) == LoanGrade.LOSS
    assert grade_in_force("normal", 100, date(2024, 1, 1)) == LoanGrade.SUBSTANDARD
    assert worse("doubtful", "substandard") == LoanGrade.DOUBTFUL


def test_before_the_floors_a_grade_better_than_substandard_at_ninety_days_warns() -> None:
    assert "次级" in (grade_warning("special_mention", 90, date(2013, 1, 1)) or "")
    assert grade_warning("special_mention", 89, date(2013, 1, 1)) is None
    assert grade_warning("substandard", 400, date(2013, 1, 1)) is None
    assert grade_warning("normal", 400, date(2023, 7, 1)) is None


@pytest.mark.parametrize(
    "overdue, bucket",
    [
        (0, "未逾期"),
        (1, "1–30 天"),
        (30, "1–30 天"),
        (31, "31–90 天"),
        (90, "31–90 天"),
        (180, "91–180 天"),
        (181, "181–360 天"),
        (361, "360 天以上"),
    ],
)
def test_columns_of_the_ageing_table(overdue: int, bucket: str) -> None:
    assert ageing_bucket(overdue) == bucket


# Extensions


@pytest.mark.parametrize(
    "starts_on, due_on, latest",
    [
        ("2012-09-15", "2013-09-15", "2014-09-15"),  # a year: by the original term
        ("2012-09-15", "2013-03-20", "2013-09-25"),
        ("2012-09-15", "2013-09-16", "2014-03-18"),  # a day over a year: by half of 366 days
        ("2010-01-01", "2015-01-01", "2017-07-02"),
        ("2010-01-01", "2015-01-02", "2018-01-02"),  # over five years: by three
    ],
)  # fmt: skip
def test_the_longest_extension_goes_by_the_original_term(starts_on: str, due_on: str, latest: str) -> None:
    assert latest_extension(day(starts_on), day(due_on)) == day(latest)


def test_a_higher_tier_keeps_the_contracts_multiple_and_a_lower_one_does_not_lower_the_rate() -> None:
    assert extension_rate(Decimal("7.8"), Decimal("6.00"), Decimal("6.15")) == Decimal("7.9950")
    assert extension_rate(Decimal("7.8"), Decimal("6.15"), Decimal("6.00")) == Decimal("7.8")
