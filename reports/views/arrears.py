"""Pages of arrears: the ageing table and the loans behind each of its rows."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from common.http import today
from loans.models import Loan
from parties.web import person

from ..arrears import AGEING_NOTE, ageing_table
from ..forms import StatisticsForm
from ..lists import AgeingLoanList
from ..selectors.arrears import ageing, owing
from .asked import asked


@login_required
def ageing_page(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&as_of=`; `&export=xlsx|csv&table=all|…` gives the table of the programme or of one bank as a file."""
    want = asked(request, reverse("reports:ageing"), "逾期账龄")
    if want.programme is None:
        return want.page()
    tables = [ageing_table(want.programme, found, want.as_of) for found in ageing(want.programme, want.as_of)]
    if "export" in request.GET:
        return want.file(tables, AGEING_NOTE)
    return want.page(note=AGEING_NOTE, breakdowns=want.with_files(tables), charts=[], numbers=[])


@login_required
def ageing_loans(request: HttpRequest) -> HttpResponseBase:
    """The loans behind a row: `?programme=&as_of=&bank=&bucket=`."""
    form = StatisticsForm(request.GET)  # a day that cannot be read is the list's own error
    day = (form.cleaned_data["as_of"] if form.is_valid() else None) or today()
    return AgeingLoanList(request, owing(Loan.objects.visible_to(person(request)).select_related("bank", "programme"), day)).render()
