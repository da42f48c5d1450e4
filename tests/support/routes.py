"""Every route the application has, read from the resolver itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Route:
    name: str
    pattern: URLPattern
    callback: Any

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def methods(self) -> list[str]:
        """The HTTP methods of an endpoint (pages tell theirs in the table)."""
        chosen = getattr(self.callback, "actions", None)  # a viewset's
        if chosen:
            return [method.upper() for method in chosen if method != "head"]  # DRF adds it when first called
        view = getattr(self.callback, "cls", None)
        return [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)] or ["GET"]

    def url(self, kwargs: dict[str, Any]) -> str:
        wanted = self.pattern.pattern.converters or dict.fromkeys(self.pattern.pattern.regex.groupindex)
        return reverse(self.name, kwargs={name: kwargs[name] for name in wanted})


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield Route(f"{namespace}:{pattern.name}" if namespace else str(pattern.name), pattern, pattern.callback)
        else:
            inner = ":".join(part for part in (namespace, pattern.namespace) if part)
            yield from _walk(pattern.url_patterns, inner)
