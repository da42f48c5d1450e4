"""Home by role."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "components/home_page.html", {"title": "首页", "todos": [], "numbers": [], "charts": []})
