"""Quarters as they are written, printed and walked through."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from reserve.quarters import Quarter

days = st.dates(date(1950, 1, 1), date(9998, 12, 31))


@pytest.mark.parametrize(
    "text, start, end, label",
    [
        ("2011Q4", date(2011, 10, 1), date(2011, 12, 31), "2011年第四季度"),
        ("2012Q1", date(2012, 1, 1), date(2012, 3, 31), "2012年第一季度"),
        ("2012Q2", date(2012, 4, 1), date(2012, 6, 30), "2012年第二季度"),
        ("2012Q3", date(2012, 7, 1), date(2012, 9, 30), "2012年第三季度"),
        ("9999Q4", date(9999, 10, 1), date(9999, 12, 31), "9999年第四季度"),
    ],
)
def test_a_quarter_has_its_days_and_its_printed_name(text, start, end, label):
    quarter = Quarter.parse(text)
    assert (quarter.start, quarter.end, quarter.label_cn, str(quarter)) == (start, end, label, text)


@pytest.mark.parametrize(
    "text", ["", "2013", "2013Q0", "2013Q5", "2013q2", "13Q2", "2013-Q2", "２０１３Q2", "0000Q1", " 2013Q2", "2013Q2\n"]
)
def test_another_form_is_refused_and_filed_under_the_quarter(text):
    with pytest.raises(InvalidInput) as refusal:
        Quarter.parse(text)
    assert "quarter" in refusal.value.fields


@given(days)
def test_every_day_lies_in_exactly_its_quarter(day):
    quarter = Quarter.of(day)
    assert quarter.contains(day)
    assert not quarter.next().contains(day)
    assert not quarter.previous().contains(day)
    assert quarter.next().previous() == quarter == Quarter.parse(str(quarter))
    assert quarter.end + timedelta(days=1) == quarter.next().start


@given(days, days)
def test_quarters_are_ordered_as_their_days(one, other):
    if Quarter.of(one) < Quarter.of(other):
        assert one < other


def test_a_range_includes_both_ends_and_is_empty_backwards():
    quarters = [str(quarter) for quarter in Quarter.range(Quarter(2011, 4), Quarter(2012, 2))]
    assert quarters == ["2011Q4", "2012Q1", "2012Q2"]
    assert len(list(Quarter.range(Quarter(2011, 4), Quarter(2015, 4)))) == 17
    assert list(Quarter.range(Quarter(2012, 1), Quarter(2011, 4))) == []
