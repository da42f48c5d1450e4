"""What the pages of figures are made of: cards, charts, tables, and the addresses of the rows behind them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from common.display import DASH, percent, quarter_cn, rate, wan, yuan
from common.money import round_half_up
from common.page import Chart, NumberCard, Series
from reserve.models import Programme

from .selectors.statistics import QuarterFigures, Statistics

DECLARED = "累计申报准备金（推算）"
DECLARED_NOTE = (
    "按每笔贷款发放时占用的准备金（贷款金额 ÷ 放大倍数）累计，还款释放后不减；它是推算的申报口径，"
    "不是到位资金：到位金额以准备金账户余额为准。"
)
WAN = Decimal(10000)


def address(name: str, programme: Programme, **parameters: Any) -> str:
    """A list of one programme, filtered."""
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    return f"{reverse(name)}?{urlencode({'programme': programme.code, **given})}"


def in_wan(amount: Decimal) -> Decimal:
    return round_half_up(amount / WAN, 2)


# charts


def quarter_chart(programme: Programme, rows: Sequence[QuarterFigures], as_of: date) -> Chart:
    """Loans as columns and their declared reserve as a line, in 万元."""
    return Chart(
        "by-quarter",
        "分季度放款与申报准备金",
        categories=[row.quarter for row in rows],
        series=[
            Series("放款额", [in_wan(row.loan_amount) for row in rows]),
            Series("申报准备金（推算）", [in_wan(row.declared_reserve) for row in rows], kind="line"),
        ],
        unit="万元",
        urls=[loans_of(programme, row.quarter, as_of) for row in rows],
    )


def size_chart(programme: Programme, figures: Statistics) -> Chart:
    return Chart(
        "by-size",
        "企业规模",
        categories=[row.label for row in figures.by_size],
        series=[Series("企业", [row.enterprises for row in figures.by_size])],
        kind="pie",
        unit="家",
        urls=[lines_of(programme, figures.as_of, size=row.size) for row in figures.by_size],
    )


def industry_chart(programme: Programme, figures: Statistics) -> Chart:
    return Chart(
        "by-industry",
        "企业所属行业",
        categories=[row.name for row in figures.by_industry],
        series=[Series("企业", [row.enterprises for row in figures.by_industry])],
        unit="家",
        horizontal=True,
        urls=[lines_of(programme, figures.as_of, industry=row.code) for row in figures.by_industry],
    )


def loans_of(programme: Programme, quarter: str, as_of: date) -> str:
    """The disbursements of a quarter, in the register."""
    return address("loans:loan_list", programme, drawn="true", quarter=quarter, disbursed_to=as_of)


def lines_of(programme: Programme, as_of: date, **parameters: str) -> str:
    """The approvals confirmed by a day."""
    return address("loans:approval_list", programme, status="approved", decided_to=as_of, **parameters)


# the statistics page


def figure_cards(programme: Programme, figures: Statistics) -> list[NumberCard]:
    """The published figures, each with the rows it is counted from."""
    day = figures.as_of
    lines = lines_of(programme, day)
    loans = address("loans:loan_list", programme, drawn="true", disbursed_to=day)
    batches = address("enterprises:batch_list", programme, sent_to=day)
    provincial = figures.declared_reserve_provincial
    return [
        NumberCard("推荐批次", f"{figures.batches} 批", "截至该日已发送", batches, icon="package"),
        NumberCard("企业", f"{figures.enterprises} 家", f"获批 {figures.approvals} 笔，续贷不重复计户", lines, icon="building-factory-2"),
        NumberCard("授信金额", wan(figures.credit_amount), f"{yuan(figures.credit_amount)} 元", lines, icon="file-certificate"),
        NumberCard("放款金额", wan(figures.loan_amount), f"{figures.loans} 笔，{yuan(figures.loan_amount)} 元", loans, icon="coins"),
        NumberCard(DECLARED, wan(figures.declared_reserve), f"{yuan(figures.declared_reserve)} 元", loans, icon="report-analytics"),
        NumberCard("其中：省级", wan(provincial), f"{yuan(provincial)} 元", loans, icon="building-bank"),
    ]


@dataclass(frozen=True, slots=True)
class TableCell:
    """`text` as shown; `url`: the rows behind it."""

    text: str
    numeric: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class FigureTable:
    """One breakdown as a table of the page and of a file. `rows` and `totals` hold raw values, `urls` one address a row."""

    key: str
    title: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[Any]
    urls: Sequence[str]

    @property
    def body(self) -> list[list[TableCell]]:
        return [self._cells(row, url) for row, url in zip(self.rows, self.urls, strict=True)]

    @property
    def foot(self) -> list[TableCell]:
        return self._cells(self.totals) if self.totals else []

    def _cells(self, row: Sequence[Any], url: str = "") -> list[TableCell]:
        shown = zip(self.heads, row, strict=True)
        return [TableCell(_SHOWN[kind](value), kind != "text", url if i == 0 else "") for i, ((_, kind), value) in enumerate(shown)]


def _number(value: Any, pattern: str = ",") -> str:
    return DASH if value is None else format(value, pattern)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "text": str,
    "number": _number,
    "yuan": yuan,
    "percent": percent,
    "rate": rate,
    "times": lambda value: _number(value, ",.2f"),
}


def tables(programme: Programme, figures: Statistics) -> list[FigureTable]:
    """By quarter, by size, by industry, with totals that are the published figures."""
    day, everything = figures.as_of, Decimal(1) if figures.enterprises else Decimal(0)
    return [
        FigureTable(
            "quarter",
            "分季度",
            (
                ("季度", "text"),
                ("获批（笔）", "number"),
                ("授信金额（元）", "yuan"),
                ("放款（笔）", "number"),
                ("放款金额（元）", "yuan"),
                ("申报准备金（推算，元）", "yuan"),
                ("其中：省级（元）", "yuan"),
            ),
            [
                (quarter_cn(q.quarter), q.approvals, q.credit_amount, q.loans, q.loan_amount, q.declared_reserve, q.declared_provincial)
                for q in figures.by_quarter
            ],
            (
                "合计",
                figures.approvals,
                figures.credit_amount,
                figures.loans,
                figures.loan_amount,
                figures.declared_reserve,
                figures.declared_reserve_provincial,
            ),
            [loans_of(programme, q.quarter, day) for q in figures.by_quarter],
        ),
        FigureTable(
            "size",
            "企业规模（首次获批时）",
            (("规模", "text"), ("企业（家）", "number"), ("占比", "percent")),
            [(row.label, row.enterprises, row.share) for row in figures.by_size],
            ("合计", figures.enterprises, everything),
            [lines_of(programme, day, size=row.size) for row in figures.by_size],
        ),
        FigureTable(
            "industry",
            "所属行业",
            (("行业（GB/T 4754）", "text"), ("代码", "text"), ("企业（家）", "number"), ("占比", "percent"), ("授信金额（元）", "yuan")),
            [(row.name, f"{row.code}（{row.edition}）", row.enterprises, row.share, row.credit_amount) for row in figures.by_industry],
            ("合计", "", figures.enterprises, everything, figures.credit_amount),
            [lines_of(programme, day, industry=row.code) for row in figures.by_industry],
        ),
    ]
