"""一企一档: the page of an enterprise is its whole file, and the same as a ZIP."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.display import iso
from common.http import now, today
from common.page import Paper
from enterprises.models import Enterprise
from enterprises.pages import enterprise_actions
from parties.web import get_visible, person

from ..enterprise_file import paper as page
from ..enterprise_file.sections import sections
from ..renderers.archive import build
from ..selectors.enterprise_file import EnterpriseFile, enterprise_file, trail_of
from ..services.archives import record_archive
from .papers import disposition


@login_required
def enterprise(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    found = get_visible(Enterprise, user, pk)
    file = enterprise_file(found, user, on)
    context = {
        "title": found.name,
        "enterprise": found,
        "as_of": on,
        "facts": page.facts(file),
        "numbers": page.numbers(file),
        "sections": [section for section in sections(file) if section.is_shown],
        "actions": enterprise_actions(found, user),
        "files": _files(file),
        "timeline": trail_of(file, user),
    }
    return render(request, "reports/enterprise.html", context)


def _files(file: EnterpriseFile) -> list[Paper]:
    of = page.carriers(file)
    return [
        Paper(
            f"{one.kind}：{one.original_name}",
            one.get_absolute_url(),
            f"{of[one.object_type, one.object_id].name}，{one.uploaded_by.name} {iso(one.uploaded_at)}，{one.size:,} 字节",
            open_url=one.open_url,
        )
        for one in file.papers
    ]


@login_required
@require_POST
def enterprise_archive(request: HttpRequest, pk: int) -> FileResponse:
    """The whole file as a ZIP; who takes it is kept in the trail."""
    user, on = person(request), today()
    found = get_visible(Enterprise, user, pk)
    file = enterprise_file(found, user, on)
    archive = build(file, user, now())
    record_archive(enterprise=found, papers=len(file.papers), sha256=archive.sha256, by=user, on=on, now=now())
    response = FileResponse(archive.file, content_type="application/zip")
    response["Content-Disposition"] = disposition(f"一企一档_{found.name}_{on:%Y%m%d}.zip")
    response["Cache-Control"] = "private, no-store"
    return response
