"""Bring the demonstration's database up to date; fill an empty one by `manage.py replay`. Called by scripts/run.py."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection


def main() -> None:
    django.setup()
    unfinished = settings.VAR_DIR / "replay-unfinished"
    if unfinished.exists():
        start_over()
    call_command("migrate", interactive=False, verbosity=0)
    if not filled():
        print("The database is empty: replaying the programme of 2012-2014 ...", flush=True)
        unfinished.touch()
        call_command("replay")
        unfinished.unlink()


def filled() -> bool:
    from reserve.models import Programme

    return Programme.objects.exists()


def start_over() -> None:
    """A replay that was interrupted leaves half a history, which no one should take for the whole."""
    if connection.vendor != "sqlite":
        sys.exit("An earlier replay was interrupted: empty the database, remove var/replay-unfinished, and start again.")
    print("An earlier replay was interrupted: starting over.", flush=True)
    for ending in ("", "-wal", "-shm"):
        Path(f"{settings.DATABASES['default']['NAME']}{ending}").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
