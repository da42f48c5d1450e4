"""审核日: a summary's lines beside the version and the quarter before, remarked on line by line, and returned with the remarks."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.display import quarter_cn
from parties.permissions import may, require
from parties.web import person, submit
from reserve.quarters import Quarter

from .. import review as pages
from ..enums import REVIEWED
from ..forms import ReviewForm
from ..models import QuarterlySummary
from ..renderers.summary import CHANGES, changes
from ..selectors.summaries import document
from ..selectors.summary_review import (
    borrowers,
    declared_lines,
    pairs,
    quarter_before,
    remarks_on,
    remarks_read,
    review_digest,
    version_before,
)
from ..services.remarks import remark_summary
from ..services.summaries import return_summary
from .summaries import summary_actions, visible_summary

TEMPLATE = "reports/summary_review.html"


@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, TEMPLATE, _context(request, visible_summary(request, pk), returning=True))


@login_required
@require_POST
def remark(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible_summary(request, pk)
    require(person(request), "summary.remark")
    context = _context(request, found, returning=False)
    return _sent(request, found, context, remark_summary, "summary.remark", "批注已保存；退回时一并告知银行。", found.get_review_url())


@login_required
def return_(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible_summary(request, pk)
    require(person(request), "summary.return")
    context = _context(request, found, returning=True)
    success = "已退回，银行将按理由和批注更正后重新报送。"
    return _sent(request, found, context, return_summary, "summary.return", success, found.get_absolute_url())


def _sent(
    request: HttpRequest, found: QuarterlySummary, context: dict[str, Any], service: Any, action: str, success: str, leads_to: str
) -> HttpResponse:
    return submit(
        request,
        context["form"],
        service,
        action=action,
        template=TEMPLATE,
        success=success,
        values={"summary": found},
        context=context,
        redirect_to=leads_to,
    )


def _context(request: HttpRequest, found: QuarterlySummary, *, returning: bool) -> dict[str, Any]:
    user, content = person(request), document(found)
    lines = declared_lines(content)
    preceding = version_before(found)
    before = preceding.version if preceding else None
    remarks = remarks_read(user, found, preceding)
    here = remarks_on(found, remarks)
    form = ReviewForm(
        request.POST or None,
        initial={"digest": review_digest(found, here)},
        notes=[line["note_no"] for line in lines],
        own={one.note_no: one.text for one in here if one.written_by_id == user.pk},
        returning=returning,
    )
    # What was typed stays to be read also where the version was done with meanwhile.
    writes = may(user, "summary.remark") and (found.status in REVIEWED or form.is_bound)
    old = document(before) if before is not None else None
    return {
        "title": f"对照审核：{quarter_cn(found.quarter)}申报汇总表（第{found.version}版）",
        "summary": found,
        "form": form,
        "writes": writes,
        "review": pages.review_of(
            content,
            pairs(declared_lines(old) if old else [], lines, preceding.renamed if preceding else {}),
            remarks,
            form if writes else None,
            marked=old is not None,
        ),
        "late": len(content["adjustments"]),
        "before": before,
        "against_version": pages.totals(old, content) if old else [],
        "change_columns": CHANGES,
        "changes": changes(content),
        "actions": [one for one in summary_actions(user, found, remarks) if one.post and found.status in REVIEWED],
        "confirm": "退回后银行须以新版本重新报送；本版各行的批注一并告知银行。\n退回理由：{reason}",
        "back": found.get_review_url(),
        **_quarter(found, content),
    }


def _quarter(found: QuarterlySummary, content: dict[str, Any]) -> dict[str, Any]:
    """The quarter before, where it has been submitted."""
    last = quarter_before(found)
    named = {"last": last, "last_quarter": Quarter.parse(found.quarter).previous().label_cn}
    if last is None:
        return named
    old = document(last)
    rows = pages.borrower_rows(borrowers(old["lines"], content["lines"]))
    return {**named, "against_quarter": pages.totals(old, content), "borrowers": rows}
