"""Everyone follows every link there is, in the replayed programme and the living one: nothing breaks, leaks or grows slow."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from pytest_django import DjangoDbBlocker

from parties.models import User
from reserve.models import JointDecision
from tests.support.clerk import LEAK
from tests.support.clock import Clock
from tests.support.demonstration import TODAY, replayed
from tests.support.lists import again, askings, faults, lists

pytestmark = pytest.mark.slow
EVERYONE = (
    "province",
    "province2",
    "science",
    "science2",
    "centre",
    "town",
    "town2",
    "bank",
    "bank2",
    "auditor",
    "sysadmin",
    "secadmin",
    "auditadmin",
)
# PostgreSQL answers other statements, the pages made of the answers are the same: there, one of each office and every administrator,
# as the two of an office are shown the same rows.
SOME = ("province2", "science2", "centre", "town2", "bank", "auditor", "sysadmin", "secadmin", "auditadmin")
PEOPLE = SOME if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") else EVERYONE
QUERIES = 20
OBJECTS = 2  # of one kind, for one person; ways to turn a list, for all of them
PRINTED = ("auditor", "bank")  # who take the files as well; they are the same for all


@pytest.fixture(scope="module")
def papers(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the papers of the demonstration lie; its rows are in the database of this module."""
    with replayed(django_db_blocker, tmp_path_factory) as (_, place):
        yield place


@pytest.fixture(autouse=True)
def day_of_the_demonstration(papers: Path, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its papers are where they are looked for, and it is the day it was made around."""
    settings.MEDIA_ROOT = papers
    Clock(monkeypatch, TODAY)


@pytest.fixture(scope="module")
def turned() -> Counter[str]:
    """How often a list was ordered or paged in each way. Its statements are the same for all who see the list, and each of
    them has opened it as it is: so the first who find the link follow it for the others.
    """
    return Counter()


@pytest.mark.parametrize("name", PEOPLE)
def test_every_link_of_everyone_leads_to_a_sound_page_of_few_queries(turned: Counter[str], name: str) -> None:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
    waiting, known, visited, faults = deque(["/"]), {"/"}, Counter[str](), []
    while waiting:
        url = waiting.popleft()
        found, links = look(client, url)
        faults += [f"{url}: {fault}" for fault in found]
        for link in links:
            followed = turned if turns(link) else visited
            if link not in known and (kind := kind_of(link)) and followed[kind] < allowed(link, name):
                followed[kind] += 1
                known.add(link)
                waiting.append(link)
    assert not faults, "\n".join(faults)
    assert len(known) > 10, "hardly anything was linked"


def look(client: Client, url: str) -> tuple[list[str], list[str]]:
    """What is wrong with a page, and where it leads."""
    queries: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        answer = client.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.status_code == 302 and (target := inside(url, answer["Location"])) and not target.startswith("/login/"):
        return [], [target]
    faults = [] if answer.status_code == 200 else [f"answers {answer.status_code} {answer.get('Location', '')}"]
    if len(queries) > QUERIES and "prove=" not in url:  # who asks for a proof of the ledger waits for all of it to be read
        faults.append(f"takes {len(queries)} queries")
    if not answer["Content-Type"].startswith("text/html"):
        return faults + ([] if body else ["is an empty file"]), []
    page = Page(body.decode())
    if leak := LEAK.search(page.text):
        faults.append(f"shows “{page.text[max(0, leak.start() - 30) : leak.end() + 30]}”")
    if page.headings != 1:
        faults.append(f"has {page.headings} headings h1")
    faults += [f"has two elements “{key}”" for key, count in Counter(page.ids).items() if count > 1]
    links = [link for href in page.links if (link := inside(url, href))]
    same = f"{urlsplit(url).path}?"  # a list filtered leads to itself filtered otherwise: one step of that is enough
    return faults, [link for link in links if not ("?" in url and link.startswith(same))]


class Page(HTMLParser):
    """What the crawl needs of a page, in one pass."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.classes: set[str] = set()
        self.headings = 0
        self._silent = ""
        self._words: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.headings += tag == "h1"
        self.classes |= set((found.get("class") or "").split())
        self.ids += [found["id"]] if found.get("id") else []  # type: ignore[list-item]
        self.links += [found["href"]] if tag == "a" and found.get("href") else []  # type: ignore[list-item]
        self._silent = self._silent or (tag if tag in ("script", "style") else "")

    def handle_endtag(self, tag: str) -> None:
        self._silent = "" if tag == self._silent else self._silent

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)


def inside(url: str, href: str | None) -> str:
    """The address within this site without its fragment, or nothing."""
    if not href or href.startswith(("#", "mailto:", "tel:")):
        return ""
    parts = urlsplit(urljoin(url, href))
    return "" if parts.netloc else parts.path + (f"?{parts.query}" if parts.query else "")


def turns(link: str) -> bool:
    """It orders a list or turns its pages."""
    return "export=" not in link and ("sort=" in link or "page" in link)


@cache
def kind_of(link: str) -> str:
    """The view, the names in the query and how it is ordered or filtered, without which object."""
    parts = urlsplit(link)
    if parts.path.startswith("/static/"):
        return ""
    try:
        match = resolve(parts.path)
    except Resolver404:
        return f"unknown {parts.path}"  # looked at, and then found to be missing
    query = parse_qs(parts.query, keep_blank_values=True)
    detail = [
        f"{key}={re.sub('[0-9]+', 'n', ','.join(query[key]))}" if key in ("sort", "export", "table") else key for key in sorted(query)
    ]
    return " ".join([match.view_name, *detail, str(match.kwargs.get("kind", ""))])


def allowed(link: str, name: str) -> int:
    """How many of its kind this person opens."""
    if "export=" in link or link.endswith((".pdf", "/pdf/", "/xlsx/", "/csv/", "/json/")):
        return 1 if name in PRINTED else 0
    return OBJECTS


@pytest.mark.parametrize(("name", "least"), [("bank", 20), ("secadmin", 3)])
def test_every_list_however_filtered_counts_each_row_once_and_its_file_holds_just_what_it_shows(name: str, least: int) -> None:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
    found, narrowed = [], set()
    for listing in lists(client):
        for query in askings(listing):
            asked = again(listing, query)
            found += [f"{listing.request.path}?{query}: {fault}" for fault in faults(asked)]
            narrowed |= {listing.request.path} if asked.count != listing.count else set()
    assert found == []
    assert len(narrowed) >= least, "hardly any list was narrowed"


def test_a_list_that_shows_a_row_twice_is_found() -> None:
    client = Client()
    client.force_login(User.objects.get(username="bank"), backend="parties.backends.PartiesBackend")
    listing = again(client.get("/loans/").context["listing"], "")
    listing.queryset = listing.queryset.filter(repayments__isnull=False)
    assert "different ones" in faults(listing)[0]


# Which pages of objects lead to each other: whoever stands on one finds the other, both ways. Not here: what too much hangs on
# (programme, account, organisation), whose pages lead to lists.
LINKED = (
    *("enterprise recommendation", "enterprise approval", "enterprise loan", "enterprise claim", "enterprise recovery"),
    *("enterprise warning", "enterprise write_off", "recommendation batch", "recommendation approval", "recommendation loan"),
    *("batch approval", "approval loan", "loan claim", "loan recovery", "loan warning", "loan write_off", "loan summary"),
    *("loan ledger_entry", "claim recovery", "claim write_off", "claim ledger_entry", "recovery ledger_entry"),
    *("contribution obligation", "contribution ledger_entry", "interest ledger_entry"),
)
WITHOUT_A_TRAIL = {"ledger_entry", "audit_event"}  # of append-only rows that tell who and when themselves


def test_every_object_says_its_state_its_trail_and_what_it_is_linked_to() -> None:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(username="auditor"), backend="parties.backends.PartiesBackend")
    pages: dict[str, Page] = {}

    def page_of(url: str) -> Page:
        if url not in pages:
            pages[url] = Page(client.get(url).content.decode())
        return pages[url]

    faults, seen = [], Counter[str]()
    for url in objects_of("auditor"):
        kind, page = named(url), page_of(url)
        faults += [f"{url}: {fault}" for fault in said_of(kind, page)]
        for other in dict.fromkeys(link for href in page.links if (link := inside(url, href))):
            pair = f"{kind} {named(other)}"
            if pair in LINKED or " ".join(reversed(pair.split())) in LINKED:
                seen[" ".join(sorted(pair.split()))] += 1
                back = {inside(other, href) for href in page_of(other).links}
                faults += [] if url in back else [f"{url} leads to {other}, which does not lead back"]
    assert not faults, "\n".join(faults)
    assert {" ".join(sorted(pair.split())) for pair in LINKED} == set(seen)


def objects_of(name: str) -> list[str]:
    """Pages of objects this person sees, a few of each kind: the newest, the oldest, one between."""
    user = User.objects.get(username=name)
    models: list[Any] = [one for one in apps.get_models() if hasattr(one, "get_absolute_url") and hasattr(one.objects, "visible_to")]
    found = []
    for model in models:
        if model._meta.label in ("parties.Notification", "parties.User"):
            continue  # one's own messages lead on; people are the security administrator's
        rows = list(model.objects.visible_to(user).order_by("pk"))
        chosen = [rows[0], rows[len(rows) // 2], rows[-1]] if rows else []
        found += [row.get_absolute_url() for row in chosen]
    write_offs = JointDecision.objects.filter(kind="write_off")
    return list(dict.fromkeys([*found, *(reverse("loans:write_off", args=[row.pk]) for row in write_offs)]))


def named(url: str) -> str:
    return resolve(urlsplit(url).path).view_name.split(":")[1] if not urlsplit(url).query else ""


def said_of(kind: str, page: "Page") -> list[str]:
    """What an object's page owes its reader and does not say."""
    faults = [] if "facts" in page.classes else ["shows no facts"]
    if kind not in WITHOUT_A_TRAIL and kind != "organisation" and "timeline" not in page.ids:
        faults.append("shows no trail")
    if "step-current" in page.classes and not re.search(r"（当前）\s*待\S", page.text):
        faults.append("does not say whose turn it is")
    return faults


@pytest.mark.parametrize(
    "name, url, status",
    [
        ("bank", "/loans/999999/", 404),
        ("bank", "/nowhere/", 404),
        ("bank", "/people/", 403),
        ("auditor", "/contributions/new/", 403),
        ("sysadmin", "/contributions/1/", 404),
        ("science", "/contributions/new/", 403),
    ],
)
def test_a_page_that_is_not_to_be_had_says_so_readably(name: str, url: str, status: int) -> None:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="parties.backends.PartiesBackend")
    answer = client.get(url)
    assert answer.status_code == status
    text = Page(answer.content.decode()).text
    assert re.search("[。；]", text)
    assert not re.search("Traceback|Not Found|Forbidden|Exception", text)
    assert not LEAK.search(text)
