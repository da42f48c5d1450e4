"""Pages of recoveries."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parties.selectors import timeline
from parties.web import get_visible

from ..models import Recovery
from ..pages import recoveries as page
from ..pages.claim_papers import recovery_papers


@login_required
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Recovery, request.user, pk)
    context = {
        "row": row,
        "title": f"追偿回款：{row.loan.enterprise_name}",
        "facts": page.facts(row),
        "timeline": timeline(row),
        "papers": recovery_papers(row.loan),
    }
    return render(request, "loans/recovery.html", context)
