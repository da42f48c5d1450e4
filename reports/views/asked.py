"""What a page of figures is asked for: `?programme=&as_of=`, one programme as it stood on a day; its tables as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from common import export
from common.display import iso
from common.errors import InvalidInput
from common.http import today
from parties.permissions import require
from parties.web import person
from reserve.choice import Choice, choose
from reserve.models import Programme

from ..forms import StatisticsForm
from ..pages import FigureTable

TEMPLATE = "reports/figures.html"


@dataclass(frozen=True, slots=True)
class Asked:
    """The day and the programmes to choose from; `valid`: the day could be read. `kept`: the page's other parameters."""

    request: HttpRequest
    title: str
    form: StatisticsForm
    as_of: date
    choice: Choice
    valid: bool
    kept: Mapping[str, str]

    @property
    def programme(self) -> Programme | None:
        """The programme to show, None where there is none or the day could not be read."""
        return self.choice.programme if self.valid else None

    def page(self, template: str = TEMPLATE, **context: Any) -> HttpResponse:
        """The page with what it was asked for."""
        shared = {"title": self.title, "form": self.form, "as_of": self.as_of, "kept": self.kept, "charts": [], "tabs": [], "blocks": []}
        shared |= {"programme": self.choice.programme, "programmes": self.choice.links}
        return render(self.request, template, shared | context, status=200 if self.valid else 400)

    def with_files(self, tables: Sequence[FigureTable]) -> list[tuple[FigureTable, dict[str, str]]]:
        """Each table with the addresses of its files."""
        return [(table, {kind: self.address(**self.kept, table=table.key, export=kind) for kind in export.WRITERS}) for table in tables]

    def address(self, page: str = "", **parameters: str) -> str:
        """Another page, or this one, of the same programme and day."""
        code = self.programme.code if self.programme else ""
        path = reverse(page) if page else self.request.path
        return f"{path}?{urlencode({'programme': code, 'as_of': iso(self.as_of), **parameters})}"

    def file(self, tables: Sequence[FigureTable], note: str) -> HttpResponseBase:
        """The table that the address names (the first where it names none) as a file: `&export=xlsx|csv&table=…`.

        Raises:
            InvalidInput: a kind of file or a table there is none of.
        """
        kind, key = self.request.GET["export"], self.request.GET.get("table") or next((one.key for one in tables), "")
        table = next((one for one in tables if one.key == key), None)
        if kind not in export.WRITERS or table is None or self.programme is None:
            names = "".join(f"“{one.title}”" for one in tables)
            raise InvalidInput(f"只能把{names}导出为 Excel（xlsx）或 CSV；请从页面上的按钮导出。")
        title = f"{self.title}_{self.programme.code}_{table.title}_{self.as_of}"
        notes = [f"项目：{self.programme.name}", f"截至：{self.as_of}", note]
        return export.WRITERS[kind](export.Table(title, table.heads, table.rows, table.totals, notes))


def asked(request: HttpRequest, url: str, title: str, **kept: str) -> Asked:
    """Read the address. One query. `kept`: the page's other parameters, which its links carry along.

    Raises:
        NotAllowed: who does not read programmes; NotFound: a programme the person does not see.
    """
    require(person(request), "programme.read")
    form = StatisticsForm(request.GET if "as_of" in request.GET else None, initial={"as_of": today()})
    valid = not form.is_bound or form.is_valid()
    as_of = (form.cleaned_data["as_of"] if form.is_bound and valid else None) or today()
    parameters = kept | ({"as_of": iso(as_of)} if as_of != today() else {})
    return Asked(request, title, form, as_of, choose(request, url, **parameters), valid, kept)
