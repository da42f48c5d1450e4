"""期初: what a row of the old register has to keep to. The programme's limits of today are not held against the past."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from common.money import format_yuan

from .imports.catalogue import Finding, finding
from .terms import add_months

DAYS = (("approved_on", "审批日期"), ("contract_on", "合同日期"), ("disbursed_on", "发放日期"))


def opening_faults(values: Mapping[str, Any], *, agreed_on: date, started_on: date) -> Iterator[Finding]:
    """What is wrong with a row by itself: its days against each other, the agreement and the 启用日; what it owed; when it was settled."""
    before, before_label = agreed_on, "协议签署日"
    for key, label in DAYS:
        if values[key] < before:
            yield finding("E345", f"{label} {values[key]} 早于{before_label} {before}。")
        before, before_label = values[key], label
    if values["due_on"] <= values["disbursed_on"]:
        yield finding("E345", f"到期日期 {values['due_on']} 应晚于发放日期 {values['disbursed_on']}。")
    if values["disbursed_on"] >= started_on:
        yield finding("E341", f"发放日期 {values['disbursed_on']} 不早于启用日 {started_on}。")
    if values["amount"] <= 0 or values["outstanding"] > values["amount"]:
        outstanding, amount = format_yuan(values["outstanding"]), format_yuan(values["amount"])
        yield finding("E342", f"期初本金余额 {outstanding} 元，贷款金额 {amount} 元。")
    yield from _settled(values, started_on)


def _settled(values: Mapping[str, Any], started_on: date) -> Iterator[Finding]:
    day = values.get("settled_on")
    if values["outstanding"]:
        if day is not None:
            yield finding("E344", f"尚欠 {format_yuan(values['outstanding'])} 元，结清日期 {day} 应为空。")
    elif day is None:
        yield finding("E344", "余额为 0，未填写结清日期。")
    elif not values["disbursed_on"] < day < started_on:
        yield finding("E344", f"结清日期 {day} 不在发放日期 {values['disbursed_on']} 与启用日 {started_on} 之间。")


def term_of(disbursed_on: date, due_on: date) -> int:
    """The term of a line in whole months, as long as its loan needs: 2012-09-01 to 2013-08-31 are 12."""
    months = 1
    while add_months(disbursed_on, months) < due_on:
        months += 1
    return months
