"""Interest on the accounts: credited, paid out where the rule lets it, taken back, by two people of the bank (domain §4)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.errors import InvalidInput, NotAllowed, NotFound, Refusal, WrongState
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reserve.enums import INTEREST_LIFECYCLE, INTEREST_REVERSAL_LIFECYCLE, EntryStatus, InterestStatus
from reserve.errors import (
    BadInterest,
    InsufficientBalance,
    InterestAccumulates,
    InterestExceeded,
    InterestPaidOut,
    NotOwnAccount,
    ProgrammeClosed,
    ReceiptUsed,
    ReversalPending,
)
from reserve.ledger_enums import Purpose
from reserve.models import AccountInterest, InterestReversal, LedgerEntry, Programme
from reserve.selectors.interest import interest_of
from reserve.selectors.ledger import balances, current_balances
from reserve.selectors.waiting import on_accounts
from reserve.services import interest
from reserve.services import interest_reversals as reversals
from reserve.services.programmes import add_party, end_programme
from tests.factories import World, at, fund, make_interest, make_organisation, make_payout, make_person, make_summary, make_world
from tests.support.ledger import faults_of
from tests.support.route_subjects import outsiders
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 3, 21)
LATER = at(2012, 3, 23)


@pytest.fixture
def world() -> World:
    return fund(make_world(rules={"interest_disposal": "return"}))


@pytest.fixture
def saving() -> World:
    """Where interest accumulates, as in the pilot."""
    return fund(make_world())


def free(world: World) -> Decimal:
    return current_balances([world.provincial_account])[world.provincial_account.pk].free


def enter(world: World, by: User | None = None, **changes: Any) -> AccountInterest:
    values: dict[str, Any] = {
        "account": world.provincial_account,
        "amount": Decimal("100"),
        "booked_on": DAY,
        "receipt_no": "LX1",
        "period_first": date(2011, 12, 21),
        "period_last": date(2012, 3, 20),
    }
    return interest.enter_interest(**values | changes, by=by or world.bank, **LATER)


def pay(world: World, by: User | None = None, **changes: Any) -> AccountInterest:
    values: dict[str, Any] = {
        "account": world.provincial_account,
        "amount": Decimal("100"),
        "booked_on": DAY,
        "receipt_no": "LH1",
        "payee": "省财政厅专户",
    }
    return interest.enter_payout(**values | changes, by=by or world.bank, **LATER)


def confirm(world: World, row: AccountInterest, by: User | None = None) -> AccountInterest:
    return interest.confirm_interest(account_interest=row, by=by or world.bank2, **LATER)


def take_back(world: World, row: AccountInterest, by: User | None = None, reason: str = "金额录错") -> InterestReversal:
    return reversals.enter_interest_reversal(account_interest=row, reason=reason, by=by or world.bank, **LATER)


def confirm_back(world: World, reversal: InterestReversal, by: User | None = None) -> InterestReversal:
    return reversals.confirm_interest_reversal(interest_reversal=reversal, by=by or world.bank2, **LATER)


class TestCredited:
    def test_two_people_of_the_bank_make_it_free_money_of_its_own_account(self, saving: World) -> None:
        row = enter(saving)
        assert (row.status, free(saving)) == (InterestStatus.ENTERED, Decimal("10000000.00"))
        assert [(one.kind, one.pk, one.amount) for one in on_accounts(saving.bank2)] == [("credited", row.pk, Decimal("100.00"))]
        assert on_accounts(saving.bank) == []
        assert Notification.objects.filter(recipient=saving.bank2, subject__startswith="请复核账户利息").count() == 1
        done = confirm(saving, row)
        assert (done.status, free(saving)) == (InterestStatus.CONFIRMED, Decimal("10000100.00"))
        entry = done.entry
        assert entry is not None
        assert (entry.purpose, entry.ledger_date, entry.value_date) == (Purpose.INTEREST, LATER["on"], DAY)
        assert current_balances([saving.town_account])[saving.town_account.pk].free == Decimal("40000000.00")
        assert Notification.objects.filter(recipient=saving.province, key=f"interest:{row.pk}:confirmed").count() == 1
        trail = AuditEvent.objects.filter(object_type="reserve.accountinterest", object_id=str(row.pk)).order_by("id")
        assert [event.action for event in trail] == ["interest.enter", "interest.confirm"]
        assert faults_of(saving.programme) == ""

    def test_interest_of_a_closed_quarter_takes_the_day_of_posting_as_its_value_date(self, saving: World) -> None:
        make_summary(saving, "2012Q1", until="submitted")
        row = interest.enter_interest(
            account=saving.provincial_account,
            amount=Decimal(1),
            booked_on=DAY,
            receipt_no="LX1",
            period_first=DAY,
            period_last=DAY,
            by=saving.bank,
            **at(2012, 5, 2),
        )
        done = interest.confirm_interest(account_interest=row, by=saving.bank2, **at(2012, 5, 2))
        assert done.entry is not None
        assert done.entry.value_date == date(2012, 5, 2)
        assert faults_of(saving.programme) == ""

    @pytest.mark.parametrize(
        ("changes", "error", "field"),
        [
            ({"amount": Decimal(0)}, InvalidInput, "amount"),
            ({"amount": Decimal("0.001")}, InvalidInput, "amount"),
            ({"receipt_no": " "}, InvalidInput, "receipt_no"),
            ({"receipt_no": "9" * 41}, InvalidInput, "receipt_no"),
            ({"booked_on": date(2012, 3, 24)}, BadInterest, "booked_on"),
            ({"period_first": date(2011, 10, 27)}, BadInterest, "period_last"),
            ({"period_last": date(2012, 3, 22)}, BadInterest, "period_last"),
            ({"period_first": date(2012, 3, 21)}, BadInterest, "period_last"),
        ],
    )
    def test_wrong_facts_are_refused(self, world: World, changes: dict[str, Any], error: type[Refusal], field: str) -> None:
        with refused(error, field=field):
            enter(world, **changes)

    def test_a_receipt_stands_for_one_movement_until_it_is_discarded_or_reversed(self, world: World) -> None:
        row = enter(world)
        with refused(ReceiptUsed, "利息入账 100.00 元", field="receipt_no"):
            enter(world)
        deposit = world.provincial_account.contributions.get()
        with refused(ReceiptUsed, "出资", field="receipt_no"):
            enter(world, receipt_no=deposit.receipt_no)
        interest.discard_interest(account_interest=row, reason="录错", by=world.bank, **LATER)
        again = confirm(world, enter(world))
        confirm_back(world, take_back(world, again))
        assert enter(world).status == InterestStatus.ENTERED

    @pytest.mark.parametrize("who", ["bank2", "province", "town", "science", "auditor", "sysadmin"])
    def test_only_an_officer_of_the_bank_enters(self, world: World, who: str) -> None:
        with refused(NotAllowed):
            enter(world, by=getattr(world, who))

    def test_after_the_programme_has_ended_interest_is_still_a_fact(self, world: World) -> None:
        end_programme(programme=world.programme, ended_on=DAY, reason="期满", by=world.province2, **at(2012, 3, 22))
        assert confirm(world, enter(world)).entry is not None

    def test_once_the_programme_is_settled_nothing_is_entered_or_confirmed(self, world: World) -> None:
        row = enter(world)
        end_programme(programme=world.programme, ended_on=DAY, reason="期满", by=world.province2, **at(2012, 3, 22))
        programme = Programme.objects.get()
        programme.status, programme.closed_on, programme.closed_by = "closed", DAY, world.province2
        programme.save()
        with refused(ProgrammeClosed):
            enter(world, receipt_no="LX2")
        with refused(ProgrammeClosed):
            confirm(world, row)


class TestConfirm:
    def test_never_by_the_person_who_entered(self, world: World) -> None:
        row = enter(world)
        AccountInterest.objects.filter(pk=row.pk).update(entered_by=world.bank2)
        with refused(SamePerson):
            confirm(world, row)
        assert confirm(world, row, by=world.bank3).status == InterestStatus.CONFIRMED

    @pytest.mark.parametrize("who", ["bank", "province2", "town2", "auditor"])
    def test_only_by_a_reviewer_of_the_bank(self, world: World, who: str) -> None:
        row = enter(world)
        with refused(NotAllowed):
            confirm(world, row, by=getattr(world, who))

    def test_not_by_another_bank(self, world: World) -> None:
        row = enter(world)
        officer, reviewer, _ = (user for user in outsiders(world) if user.kind == OrganisationKind.BANK)
        with refused(NotFound):
            confirm(world, row, by=reviewer)
        with refused(NotFound):
            enter(world, by=officer, receipt_no="LX2")

    def test_a_bank_of_the_programme_that_does_not_hold_the_account(self, world: World) -> None:
        other = make_organisation(OrganisationKind.BANK, "另一村镇银行", "另一银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **LATER)
        officer = make_person("other", other, Role.OFFICER)
        with refused(NotOwnAccount):
            enter(world, by=officer)

    @pytest.mark.parametrize("status", [InterestStatus.CONFIRMED, InterestStatus.DISCARDED, InterestStatus.REVERSED])
    def test_every_step_from_a_status_that_does_not_allow_it_is_refused(self, world: World, status: str) -> None:
        row = in_status(world, status)
        if not INTEREST_LIFECYCLE.allows("confirm", status):
            with refused(WrongState):
                confirm(world, row)
        if not INTEREST_LIFECYCLE.allows("discard", status):
            with refused(WrongState):
                interest.discard_interest(account_interest=row, reason="录错", by=world.bank, **LATER)
        if not INTEREST_LIFECYCLE.allows("reverse", status):
            with refused(WrongState):
                take_back(world, row)

    def test_what_waits_cannot_be_reversed(self, world: World) -> None:
        row = enter(world)
        with refused(WrongState):
            take_back(world, row)


def in_status(world: World, status: str) -> AccountInterest:
    row = enter(world)
    if status == InterestStatus.DISCARDED:
        return interest.discard_interest(account_interest=row, reason="录错", by=world.bank2, **LATER)
    confirm(world, row)
    if status == InterestStatus.REVERSED:
        confirm_back(world, take_back(world, row))
    row.refresh_from_db()
    return row


class TestDiscard:
    @pytest.mark.parametrize("who", ["bank", "bank2"])
    def test_either_of_the_pair_takes_it_out_with_a_reason(self, world: World, who: str) -> None:
        row = enter(world)
        with refused(InvalidInput, field="reason"):
            interest.discard_interest(account_interest=row, reason=" ", by=getattr(world, who), **LATER)
        done = interest.discard_interest(account_interest=row, reason="重复录入", by=getattr(world, who), **LATER)
        assert (done.status, done.discard_reason) == (InterestStatus.DISCARDED, "重复录入")
        assert faults_of(world.programme) == ""

    def test_nobody_else(self, world: World) -> None:
        row = enter(world)
        for who in ("province2", "town", "auditor"):
            with refused(NotAllowed):
                interest.discard_interest(account_interest=row, reason="重复录入", by=getattr(world, who), **LATER)


class TestPayout:
    def test_interest_that_has_been_earned_leaves_the_account(self, world: World) -> None:
        make_interest(world, "150")
        row = confirm(world, pay(world, amount=Decimal("150")))
        assert row.entry is not None
        assert row.entry.purpose == Purpose.INTEREST_PAYOUT
        assert free(world) == Decimal("10000000.00")
        figures = interest_of(world.provincial_account)
        assert (figures.credited, figures.paid_out, figures.unpaid) == (Decimal("150.00"), Decimal("150.00"), Decimal(0))
        assert faults_of(world.programme) == ""

    def test_under_accumulation_it_is_refused_by_name(self, saving: World) -> None:
        make_interest(saving, "150")
        with refused(InterestAccumulates, "滚存"):
            pay(saving)

    def test_not_more_than_has_not_left_yet_nor_what_waits_to_leave(self, world: World) -> None:
        make_interest(world, "150")
        with refused(InterestExceeded, "150.00", field="amount"):
            pay(world, amount=Decimal("150.01"))
        pay(world, amount=Decimal("100"))
        with refused(InterestExceeded, "50.00", field="amount"):
            pay(world, amount=Decimal("50.01"), receipt_no="LH2")
        assert pay(world, amount=Decimal("50"), receipt_no="LH2").status == InterestStatus.ENTERED

    def test_interest_of_the_other_account_does_not_count(self, world: World) -> None:
        make_interest(world, "150", account=world.town_account)
        with refused(InterestExceeded):
            pay(world)

    def test_not_more_than_is_free(self, world: World) -> None:
        make_interest(world, "150")
        row = pay(world)
        drain(world)
        with refused(InsufficientBalance, "可用准备金"):
            pay(world, amount=Decimal("50"), receipt_no="LH2")
        with refused(InsufficientBalance, "可用准备金"):
            confirm(world, row)

    def test_a_payee_is_named(self, world: World) -> None:
        make_interest(world)
        with refused(InvalidInput, field="payee"):
            pay(world, payee=" ")

    def test_what_was_enough_when_entered_is_asked_again_when_confirmed(self, world: World) -> None:
        credited = make_interest(world, "150")
        row = pay(world, amount=Decimal("150"))
        AccountInterest.objects.filter(pk=credited.pk).update(amount=Decimal("149.99"))
        with refused(InterestExceeded):
            confirm(world, row)

    def test_credited_interest_is_not_taken_back_before_its_payout(self, world: World) -> None:
        credited = make_interest(world, "150")
        paid = make_payout(world, "100")
        with refused(InterestPaidOut, "50.00"):
            take_back(world, credited)
        confirm_back(world, take_back(world, paid))
        assert confirm_back(world, take_back(world, credited)).status == EntryStatus.CONFIRMED
        assert free(world) == Decimal("10000000.00")
        assert faults_of(world.programme) == ""


def drain(world: World) -> None:
    """Post the free money of the provincial account away."""
    from reserve.services import ledger

    ledger.post(
        programme=world.programme,
        purpose=Purpose.EARMARK,
        transfers=[ledger.earmark(world.provincial_account, free(world) - 1)],
        source=("loan", 1),
        ledger_date=DAY,
        value_date=DAY,
        by=world.bank,
        now=LATER["now"],
        key="drain",
    )


class TestReversal:
    def test_a_confirmed_mistake_is_reversed_by_a_linked_entry_with_its_reason(self, world: World) -> None:
        row = make_interest(world, "150")
        reversal = take_back(world, row, reason="应为 15 元")
        assert [(one.kind, one.pk) for one in on_accounts(world.bank2)] == [("reversal", row.pk)]
        assert free(world) == Decimal("10000150.00")
        done = confirm_back(world, reversal)
        row.refresh_from_db()
        assert (row.status, free(world)) == (InterestStatus.REVERSED, Decimal("10000000.00"))
        assert done.entry is not None
        assert (done.entry.reverses, done.entry.memo) == (row.entry, "应为 15 元")
        assert balances([world.provincial_account], DAY, "value")[world.provincial_account.pk].free == Decimal("10000000.00")
        assert interest_of(world.provincial_account).credited == 0
        assert faults_of(world.programme) == ""

    def test_by_two_people(self, world: World) -> None:
        reversal = take_back(world, make_interest(world))
        InterestReversal.objects.update(entered_by=world.bank2)
        with refused(SamePerson):
            confirm_back(world, reversal)
        for who in ("bank", "province2", "auditor"):
            with refused(NotAllowed):
                confirm_back(world, reversal, by=getattr(world, who))

    def test_one_at_a_time_with_a_reason(self, world: World) -> None:
        row = make_interest(world)
        with refused(InvalidInput, field="reason"):
            take_back(world, row, reason="")
        with refused(NotAllowed):
            take_back(world, row, by=world.bank2)
        reversal = take_back(world, row)
        with refused(ReversalPending):
            take_back(world, row)
        with refused(InvalidInput, field="reason"):
            reversals.discard_interest_reversal(interest_reversal=reversal, reason="", by=world.bank, **LATER)
        with refused(NotAllowed):
            reversals.discard_interest_reversal(interest_reversal=reversal, reason="原来没错", by=world.town2, **LATER)
        reversals.discard_interest_reversal(interest_reversal=reversal, reason="原来没错", by=world.bank2, **LATER)
        for step in ("confirm", "discard"):
            assert not INTEREST_REVERSAL_LIFECYCLE.allows(step, EntryStatus.DISCARDED)
        with refused(WrongState):
            confirm_back(world, reversal)
        with refused(WrongState):
            reversals.discard_interest_reversal(interest_reversal=reversal, reason="原来没错", by=world.bank2, **LATER)
        assert take_back(world, row).status == EntryStatus.ENTERED
        assert faults_of(world.programme) == ""

    def test_money_that_is_in_use_is_not_taken_back(self, world: World) -> None:
        row = make_interest(world, "150")
        reversal = take_back(world, row)
        drain(world)
        with refused(InsufficientBalance):
            confirm_back(world, reversal)


class TestProof:
    """verify_ledger knows each record against its entry, and the reverse."""

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": Decimal("151")},
            {"booked_on": date(2012, 3, 22)},
            {"status": "reversed"},
            {"payee": "", "receipt_no": "LX9"},
            {"confirmed_on": date(2012, 3, 22)},
        ],
    )
    def test_an_edited_record_is_named(self, world: World, change: dict[str, Any]) -> None:
        row = make_interest(world, "150")
        AccountInterest.objects.filter(pk=row.pk).update(**change)
        assert re.search(rf"账户利息 {row.pk} |{row}|LX9", faults_of(world.programme))

    def test_an_entry_without_its_record_is_named(self, world: World) -> None:
        row = make_interest(world, "150")
        back = dict.fromkeys(("entry", "confirmed_by", "confirmed_at", "confirmed_on"))
        AccountInterest.objects.filter(pk=row.pk).update(status=InterestStatus.ENTERED, **back)
        assert "没有对应的已确认记录" in faults_of(world.programme)

    def test_a_reversal_that_is_gone_or_edited_is_named(self, world: World) -> None:
        row = make_interest(world, "150")
        confirm_back(world, take_back(world, row))
        with transaction.atomic():
            InterestReversal.objects.update(reason="另一理由")
            assert "冲正理由" in faults_of(world.programme)
            transaction.set_rollback(True)
        InterestReversal.objects.all().delete()
        assert "没有对应的已确认记录" in faults_of(world.programme)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"status": "gone"},
        {"entry": None},
        {"payee": "某人"},
        {"period_last": None},
        {"period_last": date(2012, 3, 30)},
        {"discard_reason": "理由"},
        {"confirmed_by": None},
    ],
)
def test_the_database_keeps_its_constraints(world: World, change: dict[str, Any]) -> None:
    row = make_interest(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountInterest.objects.filter(pk=row.pk).update(**change)


# --- pages and API ---------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


FORM = {
    "amount": "1,234.56",
    "booked_on": "2012年3月21日",
    "receipt_no": "LX1",
    "period_first": "2011-12-21",
    "period_last": "2012-03-20",
}


def test_pages_by_hand(world: World) -> None:
    officer, reviewer = signed_in(world.bank), signed_in(world.bank2)
    account_page = officer.get(world.provincial_account.get_absolute_url()).content.decode()
    new = f"{reverse('reserve:interest_enter')}?account={world.provincial_account.pk}"
    assert new in account_page
    assert "selected" in officer.get(new).content.decode()
    wrong = officer.post(new, {**FORM, "account": world.provincial_account.pk, "period_last": "2012-03-30"})
    assert wrong.status_code == 400
    assert "1,234.56" in wrong.content.decode()
    officer.post(new, {**FORM, "account": world.provincial_account.pk})
    row = AccountInterest.objects.get()
    assert "复核利息入账" in reviewer.get("/").content.decode()
    assert reviewer.post(reverse("reserve:interest_confirm", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.status == InterestStatus.CONFIRMED
    assert "1,234.56" in reviewer.get(world.provincial_account.get_absolute_url()).content.decode()

    out = f"{reverse('reserve:interest_pay_out')}?account={world.provincial_account.pk}"
    assert "1,234.56" in officer.get(out).content.decode()
    officer.post(
        out, {"account": world.provincial_account.pk, "amount": "234.56", "booked_on": "2012-03-22", "receipt_no": "LH1", "payee": "专户"}
    )
    paid = AccountInterest.objects.get(kind="paid_out")
    page = officer.get(reverse("reserve:interest_discard", args=[paid.pk]))
    assert page.status_code == 200
    officer.post(reverse("reserve:interest_discard", args=[paid.pk]), {"reason": "误录"})
    paid.refresh_from_db()
    assert (paid.status, paid.discard_reason) == (InterestStatus.DISCARDED, "误录")

    officer.post(reverse("reserve:interest_reverse", args=[row.pk]), {"reason": "重复入账"})
    reversal = InterestReversal.objects.get()
    assert "复核利息冲正" in reviewer.get("/").content.decode()
    assert "复核冲正" in reviewer.get(row.get_absolute_url()).content.decode()
    reviewer.post(reverse("reserve:interest_reversal_confirm", args=[reversal.pk]))
    row.refresh_from_db()
    assert row.status == InterestStatus.REVERSED
    entry_page = reviewer.get(LedgerEntry.objects.get(purpose=Purpose.INTEREST).get_absolute_url()).content.decode()
    assert row.get_absolute_url() in entry_page
    listed = signed_in(world.auditor).get(f"{reverse('reserve:interest_list')}?status=reversed").content.decode()
    assert "LX1" in listed
    assert "LH1" not in listed
    assert "录入利息入账" not in listed


@pytest.mark.parametrize("query", ["?account=x", "?account=", f"?account={'9' * 30}"])
def test_an_odd_account_in_the_address_does_no_harm(world: World, query: str) -> None:
    for name in ("interest_enter", "interest_pay_out"):
        assert signed_in(world.bank).get(reverse(f"reserve:{name}") + query).status_code == 200


def body(world: World, **changes: Any) -> dict[str, Any]:
    given = {
        "kind": "credited",
        "account": world.provincial_account.pk,
        "amount": "1234.56",
        "booked_on": "2012-03-21",
        "receipt_no": "LX1",
        "period_first": "2011-12-21",
        "period_last": "2012-03-20",
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def test_the_api(world: World) -> None:
    officer, reviewer = api(world.bank), api(world.bank2)
    made = officer.post("/api/v1/account-interests/", body(world), format="json")
    assert (made.status_code, made.json()["status"], made.json()["amount"]) == (201, "entered", "1234.56")
    path = f"/api/v1/account-interests/{made.json()['id']}/"
    assert officer.post(f"{path}confirm/").status_code == 403
    done = reviewer.post(f"{path}confirm/").json()
    assert (done["status"], done["confirmed_by"]) == ("confirmed", "bank2")
    assert done["ledger_entry"]
    assert reviewer.post(f"{path}confirm/").status_code == 409
    assert reviewer.post(f"{path}reverse/").json()["code"] == "nothing_to_reverse"
    assert officer.post(f"{path}reverse/", {}, format="json").status_code == 400
    asked = officer.post(f"{path}reverse/", {"reason": "重复"}, format="json").json()
    assert asked["reversals"][0]["status"] == "entered"
    gone = officer.post(f"{path}reverse/discard/", {"reason": "没有重复"}, format="json").json()
    assert gone["reversals"][0]["status"] == "discarded"
    officer.post(f"{path}reverse/", {"reason": "重复"}, format="json")
    assert reviewer.post(f"{path}reverse/").json()["status"] == "reversed"

    paid = body(world, kind="paid_out", period_first=None, period_last=None, payee="专户", receipt_no="LH1")
    assert officer.post("/api/v1/account-interests/", paid, format="json").json()["code"] == "interest_exceeded"
    more = officer.post("/api/v1/account-interests/", body(world, receipt_no="LX2"), format="json").json()
    reviewer.post(f"/api/v1/account-interests/{more['id']}/confirm/")
    made = officer.post("/api/v1/account-interests/", paid, format="json").json()
    assert made["payee"] == "专户"
    gone = officer.post(f"/api/v1/account-interests/{made['id']}/discard/", {"reason": "误录"}, format="json").json()
    assert gone["status"] == "discarded"
    rows = api(world.auditor).get("/api/v1/account-interests/?kind=paid_out&programme=xiaolan").json()
    assert [row["receipt_no"] for row in rows["results"]] == ["LH1"]
    assert officer.get("/api/v1/account-interests/?kind=gold").status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"period_first": None}, "period_first"),
        ({"payee": "专户"}, "payee"),
        ({"kind": "paid_out", "period_first": None, "period_last": None}, "payee"),
        ({"account": 999999}, "account"),
        ({"amount": 12}, "amount"),
        ({"kind": "lent"}, "kind"),
    ],
)
def test_the_api_refuses_a_body_that_does_not_fit(world: World, changes: dict[str, Any], field: str) -> None:
    answer = api(world.bank).post("/api/v1/account-interests/", body(world, **changes), format="json")
    assert (answer.status_code, AccountInterest.objects.count()) == (400, 0)
    assert field in str(answer.json())
