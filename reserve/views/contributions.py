"""Pages of contributions: list, record, and the bank's two steps."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common import display
from common.http import today
from common.page import Action, Fact, Paper, Step
from common.related import related_to
from parties.carriers import papers_link
from parties.models import User
from parties.permissions import may, require
from parties.selectors import papers_of, timeline
from parties.web import act, get_visible, person, submit

from ..enums import ContributionStatus, ProgrammeStatus
from ..forms import ContributionForm, ReasonForm, ReceiptForm
from ..lists import ContributionList
from ..models import Contribution, FundingObligation, ReserveAccount
from ..permissions import check_confirm, check_receive, check_reject, why_not
from ..selectors.accounts import figures_of
from ..services import contributions as services

RELATED = (
    "account__funder",
    "account__bank",
    "account__programme",
    "programme",
    "obligation__deadline",
    "obligation__source",
    "obligation__debtor",
    "recorded_by",
    "received_by",
    "confirmed_by",
    "rejected_by",
    "entry",
)


@login_required
def contribution_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = Contribution.objects.visible_to(user).select_related("account__funder", "programme")
    return ContributionList(request, rows).render(may_record=may(user, "contribution.record"))


@login_required
def contribution_record(request: HttpRequest) -> HttpResponse:
    user = person(request)
    initial = {name: request.GET[name] for name in ("obligation", "account", "amount") if name in request.GET}
    return submit(
        request,
        ContributionForm(request.POST or None, user=user, initial=initial),
        services.record_contribution,
        action="contribution.record",
        template="components/form_page.html",
        context={
            "title": "登记出资",
            "submit": "提交银行确认",
            "back": reverse("reserve:contribution_list"),
            "hints": [
                *_held(user),
                Fact("登记以后", "由开户银行经办录入到账、复核人复核，资金才算到位。"),
                Fact("配套期限", "按到账日期判断是否按期，与复核日期无关。"),
                Fact("期初出资", "项目启用日以前划款并到账的，照实填写原划款日期；不选配套义务。"),
            ],
        },
        success="出资已登记，等待银行录入到账。",
    )


def _held(user: User) -> list[Fact]:
    """What the person's organisation has in its accounts now. Two queries."""
    own = ReserveAccount.objects.filter(funder=user.organisation, programme__status=ProgrammeStatus.ACTIVE).select_related("programme")
    return [
        Fact(
            f"{one.account.programme.name}账户余额（元）",
            display.yuan(one.figures.balance),
            numeric=True,
            hint=f"其中可用 {display.wan(one.figures.free)}",
        )
        for one in figures_of(list(own), today())
    ]


@login_required
def contribution(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found: Contribution = get_visible(Contribution, user, pk)
    found = Contribution.objects.select_related(*RELATED).get(pk=found.pk)
    papers = [Paper(str(paper), paper.get_absolute_url(), paper.kind, open_url=paper.open_url) for paper in papers_of(found)]
    if found.status == ContributionStatus.CONFIRMED:
        papers.insert(0, Paper("出资到位确认单", reverse("reports:contribution_receipt_pdf", args=[found.pk]), "PDF"))
    context = {
        "title": f"{found.account.funder.short_name}{'期初' if found.is_opening else ''}出资 {display.wan(found.amount)}元",
        "contribution": found,
        "facts": _facts(found),
        "steps": _steps(found),
        "actions": _actions(user, found),
        "timeline": timeline(found, FundingObligation.objects.filter(source=found)),
        "related": related_to(found, user),
        "papers": [papers_link(found), *papers],
    }
    return render(request, "reserve/contribution.html", context)


def _facts(found: Contribution) -> list[Fact]:
    facts = [
        Fact("金额", f"{display.yuan(found.amount)} 元", numeric=True),
        Fact("出资人", found.account.funder.name),
        Fact("准备金账户", str(found.account), url=found.account.get_absolute_url()),
        Fact("开户银行", found.account.bank.name),
        Fact("划款日期", display.iso(found.transferred_on)),
        Fact("划款凭证号", found.voucher_no),
        Fact("到账日期", display.iso(found.arrived_on)),
        Fact("回单号", found.receipt_no),
        Fact("备注", found.note),
        Fact("项目", found.programme.name, url=found.programme.get_absolute_url()),
    ]
    if found.is_opening:
        facts.append(Fact("期初", f"启用日 {found.programme.started_on} 以前的出资", hint="不形成、不履行配套义务"))
    if found.obligation:
        facts.append(Fact("履行的配套义务", str(found.obligation), url=found.obligation.get_absolute_url()))
    opened = getattr(found, "opened_obligation", None)
    if opened:
        facts.append(Fact("形成的配套义务", f"{display.yuan(opened.amount)} 元", url=opened.get_absolute_url()))
    if found.entry:
        facts.append(Fact("账簿分录", str(found.entry), url=found.entry.get_absolute_url()))
    if found.status == ContributionStatus.REJECTED:
        facts.append(Fact("退回理由", found.reject_reason))
    return facts


def _steps(found: Contribution) -> list[Step]:
    bank = found.account.bank.short_name
    done = Step("登记", "done", who=found.recorded_by.name, when=found.recorded_at)
    received = Step("录入到账", "done", who=found.received_by.name, when=found.received_at) if found.received_by else None
    if found.status == ContributionStatus.REJECTED:
        stopped = Step("退回", "stopped", who=found.rejected_by.name if found.rejected_by else "", when=found.rejected_at)
        return [step for step in (done, received, stopped) if step]
    if found.status == ContributionStatus.CONFIRMED and found.confirmed_by:
        last = Step("复核到账", "done", who=found.confirmed_by.name, when=found.confirmed_at)
    else:
        last = Step("复核到账", "current" if received else "todo", who=f"{bank}复核" if received else "")
    return [done, received or Step("录入到账", "current", who=f"{bank}经办"), last]


def _actions(user: User, found: Contribution) -> list[Action]:
    """The bank's steps, for the people who may take them at all; each says why it is not possible now."""
    offers: list[Action] = []
    if found.status in (ContributionStatus.CONFIRMED, ContributionStatus.REJECTED):
        return offers
    if may(user, "contribution.receive"):
        label = "更正到账" if found.received_by_id else "录入到账"
        url = reverse("reserve:contribution_receive", args=[found.pk])
        offers.append(Action(label, url, reason=why_not(check_receive, user, found), icon="receipt", primary=not found.received_by_id))
    if may(user, "contribution.confirm"):
        question = f"将确认 {display.yuan(found.amount)} 元于 {found.arrived_on} 到账并记入准备金账户，入账后只能冲正。"
        url = reverse("reserve:contribution_confirm", args=[found.pk])
        reason = why_not(check_confirm, user, found)
        offers.append(
            Action("复核到账", url, reason=reason, post=True, confirm=question, version=found.version, icon="check", primary=True)
        )
    if may(user, "contribution.reject"):
        url = reverse("reserve:contribution_reject", args=[found.pk])
        offers.append(Action("退回", url, reason=why_not(check_reject, user, found), icon="arrow-back-up", danger=True))
    return offers


@login_required
def contribution_receive(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Contribution, person(request), pk)
    initial = {"arrived_on": found.arrived_on, "receipt_no": found.receipt_no}
    return submit(
        request,
        ReceiptForm(request.POST or None, initial=initial),
        services.receive_contribution,
        action="contribution.receive",
        check=partial(check_receive, person(request), found),
        values={"contribution": found},
        template="components/form_page.html",
        context={
            "title": "录入到账",
            "submit": "提交复核",
            "back": found.get_absolute_url(),
            "hints": [
                Fact("出资人", found.account.funder.name),
                Fact("账户", str(found.account)),
                Fact("划款日期", display.iso(found.transferred_on)),
                Fact("划款凭证号", found.voucher_no),
            ],
        },
        success="到账已录入，等待本行复核。",
    )


@login_required
@require_POST
def contribution_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Contribution, person(request), pk)
    return act(request, found, services.confirm_contribution, action="contribution.confirm", success="到账已复核，资金已入账。")


@login_required
def contribution_reject(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Contribution, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": found.version}),
        services.reject_contribution,
        action="contribution.reject",
        check=partial(check_reject, person(request), found),
        values={"contribution": found},
        template="components/form_page.html",
        context={
            "title": "退回出资",
            "submit": "退回",
            "back": found.get_absolute_url(),
            "hints": [Fact("出资", str(found)), Fact("金额", f"{display.yuan(found.amount)} 元", numeric=True)],
        },
        success="已退回出资人，由其重新登记。",
    )
