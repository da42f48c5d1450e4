"""The living programme shows the same whatever day it is made around: also on a holiday, at a quarter's first and last day."""

from datetime import date

import pytest

from loans.enums import WatchReason
from loans.models import Loan
from loans.selectors.watch import reasons, watched
from reports.demonstration.cast import make_cast
from reports.demonstration.living import Living


@pytest.mark.django_db
@pytest.mark.parametrize("today", [date(2026, 1, 2), date(2026, 4, 1), date(2026, 9, 30)])
def test_a_warning_a_missing_inspection_and_arrears_are_there(today: date) -> None:
    Living(make_cast(), today).play()
    found = [set(reasons(row, today)) for row in watched(Loan.objects.all(), today)]
    for reason in (WatchReason.WARNING, WatchReason.UNINSPECTED, WatchReason.OVERDUE):
        assert any(reason in one for one in found)
