"""贷后检查: the bank's officer looks at a running loan once a quarter and enters what was found (domain §3.8)."""

from datetime import date, datetime

from django.db import transaction

from common.errors import InvalidInput
from common.texts import checked_text
from parties.models import User
from parties.services import audit
from reserve.quarters import Quarter

from ..enums import InspectionResult
from ..errors import DatesOutOfOrder
from ..models import Inspection, Loan
from ..models.watching import LONGEST_ACCOUNT
from ..permissions import require_enter_inspection
from .checks import require_choice
from .common import lock, tell_offices


@transaction.atomic
def enter_inspection(
    *,
    loan: Loan,
    quarter: Quarter,
    inspected_on: date,
    use_of_funds: str,
    operation: str,
    repayment_ability: str,
    result: str,
    note: str = "",
    by: User,
    on: date,
    now: datetime,
) -> Inspection:
    """Enter an inspection for a quarter, the present one or one before; a later one for the same quarter takes its place.

    Locks the Loan; writes Inspection, audit, and a notification to the offices where the loan is not found sound.

    Raises:
        NotAllowed, NotYourBank, WrongState (the loan is not running), DatesOutOfOrder,
        InvalidInput: a quarter before the disbursement or to come, a result or texts that make no sense.
    """
    loan = lock(loan)
    require_enter_inspection(by, loan)
    _check_days(loan, quarter, inspected_on, on)
    inspection = Inspection.objects.create(
        loan=loan,
        quarter=str(quarter),
        inspected_on=inspected_on,
        use_of_funds=checked_text("use_of_funds", "资金用途", use_of_funds, LONGEST_ACCOUNT, printed=False),
        operation=checked_text("operation", "经营情况", operation, LONGEST_ACCOUNT, printed=False),
        repayment_ability=checked_text("repayment_ability", "还款能力", repayment_ability, LONGEST_ACCOUNT, printed=False),
        result=InspectionResult(require_choice(result, InspectionResult, "result", "结论")),
        note=checked_text("note", "备注", note, LONGEST_ACCOUNT, required=False, printed=False),
        entered_by=by,
        entered_at=now,
    )
    summary = f"登记{quarter.label_cn}贷后检查：{inspection.get_result_display()}，{inspected_on} 检查"
    audit.record(by=by, now=now, action="inspection.enter", subject=loan, summary=summary, programme=loan.programme.code)
    if inspection.result != InspectionResult.SOUND:
        tell_offices(
            loan.programme,
            key=f"inspection:{inspection.pk}",
            subject=f"贷后检查{inspection.get_result_display()}：{loan.enterprise_name}（{loan.note_no}）",
            body=f"经营情况：{inspection.operation} 还款能力：{inspection.repayment_ability}",
            url=loan.get_absolute_url(),
            now=now,
        )
    return inspection


def _check_days(loan: Loan, quarter: Quarter, inspected_on: date, on: date) -> None:
    if not Quarter.of(loan.disbursed_on) <= quarter <= Quarter.of(on):
        sentence = f"所属季度应在发放季度（{Quarter.of(loan.disbursed_on)}）至本季度（{Quarter.of(on)}）之间，请核对。"
        raise InvalidInput(sentence, fields={"quarter": [sentence]})
    earliest = max(quarter.start, loan.serviced_from)
    if inspected_on < earliest:
        raise DatesOutOfOrder("inspected_on", f"检查日期 {inspected_on} 早于{earliest}（所属季度首日、发放日期或启用日），请核对。")
    if inspected_on > on:
        raise DatesOutOfOrder("inspected_on", f"检查日期 {inspected_on} 晚于今天（{on}），请核对。")
