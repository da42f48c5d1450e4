"""Reading the project's own source: files by room, calls and names in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
APPS = ("common", "parties", "reserve", "enterprises", "loans", "reports")


def modules() -> Iterator[Path]:
    """Every module of the applications, without migrations."""
    for app in APPS:
        yield from (path for path in sorted((BASE / app).rglob("*.py")) if "migrations" not in path.parts)


def room(path: Path) -> str:
    """`loans/services/claims.py` and `loans/services.py` are both in the room `services`."""
    parts = path.relative_to(BASE).with_suffix("").parts
    return parts[1] if len(parts) > 1 else parts[0]


def in_rooms(*names: str) -> list[Path]:
    return [path for path in modules() if room(path) in names]


def calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called (`objects.filter().update` for a chain)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return "?"


def where(path: Path, node: ast.expr | ast.stmt) -> str:
    return f"{path.relative_to(BASE)}:{node.lineno}"
