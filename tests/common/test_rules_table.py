"""`docs/rules.md` names functions and tests that exist."""

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in TABLE.splitlines() if line.startswith("| ") and "`" in line]


def _exists(dotted: str) -> bool:
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def test_every_row_names_a_function_that_exists():
    functions = [name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[-2])]
    assert functions
    assert [name for name in functions if not _exists(name)] == []


def test_every_row_names_a_test_that_exists():
    tests = [name for row in ROWS for name in re.findall(r"`(tests/[\w./]+::\w+)`", row[-1])]
    assert len(tests) >= len(ROWS)
    missing = []
    for test in tests:
        path, name = test.split("::")
        source = ROOT / path
        if not source.exists() or f"def {name}(" not in source.read_text(encoding="utf-8"):
            missing.append(test)
    assert missing == []
