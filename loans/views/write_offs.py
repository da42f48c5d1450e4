"""Pages of joint decisions to write a loan off."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.errors import NotFound
from common.related import related_to
from parties.models import User
from parties.selectors import timeline
from parties.web import person, submit

from ..claim_permissions import require_propose_write_off
from ..forms import JointWordForm, ReasonForm, WriteOffForm
from ..pages import write_offs as page
from ..pages.loans import visible_loan
from ..selectors.recoveries import paid_claim, standing
from ..selectors.write_offs import VOICES, write_offs
from ..services import write_offs as services

FORM = "components/form_page.html"


def _visible(user: User, pk: int) -> tuple[Any, Any]:
    """The decision with its voices, and its loan. Raises: NotFound."""
    rows = write_offs(user).select_related("proposed_by").prefetch_related(VOICES)
    decision = rows.filter(pk=pk).first()
    if decision is None:
        raise NotFound
    return decision, visible_loan(user, decision.subject_id)


@login_required
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    row, loan = _visible(user, pk)
    context = {
        "row": row,
        "title": f"核销：{loan.enterprise_name} {loan.note_no}",
        "facts": page.facts(row, loan, standing(paid_claim(loan))),
        "steps": page.steps(row),
        "actions": page.actions(user, row),
        "related": related_to(row, user),
        "timeline": timeline(loan, only=("write_off.joint", "loan.write_off")),
    }
    return render(request, "loans/write_off.html", context)


@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), visible_loan(person(request), pk)
    return submit(
        request,
        WriteOffForm(request.POST or None),
        services.propose_write_off,
        action="write_off.propose",
        check=lambda: require_propose_write_off(user, row),
        values={"loan": row},
        template=FORM,
        context={
            "title": f"提请核销：{row.enterprise_name}",
            "submit": "提请各方签署",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.propose_hints(row, standing(paid_claim(row))) if row.compensated_on else [],
        },
        success="核销已提请，等待省中心、市科技局、镇政府和本行复核人签署意见。",
        redirect_to=page.url_of,
    )


@login_required
def speak(request: HttpRequest, pk: int) -> HttpResponse:
    row, loan = _visible(person(request), pk)
    return submit(
        request,
        JointWordForm(request.POST or None),
        services.speak_on_write_off,
        action="joint.speak",
        values={"decision": row},
        template=FORM,
        context={
            "title": f"签署核销意见：{loan.enterprise_name}",
            "submit": "签署",
            "back": page.url_of(row),
            "hints": page.facts(row, loan, standing(paid_claim(loan))),
        },
        success=page.spoken,
        redirect_to=page.url_of,
    )


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row, loan = _visible(person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.withdraw_write_off,
        action="joint.withdraw",
        values={"decision": row},
        template=FORM,
        context={"title": f"撤回核销提请：{loan.enterprise_name}", "submit": "撤回", "back": page.url_of(row)},
        success="核销提请已撤回。",
        redirect_to=page.url_of,
    )
