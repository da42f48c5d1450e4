"""The board of days: what falls due, of whatever app."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from common.http import today
from parties.permissions import require
from parties.web import person
from reserve.calendar import workday_table

from ..enums import DueKind
from ..lists import BoardList
from ..selectors.board import SPANS, board, span_of


@login_required
def due_board(request: HttpRequest) -> HttpResponseBase:
    """`?within=10|20|30&kind=&organisation=&programme=`."""
    user, on, table = person(request), today(), workday_table()
    require(user, "programme.read")
    rows = board(user, span_of(SPANS[0], on, table), kind=DueKind.MATURITY)  # the filter puts all it is asked for in their place
    return BoardList(request, rows, on=on, table=table).render(own=user.organisation_id)
