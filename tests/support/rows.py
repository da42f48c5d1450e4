"""Whether a step left the database as it was: every row of every business table, compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps

from common.errors import Refusal

APPS = {"parties", "reserve", "enterprises", "loans", "reports"}


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of the business apps, by model."""
    models = [model for model in apps.get_models() if model._meta.app_label in APPS]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


@contextmanager
def refused(refusal: type[Refusal], match: str = "", *, field: str = "") -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The block is refused in just this way (naming `field` when given), and not a row of the database differs afterwards."""
    before = all_rows()
    with pytest.raises(refusal, match=match or None) as caught:
        yield caught
    assert type(caught.value) is refusal
    assert not field or field in caught.value.fields
    after = all_rows()
    assert [label for label in before if before[label] != after[label]] == []
