"""Quarters, half years and years as reports name them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from reserve.periods import Period, PeriodKind

EVERY = tuple(PeriodKind)


@pytest.mark.parametrize(
    ("text", "start", "end", "label", "quarters"),
    [
        ("2013Q2", date(2013, 4, 1), date(2013, 6, 30), "2013年第二季度", ["2013Q2"]),
        ("2013H1", date(2013, 1, 1), date(2013, 6, 30), "2013年上半年", ["2013Q1", "2013Q2"]),
        ("2013H2", date(2013, 7, 1), date(2013, 12, 31), "2013年下半年", ["2013Q3", "2013Q4"]),
        ("2013", date(2013, 1, 1), date(2013, 12, 31), "2013年度", ["2013Q1", "2013Q2", "2013Q3", "2013Q4"]),
    ],
)
def test_each_kind_is_read_and_named(text: str, start: date, end: date, label: str, quarters: list[str]) -> None:
    period = Period.parse(text, EVERY)
    assert (str(period), period.start, period.end, period.label_cn) == (text, start, end, label)
    assert [str(quarter) for quarter in period.quarters()] == quarters
    assert period.contains(start)
    assert period.contains(end)
    assert not period.contains(date.fromordinal(start.toordinal() - 1))


@pytest.mark.parametrize("text", ["", "2013Q5", "2013Q0", "2013H3", "13Q1", "2013q1", "2013 ", "2013-01", "１２１３", "0001", "x" * 500])
def test_another_form_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Period.parse(text, (PeriodKind.QUARTER, PeriodKind.YEAR))
    assert len(refusal.value.message) < 80


@pytest.mark.parametrize(
    ("text", "kinds", "said"),
    [
        ("2013H1", (PeriodKind.QUARTER, PeriodKind.YEAR), "季度写作 2013Q2，年度写作 2013"),
        ("2013Q1", (PeriodKind.HALF,), "2013H1（上半年）"),
    ],
)
def test_a_kind_the_report_has_not_is_refused(text: str, kinds: tuple[PeriodKind, ...], said: str) -> None:
    with pytest.raises(InvalidInput, match="写法不对") as refusal:
        Period.parse(text, kinds)
    assert said in refusal.value.message
    assert refusal.value.fields.keys() == {"period"}


@given(day=st.dates(date(1950, 1, 1), date(9998, 12, 31)), kind=st.sampled_from(EVERY))
def test_the_one_around_a_day_holds_it_and_is_read_back(day: date, kind: PeriodKind) -> None:
    period = Period.around(day, kind)
    assert period.contains(day)
    assert period.kind is kind
    assert Period.parse(str(period), EVERY) == period


def test_a_year_is_its_halves() -> None:
    year = Period.parse("2013", EVERY)
    assert [str(half) for half in year.halves()] == ["2013H1", "2013H2"]
    assert [str(half) for half in year.halves()[0].halves()] == ["2013H1"]
