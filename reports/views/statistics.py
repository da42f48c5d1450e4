"""The programme's published figures."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "components/home_page.html", {"title": "统计", "todos": [], "numbers": [], "charts": []})
