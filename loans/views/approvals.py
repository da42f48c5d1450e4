"""Pages of the bank's decisions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.errors import NotFound
from common.http import today
from common.related import related_to
from enterprises.models import Recommendation
from parties.permissions import require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..enums import Decision
from ..forms import ApprovalForm, ReasonForm
from ..lists import LineList
from ..models import CreditLine
from ..pages import decisions as page
from ..pages.parts import told
from ..services import approvals as services

FORM = "components/form_page.html"


def _line(request: HttpRequest, pk: int) -> CreditLine:
    rows = CreditLine.objects.visible_to(person(request)).select_related(
        "programme", "bank", "enterprise", "recommendation__batch", "recommendation__bank", "proposed_by", "confirmed_by"
    )
    line: CreditLine | None = rows.with_drawn().filter(pk=pk).first()
    if line is None:
        raise NotFound
    return line


@login_required
def approval_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = CreditLine.objects.visible_to(person(request)).with_usable(today()).select_related("recommendation__batch", "bank")
    return LineList(request, rows).render(todos=page.todos(person(request), today()))


@login_required
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    on = today()
    blocks = page.blocks_of(line, on)
    context = {
        "line": line,
        "title": f"审批：{line.recommendation.enterprise_name}",
        "facts": page.facts(line, on),
        "steps": page.steps(line, on),
        "actions": page.actions(person(request), line, on, blocks),
        "blocks": blocks,
        "loans": line.loans.order_by("disbursed_on", "pk"),
        "timeline": timeline(line),
        "related": related_to(line, person(request)),
        "lapsed": line.is_approved and line.lapsed(on),
        "excess": page.excess_of(person(request), line, on),
    }
    return render(request, "loans/line.html", context)


@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    recommendation = get_visible(Recommendation, request.user, pk)
    initial = {"decision": Decision.APPROVE, "amount": recommendation.amount, "term_months": recommendation.term_months}
    context = {
        "title": "提出审批意见",
        "submit": "提交复核",
        "back": reverse("loans:approval_list"),
        "hints": page.hints(person(request), recommendation, today()),
    }
    return submit(
        request,
        ApprovalForm(request.POST or None, initial=initial),
        services.propose_approval,
        action="approval.propose",
        values={"recommendation": recommendation},
        template=FORM,
        context=context,
        success=lambda line: told("审批意见已提交，等待复核。", page.excess_of(person(request), line, today())),
    )


@login_required
def repropose(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    names = ("decision", "amount", "term_months", "annual_rate", "repayment_method", "guarantee", "first_bank_loan", "reason", "version")
    context = {
        "title": "修改审批意见",
        "submit": "提交复核",
        "back": line.get_absolute_url(),
        "hints": page.hints(person(request), line.recommendation, today()),
    }
    return submit(
        request,
        ApprovalForm(request.POST or None, initial={name: getattr(line, name) for name in names}),
        services.repropose_approval,
        action="approval.propose",
        values={"credit_line": line},
        template=FORM,
        context=context,
        success=lambda line: told("审批意见已修改，等待复核。", page.excess_of(person(request), line, today())),
    )


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    line = get_visible(CreditLine, request.user, pk)
    return act(
        request,
        line,
        services.confirm_approval,
        action="approval.confirm",
        success=lambda line: told(
            f"审批已复核：{line.get_status_display()}，推荐单位已收到通知。", page.excess_of(person(request), line, today())
        ),
    )


@login_required
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    line = get_visible(CreditLine, request.user, pk)
    context = {"title": f"退回经办：{line.recommendation.enterprise_name}", "submit": "退回经办", "back": line.get_absolute_url()}
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": line.version}),
        services.send_back_approval,
        action="approval.send_back",
        values={"credit_line": line},
        template=FORM,
        context=context,
        success="审批意见已退回经办。",
    )
