"""Every list there is, as one person sees it, and what its filters may ask for."""

import csv
import io
from collections.abc import Iterator
from copy import copy
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.test import Client
from django.utils.functional import cached_property

from common.columns import FORMATS
from common.export import csv_lines
from common.forms import DateField
from common.listing import Listing
from tests.support.routes import routes

SAMPLES = 6  # of a filter's choices
ENOUGH = 400  # rows a file is read back of


def lists(client: Client) -> Iterator[Listing]:
    """The lists whose address names no object, as this client is shown them."""
    for route in routes():
        if route.is_api or route.pattern.pattern.converters or route.pattern.pattern.regex.groupindex:
            continue
        answer = client.get(route.url({}))
        found = answer.context and answer.context.get("listing")
        if answer.status_code == 200 and found:
            yield found


def askings(listing: Listing) -> Iterator[str]:
    """Queries of the list: nothing, words, and each filter's values one by one."""
    yield ""
    if listing.search:
        yield from ("q=演示", "q=中山+1")
    for name, field in (listing.filters.form.fields if listing.filters else {}).items():
        if isinstance(field, forms.ModelChoiceField | forms.ChoiceField):
            yield from (f"{name}={value}" for value, _ in list(field.choices)[:SAMPLES] if str(value))
        elif isinstance(field, DateField):
            yield f"{name}=2013-06-30"
        elif suffixes := getattr(field.widget, "suffixes", ()):
            yield "&".join(f"{name}_{suffix}={day}" for suffix, day in zip(suffixes, ("2012-01-01", "2014-12-31"), strict=True))


def again(listing: Listing, query: str) -> Listing:
    """The same list, asked for something else."""
    other = copy(listing)
    own = {name: value for name, value in vars(listing).items() if not isinstance(getattr(type(listing), name, None), cached_property)}
    other.__dict__ = own | {"request": copy(listing.request), "errors": []}
    other.request.GET = QueryDict(query)
    return other


def faults(listing: Listing) -> list[str]:
    """Where the page, its count and totals, and its file say different things of the same rows."""
    rows = listing.rows
    if listing.errors:
        return listing.errors
    if rows.query.combinator is None:
        different = rows.order_by().values("pk").distinct().count()
        if different != listing.count:
            return [f"counts {listing.count} rows, {different} different ones"]
    if listing.count > ENOUGH:
        return []
    _, *lines = csv.reader(io.StringIO("".join(csv_lines(listing.table())).removeprefix("\ufeff")))
    held = lines[: listing.count]
    found = [] if len(lines) == listing.count + bool(listing.total_cells) else [f"its file holds {len(lines)} rows of {listing.count}"]
    column = listing.columns[0]
    if column.kind == "text" and [line[0].lstrip("'") for line in held] != [column.shown(row) for row in listing.rows]:
        found.append("its file is in another order")
    return found + _sums(listing, held)


def _sums(listing: Listing, held: list[list[str]]) -> list[str]:
    """Totals on the page that are not the sums of what the file holds; of lists all of whose rows count."""
    shown = dict(listing.total_cells)
    return [
        f"says {column.label} {shown[column]}, its rows {sum(Decimal(line[i] or 0) for line in held)}"
        for i, column in enumerate(listing.columns)
        if column.total
        and column in shown
        and not listing.counts
        and shown[column] != FORMATS[column.kind](sum((Decimal(line[i] or 0) for line in held), Decimal(0)))
    ]
