"""The search over everything."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parties.permissions import require
from parties.web import person

from ..searching import find, refused


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """`?q=`"""
    user = person(request)
    require(user, "programme.read")
    query = request.GET.get("q", "").strip()
    reason = refused(query)
    context = {"query": query, "reason": reason, "groups": [] if reason else find(request, user, query)}
    return render(request, "reports/search.html", context, status=400 if query and reason else 200)
