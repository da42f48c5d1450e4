"""The two ways to quote a rate (domain §6): ‰ a month as rural banks print it, % a year as the application keeps it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.forms import RateField
from common.rates import annual_to_monthly_permille, monthly_permille_to_annual

annual_rates = st.integers(1, 300_000).map(lambda units: Decimal(units).scaleb(-4))


@pytest.mark.parametrize("monthly, annual", [("6.5", "7.8000"), ("6.8333", "8.2000"), ("6.0667", "7.2800"), ("6.00004", "7.2000")])
def test_monthly_permille_and_annual_percent(monthly, annual):
    assert str(monthly_permille_to_annual(Decimal(monthly))) == annual


@pytest.mark.parametrize("annual, monthly", [("7.8", "6.5000"), ("8.2", "6.8333"), ("7.28", "6.0667"), ("7.2801", "6.0668")])
def test_an_annual_rate_is_quoted_by_the_month_rounded_half_up(annual, monthly):
    assert str(annual_to_monthly_permille(Decimal(annual))) == monthly


@given(annual_rates)
def test_an_annual_rate_survives_being_quoted_by_the_month_to_within_its_last_digit(annual):
    assert abs(monthly_permille_to_annual(annual_to_monthly_permille(annual)) - annual) <= Decimal("0.0001")


@given(st.integers(1, 100_000).map(lambda units: Decimal(units).scaleb(-3)))
def test_what_the_application_prints_by_the_month_is_typed_back_to_the_same_rate_of_three_decimals(annual):
    assert RateField().clean(f"{annual_to_monthly_permille(annual):f}‰") == annual
