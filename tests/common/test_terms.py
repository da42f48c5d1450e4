"""Terms: one source, every use known, readable by keyboard, listed on one page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.test import Client

from common.columns import Column
from common.page import Fact
from common.terms import ALSO, TERMS
from tests.factories import make_world

USE = re.compile(r"""\bterm="([^"]+)"|{% term(?:_mark)? "([^"]+)\"""")
PLACES = ("common", "parties", "reserve", "enterprises", "loans", "reports", "templates")


def test_every_term_a_page_uses_is_explained_in_one_sentence() -> None:
    files = (path for place in PLACES for path in (Path(settings.BASE_DIR) / place).rglob("*.*") if path.suffix in (".py", ".html"))
    used = {found[1] or found[2] for path in files for found in USE.finditer(path.read_text(encoding="utf-8"))}
    assert len(used) > 15
    assert used - set(TERMS) == set()
    assert [name for name, sentence in TERMS.items() if not sentence.endswith("。") or sentence.count("。") != 1] == []


def test_a_term_can_be_focused_and_is_described_by_its_sentence() -> None:
    html = engines["django"].from_string('{% load ui %}{% term "授信" label %}').render({"label": "<b>"})
    tip = re.search(r'aria-describedby="(term-[0-9a-f]{8})"', html)
    assert tip
    assert 'tabindex="0"' in html
    assert f'&lt;b&gt;<span class="term-tip" role="tooltip" id="{tip[1]}">{TERMS["授信"]}</span>' in html


def test_a_term_nobody_explained_is_an_error() -> None:
    with pytest.raises(KeyError):
        engines["django"].from_string('{% load ui %}{% term "无此词" %}').render()


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (Fact("五级分类", "正常"), "五级分类"),
        (Fact("支付罚息（元）", "0.00"), "罚息"),
        (Column("usable", "可用（元）", term="可用授信"), "可用授信"),
        (Column("usable", "可用（元）"), ""),
    ],
)
def test_a_label_that_names_a_term_is_explained_wherever_it_stands(item: Fact | Column, name: str) -> None:
    html = engines["django"].from_string("{% load ui %}{% label item %}").render({"item": item})
    assert (TERMS[name] in html) if name else (html == item.label)
    assert item.label in html


def test_labels_that_name_a_term_otherwise_name_one_that_is_explained() -> None:
    assert set(ALSO.values()) <= set(TERMS)
    assert set(ALSO).isdisjoint(TERMS)


@pytest.mark.django_db
def test_one_page_lists_them_all() -> None:
    client = Client()
    client.force_login(make_world().bank, backend="parties.backends.PartiesBackend")
    page = client.get("/help/terms/").content.decode()
    assert [name for name, sentence in TERMS.items() if f"<dt>{name}</dt><dd>{sentence}</dd>" not in page] == []
