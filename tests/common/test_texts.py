"""Texts as they are entered: trimmed, composed, of the right length, printable."""

import pytest

from common.errors import InvalidInput
from common.texts import checked_text, unprintable, untitled


@pytest.mark.parametrize(
    ("text", "kept"), [(" 购买设备 ", "购买设备"), ("é", "é"), ("中山市（小榄）ABC－１〔2012〕5号", "中山市（小榄）ABC－１〔2012〕5号")]
)
def test_a_text_is_kept_composed_and_without_blanks_around(text: str, kept: str) -> None:
    assert checked_text("purpose", "用途", text, 100) == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" ", "请填写用途。"),
        ("长" * 6, "用途最多 5 字，现有 6 字。"),
        ("金𬭎", "用途：本系统字库暂无“𬭎”字（U+2CB4E），无法打印；请核对用字，确为该字的请联系系统管理员增补字库。"),
        ("设备😀", "“😀”字（U+1F600）"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_beside_its_field(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_text("purpose", "用途", text, 5)
    assert sentence in refusal.value.message
    assert refusal.value.fields == {"purpose": [refusal.value.message]}


def test_what_no_paper_carries_may_have_any_character_and_what_is_not_required_be_empty() -> None:
    assert checked_text("note", "备注", "陈𬭎来访", 500, printed=False) == "陈𬭎来访"
    assert checked_text("note", "备注", " ", 500, required=False) == ""


def test_the_characters_of_gbk_and_of_all_amounts_can_be_printed() -> None:
    hanzi = "".join(map(chr, range(0x4E00, 0x9FA6)))
    assert len(hanzi.encode("gbk")) == 2 * len(hanzi)
    assert unprintable(f"{hanzi}零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整￥¥‰％〔〕《》“”——…　\n") == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("《操作细则》", "操作细则"),
        (" 《《操作细则》》", "操作细则"),
        ("操作细则", "操作细则"),
        ("《操作细则》补充协议", "《操作细则》补充协议"),
    ],
)
def test_a_title_is_kept_without_its_brackets(text: str, title: str) -> None:
    assert untitled(text) == title
