"""The watch list."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from common.http import today
from parties.permissions import require
from parties.web import person

from ..models import Loan
from ..selectors.watch import watched, with_reasons
from ..watching import WatchList


@login_required
def watch_list(request: HttpRequest) -> HttpResponseBase:
    require(person(request), "programme.read")
    loans = Loan.objects.visible_to(person(request)).select_related("bank", "programme")
    return WatchList(request, watched(loans, today()), details=with_reasons(loans, today()), on=today()).render()
