"""Filters and tags of the pages: `{% load ui %}`. docs/pages.md shows each with an example."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from django import template
from django.db.models import Model
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, MultiWidget, RadioSelect, Select
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import display
from common.errors import Refusal
from common.page import TIMELINE_LENGTH, Action, Chart, Fact, NumberCard, Paper, Related, Step, Todo, Tone
from common.terms import TERMS, named_by

if TYPE_CHECKING:
    from common.columns import Column

register = template.Library()

for _name in ("yuan", "wan", "percent", "rate", "date_cn", "iso", "quarter_cn", "shown"):
    register.filter(_name, getattr(display, _name))
register.filter("dash", display.text)

SPRITE: Final = "vendor/tabler-icons/sprite.svg"

# Statuses of all lifecycles by what they mean to the reader; a value that is not here is neutral.
_MEANINGS: Final[dict[Tone, str]] = {
    "good": "active normal confirmed accepted fulfilled endorsed approved settled posted sent executed answered paid sound ok booked "
    "agreed remitted",
    "info": "submitted proposed signed checked received pending under_review partly_signed open disbursed used entered uploaded "
    "reading previewed passed_on booking filed reviewing reviewed paying remitting",
    "warn": "returned sent_back special_mention provisional fulfilled_late late suspended warned short shortfall attention warning partly",
    "bad": "overdue substandard doubtful loss rejected refused declined written_off compensated reversed lapsed expired at_risk "
    "error failed revoked",
}
TONES: Final[dict[str, Tone]] = {status: tone for tone, statuses in _MEANINGS.items() for status in statuses.split()}
TONE_ICONS: Final[dict[Tone, str]] = {
    "neutral": "circle-dashed",
    "info": "circle-dot",
    "good": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decorative unless `label` says what it means."""
    address = f"{static(SPRITE)}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.simple_tag
def term(name: str, label: str = "") -> SafeString:
    """A word of `common.terms` with its sentence, shown under the pointer and to the keyboard; `label`: how this place words it.

    Raises: KeyError, of a word that is not explained.
    """
    tip = f"term-{uuid4().hex[:8]}"
    shape = '<dfn class="term" tabindex="0" aria-describedby="{}">{}<span class="term-tip" role="tooltip" id="{}">{}</span></dfn>'
    return format_html(shape, tip, label or name, tip, TERMS[name])


@register.simple_tag
def term_mark(name: str) -> SafeString:
    """The same as a mark of its own, beside a word that is a link."""
    return term(name, icon("help-circle", f"{name}是什么"))


@register.simple_tag
def label(item: "Fact | NumberCard | Column") -> SafeString:
    """The label of a fact, a number or a column, explained where it names a term: `term`, or the label itself."""
    name = item.term or named_by(item.label)
    return term(name, item.label) if name else format_html("{}", item.label)


@register.simple_tag
def label_mark(column: "Column") -> SafeString:
    """The same beside a label that is a link: a mark, or nothing."""
    name = column.term or named_by(column.label)
    return term_mark(name) if name else SafeString("")


@register.simple_tag
def badge(label: str, tone: Tone = "neutral", icon_name: str = "") -> SafeString:
    return format_html('<span class="badge tone-{}">{}{}</span>', tone, icon(icon_name or TONE_ICONS[tone]), label)


@register.simple_tag
def status_badge(obj: Model | None, field: str = "status", tone: Tone | None = None) -> SafeString:
    """The status of an object as icon, word and colour. `field` names another field with choices."""
    value = getattr(obj, field, None)
    if obj is None or value in (None, ""):
        return SafeString(display.DASH)
    label = getattr(obj, f"get_{field}_display")()
    return badge(label, tone or TONES.get(str(value), "neutral"))


@register.simple_tag
def workdays_left(days: int | None, provisional: bool = False) -> SafeString:
    """剩余 N 个工作日 / 今日到期 / 逾期 N 个工作日; 暂定 where the calendar of that year is not known yet, and then never late."""
    if days is None:
        return SafeString("")
    if days < 0 and provisional:
        return badge(display.workdays_left(days, provisional), "warn", "help-circle")
    tone: Tone = "bad" if days < 0 else "warn" if days <= 5 else "neutral"
    mark = badge(display.workdays_left(days), tone, "alert-circle" if days < 0 else "clock" if days else "hourglass")
    if not provisional:
        return mark
    doubt = '{} <span class="badge tone-warn" title="该年度放假安排尚未发布，到期日为暂定">{}暂定</span>'
    return format_html(doubt, mark, icon("help-circle"))


def _css_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    return "form-control"


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """Label, control, hint, live reading and errors of a form field, tied together for screen readers."""
    widget = bound.field.widget
    errors = list(bound.errors)
    attrs: dict[str, Any] = {"class": _css_class(bound) + (" is-invalid" if errors else "")}
    own = widget.attrs.get("class")
    if own:
        attrs["class"] += f" {own}"
    described = [f"{bound.id_for_label}-hint"] if hint or bound.help_text else []
    described += [f"{bound.id_for_label}-error"] if errors else []
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "hint": hint or bound.help_text,
        "errors": errors,
        "required": bound.field.required,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, CheckboxSelectMultiple | RadioSelect),
        "is_file": isinstance(widget, FileInput),
        "reading": bool({"data-amount", "data-date"} & set(widget.attrs)),
    }


@register.simple_tag(takes_context=True)
def current_programme(context: template.Context) -> str:
    """The name of the programme this page is about, or that it is about none in particular."""
    return next((link.name for link in context["programmes"] if link.current), "各项目")


@register.simple_tag(takes_context=True)
def list_url(context: template.Context, name: str, **asked: str) -> str:
    """The address of another list, of the programme that the list of this page is asked for."""
    programme = context["listing"].params.get("programme")
    query = urlencode(asked | ({"programme": programme} if programme else {}))
    return f"{reverse(name)}?{query}" if query else reverse(name)


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """The bare control of a form field, in the house's look (filters; tables of inputs)."""
    if isinstance(bound.field.widget, MultiWidget):
        for part, end in zip(bound.field.widget.widgets, ("起", "止"), strict=False):
            part.attrs |= {"aria-label": f"{bound.label}（{end}）", "placeholder": end}
    shown = bound.as_widget(attrs={"class": _css_class(bound) + (" is-invalid" if bound.errors else "")})
    return format_html('<div class="range">{}</div>', shown) if isinstance(bound.field.widget, MultiWidget) else shown


@register.inclusion_tag("components/form_errors.html", takes_context=True)
def form_errors(context: template.Context, form: Any) -> dict[str, Any]:
    """Why a form was not saved: every fault linked to its field, under the sentence of the refusal that names them.

    A refusal of the whole (another version, another status) is no fault to mend here: it leads back to where it came from,
    and says who changed what meanwhile.
    """
    errors = form.errors if form.is_bound else {}
    shown = [name for name in errors if name in form.fields and not form[name].is_hidden]
    faults = [
        {"label": form[name].label, "target": form[name].id_for_label, "message": message} for name in shown for message in errors[name]
    ]
    general = [message for name in errors if name not in shown for message in errors[name]]
    refusal: Refusal | None = getattr(form, "refusal", None)
    if refusal and faults and refusal.message not in [fault["message"] for fault in faults]:
        general.insert(0, refusal.message)
    return {
        "faults": faults,
        "general": general,
        "meanwhile": getattr(form, "meanwhile", ()),
        "heading": getattr(form, "error_heading", "未能办理，没有保存"),
        "back": context.get("back") if refusal and not faults else "",
    }


@register.inclusion_tag("components/form_body.html", takes_context=True)
def form_body(context: template.Context, form: Any) -> dict[str, Any]:
    """Hidden fields, error summary and all fieldsets of a form (`common.forms.Form.groups`)."""
    return {"form": form, "back": context.get("back")}


@register.inclusion_tag("components/steps.html")
def steps(items: Sequence[Step]) -> dict[str, Any]:
    marks = {"done": "已完成", "current": "当前", "todo": "待进行", "stopped": "已终止"}
    return {"items": [(item, marks[item.state]) for item in items]}


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """Audit events, newest first: `at`, `person`, `organisation`, `summary`, `reason`, `changes` {label: [before, after]};
    `about`: which object beside the page's own, where it is another.
    """
    events = list(events)
    return {
        "cut": TIMELINE_LENGTH if len(events) >= TIMELINE_LENGTH else 0,
        "events": [
            {
                "event": event,
                "about": getattr(event, "about", ""),
                "changes": [
                    {"label": label, "before": display.text(pair[0]), "after": display.text(pair[1])}
                    for label, pair in (event.changes or {}).items()
                    if isinstance(pair, list | tuple) and len(pair) == 2
                ],
            }
            for event in events
        ],
    }


@register.inclusion_tag("components/facts.html")
def facts(items: Sequence[Fact]) -> dict[str, Any]:
    return {"items": [(item, display.text(item.value)) for item in items]}


@register.inclusion_tag("components/action.html", takes_context=True)
def action_button(context: template.Context, action: Action) -> dict[str, Any]:
    """A link, a one-click form, or a disabled button with its reason in words."""
    return {"action": action, "form_key": uuid4(), "csrf_token": context.get("csrf_token"), "dom_id": f"a{uuid4().hex[:8]}"}


@register.inclusion_tag("components/todo_list.html")
def todo_list(items: Sequence[Todo], empty: str = "没有待办事项。") -> dict[str, Any]:
    return {"items": items, "empty": empty}


@register.inclusion_tag("components/number_cards.html")
def number_cards(items: Sequence[NumberCard]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag("components/papers.html")
def papers(items: Sequence[Paper]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag("components/related.html")
def related(items: Sequence[Related]) -> dict[str, Any]:
    """Links to other objects, those of one label together with their number."""
    groups: dict[str, list[Related]] = {}
    for item in items:
        groups.setdefault(item.label, []).append(item)
    return {"groups": list(groups.items())}


@register.inclusion_tag("components/empty.html")
def empty_state(title: str, text: str = "", url: str = "", label: str = "", icon_name: str = "inbox") -> dict[str, Any]:
    """What an empty place says: what belongs here and what to do first."""
    return {"title": title, "text": text, "url": url, "label": label, "icon_name": icon_name}


@register.inclusion_tag("components/chart.html")
def chart(chart: Chart) -> dict[str, Any]:
    """A picture, its table and its downloads. Values travel as strings; only the picture turns them into floats."""
    return {
        "chart": chart,
        "spec": {
            "title": chart.title,
            "kind": chart.kind,
            "unit": chart.unit,
            "horizontal": chart.horizontal,
            "categories": list(chart.categories),
            "urls": list(chart.urls),
            "series": [
                {
                    "name": s.name,
                    "kind": s.kind or chart.kind,
                    "stack": s.stack,
                    "values": [None if v is None else str(v) for v in s.values],
                }
                for s in chart.series
            ],
        },
        "rows": [
            {"category": name, "url": chart.urls[i] if i < len(chart.urls) else "", "values": [_figure(s.values[i]) for s in chart.series]}
            for i, name in enumerate(chart.categories)
        ],
        "echarts": static("vendor/echarts/echarts.min.js"),
    }


def _figure(value: Any) -> str:
    return display.DASH if value is None else f"{value:,}"


@register.filter
def json_id(name: str) -> str:
    return f"{name}-data"
