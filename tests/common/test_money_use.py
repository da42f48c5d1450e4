"""How the rest of the code may speak of money in queries."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for app in ("common", "parties", "reserve", "enterprises", "loans", "reports", "config")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
BARE = re.compile(r"\bValue\(\s*(Decimal|ZERO|CENT)\b")


def test_amounts_inside_queries_are_written_as_yuan():
    """`Value(Decimal(5))` would be taken for 5 分 and not 5 元; `common.money.yuan` knows the difference."""
    sources = [path for path in SOURCES if path != ROOT / "common" / "money.py"]
    assert [str(path.relative_to(ROOT)) for path in sources if BARE.search(path.read_text(encoding="utf-8"))] == []
