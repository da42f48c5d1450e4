"""A programme of 2011 that comes here on 2013-07-01, with its deposits and its old register as a file."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from loans.models import ImportFile, Loan
from loans.services import imports
from parties.models import User
from tests.factories import World, confirm, make_contribution, make_enterprise, make_world, on
from tests.support.imports import preview, work

STARTED = date(2013, 7, 1)
DAY = date(2013, 7, 3)
HEADS = (
    *("统一社会信用代码", "审批日期", "授信金额", "原批次", "批准时规模", "借款合同号", "合同日期", "借据号", "贷款金额", "发放日期"),
    *("到期日期", "年利率", "用途", "还本付息方式", "担保方式", "期初本金余额", "结清日期"),
)
RUNNING: dict[str, Any] = {
    "审批日期": date(2012, 8, 20),
    "授信金额": 5_000_000,
    "原批次": 3,
    "批准时规模": "小型",
    "借款合同号": "HT1",
    "合同日期": date(2012, 9, 3),
    "借据号": "QC1",
    "贷款金额": 3_000_000,
    "发放日期": date(2012, 9, 15),
    "到期日期": date(2013, 9, 14),
    "年利率": "7.8",
    "用途": "购买原材料",
    "还本付息方式": "按季付息、到期还本",
    "担保方式": "保证",
    "期初本金余额": 2_000_000,
}


def make_started(*, funded: bool = True) -> World:
    """1000万 and 4000万 of 2012 as 期初出资; enterprises 1 and 2 on the register."""
    world = make_world(started_on=STARTED)
    for by, amount in ((world.province, "10000000"), (world.town, "40000000")) if funded else ():
        arrived = date(2012, 4, 20)
        made = make_contribution(
            world, by=by, amount=amount, transferred_on=arrived, voucher_no=f"QC{by.username}", recorded_on=date(2013, 7, 1)
        )
        confirm(world, made, arrived_on=arrived, confirmed_on=date(2013, 7, 1))
    for number in (1, 2):
        make_enterprise(world, number, day=date(2012, 1, 10))
    return world


def code_of(world: World, number: int) -> str:
    enterprises = [link.enterprise for link in world.programme.enterprise_links.select_related("enterprise").order_by("pk")]
    return str(enterprises[number - 1].org_code)


def row(world: World, **changes: Any) -> list[Any]:
    """A loan of enterprise 1 that is running, but for `changes`, by heading."""
    values = {"统一社会信用代码": code_of(world, 1), **RUNNING, **changes}
    return [values.get(head) for head in HEADS]


def register(world: World) -> list[list[Any]]:
    """One running, one overdue since March, one settled in May, drawn from the running one's line."""
    overdue = {
        "统一社会信用代码": code_of(world, 2),
        "授信金额": 4_000_000,
        "审批日期": date(2012, 3, 20),
        "合同日期": date(2012, 4, 1),
        "原批次": 2,
        "借据号": "QC2",
        "贷款金额": 4_000_000,
        "发放日期": date(2012, 4, 1),
        "到期日期": date(2013, 3, 29),
        "还本付息方式": "按月付息、到期还本",
        "期初本金余额": 1_000_000,
    }
    settled = {"借据号": "QC3", "贷款金额": 2_000_000, "期初本金余额": 0, "到期日期": date(2013, 6, 14), "结清日期": date(2013, 5, 20)}
    return [row(world), row(world, **overdue), row(world, **settled)]


def preview_openings(world: World, rows: Sequence[Sequence[Any]], **more: Any) -> ImportFile:
    return preview(world, [HEADS, *rows], day=DAY, kind="opening", name="期初贷款.xlsx", **more)


def pass_on(world: World, file: ImportFile) -> ImportFile:
    """Confirmed by the bank's reviewer: it waits for an office."""
    return imports.confirm_file(import_file=file, mode="all", version=file.version, by=world.bank2, **on(DAY))


def countersign(world: World, file: ImportFile, by: User | None = None, day: date = DAY) -> ImportFile:
    """Confirmed by both sides and booked."""
    file = pass_on(world, file)
    imports.countersign_file(import_file=file, version=file.version, by=by or world.town2, **on(day))
    work(day)
    file.refresh_from_db()
    return file


def open_loans(world: World, rows: Sequence[Sequence[Any]] | None = None) -> list[Loan]:
    """The register's loans, on record."""
    file = countersign(world, preview_openings(world, register(world) if rows is None else rows))
    assert file.status == "booked", file.failure
    return list(Loan.objects.order_by("note_no"))
