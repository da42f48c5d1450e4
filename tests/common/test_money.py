"""Money by tables and properties: what is read, written, rounded and split (domain §4, §6; 《支付结算办法》附件一)."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.money import (
    LIMIT,
    api_string,
    format_wan,
    format_yuan,
    in_words,
    parse_amount,
    require_amount,
    round_half_up,
    split,
)

amounts = st.integers(min_value=1, max_value=int(LIMIT) * 100 - 1).map(lambda cents: Decimal(cents).scaleb(-2))
ratios = st.fractions(min_value=0, max_value=100, max_denominator=1000)


@pytest.mark.parametrize(
    "value, places, expected",
    [
        (Decimal("2.675"), 2, "2.68"),
        (Decimal("2.665"), 2, "2.67"),
        (Decimal("-2.675"), 2, "-2.68"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(2, 3), 0, "1"),
        (Fraction(1, 2), 0, "1"),
        (Decimal("0.0049999999999999999999999999999"), 2, "0.00"),
        (5, 2, "5.00"),
    ],
)
def test_a_half_is_rounded_away_from_zero(value, places, expected):
    assert str(round_half_up(value, places)) == expected


@pytest.mark.parametrize("value", [0.5, True, "1", None])
def test_arithmetic_refuses_what_is_no_exact_number(value):
    with pytest.raises(TypeError):
        round_half_up(value)


@given(total=amounts, parts=ratios)
def test_split_loses_nothing_and_gives_the_first_its_share_to_the_cent(total, parts):
    first, rest = split(total, 1, 1 + parts)
    assert first + rest == total
    assert first >= 0
    assert rest >= 0
    assert abs(Fraction(first) - Fraction(total) / (1 + parts)) <= Fraction(1, 200)


def test_split_of_the_worked_earmark():
    assert split(Decimal("400000.00"), 1, 5) == (Decimal("80000.00"), Decimal("320000.00"))


def test_split_refuses_a_fraction_of_a_cent_and_a_share_above_one():
    with pytest.raises(ValueError, match="分"):
        split(Decimal("0.001"), 1, 5)
    with pytest.raises(ValueError, match="share"):
        split(Decimal("1.00"), 6, 5)


# Reading


@pytest.mark.parametrize(
    "text, expected",
    [
        ("3000000", "3000000.00"),
        ("3,000,000", "3000000.00"),
        ("1,234,567.8", "1234567.80"),
        ("３００００００", "3000000.00"),
        ("３，０００，０００．５０", "3000000.50"),
        ("300万", "3000000.00"),
        ("300万元", "3000000.00"),
        ("1,200.5 万元", "12005000.00"),
        ("0.000001万", "0.01"),
        ("6.41亿元", "641000000.00"),
        ("  260,687.95元 ", "260687.95"),
        ("￥1,000.00", "1000.00"),
        ("0.01", "0.01"),
        ("10.00", "10.00"),
        ("9,999,999,999,999.99", "9999999999999.99"),
        ("９００　万元", "9000000.00"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, expected):
    assert str(parse_amount(text)) == expected


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "请填写"),
        (" 　", "请填写"),
        ("0", "必须大于零"),
        ("0.00", "必须大于零"),
        ("-5", "不能为负"),
        ("－５", "负数"),
        ("1.234", "两位小数"),
        ("0.0000001万", "两位小数"),
        ("1.2345678万元", "两位小数"),
        ("1e5", "科学记数法"),
        ("1.5E+3", "科学记数法"),
        ("1,23", "千位分隔符"),
        ("12,34,567", "千位分隔符"),
        ("1,0000", "千位分隔符"),
        (",123", "千位分隔符"),
        ("1,234,", "千位分隔符"),
        ("1.234,56", "千位分隔符"),
        ("1.2.3", "小数点"),
        ("1.", "小数点"),
        (".5", "小数点"),
        ("2012-09-15", "日期"),
        ("2012/9/15", "日期"),
        ("１２ ０００", "空格"),
        ("1O0", "不能识别"),
        ("abc", "不能识别"),
        ("壹佰", "不能识别"),
        ("٣٤", "不能识别"),
        ("²", "不能识别"),
        ("+5", "不能识别"),
        ("NaN", "不能识别"),
        ("Infinity", "不能识别"),
        ("1_000", "不能识别"),
        ("0x10", "不能识别"),
        ("万元", "没有数字"),
        ("5万万", "单位"),
        ("0123", "以 0 开头"),
        ("10000000000000", "过大"),
        ("100000亿", "过大"),
        ("9" * 500, "过长"),
    ],
)
def test_an_unclear_amount_is_refused_with_its_own_sentence(text, sentence):
    with pytest.raises(InvalidInput) as refusal:
        parse_amount(text, field="transfer")
    assert sentence in refusal.value.message
    assert refusal.value.fields == {"transfer": [refusal.value.message]}


def test_zero_is_read_where_it_is_allowed():
    assert str(parse_amount("0", allow_zero=True)) == "0.00"


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_a_refusal(text):
    try:
        amount = parse_amount(text)
    except InvalidInput:
        return
    assert 0 < amount < LIMIT
    assert amount.as_tuple().exponent == -2


@given(amounts)
def test_what_is_written_is_read_back(amount):
    assert parse_amount(format_yuan(amount)) == amount
    assert parse_amount(api_string(amount)) == amount
    assert parse_amount(f"{format_yuan(amount)}元") == amount


@pytest.mark.parametrize(
    "value", [Decimal("-1"), Decimal("0"), Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E13"), Decimal("sNaN")]
)
def test_a_service_refuses_an_amount_no_clerk_could_have_meant(value):
    with pytest.raises(InvalidInput):
        require_amount(value)


def test_a_service_takes_decimals_and_whole_yuan_but_no_float():
    assert str(require_amount(Decimal("1E+7"))) == "10000000.00"
    assert str(require_amount(5)) == "5.00"
    with pytest.raises(TypeError):
        require_amount(5.0)  # type: ignore[arg-type]


# Writing


def test_amounts_are_written_for_pages_and_for_the_api():
    assert format_yuan(Decimal("1E+7")) == "10,000,000.00"
    assert format_yuan(Decimal("-1234.5")) == "-1,234.50"
    assert api_string(Decimal(10000000)) == "10000000.00"
    assert api_string(Decimal("-0.00")) == "0.00"
    assert format_wan(Decimal("10000000")) == "1,000.00"
    assert format_wan(Decimal("85466666.67")) == "8,546.67"
    assert format_wan(Decimal("85466666.67"), 0) == "8,547"
    with pytest.raises(ValueError, match="分"):
        format_yuan(Decimal("0.005"))


@pytest.mark.parametrize(
    "value, words",
    [
        ("1409.50", "人民币壹仟肆佰零玖元伍角"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("1005", "人民币壹仟零伍元整"),
        ("0", "人民币零元整"),
        ("0.10", "人民币壹角"),
        ("0.05", "人民币伍分"),
        ("0.15", "人民币壹角伍分"),
        ("10", "人民币壹拾元整"),
        ("100000", "人民币壹拾万元整"),
        ("10000000", "人民币壹仟万元整"),
        ("10000005", "人民币壹仟万零伍元整"),
        ("641000000", "人民币陆亿肆仟壹佰万元整"),
        ("100000000", "人民币壹亿元整"),
        ("100010000", "人民币壹亿零壹万元整"),
        ("1000000000001", "人民币壹万亿零壹元整"),
        ("-3.20", "人民币负叁元贰角"),
    ],
)
def test_amounts_in_words_follow_the_payment_rules(value, words):
    assert in_words(Decimal(value)) == words


def _read_words(words: str) -> Decimal:
    """An independent reader: sections of 亿 and 万, then digits with their places."""
    digits = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}

    def below_ten_thousand(text: str) -> int:
        total = 0
        for digit, place in re.findall(r"([壹贰叁肆伍陆柒捌玖])([仟佰拾]?)", text):
            total += digits[digit] * {"仟": 1000, "佰": 100, "拾": 10, "": 1}[place]
        return total

    def integer(text: str) -> int:
        for unit, size in (("亿", 10**8), ("万", 10**4)):
            if unit in text:
                high, low = text.rsplit(unit, 1) if unit == "亿" else text.split(unit, 1)
                return integer(high) * size + integer(low)
        return below_ten_thousand(text)

    found = re.fullmatch(r"人民币(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?整?", words)
    assert found
    yuan, jiao, fen = found.groups()
    cents = integer(yuan or "") * 100 + digits[jiao or "零"] * 10 + digits[fen or "零"]
    return Decimal(cents).scaleb(-2)


@given(amounts)
def test_words_are_read_back_to_the_same_amount(amount):
    words = in_words(amount)
    assert _read_words(words) == amount
    assert "零零" not in words
    assert "零元" not in words
    assert "零万" not in words
    assert "零亿" not in words
    assert words.endswith(("整", "角", "分"))
    assert words.endswith("整") == (amount == amount.to_integral_value())
