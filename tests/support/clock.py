"""The clock of the running application, set by hand: a journey through HTTP cannot pass its dates in."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Nine in the morning of the day it is set to, a second later at each look. `common.http` reads nothing else."""

    def __init__(self, patch: pytest.MonkeyPatch, day: date) -> None:
        self._moment = _morning(day)
        patch.setattr(timezone, "now", self.now)

    @property
    def day(self) -> date:
        return self._moment.date()

    def now(self) -> datetime:
        self._moment += timedelta(seconds=1)
        return self._moment

    def go_to(self, day: date) -> None:
        """Forward only, as clocks do."""
        assert day >= self.day, f"the clock stands at {self.day}, {day} is over"
        if day > self.day:
            self._moment = _morning(day)

    def pass_days(self, days: int) -> date:
        self.go_to(self.day + timedelta(days))
        return self.day


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
