"""Batches: list, page, composing, sending, their papers."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.errors import NotFound
from common.http import today
from common.related import related_to
from parties.enums import OrganisationKind
from parties.models import Organisation, User
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import act, person, submit
from reserve.models import Programme

from ..day import lines_of
from ..enums import RecommendationStatus
from ..forms import BATCH_PAPERS, BatchForm, DocumentForm, ReplyForm, ScanForm, working_programmes
from ..lists import BatchList
from ..models import Batch, Recommendation
from ..pages import address, batch_actions, batch_facts, batch_papers, batch_steps, deadlines, reply_address
from ..permissions import check_document, check_edit_batch, check_paper, check_reply
from ..selectors import batchable, letter_context, offices_of, with_totals
from ..services import batches as services
from ..services.papers import add_paper

FORM = "components/form_page.html"


@login_required
def batch_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = with_totals(Batch.objects.visible_to(user).select_related("programme", "bank"))
    return BatchList(request, rows).render("enterprises/batch_list.html", may_prepare=may(user, "batch.prepare"))


@login_required
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    found = _load(user, pk)
    lines = lines_of(found.recommendations.order_by("pk"), on)
    rows = [line.row for line in lines]
    offices = offices_of(found.programme)
    context = {
        "title": f"{found.programme.name}{found}",
        "batch": found,
        "steps": batch_steps(found),
        "facts": batch_facts(found, rows),
        "actions": batch_actions(found, rows, user, on),
        "deadlines": deadlines(found, on),
        "timeline": timeline(found),
        "related": related_to(found, user),
        "papers": batch_papers(found),
        "lines": lines,
        "offices": offices,
        "total": sum(row.amount for row in rows),
        "after_total": len(offices) + 5,
        "reply": reply_address(found),
    }
    return render(request, "enterprises/batch.html", context)


@login_required
def batch_create(request: HttpRequest) -> HttpResponse:
    """A new batch for one programme and one bank; where several could be meant, choose first."""
    user, on = person(request), today()
    require(user, "batch.prepare")
    choices = _choices(user)
    chosen = [pair for pair in choices if _asked(request, *pair)]
    if len(chosen) != 1:
        return render(request, "enterprises/batch_choose.html", {"title": "编制批次", "choices": choices})
    programme, bank, _ = chosen[0]
    return submit(
        request,
        BatchForm(request.POST or None, rows=batchable(user, programme, on, bank)),
        services.create_batch,
        action="batch.prepare",
        template=FORM,
        values={"programme": programme, "bank": bank},
        success=lambda made: f"{made}已编制，待市科技局发送。",
        context={"title": f"编制批次：{programme.name}→{bank.short_name}", "back": reverse("enterprises:batch_list")},
    )


@login_required
def batch_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    found = _load(user, pk)
    rows = batchable(user, found.programme, on, found.bank) | Recommendation.objects.visible_to(user).filter(batch=found)
    held = list(found.recommendations.values_list("pk", flat=True))
    initial = {"recommendations": held, "document_no": found.document_no, "version": found.version}
    return submit(
        request,
        BatchForm(request.POST or None, rows=rows.distinct(), initial=initial),
        services.edit_batch,
        action="batch.prepare",
        check=partial(check_edit_batch, found, user=user, on=on),
        template=FORM,
        values={"batch": found},
        success="批次名单已调整。",
        context={"title": f"调整{found}", "back": found.get_absolute_url()},
    )


@login_required
@require_POST
def batch_send(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(person(request), pk)
    return act(request, found, services.send_batch, action="batch.send", success=f"{found}已发送银行，审批时限开始计算。")


@login_required
def batch_document(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(person(request), pk)
    form = DocumentForm(request.POST or None, initial={"document_no": found.document_no})
    return _paper(request, found, form, services.register_document, check_document, "登记发文字号")


@login_required
def batch_reply(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(person(request), pk)
    form = ReplyForm(request.POST or None, initial={"reply_no": found.reply_no})
    return _paper(request, found, form, services.register_reply, check_reply, "登记回执字号")


@login_required
def batch_scan(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(person(request), pk)
    return submit(
        request,
        ScanForm(request.POST or None, request.FILES or None, kinds=BATCH_PAPERS),
        add_paper,
        action="paper.register",
        check=partial(check_paper, found, user=person(request), on=today()),
        template=FORM,
        values={"subject": found},
        success="扫描件已登记。",
        redirect_to=found.get_absolute_url(),
        context={"title": f"上传扫描件：{found}", "submit": "上传", "back": found.get_absolute_url()},
    )


@login_required
def batch_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """联合推荐函, to print from the browser; the PDF is made of the same body."""
    found = _load(person(request), pk)
    return render(request, "enterprises/letter_page.html", {**letter_context(found), "pdf": address("reports:batch_letter_pdf", pk)})


def _paper(request: HttpRequest, found: Batch, form: Any, service: Any, check: Any, title: str) -> HttpResponse:
    return submit(
        request,
        form,
        service,
        action="paper.register",
        check=partial(check, found, user=person(request), on=today()),
        template=FORM,
        values={"batch": found},
        success="字号已登记。",
        context={"title": f"{title}：{found}", "back": found.get_absolute_url()},
    )


def _load(user: User, pk: int) -> Batch:
    found: Batch | None = Batch.objects.visible_to(user).select_related("programme", "bank", "prepared_by", "sent_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


Choice = tuple[Programme, Organisation, int]


def _choices(user: User) -> list[Choice]:
    """Programmes and banks the person may compose a batch for, with how many recommendations are ready."""
    ready: dict[tuple[int, int], int] = {}
    rows = Recommendation.objects.visible_to(user).filter(
        status=RecommendationStatus.ENDORSED, batch__isnull=True, valid_until__gte=today()
    )
    for key in rows.values_list("programme_id", "bank_id"):
        ready[key] = ready.get(key, 0) + 1
    programmes = {row.pk: row for row in working_programmes(user)}
    banks = {row.pk: row for row in Organisation.objects.filter(kind=OrganisationKind.BANK, pk__in={bank for _, bank in ready})}
    return [(programmes[p], banks[b], count) for (p, b), count in sorted(ready.items()) if p in programmes]


def _asked(request: HttpRequest, programme: Programme, bank: Organisation, count: int) -> bool:
    return request.GET.get("programme", programme.code) == programme.code and request.GET.get("bank", str(bank.pk)) == str(bank.pk)
