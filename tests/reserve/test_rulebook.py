"""The rulebook (domain §4): every key with its value and basis, read, shown and limited."""

from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from reserve.rule_definitions import Basis, RuleType
from reserve.rulebook import RULEBOOK, Rules, display_value, format_value, parse_value

PILOT = {
    "match_ratio": (Fraction(4), Basis.SOURCE),
    "match_due_workdays": (30, Basis.SOURCE),
    "match_in_one_payment": (True, Basis.SOURCE),
    "block_when_match_overdue": (True, Basis.PRACTICE),
    "leverage": (Fraction(15, 2), Basis.INFERRED),
    "capacity_warn_ratio": (Fraction(4, 5), Basis.PRACTICE),
    "enterprise_cap": (Decimal(20_000_000), Basis.PRACTICE),
    "single_borrower_ratio": (Fraction(1, 10), Basis.PRACTICE),
    "loan_cap": (Decimal(10_000_000), Basis.PRACTICE),
    "term_months_max": (12, Basis.PRACTICE),
    "rate_cap_multiplier": (Fraction(13, 10), Basis.PRACTICE),
    "lpr_cap_basis_points": (150, Basis.PRACTICE),
    "supported_categories": (("high_tech", "private_tech", "innovative", "town_key"), Basis.SOURCE),
    "category_rule": ("required", Basis.INFERRED),
    "sme_only": (True, Basis.INFERRED),
    "region": ("中山市", Basis.SOURCE),
    "recommendation_valid_days": (180, Basis.PRACTICE),
    "bank_decision_workdays": (10, Basis.PRACTICE),
    "approval_valid_days": (90, Basis.PRACTICE),
    "extension_max_times": (1, Basis.LAW),
    "overdue_interest_uplift": (Fraction(1, 2), Basis.LAW),
    "misuse_uplift": (Fraction(1), Basis.LAW),
    "pay_day_offset": (1, Basis.PRACTICE),
    "holiday_maturity": ("next_workday", Basis.PRACTICE),
    "loss_share_reserve": (Fraction(1, 2), Basis.PRACTICE),
    "claim_payout_cap": (Decimal(2_500_000), Basis.PRACTICE),
    "claim_trigger_overdue_days": (90, Basis.PRACTICE),
    "claim_window_months": (6, Basis.PRACTICE),
    "claim_precheck_workdays": (5, Basis.PRACTICE),
    "claim_decision_workdays": (25, Basis.PRACTICE),
    "claim_payment_workdays": (10, Basis.PRACTICE),
    "recovery_remit_workdays": (10, Basis.PRACTICE),
    "overdue_rate_warn": (Fraction(3, 100), Basis.PRACTICE),
    "overdue_rate_stop": (Fraction(1, 20), Basis.PRACTICE),
    "overdue_rate_min_days": (30, Basis.PRACTICE),
    "overdue_rate_min_outstanding": (Decimal(100_000_000), Basis.PRACTICE),
    "compensation_ratio_stop": (Fraction(3, 10), Basis.PRACTICE),
    "suspend_when_stop_crossed": (True, Basis.PRACTICE),
    "summary_due_workdays": (10, Basis.PRACTICE),
    "interest_disposal": ("accumulate", Basis.PRACTICE),
    "agreement_years": (5, Basis.PRACTICE),
}


@pytest.mark.parametrize("key", PILOT)
def test_every_setting_of_the_pilot_has_its_value_and_basis(key):
    value, basis = PILOT[key]
    rules = Rules.from_texts({})
    assert getattr(rules, key) == value
    assert type(getattr(rules, key)) is type(value)
    assert RULEBOOK[key].basis is basis


def test_rules_have_an_attribute_for_every_key_and_no_other():
    assert {item.name for item in fields(Rules)} == set(RULEBOOK)
    assert set(PILOT) <= set(RULEBOOK)


@pytest.mark.parametrize("key", RULEBOOK)
def test_every_definition_is_whole_and_its_default_canonical(key):
    rule = RULEBOOK[key]
    assert format_value(key, parse_value(key, rule.default)) == rule.default
    assert rule.label_cn
    assert rule.description
    assert display_value(key, parse_value(key, rule.default))
    assert bool(rule.choices) == (rule.type in {RuleType.CHOICE, RuleType.CHOICES})
    assert len(key) <= 48


def test_labels_are_not_shared():
    assert len({rule.label_cn for rule in RULEBOOK.values()}) == len(RULEBOOK)


@pytest.mark.parametrize(
    "key, text, value",
    [
        ("leverage", "20/3", Fraction(20, 3)),
        ("leverage", "７．５", Fraction(15, 2)),
        ("capacity_warn_ratio", "80%", Fraction(4, 5)),
        ("overdue_rate_stop", "５％", Fraction(1, 20)),
        ("loan_cap", "500万元", Decimal(5_000_000)),
        ("enterprise_cap", "30,000,000.00", Decimal(30_000_000)),
        ("sme_only", "否", False),
        ("category_rule", "优先", "priority"),
        ("supported_categories", "创新型企业、高新技术企业", ("high_tech", "innovative")),
        ("supported_categories", "innovative,innovative", ("innovative",)),
        ("summary_extra_columns", "", ()),
        ("lpr_cap_basis_points", "-20", -20),
        ("term_months_max", " ３６ ", 36),
    ],
)
def test_a_setting_is_read_as_people_write_it(key, text, value):
    assert parse_value(key, text) == value


@pytest.mark.parametrize(
    "key, text, sentence",
    [
        ("leverage", "七倍半", "不是比例"),
        ("leverage", "1:4", "不是比例"),
        ("leverage", "5/0", "不是比例"),
        ("leverage", "1e1", "不是比例"),
        ("leverage", "0", "不能小于 1倍"),
        ("match_ratio", "-4", "不能小于"),
        ("overdue_interest_uplift", "0.51", "不能大于 50%"),
        ("overdue_interest_uplift", "0.29", "不能小于 30%"),
        ("misuse_uplift", "1.01", "不能大于"),
        ("loan_cap", "0", "必须大于零"),
        ("loan_cap", "1,23", "千位分隔符"),
        ("term_months_max", "12.5", "不是整数"),
        ("term_months_max", "0", "不能小于 1个月"),
        ("term_months_max", "", "不是整数"),
        ("sme_only", "也许", "“是”或“否”"),
        ("category_rule", "随意", "可选：必须具备、优先"),
        ("supported_categories", "高新技术企业，上市公司", "上市公司"),
        ("region", "", "请填写"),
        ("no_such_rule", "1", "没有名为"),
    ],
)
def test_a_bad_setting_is_refused_with_its_name_and_reason(key, text, sentence):
    with pytest.raises(InvalidInput) as refusal:
        parse_value(key, text)
    assert sentence in refusal.value.message
    if key in RULEBOOK:
        assert refusal.value.message.startswith(RULEBOOK[key].label_cn)
        assert list(refusal.value.fields) == [key]


@given(st.fractions(min_value=1, max_value=100, max_denominator=10_000))
def test_a_ratio_survives_its_text_exactly(ratio):
    assert parse_value("leverage", format_value("leverage", ratio)) == ratio


@given(st.sampled_from(sorted(RULEBOOK)), st.text(max_size=30))
def test_any_text_is_a_value_or_a_refusal(key, text):
    try:
        value = parse_value(key, text)
    except InvalidInput:
        return
    assert parse_value(key, format_value(key, value)) == value


@pytest.mark.parametrize(
    "key, text, shown",
    [
        ("match_due_workdays", "30", "30个工作日"),
        ("leverage", "7.5", "7.5倍"),
        ("overdue_rate_warn", "0.03", "3%"),
        ("loss_share_reserve", "1/3", "1/3"),
        ("sme_only", "true", "是"),
        ("loan_cap", "10000000", "10,000,000.00元"),
        ("interest_disposal", "accumulate", "滚存"),
        ("summary_extra_columns", "", "无"),
        ("region", "中山市", "中山市"),
    ],
)
def test_a_setting_is_shown_as_people_speak_of_it(key, text, shown):
    assert display_value(key, parse_value(key, text)) == shown


def test_rules_from_texts_take_what_is_given_and_default_the_rest():
    rules = Rules.from_texts({"leverage": "10", "region": "珠海市"})
    assert (rules.leverage, rules.region, rules.match_ratio) == (Fraction(10), "珠海市", Fraction(4))
    assert Rules.from_texts(rules.as_texts()) == rules
    with pytest.raises(InvalidInput):
        Rules.from_texts({"no_such_rule": "1"})


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"overdue_rate_warn": Fraction(6, 100)}, "overdue_rate_warn"),
        ({"overdue_interest_uplift": Fraction(1, 2), "misuse_uplift": Fraction(2, 5)}, "misuse_uplift"),
        ({"supported_categories": ()}, "supported_categories"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_together(changes, key):
    rules = Rules.from_texts({})
    rules.check_consistent()
    with pytest.raises(InvalidInput) as refusal:
        replace(rules, **changes).check_consistent()
    assert list(refusal.value.fields) == [key]
