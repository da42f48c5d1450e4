"""The bank's 审批回执 to a batch (domain §3.6): one line for each recommendation, answered or not."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.money import ZERO
from enterprises.enums import RecommendationStatus
from enterprises.models import Batch, Recommendation
from parties.models import Organisation
from reserve.enums import DeadlineKind
from reserve.models import Deadline

from ..enums import ApprovalStatus
from ..models import CreditLine
from .waiting import RECOMMENDATION


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One recommendation of the batch. `line`: the bank's confirmed decision, None while there is none."""

    number: int
    recommendation: Recommendation
    line: CreditLine | None
    decide_by: date | None

    @property
    def approved(self) -> bool:
        return self.line is not None and self.line.is_approved

    @property
    def withdrawn(self) -> bool:
        return self.recommendation.status == RecommendationStatus.WITHDRAWN

    @property
    def unanswered(self) -> bool:
        return self.line is None and not self.withdrawn


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer to what the letter listed; amounts in yuan. It is final when nothing is unanswered."""

    batch: Batch
    addressees: tuple[Organisation, ...]
    lines: tuple[ReplyLine, ...]
    recommended: Decimal
    approved: Decimal
    dated: date | None

    @property
    def unanswered(self) -> int:
        return sum(line.unanswered for line in self.lines)

    @property
    def withdrawn(self) -> int:
        return sum(line.withdrawn for line in self.lines)

    @property
    def approved_count(self) -> int:
        return sum(line.approved for line in self.lines)

    @property
    def declined_count(self) -> int:
        return sum(line.line is not None and not line.approved for line in self.lines)


def reply_of(batch: Batch, addressees: tuple[Organisation, ...]) -> Reply:
    """The reply as it stands. `dated` is the day of the last decision. Three queries."""
    recommendations = list(batch.recommendations.order_by("pk"))
    ids = [row.pk for row in recommendations]
    decided = {
        line.recommendation_id: line
        for line in CreditLine.objects.filter(
            recommendation__in=ids, status__in=(ApprovalStatus.APPROVED, ApprovalStatus.DECLINED)
        ).select_related("proposed_by", "confirmed_by")
    }
    clocks = dict(
        Deadline.objects.filter(kind=DeadlineKind.BANK_DECISION, subject_type=RECOMMENDATION, subject_id__in=ids).values_list(
            "subject_id", "due_on"
        )
    )
    lines = tuple(ReplyLine(number, row, decided.get(row.pk), clocks.get(row.pk)) for number, row in enumerate(recommendations, start=1))
    return Reply(
        batch=batch,
        addressees=addressees,
        lines=lines,
        recommended=sum((line.recommendation.amount for line in lines), ZERO),
        approved=sum((line.amount or ZERO for line in decided.values() if line.is_approved), ZERO),
        dated=max((line.decided_on for line in decided.values() if line.decided_on), default=None),
    )
