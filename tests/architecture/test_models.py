"""What the database itself guarantees."""

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from common.money import MoneyField

from .source import APPS


def own_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def names_in(condition: object) -> set[str]:
    """The fields a constraint's condition speaks of."""
    if isinstance(condition, models.F):
        return {str(vars(condition)["name"])}
    found: set[str] = set()
    for child in getattr(condition, "children", ()):
        if isinstance(child, tuple):
            name, value = child
            found.add(name.split("__")[0])
            found |= names_in(value)
        else:
            found |= names_in(child)
    for expression in getattr(condition, "get_source_expressions", list)():
        found |= names_in(expression)
    return found


def unconstrained_money(candidates: Iterable[type[models.Model]]) -> list[str]:
    missing = []
    for model in candidates:
        checks = [rule for rule in model._meta.constraints if isinstance(rule, models.CheckConstraint)]
        constrained = {name for rule in checks for name in names_in(rule.condition)}
        money = [field.name for field in model._meta.local_fields if isinstance(field, MoneyField)]
        missing += [f"{model.__name__}.{name}" for name in money if name not in constrained]
    return missing


def test_every_money_column_has_a_named_check() -> None:
    assert unconstrained_money(own_models()) == []


def test_a_money_column_without_a_check_is_found() -> None:
    class Unchecked(models.Model):
        amount = MoneyField()
        fee = MoneyField()

        class Meta:
            app_label = "samples"
            constraints = (models.CheckConstraint(condition=models.Q(fee__gte=0), name="unchecked_fee_not_negative"),)

    assert unconstrained_money([Unchecked]) == ["Unchecked.amount"]


def test_the_names_of_constraints_say_their_table_and_are_unique() -> None:
    names = [rule.name for model in own_models() for rule in model._meta.constraints]
    assert len(names) == len(set(names))


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
