"""Texts as people write them: composed, without blanks around, within their column, of characters the papers can print."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from .errors import InvalidInput

FONTS = Path(__file__).resolve().parent / "fonts"
LONGEST_SEARCH = 100
"""Characters of what is looked for: a whole name fits. Every word is a condition of its own, and a database takes only so many."""


def checked_text(field: str, label: str, text: str, longest: int, *, required: bool = True, printed: bool = True) -> str:
    """What was written under `label`, ready for its column. `printed`: papers carry it.

    Raises:
        InvalidInput: empty though required, longer than `longest`, or with a character that cannot be printed; beside `field`.
    """
    text = unicodedata.normalize("NFC", text).strip()
    sentence = ""
    if required and not text:
        sentence = f"请填写{label}。"
    elif len(text) > longest:
        sentence = f"{label}最多 {longest} 字，现有 {len(text)} 字。"
    elif printed and (character := unprintable(text)):
        sentence = f"{label}：{unprintable_sentence(character)}"
    if sentence:
        raise InvalidInput(sentence, fields={field: [sentence]})
    return text


def unprintable(text: str) -> str:
    """The first character that the regular face of the shipped fonts lacks; "" when all can be printed."""
    known = _regular_characters()
    return next((character for character in text if ord(character) not in known and not character.isspace()), "")


def unprintable_sentence(character: str) -> str:
    """What to do about a character no paper can show: it may well be the right one."""
    return f"本系统字库暂无“{character}”字（U+{ord(character):04X}），无法打印；请核对用字，确为该字的请联系系统管理员增补字库。"


def unsearchable(text: str) -> str:
    """Why nothing is looked for by this text; "" when something is."""
    if len(text) > LONGEST_SEARCH:
        return f"搜索词太长，最多 {LONGEST_SEARCH} 个字；请只输入名称或编号。"
    return "搜索词含有无法识别的字符；请重新输入。" if "\x00" in text else ""  # PostgreSQL cannot take it


def untitled(text: str) -> str:
    """A title without the 《》 that papers put around it."""
    return re.sub(r"^[《\s]+([^《》]+)[》\s]+$", r"\1", text)


@lru_cache(maxsize=1)
def _regular_characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FONTS / "NotoSansSC-Regular-GBK.woff2", lazy=True) as font:
        return frozenset(font.getBestCmap())
