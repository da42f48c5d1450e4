"""What 追偿分配表 says of a compensated loan (domain §3.10, §8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.display import percent
from common.money import ZERO, round_half_up
from loans.claim_enums import RecoveryStatus
from loans.models import Claim, Loan, Recovery
from loans.selectors.claims import claim_word
from loans.selectors.recoveries import paid_claim, shared

from ..errors import NotYetPrintable
from .claim_papers import Fact, in_rows


@dataclass(frozen=True, slots=True)
class Holder:
    """One that bears the loss: what it bore, what came back of it by the confirmed recoveries, what of that was remitted (yuan).

    The bank keeps its part, and nothing is remitted to it.
    """

    label: str
    borne: Decimal
    back: Decimal
    remitted: Decimal | None = None

    @property
    def lost(self) -> Decimal:
        """Still to come back."""
        return self.borne - self.back


@dataclass(frozen=True, slots=True)
class Sharing:
    """The confirmed recoveries of a loan, their sums, and who has borne how much so far; `surplus`: net beyond the base, the bank's."""

    loan: Loan
    claim: Claim
    word: str
    rows: Sequence[Recovery]
    holders: Sequence[Holder]
    surplus: Decimal

    @property
    def facts(self) -> list[Fact]:
        claim, loan = self.claim, self.loan
        return [
            ("企业名称", loan.enterprise_name),
            ("借据号", loan.note_no),
            (f"{self.word}基数（元）", claim.base),
            (f"{self.word}金额（元）", claim.paid),
            ("其中：省（元）", claim.paid_provincial),
            ("其中：镇（元）", claim.paid_town),
            (f"{self.word}日期", claim.paid_on),
            ("归准备金比例", f"{self.word}金额 ÷ {self.word}基数 = {_ratio(claim.paid, claim.base)}"),
        ]

    @property
    def total(self) -> Holder:
        """All holders together."""
        return Holder(
            "合计",
            sum((one.borne for one in self.holders), ZERO),
            sum((one.back for one in self.holders), ZERO),
            sum((one.remitted or ZERO for one in self.holders), ZERO),
        )

    @property
    def dated(self) -> date | None:
        """The day of the last recovery that was shared."""
        return max((row.confirmed_on for row in self.rows if row.confirmed_on), default=None)

    @property
    def lines(self) -> list[tuple[Recovery, str]]:
        """Each recovery with the part of it that went to the reserve."""
        return [(row, _ratio(row.returned, row.net)) for row in self.rows]

    @property
    def sums(self) -> list[Decimal]:
        """Gross, cost, net, province, town and bank of all rows."""
        return [_sum(self.rows, name) for name in ("gross", "cost", "net", "returned_provincial", "returned_town", "kept_by_bank")]

    @property
    def fact_rows(self) -> list[Sequence[Fact]]:
        return in_rows(self.facts, 4)


def sharing(loan: Loan) -> Sharing:
    """How what was recovered has been shared. Three queries.

    Raises:
        NotYetPrintable: the loan has not been compensated.
    """
    if loan.compensated_on is None:
        raise NotYetPrintable(f"{loan}尚未{claim_word(loan)}，没有追偿分配。")
    claim = paid_claim(loan)
    rows = list(shared(claim))
    remitted = [row for row in rows if row.status == RecoveryStatus.REMITTED]
    kept = _sum(rows, "kept_by_bank")
    borne = (claim.base or ZERO) - (claim.paid or ZERO)
    return Sharing(
        loan=loan,
        claim=claim,
        word=claim_word(loan),
        rows=rows,
        holders=[
            Holder("省", claim.paid_provincial or ZERO, _sum(rows, "returned_provincial"), _sum(remitted, "returned_provincial")),
            Holder("镇", claim.paid_town, _sum(rows, "returned_town"), _sum(remitted, "returned_town")),
            Holder("银行", borne, min(kept, borne)),
        ],
        surplus=max(ZERO, kept - borne),
    )


def _ratio(part: Decimal | None, whole: Decimal | None) -> str:
    """A share as people read it: 50.00%; a dash of nothing."""
    return percent(round_half_up(Fraction(part or 0) / Fraction(whole), 6)) if whole else percent(None)


def _sum(rows: Sequence[Recovery], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)
