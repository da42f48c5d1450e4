"""The published interest rates as rows, loaded after every migrate (and so after a test's flush)."""

from dataclasses import asdict
from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate

from .enums import RateKind
from .reference_rates import benchmark_rows, lpr_rows


def connect(app: AppConfig) -> None:
    """Load the rates whenever `app` has been migrated."""
    post_migrate.connect(_after_migrate, sender=app, dispatch_uid="reference_rates")


def load(using: str = DEFAULT_DB_ALIAS) -> None:
    """Add the published rows that are not there yet; rows administrators entered stay as they are."""
    from .models import ReferenceRate  # the module is imported before the models are ready

    rows = [ReferenceRate(kind=RateKind.BENCHMARK, **asdict(row)) for row in benchmark_rows()]
    rows += [ReferenceRate(kind=RateKind.LPR, **asdict(row)) for row in lpr_rows()]
    ReferenceRate.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def _after_migrate(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    load(using)
