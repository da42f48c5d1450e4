"""The rulebook of a programme (domain §4): every setting by key, how its text is read, and all of them typed.

The database keeps texts by effective date; here they become `Rules`. A setting that a programme has no text for (one that
a later release added) has the rulebook's default.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from common.errors import InvalidInput
from common.money import api_string, format_yuan, parse_amount

from .rule_definitions import SECTIONS, RuleDefinition, RuleType

RULEBOOK: dict[str, RuleDefinition] = {rule.key: rule for section in SECTIONS.values() for rule in section}

RuleValue = Fraction | Decimal | int | bool | str | tuple[str, ...]

_HALF_WIDTH = str.maketrans("０１２３４５６７８９．／％－，、　", "0123456789./%-,, ")
_YES = frozenset({"true", "yes", "是", "1"})
_NO = frozenset({"false", "no", "否", "0"})


def parse_value(key: str, text: str) -> RuleValue:
    """Read the text of a setting.

    Raises:
        InvalidInput: unknown key, unreadable text, or outside the rule's bounds; filed under the key.
    """
    rule = _definition(key)
    try:
        value = _READERS[rule.type](rule, text.translate(_HALF_WIDTH).strip())
        _check_bounds(rule, value)
    except (ValueError, InvalidInput) as mistake:
        sentence = f"{rule.label_cn}：{mistake}"
        raise InvalidInput(sentence, fields={key: [sentence]}) from None
    return value


def format_value(key: str, value: RuleValue) -> str:
    """The canonical text of a value: what is stored, and what `parse_value` reads back to the same value."""
    rule = _definition(key)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return _ratio_text(value)
    if isinstance(value, Decimal):
        return api_string(value)
    if isinstance(value, tuple):
        return ",".join(choice for choice in rule.choices if choice in value)
    return str(value)


def display_value(key: str, value: RuleValue) -> str:
    """The value as a person reads it on a page: `30个工作日`, `7.5倍`, `80%`, `是`, `20,000,000.00元`."""
    rule = _definition(key)
    if isinstance(value, bool):
        return "是" if value else "否"
    if rule.type is RuleType.CHOICE:
        return rule.choices[str(value)]
    if isinstance(value, tuple):
        return "、".join(rule.choices[choice] for choice in value) or "无"
    if isinstance(value, Fraction) and not rule.unit and "/" not in (percent := _ratio_text(value * 100)):
        return f"{percent}%"
    text = format_yuan(value) if isinstance(value, Decimal) else format_value(key, value)
    return f"{text}{rule.unit}"


def _definition(key: str) -> RuleDefinition:
    if key not in RULEBOOK:
        sentence = f"没有名为“{key}”的规则。"
        raise InvalidInput(sentence, fields={"key": [sentence]})
    return RULEBOOK[key]


def _read_ratio(_: RuleDefinition, text: str) -> Fraction:
    if len(text) > 30 or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?%?|[0-9]+/0*[1-9][0-9]*", text):
        raise ValueError(f"“{text[:30]}”不是比例，请填小数（如 7.5）、分数（如 20/3）或百分数（如 80%）。")
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def _read_integer(_: RuleDefinition, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError(f"“{text[:30]}”不是整数。")
    return int(text)


def _read_boolean(_: RuleDefinition, text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError(f"“{text[:30]}”应为“是”或“否”。")


def _read_choice(rule: RuleDefinition, text: str) -> str:
    by_label = {label: choice for choice, label in rule.choices.items()}
    choice = by_label.get(text, text)
    if choice not in rule.choices:
        raise ValueError(f"“{text[:30]}”不在可选范围内，可选：{'、'.join(by_label)}。")
    return choice


def _read_choices(rule: RuleDefinition, text: str) -> tuple[str, ...]:
    chosen = {_read_choice(rule, part.strip()) for part in text.split(",")} if text else set()
    return tuple(choice for choice in rule.choices if choice in chosen)


def _read_text(_: RuleDefinition, text: str) -> str:
    if not text or len(text) > 40:
        raise ValueError("请填写内容，不超过 40 字。")
    return text


_READERS: dict[RuleType, Callable[[RuleDefinition, str], RuleValue]] = {
    RuleType.RATIO: _read_ratio,
    RuleType.MONEY: lambda _, text: parse_amount(text),
    RuleType.INTEGER: _read_integer,
    RuleType.BOOLEAN: _read_boolean,
    RuleType.CHOICE: _read_choice,
    RuleType.CHOICES: _read_choices,
    RuleType.TEXT: _read_text,
}


def _check_bounds(rule: RuleDefinition, value: Any) -> None:
    for bound, wrong, side in ((rule.minimum, "小于", "最小"), (rule.maximum, "大于", "最大")):
        if bound is None:
            continue
        limit = _READERS[rule.type](rule, bound)
        if value < limit if side == "最小" else value > limit:
            raise ValueError(f"不能{wrong} {display_value(rule.key, limit)}。")


def _ratio_text(value: Fraction) -> str:
    """The shortest exact text: a decimal where one ends, else a fraction."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All settings of a programme on one day, typed. A loan keeps the rules of its approval (domain §3.1)."""

    match_ratio: Fraction
    match_due_workdays: int
    match_in_one_payment: bool
    block_when_match_overdue: bool
    leverage: Fraction
    capacity_warn_ratio: Fraction
    interest_disposal: str
    agreement_years: int
    supported_categories: tuple[str, ...]
    category_rule: str
    sme_only: bool
    region: str
    recommendation_valid_days: int
    enterprise_cap: Decimal
    single_borrower_ratio: Fraction
    single_borrower_action: str
    loan_cap: Decimal
    term_months_max: int
    rate_cap_multiplier: Fraction
    lpr_cap_basis_points: int
    bank_decision_workdays: int
    approval_valid_days: int
    extension_max_times: int
    overdue_interest_uplift: Fraction
    misuse_uplift: Fraction
    pay_day_offset: int
    holiday_maturity: str
    repayment_allocation: str
    loss_share_reserve: Fraction
    claim_payout_cap: Decimal
    claim_trigger_overdue_days: int
    claim_window_months: int
    claim_precheck_workdays: int
    claim_decision_workdays: int
    claim_payment_workdays: int
    claim_review_order: str
    claim_papers: tuple[str, ...]
    claim_word: str
    recovery_remit_workdays: int
    overdue_rate_warn: Fraction
    overdue_rate_stop: Fraction
    overdue_rate_min_days: int
    overdue_rate_min_outstanding: Decimal
    compensation_ratio_stop: Fraction
    suspend_when_stop_crossed: bool
    summary_due_workdays: int
    summary_rate_unit: str
    summary_extra_columns: tuple[str, ...]

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Rules from stored texts; a missing key has its default.

        Raises:
            InvalidInput: an unknown key or a bad value.
        """
        for key in texts:
            _definition(key)
        values: dict[str, Any] = {key: parse_value(key, texts.get(key, rule.default)) for key, rule in RULEBOOK.items()}
        return cls(**values)

    def as_texts(self) -> dict[str, str]:
        """Canonical text of every setting: the snapshot a loan keeps."""
        return {item.name: format_value(item.name, getattr(self, item.name)) for item in fields(self)}

    def check_consistent(self) -> None:
        """Refuse settings that are lawful alone but not together; asked when a setting is entered, not when rules are read.

        Raises:
            InvalidInput: names the two settings.
        """
        if self.overdue_rate_warn > self.overdue_rate_stop:
            _contradiction("overdue_rate_warn", "逾期率预警线不能高于逾期率暂停线。")
        if self.overdue_interest_uplift > self.misuse_uplift:
            _contradiction("misuse_uplift", "挪用罚息加收不能低于逾期罚息加收。")
        if self.category_rule == "required" and not self.supported_categories:
            _contradiction("supported_categories", "类别要求为“必须具备”时，至少选择一个重点支持类别。")


def _contradiction(key: str, sentence: str) -> None:
    raise InvalidInput(sentence, fields={key: [sentence]})
