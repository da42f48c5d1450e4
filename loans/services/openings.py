"""期初贷款: loans of before the programme was run here, with their lines, as both sides have confirmed them in a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.money import ZERO, format_yuan
from enterprises.models import Enterprise
from enterprises.services.recommendations import record_opening
from parties.models import Organisation, User
from parties.services import audit
from reserve.models import Programme
from reserve.rulebook import Rules
from reserve.services.guards import require_active

from ..enums import APPROVAL_LIFECYCLE, LOAN_LIFECYCLE, ApprovalStatus, Decision, LoanStatus, MovementKind
from ..models import CreditLine, Loan
from .checks import require_rate, require_text
from .common import lock_guards
from .cover import Cause, move_principal
from .servicing import assess, open_maturity


@dataclass(frozen=True, slots=True)
class Opening:
    """A row of the old register, checked (`rules.openings`): money in yuan, the rate in annual percent.

    `outstanding`: owed at the end of the day before the 启用日. `line`: the line it was drawn from, where an earlier row made it;
    else `size`, `term_months` and `rules` are the new one's.
    """

    programme: Programme
    bank: Organisation
    enterprise: Enterprise
    values: Mapping[str, Any]
    line: CreditLine | None
    size: str
    term_months: int
    rules: Rules

    @property
    def started_on(self) -> date:
        if self.programme.started_on is None:
            raise AssertionError("only a programme with a 启用日 has openings")
        return self.programme.started_on


@transaction.atomic
def book_opening(*, opening: Opening, entered_by: User, confirmed_by: User, on: date, now: datetime) -> Loan:
    """Write the loan as it stood on the 启用日, with its line and recommendation, and occupy the reserve for what it still owed.

    Caps, rate caps, windows and clocks of the programme are not held against what has happened. Locks enterprise and programme;
    writes Recommendation, CreditLine, Loan, its schedule and clock, audit, the ledger.

    Raises:
        ProgrammeNotActive; InvalidInput: texts, rate; InsufficientBalance, NoReserveAccount.
    """
    programme, _ = lock_guards(opening.programme.pk, opening.enterprise.pk)
    require_active(programme, on)
    line = opening.line or _line(opening, entered_by, confirmed_by, now)
    loan = _loan(opening, line, entered_by, now)
    values, owed = opening.values, opening.values["outstanding"]
    declared = line.earmark_for(loan.amount)
    loan.declared_reserve, loan.declared_provincial = declared.total, declared.provincial
    loan.confirmed_by, loan.confirmed_at, loan.confirmed_on = confirmed_by, now, on
    loan.status = LOAN_LIFECYCLE.target("confirm", loan.status)
    if owed:
        open_maturity(loan)
        assess(loan, on)
    else:
        loan.status, loan.settled_on = LOAN_LIFECYCLE.target("settle", loan.status), values["settled_on"]
    summary = f"期初导入贷款 {format_yuan(loan.amount)} 元，{opening.started_on} 期初本金余额 {format_yuan(owed)} 元"
    _record(loan, "loan.open", summary, confirmed_by, now)
    # What was settled before moves nothing; its movement says when that was.
    cause = Cause(MovementKind.OPENING, loan.pk, loan.settled_on or opening.started_on, f"期初 {loan.enterprise_name} 借据 {loan.note_no}")
    loan.movement = move_principal(loan, owed, cause, by=confirmed_by, on=on, now=now)
    loan.save()
    return loan


def _line(opening: Opening, entered_by: User, confirmed_by: User, now: datetime) -> CreditLine:
    """The approval of its day under the rules of that day; nothing more is drawn from it from the 启用日 on."""
    values = opening.values
    common: dict[str, Any] = {
        "programme": opening.programme,
        "bank": opening.bank,
        "enterprise": opening.enterprise,
        "term_months": opening.term_months,
    }
    amount: Decimal = values["line_amount"]
    recommendation = record_opening(
        **common,
        amount=amount,
        purpose=require_text(values["purpose"], "purpose", "用途"),
        answered_on=values["approved_on"],
        batch=values.get("former_batch"),
        by=entered_by,
        now=now,
    )
    line = CreditLine.objects.create(
        **common,
        recommendation=recommendation,
        decision=Decision.APPROVE,
        amount=amount,
        annual_rate=require_rate(values["annual_rate"]),
        repayment_method=values["repayment_method"],
        guarantee=values["guarantee"],
        size=opening.size,
        status=APPROVAL_LIFECYCLE.target("approve", ApprovalStatus.PROPOSED),
        proposed_by=entered_by,
        proposed_at=now,
        confirmed_by=confirmed_by,
        confirmed_at=now,
        decided_on=values["approved_on"],
        valid_until=opening.started_on - timedelta(days=1),
        rule_texts=opening.rules.as_texts(),
    )
    _record(line, "approval.open", f"期初导入授信 {format_yuan(amount)} 元，{line.decided_on} 批准", confirmed_by, now)
    return line


def _loan(opening: Opening, line: CreditLine, entered_by: User, now: datetime) -> Loan:
    values = opening.values
    return Loan.objects.create(
        programme=opening.programme,
        bank=opening.bank,
        enterprise=opening.enterprise,
        credit_line=line,
        enterprise_name=opening.enterprise.name,
        contract_no=require_text(values["contract_no"], "contract_no", "借款合同号"),
        contract_on=values["contract_on"],
        note_no=require_text(values["note_no"], "note_no", "借据号"),
        amount=values["amount"],
        disbursed_on=values["disbursed_on"],
        due_on=values["due_on"],
        annual_rate=require_rate(values["annual_rate"]),
        purpose=require_text(values["purpose"], "purpose", "用途"),
        repayment_method=values["repayment_method"],
        guarantee=values["guarantee"],
        status=LoanStatus.ENTERED,
        outstanding=ZERO,
        opening_on=opening.started_on,
        opening_principal=values["outstanding"],
        entered_by=entered_by,
        entered_at=now,
    )


def _record(row: CreditLine | Loan, action: str, summary: str, by: User, now: datetime) -> None:
    audit.record(by=by, now=now, action=action, subject=row, summary=summary, programme=row.programme.code, facts=row.facts())
