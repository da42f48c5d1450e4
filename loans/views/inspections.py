"""Pages of inspections."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from common.http import today
from parties.permissions import require
from parties.web import person, submit
from reserve.quarters import Quarter

from ..forms import InspectionForm
from ..models import Inspection, Loan
from ..pages import inspections as page
from ..pages.loans import visible_loan
from ..selectors.inspections import owed_by, owes_inspection, with_inspection
from ..services.inspections import enter_inspection
from ..watching import InspectionDueList, InspectionList


@login_required
def inspection_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = Inspection.objects.visible_to(person(request)).select_related("loan__bank", "loan__programme", "entered_by")
    return InspectionList(request, rows).render()


@login_required
def due(request: HttpRequest) -> HttpResponseBase:
    """Loans whose inspection for the last or the present quarter is not made."""
    require(person(request), "programme.read")
    rows = Loan.objects.visible_to(person(request)).filter(owes_inspection(today())).select_related("bank", "programme")
    return InspectionDueList(request, with_inspection(rows, today()), on=today()).render()


@login_required
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_loan(person(request), pk)
    owed = owed_by(row, today())
    return submit(
        request,
        InspectionForm(request.POST or None, initial={"inspected_on": today(), "quarter": owed or Quarter.of(today())}),
        enter_inspection,
        action="inspection.enter",
        values={"loan": row},
        template="components/form_page.html",
        context={
            "title": f"登记贷后检查：{row.enterprise_name}",
            "submit": "登记",
            "draft": True,
            "back": row.get_absolute_url(),
            "hints": page.hints(row, owed),
        },
        success=lambda made: f"{Quarter.parse(made.quarter).label_cn}贷后检查已登记，结论：{made.get_result_display()}。",
        redirect_to=row.get_absolute_url(),
    )
