"""Pages of interest on the accounts: list, entry, payout, and the steps of the pair."""

from functools import partial

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.page import Fact
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..forms import InterestForm, PayoutForm, ReasonForm
from ..lists import InterestList
from ..models import AccountInterest, InterestReversal, ReserveAccount
from ..pages import interest as page
from ..permissions import check_discard_interest, check_discard_interest_reversal, check_reverse_interest
from ..services import interest as services
from ..services import interest_reversals as reversals

FORM = "components/form_page.html"
RELATED = ("account__funder", "account__bank", "account__programme", "programme", "entered_by", "confirmed_by", "entry")
EITHER = ("interest.enter", "interest.confirm")


@login_required
def interest_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = AccountInterest.objects.visible_to(user).select_related("account__funder", "programme", "entered_by", "confirmed_by")
    return InterestList(request, rows).render(may_enter=may(user, "interest.enter"))


@login_required
def interest(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = AccountInterest.objects.select_related(*RELATED).get(pk=get_visible(AccountInterest, user, pk).pk)
    taken_back = list(found.reversals.select_related("entered_by", "confirmed_by", "entry"))
    context = {
        "title": str(found),
        "interest": found,
        "reversals": taken_back,
        "facts": page.facts(found),
        "steps": page.steps(found),
        "actions": page.actions(user, found, taken_back),
        "timeline": timeline(found),
    }
    return render(request, "reserve/interest.html", context)


@login_required
def interest_enter(request: HttpRequest) -> HttpResponse:
    return submit(
        request,
        InterestForm(request.POST or None, user=person(request), initial={"account": request.GET.get("account")}),
        services.enter_interest,
        action="interest.enter",
        template=FORM,
        context={
            "title": "录入利息入账",
            "submit": "提交复核",
            "back": reverse("reserve:interest_list"),
            "hints": [Fact("录入以后", "由本行复核人复核，利息计入产生它的账户的可用准备金")],
        },
        success="利息已录入，等待本行复核。",
    )


@login_required
def interest_pay_out(request: HttpRequest) -> HttpResponse:
    user, asked = person(request), request.GET.get("account", "")
    account = ReserveAccount.objects.visible_to(user).filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None
    return submit(
        request,
        PayoutForm(request.POST or None, user=user, initial={"account": account}),
        services.enter_payout,
        action="interest.enter",
        template=FORM,
        context={
            "title": "录入利息划出",
            "submit": "提交复核",
            "back": reverse("reserve:interest_list"),
            "hints": page.payout_hints(account),
        },
        success="利息划出已录入，等待本行复核。",
    )


@login_required
@require_POST
def interest_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(AccountInterest, person(request), pk)
    return act(request, found, services.confirm_interest, action="interest.confirm", success="账户利息已复核，已记账。")


@login_required
def interest_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(AccountInterest, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.discard_interest,
        action=EITHER,
        check=partial(check_discard_interest, person(request), found),
        values={"account_interest": found},
        template=FORM,
        context={"title": f"作废：{found}", "submit": "作废", "back": found.get_absolute_url()},
        success="账户利息录入已作废。",
    )


@login_required
def interest_reverse(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(AccountInterest, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        reversals.enter_interest_reversal,
        action="interest.enter",
        check=partial(check_reverse_interest, person(request), found),
        values={"account_interest": found},
        template=FORM,
        context={
            "title": f"冲正：{found}",
            "submit": "提交复核",
            "back": found.get_absolute_url(),
            "hints": page.facts(found),
        },
        success="冲正已提出，等待本行复核。",
    )


@login_required
@require_POST
def interest_reversal_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(InterestReversal, person(request), pk)
    return act(request, found, reversals.confirm_interest_reversal, action="interest.confirm", success="冲正已复核，已记账。")


@login_required
def interest_reversal_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(InterestReversal, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        reversals.discard_interest_reversal,
        action=EITHER,
        check=partial(check_discard_interest_reversal, person(request), found),
        values={"interest_reversal": found},
        template=FORM,
        context={"title": str(found), "submit": "作废冲正", "back": found.get_absolute_url()},
        success="冲正已作废。",
    )
