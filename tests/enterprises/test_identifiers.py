"""Identifiers (domain §7): GB 32100-2015 and GB 11714-1997, read as people write them, refused with the reason."""

from datetime import date
from string import ascii_uppercase, digits

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc as gb32100

from common.errors import InvalidInput
from enterprises.identifiers import (
    Identifier,
    IdentifierKind,
    format_org_code,
    make_org_code,
    make_uscc,
    normalise_identifier,
    normalise_org_code,
    normalise_uscc,
    org_code_doubt,
    org_code_of_uscc,
    required_identifier,
    uscc_registration_region,
)

USCC_LETTERS = digits + "ABCDEFGHJKLMNPQRTUWXY"
serials = st.text(USCC_LETTERS, min_size=8, max_size=8)
regions = st.text(digits, min_size=6, max_size=6)


@pytest.mark.parametrize("code", ["91442000123456788Y", "91442000721234560D", "914420007592301866", "91110000600037341L"])
def test_valid_unified_codes_are_taken_as_they_are(code):
    assert normalise_uscc(code) == code
    assert normalise_org_code(org_code_of_uscc(code)) == code[8:17]


@pytest.mark.parametrize(
    "text",
    [
        "91442000123456788y",
        " 91442000 12345678 8Y ",
        "９１４４２０００１２３４５６７８８Ｙ",
        "９１４４２０００１２３４５６７８８ｙ　",
        "\ufeff91442000123456788Y\u200b",
        "91442000\u00a0123456788Y",
        "91442000123456788Y\r\n",
    ],
)
def test_unified_codes_are_read_in_lower_case_full_width_and_with_spaces(text):
    assert normalise_uscc(text) == "91442000123456788Y"


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("91442000123456788X", "末位应为“Y”，现为“X”"),
        ("91442000123456789Y", "校验码不符"),
        ("91442001123456788Y", "校验码不符"),
        ("91442000132456788Y", "校验码不符"),  # two neighbours changed places
        ("9144200012345678OY", "第 17 位是“O”"),
        ("91442000I23456788Y", "第 9 位是“I”"),
        ("91442000S23456788Y", "数字 5"),
        ("91442000V23456788Y", "第 9 位是“V”"),
        ("91442000Z23456788Y", "数字 2"),
        ("91442000123456788", "现为 17 位"),
        ("91442000123456788YY", "现为 19 位"),
        ("", "现为 0 位"),
        ("9144200A123456788Y", "第 8 位却是“A”"),
        ("91442000-23456788Y", "第 9 位的“-”"),
        ("9144200012345678中Y", "“中”"),
        ("９１４４２０００１２３４５６７８８²", "“²”"),
        ("٩1442000123456788Y", "“٩”"),
    ],
)
def test_a_wrong_unified_code_is_refused_with_what_is_wrong(text, sentence):
    with pytest.raises(InvalidInput) as refusal:
        normalise_uscc(text, field="uscc")
    assert sentence in refusal.value.message
    assert list(refusal.value.fields) == ["uscc"]


@pytest.mark.parametrize(
    "text",
    ["12345678-8", "123456788", "１２３４５６７８－８", " 12345678 - 8 ", "12345678‐8", "12345678–8"],
)
def test_organisation_codes_are_read_with_and_without_hyphen(text):
    assert normalise_org_code(text) == "123456788"


@pytest.mark.parametrize("code", ["72123456-0", "75923018-6", "D2143569-X", "10000000-8"])
def test_organisation_codes_with_every_kind_of_check_character(code):
    body, check = code.split("-")
    assert make_org_code(body) == body + check
    assert format_org_code(normalise_org_code(code.lower())) == code


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("12345678-9", "末位应为“8”，现为“9”"),
        ("12345678-X", "校验码不符"),
        ("1234567-88", "8 位加 1 位"),
        ("12345678", "8 位加 1 位"),
        ("", "8 位加 1 位"),
        ("1234567*8", "第 8 位的“*”"),
        ("1234567中8", "“中”"),
    ],
)
def test_a_wrong_organisation_code_is_refused_with_what_is_wrong(text, sentence):
    with pytest.raises(InvalidInput) as refusal:
        normalise_org_code(text)
    assert sentence in refusal.value.message


def test_a_unified_code_around_a_failing_organisation_code_is_accepted_with_a_word_to_the_clerk():
    assert normalise_identifier("914420001234567892") == Identifier("123456789", "914420001234567892")
    doubt = org_code_doubt("123456789")
    assert "GB 11714 不符（应为“8”）" in doubt
    assert org_code_doubt("123456788") == ""
    with pytest.raises(InvalidInput, match="校验码不符"):
        normalise_identifier("12345678-9")


def test_either_code_is_accepted_and_told_apart_by_length():
    assert normalise_identifier("12345678-8") == Identifier("123456788", None)
    assert normalise_identifier("91442000123456788y") == Identifier("123456788", "91442000123456788Y")
    with pytest.raises(InvalidInput, match="18 位统一社会信用代码或 9 位组织机构代码"):
        normalise_identifier("440000000012345")  # an old registration number
    with pytest.raises(InvalidInput, match="末位应为"):
        normalise_identifier("12345678-9")


@pytest.mark.parametrize(
    "on, kind",
    [
        (date(2011, 10, 28), IdentifierKind.ORG_CODE),
        (date(2015, 9, 30), IdentifierKind.ORG_CODE),
        (date(2015, 10, 1), IdentifierKind.USCC),
        (date(2026, 1, 1), IdentifierKind.USCC),
    ],
)
def test_new_registrations_carry_one_code_from_october_2015(on, kind):
    assert required_identifier(on) is kind


@given(serial=serials, region=regions)
def test_invented_codes_are_valid_and_hold_each_other(serial, region):
    org_code = make_org_code(serial)
    code = make_uscc(region, org_code)
    assert gb32100.is_valid(code)
    assert normalise_identifier(code) == Identifier(org_code, code)
    assert normalise_identifier(format_org_code(org_code)) == Identifier(org_code, None)
    assert uscc_registration_region(code) == region


@given(serial=serials, place=st.integers(0, 17), other=st.sampled_from(USCC_LETTERS))
def test_one_wrong_character_never_passes(serial, place, other):
    code = make_uscc("442000", make_org_code(serial))
    assume(code[place] != other)
    with pytest.raises(InvalidInput):
        normalise_uscc(code[:place] + other + code[place + 1 :])


@given(st.text(digits + ascii_uppercase + "-－ Ａ０ßı中", max_size=20))
def test_any_text_is_a_valid_code_or_a_refusal(text):
    try:
        found = normalise_identifier(text)
    except InvalidInput:
        return
    assert normalise_identifier(found.uscc or found.org_code) == found
