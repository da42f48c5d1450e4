"""Pages of many rows."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # generic only in the stubs
    """A paginator that was told the count (it came with the totals) and sorts keys alone, then reads the rows of these from `whole`.

    Of many rows the database would else carry every column and joined row through the sort, to throw all but one page away.
    """

    def __init__(self, rows: QuerySet[Any], size: int, *, whole: QuerySet[Any], count: int) -> None:
        super().__init__(rows, size)
        self.whole, self.count = whole, count

    def page(self, number: int | str) -> "Page[Any]":
        rows: Any = self.object_list
        number = self.validate_number(number)
        if self.count <= self.per_page:
            return Page(list(rows), number, self)  # not cut: for a few first ones the database may read all others in their order
        if rows.query.combinator:
            return super().page(number)
        found = self.whole.in_bulk(keys := self._keys((number - 1) * self.per_page))
        return Page([found[key] for key in keys if key in found], number, self)

    def _keys(self, first: int) -> list[Any]:
        """Of one page, counted from whichever end is nearer."""
        rows: Any = self.object_list
        keys = rows.values_list("pk", flat=True)
        last = min(first + self.per_page, self.count)
        if last <= self.count - first:
            return list(keys[first:last])
        return list(keys.reverse()[self.count - last : self.count - first])[::-1]
