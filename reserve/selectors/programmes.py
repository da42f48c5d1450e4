"""Reading programmes and the rules in force on a day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from ..models import Programme, ProgrammeRule
from ..rulebook import Rules


def rules_on(programme: Programme, day: date) -> Rules:
    """Every setting of the programme as it stood on `day`. One query. A loan keeps the rules of its approval's day."""
    return rules_from(rule_texts_on(programme, day))


def rules_by_day(programme: Programme, days: Sequence[date]) -> list[Rules]:
    """As `rules_on`, for each of several days in one query."""
    rows = ProgrammeRule.objects.filter(programme=programme).order_by("effective_on", "entry")
    texts = list(rows.values_list("effective_on", "key", "value"))
    return [rules_from({key: value for since, key, value in texts if since <= day}) for day in days]


def rule_texts_on(programme: Programme, day: date) -> dict[str, str]:
    """The stored text of every setting on `day`; a key without a row has the rulebook's default (and is not in here)."""
    rows = ProgrammeRule.objects.filter(programme=programme, effective_on__lte=day).order_by("effective_on", "entry")
    return dict(rows.values_list("key", "value"))


def rules_from(texts: dict[str, str]) -> Rules:
    """The typed rules of these texts; parsed once for each distinct set."""
    return _parsed(tuple(sorted(texts.items())))


@lru_cache(maxsize=64)
def _parsed(texts: tuple[tuple[str, str], ...]) -> Rules:
    return Rules.from_texts(dict(texts))


def rule_history(programme: Programme) -> dict[str, list[ProgrammeRule]]:
    """Every row of every setting, by key, the latest first, with `superseded`. One query."""
    history: dict[str, list[ProgrammeRule]] = defaultdict(list)
    rows = with_superseded(ProgrammeRule.objects.filter(programme=programme), "programme", "key", "effective_on")
    for row in rows.select_related("entered_by").order_by("-effective_on", "-entry"):
        history[row.key].append(row)
    return dict(history)


def with_superseded(rows: QuerySet[Any], *same: str) -> QuerySet[Any]:
    """Each with whether a later entry of the same columns counts instead."""
    later = rows.model._default_manager.filter(**{name: OuterRef(name) for name in same}, entry__gt=OuterRef("entry"))
    marked: QuerySet[Any] = rows.annotate(superseded=Exists(later))
    return marked
