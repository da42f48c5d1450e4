"""What a report is about: a quarter `2013Q2`, half a year `2013H1` or a year `2013` (domain §8)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from common.errors import InvalidInput

from .quarters import Quarter

_WRITTEN = re.compile(r"([0-9]{4})(?:(Q)([1-4])|(H)([12]))?")


class PeriodKind(Enum):
    """Value: how many quarters it has."""

    QUARTER = 1
    HALF = 2
    YEAR = 4


_EXAMPLES = {
    PeriodKind.QUARTER: "季度写作 2013Q2",
    PeriodKind.HALF: "半年写作 2013H1（上半年）、2013H2（下半年）",
    PeriodKind.YEAR: "年度写作 2013",
}


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """Whole quarters of one year, from `first` to `last`; ordered by time, usable as a key."""

    first: Quarter
    last: Quarter

    @classmethod
    def parse(cls, text: str, kinds: Sequence[PeriodKind]) -> "Period":
        """Read a period of one of `kinds`.

        Raises:
            InvalidInput: another form, another kind, or a year no quarter has.
        """
        written = _WRITTEN.fullmatch(text)
        kind = PeriodKind.YEAR if written is None or not written[0][4:] else PeriodKind.QUARTER if written[2] else PeriodKind.HALF
        if written is None or kind not in kinds:
            sentence = f"报告期“{text[:20]}”写法不对：{'，'.join(_EXAMPLES[one] for one in kinds)}。"
            raise InvalidInput(sentence, fields={"period": [sentence]})
        return cls.of(int(written[1]), kind, int(written[3] or written[5] or 1))

    @classmethod
    def of(cls, year: int, kind: PeriodKind, number: int = 1) -> "Period":
        """The `number`-th of its kind in a year, from 1."""
        last = kind.value * number
        return cls(Quarter(year, last - kind.value + 1), Quarter(year, last))

    @classmethod
    def around(cls, day: date, kind: PeriodKind) -> "Period":
        """The one of its kind that holds `day`."""
        return cls.of(day.year, kind, (Quarter.of(day).number - 1) // kind.value + 1)

    def __str__(self) -> str:
        part = {PeriodKind.QUARTER: f"Q{self.number}", PeriodKind.HALF: f"H{self.number}", PeriodKind.YEAR: ""}
        return f"{self.first.year}{part[self.kind]}"

    @property
    def kind(self) -> PeriodKind:
        return PeriodKind(self.last.number - self.first.number + 1)

    @property
    def number(self) -> int:
        """Which of its kind in the year, from 1."""
        return self.last.number // self.kind.value

    @property
    def start(self) -> date:
        """First day."""
        return self.first.start

    @property
    def end(self) -> date:
        """Last day."""
        return self.last.end

    @property
    def label_cn(self) -> str:
        """As printed: 2013年第二季度, 2013年上半年, 2013年度."""
        if self.kind == PeriodKind.QUARTER:
            return self.first.label_cn
        return f"{self.first.year}年{'度' if self.kind == PeriodKind.YEAR else '上下'[self.number - 1] + '半年'}"

    def contains(self, day: date) -> bool:
        """Whether `day` lies in the period."""
        return self.start <= day <= self.end

    def quarters(self) -> list[Quarter]:
        """Its quarters, in order."""
        return list(Quarter.range(self.first, self.last))

    def halves(self) -> list["Period"]:
        """The half years it is made of: itself, or the two of a year."""
        if self.kind == PeriodKind.HALF:
            return [self]
        return [Period.of(self.first.year, PeriodKind.HALF, number) for number in (1, 2)]


def halves_between(first: date, on: date) -> list[Period]:
    """Half years from the one `first` lies in that were over before `on`, the latest first."""
    found, half = [], Period.around(first, PeriodKind.HALF)
    while half.end < on:
        found.append(half)
        half = Period.around(half.end + timedelta(days=1), PeriodKind.HALF)
    return found[::-1]
