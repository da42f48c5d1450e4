"""Pages of arrears: the ageing table with the loans behind each of its rows, and the overdue rate over time."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from common.http import today
from loans.models import Loan
from loans.selectors.blocking import cover_blocks
from parties.permissions import require
from parties.web import person
from reserve.enums import ProgrammeStatus

from ..arrears import AGEING_NOTE, RATE_NOTE, ageing_table, kept_chart, kept_table, rate_chart, rate_table
from ..enums import Step
from ..forms import StatisticsForm
from ..lists import AgeingLoanList
from ..selectors.arrears import ageing, owing
from ..selectors.overdue import kept_rates, overdue_rates, read_step
from .asked import Asked, asked


@login_required
def ageing_page(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&as_of=`; `&export=xlsx|csv&table=all|…` gives the table of the programme or of one bank as a file."""
    want = asked(request, reverse("reports:ageing"), "逾期账龄")
    if want.programme is None:
        return want.page()
    tables = [ageing_table(want.programme, found, want.as_of) for found in ageing(want.programme, want.as_of)]
    if "export" in request.GET:
        return want.file(tables, AGEING_NOTE)
    return want.page(note=AGEING_NOTE, breakdowns=want.with_files(tables), tabs=_tabs(want))


@login_required
def overdue_rate(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&as_of=&step=quarter|month`; `&export=xlsx|csv&table=all|…` gives one series as a file."""
    step = read_step(request.GET.get("step", ""))
    want = asked(request, reverse("reports:overdue_rate"), "逾期率", step=step.value)
    if want.programme is None:
        return want.page()
    series, kept = overdue_rates(want.programme, want.as_of, step), kept_rates(want.programme, want.as_of)
    tables = [*(rate_table(want.programme, found) for found in series), *map(kept_table, kept)]
    if "export" in request.GET:
        return want.file(tables, RATE_NOTE)
    charts = [*([rate_chart(want.programme, series)] if series else []), *([kept_chart(kept[0])] if kept else [])]
    blocks = cover_blocks(want.programme, today()) if want.programme.status == ProgrammeStatus.ACTIVE else []
    return want.page(note=RATE_NOTE, breakdowns=want.with_files(tables), charts=charts, blocks=blocks, tabs=_tabs(want, step))


def _tabs(want: Asked, current: Step | None = None) -> list[tuple[str, str, bool]]:
    """The ageing table and the rate at each step, of the same programme and day: label, address, whether it is this page."""
    rates = [(f"逾期率（{step.label}）", want.address("reports:overdue_rate", step=step.value), step == current) for step in Step]
    return [("账龄", want.address("reports:ageing"), current is None), *rates]


@login_required
def ageing_loans(request: HttpRequest) -> HttpResponseBase:
    """The loans behind a row: `?programme=&as_of=&bank=&bucket=`."""
    require(person(request), "programme.read")
    form = StatisticsForm(request.GET)  # a day that cannot be read is the list's own error
    day = (form.cleaned_data["as_of"] if form.is_valid() else None) or today()
    return AgeingLoanList(request, owing(Loan.objects.visible_to(person(request)).select_related("bank", "programme"), day)).render()
