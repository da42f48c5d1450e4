"""What the filters write and what the tags draw."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context, Template

from common import display
from common.page import TIMELINE_LENGTH, Action, Chart, Fact, NumberCard, Paper, Related, Series, Step, Todo
from common.templatetags import ui


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("yuan", Decimal("10000000"), "10,000,000.00"),
        ("yuan", Decimal("-0.05"), "-0.05"),
        ("yuan", Decimal(0), "0.00"),
        ("yuan", None, "—"),
        ("wan", Decimal("10000000"), "1,000万"),
        ("wan", Decimal("6412500"), "641.25万"),
        ("wan", Decimal("85466666.67"), "8,546.67万"),
        ("wan", Decimal(0), "0万"),
        ("wan", None, "—"),
        ("percent", Decimal("0.0959"), "9.59%"),
        ("percent", Decimal("0.090411"), "9.04%"),
        ("percent", None, "—"),
        ("rate", Decimal("7.8"), "7.8000%"),
        ("rate", None, "—"),
        ("date_cn", date(2012, 9, 20), "2012年9月20日"),
        ("date_cn", None, "—"),
        ("iso", date(2012, 9, 20), "2012-09-20"),
        ("iso", datetime(2012, 9, 20, 16, 5, tzinfo=UTC), "2012-09-21 00:05"),
        ("quarter_cn", "2012Q3", "2012年第三季度"),
        ("quarter_cn", "2012Q5", "2012Q5"),
        ("quarter_cn", None, "—"),
        ("dash", "", "—"),
        ("dash", 0, "0"),
    ],
)
def test_a_filter_writes_a_value_as_people_read_it(name: str, value: object, text: str):
    assert draw("{{ value|" + name + " }}", value=value) == text


def test_every_icon_a_template_or_module_names_is_in_the_sprite():
    root = Path(settings.BASE_DIR)
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (root / "static" / ui.SPRITE).read_text()))
    listed = set((root / "static/vendor/icons.txt").read_text().split())
    named = {name for path in (root / "templates").rglob("*.html") for name in re.findall(r"{% icon \"([a-z0-9-]+)\"", path.read_text())}
    assert sprite == listed
    assert named | set(ui.TONE_ICONS.values()) <= sprite


def test_no_template_holds_an_inline_script_style_or_handler():
    for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        text = path.read_text()
        if text.startswith("<!doctype"):
            continue  # a paper for the printer: a document of its own, never sent to a browser
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text), path


@pytest.mark.parametrize(
    "days, provisional, words",
    [
        (10, False, ["剩余 10 个工作日", "tone-neutral"]),
        (5, False, ["剩余 5 个工作日", "tone-warn"]),
        (0, False, ["今日到期"]),
        (-2, False, ["逾期 2 个工作日", "tone-bad"]),
        (30, True, ["剩余 30 个工作日", "暂定"]),
        (0, True, ["今日到期", "暂定"]),
        (-2, True, ["期限暂定，待放假安排公布后重新计算", "tone-warn"]),
    ],
)
def test_a_deadline_says_how_many_workdays_are_left(days: int, provisional: bool, words: list[str]):
    text = draw("{% workdays_left days provisional %}", days=days, provisional=provisional)
    assert all(word in text for word in words)
    assert ("逾期" in text) == (days < 0 and not provisional)


def test_a_status_is_icon_word_and_colour():
    loan = SimpleNamespace(status="overdue", get_status_display=lambda: "逾期")
    text = draw("{% status_badge loan %}", loan=loan)
    assert "tone-bad" in text
    assert "逾期" in text
    assert "<use href=" in text


def test_a_status_that_is_missing_is_a_dash():
    assert draw("{% status_badge loan %}", loan=SimpleNamespace(status="")) == "—"


def test_an_action_that_is_refused_says_why_and_is_no_button_that_sends():
    text = draw("{% action_button action %}", action=Action("确认放款", "/x/", post=True, reason="须由另一人复核。"))
    assert "须由另一人复核。" in text
    assert "<form" not in text
    assert 'aria-disabled="true"' in text


def test_an_action_that_posts_carries_question_token_key_and_version():
    action = Action("确认放款", "/x/", post=True, confirm="将发放 500 万元。", version=3)
    text = draw("{% action_button action %}", action=action, csrf_token="token")
    assert 'data-confirm="将发放 500 万元。"' in text
    assert 'value="token"' in text
    assert re.search(r'name="form_key" value="[0-9a-f-]{36}"', text)
    assert 'name="version" value="3"' in text


def test_a_chart_has_its_table_with_exact_figures_and_its_data_as_text():
    chart = Chart("q", "分季度", ["2012Q1", "2012Q2"], [Series("放款", [Decimal("1234567.89"), None])], unit="元", urls=["/a/", "/b/"])
    text = draw("{% chart chart %}", chart=chart)
    assert "1,234,567.89" in text
    assert '"values": ["1234567.89", null]' in text
    assert '<a href="/a/">2012Q1</a>' in text
    assert "—" in text


def test_text_from_people_is_escaped_in_every_part():
    evil = "<script>alert(1)</script>"
    event = SimpleNamespace(
        at=datetime(2012, 1, 1, tzinfo=UTC), person=evil, organisation=None, summary=evil, reason=evil, changes={evil: [evil, evil]}
    )
    text = draw(
        "{% steps steps %}{% facts facts %}{% timeline events %}{% papers papers %}{% todo_list todos %}{% number_cards cards %}"
        "{% chart chart %}{% action_button action %}{% badge evil %}{% empty_state evil evil %}",
        evil=evil,
        steps=[Step(evil, who=evil)],
        facts=[Fact(evil, evil, hint=evil)],
        events=[event],
        papers=[Paper(evil, "/", evil)],
        todos=[Todo(evil, "/", evil)],
        cards=[NumberCard(evil, evil, evil)],
        chart=Chart("c", evil, [evil], [Series(evil, [1])], note=evil),
        action=Action(evil, reason=evil),
    )
    assert evil not in text


def test_a_timeline_shows_what_was_before_and_after():
    event = SimpleNamespace(
        at=datetime(2012, 1, 1, tzinfo=UTC),
        person="李敏",
        organisation=None,
        summary="改期限",
        reason="",
        changes={"期限": [None, "12"]},
    )
    text = draw("{% timeline events %}", events=[event])
    assert "<del>—</del> → <ins>12</ins>" in text


def test_a_timeline_says_about_which_other_object_a_line_is_and_that_it_is_cut():
    said = {"person": "李明", "organisation": None, "summary": "报送", "reason": "", "changes": {}, "about": "代偿申请第1号"}
    event = SimpleNamespace(at=datetime(2012, 9, 20, tzinfo=UTC), **said)
    assert "代偿申请第1号：" in draw("{% timeline events %}", events=[event])
    assert "只列最近" not in draw("{% timeline events %}", events=[event])
    assert f"只列最近 {TIMELINE_LENGTH} 条" in draw("{% timeline events %}", events=[event] * TIMELINE_LENGTH)


def test_links_of_one_label_stand_together_with_their_number():
    links = [Related("贷款", "JJ1", "/loans/1/"), Related("企业", "甲公司", "/enterprises/1/"), Related("贷款", "JJ2", "/loans/2/")]
    html = re.sub(r"\s+", "", draw("{% related links %}", links=links))
    assert html.index("贷款（2）") < html.index("/loans/1/") < html.index("/loans/2/") < html.index("<dt>企业</dt>")


def test_no_event_says_so():
    assert "尚无记录" in draw("{% timeline events %}", events=[])


def test_display_text_keeps_false_and_zero():
    assert display.text(0) == "0"
    assert display.text(None) == "—"
