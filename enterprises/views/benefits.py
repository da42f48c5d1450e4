"""Pages of 成效: the list, and the form on an enterprise's page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from common.http import today
from parties.permissions import require
from parties.web import get_visible, person, submit
from reserve.models import Programme

from ..forms import BenefitForm
from ..lists import BenefitList
from ..models import Enterprise, EnterpriseBenefit
from ..selectors import with_superseded
from ..services.benefits import enter_benefit


@login_required
def benefit_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    rows = with_superseded(EnterpriseBenefit.objects.visible_to(person(request)))
    return BenefitList(request, rows.select_related("enterprise", "programme", "entered_by")).render()


@login_required
def benefit_enter(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = get_visible(Enterprise, user, pk)
    programmes = Programme.objects.visible_to(user).filter(enterprise_links__enterprise=found)
    return submit(
        request,
        BenefitForm(request.POST or None, programmes=programmes, on=today()),
        enter_benefit,
        action="benefit.enter",
        template="components/form_page.html",
        values={"enterprise": found},
        success=lambda made: f"{made.period_cn}成效已填报。",
        context={"title": f"填报成效：{found.name}", "back": found.get_absolute_url()},
    )
