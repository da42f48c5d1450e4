"""What a page is made of, as plain data: views build these, the tags of `templatetags/ui.py` draw them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Tone = Literal["neutral", "info", "good", "warn", "bad"]

TIMELINE_LENGTH = 200
"""Lines a timeline shows at most, the newest."""


@dataclass(frozen=True)
class Action:
    """Something the person may do to an object. `reason` set: not possible now, and the button says why.

    `post`: submits at once (with a one-time key), after the question in `confirm`, which names what will happen.
    Otherwise a link, usually to a form. `version`, or a `digest` where more than one row is shown: what the person acts on, posted along.
    """

    label: str
    url: str = ""
    reason: str | None = None
    post: bool = False
    confirm: str = ""
    icon: str = ""
    primary: bool = False
    danger: bool = False
    version: int | None = None
    digest: str = ""


@dataclass(frozen=True)
class Step:
    """One state of an object's way. `who` and `when`: done by; for the current step `who` is whose turn it is."""

    label: str
    state: Literal["done", "current", "todo", "stopped"] = "todo"
    who: str = ""
    when: date | datetime | None = None


@dataclass(frozen=True)
class Fact:
    """One line of a definition list. `value` is shown as given: format it first, with `common.display`. `term`: of `common.terms`."""

    label: str
    value: object
    url: str = ""
    hint: str = ""
    numeric: bool = False
    term: str = ""


@dataclass(frozen=True)
class Todo:
    """A line of the to-do list: what, on which object, until when. `programme`: the key of the one it belongs to, if to one.

    `sort`: what kind of work it is, where the label does not begin with it (`复核到账：…`).
    """

    label: str
    url: str
    detail: str = ""
    programme: int | None = None
    due_on: date | None = None
    workdays_left: int | None = None
    provisional: bool = False
    sort: str = ""

    @property
    def kind(self) -> str:
        return self.sort or self.label.partition("：")[0]


@dataclass(frozen=True)
class TodoGroup:
    """Lines of the to-do list under one heading, the most urgent first."""

    title: str
    items: Sequence[Todo]


@dataclass(frozen=True)
class Choice:
    """One of the values a page can be narrowed to, with how many rows it holds."""

    label: str
    count: int
    url: str
    current: bool = False


@dataclass(frozen=True)
class NumberCard:
    """One watched number; `url` leads to the rows behind it. `term`: of `common.terms`."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    tone: Tone = "neutral"
    icon: str = ""
    term: str = ""


@dataclass(frozen=True)
class Paper:
    """A file to save; `open_url`: where the browser shows it, "" where it does not."""

    label: str
    url: str
    detail: str = ""
    icon: str = "file-text"
    open_url: str = ""


@dataclass(frozen=True)
class Related:
    """A link to another object; those of one `label` in a row are shown together, with their number."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class Series:
    name: str
    values: Sequence[Decimal | int | None]
    kind: Literal["bar", "line"] | None = None
    stack: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture with its table. `id` is unique on the page; `urls`, one for each category, lead to the rows behind it."""

    id: str
    title: str
    categories: Sequence[str]
    series: Sequence[Series]
    kind: Literal["bar", "line", "pie"] = "bar"
    unit: str = ""
    note: str = ""
    urls: Sequence[str] = field(default_factory=tuple)
    horizontal: bool = False
