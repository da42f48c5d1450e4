"""Pages of files of rows: the list, sending one, its preview, its steps, templates and the report."""

from functools import partial
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from common.errors import NotFound
from common.export import xlsx_response
from common.http import now
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..forms import ImportForm, ReasonForm
from ..import_enums import CONFIRM, COUNTERSIGN, EITHER, ENTER, GRANTS, IN_WORK, FileKind
from ..lists import ImportFileList, row_list
from ..models import ImportFile
from ..pages import import_templates
from ..pages import imports as page
from ..permissions import require_countersign_file
from ..selectors.imports import counts_of, kinds_for
from ..services import imports

FORM = "components/form_page.html"


@login_required
def import_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = ImportFile.objects.visible_to(user).select_related("programme", "organisation", "uploaded_by", "confirmed_by")
    kinds = kinds_for(user)
    return ImportFileList(request, rows).render("loans/imports/list.html", may_send=any(may(user, name) for name in ENTER), kinds=kinds)


@login_required
def import_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    row = get_visible(ImportFile, request.user, pk)
    counts = counts_of(row)
    rows = row.rows.select_related("loan", "enterprise", "file")
    return row_list(row)(request, rows).render(
        "loans/imports/file.html",
        file=row,
        title=row.name,
        in_work=row.status in IN_WORK,
        **page.progress(row, now()),
        facts=page.facts(row, counts),
        steps=page.steps(row),
        actions=page.actions(person(request), row, counts),
        findings=[page.told(one) for one in row.findings[: page.SHOWN_FINDINGS]],
        more_findings=max(0, len(row.findings) - page.SHOWN_FINDINGS),
        legend=page.legend(counts),
        counts=counts,
        timeline=timeline(row),
    )


@login_required
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that asks again every second; the whole page once the work is done."""
    row = get_visible(ImportFile, request.user, pk)
    if row.status not in IN_WORK:
        return HttpResponseClientRefresh()
    return render(request, "loans/imports/progress.html", {"file": row, **page.progress(row, now())})


@login_required
def import_upload(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = ImportForm(request.POST or None, request.FILES or None, user=user, initial=ImportForm.first_choices(user, request.GET))
    return submit(
        request,
        form,
        imports.upload_file,
        action=ENTER,
        template="loans/imports/upload.html",
        context={
            "title": "上传数据文件",
            "submit": "上传并核对",
            "back": reverse("loans:import_list"),
            "kinds": kinds_for(user),
        },
        success="文件已上传，正在逐行核对；核对完毕后由复核人办理。",
    )


@login_required
@require_POST
def import_confirm(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    row = get_visible(ImportFile, request.user, pk)
    words = "文件已复核，等待市科技局或镇政府会签。" if GRANTS[row.kind].countersign else "文件已复核，正在逐行办理。"
    return act(request, row, imports.confirm_file, action=CONFIRM, values={"mode": mode}, success=words)


@login_required
@require_POST
def import_countersign(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(ImportFile, request.user, pk)
    return act(request, row, imports.countersign_file, action=COUNTERSIGN, success="文件已会签，正在逐行办理。")


@login_required
def import_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(ImportFile, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": row.version}),
        imports.refuse_file,
        action=COUNTERSIGN,
        check=partial(require_countersign_file, person(request), row),
        values={"import_file": row},
        template=FORM,
        context={"title": f"退回数据文件：{row.name}", "submit": "退回银行", "back": row.get_absolute_url()},
        success="数据文件已退回银行。",
    )


@login_required
@require_POST
def import_recheck(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(ImportFile, request.user, pk)
    return act(request, row, imports.recheck_file, action=ENTER, success="正在重新核对未采纳的行。")


@login_required
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(ImportFile, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": row.version}),
        imports.discard_file,
        action=EITHER,
        values={"import_file": row},
        template=FORM,
        context={"title": f"作废数据文件：{row.name}", "submit": "作废", "back": row.get_absolute_url()},
        success="数据文件已作废。",
    )


@login_required
def import_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every exception of the file, as a workbook."""
    return xlsx_response(page.report(get_visible(ImportFile, request.user, pk)))


@login_required
def import_template(request: HttpRequest, kind: str, suffix: str) -> HttpResponse:
    """An empty table with the headings of a kind."""
    if kind not in FileKind.values:
        raise NotFound
    content_type, write = import_templates.WRITERS[suffix]
    response = HttpResponse(write(FileKind(kind)), content_type=content_type)
    name = quote(import_templates.template_name(FileKind(kind), suffix))
    response["Content-Disposition"] = f"attachment; filename=\"template.{suffix}\"; filename*=UTF-8''{name}"
    return response
