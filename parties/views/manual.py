"""Help: what the manual says of a page, and the manual."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from common import manual, navigation
from common.terms import TERMS


@login_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """`?page=loans:loan_list`: the route one comes from; one the manual has nothing on shows the manual alone."""
    titles = navigation.topics(request.GET.get("page", ""))
    return render(request, "parties/help.html", {"about": list(manual.about(titles)), "sections": manual.sections()})


@login_required
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """Every word that is explained on some page."""
    return render(request, "parties/terms.html", {"terms": TERMS.items()})
