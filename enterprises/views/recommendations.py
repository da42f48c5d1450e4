"""Recommendations: list, page, draft, two signatures, decline, withdraw, renew."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_GET

from common.display import yuan
from common.errors import InvalidInput, NotFound
from common.http import today
from common.page import Fact
from common.related import related_to
from parties.models import User
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import get_visible, person, submit
from reserve.models import Programme

from ..forms import INTAKE_PAPERS, ReasonForm, RecommendationForm, ScanForm, SignForm, working_programmes
from ..lists import RecommendationList
from ..models import Enterprise, Recommendation
from ..pages import (
    deadlines,
    draft_hints,
    papers,
    recommendation_actions,
    recommendation_facts,
    recommendation_steps,
)
from ..permissions import check_decline, check_edit, check_paper, check_renew, check_sign, check_withdraw
from ..selectors import checklist, offices_of, with_offices
from ..services import recommendations as services
from ..services.papers import add_paper

FORM = "components/form_page.html"
HINTS = {"hints_url": reverse_lazy("enterprises:recommendation_hints"), "hints_of": ("programme", "enterprise")}
PROJECT = ("bank", "amount", "term_months", "purpose")
INTAKE = ("accepted_on", "papers", "visited_on", "visit_note", "credit_note", "renewed_note_no")


@login_required
def recommendation_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = with_offices(Recommendation.objects.visible_to(user))
    return RecommendationList(request, rows).render("enterprises/recommendation_list.html", may_draft=may(user, "recommendation.draft"))


@login_required
def recommendation(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    row = _load(user, pk)
    signatures = list(row.signatures.all())
    signed = {one.organisation_id: one for one in signatures if one.version == row.version}
    context = {
        "title": f"推荐：{row.enterprise_name}",
        "recommendation": row,
        "lapsed": row.lapsed(on),
        "steps": recommendation_steps(row, on),
        "facts": recommendation_facts(row, on),
        "actions": recommendation_actions(row, user, on),
        "deadlines": deadlines(row, on),
        "timeline": timeline(row),
        "related": related_to(row, user),
        "papers": papers(row),
        "checklist": checklist(row),
        "panel": [(office, signed.get(office.pk)) for office in offices_of(row.programme)],
        "void": [one for one in signatures if one.version != row.version],
        "renewals": list(row.renewals.all()),
    }
    return render(request, "enterprises/recommendation.html", context)


@login_required
def recommendation_draft(request: HttpRequest) -> HttpResponse:
    """A new draft: empty, for `?enterprise=`, or 续贷 of `?renews=` with the project copied and the intake to do anew."""
    user, on = person(request), today()
    renews = _named(Recommendation, user, request.GET.get("renews"))
    enterprise = renews.enterprise if renews else _named(Enterprise, user, request.GET.get("enterprise"))
    programme = renews.programme if renews else _programme(user, enterprise)
    settled = {"renews": renews, "programme": programme, "enterprise": enterprise} if renews else {}
    initial = {"programme": programme, "enterprise": enterprise, "accepted_on": on, **(_copied(renews, PROJECT) if renews else {})}
    return submit(
        request,
        RecommendationForm(request.POST or None, user=user, renews=renews, initial=initial),
        services.draft_recommendation,
        action="recommendation.draft",
        check=partial(check_renew, renews, user=user, on=on) if renews else None,
        template=FORM,
        values=settled,
        success="推荐已起草，等待两家单位签署。",
        context={
            "title": f"续贷推荐：{enterprise.name}" if renews and enterprise else "受理贷款申请",
            "submit": "提交签署",
            "back": enterprise.get_absolute_url() if enterprise else reverse("enterprises:recommendation_list"),
            "hints": draft_hints(programme, enterprise, on) if programme else [],
            **({} if renews else HINTS),
        },
    )


@login_required
@require_GET
def recommendation_hints(request: HttpRequest) -> HttpResponse:
    """What stands beside a new draft for the `?programme=&enterprise=` written in it; of what is not clear yet, nothing."""
    user = person(request)
    require(user, "recommendation.draft")
    form = RecommendationForm(request.GET, user=user)
    form.is_valid()
    programme, enterprise = form.cleaned_data.get("programme"), form.cleaned_data.get("enterprise")
    hints = draft_hints(programme, enterprise, today()) if programme else []
    return render(request, "components/hints.html", {"hints": hints, **HINTS})


@login_required
def recommendation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    row = _load(user, pk)
    initial = {**_copied(row, (*PROJECT, *INTAKE)), "version": row.version}
    return submit(
        request,
        RecommendationForm(request.POST or None, user=user, recommendation=row, initial=initial),
        services.edit_recommendation,
        action="recommendation.draft",
        check=partial(check_edit, row, user=user, on=on),
        template=FORM,
        values={"recommendation": row},
        success="推荐已修改，须由双方重新签署。",
        context={
            "title": f"修改推荐：{row.enterprise_name}",
            "back": row.get_absolute_url(),
            "hints": draft_hints(row.programme, row.enterprise, on),
            "confirm": "修改后成为新的一版，已有的签署作废，须由双方重新签署。",
        },
    )


@login_required
def recommendation_sign(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    row = _load(user, pk)
    office = user.organisation.short_name if user.organisation else ""
    return submit(
        request,
        SignForm(request.POST or None, initial={"version": row.version, "opinion": "同意推荐"}),
        services.sign_recommendation,
        action="recommendation.sign",
        check=partial(check_sign, row, user=user, on=today()),
        template=FORM,
        values={"recommendation": row},
        success=lambda signed: f"已签署，有效期至 {signed.valid_until}。" if signed.valid_until else "已签署，等待另一方签署。",
        context={
            "title": f"签署推荐：{row.enterprise_name}",
            "submit": "签署",
            "back": row.get_absolute_url(),
            "hints": [Fact("版本", f"第 {row.version} 版"), *recommendation_facts(row, today())],
            "confirm": f"将代表{office}签署第 {row.version} 版：推荐{row.enterprise_name} {yuan(row.amount)} 元，{row.term_months} 个月。",
        },
    )


@login_required
def recommendation_decline(request: HttpRequest, pk: int) -> HttpResponse:
    return _closing(request, pk, services.decline_recommendation, check_decline, "decline", "不予推荐", "已记录不予推荐。")


@login_required
def recommendation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _closing(request, pk, services.withdraw_recommendation, check_withdraw, "withdraw", "撤回", "推荐已撤回。")


@login_required
def recommendation_scan(request: HttpRequest, pk: int) -> HttpResponse:
    row = _load(person(request), pk)
    return submit(
        request,
        ScanForm(request.POST or None, request.FILES or None, kinds=INTAKE_PAPERS),
        add_paper,
        action="paper.register",
        check=partial(check_paper, row, user=person(request), on=today()),
        template=FORM,
        values={"subject": row},
        success="材料已登记。",
        redirect_to=row.get_absolute_url(),
        context={"title": f"上传材料：{row.enterprise_name}", "submit": "上传", "back": row.get_absolute_url()},
    )


def _closing(request: HttpRequest, pk: int, service: Any, check: Any, verb: str, label: str, success: str) -> HttpResponse:
    row = _load(person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": row.version}),
        service,
        action=f"recommendation.{verb}",
        check=partial(check, row, user=person(request), on=today()),
        template=FORM,
        values={"recommendation": row},
        success=success,
        context={
            "title": f"{label}：{row.enterprise_name}",
            "submit": label,
            "back": row.get_absolute_url(),
            "confirm": f"将对{row.enterprise_name}的 {yuan(row.amount)} 元推荐办理“{label}”，办理后不能恢复。",
        },
    )


def _load(user: User, pk: int) -> Recommendation:
    """The visible recommendation with what its page shows."""
    rows = with_offices(Recommendation.objects.visible_to(user)).select_related(
        "programme", "enterprise", "bank", "batch", "accepted_by", "drafted_by", "closed_by", "renews"
    )
    row = rows.prefetch_related("signatures__organisation", "signatures__signed_by", "enterprise__categories").filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def _named(model: type[Any], user: User, key: str | None) -> Any:
    """The visible object an address names, or None when it names none."""
    if not key:
        return None
    if not (key.isascii() and key.isdigit()):
        raise InvalidInput(f"地址中的编号“{key}”无效，请从列表或档案进入。")
    return get_visible(model, user, key)


def _programme(user: User, enterprise: Enterprise | None) -> Programme | None:
    programmes = working_programmes(user)
    return (programmes.filter(enterprise_links__enterprise=enterprise) if enterprise else programmes).first()  # type: ignore[no-any-return]


def _copied(row: Recommendation, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
