"""Identifiers of enterprises (domain §7): 统一社会信用代码 (GB 32100-2015) and 组织机构代码 (GB 11714-1997).

Characters 9–17 of the first are the second, so one enterprise keeps one row when its code is upgraded. Stored forms: 18
and 9 characters, capitals, nothing between them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn

from stdnum.cn import uscc as gb32100

from common.errors import InvalidInput

USCC_SINCE = date(2015, 10, 1)
"""From this day new registrations carry one code (国办发〔2015〕50号, 三证合一、一照一码)."""

_USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOKALIKES = {"I": "数字 1", "O": "数字 0", "S": "数字 5", "V": "字母 U 或 Y", "Z": "数字 2"}
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | dict.fromkeys(range(0x2010, 0x2016), ord("-"))
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


class IdentifierKind(StrEnum):
    """Which code a new registration must carry."""

    ORG_CODE = "org_code"
    USCC = "uscc"


@dataclass(frozen=True, slots=True)
class Identifier:
    """What the register stores: the organisation code always, the unified code where there is one."""

    org_code: str
    uscc: str | None


def required_identifier(on: date) -> IdentifierKind:
    """The code a new registration on this day carries: organisation code before 2015-10-01, unified code from then."""
    return IdentifierKind.USCC if on >= USCC_SINCE else IdentifierKind.ORG_CODE


def normalise_identifier(text: str, *, field: str = "identifier") -> Identifier:
    """Read either code, told apart by length.

    Raises:
        InvalidInput: neither, or wrong as `normalise_uscc` and `normalise_org_code` say.
    """
    code = _compact(text)
    if len(code.replace("-", "")) == 9:
        return Identifier(normalise_org_code(text, field=field), None)
    if len(code) != 18:
        _refuse(field, f"代码“{text.strip()}”应为 18 位统一社会信用代码或 9 位组织机构代码，现为 {len(code)} 位。")
    unified = normalise_uscc(text, field=field)
    return Identifier(org_code_of_uscc(unified), unified)


def normalise_uscc(text: str, *, field: str = "uscc") -> str:
    """The unified code in 18 capitals and digits; accepts lower case, full width and spaces.

    Raises:
        InvalidInput: wrong length or character, or a wrong check character (the right one is named).
    """
    code = _compact(text)
    if len(code) != 18:
        _refuse(field, f"统一社会信用代码应为 18 位，现为 {len(code)} 位。")
    for place, character in enumerate(code, 1):
        if character in _LOOKALIKES:
            hint = _LOOKALIKES[character]
            _refuse(field, f"统一社会信用代码第 {place} 位是“{character}”；代码不使用字母 I、O、S、V、Z，请核对是否为{hint}。")
        if character not in _USCC_ALPHABET:
            _refuse(field, f"统一社会信用代码第 {place} 位的“{character}”不是数字或大写字母。")
        if place <= 8 and not character.isdigit():
            _refuse(field, f"统一社会信用代码前 8 位应为数字，第 {place} 位却是“{character}”。")
    expected = gb32100.calc_check_digit(code[:17])
    if code[17] != expected:
        _refuse(field, f"统一社会信用代码校验码不符：按前 17 位计算，末位应为“{expected}”，现为“{code[17]}”，请核对证照。")
    return code


def normalise_org_code(text: str, *, field: str = "org_code") -> str:
    """The organisation code in 9 characters without hyphen; accepts `12345678-8`, lower case, full width and spaces.

    Raises:
        InvalidInput: wrong length or character, a hyphen elsewhere, or a wrong check character (the right one is named).
    """
    code = _compact(text)
    if len(code) == 10 and code[8] == "-":
        code = code[:8] + code[9]
    if len(code) != 9:
        _refuse(field, f"组织机构代码应为 8 位加 1 位校验码（如 12345678-8），现为“{text.strip()}”。")
    for place, character in enumerate(code, 1):
        if character not in _ORG_ALPHABET:
            _refuse(field, f"组织机构代码第 {place} 位的“{character}”不是数字或大写字母。")
    expected = org_code_check(code[:8])
    if code[8] != expected:
        _refuse(field, f"组织机构代码校验码不符：按前 8 位计算，末位应为“{expected}”，现为“{code[8]}”，请核对证照。")
    return code


def org_code_check(body: str) -> str:
    """Check character of 8 characters: 11 − Σ value × weight mod 11, where 10 is X and 11 is 0 (GB 11714-1997)."""
    total = sum(_ORG_ALPHABET.index(character) * weight for character, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def format_org_code(code: str) -> str:
    """As printed: `12345678-8`."""
    return f"{code[:8]}-{code[8:]}"


def org_code_of_uscc(uscc: str) -> str:
    """Characters 9–17 of a unified code."""
    return uscc[8:17]


def org_code_doubt(org_code: str) -> str:
    """What a clerk should look at again where the check character is not that of GB 11714, or "".

    A unified code is accepted although its characters 9–17 fail: its own check character has caught what fingers do, and
    what an authority issued so is the enterprise's code (docs/rules.md, readings).
    """
    expected = org_code_check(org_code[:8])
    if org_code[8] == expected:
        return ""
    return f"第 9–17 位（{org_code}）的校验码与 GB 11714 不符（应为“{expected}”），请对照营业执照核对；登记机关确是这样核发的，照用。"


def uscc_registration_region(uscc: str) -> str:
    """Characters 3–8: the six-digit division code of the registration office (GB/T 2260), 442000 for 中山市."""
    return uscc[2:8]


def make_org_code(serial: str) -> str:
    """A valid organisation code for 8 invented characters; for demonstrations and tests."""
    return serial + org_code_check(serial)


def make_uscc(region: str, org_code: str) -> str:
    """A valid unified code of a company (91) for a region and an organisation code; for demonstrations and tests."""
    body = f"91{region}{org_code}"
    return body + str(gb32100.calc_check_digit(body))


def make_identifier(org_code: str, on: date) -> str:
    """The code with which an enterprise of 中山市 is registered on a day; for demonstrations and tests."""
    return make_uscc("442000", org_code) if required_identifier(on) is IdentifierKind.USCC else org_code


def _compact(text: str) -> str:
    return "".join(text.translate(_HALF_WIDTH).translate(_INVISIBLE).split()).upper()


def _refuse(field: str, sentence: str) -> NoReturn:
    raise InvalidInput(sentence, fields={field: [sentence]})
