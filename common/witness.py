"""Rows whose facts bind from some action on: the audit trail keeps them, so that an edit behind the application's back is found."""

from functools import reduce
from typing import Any, ClassVar

from django.apps import apps
from django.db import models


class WitnessedModel(models.Model):
    """`FACTS`: what binds, by field or path (`deadline__starts_on`). `BOUND`: the rows that are bound, each with an event that says so.

    Whoever binds a row, or lawfully changes a fact of a bound one, passes `facts()` to `audit.record`; the last ones count.
    """

    FACTS: ClassVar[tuple[str, ...]]
    BOUND: ClassVar[models.Q]

    class Meta:
        abstract = True

    def facts(self) -> dict[str, Any]:
        """What binds, as it stands now."""
        return {name: reduce(getattr, name.split("__"), self) for name in self.FACTS}


def witnessed_models() -> list[type[WitnessedModel]]:
    """Every concrete model whose rows the trail bears witness to."""
    return [model for model in apps.get_models() if issubclass(model, WitnessedModel)]
