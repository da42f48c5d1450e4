"""Contributions from the funder's record to the ledger, and every refusal on the way (domain §3.2, §3.3)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal, WrongState
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reserve.enums import CONTRIBUTION_LIFECYCLE, ContributionStatus, ObligationStatus
from reserve.errors import (
    AlreadyMatched,
    BadContribution,
    DuplicateNumber,
    MatchAmountDiffers,
    NothingToMatch,
    NotOwnAccount,
    ProgrammeNotActive,
    ReceiptDiffers,
)
from reserve.models import Contribution, Deadline, FundingObligation, LedgerEntry
from reserve.quarters import Quarter
from reserve.rules import obligation_amount, obligation_status
from reserve.selectors.ledger import balances, current_balances
from reserve.services import contributions, periods, programmes
from tests.factories import World, at, confirm, deposit, fund, make_contribution, make_world, match, moment, on, receive

pytestmark = pytest.mark.django_db

ARRIVED = date(2011, 11, 11)


@pytest.fixture
def world() -> World:
    return make_world()


def snapshot() -> tuple[Any, ...]:
    """Everything a refusal must leave as it was."""
    return (
        list(Contribution.objects.order_by("id").values()),
        list(FundingObligation.objects.order_by("id").values()),
        list(Deadline.objects.order_by("id").values()),
        LedgerEntry.objects.count(),
        AuditEvent.objects.count(),
        Notification.objects.count(),
    )


def refused(error: type[Refusal], action: Callable[[], object]) -> Refusal:
    before = snapshot()
    with pytest.raises(error) as caught:
        action()
    assert snapshot() == before
    assert caught.value.message.endswith("。")
    return caught.value


def record(world: World, by: User | None = None, **values: Any) -> Contribution:
    by = by or world.province
    account = world.town_account if by.organisation == world.town_organisation else world.provincial_account
    given = {"account": account, "amount": Decimal("10000000"), "transferred_on": date(2011, 11, 10), "voucher_no": "A1"}
    return contributions.record_contribution(**{**given, **on(date(2011, 11, 30)), **values}, by=by)


def test_a_provincial_deposit_goes_from_record_to_ledger_and_opens_the_obligation(world: World) -> None:
    made = record(world, note=" 首期 ")
    assert (made.status, made.note, made.obligation) == (ContributionStatus.RECORDED, "首期", None)
    receive(world, made, arrived_on=ARRIVED, received_on=date(2011, 11, 30))
    done = contributions.confirm_contribution(contribution=made, by=world.bank2, **at(2011, 12, 1))
    assert done.status == ContributionStatus.CONFIRMED
    assert done.entry is not None
    assert (done.entry.ledger_date, done.entry.value_date) == (date(2011, 12, 1), ARRIVED)
    assert current_balances([world.provincial_account])[world.provincial_account.pk].free == Decimal("10000000.00")
    owed = done.opened_obligation
    assert (owed.amount, owed.deadline.due_on, owed.status) == (Decimal("40000000.00"), date(2011, 12, 23), ObligationStatus.OPEN)
    assert Notification.objects.filter(recipient=world.town, subject__startswith="请配套").count() == 1
    trail = AuditEvent.objects.filter(object_type="reserve.contribution", object_id=str(made.pk)).order_by("id")
    assert [event.action for event in trail] == ["contribution.record", "contribution.receive", "contribution.confirm"]


def test_a_reviewer_confirms_the_receipt_they_have_read(world: World) -> None:
    made = record(world)
    receive(world, made, arrived_on=ARRIVED, received_on=date(2011, 11, 29))
    receive(world, made, arrived_on=date(2011, 11, 14), received_on=date(2011, 11, 30))
    refused(Conflict, lambda: contributions.confirm_contribution(contribution=made, version=2, by=world.bank2, **at(2011, 12, 1)))
    assert contributions.confirm_contribution(contribution=made, version=3, by=world.bank2, **at(2011, 12, 1)).entry is not None


def test_a_reviewer_rejects_the_receipt_they_have_read(world: World) -> None:
    made = record(world)
    receive(world, made, arrived_on=ARRIVED, received_on=date(2011, 11, 29))
    receive(world, made, arrived_on=date(2011, 11, 14), received_on=date(2011, 11, 30))
    reject = partial(contributions.reject_contribution, contribution=made, reason="未到账", by=world.bank2, **at(2011, 12, 1))
    refused(Conflict, lambda: reject(version=2))
    assert reject(version=3).status == "rejected"


def test_the_towns_money_in_time_fulfils_its_obligation(world: World) -> None:
    owed = deposit(world)
    paid = match(world)
    owed.refresh_from_db()
    assert paid.obligation == owed
    assert (owed.status, owed.fulfilled_on) == (ObligationStatus.FULFILLED, date(2011, 12, 9))
    assert owed.deadline.met_on == date(2011, 12, 9)
    assert balances([world.town_account], date(2011, 12, 8))[world.town_account.pk].balance == 0
    assert balances([world.town_account], date(2011, 12, 9))[world.town_account.pk].balance == Decimal("40000000.00")


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"amount": Decimal(0)}, InvalidInput, "amount"),
        ({"amount": Decimal("-1")}, InvalidInput, "amount"),
        ({"amount": Decimal("0.001")}, InvalidInput, "amount"),
        ({"transferred_on": date(2011, 12, 1)}, BadContribution, "transferred_on"),
        ({"transferred_on": date(2011, 10, 27)}, BadContribution, "transferred_on"),
        ({"voucher_no": "  "}, InvalidInput, "voucher_no"),
        ({"voucher_no": "9" * 41}, InvalidInput, "voucher_no"),
        ({"note": "长" * 201}, InvalidInput, "note"),
    ],
)
def test_a_record_with_wrong_facts_is_refused(world: World, values: dict[str, Any], error: type[Refusal], field: str) -> None:
    assert field in refused(error, lambda: record(world, **values)).fields


@pytest.mark.parametrize("who", ["province2", "bank", "science", "centre", "auditor", "sysadmin"])
def test_only_a_funders_officer_records(world: World, who: str) -> None:
    refused(NotAllowed, lambda: record(world, by=getattr(world, who)))


def test_a_funder_records_into_its_own_account_only(world: World) -> None:
    refused(NotOwnAccount, lambda: record(world, account=world.town_account))


def test_a_voucher_is_used_once_in_an_account_until_it_is_rejected(world: World) -> None:
    first = record(world)
    refusal = refused(DuplicateNumber, lambda: record(world, amount=Decimal(5)))
    assert "A1" in refusal.message
    assert "voucher_no" in refusal.fields
    contributions.reject_contribution(contribution=first, reason="查无此款", by=world.bank2, **at(2011, 11, 30))
    assert record(world).pk != first.pk


def test_nothing_is_recorded_after_the_programme_has_ended(world: World) -> None:
    programmes.end_programme(
        programme=world.programme, ended_on=date(2011, 11, 20), reason="终止协议", by=world.province2, **at(2011, 11, 20)
    )
    refused(ProgrammeNotActive, lambda: record(world))


def test_money_in_transit_when_the_programme_ends_is_still_confirmed(world: World) -> None:
    made = receive(world, record(world, **at(2011, 11, 10)), arrived_on=ARRIVED)
    programmes.end_programme(
        programme=world.programme, ended_on=date(2011, 11, 20), reason="终止协议", by=world.province2, **at(2011, 11, 20)
    )
    assert contributions.confirm_contribution(contribution=made, by=world.bank2, **at(2011, 11, 21)).entry is not None


# --- the town ----------------------------------------------------------------------------------------------------


def test_the_town_cannot_pay_before_an_obligation_exists(world: World) -> None:
    refused(NothingToMatch, lambda: record(world, by=world.town, amount=Decimal("40000000")))


def test_the_town_may_have_transferred_before_the_obligation_was_opened(world: World) -> None:
    owed = deposit(world)
    paid = record(world, by=world.town, amount=Decimal("40000000"), transferred_on=date(2011, 11, 9), **at(2011, 11, 14))
    confirm(world, paid, arrived_on=date(2011, 11, 10), confirmed_on=date(2011, 11, 15))
    owed.refresh_from_db()
    assert (owed.status, owed.fulfilled_on) == (ObligationStatus.FULFILLED, date(2011, 11, 10))


@pytest.mark.parametrize("amount", ["39999999.99", "40000000.01", "10000000"])
def test_the_towns_deposit_equals_its_obligation(world: World, amount: str) -> None:
    deposit(world)
    assert "40,000,000.00" in refused(MatchAmountDiffers, lambda: record(world, by=world.town, amount=Decimal(amount))).message


def test_a_second_deposit_for_one_obligation_is_refused(world: World) -> None:
    owed = deposit(world)
    record(world, by=world.town, amount=Decimal("40000000"))
    for obligation in (None, owed):
        again = {"amount": Decimal("40000000"), "voucher_no": "B2", "obligation": obligation}
        assert "A1" in refused(AlreadyMatched, lambda again=again: record(world, by=world.town, **again)).message  # type: ignore[misc]


def test_a_fulfilled_obligation_takes_no_more(world: World) -> None:
    fund(world)
    owed = world.programme.obligations.get()
    refused(NothingToMatch, lambda: record(world, by=world.town, amount=Decimal("40000000"), obligation=owed))
    refused(NothingToMatch, lambda: record(world, by=world.town, amount=Decimal("40000000")))


def test_an_obligation_of_another_programme_does_not_exist(world: World) -> None:
    other = make_world(code="other")
    foreign = deposit(other)
    deposit(world)
    refused(NotFound, lambda: record(world, by=world.town, amount=Decimal("40000000"), obligation=foreign))


def test_a_provincial_deposit_fulfils_no_obligation(world: World) -> None:
    owed = deposit(world)
    refused(BadContribution, lambda: record(world, obligation=owed))


def test_each_provincial_deposit_has_its_own_match_and_the_earliest_due_is_paid_first(world: World) -> None:
    first = deposit(world)
    second = deposit(world, amount="2500000.55", arrived_on=date(2011, 11, 20))
    assert second.amount == Decimal("10000002.20")
    assert make_contribution(world, by=world.town, amount="40000000", recorded_on=date(2011, 11, 30)).obligation == first
    paid = make_contribution(world, by=world.town, amount="10000002.20", voucher_no="B", recorded_on=date(2011, 11, 30))
    assert paid.obligation == second


def test_in_parts_where_the_setting_allows_it_the_last_arrival_decides() -> None:
    world = make_world(rules={"match_in_one_payment": "否"})
    owed = deposit(world)
    refused(MatchAmountDiffers, lambda: record(world, by=world.town, amount=Decimal("40000000.01")))
    first = record(world, by=world.town, amount=Decimal("15000000"))
    second = record(world, by=world.town, amount=Decimal("25000000"), voucher_no="B2")
    refused(NothingToMatch, lambda: record(world, by=world.town, amount=Decimal("0.01"), voucher_no="B3"))
    confirm(world, second, arrived_on=date(2011, 12, 23), confirmed_on=date(2011, 12, 26))
    owed.refresh_from_db()
    assert owed.status == ObligationStatus.OPEN
    confirm(world, first, arrived_on=date(2011, 12, 20), confirmed_on=date(2011, 12, 27))
    owed.refresh_from_db()
    assert (owed.status, owed.fulfilled_on) == (ObligationStatus.FULFILLED, date(2011, 12, 23))


# --- the bank ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"arrived_on": date(2011, 11, 9)}, BadContribution, "arrived_on"),
        ({"arrived_on": date(2011, 12, 1)}, BadContribution, "arrived_on"),
        ({"receipt_no": ""}, InvalidInput, "receipt_no"),
        ({"amount": Decimal("9999999.99")}, ReceiptDiffers, "amount"),
    ],
)
def test_a_receipt_with_wrong_facts_is_refused(world: World, values: dict[str, Any], error: type[Refusal], field: str) -> None:
    made = record(world)
    given: dict[str, Any] = {"arrived_on": ARRIVED, "receipt_no": "HD1", "amount": Decimal("10000000"), **on(date(2011, 11, 30))}
    refusal = refused(error, lambda: contributions.receive_contribution(contribution=made, by=world.bank, **{**given, **values}))
    assert field in refusal.fields


def test_a_receipt_is_used_once_in_an_account(world: World) -> None:
    deposit(world)
    number = Contribution.objects.get().receipt_no
    other = record(world)
    given: dict[str, Any] = {"contribution": other, "arrived_on": ARRIVED, "receipt_no": number, "by": world.bank}
    refused(DuplicateNumber, lambda: contributions.receive_contribution(**given, **at(2011, 11, 30)))


def test_a_receipt_is_corrected_until_it_is_confirmed(world: World) -> None:
    made = receive(world, record(world), arrived_on=date(2011, 11, 15), received_on=date(2011, 11, 30))
    again = receive(world, made, arrived_on=ARRIVED, received_on=date(2011, 11, 30))
    assert again.arrived_on == ARRIVED
    event = AuditEvent.objects.filter(action="contribution.receive").first()
    assert event is not None
    assert event.changes["到账日期"] == ["2011-11-15", "2011-11-11"]


def test_the_officer_who_entered_the_receipt_does_not_confirm_it(world: World) -> None:
    made = receive(world, record(world), arrived_on=ARRIVED, received_on=date(2011, 11, 30))
    refused(NotAllowed, lambda: contributions.confirm_contribution(contribution=made, by=world.bank, **at(2011, 11, 30)))
    User.objects.filter(pk=world.bank.pk).update(role="reviewer")
    promoted = User.objects.select_related("organisation").get(pk=world.bank.pk)
    refused(SamePerson, lambda: contributions.confirm_contribution(contribution=made, by=promoted, **at(2011, 11, 30)))


def test_another_bank_has_no_say(world: World) -> None:
    from parties.enums import OrganisationKind, Role
    from tests.factories import make_organisation, make_person

    bank = make_organisation(OrganisationKind.BANK, "第二合作银行")
    officer, reviewer = make_person("other", bank, Role.OFFICER), make_person("other2", bank, Role.REVIEWER)
    made = receive(world, record(world), arrived_on=ARRIVED, received_on=date(2011, 11, 30))
    refused(NotFound, lambda: contributions.confirm_contribution(contribution=made, by=reviewer, **at(2011, 11, 30)))
    programmes.add_party(programme=world.programme, organisation=bank, by=world.sysadmin, **at(2011, 11, 30))
    refused(NotOwnAccount, lambda: contributions.confirm_contribution(contribution=made, by=reviewer, **at(2011, 11, 30)))
    given: dict[str, Any] = {"contribution": made, "arrived_on": ARRIVED, "receipt_no": "X", "by": officer}
    refused(NotOwnAccount, lambda: contributions.receive_contribution(**given, **at(2011, 11, 30)))


def test_a_rejection_needs_its_reason_and_tells_the_funder(world: World) -> None:
    made = record(world)
    for reason in ("", "  ", "长" * 201):
        given = {"contribution": made, "reason": reason, "by": world.bank2}
        refused(InvalidInput, lambda given=given: contributions.reject_contribution(**given, **at(2011, 11, 30)))  # type: ignore[misc]
    contributions.reject_contribution(contribution=made, reason="回单金额不符", by=world.bank2, **at(2011, 11, 30))
    made.refresh_from_db()
    assert (made.status, made.reject_reason, made.entry) == (ContributionStatus.REJECTED, "回单金额不符", None)
    assert Notification.objects.filter(recipient=world.province, body__contains="回单金额不符").exists()


def put_in(world: World, status: str) -> Contribution:
    made = record(world)
    if status in (ContributionStatus.RECEIVED, ContributionStatus.CONFIRMED):
        receive(world, made, arrived_on=ARRIVED, received_on=date(2011, 11, 30))
    if status == ContributionStatus.CONFIRMED:
        contributions.confirm_contribution(contribution=made, by=world.bank2, **at(2011, 11, 30))
    if status == ContributionStatus.REJECTED:
        contributions.reject_contribution(contribution=made, reason="错", by=world.bank2, **at(2011, 11, 30))
    return made


@pytest.mark.parametrize("action", list(CONTRIBUTION_LIFECYCLE.transitions))
@pytest.mark.parametrize("status", ContributionStatus.values)
def test_every_action_from_every_status(world: World, action: str, status: str) -> None:
    made = put_in(world, status)
    run = {
        "receive": lambda: contributions.receive_contribution(
            contribution=made, arrived_on=ARRIVED, receipt_no="HD9", by=world.bank, **at(2011, 11, 30)
        ),
        "confirm": lambda: contributions.confirm_contribution(contribution=made, by=world.bank2, **at(2011, 11, 30)),
        "reject": lambda: contributions.reject_contribution(contribution=made, reason="错", by=world.bank2, **at(2011, 11, 30)),
    }[action]
    if CONTRIBUTION_LIFECYCLE.allows(action, status):
        assert run().status == CONTRIBUTION_LIFECYCLE.target(action, status)
    else:
        refused(WrongState, run)


def test_money_that_arrived_in_a_closed_quarter_is_valued_on_the_day_it_is_posted(world: World) -> None:
    fund(world)
    made = record(world, transferred_on=date(2011, 12, 28), **at(2012, 1, 31))
    receive(world, made, arrived_on=date(2011, 12, 30), received_on=date(2012, 1, 31))
    periods.close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2011, 4), now=moment(date(2012, 1, 31)))
    done = contributions.confirm_contribution(contribution=made, by=world.bank2, **at(2012, 1, 31))
    assert done.entry is not None
    assert done.entry.value_date == date(2012, 1, 31)
    assert done.opened_obligation.deadline.starts_on == date(2011, 12, 30)


# --- the pure rules ------------------------------------------------------------------------------------------------


@given(
    due=st.dates(date(2012, 1, 1), date(2013, 12, 31)),
    late=st.integers(-60, 60),
    provisional=st.booleans(),
    seen=st.integers(0, 60),
)
def test_the_arrival_decides_however_late_it_is_confirmed(due: date, late: int, provisional: bool, seen: int) -> None:
    arrived = due + timedelta(days=late)
    status = obligation_status(due_on=due, provisional=provisional, fulfilled_on=arrived, on=arrived + timedelta(days=seen))
    assert status == (ObligationStatus.FULFILLED if late <= 0 else ObligationStatus.FULFILLED_LATE)


def test_a_provisional_day_makes_nobody_overdue() -> None:
    given: dict[str, Any] = {"due_on": date(2012, 6, 4), "fulfilled_on": None, "on": date(2012, 6, 5)}
    assert obligation_status(provisional=True, **given) == ObligationStatus.OPEN
    assert obligation_status(provisional=False, **given) == ObligationStatus.OVERDUE


@given(cents=st.integers(1, 10**12))
def test_the_obligation_is_the_ratio_to_the_cent(cents: int) -> None:
    from fractions import Fraction

    assert obligation_amount(Decimal(cents).scaleb(-2), Fraction(4)) == Decimal(cents * 4).scaleb(-2)
