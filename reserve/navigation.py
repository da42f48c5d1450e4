"""The programmes a person may turn to, for the top bar."""

from django.http import HttpRequest

from common.navigation import ProgrammeLink
from parties.web import person

from .models import Programme


def programme_links(request: HttpRequest) -> list[ProgrammeLink]:
    """One query; `current` where the page or its filter is about the programme."""
    filtered = request.GET.get("programme", "")
    return [
        ProgrammeLink(
            name=found.name,
            url=found.get_absolute_url(),
            current=found.code == filtered or request.path.startswith(found.get_absolute_url()),
            code=found.code,
        )
        for found in Programme.objects.visible_to(person(request))
    ]
