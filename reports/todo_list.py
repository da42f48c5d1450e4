"""The to-do list as the first page shows it: in groups by what is left until the day it must be done, narrowed to one kind of work."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from common.page import Choice, Todo, TodoGroup
from reserve.workdays import WorkdayTable

SOON = 10  # working days
SHORT_LIST = 15  # longer ones can be narrowed to one kind of work
LATE, NEAR, UNDATED, LATER = "今天到期、已逾期", f"{SOON} 个工作日内", "无期限", "以后"


def with_workdays(items: Iterable[Todo], on: date, table: WorkdayTable) -> list[Todo]:
    """The same with the working days left, the nearest day first; what has no deadline keeps its order, last."""
    dated = [replace(todo, workdays_left=table.workdays_between_provisional(on, todo.due_on)[0]) if todo.due_on else todo for todo in items]
    return sorted(dated, key=lambda todo: todo.due_on or date.max)


def grouped(items: Iterable[Todo]) -> list[TodoGroup]:
    """What is late or due today, what is due within `SOON`, what has no deadline, what has time; groups of nothing are left out."""
    found: dict[str, list[Todo]] = {title: [] for title in (LATE, NEAR, UNDATED, LATER)}
    for todo in items:
        found[_urgency(todo)].append(todo)
    return [TodoGroup(title, rows) for title, rows in found.items() if rows]


def kinds(items: Sequence[Todo], address: Callable[[str], str], chosen: str) -> list[Choice]:
    """All and each kind of work with how many wait, the most frequent first; nothing while the list is short. `address`: of a kind."""
    if len(items) <= SHORT_LIST:
        return []
    counts = Counter(todo.kind for todo in items)
    every = Choice("全部", len(items), address(""), current=chosen not in counts)
    return [every, *(Choice(kind, count, address(kind), kind == chosen) for kind, count in counts.most_common())]


def placed(items: Iterable[Todo], names: Mapping[int, str], here: int | None) -> list[Todo]:
    """On the page of the programme `here`, what belongs to another one says to which."""
    return [
        replace(todo, detail="；".join(filter(None, (names[todo.programme], todo.detail)))) if todo.programme not in (None, here) else todo
        for todo in items
    ]


def _urgency(todo: Todo) -> str:
    if todo.due_on is None or todo.workdays_left is None:
        return UNDATED
    return LATE if todo.workdays_left <= 0 else NEAR if todo.workdays_left <= SOON else LATER
