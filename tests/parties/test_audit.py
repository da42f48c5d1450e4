"""What the trail says of a change is what a page would print."""

from datetime import date
from decimal import Decimal

from enterprises.models import EnterpriseCategory, EnterpriseYear
from parties.models import User
from parties.services.audit import changed


def test_a_code_is_kept_by_its_label_and_an_amount_with_its_separators() -> None:
    before = EnterpriseYear(employees=300, revenue=Decimal("20000000"), assets=None, size="medium")
    after = EnterpriseYear(employees=299, revenue=Decimal("19999999.99"), assets=Decimal("0.5"), size="small")
    assert changed(before, after, ["employees", "revenue", "assets", "size"]) == {
        "从业人员（人）": (300, 299),
        "营业收入": ("20,000,000.00", "19,999,999.99"),
        "资产总额": (None, "0.50"),
        "规模": ("中型", "小型"),
    }


def test_yes_and_no_are_words_and_what_did_not_change_is_left_out() -> None:
    assert changed(User(is_active=True, name="李明"), User(is_active=False, name="李明"), ["is_active", "name"]) == {"启用": ("是", "否")}
    dates = [EnterpriseCategory(valid_until=day) for day in (None, date(2013, 6, 30))]
    assert changed(*dates, ["valid_until"]) == {"有效期止": (None, date(2013, 6, 30))}
