"""The import contracts of pyproject.toml hold; and they can fail."""

import subprocess
import sys
import textwrap
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-cache", *options], cwd=directory, capture_output=True, text=True, check=False)


def test_every_import_goes_down_only_and_every_room_keeps_to_itself() -> None:
    result = lint(BASE)
    assert result.returncode == 0, result.stdout


def test_an_import_that_goes_up_is_found(tmp_path: Path) -> None:
    for package, text in {"common": "import reserve\n", "reserve": ""}.items():
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(text)
    (tmp_path / "pyproject.toml").write_text(
        textwrap.dedent("""
        [tool.importlinter]
        root_packages = ["reserve", "common"]
        [[tool.importlinter.contracts]]
        name = "An import goes down only"
        type = "layers"
        layers = ["reserve", "common"]
        """)
    )
    result = lint(tmp_path)
    assert result.returncode == 1
    assert "common is not allowed to import reserve" in result.stdout
