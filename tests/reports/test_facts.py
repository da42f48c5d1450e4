"""What binds is kept in the audit trail, as the database gives it back."""

from datetime import date, timedelta

import pytest

from common.witness import WitnessedModel, witnessed_models
from parties.models import AuditEvent
from parties.services.audit import text
from reports.services.summaries import return_summary
from reserve.models import FundingObligation, Refund
from tests.factories import World, at, make_entered, make_enterprise, make_interest, make_loan, make_statement, make_summary
from tests.support.claims import FAILED, failed, make_claim, make_recovery

pytestmark = pytest.mark.django_db


def facts_of(row: WitnessedModel) -> list[tuple[str, dict[str, str | None]]]:
    """Action and facts of the events about a row that keep any, oldest first."""
    events = AuditEvent.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).exclude(facts={})
    return list(events.order_by("id").values_list("action", "facts"))


def test_every_bound_row_has_its_facts_in_the_trail(world: World) -> None:
    summary = make_summary(world, "2011Q4", until="submitted")
    loan = make_loan(world, day=date(2012, 3, 1))
    obligation = FundingObligation.objects.get()
    bound = {
        obligation.source: "contribution.confirm",
        obligation: "contribution.confirm",
        loan.credit_line: "approval.confirm",
        loan: "loan.confirm",
        summary: "summary.submit",
    }
    bound[make_statement(world)] = "statement.enter"
    failed_loan = failed(world, enterprise=make_enterprise(world, 2))
    bound[make_claim(world, failed_loan)] = "claim.confirm_payment"
    bound[make_recovery(world, failed_loan, "1000", until="confirmed")] = "recovery.confirm"
    bound[make_interest(world, booked_on=FAILED + timedelta(days=40))] = "interest.confirm"
    assert {type(row) for row in bound} | {Refund} == set(witnessed_models())  # a refund needs a programme wound up: test_closing
    for row, action in bound.items():
        row.refresh_from_db()
        assert facts_of(row)[-1] == (action, {name: text(value) for name, value in row.facts().items()})


def test_what_is_only_entered_binds_nobody(world: World) -> None:
    loan = make_entered(world)
    assert facts_of(loan) == []
    assert not type(loan).objects.filter(loan.BOUND).exists()


def test_every_version_of_a_summary_is_kept_from_its_making(world: World) -> None:
    first = make_summary(world, "2011Q4", until="submitted")
    draft = return_summary(summary=first, reason="缺一笔。", by=world.province2, **at(2012, 1, 9))
    assert [action for action, _ in facts_of(first)] == ["summary.generate", "summary.submit"]
    [(action, facts)] = facts_of(draft)
    assert (action, facts["version"], facts["checksum"]) == ("summary.generate", "2", "")
