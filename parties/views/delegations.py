"""Delegations (A/B岗): one's own, and all of them for the administrators."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.display import iso
from common.http import today
from common.page import Action, Fact

from ..errors import BadDelegation
from ..forms import DelegationForm
from ..lists import DelegationList
from ..models import Delegation, User
from ..permissions import may, require
from ..selectors import timeline
from ..services import delegations
from ..web import act, get_visible, person, submit

AUTHORISED = ("delegation.make", "account.authorise")


@login_required
@require_GET
def delegation_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "account.read")
    return DelegationList(request, Delegation.objects.visible_to(user).select_related("absent__organisation", "delegate")).render()


@login_required
@require_GET
def delegation(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    row = get_visible(Delegation, user, pk)
    facts = [
        Fact("委托人（A岗）", f"{row.absent.name}（{row.absent.get_role_display()}）"),
        Fact("代办人（B岗）", f"{row.delegate.name}（{row.delegate.get_role_display()}）"),
        Fact("单位", row.absent.organisation or ""),
        Fact("委托期间", f"{row.days}（含首尾两日）"),
        Fact("事由", row.reason),
        Fact("状态", row.state(today())),
        Fact("设立", f"{row.created_by.name}，{iso(row.created_at)}"),
    ]
    if row.ended_by:
        facts.append(Fact("收回", f"{row.ended_by.name}，{iso(row.ended_at)}"))
    context = {"title": str(row), "facts": facts, "actions": _actions(user, row), "timeline": timeline(row)}
    return render(request, "parties/delegation.html", context)


def _actions(user: User, row: Delegation) -> list[Action]:
    """The absent person's, and the security administrator's."""
    if user.pk != row.absent_id and not may(user, "account.authorise"):
        return []
    question = f"收回后，{row.delegate.name}立即不能再代{row.absent.name}办理。"
    reason = delegations.reason_against_end(row, today())
    return [Action("提前收回", reverse("parties:delegation_end", args=[row.pk]), reason, post=True, icon="arrow-back-up", confirm=question)]


@login_required
def delegation_new(request: HttpRequest) -> HttpResponse:
    """For one's own absence."""
    return _form(request, person(request), "delegation.make", reverse("parties:account"))


@login_required
def delegation_for(request: HttpRequest, pk: int) -> HttpResponse:
    """By the security administrator, for who cannot do it themself."""
    account = get_visible(User, request.user, pk)
    return _form(request, account, "account.authorise", account.get_absolute_url())


def _form(request: HttpRequest, absent: User, action: str, back: str) -> HttpResponse:
    return submit(
        request,
        DelegationForm(request.POST or None, absent=absent, initial={"starts_on": today()}),
        delegations.make_delegation,
        action=action,
        check=partial(_check, absent),
        values={"absent": absent},
        template="components/form_page.html",
        context={
            "title": f"离岗委托：{absent.name}（{absent.get_role_display()}）",
            "submit": "委托",
            "back": back,
            "hints": [
                Fact("代办范围", f"{absent.get_role_display()}岗位的全部事项；不含代他人办理的事项"),
                Fact("经办与复核", delegations.MEANING),
            ],
            "confirm": f"{{starts_on}} 至 {{ends_on}}，由 {{delegate}} 代{absent.name}办理。{delegations.MEANING}",
        },
        success=lambda row: f"已委托{row.delegate.name}代办，{row.days}；已通知双方。",
    )


def _check(absent: User) -> None:
    if reason := delegations.reason_against_absence(absent):
        raise BadDelegation(reason)


@login_required
@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Delegation, request.user, pk)
    return act(request, row, delegations.end_delegation, action=AUTHORISED, success="委托已收回；已通知双方。")
