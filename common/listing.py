"""The one way to show a list: columns declared once give table, sorting, totals and export.

    class LoanList(Listing):
        title = "贷款台账"
        columns = [
            Column("number", "借据号", link=True, sort=True),
            Column("enterprise.name", "企业名称", sort="enterprise__name"),
            Column("amount", "贷款金额（元）", kind="yuan", sort=True, total=True),
            Column("status", "状态", kind="status"),
        ]
        filterset = LoanFilter
        search = ["number", "enterprise__name"]

    def loans(request):
        return LoanList(request, Loan.objects.visible_to(request.user)).render()

The address decides everything: `q`, the filters, `sort` (`-amount` downwards), `page`, `page_size`, `export` (xlsx, csv).
What the address asks for and the list does not know is an error above the list, never ignored, and then no row is shown
or exported. Three statements at most, whatever the number of rows: totals with the count, the keys of the page, its rows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from django.core.paginator import Page
from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_filters import FilterSet

from . import export
from .columns import FORMATS, Column
from .forms import in_house_words
from .http import today
from .navigation import ProgrammeLink, hooks
from .paginator import CountedPaginator
from .shown import Shown
from .texts import unsearchable

RESERVED = frozenset({"q", "sort", "page", "page_size", "export"})
PAGE_SIZES = (20, 50, 100, 200)
EXPORT_LIMIT = 100_000


NUMBERED = re.compile(r"第?([0-9]{1,9})(\D?)")


def number_in(word: str, counter: str) -> int | None:
    """12 of “12” and of “第12批”, where `counter` is 批; None of any other word."""
    written = NUMBERED.fullmatch(word)
    return int(written[1]) if written and written[2] in ("", counter) else None


def _written(text: str) -> int:
    """The number of a page or of rows; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@dataclass(frozen=True)
class Head:
    column: Column
    url: str
    order: Literal["ascending", "descending", "none", ""]


@dataclass
class Listing:
    """See the module. Subclasses set the class attributes; the base's constructor takes request and rows.

    `details`: the same objects with all that a page shows of them, where that is less than what finds them and puts them in order.
    """

    request: HttpRequest
    queryset: QuerySet[Any]
    details: QuerySet[Any] | None = None
    errors: list[str] = field(default_factory=list)

    title: ClassVar[str] = ""
    columns: ClassVar[Sequence[Column]] = ()
    filterset: ClassVar[type[FilterSet] | None] = None
    search: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[str] = ""
    default_sort: ClassVar[str] = ""
    page_size: ClassVar[int] = 50
    unit: ClassVar[str] = "条"
    counts: ClassVar[Q] = Q()
    total_label: ClassVar[str] = "合计"
    empty: ClassVar[str] = "还没有记录。"
    empty_hint: ClassVar[str] = ""
    template: ClassVar[str] = "components/list_page.html"
    extra_parameters: ClassVar[frozenset[str]] = frozenset()

    # -- what the address asks for -------------------------------------------------------------------------------

    @cached_property
    def params(self) -> QueryDict:
        return self.request.GET

    @cached_property
    def filters(self) -> FilterSet | None:
        if self.filterset is None:
            return None
        filters = self.filterset(self.params, queryset=self.queryset, request=self.request)
        in_house_words(filters.form.fields)
        return filters

    @property
    def searchable(self) -> bool:
        return bool(self.search or self.search_hint)

    @property
    def filter_fields(self) -> list[Any]:
        return list(self.filters.form) if self.filters else []

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The columns of the page: one that would say the same in every row is left out. Files hold them all."""
        return [column for column in self.columns if not (column.omit and self._settled(column.omit))]

    def _settled(self, name: str) -> bool:
        if name == "programme" and len(self._own_programmes) == 1:
            return True
        return bool(self.params.get(name)) and not self.errors

    @cached_property
    def query(self) -> str:
        return self.params.get("q", "").strip()

    @cached_property
    def active_filters(self) -> list[dict[str, str]]:
        """What narrows the list now, in words, each with the address that drops it."""
        chips = [{"name": "q", "label": "搜索", "value": self.query, "url": self.url(q=None, page=None)}] if self.query else []
        for bound in self.filter_fields:
            names = [name for name in self.params if name == bound.name or name.startswith(f"{bound.name}_")]
            values = [value for name in names for value in self.params.getlist(name) if value]
            if values:
                choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", ())}
                words = "、".join(choices.get(value, value) for value in values)
                chips.append(
                    {"name": bound.name, "label": str(bound.label), "value": words, "url": self.url(page=None, **dict.fromkeys(names))}
                )
        return chips

    @property
    def narrowed(self) -> bool:
        """Whether more is asked for than the rows of one programme."""
        return any(chip["name"] != "programme" for chip in self.active_filters)

    @property
    def filters_set(self) -> int:
        """How many filters narrow the list, beside the search."""
        return sum(chip["name"] != "q" for chip in self.active_filters)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filters' form carries along from the list as it stands: its order and the length of its pages."""
        return [(name, value) for name in ("sort", "page_size") if (value := self.params.get(name, ""))]

    @cached_property
    def known_parameters(self) -> set[str]:
        names = set(RESERVED | self.extra_parameters)
        if self.filters:
            for name, form_field in self.filters.form.fields.items():
                names |= {name, *(f"{name}_{suffix}" for suffix in getattr(form_field.widget, "suffixes", ()))}
        return names

    @cached_property
    def sort(self) -> str:
        """The sort asked for (`-amount`: by the column's key, downwards), or the default; unknown ones are an error."""
        asked = self.params.get("sort", "") or self.default_sort
        known = {column.key for column in self.columns if column.sort}
        if asked and asked.removeprefix("-") not in known and asked != self.default_sort:
            self.errors.append(f"不能按“{asked}”排序；请点击表头选择排序列。")
            return ""
        return asked

    @cached_property
    def size(self) -> int:
        text = self.params.get("page_size", "") or str(self.page_size)
        if 1 <= (size := _written(text)) <= max(PAGE_SIZES):
            return size
        self.errors.append(f"每页条数“{text}”无效；请填 1 到 {max(PAGE_SIZES)} 的整数。")
        return self.page_size

    def url(self, **changes: str | int | None) -> str:
        """The present address with some parameters changed (None drops one)."""
        params = self.params.copy()
        params.pop("export", None)
        for name, value in changes.items():
            params.pop(name, None)
            if value is not None:
                params[name] = str(value)
        for name in [name for name in params if not any(params.getlist(name))]:
            params.pop(name)
        return f"{self.request.path}?{params.urlencode()}" if params else self.request.path

    @cached_property
    def _own_programmes(self) -> Sequence[ProgrammeLink]:
        return hooks.programmes(self.request)

    @property
    def programmes(self) -> list[ProgrammeLink]:
        """For the top bar: this very list, of each programme or of all. Nothing where programmes are no filter here."""
        if not self.filters or "programme" not in self.filters.form.fields:
            return []
        links = [replace(link, url=self.url(programme=link.code, page=None)) for link in self._own_programmes]
        every = ProgrammeLink("全部项目", self.url(programme=None, page=None), current=not any(link.current for link in links))
        return [every, *links] if len(links) > 1 else links

    # -- rows ----------------------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Everything filtered and searched, in order. Empty when the address holds an error."""
        rows, _ = self.queryset, self.size
        unknown = sorted(set(self.params) - self.known_parameters)
        if unknown:
            self.errors.append(f"不认识的筛选条件：{'、'.join(unknown)}；请清除后重新选择。")
        if self.filters:
            if self.filters.is_valid():
                rows = self.filters.qs
                self.errors += self._reversed(self.filters.form)
            else:
                form = self.filters.form
                self.errors += [f"{form[name].label}：{line}" for name, lines in form.errors.items() for line in lines]
        if reason := unsearchable(self.query):
            self.errors.append(reason)
            return rows.none()
        rows = self._ordered(self._searched(rows))
        return rows.none() if self.errors else rows

    def _reversed(self, form: Any) -> Iterator[str]:
        """A filter `…to` whose day lies before that of its `…from`."""
        for name, first in form.cleaned_data.items():
            end = f"{name.removesuffix('from')}to" if name.endswith("from") else ""
            last = form.cleaned_data.get(end)
            if first and last and last < first:
                yield f"{form[end].label} {last} 早于{form[name].label} {first}，请核对。"

    def _searched(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those in which every word is found."""
        for word in self.query.split():
            rows = rows.filter(self._matches(word))
        return rows

    def _matches(self, word: str) -> Q:
        found = Q(pk__in=[])
        for path in self.search:
            found |= Q(**{path if "__" in path and path.rsplit("__", 1)[1] in LOOKUPS else f"{path}__icontains": word})
        return found

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign, name = ("-", self.sort[1:]) if self.sort.startswith("-") else ("", self.sort)
        if not name:
            return rows if rows.ordered else rows.order_by("-pk")
        column = next((column for column in self.columns if column.key == name and column.sort), None)
        return rows.order_by(f"{sign}{column.sort_path if column else name}", f"{sign}pk")

    @cached_property
    def totals(self) -> dict[str, Any]:
        """Count and column totals over the whole filtered set (of its rows that count, where not all do), in one statement."""
        sums = {f"t{i}": Sum(column.total_path) for i, column in enumerate(self.columns) if column.total}
        rows = self.rows.order_by()
        if self.errors:
            return {"count": 0}
        if not self.counts:
            return rows.aggregate(count=Count("*"), **sums)
        # Grouped: asked within each sum, whether a row counts would be found out as often as there are sums.
        groups = rows.annotate(counts=Case(When(self.counts, then=True), default=False)).values("counts").annotate(count=Count("*"), **sums)
        found: dict[bool, dict[str, Any]] = {group["counts"]: group for group in groups}
        return dict.fromkeys(sums) | found.get(True, {}) | {"count": sum(group["count"] for group in groups)}

    @property
    def count(self) -> int:
        return int(self.totals["count"])

    @cached_property
    def total_cells(self) -> list[tuple[Column, str]]:
        """The total row; nothing when no column has one or no row is there."""
        if not self.count or not any(column.total for column in self.columns):
            return []
        shown = [
            FORMATS[column.kind](self.totals[f"t{i}"]) if column.total else (self.total_label if i == 0 else "")
            for i, column in enumerate(self.columns)
        ]
        return [pair for pair in zip(self.columns, shown, strict=True) if pair[0] in self.shown_columns]

    @cached_property
    def page(self) -> "Page[Any]":
        whole = self.queryset if self.details is None else self.details
        paginator = CountedPaginator(self.rows, self.size, whole=whole, count=self.count)
        asked = self.params.get("page", "1") or "1"
        if asked == "last":
            return paginator.page(paginator.num_pages)
        number = _written(asked)
        if 1 <= number <= paginator.num_pages:
            return paginator.page(number)
        nearest, name = (paginator.num_pages, "最后一页") if number else (1, "第一页")
        self.errors.append(f"没有第“{asked}”页，共 {paginator.num_pages} 页；下面是{name}。")
        return paginator.page(nearest)

    @cached_property
    def body(self) -> list[SafeString]:
        """The rows of the page as HTML: put together here, as a template takes several times as long for so many cells."""
        return [self._row([column.cell(row) for column in self.shown_columns]) for row in self.page.object_list]

    @property
    def foot(self) -> SafeString | None:
        """The total row as HTML."""
        return self._row([cell for _, cell in self.total_cells]) if self.total_cells else None

    def _row(self, cells: Sequence[str]) -> SafeString:
        first, *others = zip(self._css, cells, strict=True)
        cells_after = format_html_join("", '<td class="{}">{}</td>', others)
        return format_html('<tr><th scope="row" class="{}">{}</th>{}</tr>', *first, cells_after)

    @cached_property
    def _css(self) -> list[str]:
        return [column.css for column in self.shown_columns]

    @cached_property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.shown_columns]

    def _head(self, column: Column) -> Head:
        if not column.sort:
            return Head(column, "", "")
        if self.sort == column.key:
            return Head(column, self.url(sort=f"-{column.key}", page=None), "ascending")
        order: Literal["descending", "none"] = "descending" if self.sort == f"-{column.key}" else "none"
        return Head(column, self.url(sort=column.key, page=None), order)

    @property
    def pages(self) -> list[dict[str, Any]]:
        """Page links with gaps: {number, url, current}; number 0 is a gap."""
        elided = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=2, on_ends=1)
        numbers = [int(number) if str(number).isdigit() else 0 for number in elided]
        return [{"number": n, "url": self.url(page=n) if n else "", "current": n == self.page.number} for n in numbers]

    @property
    def previous_url(self) -> str:
        return self.url(page=self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self.url(page=self.page.number + 1) if self.page.has_next() else ""

    @property
    def sizes(self) -> list[dict[str, Any]]:
        return [{"size": n, "url": self.url(page_size=n, page=None), "current": n == self.size} for n in PAGE_SIZES]

    @property
    def seal(self) -> str:
        """What is chosen here, signed, for who keeps it by name. Nothing is, while the address holds an error."""
        chosen = "" if self.errors else self.url(page=None, page_size=None).partition("?")[2]
        return Shown(self.title, self.request.path, chosen).sealed()

    @property
    def export_urls(self) -> dict[str, str]:
        return {kind: self._export_url(kind) for kind in ("xlsx", "csv")}

    def _export_url(self, kind: str) -> str:
        address = self.url(page=None)
        return f"{address}{'&' if '?' in address else '?'}export={kind}"

    # -- answers -------------------------------------------------------------------------------------------------

    def render(self, template: str = "", **context: Any) -> HttpResponseBase:
        """The page, the part of it that htmx asked for, or the file."""
        kind = self.params.get("export", "")
        if kind:
            answer = self._file(kind)
            if answer is not None:
                return answer
        status = 400 if kind else 200
        _ = self.page  # evaluated before the template asks for the errors: it may add one
        part = self.request.headers.get("HX-Target") == "list" and "HX-History-Restore-Request" not in self.request.headers
        name = "components/list_table.html" if part else template or self.template
        shared: dict[str, Any] = {"listing": self, "title": self.title}
        if not part and (programmes := self.programmes):
            shared["programmes"] = programmes
        response: HttpResponse = render(self.request, name, shared | context, status=status)
        response.headers["Vary"] = "HX-Request, HX-Target, Cookie"
        return response

    def _file(self, kind: str) -> HttpResponseBase | None:
        if kind not in export.WRITERS:
            self.errors.append(f"不支持导出为“{kind}”；请选择 Excel（xlsx）或 CSV。")
        if not self.rows.ordered and not self.errors:
            raise AssertionError("rows of an export must be in order")
        if self.errors:
            return None
        if self.count > EXPORT_LIMIT:
            self.errors.append(f"共 {self.count} {self.unit}，超过一次导出的上限 {EXPORT_LIMIT} {self.unit}；请先缩小筛选范围。")
            return None
        return export.WRITERS[kind](self.table())

    def table(self) -> export.Table:
        """What is filtered and shown, as rows of raw values for a file."""
        columns = list(self.columns)
        totals = [self.totals[f"t{i}"] if c.total else (self.total_label if i == 0 else None) for i, c in enumerate(columns)]
        return export.Table(
            title=f"{self.title}_{today()}{'_已筛选' if self.active_filters else ''}",
            heads=[(column.label, column.kind) for column in columns],
            rows=self._raw_rows(columns),
            totals=totals if any(column.total for column in columns) and self.count else [],
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        """How the rows of a file were chosen and put in order: it is read where no page is."""
        chosen = [f"{chip['label']}：{chip['value']}" for chip in self.active_filters]
        column = next((column for column in self.columns if column.sort and column.key == self.sort.removeprefix("-")), None)
        order = [f"排序：{column.label}{'，从大到小' if self.sort.startswith('-') else ''}"] if column else []
        return [f"筛选条件：{'；'.join(chosen) or '全部'}", *order, f"共 {self.count} {self.unit}，{today()} 导出"]

    def _raw_rows(self, columns: Sequence[Column]) -> Iterator[list[Any]]:
        for row in self.rows.iterator(chunk_size=2000):
            yield [column.raw(row) if column.numeric or column.kind in ("date", "datetime") else column.shown(row) for column in columns]


LOOKUPS = frozenset({"exact", "iexact", "startswith", "istartswith", "contains", "icontains"})
