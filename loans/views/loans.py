"""Pages of loans."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from common.errors import NotFound, Refusal
from common.http import today
from common.money import parse_amount
from common.page import Action
from common.related import related_to
from parties.carriers import papers_link
from parties.models import User
from parties.permissions import require
from parties.selectors import timeline
from parties.web import act, get_visible, person, submit

from ..enums import LoanStatus, RepaymentStatus
from ..forms import LoanForm, ReasonForm
from ..lists import LoanList
from ..models import CreditLine, Loan
from ..pages import changes as changes_page
from ..pages import inspections as inspections_page
from ..pages import loans as page
from ..pages import recoveries as recoveries_page
from ..pages import repayments as repayment_page
from ..pages import schedules as schedules_page
from ..pages import warnings as warnings_page
from ..pages import write_offs as write_offs_page
from ..pages.claim_papers import recovery_papers
from ..pages.claims.actions import loan_actions as claim_actions
from ..pages.loans import visible_loan
from ..pages.parts import told
from ..selectors.exposure import cover_accounts
from ..selectors.grades import GradeState, grade_state, gradings_of, with_grade
from ..selectors.register import cover_entries
from ..selectors.servicing import schedule_of
from ..services import loans as services

FORM = "components/form_page.html"
ENTRY_FORM = "loans/loan_form.html"


def _line(request: HttpRequest, pk: int) -> CreditLine:
    rows = CreditLine.objects.visible_to(person(request)).select_related("recommendation", "programme").with_drawn()
    found: CreditLine | None = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@login_required
def loan_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = with_grade(Loan.objects.visible_to(person(request)).select_related("bank"), today())
    if request.GET.get("status") != LoanStatus.DISCARDED:  # entries taken back are no loans; they are there for who asks
        rows = rows.exclude(status=LoanStatus.DISCARDED)
    return LoanList(request, rows).render(todos=page.todos(person(request)))


@login_required
def loan(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = person(request), today()
    row = visible_loan(user, pk, on)
    repayments = repayment_page.rows(user, row) if row.is_drawn else []
    made = [one.repayment for one in repayments if one.repayment.status == RepaymentStatus.CONFIRMED]
    days = (on - row.unpaid_since).days if row.unpaid_since else 0
    grade = grade_state(row, on, days) if row.is_running else None
    write_offs = write_offs_page.rows(row)
    tried = page.confirmation(user, row, on)
    context = {
        "loan": row,
        "title": f"{row.enterprise_name} {row.note_no}",
        "facts": page.facts(row, on, grade),
        "steps": page.steps(row),
        "actions": [
            *page.actions(user, row, tried),
            *_further_actions(user, row, grade),
            *recoveries_page.loan_actions(user, row, write_offs),
            *write_offs_page.loan_actions(user, write_offs),
        ],
        "warnings": row.warnings.all() if row.has_warnings else [],
        "inspections": row.inspections.select_related("entered_by") if row.has_inspections else [],
        "bank_schedules": schedules_page.bank_schedule_rows(user, row, made) if row.has_bank_schedules else [],
        "extensions": changes_page.extension_rows(user, row) if row.has_extensions else [],
        "corrections": changes_page.correction_rows(user, row) if row.has_corrections else [],
        "grade": grade,
        "gradings": grade.gradings if grade else gradings_of(row) if row.is_drawn else [],
        "repayments": repayments,
        "schedule": schedule_of(row, on) if row.status != LoanStatus.DISCARDED else [],
        "today": on,
        "entries": cover_entries(row) if row.is_drawn else [],
        "timeline": timeline(row, row.claims.all(), row.recoveries.all(), row.warnings.all()),
        "related": related_to(row, user),
        "excess": tried.excess if tried and tried.tried else page.excess_of(user, row, on),
        "recovered": recoveries_page.section(row),
        "write_offs": write_offs,
        "papers": [papers_link(row), *recovery_papers(row)],
    }
    return render(request, "loans/loan.html", context)


def _further_actions(user: User, row: Loan, grade: GradeState | None) -> list[Action]:
    if not row.is_drawn:
        return []
    watching = [*inspections_page.actions(user, row), *warnings_page.loan_actions(user, row), *claim_actions(user, row, grade)]
    return [*watching, *schedules_page.actions(user, row), *changes_page.actions(user, row)]


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    initial = {
        "annual_rate": line.annual_rate,
        "repayment_method": line.repayment_method,
        "purpose": line.recommendation.purpose,
        "disbursed_on": today(),
    }
    context = {
        "title": "录入放款",
        "submit": "提交复核",
        "back": line.get_absolute_url(),
        "hints": page.hints(person(request), line, today()),
    }
    return submit(
        request,
        LoanForm(request.POST or None, initial=initial, preview=page.preview_url(line)),
        services.enter_loan,
        action="loan.enter",
        values={"credit_line": line},
        template=ENTRY_FORM,
        context=context,
        success=lambda loan: told("放款已录入，等待复核；复核后占用准备金。", page.excess_of(person(request), loan, today())),
    )


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    line = _line(request, row.credit_line_id)
    context = {
        "title": "修改放款",
        "submit": "提交复核",
        "back": row.get_absolute_url(),
        "hints": page.hints(person(request), line, today()),
    }
    return submit(
        request,
        LoanForm(
            request.POST or None,
            initial={name: getattr(row, name) for name in (*services.FIELDS, "version")} | {"agreed": row.agreed_table},
            preview=page.preview_url(line),
        ),
        services.edit_loan,
        action="loan.enter",
        values={"loan": row},
        template=ENTRY_FORM,
        context=context,
        success=lambda loan: told("放款已修改，等待复核。", page.excess_of(person(request), loan, today())),
    )


@login_required
def earmark_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment beside the amount: what this amount would occupy, and whether both accounts can carry it."""
    line = _line(request, pk)
    try:
        mark = line.earmark_for(parse_amount(request.GET.get("amount", "")))
        parts = [(account, mark.provincial if account.is_provincial else mark.town) for account in cover_accounts(line.programme_id)]
    except Refusal as refusal:
        return render(request, "loans/earmark_preview.html", {"refusal": refusal})
    return render(request, "loans/earmark_preview.html", {"mark": mark, "parts": parts})


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Loan, request.user, pk)
    return act(
        request,
        row,
        services.confirm_loan,
        action="loan.confirm",
        success=lambda loan: told("放款已复核，准备金已占用。", page.excess_of(person(request), loan, today())),
    )


@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Loan, request.user, pk)
    return submit(
        request,
        ReasonForm(request.POST or None, initial={"version": row.version}),
        services.discard_loan,
        action=("loan.enter", "loan.confirm"),
        values={"loan": row},
        template=FORM,
        context={"title": f"作废放款录入：{row.note_no}", "submit": "作废", "back": row.get_absolute_url()},
        success="放款录入已作废。",
    )
