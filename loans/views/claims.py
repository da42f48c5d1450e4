"""Pages of claims."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parties.selectors import timeline
from parties.web import get_visible

from ..models import Claim
from ..pages import claims as page
from ..pages.claim_papers import claim_papers


@login_required
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_visible(Claim, request.user, pk)
    context = {
        "row": row,
        "title": f"{row}：{row.loan.enterprise_name}",
        "facts": page.facts(row),
        "timeline": timeline(row),
        "papers": claim_papers(row),
    }
    return render(request, "loans/claim.html", context)
