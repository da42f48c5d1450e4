"""docs/rules.md names functions and tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from .source import BASE

RULES = BASE / "docs" / "rules.md"
CODE = re.compile(r"`([a-z_]+(?:[./][A-Za-z_]\w*)*(?:\.py)?(?:::\w+)?)(?:\(\))?`")


@cache
def names_of(path: Path) -> frozenset[str]:
    """Functions, classes and assigned names of a module or of all modules of a package, at any depth."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    found: set[str] = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


def exists(name: str, base: Path = BASE) -> bool:
    """`reserve/rules.py`, `tests/x.py::test_y`, `reserve.rules.f` or `reserve.services.claims.C.f`."""
    if "/" in name or "::" in name:
        file, _, member = name.partition("::")
        return (base / file).exists() and (not member or member in names_of(base / file))
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        stem = base.joinpath(*parts[:length])
        for path in (stem.with_suffix(".py"), stem):
            if path.exists():
                return all(part in names_of(path) for part in parts[length:])
    return False


def named(text: str) -> list[str]:
    """What stands in backquotes in table rows and looks like a place in the code: dotted, or with a slash."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [name for line in rows for name in CODE.findall(line) if "." in name or "/" in name]


def test_every_function_and_test_named_in_the_rules_table_exists() -> None:
    if not RULES.exists():
        pytest.skip("docs/rules.md is not written yet")
    places = named(RULES.read_text())
    assert places
    assert [name for name in places if not exists(name)] == []


def test_a_name_that_does_not_exist_is_found(tmp_path: Path) -> None:
    (tmp_path / "reserve").mkdir()
    (tmp_path / "reserve" / "rules.py").write_text("LIMIT = 1\ndef due_on(): ...\n")
    names = named("| 4 | `reserve.rules.due_on` | `reserve/rules.py::LIMIT` | `reserve.rules.gone` | `match_ratio` | `gone/x.py` |")
    assert [name for name in names if not exists(name, tmp_path)] == ["reserve.rules.gone", "gone/x.py"]
