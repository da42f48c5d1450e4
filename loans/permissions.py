"""Who may take which step on which object. `require_…` raises the refusal; `why_not` gives its sentence to a page's button."""

from collections.abc import Callable
from datetime import date
from typing import Any

from common.errors import InvalidInput, NotFound, Refusal, WrongState
from enterprises.enums import RecommendationStatus
from enterprises.models import Recommendation
from parties.enums import OrganisationKind
from parties.models import User
from parties.permissions import may, require, require_other_person
from reserve.enums import JointKind
from reserve.errors import JointPending
from reserve.permissions import require_party
from reserve.selectors.joint import pending_about

from .claim_enums import ClaimStatus
from .claim_errors import LoanInClaim
from .enums import (
    APPROVAL_LIFECYCLE,
    BANK_SCHEDULE_LIFECYCLE,
    CORRECTION_LIFECYCLE,
    EXTENSION_LIFECYCLE,
    LOAN_LIFECYCLE,
    NET_CAPITAL_LIFECYCLE,
    REPAYMENT_LIFECYCLE,
    REVERSAL_LIFECYCLE,
    SUSPENSION_LIFECYCLE,
    WARNING_LIFECYCLE,
    Decision,
    LoanStatus,
)
from .errors import (
    AlreadyProposed,
    ConsentGiven,
    LineNotUsable,
    NotYourBank,
    RecommendationLapsed,
    RecommendationUnusable,
    RenewedLoanUnknown,
    RenewedLoanUnpaid,
)
from .import_enums import COUNTERSIGN, FILE_LIFECYCLE, GRANTS
from .models import (
    BankSchedule,
    Correction,
    CreditLine,
    EarlyWarning,
    Extension,
    ImportFile,
    Loan,
    NetCapital,
    Repayment,
    Reversal,
    Suspension,
)


def why_not(check: Callable[..., Any], *args: Any) -> str | None:
    """The sentence of the refusal `check(*args)` raises, or None where the step may be taken."""
    try:
        check(*args)
    except Refusal as refusal:
        return refusal.message
    return None


def require_own_bank(user: User, row: Recommendation | CreditLine | Loan | NetCapital) -> None:
    """Raise NotYourBank unless the person works for the bank the row belongs to."""
    if user.organisation_id != row.bank_id:
        raise NotYourBank(row.bank.name)


def require_not_in_claim(loan: Loan, action: str) -> None:
    """Raise LoanInClaim while a claim on the loan is open, or after one was paid: `action` would change its base."""
    if loan.claim is not None:
        raise LoanInClaim(action, loan.claim.number, loan.claim.get_status_display())


def require_no_payment_under_way(loan: Loan) -> None:
    """Raise LoanInClaim while a payment of its claim waits for confirmation: the base no longer changes."""
    if loan.claim is not None and loan.claim.status == ClaimStatus.PAYING:
        require_not_in_claim(loan, "登记还款")


# Decisions


def require_usable(recommendation: Recommendation, decision: str, on: date) -> None:
    """Only what the offices have sent can be decided on; past its validity it can still be declined, never approved."""
    if recommendation.status != RecommendationStatus.SENT:
        raise RecommendationUnusable(
            f"该推荐当前状态为“{recommendation.get_status_display()}”，银行不能审批；只有已送银行、尚未答复的推荐可以审批。"
        )
    if decision == Decision.APPROVE and recommendation.valid_until and recommendation.lapsed(on):
        raise RecommendationLapsed(recommendation.valid_until, on)


def require_renewed_loan(recommendation: Recommendation) -> Loan | None:
    """The loan a 续贷 follows, which must exist (domain §3.5); None for a first lending."""
    if recommendation.renews_id is None:
        return None
    loan: Loan | None = Loan.objects.renewed_by(recommendation).first()
    if loan is None:
        raise RenewedLoanUnknown(recommendation.renewed_note_no)
    return loan


def require_propose(user: User, recommendation: Recommendation) -> None:
    require(user, "approval.propose")
    require_own_bank(user, recommendation)
    require_usable(recommendation, Decision.DECLINE, date.min)
    if CreditLine.objects.filter(recommendation=recommendation).exists():
        raise AlreadyProposed


def require_repropose(user: User, line: CreditLine) -> None:
    require(user, "approval.propose")
    require_own_bank(user, line)
    APPROVAL_LIFECYCLE.target("repropose", line.status)


def require_decide(user: User, line: CreditLine) -> None:
    """Confirm the proposal, whichever it is."""
    require(user, "approval.confirm")
    require_own_bank(user, line)
    APPROVAL_LIFECYCLE.target("approve" if line.decision == Decision.APPROVE else "decline", line.status)
    require_other_person(line.proposed_by, user, "审批", at=line.proposed_at)


def require_send_back(user: User, line: CreditLine) -> None:
    require(user, "approval.send_back")
    require_own_bank(user, line)
    APPROVAL_LIFECYCLE.target("send_back", line.status)


# Loans


def require_enter_loan(user: User, line: CreditLine) -> None:
    require(user, "loan.enter")
    require_own_bank(user, line)
    if not line.is_approved:
        raise LineNotUsable(f"该审批当前状态为“{line.get_status_display()}”，不能放款；须先经复核批准。")
    if line.recommendation.is_opening:
        raise LineNotUsable("期初授信不再放款：启用日以前的借据以期初贷款文件导入，以后的请重新推荐、审批。")


def require_renewed_repaid(line: CreditLine, disbursed_on: date) -> None:
    """A 续贷 is disbursed on the day the loan it follows was settled, or later (domain §3.5)."""
    loan = require_renewed_loan(line.recommendation)
    if loan is not None and (loan.settled_on is None or loan.settled_on > disbursed_on):
        raise RenewedLoanUnpaid(loan.note_no, loan.outstanding, loan.settled_on)


def require_edit_loan(user: User, loan: Loan) -> None:
    require(user, "loan.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("edit", loan.status)


def require_discard_loan(user: User, loan: Loan) -> None:
    """The officer takes an entry back; the reviewer may refuse it the same way."""
    if not may(user, "loan.confirm"):
        require(user, "loan.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("discard", loan.status)


def require_confirm_loan(user: User, loan: Loan) -> None:
    require(user, "loan.confirm")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("confirm", loan.status)
    require_other_person(loan.entered_by, user, "放款", at=loan.entered_at)


# Repayments


def require_enter_repayment(user: User, loan: Loan) -> None:
    require(user, "repayment.enter")
    require_own_bank(user, loan)
    if loan.status in (LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF):
        raise WrongState("贷款已代偿，借款人归还的款项请登记为追偿回款。")
    LOAN_LIFECYCLE.target("repay", loan.status)
    require_no_payment_under_way(loan)


def require_confirm_repayment(user: User, repayment: Repayment) -> None:
    require(user, "repayment.confirm")
    require_own_bank(user, repayment.loan)
    REPAYMENT_LIFECYCLE.target("confirm", repayment.status)
    if repayment.loan.status == LoanStatus.SETTLED:
        raise WrongState("贷款已结清，这笔还款不能再复核，请作废。")
    if repayment.loan.compensated_on is not None:
        raise WrongState("贷款已代偿，这笔还款不能再复核，请作废后登记为追偿回款。")
    require_other_person(repayment.entered_by, user, "还款", at=repayment.entered_at)
    require_no_payment_under_way(repayment.loan)


def require_discard_repayment(user: User, repayment: Repayment) -> None:
    if not may(user, "repayment.confirm"):
        require(user, "repayment.enter")
    require_own_bank(user, repayment.loan)
    REPAYMENT_LIFECYCLE.target("discard", repayment.status)


def require_enter_reversal(user: User, repayment: Repayment) -> None:
    require(user, "repayment.enter")
    require_own_bank(user, repayment.loan)
    REPAYMENT_LIFECYCLE.target("reverse", repayment.status)
    require_not_in_claim(repayment.loan, "冲正还款")


def require_confirm_reversal(user: User, reversal: Reversal) -> None:
    require(user, "repayment.confirm")
    require_own_bank(user, reversal.repayment.loan)
    REVERSAL_LIFECYCLE.target("confirm", reversal.status)
    require_other_person(reversal.entered_by, user, "冲正", at=reversal.entered_at)
    require_not_in_claim(reversal.repayment.loan, "冲正还款")


def require_discard_reversal(user: User, reversal: Reversal) -> None:
    if not may(user, "repayment.confirm"):
        require(user, "repayment.enter")
    require_own_bank(user, reversal.repayment.loan)
    REVERSAL_LIFECYCLE.target("discard", reversal.status)


# Grades, early warnings and inspections


def require_enter_grade(user: User, loan: Loan) -> None:
    require(user, "grade.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("grade", loan.status)


def require_enter_inspection(user: User, loan: Loan) -> None:
    require(user, "inspection.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("inspect", loan.status)


def require_report_warning(user: User, loan: Loan) -> None:
    require(user, "warning.report")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("warn", loan.status)


def require_lift_warning(user: User, warning: EarlyWarning) -> None:
    """Another person of the bank than the one who reported it."""
    require(user, "warning.lift")
    require_own_bank(user, warning.loan)
    WARNING_LIFECYCLE.target("lift", warning.status)
    require_other_person(warning.reported_by, user, "预警", at=warning.reported_at)


# Extensions and corrections


def require_apply_extension(user: User, loan: Loan) -> None:
    require(user, "extension.apply")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("extend", loan.status)
    require_not_in_claim(loan, "申请展期")


def require_consent(user: User, extension: Extension) -> None:
    """An office that is a party, and has not spoken yet."""
    require(user, "extension.consent")
    EXTENSION_LIFECYCLE.target("consent", extension.status)
    if user.organisation is None or extension.consents.filter(organisation=user.organisation).exists():
        raise ConsentGiven(user.organisation.short_name if user.organisation else "")


def require_withdraw_extension(user: User, extension: Extension) -> None:
    """The officer who asks, or the reviewer who will not confirm."""
    if not may(user, "extension.confirm"):
        require(user, "extension.apply")
    require_own_bank(user, extension.loan)
    EXTENSION_LIFECYCLE.target("withdraw", extension.status)


def require_confirm_extension(user: User, extension: Extension) -> None:
    require(user, "extension.confirm")
    require_own_bank(user, extension.loan)
    EXTENSION_LIFECYCLE.target("confirm", extension.status)
    require_other_person(extension.entered_by, user, "展期", at=extension.entered_at)
    require_not_in_claim(extension.loan, "展期")


def require_enter_correction(user: User, loan: Loan) -> None:
    require(user, "correction.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("correct", loan.status)
    if loan.is_opening:
        raise WrongState("期初贷款由银行和两方共同确认，不能作数据更正；以后的还款、展期照常办理。")
    require_not_in_claim(loan, "更正数据")


def require_confirm_correction(user: User, correction: Correction) -> None:
    require(user, "correction.confirm")
    require_own_bank(user, correction.loan)
    CORRECTION_LIFECYCLE.target("confirm", correction.status)
    require_other_person(correction.entered_by, user, "数据更正", at=correction.entered_at)
    require_not_in_claim(correction.loan, "更正数据")


def require_discard_correction(user: User, correction: Correction) -> None:
    if not may(user, "correction.confirm"):
        require(user, "correction.enter")
    require_own_bank(user, correction.loan)
    CORRECTION_LIFECYCLE.target("discard", correction.status)


# The bank's own schedule


def require_enter_bank_schedule(user: User, loan: Loan) -> None:
    require(user, "loan.enter")
    require_own_bank(user, loan)
    LOAN_LIFECYCLE.target("plan", loan.status)


def require_confirm_bank_schedule(user: User, schedule: BankSchedule) -> None:
    require(user, "loan.confirm")
    require_own_bank(user, schedule.loan)
    BANK_SCHEDULE_LIFECYCLE.target("confirm", schedule.status)
    require_other_person(schedule.entered_by, user, "银行还款计划", at=schedule.entered_at)


def require_discard_bank_schedule(user: User, schedule: BankSchedule) -> None:
    if not may(user, "loan.confirm"):
        require(user, "loan.enter")
    require_own_bank(user, schedule.loan)
    BANK_SCHEDULE_LIFECYCLE.target("discard", schedule.status)


# The bank's net capital


def require_confirm_net_capital(user: User, row: NetCapital) -> None:
    require(user, "net_capital.confirm")
    require_own_bank(user, row)
    NET_CAPITAL_LIFECYCLE.target("confirm", row.status)
    require_other_person(row.entered_by, user, "资本净额", at=row.entered_at)


def require_discard_net_capital(user: User, row: NetCapital) -> None:
    """The officer takes an entry back; the reviewer may refuse it the same way."""
    if not may(user, "net_capital.confirm"):
        require(user, "net_capital.enter")
    require_own_bank(user, row)
    NET_CAPITAL_LIFECYCLE.target("discard", row.status)


# Suspension of new cover


def require_propose_resumption(user: User, suspension: Suspension) -> None:
    """An officer of the centre, the bureau, the town or a bank it concerns, while nothing is put to the parties yet."""
    require(user, "resumption.propose")
    require_party(user, suspension.programme)
    if suspension.bank is not None and user.kind == OrganisationKind.BANK and user.organisation_id != suspension.bank_id:
        raise NotYourBank(suspension.bank.name)
    SUSPENSION_LIFECYCLE.target("propose", suspension.status)
    if pending_about(suspension, JointKind.RESUMPTION) is not None:
        raise JointPending(JointKind.RESUMPTION.label)


# Files of rows


def require_upload_file(user: User, kind: str) -> None:
    """Who may enter such a row by hand may send a file of them."""
    if kind not in GRANTS:
        sentence = "请选择文件种类。"
        raise InvalidInput(sentence, fields={"kind": [sentence]})
    require(user, GRANTS[kind].enter)


def require_confirm_file(user: User, row: ImportFile) -> None:
    grants = GRANTS[row.kind]
    _require_of_the_sender(user, row, grants.confirm)
    FILE_LIFECYCLE.target("pass_on" if grants.countersign else "confirm", row.status)
    if grants.two_people:
        require_other_person(row.uploaded_by, user, "数据文件", at=row.uploaded_at)


def require_countersign_file(user: User, row: ImportFile) -> None:
    """The other side of the agreement: agree to a file, or refuse it."""
    require(user, GRANTS[row.kind].countersign or COUNTERSIGN[0])
    FILE_LIFECYCLE.target("countersign", row.status)


def require_recheck_file(user: User, row: ImportFile) -> None:
    _require_of_the_sender(user, row, GRANTS[row.kind].enter)
    FILE_LIFECYCLE.target("recheck", row.status)


def require_discard_file(user: User, row: ImportFile) -> None:
    """The officer takes a file back; the reviewer may refuse it the same way."""
    grants = GRANTS[row.kind]
    _require_of_the_sender(user, row, grants.confirm if may(user, grants.confirm) else grants.enter)
    FILE_LIFECYCLE.target("discard", row.status)


def _require_of_the_sender(user: User, row: ImportFile, action: str) -> None:
    require(user, action)
    if user.organisation_id != row.organisation_id:
        raise NotFound
