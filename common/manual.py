"""The clerks' manual (docs/用户手册.md) as pages: exactly the marks it uses, everything escaped.

A section is a heading of the second level; a topic begins with words in bold (**搜索。**). Tables, numbered lists, bold and code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

from django.conf import settings
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

LEAD = re.compile(r"\*\*(.+?)[。：]?\*\*")
ITEM = re.compile(r"\d+\. ")


@dataclass
class Topic:
    """`rows`: the tables' rows, heads left out; a row is known by its first cell."""

    title: str
    lines: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[list[str]]:
        return [_cells(line) for line in self.lines if line.startswith("|")][2:]

    @property
    def html(self) -> SafeString:
        return SafeString("".join(_block(kind, list(lines)) for kind, lines in groupby(self.lines, _kind) if kind))


@dataclass
class Section:
    title: str
    topics: list[Topic]


def parse(text: str) -> list[Section]:
    """The sections in their order; the first holds what stands before any heading."""
    sections = [Section("", [Topic("")])]
    for line in text.splitlines():
        if line.startswith("## "):
            sections.append(Section(line[3:], [Topic("")]))
        elif not line.startswith("# "):
            if lead := LEAD.match(line):
                sections[-1].topics.append(Topic(lead[1]))
            sections[-1].topics[-1].lines.append(line)
    return sections


@cache
def sections() -> list[Section]:
    """The manual that came with the application."""
    return parse((settings.BASE_DIR / "docs" / "用户手册.md").read_text(encoding="utf-8"))


def about(titles: Sequence[str], found: Iterable[Section] | None = None) -> Iterator[Topic]:
    """The topics and the rows of tables with these titles, in the manual's order; rows as a table of their own."""
    for section in sections() if found is None else found:
        for topic in section.topics:
            if topic.title in titles and topic.title:
                yield topic
            elif rows := [line for line in topic.lines if line.startswith("|") and _cells(line)[0] in titles]:
                head = [line for line in topic.lines if line.startswith("|")][:2]
                yield Topic(section.title, [*head, *rows])


def _kind(line: str) -> str:
    return "" if not line.strip() else "table" if line.startswith("|") else "list" if ITEM.match(line) else "text"


def _block(kind: str, lines: list[str]) -> SafeString:
    if kind == "list":
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((_inline(ITEM.sub("", line, count=1)),) for line in lines)))
    if kind == "text":
        return format_html("<p>{}</p>", format_html_join(mark_safe("<br>"), "{}", ((_inline(line),) for line in lines)))
    head, _, *rows = map(_cells, lines)
    heads = format_html_join("", '<th scope="col">{}</th>', ((_inline(cell),) for cell in head))
    body = format_html_join("", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((_inline(c),) for c in row)),) for row in rows))
    table = '<div class="table-scroll" tabindex="0"><table class="table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    return format_html(table, heads, body)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> SafeString:
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return SafeString(re.sub(r"`([^`]+)`", r"<code>\1</code>", marked))
