"""The helper that says whether a step left the database as it was: what it must notice, and what it may leave unread."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from parties.enums import OrganisationKind
from parties.models import Organisation
from tests.factories import make_organisation
from tests.support.rows import untouched, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return make_organisation(OrganisationKind.BANK, "甲银行", "甲行")


def by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


WRITES: dict[str, Callable[[Organisation], object]] = {
    "saved": lambda row: Organisation.objects.filter(pk=row.pk).update(name="乙银行"),
    "added": lambda _: make_organisation(OrganisationKind.BANK, "丙银行", "丙行"),
    "deleted": lambda row: Organisation.objects.filter(pk=row.pk).delete(),
    "by hand": lambda _: by_hand("/* not an ORM's */ UPDATE parties_organisation SET short_name = '丁行'"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_any_write_is_noticed(organisation: Organisation, write: Callable[[Organisation], object]) -> None:
    with pytest.raises(AssertionError, match=r"parties\.Organisation"), untouched():
        write(organisation)


def test_what_is_written_and_taken_back_is_counted_and_found_equal(organisation: Organisation) -> None:
    before = written()
    with untouched(), transaction.atomic():
        WRITES["saved"](organisation)
        transaction.set_rollback(True)
    assert written() != before


def test_where_nothing_is_written_the_rows_are_read_once(organisation: Organisation) -> None:
    with untouched(), CaptureQueriesContext(connection) as within:
        Organisation.objects.get(pk=organisation.pk)
    with CaptureQueriesContext(connection) as without, untouched({}):
        Organisation.objects.get(pk=organisation.pk)
    assert len(within) == 1
    assert len(without) <= 3, "two counts, on PostgreSQL, around the statement"
