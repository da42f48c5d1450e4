"""The replayed demonstration in the tests' own database, made once for all processes of a run: it takes most of a minute."""

import fcntl
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from reports.demonstration import replay
from reports.demonstration.cast import Cast
from tests.support.remembered import Memory, observed, put_back
from tests.support.rows import all_rows

TODAY = date(2026, 9, 15)
"""The day it is made around: a working day in the middle of a quarter's last month."""


@contextmanager
def replayed(blocker: DjangoDbBlocker, factory: pytest.TempPathFactory) -> Iterator[tuple[Cast, Path]]:
    """The people of a demonstration around `TODAY`, and where its papers lie; rolled back afterwards."""
    papers = factory.mktemp("papers")
    with blocker.unblock(), transaction.atomic():
        with override_settings(MEDIA_ROOT=papers):
            cast = _cast(factory.getbasetemp())
        with blocker.block():
            yield cast, papers
        transaction.set_rollback(True)


def _cast(own: Path) -> Cast:
    """Replayed by the first process, which writes down what it did, and put back by the others."""
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    kept = shared / f"demonstration-{connection.vendor}"
    with (shared / "demonstration-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            memory: Memory = pickle.loads(kept.read_bytes())  # noqa: S301  # its own
            cast: Cast = put_back(memory, [])
        else:
            cast, found = observed(lambda: replay(today=TODAY), [], all_rows())
            assert found
            kept.write_bytes(pickle.dumps(found))
    return cast
