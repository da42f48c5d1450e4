"""Pages of reference rates and of the scheduler's runs."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from common.errors import NotFound
from common.page import Fact
from parties.permissions import may, require
from parties.web import person, submit

from ..enums import RateKind
from ..forms import RateForm
from ..lists import JobList, RateList
from ..models import JobRun, ReferenceRate
from ..services.rates import enter_rate


@login_required
def rate_list(request: HttpRequest) -> HttpResponseBase:
    return RateList(request, ReferenceRate.objects.all()).render(may_enter=may(person(request), "rate.enter"))


@login_required
def rate_enter(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in RateKind.values:
        raise NotFound
    last = ReferenceRate.objects.filter(kind=kind).order_by("-effective_on").first()
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
            "hints": [Fact("单位", "年利率 %"), Fact("已有最后一行", last.effective_on if last else None)],
        },
        success="参考利率已录入。",
    )


@login_required
def job_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "job.read")
    return JobList(request, JobRun.objects.all()).render()
