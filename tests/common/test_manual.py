"""The manual as pages: its marks, nothing of it taken for HTML, and something in it for every page of the sidebar."""

import pytest
from django.test import Client

from common import manual, navigation
from common.manual import about, parse
from tests.factories import make_world

TEXT = """# 手册

前言<b>。

## 一、甲

**搜索。** 按 `/` 进入，
第二行 & **粗**。

1. 先
2. 后

**列表。** 无。

## 二、乙

| 要办的事 | 怎么办 |
|---|---|
| 签署 | 打开<script>后“签署” |
| 撤回 | 写理由 |
"""


def test_each_mark_becomes_its_element_and_the_rest_is_text() -> None:
    first, second, third = parse(TEXT)
    assert [first.title, second.title, third.title] == ["", "一、甲", "二、乙"]
    assert first.topics[0].html == "<p>前言&lt;b&gt;。</p>"
    assert [topic.title for topic in second.topics] == ["", "搜索", "列表"]
    assert second.topics[1].html == (
        "<p><strong>搜索。</strong> 按 <code>/</code> 进入，<br>第二行 &amp; <strong>粗</strong>。</p><ol><li>先</li><li>后</li></ol>"
    )
    assert "<td>打开&lt;script&gt;后“签署”</td>" in third.topics[0].html
    assert third.topics[0].html.count("<tr>") == 3


def test_what_is_about_a_page_are_its_topics_and_its_rows() -> None:
    found = list(about(("列表", "撤回"), parse(TEXT)))
    assert [topic.title for topic in found] == ["列表", "二、乙"]
    assert found[1].rows == [["撤回", "写理由"]]
    assert list(about((), parse(TEXT))) == []


def test_every_topic_that_pages_name_is_in_the_manual() -> None:
    titles = {title for named in navigation._topics.values() for title in named}
    assert titles
    assert [title for title in sorted(titles) if not list(about((title,)))] == []


def test_every_entry_of_the_sidebar_is_explained() -> None:
    assert [entry.url_name for entry in navigation._entries if not navigation.topics(entry.url_name)] == []


@pytest.mark.django_db
def test_help_begins_with_the_page_one_comes_from() -> None:
    client = Client()
    client.force_login(make_world().bank, backend="parties.backends.PartiesBackend")
    assert 'href="/help/?page=loans:claim_list"' in client.get("/claims/").content.decode()
    answer = client.get("/help/?page=loans:claim_list")
    assert "代偿" in [topic.title for topic in answer.context["about"]]
    assert answer.context["sections"] == manual.sections()
    assert client.get("/help/?page=<b>").context["about"] == []
