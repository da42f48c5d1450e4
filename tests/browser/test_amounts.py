"""The reading beside an amount while one types: what the pages' script understands and writes is what the server does."""

from collections.abc import Callable
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from common.errors import InvalidInput
from common.money import from_cents, in_words, parse_amount

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READ = "texts => texts.map((text) => { const amount = cents(text); return amount ? inWords(amount) : null; })"

GAPS = [int("".join(digits)) * 100 + small for digits in product("05", repeat=13) for small in (0, 5, 50, 57)]
EDGES = [10**power * factor + step for power in range(15) for factor in (1, 2, 9) for step in (-1, 0, 1)]
LONG = [100001000430360, 100000000000000, 999999999999999, 123456789012345, 200304050607089]

TEXTS = """
1 10 0.5 0.05 0.10 1.5 1.05 1000 1000000 1,000 1,234,567.89 100万 100万元 1.5亿 0.5亿元 100元 1,234.5万 0.0001万 0.000001万
¥100 ￥100 １００万元 １，０００．５０ 9999999999999.99 99999.99亿 1万 12345678901234567890亿
0 0.00 1,00 1,0000 ,100 100, 100,万 1,000,00 007 00 01.5 0,123 1.001 0.0000001万 .5 5. 1.2.3 1e5 +5 -5 －5 5- 10000000000000
100000亿 10万亿 万 元 abc １ｅ５ ① ⅣI 五 1000,000 1_000 0x10 1万5 100美元 100圆 1234567890123456789012345678 12345678901234567890123456789
0.0000000000000000000000000001
"""
SPACED = ["", " ", " 100 ", "\u3000100\u3000", "\t100", "100 万", "100  万", "1 000", "1\u00a0000", "\u00a0100", "¥ 100", "¥  100"]
ODD = ["100\ufeff", "\ufeff100", "1\u200b00", "100 元 ", "1, 000", "１　０００", "1\u2009000"]


def read(text: str) -> str | None:
    """As the server reads a text back; None where it refuses."""
    try:
        return in_words(parse_amount(text))
    except InvalidInput:
        return None


def test_every_amount_is_written_in_words_as_the_server_writes_it(at: Callable[..., "Page"]) -> None:
    page = at("bank")
    page.goto("/")
    amounts = [from_cents(cents) for cents in (*GAPS, *EDGES, *LONG) if 0 < cents < 10**15]
    shown = page.evaluate(READ, [str(amount) for amount in amounts])
    wrong = [(amount, words) for amount, words in zip(amounts, shown, strict=True) if words != in_words(amount)]
    assert wrong == []
    assert shown[amounts.index(Decimal("1000010004303.60"))].startswith("人民币壹万亿壹仟万")


def test_a_text_is_read_back_exactly_where_the_server_accepts_it(at: Callable[..., "Page"]) -> None:
    page = at("bank")
    page.goto("/")
    texts = [*TEXTS.split(), *SPACED, *ODD]
    expected = {text: read(text) for text in texts}
    assert dict(zip(texts, page.evaluate(READ, texts), strict=True)) == expected
    assert None in expected.values()


def test_what_is_typed_is_read_back_and_what_the_server_refuses_is_not(at: Callable[..., "Page"]) -> None:
    page = at("province")
    page.goto("/contributions/new/")
    field = page.get_by_label("金额")
    reading = page.locator("[data-reading]").first
    field.fill("1000010004303.60")
    expect(reading).to_contain_text("人民币壹万亿壹仟万肆仟叁佰零叁元陆角")
    field.fill("1,00")
    expect(reading).to_have_text("")
