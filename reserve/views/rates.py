"""Pages of reference rates and of the scheduler's runs."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from common.display import rate
from common.errors import NotFound
from common.page import Fact
from parties.permissions import may, require
from parties.web import person, submit

from ..enums import RateKind
from ..forms import RateForm
from ..lists import JobList, RateList
from ..models import JobRun, ReferenceRate
from ..selectors.programmes import with_superseded
from ..selectors.rates import last_rate
from ..services.rates import COLUMNS, enter_rate, title


@login_required
def rate_list(request: HttpRequest) -> HttpResponseBase:
    rows = with_superseded(ReferenceRate.objects.all(), "kind", "effective_on")
    return RateList(request, rows).render(may_enter=may(person(request), "rate.enter"))


@login_required
def rate_enter(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in RateKind.values:
        raise NotFound
    last = last_rate(kind)
    columns = [(title(name), rate(getattr(last, name)) if last else "—", name) for name in COLUMNS[kind]]
    return submit(
        request,
        RateForm(request.POST or None, kind=kind),
        enter_rate,
        action="rate.enter",
        template="components/form_page.html",
        context={
            "title": f"录入{RateKind(kind).label}",
            "submit": "保存",
            "back": reverse("reserve:rate_list"),
            "hints": [Fact("已有最后一行", last.effective_on if last else None), *(Fact(name, old) for name, old, _ in columns)],
            "confirm": f"将录入{RateKind(kind).label}，自 {{effective_on}} 起："
            + "；".join(f"{name}由 {old} 改为 {{{column}}}（{{{column}_unit}}）" for name, old, column in columns)
            + "。已按原利率核对过的审批和放款不变。",
        },
        success="参考利率已录入。",
    )


@login_required
def job_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "job.read")
    return JobList(request, JobRun.objects.all()).render()
