"""The sidebar and the top bar. Apps say what they offer; nothing here imports them.

In an app's `AppConfig.ready()`:

    from common import navigation
    navigation.register("业务", "贷款台账", "loans:list", "coins", action="loan.view", order=30)

`parties` connects who may do what and how many notifications are unread, `reserve` the programmes of a person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

GROUPS = ("", "业务", "企业", "准备金", "报表", "管理")


@dataclass(frozen=True)
class Entry:
    group: str
    label: str
    url_name: str
    icon: str
    action: str | None
    order: int
    under: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    active: bool


@dataclass(frozen=True)
class Group:
    label: str
    items: list[Item]


@dataclass(frozen=True)
class ProgrammeLink:
    """A programme the person may turn to; `current` is the one this page is about."""

    name: str
    url: str
    current: bool = False
    code: str = ""


@dataclass
class Hooks:
    """What upper apps supply, each by `connect`. The defaults show nothing."""

    may: Callable[[Any, str], bool] = field(default=lambda user, action: False)
    unread: Callable[[Any], int] = field(default=lambda user: 0)
    programmes: Callable[[HttpRequest], Sequence[ProgrammeLink]] = field(default=lambda request: ())


hooks = Hooks()
_entries: list[Entry] = []
_search: list[tuple[str, str]] = []
_topics: dict[str, Sequence[str]] = {}


def connect(**functions: Callable[..., Any]) -> None:
    """Set hooks by name: `connect(may=permissions.may, unread=...)`."""
    for name, function in functions.items():
        if name not in Hooks.__dataclass_fields__:
            raise ValueError(f"no such hook: {name}")
        setattr(hooks, name, function)


def register(
    group: str, label: str, url_name: str, icon: str, *, action: str | None = None, order: int = 100, under: tuple[str, ...] = ()
) -> None:
    """Offer a page in the sidebar to those who may do `action` (None: to everyone signed in).

    under: beginnings of other addresses that belong to it (`/replies/` to 批次; `*` for any part), so that it stays marked there.
    """
    entry = Entry(group, label, url_name, icon, action, order, under)
    if entry not in _entries:
        _entries.append(entry)


def explain(topics: Mapping[str, Sequence[str]]) -> None:
    """Which topics and table rows of the manual (`common.manual`) are about the pages whose route names begin so."""
    _topics.update(topics)


def topics(view_name: str) -> Sequence[str]:
    """What the manual says of a page: by the longest beginning of its route name that is explained."""
    known = [prefix for prefix in _topics if view_name.startswith(prefix)]
    return _topics[max(known, key=len)] if known else ()


def offer_search(url_name: str, *, action: str) -> None:
    """The page that searches everything (`?q=`), in the top bar of those who may do `action`."""
    _search[:] = [(url_name, action)]


def search_url(user: Any) -> str:
    """Where this person may search; "" when nowhere."""
    return next((_url(name) for name, action in _search if hooks.may(user, action)), "")


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def build(request: HttpRequest) -> list[Group]:
    """The groups this person sees, in the order of GROUPS; the item with the longest address that leads here is active."""
    allowed = [e for e in _entries if e.action is None or hooks.may(request.user, e.action)]
    found = [(e, url) for e in sorted(allowed, key=lambda e: e.order) if (url := _url(e.url_name))]
    roots = [(root, url) for e, url in found for root in (url, *e.under)]
    here = [(root, url) for root, url in roots if request.path == root or (root != "/" and fnmatchcase(request.path, f"{root}*"))]
    active = max(here, key=lambda pair: len(pair[0]), default=("", ""))[1]
    names = [*GROUPS, *sorted({e.group for e, _ in found} - set(GROUPS))]
    groups = [Group(name, [Item(e.label, u, e.icon, u == active) for e, u in found if e.group == name]) for name in names]
    return [group for group in groups if group.items]
