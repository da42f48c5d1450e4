"""Write the OpenAPI document to docs/openapi.yaml, or compare it (`--check`): the API changes when someone means it."""

import difflib
import os
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
FILE = BASE / "docs" / "openapi.yaml"


def rendered() -> str:
    """The document as YAML; a warning of the generator is an error, as it means a guessed type."""
    import django

    django.setup()
    from django.core.management import call_command

    target = BASE / "var" / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    return target.read_text(encoding="utf-8")


def main() -> int:
    new = rendered()
    if "--check" not in sys.argv:
        FILE.write_text(new, encoding="utf-8")
        return 0
    old = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if old == new:
        return 0
    sys.stdout.writelines(list(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "committed", "generated"))[:60])
    print("\ndocs/openapi.yaml is not what the code says: run `make fmt` and look at the change.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
