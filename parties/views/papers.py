"""Papers: of any object that carries them, and each by itself."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from common.errors import NotFound
from common.page import Action, Paper

from .. import selectors
from ..carriers import carrier
from ..forms import PaperForm
from ..models import Attachment
from ..permissions import may
from ..services.attachments import keep_paper, open_paper
from ..web import person, submit


@login_required
@require_GET
def paper(request: HttpRequest, pk: int) -> FileResponse:
    """A paper, to whoever may see the object it belongs to: as a file to save. `?open`: a PDF or picture is shown by the browser,
    in a sandbox that may load and run nothing.
    """
    found = Attachment.objects.filter(pk=pk).first()
    if found is None or selectors.subject_of(found.object_type, found.object_id, person(request)) is None:
        raise NotFound
    shown = found.can_be_shown and "open" in request.GET
    response = FileResponse(open_paper(found), as_attachment=not shown, filename=found.original_name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_GET
def papers_of(request: HttpRequest, label: str, pk: int) -> HttpResponse:
    """Every paper of an object, with who handed it in."""
    subject = _subject(request, label, pk)
    url = reverse("parties:paper_new", args=[label, pk])
    upload = Action("上传材料", url, icon="upload", primary=True)
    context = {
        "title": f"材料：{subject}",
        "subject": subject,
        "actions": [upload] if may(person(request), "paper.register") else [],
        "papers": [
            Paper(
                f"{row.kind}：{row.original_name}",
                row.get_absolute_url(),
                f"{row.uploaded_by.name}，{row.uploaded_at:%Y-%m-%d}，{row.size:,} 字节",
                open_url=row.open_url,
            )
            for row in selectors.papers_of(subject)
        ],
    }
    return render(request, "parties/papers_of.html", context)


@login_required
def paper_new(request: HttpRequest, label: str, pk: int) -> HttpResponse:
    subject = _subject(request, label, pk)
    back = reverse("parties:papers_of", args=[label, pk])
    return submit(
        request,
        PaperForm(request.POST or None, request.FILES or None),
        keep_paper,
        action="paper.register",
        values={"subject": subject},
        template="components/form_page.html",
        success="材料已上传。",
        redirect_to=back,
        context={"title": f"上传材料：{subject}", "submit": "上传", "back": back},
    )


def _subject(request: HttpRequest, label: str, pk: int) -> Any:
    """The object this person may see, of a model that carries papers. Raises: NotFound."""
    subject = selectors.subject_of(label, str(pk), person(request)) if carrier(label) else None
    if subject is None:
        raise NotFound
    return subject
