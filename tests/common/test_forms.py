"""What clerks type: understood where it can only mean one thing, else refused with a sentence."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import pytest
from django import forms
from django.template import Context, Template

from common.errors import Conflict, InvalidInput
from common.forms import AmountField, DateField, Form, RateField


class LoanForm(Form):
    fieldsets: ClassVar = (("放款", ["amount", "rate"], "不超过授信"), ("日期", ["day"]))
    amount = AmountField(label="金额")
    rate = RateField(label="利率")
    day = DateField(label="日期")
    note = forms.CharField(label="备注", required=False)


def filled(**values: str) -> LoanForm:
    return LoanForm({"amount": "100万", "rate": "7.8", "day": "2012-09-01", **values})


@pytest.mark.parametrize(
    "text",
    [
        "2012-09-01",
        "2012-9-1",
        "2012/9/1",
        "2012.9.1",
        "2012年9月1日",
        "2012 年 9 月 1 日",
        "20120901",
        "２０１２－０９－０１",
        "２０１２年９月１日",
    ],
)
def test_a_date_is_understood_as_people_write_it(text: str):
    assert DateField().clean(text) == date(2012, 9, 1)


@pytest.mark.parametrize(
    "text, word",
    [
        ("41153", "Excel"),
        ("41153.5", "Excel"),
        ("2012-02-30", "没有"),
        ("2012-13-01", "没有"),
        ("09/01/2012", "看不懂"),
        ("12-9-1", "看不懂"),
        ("明天", "看不懂"),
        ("", "请填写日期"),
    ],
)
def test_a_date_that_may_mean_something_else_is_refused(text: str, word: str):
    with pytest.raises(forms.ValidationError) as refused:
        DateField().clean(text)
    assert word in refused.value.messages[0]


@pytest.mark.parametrize("text", ["7.8", "7.8000", "7.8%", "７．８％", "6.5‰", "6.50002‰"])
def test_a_rate_becomes_annual_percent_with_four_decimals(text: str):
    assert str(RateField().clean(text)) == "7.8000"


@pytest.mark.parametrize("text", ["0", "-1", "101", "7.80001", "0.00001‰", "abc", "7,8", "", "9" * 60, "1e2", "nan"])
def test_a_rate_that_cannot_be_is_refused(text: str):
    with pytest.raises(forms.ValidationError):
        RateField().clean(text)


@pytest.mark.parametrize(
    "text, word", [("0", "大于 0、不超过 100%；"), ("84‰", "不超过 100%；"), ("7.80001", "最多 4 位小数"), ("abc", "看不懂")]
)
def test_a_refused_rate_says_what_is_wrong(text: str, word: str):
    with pytest.raises(forms.ValidationError) as refused:
        RateField().clean(text)
    assert word in refused.value.messages[0]


def test_the_unit_beside_a_rate_decides_unless_the_text_names_one():
    monthly, named = filled(rate="6.5", rate_unit="monthly"), filled(rate="7.8%", rate_unit="monthly")
    assert monthly.is_valid()
    assert named.is_valid()
    assert monthly.cleaned_data["rate"] == named.cleaned_data["rate"] == Decimal("7.8000")


def test_an_amount_reads_full_width_and_wan():
    form = filled(amount="１００万元")
    assert form.is_valid()
    assert form.cleaned_data["amount"] == Decimal(1000000)


@pytest.mark.parametrize("text", ["0", "-5", "1.001", "一百万", "1,00"])
def test_an_amount_that_cannot_be_is_an_error_of_its_field(text: str):
    form = filled(amount=text)
    assert not form.is_valid()
    assert list(form.errors) == ["amount"]


def test_each_form_handed_out_has_a_key_of_its_own_and_keeps_it_when_sent_back():
    first, second = LoanForm(), LoanForm()
    assert first["form_key"].value() != second["form_key"].value()
    key = "6f1c1f5e-8b0a-4c43-9f49-1a1f4b6f0f11"
    form = filled(form_key=key)
    assert form.is_valid()
    assert form.key == key
    assert key in str(form["form_key"])


def test_a_form_without_key_gets_one():
    form = filled()
    assert form.is_valid()
    assert UUID(form.key)


def test_values_are_the_fields_alone():
    form = filled(version="3")
    assert form.is_valid()
    assert set(form.values()) == {"amount", "rate", "day", "note"}
    assert form.cleaned_data["version"] == 3


def test_a_version_is_carried_only_where_the_view_gave_one():
    assert "version" not in LoanForm().fields
    assert LoanForm(initial={"version": 2})["version"].value() == 2


def test_fields_no_fieldset_names_come_last():
    assert [(group.title, [bound.name for bound in group.fields]) for group in LoanForm().groups] == [
        ("放款", ["amount", "rate"]),
        ("日期", ["day"]),
        ("", ["note"]),
    ]


class PlainForm(Form):
    months = forms.IntegerField(label="期限", min_value=1, max_value=360)
    kind = forms.ChoiceField(label="种类", choices=[("a", "甲")])
    several = forms.MultipleChoiceField(label="类别", choices=[("a", "甲")])
    name = forms.CharField(label="名称", max_length=4)
    email = forms.EmailField(label="邮箱")
    file = forms.FileField(label="文件")
    own = forms.IntegerField(label="年度", error_messages={"invalid": "年度写四位数字。"})


@pytest.mark.parametrize("initial, kept", [({}, set()), ({"version": 3}, {"version", "opened"}), ({"digest": "a1"}, {"digest", "opened"})])
def test_a_form_says_what_was_read_and_when_where_there_is_something_to_say(initial: dict[str, object], kept: set[str]):
    assert Form(initial=initial).fields.keys() - {"form_key"} == kept


@pytest.mark.parametrize(
    "given, sentences",
    [
        (
            {},
            {
                "months": "请填写期限。",
                "kind": "请选择种类。",
                "several": "请选择类别。",
                "name": "请填写名称。",
                "email": "请填写邮箱。",
                "file": "请选择文件。",
                "own": "请填写年度。",
            },
        ),
        (
            {"months": "1.5", "kind": "b", "several": ["a", "b"], "name": "一二三四五", "email": "a@", "own": "x"},
            {
                "months": "请填写整数。",
                "kind": "没有“b”这一项，请重新选择。",
                "several": "没有“b”这一项，请重新选择。",
                "name": "最多 4 字，现有 5 字。",
                "email": "请填写电子邮箱，例如 name@example.com。",
                "own": "年度写四位数字。",
            },
        ),
        ({"months": "0"}, {"months": "不能小于 1。"}),
        ({"months": "361"}, {"months": "不能大于 360。"}),
    ],
)
def test_every_field_says_what_is_wrong_in_the_projects_words(given: dict[str, str], sentences: dict[str, str]):
    errors = PlainForm(data=given, files={}).errors
    assert {name: list(errors[name]) for name in sentences} == {name: [sentence] for name, sentence in sentences.items()}


def shown(form: forms.Form, **context: str) -> str:
    return Template("{% load ui %}{% form_body form %}").render(Context({"form": form, **context}))


def test_a_refusal_stands_beside_the_fields_it_names_under_its_sentence_and_counts_once():
    form = filled()
    assert form.is_valid()
    form.refuse(InvalidInput("金额超过可用授信。", fields={"amount": ["最多 800 万元。"]}))
    assert form.errors == {"amount": ["最多 800 万元。"]}
    text = shown(form, back="/lines/1/")
    assert "有 1 处需要更正，尚未保存" in text
    assert text.count("金额超过可用授信。") == 1
    assert text.count("最多 800 万元。") == 2, "in the list on top and beside the field"
    assert "/lines/1/" not in text


def test_a_refusal_of_the_whole_is_no_fault_of_a_field_and_leads_back_to_the_object():
    form = filled()
    assert form.is_valid()
    form.refuse(Conflict())
    text = shown(form, back="/lines/1/")
    assert "未能办理，没有保存：" in text
    assert "处需要更正" not in text
    assert "请核对最新内容后重新办理" in text
    assert '<a href="/lines/1/">返回查看最新内容</a>' in text


def test_the_page_links_each_error_to_its_field_and_describes_the_control():
    text = Template("{% load ui %}{% form_body form %}").render(Context({"form": filled(amount="0")}))
    assert '<a href="#id_amount">金额</a>' in text
    assert 'aria-describedby="id_amount-error"' in text
    assert "data-reading" in text
    assert "不超过授信" in text


def test_a_rate_sent_back_keeps_figure_and_unit():
    text = str(filled(rate="6.5", rate_unit="monthly", day="")["rate"])
    assert 'value="6.5"' in text
    assert '<option value="monthly" selected>' in text


def test_what_is_left_empty_is_asked_for_by_its_name():
    class Letter(Form):
        reason = forms.CharField(label="理由")
        kind = forms.ChoiceField(label="类别", choices=[("a", "甲")])

    form = Letter({})
    assert not form.is_valid()
    assert form.errors == {"reason": ["请填写理由。"], "kind": ["请选择类别。"]}
