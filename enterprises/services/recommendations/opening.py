"""期初: a recommendation the old register tells of, made and answered before the programme was run here."""

from datetime import date, datetime
from decimal import Decimal

from parties.models import Organisation, User
from reserve.models import Programme

from ...enums import RecommendationStatus
from ...models import Enterprise, Recommendation
from ...selectors import printed_identifier
from .common import record


def record_opening(
    *,
    programme: Programme,
    bank: Organisation,
    enterprise: Enterprise,
    amount: Decimal,
    term_months: int,
    purpose: str,
    answered_on: date,
    batch: int | None,
    by: User,
    now: datetime,
) -> Recommendation:
    """Write what the bank answered on a day with a line of `amount` yuan; `batch`: its number in the old register.

    Not an action of its own: the file it stands in was confirmed by both sides. It bears no signature, is in no batch and runs
    no clock. The caller has checked it. Writes Recommendation, audit.
    """
    row = Recommendation.objects.create(
        programme=programme,
        enterprise=enterprise,
        bank=bank,
        enterprise_name=enterprise.name,
        amount=amount,
        term_months=term_months,
        purpose=purpose,
        accepted_on=answered_on,
        accepted_by=by,
        status=RecommendationStatus.ANSWERED,
        drafted_by=by,
        drafted_at=now,
        identifier=printed_identifier(enterprise),
        is_opening=True,
        former_batch=batch,
    )
    record(row, by, now, "recommendation.open", f"期初导入推荐，银行于 {answered_on} 批准")
    return row
