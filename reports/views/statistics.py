"""The published figures of a programme on any day, with the rows behind each, and as files."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from common import export
from common.display import iso
from common.errors import InvalidInput
from common.http import today
from parties.permissions import require
from parties.web import person
from reserve.models import Programme

from ..forms import StatisticsForm
from ..pages import DECLARED_NOTE, FigureTable, figure_cards, industry_chart, quarter_chart, size_chart, tables
from ..selectors.statistics import Statistics, statistics
from .programmes import choose


@login_required
def overview(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&as_of=`; `&export=xlsx|csv&table=quarter|size|industry` gives one breakdown as a file."""
    require(person(request), "programme.read")
    form = StatisticsForm(request.GET if "as_of" in request.GET else None, initial={"as_of": today()})
    valid = not form.is_bound or form.is_valid()
    as_of = (form.cleaned_data["as_of"] if form.is_bound and valid else None) or today()
    choice = choose(request, reverse("reports:statistics"), **({"as_of": iso(as_of)} if as_of != today() else {}))
    context: dict[str, Any] = {"title": "统计", "form": form, "programme": choice.programme, "programmes": choice.links, "as_of": as_of}
    if choice.programme is None or not valid:
        return render(request, "reports/statistics.html", context, status=200 if valid else 400)
    figures = statistics(choice.programme, as_of)
    breakdowns = tables(choice.programme, figures)
    if "export" in request.GET:
        return _file(request, choice.programme, figures, breakdowns)
    context |= {
        "figures": figures,
        "numbers": figure_cards(choice.programme, figures),
        "note": DECLARED_NOTE,
        "breakdowns": [(table, _export_urls(choice.programme, as_of, table)) for table in breakdowns],
        "charts": _charts(choice.programme, figures),
    }
    return render(request, "reports/statistics.html", context)


def _charts(programme: Programme, figures: Statistics) -> list[Any]:
    if not figures.by_quarter:
        return []
    return [quarter_chart(programme, figures), size_chart(programme, figures), industry_chart(programme, figures)]


def _export_urls(programme: Programme, as_of: date, table: FigureTable) -> dict[str, str]:
    base = f"{reverse('reports:statistics')}?programme={programme.code}&as_of={as_of}&table={table.key}"
    return {kind: f"{base}&export={kind}" for kind in export.WRITERS}


def _file(request: HttpRequest, programme: Programme, figures: Statistics, breakdowns: list[FigureTable]) -> HttpResponseBase:
    kind, key = request.GET["export"], request.GET.get("table", "quarter")
    table = next((one for one in breakdowns if one.key == key), None)
    if kind not in export.WRITERS or table is None:
        raise InvalidInput("只能把“分季度”“企业规模”“所属行业”导出为 Excel（xlsx）或 CSV；请从页面上的按钮导出。")
    notes = [f"项目：{programme.name}", f"截至：{figures.as_of}", DECLARED_NOTE]
    title = f"统计_{programme.code}_{table.title}_{figures.as_of}"
    return export.WRITERS[kind](export.Table(title, table.heads, table.rows, table.totals, notes))
