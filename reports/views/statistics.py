"""The published figures of a programme on any day, with the rows behind each, and as files."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from reserve.models import Programme

from ..pages import DECLARED_NOTE, figure_cards, industry_chart, quarter_chart, size_chart, tables
from ..selectors.statistics import Statistics, statistics
from .asked import asked


@login_required
def overview(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&as_of=`; `&export=xlsx|csv&table=quarter|size|industry` gives one breakdown as a file."""
    want = asked(request, reverse("reports:statistics"), "统计")
    if want.programme is None:
        return want.page()
    figures = statistics(want.programme, want.as_of)
    breakdowns = tables(want.programme, figures)
    if "export" in request.GET:
        return want.file(breakdowns, DECLARED_NOTE)
    return want.page(
        numbers=figure_cards(want.programme, figures),
        note=f"累计申报准备金（推算）{DECLARED_NOTE}",
        breakdowns=want.with_files(breakdowns),
        charts=_charts(want.programme, figures),
    )


def _charts(programme: Programme, figures: Statistics) -> list[Any]:
    if not figures.by_quarter:
        return []
    return [quarter_chart(programme, figures.by_quarter, figures.as_of), size_chart(programme, figures), industry_chart(programme, figures)]
