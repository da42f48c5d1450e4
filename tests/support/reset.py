"""The only way for a test suite to empty append-only tables.

Tests that commit (`transaction=True`) end with Django's flush, which the triggers refuse. `before_flush` drops them for
such a test; the flush ends with `post_migrate`, which creates them again. Called by a hook in tests/conftest.py.
"""

from typing import Any

from reserve import triggers

COMMITTING_FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}


def commits(item: Any) -> bool:
    """Whether the test works without the transaction that is rolled back after it."""
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and bool(marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
    return asked or bool(COMMITTING_FIXTURES & set(getattr(item, "fixturenames", ())))


def before_flush(item: Any, blocker: Any) -> None:
    """Drop the triggers if the test's tables are about to be flushed."""
    if commits(item):
        with blocker.unblock():
            triggers.drop()
