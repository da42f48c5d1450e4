"""Pages of claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.errors import Refusal
from common.forms import Form
from common.http import today
from common.page import Fact
from common.related import related_to
from parties.models import User
from parties.permissions import require
from parties.selectors import papers_of, timeline
from parties.web import Service, act, person, submit

from ..claim_forms import (
    ClaimCheckForm,
    ClaimForm,
    ClaimPaperForm,
    ClaimPaymentForm,
    ClaimReturnForm,
    ClaimWordForm,
    NoticeForm,
)
from ..claim_permissions import (
    require_check_claim,
    require_edit_claim,
    require_propose_claim,
    require_return_claim,
    require_review_claim,
    require_unpay_claim,
    require_withdraw_claim,
)
from ..claiming import ClaimList
from ..forms import ReasonForm
from ..models import Claim, PaymentNotice
from ..pages.claim_papers import claim_papers
from ..pages.claims import actions as offers
from ..pages.claims import hints, sheet
from ..pages.claims.steps import steps
from ..pages.loans import visible_loan
from ..selectors.claims import claim_word, missing_papers, visible_claim, worded
from ..selectors.exposure import account_of_owner
from ..services.claims import deciding, drafting, paying, reviewing

FORM = "components/form_page.html"


@login_required
def claim_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    return ClaimList(request, Claim.objects.visible_to(person(request)).select_related("programme", "loan__bank")).render()


@login_required
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    row = visible_claim(user, pk)
    context = {
        "claim": row,
        "word": claim_word(row.loan),
        "title": f"{worded(row.loan, str(row))}：{row.loan.enterprise_name}",
        "facts": sheet.facts(row),
        "steps": steps(row),
        "actions": offers.actions(user, row, on),
        "computation": sheet.computed(row),
        "checklist": sheet.checklist(row, list(papers_of(row))),
        "clocks": sheet.clocks(row, on),
        "orders": sheet.orders(row),
        "timeline": timeline(row, row.recoveries.all()),
        "related": related_to(row, user),
        "papers": claim_papers(row),
    }
    return render(request, "loans/claim.html", context)


@login_required
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    row = visible_loan(user, pk)
    return submit(
        request,
        ClaimForm(request.POST or None),
        drafting.draft_claim,
        action="claim.draft",
        check=partial(drafting.require_draftable, row, user, on),
        values={"loan": row},
        template=FORM,
        context={
            "title": worded(row, f"申请代偿：{row.note_no}"),
            "submit": "保存草稿",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": hints.draft_hints(row, on),
        },
        success="申请已保存，请上传必备材料，齐备后由复核人报送。",
    )


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    initial = {"amount": row.asked, "cause": row.cause, "dunning": row.dunning, "version": row.version}
    step = Step("修改申请", "保存", "申请已修改。", "claim.draft", require_edit_claim, hints.draft_hints(row.loan, today()))
    return _form(request, row, ClaimForm(request.POST or None, initial=initial), drafting.edit_claim, step)


@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    form = ClaimPaperForm(request.POST or None, request.FILES or None, missing=missing_papers(row))
    return _form(request, row, form, drafting.add_claim_paper, Step("上传材料", "上传", "材料已上传。", "claim.draft", require_edit_claim))


@login_required
@require_POST
def file(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, drafting.file_claim, "claim.file", "申请已报送省中心核验。")


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    step = Step("撤回申请", "撤回", "申请已撤回。", "claim.withdraw", require_withdraw_claim, hints.withdraw_hints(row))
    return _form(request, row, ReasonForm(request.POST or None), drafting.withdraw_claim, step)


@login_required
def check(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    form = ClaimCheckForm(request.POST or None, initial={"version": row.version})
    done = "材料核验通过，已转市科技局、镇政府会审。"
    step = Step("核验材料", "核验通过", done, "claim.check", require_check_claim, hints.check_hints(row))
    return _form(request, row, form, reviewing.check_claim, step)


@login_required
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    form = ClaimReturnForm(request.POST or None, initial={"version": row.version})
    step = Step("退回补正", "退回银行", "已退回银行补正，补正期间审批期限暂停。", "claim.return", require_return_claim)
    return _form(request, row, form, reviewing.return_claim, step)


@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    done = "会审意见已起草，等待复核人签署。"
    step = Step("起草会审意见", "提交签署", done, "claim.review", require_review_claim, hints.review_hints(row))
    return _form(request, row, ClaimWordForm(request.POST or None), reviewing.review_claim, step)


@login_required
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, reviewing.sign_claim, "claim.sign", "会审意见已签署。")


@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    done = "审定意见已拟定，等待复核人审定。"
    step = Step("拟定审定意见", "提交审定", done, "claim.propose", require_propose_claim, hints.propose_hints(row))
    return _form(request, row, ClaimWordForm(request.POST or None), deciding.propose_claim, step)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, deciding.decide_claim, "claim.decide", lambda done: f"已审定，申请状态：{done.get_status_display()}。")


@login_required
@require_POST
def fund(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, deciding.fund_claim, "claim.decide", "资金已转入应付代偿款，请两个账户的出资人签发划款通知书。")


@login_required
def instruct(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    require(user, "claim.instruct")
    row = visible_claim(user, pk)
    account = account_of_owner(row.programme_id, user.organisation_id)
    step = Step(
        "签发划款通知书",
        "签发",
        "划款通知书已签发，银行收到通知。",
        "claim.instruct",
        lambda user, row: paying.require_notice(row, account, user),
        hints.instruct_hints(row, account),
        {"account": account},
    )
    return _form(request, row, NoticeForm(request.POST or None), paying.issue_notice, step)


@login_required
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    due = _due(row)
    form = ClaimPaymentForm(request.POST or None, due=due, initial={"paid_on": today()})
    step = Step("录入划款", "提交复核", "划款已录入，等待本行复核。", "claim.pay", paying.require_to_pay, hints.pay_hints(row, due))
    return _form(request, row, form, paying.pay_claim, step)


@login_required
def unpay(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_claim(person(request), pk)
    may = ("claim.pay", "claim.confirm_payment")
    step = Step("退回划款录入", "退回", "划款录入已退回。", may, require_unpay_claim)
    return _form(request, row, ReasonForm(request.POST or None), paying.unpay_claim, step)


@login_required
@require_POST
def confirm_payment(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, paying.confirm_payment, "claim.confirm_payment", "代偿划款已复核入账，贷款转为已代偿；请继续追偿。")


@dataclass(frozen=True, slots=True)
class Step:
    """A form of a claim: its words, its permission, what its page asks before it is shown, what to look at, what goes with it."""

    title: str
    submit: str
    success: str
    action: str | tuple[str, ...]
    check: Callable[[User, Claim], object]
    hints: Sequence[Fact] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def _form(request: HttpRequest, row: Claim, form: Form, service: Service, step: Step) -> HttpResponse:
    """The one page of such a form; whatever it writes, the claim's page is next."""
    return submit(
        request,
        form,
        service,
        action=step.action,
        check=partial(step.check, person(request), row),
        values={"claim": row, **step.values},
        template=FORM,
        context={
            "title": f"{step.title}：{worded(row.loan, str(row))}",
            "submit": step.submit,
            "back": row.get_absolute_url(),
            "hints": hints.claim_hints(row) if step.hints is None else step.hints,
        },
        success=worded(row.loan, step.success),
        redirect_to=row.get_absolute_url(),
    )


def _act(request: HttpRequest, pk: int, service: Service, action: str, success: str | Callable[[Claim], str]) -> HttpResponse:
    """A button of the claim's page."""
    row = visible_claim(person(request), pk)
    said = success if callable(success) else lambda done: success
    return act(request, row, service, action=action, success=lambda done: worded(row.loan, said(done)))


def _due(row: Claim) -> list[tuple[PaymentNotice, Decimal]]:
    """What each account has to pay; nothing where the page says why it cannot be paid."""
    try:
        return paying.require_payable(row)
    except Refusal:
        return []
