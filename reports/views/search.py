"""The search over everything."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from parties.permissions import require
from parties.web import person

from ..searching import find, refused, suggest


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """`?q=`"""
    user = person(request)
    require(user, "programme.read")
    query = request.GET.get("q", "").strip()
    reason = refused(query)
    context = {"query": query, "reason": reason, "groups": [] if reason else find(request, user, query)}
    return render(request, "reports/search.html", context, status=400 if query and reason else 200)


@login_required
@require_GET
def search_suggest(request: HttpRequest) -> HttpResponse:
    """`?q=`: the first hits and, last, the page of all: `{"options": [{"value": …, "hint": …, "url": …}]}`; 204: too little was typed."""
    user = person(request)
    require(user, "programme.read")
    query = request.GET.get("q", "").strip()
    if refused(query):
        return HttpResponse(status=204)
    hits = suggest(request, user, query)
    options = [{"value": hit.name, "hint": f"{kind.label} · {hit.detail}", "url": hit.url} for kind, hit in hits]
    every = {"value": "查看全部结果", "hint": "", "url": f"{reverse('reports:search')}?{urlencode({'q': query})}"}
    return JsonResponse({"options": [*options, every] if options else []})
