"""A world on a day of its own, and the people in it: through REST (`api`) or at the screen (`clerk`)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.cache import cache

from tests.factories import World, make_world
from tests.support.caller import Callers
from tests.support.clerk import Clerk
from tests.support.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The morning the agreement was signed."""
    return Clock(monkeypatch, date(2011, 10, 28))


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def api(clock: Clock) -> Callers:
    cache.clear()  # the throttles of the test before
    return Callers(clock)


@pytest.fixture
def clerk(db: None) -> Callable[[str], Clerk]:
    """`clerk("bank2")` has just signed in and sees the first page."""
    return Clerk
