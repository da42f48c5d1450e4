"""A column of a list: where its value comes from and how it is shown, summed, sorted and linked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from . import display
from .templatetags.ui import status_badge

Kind = Literal["text", "number", "yuan", "wan", "percent", "rate", "date", "datetime", "quarter", "status", "yes_no"]
NUMERIC: frozenset[str] = frozenset({"number", "yuan", "wan", "percent", "rate"})
FORMATS: dict[str, Callable[[Any], str]] = {
    "text": display.text,
    "number": lambda value: display.DASH if value is None else f"{value:,}",
    "yuan": display.yuan,
    "wan": display.wan,
    "percent": display.percent,
    "rate": display.rate,
    "date": display.iso,
    "datetime": display.iso,
    "quarter": display.quarter_cn,
    "yes_no": lambda value: display.DASH if value is None else ("是" if value else "否"),
}


@dataclass(frozen=True)
class Column:
    """One column. `key` is a dotted path from the row (callables are called), or give `value`, a function of the row.

    sort: True for the field of the same path, or an ORM path. link: True for the row's `get_absolute_url`, or a function
    of the row to an address. total: summed by the database over everything filtered (True: same path, or an ORM path).
    term: of `common.terms`, explained beside the head.
    omit: the filter that makes the column needless on the page, where it is set or leaves no choice; files keep it.
    """

    key: str
    label: str
    kind: Kind = "text"
    value: Callable[[Any], Any] | None = None
    link: bool | Callable[[Any], str] = False
    sort: bool | str = False
    total: bool | str = False
    wide: bool = False
    omit: str = ""
    term: str = ""

    @property
    def sort_path(self) -> str:
        return self._path(self.sort)

    @property
    def total_path(self) -> str:
        return self._path(self.total)

    def _path(self, given: bool | str) -> str:
        return given if isinstance(given, str) else self.key.replace(".", "__") if given else ""

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def css(self) -> str:
        return " ".join(name for name, on in (("num", self.numeric), ("nowrap", self.kind not in ("text",)), ("wide", self.wide)) if on)

    def raw(self, row: Any) -> Any:
        """The value as Python sees it; a broken path on the way (None) gives None."""
        if self.value:
            return self.value(row)
        found = row
        for name in self.key.split("."):
            if found is None:
                return None
            found = found[name] if isinstance(found, dict) else getattr(found, name)
            found = found() if callable(found) else found
        return found

    def shown(self, row: Any) -> str:
        """The value as text, the same on the page and in the files."""
        if self.kind == "status":
            return display.text(getattr(row, f"get_{self.key}_display")())
        return FORMATS[self.kind](self.raw(row))

    def url(self, row: Any) -> str:
        if callable(self.link):
            return self.link(row)
        return str(row.get_absolute_url()) if self.link else ""

    def cell(self, row: Any) -> SafeString:
        if self.kind == "status":
            return status_badge(row, self.key)
        shown, url = self.shown(row), self.url(row)
        return format_html('<a href="{}">{}</a>', url, shown) if url else conditional_escape(shown)
