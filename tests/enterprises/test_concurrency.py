"""Two at once, with real connections: one row, one signature an office, one number a batch, one answer of a batch."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from common.errors import Refusal
from enterprises.models import Batch, Enterprise, Recommendation
from enterprises.services import batches, enterprises, recommendations
from parties.enums import Role
from tests.factories import (
    World,
    at,
    enterprise_data,
    make_batch,
    make_draft,
    make_endorsed,
    make_enterprise,
    make_person,
    make_world,
    send_batch_of,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DAY = at(2012, 2, 6)


@pytest.fixture
def world() -> World:
    return make_world()


def at_once(*acts: Callable[[], str]) -> Counter[str]:
    """Each on a connection of its own, starting together; how often which outcome came."""
    start = Barrier(len(acts))

    def client(act: Callable[[], str]) -> str:
        start.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(client, acts))


def test_same_code_registered_at_once_is_one_row(world: World) -> None:
    def register() -> str:
        return str(enterprises.register_enterprise(programme=world.programme, data=enterprise_data(), by=world.centre, **DAY).pk)

    outcomes = at_once(*[register] * 6)
    refused = outcomes["conflict"] + outcomes["already_registered"]
    assert (refused, sum(outcomes.values())) == (5, 6)
    assert Enterprise.objects.count() == 1


def test_both_offices_signing_at_once_endorse(world: World) -> None:
    row = make_draft(world)

    def sign(by: str) -> str:
        return recommendations.sign_recommendation(recommendation=row, by=getattr(world, by), **DAY).status

    assert at_once(lambda: sign("science2"), lambda: sign("town2")) == {"signed": 1, "endorsed": 1}


def test_one_office_signing_twice_at_once_signs_once(world: World) -> None:
    row = make_draft(world)
    colleague = make_person("town3", world.town_organisation, Role.REVIEWER)
    signers = (world.town2, colleague) * 3
    acts = [lambda by=by: recommendations.sign_recommendation(recommendation=row, by=by, **DAY).status for by in signers]
    assert at_once(*acts) == {"signed": 1, "already_signed": 5}


def test_signature_and_edit_at_once_never_leave_a_signature_on_what_was_not_read(world: World) -> None:
    row = make_draft(world)

    def edit() -> str:
        terms = {"bank": row.bank, "amount": row.amount, "term_months": 6, "purpose": "改", "accepted_on": row.accepted_on}
        return recommendations.edit_recommendation(recommendation=row, version=1, by=world.centre, **terms, **DAY).status

    outcomes = at_once(edit, lambda: recommendations.sign_recommendation(recommendation=row, version=1, by=world.town2, **DAY).status)
    assert outcomes in ({"draft": 1, "signed": 1}, {"draft": 1, "version_changed": 1})
    row.refresh_from_db()
    assert (row.version, row.status) == (2, "draft")


def test_batches_composed_at_once_have_numbers_of_their_own_and_share_nothing(world: World) -> None:
    rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3)]
    outcomes = at_once(*[lambda row=row: str(make_batch(world, [row]).number) for row in (*rows, *rows)])
    assert outcomes == {"1": 1, "2": 1, "3": 1, "not_batchable": 3}
    assert Recommendation.objects.filter(batch__isnull=True).count() == 0


def test_sending_and_withdrawing_at_once_never_send_what_is_withdrawn(world: World) -> None:
    rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3)]
    batch = make_batch(world, rows)

    def withdraw(row: Recommendation) -> str:
        return recommendations.withdraw_recommendation(recommendation=row, reason="放弃", by=world.town, **DAY).status

    outcomes = at_once(
        lambda: batches.send_batch(batch=batch, version=1, by=world.science, **DAY).status,
        lambda: withdraw(rows[0]),
        lambda: withdraw(rows[2]),
    )
    batch.refresh_from_db()
    assert outcomes == {"withdrawn": 2, ("sent" if batch.status == "sent" else "conflict"): 1}
    assert batch.recommendations.count() == (3 if batch.status == "sent" else 1)


def test_answers_at_once_answer_the_batch(world: World) -> None:
    rows = [make_endorsed(world, make_enterprise(world, number)) for number in (1, 2, 3, 4)]
    batch = send_batch_of(world, rows)
    acts = [lambda row=row: recommendations.mark_answered(recommendation=row, by=world.bank2, **at(2012, 2, 7)).status for row in rows]
    assert at_once(*acts) == {"answered": 4}
    assert Batch.objects.get(pk=batch.pk).answered_on == date(2012, 2, 7)
