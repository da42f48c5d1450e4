"""A SQLite database with every migration applied, kept in `var/` for one state of the migrations.

Applying them all takes a process longer than most files of tests. What `post_migrate` makes (triggers, permissions, tables of
rates) is not in it: each `migrate`, which finds nothing left to apply, makes that anew from today's code.
"""

import fcntl
import hashlib
import inspect
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from common import money


def fill() -> None:
    """Apply all migrations to the empty database of the tests, or copy one they were applied to."""
    kept = _kept()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (kept.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            with closing(sqlite3.connect(kept)) as source:
                source.backup(connection.connection)
            return
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        for old in kept.parent.glob("*.sqlite3"):
            old.unlink()
        unfinished = kept.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as target:
            connection.connection.backup(target)
        unfinished.rename(kept)


def begin(path: Path) -> None:
    """Let a new database file begin as the kept one, where there is one; `migrate` does the rest."""
    if (kept := _kept()).exists():
        shutil.copyfile(kept, path)


def _kept() -> Path:
    """Named by all it is made of: the migrations of every app, the field they import, Django."""
    digest = hashlib.sha256(repr((django.VERSION, inspect.getsource(money))).encode())
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        digest.update(repr((key, Path(inspect.getfile(type(migration))).read_bytes())).encode())
    return Path(settings.VAR_DIR) / "tests" / f"{digest.hexdigest()}.sqlite3"
