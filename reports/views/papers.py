"""Printed papers and files: the right to see the object is the right to its papers."""

from collections.abc import Callable
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse

from common.errors import NotFound
from enterprises.models import Batch
from parties.web import get_visible, person
from reserve.models import Contribution

from ..models import QuarterlySummary
from ..renderers import papers, summary, summary_xlsx
from ..selectors.papers import letter, receipt, reply
from ..selectors.summaries import document

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

RENDERERS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "pdf": ("application/pdf", summary.to_pdf),
    "xlsx": (XLSX, summary_xlsx.to_xlsx),
    "csv": ("text/csv; charset=utf-8", summary.to_csv),
}


@login_required
def summary_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A summary as pdf, xlsx, csv or json, all from the one snapshot."""
    found = get_visible(QuarterlySummary, person(request), pk)
    name = f"申报汇总表_{found.quarter}_第{found.version}版"
    if kind == "json":
        response = JsonResponse({**document(found), "checksum": found.checksum}, json_dumps_params={"ensure_ascii": False, "indent": 1})
        response["Content-Disposition"] = disposition(f"{name}.json")
        return response
    if kind not in RENDERERS:
        raise NotFound
    content_type, render = RENDERERS[kind]
    return file_response(render(document(found), found.checksum), content_type, f"{name}.{kind}", inline=kind == "pdf")


@login_required
def batch_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """联合推荐函 of a batch."""
    batch = get_visible(Batch, person(request), pk)
    return file_response(papers.letter_pdf(letter(batch)), "application/pdf", f"联合推荐函_第{batch.number}批.pdf", inline=True)


@login_required
def batch_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """审批回执 of a batch."""
    batch = get_visible(Batch, person(request), pk)
    return file_response(papers.reply_pdf(reply(batch)), "application/pdf", f"审批回执_第{batch.number}批.pdf", inline=True)


@login_required
def contribution_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """出资到位确认单 of a confirmed contribution."""
    contribution = get_visible(Contribution, person(request), pk)
    return file_response(papers.receipt_pdf(receipt(contribution)), "application/pdf", "出资到位确认单.pdf", inline=True)


def file_response(data: bytes, content_type: str, name: str, *, inline: bool = False) -> HttpResponse:
    """A made file under its Chinese name; PDF may open in the browser, everything else is saved."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = disposition(name, inline=inline)
    return response


def disposition(name: str, *, inline: bool = False) -> str:
    suffix = name.rsplit(".", 1)[-1]
    return f"{'inline' if inline else 'attachment'}; filename=\"paper.{suffix}\"; filename*=UTF-8''{quote(name)}"
