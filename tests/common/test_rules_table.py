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
    rows = [re.findall(r"`(tests/[\w./]+(?:::\w+)+)`", row[-1]) for row in ROWS]
    assert all(rows)
    missing = []
    for test in (test for row in rows for test in row):
        path, *names = test.split("::")
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
        if not all(re.search(rf"(def|class) {name}\b", text) for name in names):
            missing.append(test)
    assert missing == []
