"""How many bytes a page costs over the wire: as sent, compressed, headers included, by the server of production."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KB = 1000
FIRST, NEXT = 300 * KB, 50 * KB


def test_the_first_page_and_the_next_are_light(at: Callable[..., "Page"]) -> None:
    page = at("bank")
    session = page.context.new_cdp_session(page)
    sent: list[float] = []
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    session.send("Network.enable")
    weights = []
    for path in ("/", "/loans/"):
        sent.clear()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        weights.append(sum(sent))
    first, following = weights
    assert 0 < following <= NEXT
    assert following < first <= FIRST
