"""追偿进展: what the bank has done about a compensated loan, every quarter until it is over (domain §3.10)."""

from datetime import date, datetime

from django.db import transaction

from common.errors import InvalidInput
from common.texts import checked_text
from parties.models import User
from parties.services import audit
from reserve.quarters import Quarter

from ..claim_permissions import require_report_recovery
from ..models import Loan, RecoveryReport
from ..models.claims import LONGEST_ACCOUNT
from .common import lock, tell_offices


@transaction.atomic
def report_recovery(*, loan: Loan, quarter: Quarter, measures: str, prospects: str, by: User, on: date, now: datetime) -> RecoveryReport:
    """Report the progress of a quarter; of several for the same quarter the latest counts.

    Locks the Loan; writes RecoveryReport, audit, notices to the offices.

    Raises:
        NotAllowed, NotYourBank, WrongState, InvalidInput (a quarter before the compensation or after today; nothing said).
    """
    loan = lock(loan)
    require_report_recovery(by, loan, on)
    if loan.compensated_on is None or not Quarter.of(loan.compensated_on) <= quarter <= Quarter.of(on):
        sentence = f"所属季度应在代偿所在季度（{loan.compensated_on}）与本季度之间，请核对。"
        raise InvalidInput(sentence, fields={"quarter": [sentence]})
    report = RecoveryReport.objects.create(
        loan=loan,
        quarter=str(quarter),
        measures=checked_text("measures", "已采取的措施", measures, LONGEST_ACCOUNT),
        prospects=checked_text("prospects", "预计回款与下一步", prospects, LONGEST_ACCOUNT),
        entered_by=by,
        entered_at=now,
    )
    summary = f"报告追偿进展（{quarter.label_cn}）"
    audit.record(by=by, now=now, action="recovery.report", subject=loan, summary=summary, programme=loan.programme.code)
    tell_offices(
        loan.programme,
        key=f"recovery-report:{report.pk}",
        subject=f"追偿进展：{loan.enterprise_name}（{loan.note_no}，{quarter.label_cn}）",
        body=report.measures,
        url=loan.get_absolute_url(),
        now=now,
    )
    return report
