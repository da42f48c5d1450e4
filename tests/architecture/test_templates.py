"""Templates keep to the Content-Security-Policy, and each has a use."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from .source import APPS, BASE

TEMPLATES = BASE / "templates"
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])", re.I),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "event handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "script address": re.compile(r"javascript:", re.I),
    "foreign address": re.compile(r"(?:src|href|action|url)\s*[=(]\s*[\"']?(?:https?:)?//", re.I),
}
COMMENTS = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.S)
# Drawn by WeasyPrint from our own files, which asks no policy: a paper brings its own style sheet.
PAPERS = "pdf"
# Found by Django or a library by their fixed names.
BY_CONVENTION = re.compile(r"^(registration/|errors/|\d{3}\.html)")


def pages() -> list[Path]:
    return [path for path in sorted(TEMPLATES.rglob("*.html")) if PAPERS not in path.relative_to(TEMPLATES).parts]


def breaches(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(COMMENTS.sub("", text))]


def unused(names: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Names that stand in none of the texts. `app/{name}.html` built in code counts by its directory's prefix."""
    everything = "\n".join(texts)
    return [name for name in names if not BY_CONVENTION.match(name) and not re.search(rf"[\"'/]{re.escape(name)}[\"']", everything)]


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_page_keeps_to_the_policy(path: Path) -> None:
    assert breaches(path.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
        '<script src="https://cdn.example/x.js"></script>',
        '<link href="//cdn.example/x.css">',
    ],
)
def test_a_breach_is_found(bad: str) -> None:
    assert breaches(bad)


@pytest.mark.parametrize(
    "good", ["<script src=\"{% static 'a.js' %}\"></script>", '{# style="x" #}', '<a href="{{ url }}" data-style="x">']
)
def test_what_is_allowed_is_no_breach(good: str) -> None:
    assert breaches(good) == []


def test_no_template_is_unused() -> None:
    files = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
    python = [path.read_text() for app in (*APPS, "config") for path in (BASE / app).rglob("*.py")]
    names = [str(path.relative_to(TEMPLATES)) for path in files]
    assert unused(names, [*python, *(path.read_text() for path in files)]) == []


def test_an_unused_template_is_found() -> None:
    assert unused(["loans/a.html", "loans/b.html"], ['render(request, "loans/a.html")']) == ["loans/b.html"]
