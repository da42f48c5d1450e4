"""Pages of the bank's statements 对账: list, entry, the statement beside the ledger, explanations."""

from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.page import Fact
from parties.carriers import papers_link
from parties.permissions import may, require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..enums import StatementStatus
from ..forms import ExplanationForm, ReasonForm, StatementForm
from ..lists import BankStatementList
from ..models import BankStatement, StatementExplanation
from ..pages import statements as page
from ..permissions import check_discard_explanation, check_discard_statement
from ..selectors.statements import reconciliation, reconciliations
from ..services import statements as services

FORM = "components/form_page.html"
RELATED = ("account__funder", "account__bank", "account__programme", "programme", "entered_by", "discarded_by")
EITHER = ("statement.explain", "statement.accept")


@login_required
def bank_statement_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = BankStatement.objects.visible_to(user).select_related("account__funder", "programme", "entered_by")
    found = reconciliations(rows.filter(status=StatementStatus.SENT))
    return BankStatementList(request, rows, found=found).render(may_enter=may(user, "statement.enter"))


@login_required
def bank_statement(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = person(request), _statement(request, pk)
    found = reconciliation(row) if row.status == StatementStatus.SENT else None
    context = {
        "title": str(row),
        "statement": row,
        "found": found,
        "facts": page.facts(row, found),
        "steps": page.steps(row, found),
        "differences": page.rows(user, found) if found else [],
        "lines": row.lines.order_by("position"),
        "actions": page.actions(user, row),
        "timeline": timeline(row),
        "papers": [papers_link(row)],
    }
    return render(request, "reserve/bank_statement.html", context)


@login_required
def bank_statement_enter(request: HttpRequest) -> HttpResponse:
    account = request.GET.get("account", "")
    form = StatementForm(request.POST or None, request.FILES or None, user=person(request), initial={"account": account})
    return submit(
        request,
        form,
        services.enter_statement,
        action="statement.enter",
        template=FORM,
        context={
            "title": "报送银行对账单",
            "submit": "报送并核对",
            "back": reverse("reserve:bank_statement_list"),
            "hints": [
                Fact("怎样核对", "与账簿的银行存款按日期、收支、金额、回单号逐笔核对，按起息日"),
                Fact("有差异的", "由本行说明，账户所属单位的复核人确认；补记、更正后自动消除"),
            ],
        },
        success="对账单已报送，并与账簿核对。",
    )


@login_required
def bank_statement_discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = _statement(request, pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.discard_statement,
        action="statement.enter",
        check=partial(check_discard_statement, person(request), row),
        values={"bank_statement": row},
        template=FORM,
        context={"title": f"作废：{row}", "submit": "作废", "back": row.get_absolute_url()},
        success="对账单已作废，可以重新报送。",
    )


@login_required
def difference_explain(request: HttpRequest, pk: int) -> HttpResponse:
    """`?kind=&line=&ledger_entry=`: which difference, as the statement's page lists it."""
    row = _statement(request, pk)
    asked = _asked(request)
    return submit(
        request,
        ExplanationForm(request.POST or None),
        services.explain_difference,
        action="statement.explain",
        check=partial(services.listed, row, **asked),
        values={"bank_statement": row, **asked},
        template=FORM,
        context={
            "title": "说明对账差异",
            "submit": "提交确认",
            "back": row.get_absolute_url(),
            "hints": page.explanation_hints(row, **asked),
        },
        success="说明已提交，等待账户所属单位确认。",
    )


@login_required
@require_POST
def explanation_accept(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(StatementExplanation, person(request), pk)
    return act(request, found, services.accept_explanation, action="statement.accept", success="差异说明已确认。")


@login_required
def explanation_discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(StatementExplanation, person(request), pk)
    return submit(
        request,
        ReasonForm(request.POST or None),
        services.discard_explanation,
        action=EITHER,
        check=partial(check_discard_explanation, person(request), found),
        values={"statement_explanation": found},
        template=FORM,
        context={"title": "作废差异说明", "submit": "作废", "back": found.get_absolute_url(), "hints": [Fact("说明", found.text)]},
        success="差异说明已作废，差异重新待说明。",
    )


def _statement(request: HttpRequest, pk: int) -> BankStatement:
    found: BankStatement = get_visible(BankStatement, person(request), pk)
    return BankStatement.objects.select_related(*RELATED).get(pk=found.pk)  # type: ignore[no-any-return]


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The kind and the sides the address names; what is no key names none."""
    texts = {name: request.GET.get(name, "") for name in ("line", "ledger_entry")}
    sides = {name: int(text) if text.isdecimal() and len(text) < 19 else None for name, text in texts.items()}
    return {"kind": request.GET.get("kind", ""), **sides}
