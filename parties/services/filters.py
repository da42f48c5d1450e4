"""What a person keeps of the lists' filters, by name."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from common.shown import Shown

from ..errors import BadFilter
from ..models import SavedFilter, User

MOST = 20  # of one person on one list
LONGEST = 1000  # of a query, in characters


@transaction.atomic
def save_filter(*, shown: Shown, name: str, by: User, on: date, now: datetime) -> SavedFilter:
    """Keep what a list shows under a name of one's own.

    Locks: User. Writes: SavedFilter. Raises: BadFilter, when nothing is chosen, too much is, the name is taken or 20 are kept.
    """
    if not shown.query:
        raise BadFilter("还没有选择筛选条件；请先在列表上选择条件，再保存。")
    if len(shown.query) > LONGEST:
        raise BadFilter("筛选条件太长，不能保存；请减少搜索词或条件。")
    own = _own(by, shown.path)
    if own.count() >= MOST:
        raise BadFilter(f"“{shown.title}”已保存 {MOST} 个常用筛选；请先删除不用的。")
    _require_free(own, name)
    return SavedFilter.objects.create(user=by, list_title=shown.title, path=shown.path, name=name, query=shown.query)


@transaction.atomic
def rename_filter(*, saved_filter: SavedFilter, name: str, by: User, on: date, now: datetime) -> SavedFilter:
    """Call one's own filter otherwise. Locks: User. Writes: SavedFilter. Raises: BadFilter, when the name is taken."""
    _require_free(_own(by, saved_filter.path).exclude(pk=saved_filter.pk), name)
    saved_filter.name = name
    saved_filter.save(update_fields=["name"])
    return saved_filter


def delete_filter(*, saved_filter: SavedFilter, by: User, on: date, now: datetime) -> SavedFilter:
    """Drop one's own filter. Writes: SavedFilter."""
    SavedFilter.objects.visible_to(by).filter(pk=saved_filter.pk).delete()
    return saved_filter


def _own(by: User, path: str) -> QuerySet[SavedFilter]:
    """The person's filters of one list, with the person locked: two windows save one after the other."""
    User.objects.select_for_update().get(pk=by.pk)
    return SavedFilter.objects.visible_to(by).filter(path=path)


def _require_free(own: QuerySet[SavedFilter], name: str) -> None:
    if own.filter(name=name).exists():
        raise BadFilter(f"这个列表已有名为“{name}”的常用筛选；请换一个名称。", fields={"name": [f"已有“{name}”，请换一个名称。"]})
