"""A printed report as data: one description its page, PDF and XLSX are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from common.display import date_cn
from reserve.models import LedgerHead

from .pages import FigureTable


@dataclass(frozen=True, slots=True)
class Document:
    """`definitions`: term and what it means, printed at the end; `seals`: names beside the places for seals.

    `partial`: the period is not over, the figures are those up to `as_of`.
    """

    title: str
    programme: str
    period: str
    as_of: date
    partial: bool
    prepared_by: str
    printed_on: date
    sections: Sequence[FigureTable]
    definitions: Sequence[tuple[str, str]]
    seals: Sequence[str]
    ledger: str
    warnings: Sequence[str] = ()

    @property
    def file_name(self) -> str:
        return f"{self.title}_{self.period}"

    @property
    def notice(self) -> str:
        """What must be said above the figures of a period that is not over."""
        return f"本期尚未结束，数字截至{date_cn(self.as_of)}" if self.partial else ""

    @property
    def footer(self) -> str:
        return f"{self.title}（{self.period}）· {self.ledger} · 制表日期 {self.printed_on}"


def ledger_words(head: LedgerHead | None) -> str:
    """The end of the chain that the figures were read from."""
    return f"账簿第{head.sequence}笔 {head.hash}" if head and head.sequence else "账簿尚无分录"
