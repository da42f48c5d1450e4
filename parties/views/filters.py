"""The filters a person keeps: of one list in its menu, of all lists on a page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.shown import Shown

from ..forms import FilterForm, FilterNameForm
from ..models import SavedFilter
from ..services import filters
from ..web import act, get_visible, person, submit


@login_required
@require_GET
def saved_filters(request: HttpRequest) -> HttpResponse:
    """One's own filters: for `?list=` (what a list signed) those of that list and the form that keeps what it shows; else all."""
    shown = Shown.read(request.GET.get("list", ""))
    rows = SavedFilter.objects.visible_to(person(request))
    context = {
        "title": "常用筛选",
        "shown": shown,
        "form": FilterForm(initial={"shown": request.GET.get("list")}),
        "rows": rows.filter(path=shown.path) if shown else rows,
    }
    part = request.headers.get("HX-Target") == "saved-filters"
    return render(request, "parties/saved_filters_menu.html" if part else "parties/saved_filters.html", context)


@login_required
def saved_filter_save(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.POST or None, initial={"shown": request.GET.get("list")})
    context = {"title": "保存当前筛选", "back": reverse("parties:saved_filters")}
    done = "已保存，以后在“常用筛选”中一按即用。"
    return submit(request, form, filters.save_filter, template="components/form_page.html", context=context, success=done)


@login_required
def saved_filter_rename(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(SavedFilter, request.user, pk)
    back = reverse("parties:saved_filters")
    return submit(
        request,
        FilterNameForm(request.POST or None, initial={"name": row.name}),
        filters.rename_filter,
        values={"saved_filter": row},
        template="components/form_page.html",
        context={"title": f"重命名“{row.name}”", "back": back},
        success=lambda renamed: f"已改名为“{renamed.name}”。",
        redirect_to=back,
    )


@login_required
@require_POST
def saved_filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(SavedFilter, request.user, pk)
    return act(request, row, filters.delete_filter, success=f"已删除“{row.name}”。", redirect_to=reverse("parties:saved_filters"))
