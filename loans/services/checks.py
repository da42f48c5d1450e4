"""What is checked before a decision or a drawdown counts: once when it is entered, and again under the locks.

Nothing here writes. Each function raises the refusal of `errors.py` that names the figure and the rule.
"""

from datetime import date
from decimal import Decimal

from django.db.models import TextChoices

from common.errors import InvalidInput
from common.texts import checked_text
from enterprises.models import Enterprise, Recommendation
from reserve.rulebook import Rules

from ..errors import (
    AboveRecommended,
    EnterpriseCapExceeded,
    RateAboveCap,
    SingleBorrowerExceeded,
    TermTooLong,
)
from ..models import CreditLine
from ..permissions import require_renewed_loan
from ..rules.concentration import Concentration
from ..rules.terms import add_months
from ..selectors.concentration import concentration
from ..selectors.exposure import exposure
from ..selectors.rates import highest_rate

LONGEST_TEXT = {"reason": 200, "contract_no": 40, "note_no": 40, "purpose": 100, "receipt_no": 40, "source": 100}


def require_text(value: str, field: str, label: str) -> str:
    """The text without blanks around it. Raises InvalidInput when it is empty, does not fit its column or cannot be printed."""
    return checked_text(field, label, value, LONGEST_TEXT[field])


def optional_text(value: str, field: str, label: str) -> str:
    """The text without blanks around it. Raises InvalidInput when it does not fit its column or cannot be printed."""
    return checked_text(field, label, value, LONGEST_TEXT[field], required=False)


def require_rate(rate: Decimal | None) -> Decimal:
    """An annual rate in percent, above 0, at most 100, four decimals."""
    if rate is None or not rate.is_finite() or not 0 < rate <= 100 or rate != rate.quantize(Decimal("0.0001")):
        sentence = "年利率应大于 0、不超过 100%，最多四位小数，例如 7.8。"
        raise InvalidInput(sentence, fields={"annual_rate": [sentence]})
    return rate.quantize(Decimal("0.0001"))


def require_choice(value: str, choices: type[TextChoices], field: str, label: str) -> str:
    """One of the codes."""
    if value not in choices.values:
        sentence = f"请选择{label}。"
        raise InvalidInput(sentence, fields={field: [sentence]})
    return value


# Decisions


def check_terms(*, recommendation: Recommendation, rules: Rules, amount: Decimal, term_months: int, annual_rate: Decimal, on: date) -> None:
    """Amount, term and rate of an approval against the recommendation and the rules of the day; a 续贷 has its old loan."""
    require_renewed_loan(recommendation)
    if amount > recommendation.amount:
        raise AboveRecommended(amount, recommendation.amount)
    if not 1 <= term_months <= rules.term_months_max:
        sentence = f"期限 {term_months} 个月不在 1 至 {rules.term_months_max} 个月（项目规则的最长期限）之内，请核对。"
        raise TermTooLong(sentence, fields={"term_months": [sentence]})
    due_on = add_months(on, term_months)
    cap = highest_rate(rules=rules, contract_on=on, starts_on=on, due_on=due_on)
    if annual_rate > cap:
        raise RateAboveCap(annual_rate, cap, f"{on} {term_months} 个月期利率上限")


def check_enterprise_cap(*, programme_id: int, enterprise: Enterprise, rules: Rules, amount: Decimal, on: date) -> None:
    """What the enterprise owes, may still draw and would get besides stays within its cap."""
    now = exposure(programme_id=programme_id, enterprise=enterprise, on=on)
    within_cap(now.outstanding, now.undrawn, amount, rules)


def within_cap(outstanding: Decimal, undrawn: Decimal, amount: Decimal, rules: Rules) -> None:
    after = outstanding + undrawn + amount
    if after > rules.enterprise_cap:
        detail = f"（未还本金 {outstanding:,.2f} 元，未提用授信 {undrawn:,.2f} 元，本笔 {amount:,.2f} 元）"
        raise EnterpriseCapExceeded(after, rules.enterprise_cap, detail)


def check_concentration(subject: Recommendation | CreditLine, rules: Rules, on: date, *, adding: Decimal) -> Concentration | None:
    """What the enterprise owes the bank in all programmes, may still draw and would get besides, against the bank's net capital.

    Returns the excess where the rules only warn of it. Raises SingleBorrowerExceeded where they forbid it.
    """
    ratio = rules.single_borrower_ratio
    found = concentration(bank_id=subject.bank_id, enterprise_id=subject.enterprise_id, ratio=ratio, on=on, adding=adding)
    if found is None or not found.exceeded:
        return None
    if rules.single_borrower_action == "refuse":
        raise SingleBorrowerExceeded(found.total, found.limit, f"（{found.basis}；该企业{found.parts}）")
    return found
