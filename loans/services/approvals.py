"""The bank's decision on a recommendation: an officer proposes, another reviewer confirms or sends back (domain §3.6)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from common.errors import InvalidInput
from common.lifecycle import require_version
from common.money import ZERO, format_yuan, require_amount
from enterprises.models import Recommendation
from enterprises.selectors import size_on
from enterprises.services.recommendations import mark_answered
from parties.enums import Role
from parties.models import User
from parties.services import audit
from reserve.enums import DeadlineKind
from reserve.selectors.programmes import rules_on
from reserve.services.deadlines import open_deadline
from reserve.services.guards import require_active

from ..enums import APPROVAL_LIFECYCLE, Decision, Guarantee, RepaymentMethod
from ..errors import SizeUnknown
from ..models import CreditLine
from ..permissions import (
    require_decide,
    require_propose,
    require_repropose,
    require_send_back,
    require_usable,
)
from ..rules.concentration import Concentration
from ..rules.terms import approval_expires_on
from .checks import check_concentration, check_enterprise_cap, check_terms, optional_text, require_choice, require_rate, require_text
from .common import lock, lock_guards, noted, require_reason, tell_bank, tell_offices

TERMS = ["decision", "amount", "term_months", "annual_rate", "repayment_method", "guarantee", "reason", "first_bank_loan"]


@transaction.atomic
def propose_approval(
    *,
    recommendation: Recommendation,
    decision: str,
    amount: Decimal | None = None,
    term_months: int | None = None,
    annual_rate: Decimal | None = None,
    repayment_method: str = "",
    guarantee: str = "",
    reason: str = "",
    first_bank_loan: bool | None = None,
    by: User,
    on: date,
    now: datetime,
) -> CreditLine:
    """Put a decision before the bank's reviewer: approve with terms (rate in annual percent), or decline with a reason.

    `first_bank_loan`: whether the enterprise had no bank loan before (首贷户); None where the bank does not state it.
    Locks the recommendation; writes CreditLine, audit, notifications.

    Raises:
        NotAllowed, NotYourBank, RecommendationUnusable, RecommendationLapsed, AlreadyProposed, RenewedLoanUnknown; InvalidInput
        and its kin for terms beyond the recommendation or the rules; SingleBorrowerExceeded.
    """
    recommendation = lock(recommendation)
    require_propose(by, recommendation)
    terms, excess = _terms(
        recommendation, on, decision, amount, term_months, annual_rate, repayment_method, guarantee, reason, first_bank_loan
    )
    line = CreditLine.objects.create(
        programme=recommendation.programme,
        bank=recommendation.bank,
        enterprise=recommendation.enterprise,
        recommendation=recommendation,
        proposed_by=by,
        proposed_at=now,
        **terms,
    )
    _announce(line, "提出", excess, by=by, now=now)
    return line


@transaction.atomic
def repropose_approval(
    *,
    credit_line: CreditLine,
    version: int,
    decision: str,
    amount: Decimal | None = None,
    term_months: int | None = None,
    annual_rate: Decimal | None = None,
    repayment_method: str = "",
    guarantee: str = "",
    reason: str = "",
    first_bank_loan: bool | None = None,
    by: User,
    on: date,
    now: datetime,
) -> CreditLine:
    """Change a proposal that is waiting or was sent back; whoever changes it is its officer from then on.

    Locks and writes the CreditLine; audit, notifications.

    Raises:
        As `propose_approval`; Conflict when `version` is not the present one.
    """
    line: CreditLine = lock(credit_line)
    require_repropose(by, line)
    require_version(line.version, version)
    before = CreditLine.objects.get(pk=line.pk)
    terms, excess = _terms(
        line.recommendation, on, decision, amount, term_months, annual_rate, repayment_method, guarantee, reason, first_bank_loan
    )
    for name, value in terms.items():
        setattr(line, name, value)
    line.status = APPROVAL_LIFECYCLE.target("repropose", line.status)
    line.version += 1
    line.sent_back_reason = ""
    line.proposed_by, line.proposed_at = by, now
    line.save()
    _announce(line, "修改", excess, by=by, now=now, changes=audit.changed(before, line, TERMS))
    return line


@transaction.atomic
def send_back_approval(
    *, credit_line: CreditLine, reason: str, version: int | None = None, by: User, on: date, now: datetime
) -> CreditLine:
    """The reviewer returns the proposal they read (`version`) to the officer with a reason.

    Locks and writes the CreditLine; audit, notification.

    Raises:
        NotAllowed, NotYourBank, WrongState, Conflict, InvalidInput (no reason).
    """
    line: CreditLine = lock(credit_line)
    require_send_back(by, line)
    require_version(line.version, version)
    line.sent_back_reason = require_reason(reason)
    line.status = APPROVAL_LIFECYCLE.target("send_back", line.status)
    line.version += 1
    line.save(update_fields=["sent_back_reason", "status", "version"])
    _record(line, "approval.send_back", "审批意见退回经办", by=by, now=now, reason=line.sent_back_reason)
    tell_bank(
        line.bank,
        Role.OFFICER,
        key=f"approval:{line.pk}:v{line.version}:sent_back",
        subject=f"审批意见被退回：{line.recommendation.enterprise_name}",
        body=line.sent_back_reason,
        url=line.get_absolute_url(),
        now=now,
    )
    return line


@transaction.atomic
def confirm_approval(*, credit_line: CreditLine, version: int | None = None, by: User, on: date, now: datetime) -> CreditLine:
    """Another person makes the proposal they read (`version`) the bank's decision; approved, it is a credit line, usable for some days.

    Checks everything again under the locks (line, recommendation, enterprise, programme). Writes the CreditLine with the
    enterprise's size and the rules of this day, the recommendation's answer, deadlines, audit, notifications.

    Raises:
        NotAllowed, NotYourBank, SamePerson, WrongState, Conflict, RecommendationUnusable, RecommendationLapsed,
        ProgrammeNotActive, RenewedLoanUnknown, AboveRecommended, TermTooLong, RateAboveCap, EnterpriseCapExceeded,
        SingleBorrowerExceeded, SizeUnknown.
    """
    line: CreditLine = lock(credit_line)
    require_decide(by, line)
    require_version(line.version, version)
    recommendation = lock(line.recommendation)
    require_usable(recommendation, line.decision, on)
    line.recommendation = recommendation
    excess = None
    if line.decision == Decision.APPROVE:
        excess = _approve(line, on)
        result = f"批准授信 {format_yuan(line.amount or ZERO)} 元，用款期限至 {line.valid_until}"
    else:
        line.status = APPROVAL_LIFECYCLE.target("decline", line.status)
        result = f"不批准，理由：{line.reason}"
    line.confirmed_by, line.confirmed_at, line.decided_on = by, now, on
    line.version += 1
    line.save()
    mark_answered(recommendation=recommendation, by=by, on=on, now=now)
    if line.is_approved:
        open_deadline(
            programme=line.programme,
            kind=DeadlineKind.APPROVAL_EXPIRY,
            organisation=line.bank,
            subject=line,
            label=f"授信用款期限：{recommendation.enterprise_name}",
            url=line.get_absolute_url(),
            starts_on=on,
            due_on=line.valid_until,
        )
    _record(line, "approval.confirm", noted(result, excess), by=by, now=now, facts=line.facts())
    tell_offices(
        line.programme,
        key=f"approval:{line.pk}:decided",
        subject=f"银行审批结果：{recommendation.enterprise_name}{line.get_status_display()}",
        body=result,
        url=line.get_absolute_url(),
        now=now,
    )
    return line


def _approve(line: CreditLine, on: date) -> Concentration | None:
    """Check an approval for good and give it what it keeps: validity, size, rules. Returns what is only warned of."""
    if line.amount is None or line.term_months is None or line.annual_rate is None:
        raise AssertionError("the database keeps an approval's terms together")
    programme, enterprise = lock_guards(line.programme_id, line.enterprise_id)
    require_active(programme, on)
    rules = rules_on(programme, on)
    check_terms(
        recommendation=line.recommendation,
        rules=rules,
        amount=line.amount,
        term_months=line.term_months,
        annual_rate=line.annual_rate,
        on=on,
    )
    check_enterprise_cap(programme_id=programme.pk, enterprise=enterprise, rules=rules, amount=line.amount, on=on)
    excess = check_concentration(line, rules, on, adding=line.amount)
    line.status = APPROVAL_LIFECYCLE.target("approve", line.status)
    size = size_on(enterprise, on)
    if size is None:
        raise SizeUnknown(enterprise.name, on)
    line.size = size
    line.valid_until = approval_expires_on(on, rules.approval_valid_days)
    line.rule_texts = rules.as_texts()
    return excess


def _terms(
    recommendation: Recommendation,
    on: date,
    decision: str,
    amount: Decimal | None,
    term_months: int | None,
    annual_rate: Decimal | None,
    repayment_method: str,
    guarantee: str,
    reason: str,
    first_bank_loan: bool | None,
) -> tuple[dict[str, Any], Concentration | None]:
    """The fields of a proposal, checked, and what is only warned of; those that do not belong to its decision are emptied."""
    require_usable(recommendation, decision, on)
    if decision == Decision.DECLINE:
        nothing = {
            "amount": None,
            "term_months": None,
            "annual_rate": None,
            "repayment_method": "",
            "guarantee": "",
            "first_bank_loan": None,
        }
        return {"decision": decision, **nothing, "reason": require_text(reason, "reason", "不同意的理由")}, None
    if decision != Decision.APPROVE:
        sentence = "审批意见应为“同意”或“不同意”。"
        raise InvalidInput(sentence, fields={"decision": [sentence]})
    if amount is None or term_months is None:
        given = (("amount", amount, "授信金额"), ("term_months", term_months, "期限"))
        missing = {name: [f"同意时请填写{label}。"] for name, value, label in given if value is None}
        raise InvalidInput("".join(lines[0] for lines in missing.values()), fields=missing)
    amount, annual_rate = require_amount(amount), require_rate(annual_rate)
    rules = rules_on(recommendation.programme, on)
    check_terms(recommendation=recommendation, rules=rules, amount=amount, term_months=term_months, annual_rate=annual_rate, on=on)
    terms = {
        "decision": decision,
        "amount": amount,
        "term_months": term_months,
        "annual_rate": annual_rate,
        "repayment_method": require_choice(repayment_method, RepaymentMethod, "repayment_method", "还本付息方式"),
        "guarantee": require_choice(guarantee, Guarantee, "guarantee", "担保方式"),
        "reason": optional_text(reason, "reason", "意见说明"),
        "first_bank_loan": first_bank_loan,
    }
    return terms, check_concentration(recommendation, rules, on, adding=amount)


def _announce(
    line: CreditLine,
    verb: str,
    excess: Concentration | None,
    *,
    by: User,
    now: datetime,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    """Audit a proposal and call the reviewer."""
    what = noted("不同意" if line.decision == Decision.DECLINE else f"同意授信 {format_yuan(line.amount or ZERO)} 元", excess)
    _record(line, "approval.propose", f"{verb}审批意见：{what}", by=by, now=now, changes=changes, reason=line.reason)
    tell_bank(
        line.bank,
        Role.REVIEWER,
        key=f"approval:{line.pk}:v{line.version}:proposed",
        subject=f"待复核审批：{line.recommendation.enterprise_name}",
        body=what,
        url=line.get_absolute_url(),
        now=now,
    )


def _record(line: CreditLine, action: str, summary: str, *, by: User, now: datetime, **more: Any) -> None:
    audit.record(by=by, now=now, action=action, subject=line, summary=summary, programme=line.programme.code, **more)
