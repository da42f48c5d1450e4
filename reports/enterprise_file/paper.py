"""A file as a whole: what stands on top, what is printed, and what its papers were handed in with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.display import text, wan
from common.money import ZERO
from common.page import Fact, NumberCard
from enterprises.models import Batch, Recommendation
from enterprises.pages import enterprise_facts
from loans.models import Claim, Loan, Recovery

from ..selectors.enterprise_file import EnterpriseFile
from .parts import Section, summed
from .sections import sections


def facts(file: EnterpriseFile) -> list[Fact]:
    """What the register says of the enterprise."""
    return enterprise_facts(file.enterprise, file.size)


def numbers(file: EnterpriseFile) -> list[NumberCard]:
    """What the bank granted and lent, what is owed, late, occupied and was compensated, over the programmes the person sees."""
    approved, drawn = [line for line in file.lines if line.is_approved], file.drawn
    overdue, paid = [loan for loan in drawn if loan.overdue_since], [claim for claim in file.claims if claim.paid is not None]
    occupied, provincial = summed(drawn, "earmarked"), summed(drawn, "earmarked_provincial")
    back = sum((event.part or ZERO for event in file.of(Recovery)), ZERO)
    days = max((loan.days_overdue(file.on) for loan in overdue), default=0)
    late = f"{len(overdue)} 笔，最长 {days} 天" if overdue else "没有逾期"
    lent = f"{len(drawn)} 笔，已还本金 {wan(summed(drawn, 'repaid'))}"
    shared = f"{len(paid)} 笔，追回归准备金 {wan(back)}"
    return [
        NumberCard("累计授信", wan(summed(approved, "amount")), f"{len(approved)} 笔", _anchor("lines", file.lines)),
        NumberCard("累计放款", wan(summed(drawn, "amount")), lent, "#loans"),
        NumberCard("贷款余额", wan(summed(drawn, "outstanding")), f"在贷 {sum(loan.is_running for loan in drawn)} 笔", "#loans"),
        NumberCard("逾期贷款余额", wan(summed(overdue, "outstanding")), late, "#loans", "bad" if overdue else "good"),
        NumberCard("占用准备金", wan(occupied), f"省 {wan(provincial)}，镇 {wan(occupied - provincial)}", "#loans"),
        NumberCard("累计代偿", wan(summed(paid, "paid")), shared, _anchor("claims", file.claims), "warn" if paid else "neutral"),
    ]


def _anchor(key: str, rows: Sequence[Any]) -> str:
    """Where on the page the rows stand; nowhere without any."""
    return f"#{key}" if rows else ""


@dataclass(frozen=True, slots=True)
class EnterprisePaper:
    """The file as it is printed: what the page shows, without what only leads elsewhere."""

    name: str
    on: date
    taken_by: str
    facts: Sequence[Fact]
    numbers: Sequence[NumberCard]
    sections: Sequence[Section]

    @property
    def fact_rows(self) -> list[list[tuple[str, str]]]:
        """Two facts a line."""
        pairs = [
            (one.label, text(one.value))
            for one in (*self.facts, *(Fact(card.label, f"{card.value}（{card.hint}）") for card in self.numbers))
        ]
        pairs += [("", "")] * (len(pairs) % 2)
        return [pairs[index : index + 2] for index in range(0, len(pairs), 2)]


def paper_of(file: EnterpriseFile, taken_by: str) -> EnterprisePaper:
    """`taken_by`: whose view of the enterprise it is."""
    return EnterprisePaper(file.enterprise.name, file.on, taken_by, facts(file), numbers(file), [one for one in sections(file) if one.rows])


@dataclass(frozen=True, slots=True)
class Carrier:
    """What a paper was handed in with: the folder of its kind in the archive, and its name."""

    folder: str
    name: str


def carriers(file: EnterpriseFile) -> dict[tuple[str, str], Carrier]:
    """By type and id as an attachment names them."""
    named: list[tuple[Any, int, str, str]] = [
        *((Recommendation, row.pk, "01-推荐", f"{row.accepted_on} 推荐") for row in file.recommendations),
        *((Batch, row.batch_id, "02-批次", str(row.batch)) for row in file.recommendations if row.batch_id),
        *((Loan, row.pk, "03-贷款", f"借据 {row.note_no}") for row in file.loans),
        *((Claim, row.pk, "04-代偿", f"代偿申请第{row.number}号") for row in file.claims),
        *((Recovery, one.about, "05-追偿", f"{one.day} 追偿回款 {one.loan.note_no}") for one in file.of(Recovery)),
    ]
    return {(model._meta.label_lower, str(key)): Carrier(folder, name) for model, key, folder, name in named}
