"""Reports of a period of one programme: a page, and the same as PDF or XLSX."""

from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from common.errors import InvalidInput
from common.http import today
from parties.permissions import require
from parties.web import person
from reserve.choice import choose
from reserve.models import Programme
from reserve.periods import Period, PeriodKind

from ..documents import Document
from ..effect_report import effect_document
from ..forms import ReportPeriodForm
from ..renderers.report import to_pdf, to_xlsx
from ..reserve_report import reserve_document
from ..selectors.effect_report import KINDS as HALVES_AND_YEARS
from ..selectors.effect_report import effect_reports
from ..selectors.periods import period_asked, periods_of
from ..selectors.reserve_report import KINDS as QUARTERS_AND_YEARS
from ..selectors.reserve_report import reserve_report
from .papers import XLSX, file_response

RENDERERS: dict[str, tuple[str, Callable[[Document], bytes]]] = {"pdf": ("application/pdf", to_pdf), "xlsx": (XLSX, to_xlsx)}
Build = Callable[[Programme, Period, date, str], Document]


@login_required
def reserve_report_page(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&period=2013Q2|2013`; `&export=pdf|xlsx` gives the paper."""

    def build(programme: Programme, period: Period, on: date, organisation: str) -> Document:
        return reserve_document(reserve_report(programme, period, on), printed_on=on, prepared_by=organisation)

    return _answer(request, "准备金收支", QUARTERS_AND_YEARS, build)


@login_required
def effect_report_page(request: HttpRequest) -> HttpResponseBase:
    """`?programme=&period=2013H1|2013`; `&export=pdf|xlsx` gives the paper."""

    def build(programme: Programme, period: Period, on: date, organisation: str) -> Document:
        halves = [half for half in period.halves() if half != period and half.start <= on]
        *beside, found = effect_reports(programme, [*halves, period], on)
        return effect_document(found, beside, printed_on=on, prepared_by=organisation)

    return _answer(request, "上报省的半年报、年报", HALVES_AND_YEARS, build)


def _answer(request: HttpRequest, title: str, kinds: Sequence[PeriodKind], build: Build) -> HttpResponseBase:
    """Raises: NotAllowed, NotFound (a foreign programme), InvalidInput (a period or kind of file there is none of)."""
    user, on = person(request), today()
    require(user, "programme.read")
    kind, asked = request.GET.get("export", ""), request.GET.get("period", "")
    choice = choose(request, request.path, **({"period": asked} if asked else {}))
    if choice.programme is None:
        return render(request, "reports/report.html", {"title": title, "programme": None})
    period = period_asked(choice.programme, asked, kinds, on)
    document = build(choice.programme, period, on, user.organisation.name if user.organisation else "")
    if kind:
        return _file(document, kind)
    form = ReportPeriodForm(periods_of(choice.programme, kinds, on), initial={"period": str(period)})
    address = f"{reverse(request.resolver_match.view_name)}?{urlencode({'programme': choice.programme.code, 'period': str(period)})}"  # type: ignore[union-attr]
    context = {"title": title, "programme": choice.programme, "programmes": choice.links, "document": document, "form": form}
    return render(request, "reports/report.html", context | {"files": {one: f"{address}&export={one}" for one in RENDERERS}})


def _file(document: Document, kind: str) -> HttpResponseBase:
    if kind not in RENDERERS:
        raise InvalidInput("报表只能下载为 PDF 或 Excel（xlsx）；请从页面上的按钮下载。")
    content_type, to_file = RENDERERS[kind]
    return file_response(to_file(document), content_type, f"{document.file_name}.{kind}", inline=kind == "pdf")
