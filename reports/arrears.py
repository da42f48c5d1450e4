"""What the pages of arrears are made of: tables with the addresses of the loans behind each row."""

from datetime import date
from decimal import Decimal

from common.display import iso
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
