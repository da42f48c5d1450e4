"""A remembered step leaves the rows, papers and results of one that was taken; where anything differs it is taken anew."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from parties.enums import OrganisationKind
from parties.models import Organisation, User
from tests.factories import fund, make_organisation, make_world
from tests.support.claims import failed, make_claim
from tests.support.clock import Clock
from tests.support.remembered import remembered
from tests.support.rows import Rows, all_rows

pytestmark = pytest.mark.django_db


def undone(step: Callable[[], Any]) -> Any:
    """What a step gives; what it wrote is rolled back."""
    with transaction.atomic():
        given = step()
        transaction.set_rollback(True)
    return given


@pytest.fixture
def bank() -> Organisation:
    return make_organisation(OrganisationKind.BANK, "甲银行", "甲行")


@pytest.fixture
def taken() -> list[str]:
    """The names that `rename` has really given."""
    return []


@pytest.fixture
def rename(taken: list[str]) -> Callable[..., Organisation]:
    @remembered
    def rename(row: Organisation, name: str) -> Organisation:
        taken.append(name)
        Organisation.objects.filter(pk=row.pk).update(name=name)
        row.refresh_from_db()
        return row

    return rename


def test_rows_and_papers_put_back_are_those_of_the_history_that_was_lived(settings: LazySettings, tmp_path: Path) -> None:
    def lived(place: Path) -> tuple[Rows, dict[str, bytes]]:
        settings.MEDIA_ROOT = place
        world = fund(make_world(rules={"overdue_rate_stop": "30%"}))  # no other test has lived it
        make_claim(world, failed(world))
        return all_rows(), {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*.pdf")}

    rows, papers = undone(lambda: lived(tmp_path / "first"))
    assert rows["loans.Claim"]
    assert papers
    assert undone(lambda: lived(tmp_path / "second")) == (rows, papers)


def test_what_a_step_was_given_is_brought_up_to_date_again_and_returned_itself(
    bank: Organisation, rename: Callable[..., Organisation], taken: list[str]
) -> None:
    assert undone(lambda: rename(bank, "乙银行")) is bank
    given = Organisation.objects.get(pk=bank.pk)
    assert undone(lambda: rename(given, "乙银行")) is given
    assert given.name == "乙银行"
    assert taken == ["乙银行"]


@pytest.mark.parametrize("difference", ["argument", "field", "row"])
def test_where_anything_differs_a_step_is_taken_anew(
    bank: Organisation, rename: Callable[..., Organisation], taken: list[str], difference: str
) -> None:
    undone(lambda: rename(bank, "乙银行"))
    given, name = Organisation.objects.get(pk=bank.pk), "乙银行"
    if difference == "argument":
        name = "丙银行"
    elif difference == "field":
        given.contact_name = "陈静"
    else:
        make_organisation(OrganisationKind.TOWN, "某镇", "某镇")
    rename(given, name)
    assert taken == ["乙银行", name]


def test_who_has_signed_in_meanwhile_makes_no_difference(taken: list[str]) -> None:
    @remembered
    def enter(by: User) -> None:
        taken.append(by.username)
        make_organisation(OrganisationKind.TOWN, "某镇", "某镇")

    person = make_world().bank
    undone(lambda: enter(person))
    Client().force_login(person, backend="parties.backends.PartiesBackend")
    assert person.last_login
    undone(lambda: enter(person))
    assert taken == ["bank"]


def test_what_was_written_and_taken_back_since_is_not_taken_for_what_is_there(
    bank: Organisation, rename: Callable[..., Organisation], taken: list[str]
) -> None:
    """Also where nothing else was written in between, by the database's own count."""
    for number in range(3):
        undone(lambda: rename(Organisation.objects.get(pk=bank.pk), "乙银行"))
        with transaction.atomic():
            rename(Organisation.objects.get(pk=bank.pk), "丙银行")
            transaction.set_rollback(True)
        assert taken == ["乙银行", "丙银行"], number


def test_a_step_that_fails_fails_again(bank: Organisation, taken: list[str]) -> None:
    @remembered
    def fail() -> None:
        taken.append("tried")
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):
            fail()
    assert taken == ["tried", "tried"]


def test_what_cannot_be_put_back_is_taken_each_time(bank: Organisation, taken: list[str]) -> None:
    @remembered
    def remove(row: Organisation) -> None:
        taken.append(row.name)
        Organisation.objects.filter(pk=row.pk).delete()

    @remembered
    def call(one: Callable[[], object]) -> None:
        taken.append(one.__name__)

    for _ in range(2):
        undone(lambda: remove(bank))
        call(len)
    assert taken == ["甲银行", "len", "甲银行", "len"]


def test_a_step_that_looks_at_the_clock_is_taken_each_time(bank: Organisation, taken: list[str]) -> None:
    @remembered
    def look(row: Organisation) -> None:
        taken.append(f"{timezone.localdate():%Y}")

    for _ in range(2):
        undone(lambda: look(bank))
    assert len(taken) == 2


def test_a_clock_set_by_hand_changes_nothing_for_a_step_that_does_not_look(
    monkeypatch: pytest.MonkeyPatch, bank: Organisation, rename: Callable[..., Organisation], taken: list[str]
) -> None:
    undone(lambda: rename(bank, "乙银行"))
    Clock(monkeypatch, date(2012, 1, 4))
    undone(lambda: rename(Organisation.objects.get(pk=bank.pk), "乙银行"))
    assert taken == ["乙银行"]
