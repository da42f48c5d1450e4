"""The sidebar: who sees which item, and which is active."""

from typing import Any

import pytest
from django.test import RequestFactory

from common import navigation


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_entries", [])
    monkeypatch.setattr(navigation, "hooks", navigation.Hooks(may=lambda user, action: action in user))
    monkeypatch.setattr(navigation, "reverse", lambda name: {"home": "/", "loans": "/loans/", "new": "/loans/new/"}[name])


def build(path: str, *actions: str) -> list[navigation.Group]:
    request: Any = RequestFactory().get(path)
    request.user = set(actions)
    return navigation.build(request)


def test_an_item_is_shown_to_those_who_may():
    navigation.register("业务", "台账", "loans", "coins", action="loan.view")
    assert build("/") == []
    assert [item.label for item in build("/", "loan.view")[0].items] == ["台账"]


def test_the_longest_address_that_leads_here_is_active_and_home_only_at_home():
    for label, name in (("首页", "home"), ("台账", "loans"), ("新增", "new")):
        navigation.register("业务", label, name, "coins")
    active = {path: [i.label for i in build(path)[0].items if i.active] for path in ("/", "/loans/7/", "/loans/new/", "/other/")}
    assert active == {"/": ["首页"], "/loans/7/": ["台账"], "/loans/new/": ["新增"], "/other/": []}


def test_groups_keep_their_order_and_items_theirs():
    navigation.register("管理", "乙", "loans", "coins")
    navigation.register("业务", "丁", "home", "coins", order=2)
    navigation.register("业务", "丙", "new", "coins", order=1)
    assert [(g.label, [i.label for i in g.items]) for g in build("/")] == [("业务", ["丙", "丁"]), ("管理", ["乙"])]


def test_an_item_registered_twice_is_one():
    for _ in range(2):
        navigation.register("业务", "台账", "loans", "coins")
    assert len(build("/")[0].items) == 1


def test_a_hook_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no such hook"):
        navigation.connect(colour=print)


def test_an_item_stays_active_on_pages_under_its_other_addresses():
    navigation.register("业务", "台账", "loans", "coins", under=("/replies/",))
    assert [build(path)[0].items[0].active for path in ("/replies/7/", "/loans/", "/other/")] == [True, True, False]
