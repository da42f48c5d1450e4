"""The register of enterprises; the page of one, its whole file, is `reports.views.enterprise_file`."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from common.http import today
from common.texts import unsearchable
from parties.permissions import may, require
from parties.web import get_visible, person, submit

from .. import rules
from ..forms import CategoryForm, EnterpriseForm, YearForm, working_programmes
from ..lists import EnterpriseList
from ..models import Enterprise
from ..selectors import SUGGESTED, matching, printed_identifier, recommendable, with_size
from ..services import enterprises as services

FORM = "components/form_page.html"


@login_required
def enterprise_list(request: HttpRequest) -> HttpResponseBase:
    user = person(request)
    require(user, "programme.read")
    rows = with_size(Enterprise.objects.visible_to(user)).prefetch_related("categories")
    return EnterpriseList(request, rows).render("enterprises/enterprise_list.html", may_register=may(user, "enterprise.edit"))


@login_required
@require_GET
def enterprise_suggest(request: HttpRequest) -> JsonResponse:
    """`?q=`: at most ten enterprises a draft may be about, by name: `{"options": [{"value": …, "hint": …}]}`. One query."""
    text = request.GET.get("q", "").strip()
    found = matching(recommendable(person(request)), text)[:SUGGESTED] if text and not unsearchable(text) else []
    return JsonResponse({"options": [{"value": row.name, "hint": printed_identifier(row)} for row in found]})


@login_required
def enterprise_register(request: HttpRequest) -> HttpResponse:
    user = person(request)
    initial = {"programme": working_programmes(user).first(), "industry_edition": rules.edition_on(today())}
    form = EnterpriseForm(request.POST or None, user=user, initial=initial)
    return submit(
        request,
        form,
        services.register_enterprise,
        action="enterprise.edit",
        template=FORM,
        success=lambda made: _registered(made, form),
        context={"title": "登记企业", "submit": "登记", "back": reverse("enterprises:enterprise_list")},
    )


def _registered(made: Enterprise, form: EnterpriseForm) -> str:
    """What became of a registration: a new file, or a place in this programme for one that was there, as it was."""
    if made.links.count() == 1:
        return "企业已登记。请接着登记年度指标和类别证书。"
    typed = {name: value for name, value in form.cleaned_data.items() if value and name != "name" and hasattr(made, name)}
    other = "、".join(str(form.fields[name].label) for name, value in typed.items() if value != getattr(made, name))
    kept = f"所填的{other}与档案不同，未采用；确有变动的，请用“修改登记内容”更正。" if other else ""
    return f"该企业已有档案，已加入本项目。{kept}"


@login_required
def enterprise_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Enterprise, person(request), pk)
    fields = [name for name in EnterpriseForm.base_fields if hasattr(found, name)]
    initial = {**{name: getattr(found, name) for name in fields}, "identifier": printed_identifier(found), "version": found.version}
    return submit(
        request,
        EnterpriseForm(request.POST or None, user=person(request), enterprise=found, initial=initial),
        services.update_enterprise,
        action="enterprise.edit",
        template=FORM,
        values={"enterprise": found},
        success="登记内容已修改。",
        context={"title": f"修改：{found.name}", "back": found.get_absolute_url()},
    )


@login_required
def enterprise_year(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Enterprise, person(request), pk)
    return submit(
        request,
        YearForm(request.POST or None, initial={"year": today().year - 1}),
        services.record_year,
        action="enterprise.edit",
        template=FORM,
        values={"enterprise": found},
        success="年度指标已登记，规模已按指标计算。",
        context={"title": f"年度指标：{found.name}", "back": found.get_absolute_url()},
    )


@login_required
def enterprise_category(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_visible(Enterprise, person(request), pk)
    return submit(
        request,
        CategoryForm(request.POST or None),
        services.record_category,
        action="enterprise.edit",
        template=FORM,
        values={"enterprise": found},
        success="类别证书已登记。",
        context={"title": f"类别证书：{found.name}", "back": found.get_absolute_url()},
    )
