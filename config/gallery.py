"""The living page of components, for who builds pages: every part of `templates/components/` with ordinary, long and faulty data.

Not in production. A test finds a part that is not shown here.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace as Sample
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from common.forms import AmountField, DateField, Form, RateField
from common.page import Action, Chart, Fact, NumberCard, Paper, Related, Series, Step, Todo
from reserve.cover import CoverBlock

LONG = "中山市小榄镇高新技术产业开发区智能装备与精密机械制造股份有限公司"
DAY, MOMENT = date(2012, 9, 20), datetime(2012, 9, 20, 2, 30, tzinfo=UTC)


class SampleForm(Form):
    """Every kind of field in two groups."""

    fieldsets = (
        ("金额与日期", ("amount", "rate", "day"), "一组的说明写在这里。"),
        ("其他", ("name", "choice", "ways", "agreed", "file", "note")),
    )
    amount = AmountField(label="金额")
    rate = RateField(label="年利率")
    day = DateField(label="日期")
    name = forms.CharField(label="名称", max_length=100, help_text="打印在文书上。")
    choice = forms.ChoiceField(label="单选", choices=[("", "请选择"), ("a", "甲"), ("b", LONG)])
    ways = forms.MultipleChoiceField(label="多选", choices=[("a", "甲"), ("b", "乙")], widget=forms.CheckboxSelectMultiple, required=False)
    agreed = forms.BooleanField(label="已核对原件", required=False)
    file = forms.FileField(label="文件", required=False)
    note = forms.CharField(label="说明", widget=forms.Textarea(attrs={"rows": 2}), required=False)


@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Raises: Http404 in production."""
    if not settings.DEMONSTRATION:
        raise Http404
    wrong = SampleForm({"amount": "1.005", "rate": "七", "day": "2012-02-30", "choice": "c"}, auto_id="wrong_%s")
    return render(request, "gallery.html", {"form": SampleForm(), "wrong": wrong, "nothing": [], **_parts(), **_records()})


def _parts() -> dict[str, Any]:
    quarters = ["2012Q1", "2012Q2", "2012Q3"]
    return {
        "actions": [
            Action("登记还款", "#", icon="plus", primary=True),
            Action("作废", "#", danger=True),
            Action("复核放款", "#", post=True, confirm="将发放 500万元，并占用准备金 66.67万元。"),
            Action("审定", reason="须由另一名复核人员办理，您是初审人。"),
        ],
        "facts": [
            Fact("企业", LONG, url="#"),
            Fact("金额", "5,000,000.00 元", numeric=True, hint="500万元"),
            Fact("批次", None),
        ],
        "steps": [
            Step("受理", "done", who="李明", when=DAY),
            Step("市科技局签署", "current", who="市科技局复核"),
            Step("送银行"),
            Step("已撤回", "stopped", who="张三", when=DAY),
        ],
        "todos": [
            Todo("复核到账：省中心 1,000万元", "#", "凭证 X1", due_on=DAY, workdays_left=-3),
            Todo(f"签署推荐：{LONG}", "#", due_on=DAY, workdays_left=2),
            Todo("报送汇总表：2027年第一季度", "#", due_on=DAY, workdays_left=30, provisional=True),
            Todo("没有期限的事项", "#"),
        ],
        "numbers": [
            NumberCard("准备金余额", "5,000万", "省 1,000万，镇 4,000万", "#", icon="wallet", term="准备金余额"),
            NumberCard("逾期率", "3.20%", "超过预警线", "#", "warn", "alert-triangle"),
            NumberCard("没有数字", "—"),
        ],
        "papers": [Paper("联合推荐函", "#", icon="file-type-pdf"), Paper(f"{LONG}营业执照.pdf", "#", "1,024 字节", open_url="#")],
        "related": [Related("贷款", "借据 JJ1", "#"), Related("贷款", "借据 JJ2", "#"), Related("批次", "第8批", "#")],
        "chart": Chart(
            "sample", "分季度放款", quarters, [Series("放款额", [Decimal(120), None, Decimal(80)])], unit="万元", note="一句说明。"
        ),
        "blocks": [CoverBlock("暂停新增", "逾期率 5.20% 超过暂停线 5.00%，自 2012-09-20 起暂停新增贷款。", "#")],
        "hints": [Fact("可用授信", "3,000,000.00 元", numeric=True), Fact("利率上限", "7.8000%")],
    }


def _records() -> dict[str, Any]:
    """What stands for rows of the database."""
    unit = Sample(name="市科技局", short_name="市科技局")
    author = Sample(name="李明", organisation=unit, get_role_display="经办")
    said = {"organisation": unit, "opinion": "同意恢复", "spoken_by": author, "spoken_at": MOMENT}
    event = {"at": MOMENT, "person": "王五（代李明）", "organisation": unit, "about": "借据 JJ1", "reason": "录入有误"}
    changes = {"年利率": ["7.8000%", "7.2000%"], "批次": [None, "第8批"]}
    decision = Sample(
        status="open",
        get_status_display=lambda: "征求意见中",
        proposed_by=author,
        proposed_at=MOMENT,
        decided_on=None,
        grounds="逾期率已降到预警线以内",
        withdraw_reason="",
        voices=Sample(all=[Sample(agrees=agrees, **said) for agrees in (None, True, False)]),
    )
    return {
        "events": [Sample(**event, summary="更正利率", changes=changes)],
        "decisions": [decision],
        "deputy": Sample(places_today=[Sample(taken=taken, colleague=author, last=DAY) for taken in (True, False)]),
        "notices": [_Notice(level) for level in ("success", "error", "warning", "info")],
    }


class _Notice(str):
    """A message as Django hands it to the page."""

    def __new__(cls, level: str) -> "_Notice":
        return super().__new__(cls, f"一条{level}消息。")

    def __init__(self, level: str) -> None:
        self.level_tag = level
