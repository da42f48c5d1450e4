"""What a quarterly summary says, as plain data (domain §3.11, §8). No database and no clock."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from common.money import api_string, in_words
from reserve.quarters import Quarter

TITLE = "科技贷款项目风险准备金申报汇总表"
NIL_TEXT = "本季度无新发放贷款（零申报）"
LONGEST_REASON = 300
"""Characters in which a return is explained."""
LONGEST_REMARK = 200
"""Characters of a remark on one line."""

# The seven columns of the agreement, in its order [source].
SEVEN_COLUMNS: Mapping[str, str] = {
    "enterprise_name": "企业名称",
    "amount": "贷款金额",
    "disbursed_on": "发放日期",
    "due_on": "到期日期",
    "annual_rate": "利率",
    "purpose": "用途",
    "repayment_method": "还本付息方式",
}


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One 借据 as declared. Amounts in yuan, rate in annual percent; `recorded_on` is the day the bank confirmed it."""

    note_no: str
    enterprise_name: str
    amount: Decimal
    disbursed_on: date
    due_on: date
    annual_rate: Decimal
    purpose: str
    repayment_method: str
    repayment_method_label: str
    guarantee_label: str
    declared_reserve: Decimal
    declared_provincial: Decimal
    recorded_on: date

    def as_data(self, number: int) -> dict[str, Any]:
        return {
            "number": number,
            "enterprise_name": self.enterprise_name,
            "amount": api_string(self.amount),
            "disbursed_on": self.disbursed_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "annual_rate": f"{self.annual_rate:.4f}",
            "purpose": self.purpose,
            "repayment_method": self.repayment_method,
            "repayment_method_label": self.repayment_method_label,
            "note_no": self.note_no,
            "guarantee_label": self.guarantee_label,
            "declared_reserve": api_string(self.declared_reserve),
            "declared_provincial": api_string(self.declared_provincial),
            "declared_town": api_string(self.declared_reserve - self.declared_provincial),
            "recorded_on": self.recorded_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class SummaryChange:
    """What became of loans of earlier quarters after those were closed; `principal_change` in yuan, negative: less is owed."""

    kind: str
    kind_label: str
    enterprise_name: str
    note_no: str
    fact_on: date
    recorded_on: date
    principal_change: Decimal
    detail: str

    def as_data(self, number: int) -> dict[str, Any]:
        return {
            "number": number,
            "kind": self.kind,
            "kind_label": self.kind_label,
            "enterprise_name": self.enterprise_name,
            "note_no": self.note_no,
            "fact_on": self.fact_on.isoformat(),
            "recorded_on": self.recorded_on.isoformat(),
            "principal_change": api_string(self.principal_change),
            "detail": self.detail,
        }


def first_owed(first_arrival: date, started_on: date | None = None) -> Quarter:
    """The first quarter a summary is owed for: that of the first deposit, none before the programme was run here (启用日)."""
    return Quarter.of(max(first_arrival, started_on or first_arrival))


def last_owed(ended_on: date | None, open_loans: bool, last_settled_on: date | None) -> Quarter | None:
    """The last quarter owed: the one in which the programme has ended and its last loan is settled or written off; None while running."""
    if ended_on is None or open_loans:
        return None
    return Quarter.of(max(ended_on, last_settled_on or ended_on))


def content(
    quarter: Quarter, lines: Sequence[SummaryLine], adjustments: Sequence[SummaryLine], changes: Sequence[SummaryChange] = ()
) -> dict[str, Any]:
    """The part of a snapshot that the bank declares: what the officer checks and the reviewer submits.

    Lines are ordered by disbursement date and 借据号. Late confirmations stand in `adjustments` with their true dates,
    and are in no total of the quarter's new loans.
    """
    ordered = sorted(lines, key=lambda line: (line.disbursed_on, line.note_no))
    late = sorted(adjustments, key=lambda line: (line.disbursed_on, line.note_no))
    return {
        "quarter": str(quarter),
        "lines": [line.as_data(number) for number, line in enumerate(ordered, 1)],
        **_totals("", ordered),
        "adjustments": [{**line.as_data(number), "kind": "late_confirmation", "kind_label": "补报"} for number, line in enumerate(late, 1)],
        **_totals("adjustment_", late),
        "changes": [change.as_data(number) for number, change in enumerate(changes, 1)],
    }


def _totals(prefix: str, lines: Sequence[SummaryLine]) -> dict[str, Any]:
    amount = sum((line.amount for line in lines), Decimal(0))
    reserve = sum((line.declared_reserve for line in lines), Decimal(0))
    provincial = sum((line.declared_provincial for line in lines), Decimal(0))
    return {
        f"{prefix}loan_count": len(lines),
        f"{prefix}total_amount": api_string(amount),
        f"{prefix}total_in_words": in_words(amount),
        f"{prefix}declared_reserve": api_string(reserve),
        f"{prefix}declared_provincial": api_string(provincial),
        f"{prefix}declared_town": api_string(reserve - provincial),
    }


def in_order(line: Mapping[str, Any]) -> dict[str, Any]:
    """A stored line with its number and the seven columns first, in their order: a database's JSON keeps none."""
    first = ("number", *SEVEN_COLUMNS)
    return {key: line[key] for key in (*first, *sorted(line.keys() - set(first)))}


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the data's canonical JSON: the checksum printed on every paper made from a snapshot."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
