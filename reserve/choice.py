"""Which programme a page is about: `?programme=` in the address, else the newest active one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from common.errors import NotFound
from common.navigation import ProgrammeLink
from parties.web import person

from .enums import ProgrammeStatus
from .models import Programme


@dataclass(frozen=True, slots=True)
class Choice:
    """The programme, None where the person has none yet; links to all of them on the same page, and their names by key."""

    programme: Programme | None
    links: list[ProgrammeLink]
    names: Mapping[int, str]


def choose(request: HttpRequest, url: str, **parameters: Any) -> Choice:
    """Read the address. One query. `parameters` are kept in the links.

    Raises:
        NotFound: a programme the person does not see.
    """
    return chosen(request, request.GET.get("programme", ""), lambda code: f"{url}?{urlencode({'programme': code, **parameters})}")


def chosen(request: HttpRequest, code: str, address: Callable[[str], str]) -> Choice:
    """The programme of this code, else the newest active one; `address`: of this page about another. One query.

    Raises:
        NotFound: a programme the person does not see.
    """
    visible = list(Programme.objects.visible_to(person(request)))  # newest agreement first
    if code:
        found = next((row for row in visible if row.code == code), None)
        if found is None:
            raise NotFound
    else:
        found = next((row for row in visible if row.status == ProgrammeStatus.ACTIVE), visible[0] if visible else None)
    links = [ProgrammeLink(row.name, address(row.code), current=row == found) for row in visible]
    return Choice(found, links, {row.pk: row.name for row in visible})
