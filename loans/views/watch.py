"""The watch list."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from common.http import today
from parties.web import person

from ..models import Loan
from ..selectors.watch import watched
from ..watching import WatchList


@login_required
def watch_list(request: HttpRequest) -> HttpResponseBase:
    rows = watched(Loan.objects.visible_to(person(request)).select_related("bank", "programme"), today())
    return WatchList(request, rows, on=today()).render()
