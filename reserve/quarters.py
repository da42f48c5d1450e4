"""Calendar quarters, written `2013Q2` (domain §3.11)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from common.errors import InvalidInput

_WRITTEN = re.compile(r"([0-9]{4})Q([1-4])")
_CHINESE_NUMBERS = "一二三四"


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """One quarter of one year; ordered by time, usable as a key."""

    year: int
    number: int

    _FIRST_YEAR: ClassVar[int] = 1949
    _LAST_YEAR: ClassVar[int] = 9999

    def __post_init__(self) -> None:
        if self.number not in (1, 2, 3, 4) or not self._FIRST_YEAR <= self.year <= self._LAST_YEAR:
            raise InvalidInput(f"没有“{self.year}年第{self.number}季度”这样的季度。", fields={"quarter": ["季度应为 1 至 4。"]})

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read `2013Q2`.

        Raises:
            InvalidInput: any other form.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            sentence = f"季度“{text}”写法不对，应为四位年份加 Q 加 1 至 4，例如 2013Q2。"
            raise InvalidInput(sentence, fields={"quarter": [sentence]})
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter in which `day` lies."""
        return cls(day.year, (day.month + 2) // 3)

    @staticmethod
    def range(first: "Quarter", last: "Quarter") -> Iterator["Quarter"]:
        """From `first` to `last`, both included; nothing when `last` is earlier."""
        quarter = first
        while quarter <= last:
            yield quarter
            quarter = quarter.next()

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """Last day."""
        return date(self.year, 3 * self.number, 31 if self.number in (1, 4) else 30)

    @property
    def label_cn(self) -> str:
        """As printed: 2012年第三季度."""
        return f"{self.year}年第{_CHINESE_NUMBERS[self.number - 1]}季度"

    def contains(self, day: date) -> bool:
        """Whether `day` lies in the quarter."""
        return self.start <= day <= self.end

    def next(self) -> "Quarter":
        """The quarter after."""
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    def previous(self) -> "Quarter":
        """The quarter before."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)
