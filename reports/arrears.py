"""What the pages of arrears are made of: tables with the addresses of the loans behind each row."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.display import iso
from common.money import round_half_up
from common.page import Chart, Series
from loans.models import RiskRate
from loans.rules.risk import RatePoint
from loans.selectors.risk import RateSeries
from reserve.models import Programme

from .pages import FigureTable, address
from .selectors.arrears import Ageing, Bucket

AGEING_NOTE = (
    "按逾期天数（自最早一期未付的应付日起）列出该日未还本金的全部贷款；逾期天数和余额按今天所知重算，补记的还款、冲正和更正归到实际发生的日期，"
    "所属季度已报送的自入账日起算。"
)


def ageing_table(programme: Programme, found: Ageing, day: date) -> FigureTable:
    """One bank's buckets, or the programme's, with what is owed in all."""
    return FigureTable(
        str(found.bank or "all"),
        f"逾期账龄：{found.name}",
        (
            ("逾期天数", "text"),
            ("贷款（笔）", "number"),
            ("未还本金（元）", "yuan"),
            ("占比", "percent"),
            ("占用准备金（元）", "yuan"),
        ),
        [(bucket.label, bucket.loans, bucket.owed, bucket.share, bucket.occupied) for bucket in found.buckets],
        ("合计", found.loans, found.owed, Decimal(1) if found.owed else Decimal(0), found.occupied),
        [_loans_behind(programme, found, bucket, day) for bucket in found.buckets],
    )


def _loans_behind(programme: Programme, found: Ageing, bucket: Bucket, day: date) -> str:
    return address("reports:ageing_loans", programme, as_of=iso(day), bank=found.bank, bucket=bucket.code)


RATE_NOTE = (
    "逾期率 = 逾期超过规定天数（项目规则，默认 30 天）的贷款的全部未还本金 ÷ 全部未还本金；天数和预警线、暂停线按各日的项目规则，"
    "暂停线自规定的未还本金规模起算。过去各日按今天所知重算。"
    "每日逾期率与代偿率是每日任务当时的计算结果；代偿率 = 净代偿（准备金已付减追偿收回）÷ 项目已到位的出资。"
)


def rate_table(programme: Programme, found: RateSeries) -> FigureTable:
    """A series as a table, the latest day first."""
    points = found.points[::-1]
    return FigureTable(
        str(found.bank or "all"),
        f"逾期率：{found.name}",
        (
            ("截至", "text"),
            ("未还本金（元）", "yuan"),
            ("计入逾期的本金（元）", "yuan"),
            ("逾期率", "percent"),
            ("预警线", "percent"),
            ("暂停线", "percent"),
            ("提示", "text"),
        ),
        [
            (
                iso(one.day),
                one.owed,
                one.overdue,
                one.rate,
                _line(one.rules.overdue_rate_warn),
                _line(one.rules.overdue_rate_stop),
                _said(one),
            )
            for one in points
        ],
        (),
        [address("reports:ageing", programme, as_of=iso(one.day)) for one in points],
    )


def _said(point: RatePoint) -> str:
    return "超过暂停线" if point.stops else "超过预警线" if point.warns else ""


def _line(ratio: Fraction) -> Decimal:
    return Decimal(ratio.numerator) / ratio.denominator


def rate_chart(programme: Programme, series: Sequence[RateSeries]) -> Chart:
    """Every bank's rate in percent over time, with the thresholds of the programme."""
    points = series[0].points
    lines = [(found.name, [one.rate for one in found.points]) for found in series]
    lines += [
        ("预警线", [_line(one.rules.overdue_rate_warn) for one in points]),
        ("暂停线", [_line(one.rules.overdue_rate_stop) for one in points]),
    ]
    return Chart(
        "overdue-rate",
        "逾期率",
        categories=[iso(one.day) for one in points],
        series=[Series(name, [None if value is None else round_half_up(value * 100, 2) for value in values]) for name, values in lines],
        kind="line",
        unit="%",
        urls=[address("reports:ageing", programme, as_of=iso(one.day)) for one in points],
    )


def kept_table(rows: Sequence[RiskRate]) -> FigureTable:
    """A scope's rates day by day, as the nightly job kept them, the latest first."""
    scope = rows[0]
    return FigureTable(
        f"daily-{scope.bank_id or 'all'}",
        f"每日逾期率与代偿率：{scope.scope}",
        (
            ("日期", "text"),
            ("未还本金（元）", "yuan"),
            ("计入逾期的本金（元）", "yuan"),
            ("逾期率", "percent"),
            ("净代偿（元）", "yuan"),
            ("出资（元）", "yuan"),
            ("代偿率", "percent"),
            ("提示", "text"),
        ),
        [
            (iso(one.day), one.owed, one.overdue, one.overdue_rate, one.compensated, one.contributed, one.compensation_ratio, _passed(one))
            for one in reversed(rows)
        ],
        (),
        ["" for _ in rows],
    )


def _passed(row: RiskRate) -> str:
    """Which lines the day was past."""
    lines = ((row.overdue_stops, "逾期率超过暂停线"), (row.compensation_stops, "代偿率超过暂停线"))
    found = [said for passed, said in lines if passed]
    return "；".join([*(["逾期率超过预警线"] if row.warns and not row.overdue_stops else []), *found])


def kept_chart(rows: Sequence[RiskRate]) -> Chart:
    """Both rates of a scope in percent, day by day."""
    lines = (("逾期率", [one.overdue_rate for one in rows]), ("代偿率", [one.compensation_ratio for one in rows]))
    return Chart(
        "daily-rates",
        f"每日逾期率与代偿率：{rows[0].scope}",
        categories=[iso(one.day) for one in rows],
        series=[Series(name, [None if value is None else round_half_up(value * 100, 2) for value in values]) for name, values in lines],
        kind="line",
        unit="%",
    )
