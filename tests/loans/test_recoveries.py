"""What comes in after a compensation: shared to the 分, remitted in time, and every step that is refused (domain §3.10, §4)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.append_only import AppendOnlyError
from common.errors import InvalidInput, NotAllowed, WrongState
from loans.claim_enums import RECOVERY_LIFECYCLE, RecoveryStatus
from loans.claim_errors import CostAboveGross, RecoveryBeforeCompensation, RecoveryPosted, SharedSince
from loans.enums import LoanStatus
from loans.errors import DatesOutOfOrder, NotYourBank
from loans.models import Loan, Recovery
from loans.rules.claims import NOTHING, Share, recovered
from loans.selectors.recoveries import paid_claim, standing
from loans.services import recoveries
from loans.services.recovery_reports import report_recovery
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reports.selectors.reconciliation.trail import faults as witnesses
from reserve.enums import DeadlineKind
from reserve.ledger_enums import Purpose
from reserve.models import Deadline, LedgerEntry
from reserve.quarters import Quarter
from reserve.selectors.ledger import current_balances
from reserve.services.periods import close_period
from reserve.services.programmes import add_party
from tests.factories import AGREEMENT_DAY, World, fund, make_loan, make_organisation, make_person, make_world, on
from tests.support.claims import FAILED, failed, make_claim, make_recovery
from tests.support.rows import refused

WAN = Decimal(10000)
CENT = Decimal("0.01")
DAY = FAILED + timedelta(days=30)


# The rule


def share(total: str, provincial: str, town: str) -> Share:
    return Share(Decimal(total), Decimal(provincial), Decimal(town))


def test_the_worked_example() -> None:
    paid = share("1500000", "300000", "1200000")
    assert recovered([Decimal("960000")], Decimal("3000000"), paid) == [share("480000", "96000", "384000")]


def test_of_a_capped_payout_a_quarter_comes_back() -> None:
    paid = share("2500000", "500000", "2000000")
    assert recovered([Decimal("1000000")], Decimal("10000000"), paid) == [share("250000", "50000", "200000")]


def test_the_last_cent_is_absorbed() -> None:
    """Of 0.03 paid on a base of 0.10, each 0.01 recovered returns nothing or one 分, and the whole base the three."""
    found = recovered([CENT] * 10, Decimal("0.10"), share("0.03", "0.01", "0.02"))
    assert [one.total / CENT for one in found] == [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]
    assert sum((one.provincial for one in found), Decimal(0)) == CENT


cents = st.integers(min_value=0, max_value=10**12).map(lambda number: number * CENT)


@st.composite
def paid_claims(draw: st.DrawFn) -> tuple[Decimal, Share]:
    """A base, and what the two accounts paid of it."""
    base = draw(st.integers(min_value=1, max_value=10**12))
    total = draw(st.integers(min_value=0, max_value=base))
    provincial = draw(st.integers(min_value=0, max_value=total))
    return base * CENT, Share(total * CENT, provincial * CENT, (total - provincial) * CENT)


@given(paid_claims(), st.lists(cents, min_size=1, max_size=8))
def test_what_comes_back_never_falls_nor_passes_what_was_paid_account_by_account(claim: tuple[Decimal, Share], nets: list[Decimal]) -> None:
    base, paid = claim
    so_far = NOTHING
    for net, one in zip(nets, recovered(nets, base, paid), strict=True):
        assert one.total == one.provincial + one.town
        assert min(one) >= 0
        assert one.total <= net
        so_far = Share(*(old + new for old, new in zip(so_far, one, strict=True)))
        assert all(back <= most for back, most in zip(so_far, paid, strict=True))


@given(paid_claims(), st.data())
def test_the_whole_base_back_returns_the_whole_payout(claim: tuple[Decimal, Share], data: st.DataObject) -> None:
    """However it is cut, and however much more comes in."""
    base, paid = claim
    cuts = data.draw(st.lists(st.integers(min_value=0, max_value=int(base / CENT)), max_size=6).map(sorted))
    marks = [0, *cuts, int(base / CENT)]
    nets = [(after - before) * CENT for before, after in pairwise(marks)]
    found = recovered([*nets, data.draw(cents)], base, paid)
    assert Share(*(sum(parts, Decimal(0)) for parts in zip(*found[:-1], strict=True))) == paid
    assert found[-1] == NOTHING


@given(paid_claims(), st.lists(cents, min_size=2, max_size=6))
def test_the_sum_does_not_depend_on_the_order(claim: tuple[Decimal, Share], nets: list[Decimal]) -> None:
    base, paid = claim
    sums = [sum((one.total for one in recovered(order, base, paid)), Decimal(0)) for order in (nets, nets[::-1], [sum(nets, Decimal(0))])]
    assert len(set(sums)) == 1


# The services


@pytest.fixture
def world(db: None) -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """300万, compensated with 150万 on `FAILED`."""
    loan = failed(world)
    make_claim(world, loan)
    return loan


def enter(world: World, loan: Loan, *, by: User | None = None, day: date = DAY, **changes: Any) -> Recovery:
    values: dict[str, Any] = {"received_on": day, "source": "guarantor", "gross": Decimal("1000000"), "cost": Decimal("40000")}
    return recoveries.enter_recovery(loan=loan, **values | changes, by=by or world.bank, **on(day))


def remit(world: World, recovery: Recovery, *, by: User | None = None, day: date = DAY, **changes: Any) -> Recovery:
    values: dict[str, Any] = {"remitted_on": day, "receipt_no": "ZH-9"}
    return recoveries.remit_recovery(recovery=recovery, **values | changes, by=by or world.bank, **on(day))


def balances(world: World) -> list[Decimal]:
    accounts = [world.provincial_account, world.town_account]
    found = current_balances(accounts)
    return [found[account.pk].balance / WAN for account in accounts]


def clock(recovery: Recovery) -> Deadline:
    return Deadline.objects.get(kind=DeadlineKind.RECOVERY_REMIT, subject_id=recovery.pk)


def other_bank(world: World, role: Role) -> User:
    organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
    add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **on(AGREEMENT_DAY))
    return make_person(f"other-{role}", organisation, role)


class TestWorkedExample:
    def test_to_the_cent(self, world: World, loan: Loan) -> None:
        assert balances(world) == [970, 3880]
        recovery = enter(world, loan)
        assert (recovery.status, recovery.net, recovery.returned, recovery.kept_by_bank) == (RecoveryStatus.ENTERED, 96 * WAN, 0, 0)
        recovery = recoveries.confirm_recovery(recovery=recovery, by=world.bank2, **on(DAY))
        assert recovery.status == RecoveryStatus.CONFIRMED
        assert (recovery.returned, recovery.returned_provincial, recovery.returned_town) == (48 * WAN, Decimal("96000"), Decimal("384000"))
        assert recovery.kept_by_bank == 48 * WAN
        assert balances(world) == [970, 3880]
        recovery = recoveries.confirm_remittance(recovery=remit(world, recovery), by=world.bank2, **on(DAY))
        assert recovery.status == RecoveryStatus.REMITTED
        assert balances(world) == [Decimal("979.6"), Decimal("3918.4")]
        entry = LedgerEntry.objects.get(purpose=Purpose.RECOVERY)
        moved = {(row.debit.kind, row.credit.kind, row.credit.reserve_account_id): row.amount for row in entry.transfers.all()}
        assert moved == {
            ("bank", "free", world.provincial_account.pk): Decimal("96000"),
            ("bank", "free", world.town_account.pk): Decimal("384000"),
        }
        assert recovery.entry == entry
        loan.refresh_from_db()
        assert (loan.status, loan.outstanding, loan.repaid) == (LoanStatus.COMPENSATED, 0, 0)

    def test_of_a_capped_loan_the_reserves_part_is_a_quarter(self, world: World) -> None:
        loan = failed(world, "10000000")
        claim = make_claim(world, loan)
        assert claim.paid == 250 * WAN
        recovery = make_recovery(world, loan, "1000000", cost="40000")
        assert (recovery.returned, recovery.returned_provincial, recovery.kept_by_bank) == (24 * WAN, Decimal("48000"), 72 * WAN)

    def test_several_add_up_and_the_whole_base_back_settles_the_loan(self, world: World, loan: Loan) -> None:
        parts = ["333333.33", "1000000.01", "999999.99", "666666.67"]
        for number, gross in enumerate(parts):
            assert loan.status == LoanStatus.COMPENSATED
            make_recovery(world, loan, gross, day=DAY + timedelta(days=number))
        found = standing(paid_claim(loan))
        assert (found.back, found.left, found.base_left) == (Share(150 * WAN, 30 * WAN, 120 * WAN), NOTHING, 0)
        assert (found.net, found.borne_by_bank, found.kept_by_bank) == (300 * WAN, 150 * WAN, 150 * WAN)
        assert (loan.status, loan.settled_on) == (LoanStatus.SETTLED, DAY + timedelta(days=3))
        assert balances(world) == [1000, 4000]
        assert AuditEvent.objects.get(action="loan.recovered").summary == f"追偿结清：{DAY + timedelta(days=3)}"

    def test_once_all_is_back_the_bank_keeps_the_rest(self, world: World, loan: Loan) -> None:
        recovery = make_recovery(world, loan, "3200000")
        assert (recovery.returned, recovery.kept_by_bank) == (150 * WAN, 170 * WAN)
        assert loan.status == LoanStatus.SETTLED

    def test_a_loan_is_settled_on_the_day_the_last_of_it_came_in(self, world: World, loan: Loan) -> None:
        late = enter(world, loan, gross=Decimal("1000000"), cost=Decimal(0), received_on=DAY)
        make_recovery(world, loan, "2000000", day=DAY + timedelta(days=9))
        day = DAY + timedelta(days=10)
        late = recoveries.confirm_recovery(recovery=late, by=world.bank2, **on(day))
        recoveries.confirm_remittance(recovery=remit(world, late, day=day), by=world.bank2, **on(day))
        loan.refresh_from_db()
        assert (loan.status, loan.settled_on) == (LoanStatus.SETTLED, DAY + timedelta(days=9))

    def test_costs_that_eat_everything_leave_nothing_to_remit(self, world: World, loan: Loan) -> None:
        recovery = recoveries.confirm_recovery(recovery=enter(world, loan, cost=Decimal("1000000")), by=world.bank2, **on(DAY))
        assert (recovery.status, recovery.returned, recovery.entry) == (RecoveryStatus.REMITTED, 0, None)
        assert (clock(recovery).met_on, clock(recovery).cancelled_on) == (None, DAY)
        assert not LedgerEntry.objects.filter(purpose=Purpose.RECOVERY).exists()

    def test_with_a_last_entry_discarded_what_is_all_back_is_settled(self, world: World, loan: Loan) -> None:
        doubtful = enter(world, loan)
        make_recovery(world, loan, "3000000")
        assert loan.status == LoanStatus.COMPENSATED
        recoveries.discard_recovery(recovery=doubtful, reason="重复录入", by=world.bank, **on(DAY))
        loan.refresh_from_db()
        assert (loan.status, loan.settled_on) == (LoanStatus.SETTLED, DAY)

    def test_those_who_paid_are_told(self, world: World, loan: Loan) -> None:
        recovery = make_recovery(world, loan, "1000000", cost="40000")
        for event in ("confirmed", "remitted"):
            told = Notification.objects.filter(key=f"recovery:{recovery.pk}:{event}")
            assert set(told.values_list("recipient__username", flat=True)) == {"province", "province2", "town", "town2"}
            assert "归准备金 480,000.00 元（省 96,000.00，镇 384,000.00），归银行 480,000.00 元" in told[0].body

    def test_a_remittance_of_a_closed_quarter_is_valued_on_the_day_of_posting(self, world: World, loan: Loan) -> None:
        day = date(2013, 7, 12)
        recovery = remit(world, make_recovery(world, loan, "1000000", until="confirmed"), day=day, remitted_on=date(2013, 6, 28))
        close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2013, 2), now=on(day)["now"])
        recovery = recoveries.confirm_remittance(recovery=recovery, by=world.bank2, **on(day))
        assert recovery.entry is not None
        assert (recovery.entry.value_date, recovery.remitted_on) == (day, date(2013, 6, 28))


class TestClock:
    @pytest.mark.parametrize(
        "received_on, due_on",
        [
            (date(2013, 6, 6), date(2013, 6, 21)),  # 端午: 8 and 9 June are made up, 10 to 12 free
            (date(2013, 9, 20), date(2013, 10, 9)),  # 中秋 and 国庆: 22 and 29 September are worked
            (date(2013, 9, 25), date(2013, 10, 14)),  # and 12 October
            (date(2013, 12, 31), date(2014, 1, 15)),  # 元旦
            (date(2014, 1, 24), date(2014, 2, 12)),  # 春节: 26 January and 8 February are worked
        ],
    )
    def test_ten_working_days_after_the_money_came_in(self, world: World, loan: Loan, received_on: date, due_on: date) -> None:
        found = clock(enter(world, loan, day=received_on))
        assert (found.due_on, found.provisional, found.organisation) == (due_on, False, world.bank_organisation)

    @pytest.mark.parametrize("days, late", [(0, 0), (1, 0), (3, 1)])  # due on a Friday
    def test_met_by_the_day_it_was_remitted(self, world: World, loan: Loan, days: int, late: int) -> None:
        recovery = make_recovery(world, loan, "1000000", day=DAY, until="confirmed")
        day = clock(recovery).due_on + timedelta(days=days)
        recoveries.confirm_remittance(recovery=remit(world, recovery, day=day), by=world.bank2, **on(day + timedelta(days=5)))
        assert (clock(recovery).met_on, clock(recovery).late_workdays) == (day, late)

    def test_an_entry_taken_back_owes_nothing(self, world: World, loan: Loan) -> None:
        recovery = recoveries.discard_recovery(recovery=enter(world, loan), reason="录错", by=world.bank, **on(DAY))
        assert clock(recovery).cancelled_on == DAY


class TestEnter:
    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"cost": Decimal("1000000.01")}, CostAboveGross, "cost"),
            ({"gross": Decimal(0), "cost": Decimal(0)}, InvalidInput, "gross"),
            ({"gross": Decimal("-1"), "cost": Decimal(0)}, InvalidInput, "gross"),
            ({"gross": Decimal("1.001"), "cost": Decimal(0)}, InvalidInput, "gross"),
            ({"cost": Decimal("-1")}, InvalidInput, "cost"),
            ({"received_on": DAY + timedelta(days=1)}, DatesOutOfOrder, "received_on"),
            ({"received_on": FAILED - timedelta(days=1)}, RecoveryBeforeCompensation, "received_on"),
            ({"source": "lottery"}, InvalidInput, "source"),
            ({"source": ""}, InvalidInput, "source"),
            ({"note": "长" * 201}, InvalidInput, "note"),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_its_field(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            enter(world, loan, **changes)

    def test_money_of_the_very_day_is_a_recovery(self, world: World, loan: Loan) -> None:
        assert enter(world, loan, received_on=FAILED).claim == paid_claim(loan)

    @pytest.mark.parametrize("name", ["bank2", "science", "town2", "province", "centre", "auditor", "sysadmin"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            enter(world, loan, by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        other = other_bank(world, Role.OFFICER)
        with refused(NotYourBank):
            enter(world, loan, by=other)

    def test_only_on_a_compensated_loan(self, world: World) -> None:
        loan = make_loan(world)
        with refused(WrongState, "正常"):
            enter(world, loan)

    def test_not_while_a_claim_is_under_way(self, world: World) -> None:
        loan = failed(world)
        make_claim(world, loan, until="instructed")
        with refused(WrongState):
            enter(world, loan)

    def test_nothing_more_once_it_is_settled(self, world: World, loan: Loan) -> None:
        make_recovery(world, loan, "3000000")
        with refused(WrongState, "已结清"):
            enter(world, loan)


REASONED = {"reason": "单据有误"}
STEPS: dict[str, tuple[Callable[..., Recovery], dict[str, Any], str]] = {
    "discard": (recoveries.discard_recovery, REASONED, "bank"),
    "confirm": (recoveries.confirm_recovery, {}, "bank2"),
    "revoke": (recoveries.revoke_recovery, REASONED, "bank2"),
    "remit": (recoveries.remit_recovery, {"remitted_on": DAY, "receipt_no": "ZH-2"}, "bank"),
    "unremit": (recoveries.unremit_recovery, REASONED, "bank2"),
    "confirm_remittance": (recoveries.confirm_remittance, {}, "bank2"),
}

OPEN_TO = [
    ("discard", "entered"),
    ("confirm", "entered"),
    ("revoke", "confirmed"),
    ("remit", "confirmed"),
    ("unremit", "remitting"),
    ("confirm_remittance", "remitting"),
]
"""Each step with a status it may start from."""


def take(world: World, step: str, recovery: Recovery, by: User | None = None, **changes: Any) -> Recovery:
    service, values, who = STEPS[step]
    return service(recovery=recovery, **values | changes, by=by or getattr(world, who), **on(DAY))


def in_status(world: World, loan: Loan, status: str) -> Recovery:
    if status in ("discarded", "revoked"):
        recovery = make_recovery(world, loan, "1000000", until="entered" if status == "discarded" else "confirmed")
        return take(world, "discard" if status == "discarded" else "revoke", recovery)
    return make_recovery(world, loan, "1000000", until=status)


class TestSteps:
    @pytest.mark.parametrize("status", RecoveryStatus.values)
    def test_no_other_step_than_those_of_the_table(self, world: World, loan: Loan, status: str) -> None:
        recovery = in_status(world, loan, status)
        for step in STEPS:
            if not RECOVERY_LIFECYCLE.allows(step, status):
                with refused(WrongState):
                    take(world, step, recovery)

    @pytest.mark.parametrize("step, status", OPEN_TO)
    def test_each_step_leads_where_the_table_says(self, world: World, loan: Loan, step: str, status: str) -> None:
        assert take(world, step, in_status(world, loan, status)).status == RECOVERY_LIFECYCLE.target(step, status)

    def test_what_is_in_the_accounts_is_not_taken_back(self, world: World, loan: Loan) -> None:
        recovery = in_status(world, loan, "remitted")
        with refused(RecoveryPosted):
            take(world, "revoke", recovery)

    @pytest.mark.parametrize(
        "step, status, names",
        [
            ("discard", "entered", ["town2", "province2", "auditor"]),
            ("confirm", "entered", ["bank", "town2", "province2", "science2"]),
            ("revoke", "confirmed", ["bank", "town2", "province2"]),
            ("remit", "confirmed", ["bank2", "town", "province"]),
            ("unremit", "remitting", ["town2", "auditor"]),
            ("confirm_remittance", "remitting", ["bank", "town2", "province2"]),
        ],
    )
    def test_only_those_whose_step_it_is(self, world: World, loan: Loan, step: str, status: str, names: list[str]) -> None:
        recovery = in_status(world, loan, status)
        for name in names:
            with refused(NotAllowed):
                take(world, step, recovery, by=getattr(world, name))

    @pytest.mark.parametrize("step, status", OPEN_TO)
    def test_not_by_another_bank(self, world: World, loan: Loan, step: str, status: str) -> None:
        recovery = in_status(world, loan, status)
        other = other_bank(world, getattr(world, STEPS[step][2]).role)
        with refused(NotYourBank):
            take(world, step, recovery, by=other)

    def test_who_entered_does_not_confirm(self, world: World, loan: Loan) -> None:
        recovery = enter(world, loan)
        User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)
        world.bank.refresh_from_db()
        with refused(SamePerson):
            take(world, "confirm", recovery, by=world.bank)

    def test_who_entered_the_remittance_does_not_confirm_it(self, world: World, loan: Loan) -> None:
        recovery = in_status(world, loan, "remitting")
        User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)
        world.bank.refresh_from_db()
        with refused(SamePerson):
            take(world, "confirm_remittance", recovery, by=world.bank)

    @pytest.mark.parametrize("step, status", [("discard", "entered"), ("revoke", "confirmed"), ("unremit", "remitting")])
    def test_a_reason_is_asked_for(self, world: World, loan: Loan, step: str, status: str) -> None:
        recovery = in_status(world, loan, status)
        for reason in ("", "  ", "长" * 201):
            with refused(InvalidInput, field="reason"):
                take(world, step, recovery, reason=reason)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"remitted_on": DAY - timedelta(days=1)}, DatesOutOfOrder, "remitted_on"),
            ({"remitted_on": DAY + timedelta(days=1)}, DatesOutOfOrder, "remitted_on"),
            ({"receipt_no": " "}, InvalidInput, "receipt_no"),
            ({"receipt_no": "1" * 81}, InvalidInput, "receipt_no"),
        ],
    )
    def test_a_remittance_has_a_day_in_order_and_a_receipt(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        recovery = in_status(world, loan, "confirmed")
        with refused(refusal, field=field):
            take(world, "remit", recovery, **changes)

    def test_a_remittance_sent_back_is_entered_again_and_the_reviewer_is_told_again(self, world: World, loan: Loan) -> None:
        recovery = in_status(world, loan, "remitting")
        recovery = recoveries.unremit_recovery(recovery=recovery, reason="回单号有误", by=world.bank2, **on(DAY))
        assert (recovery.status, recovery.remitted_on, recovery.receipt_no) == (RecoveryStatus.CONFIRMED, None, "")
        later = on(DAY)["now"] + timedelta(hours=1)
        recoveries.remit_recovery(recovery=recovery, remitted_on=DAY, receipt_no="ZH-3", by=world.bank, on=DAY, now=later)
        told = Notification.objects.filter(recipient=world.bank2, subject__startswith="待复核追偿款划回")
        assert told.count() == 2


class TestRevoke:
    """A recovery confirmed wrongly, before anything of it is in the accounts."""

    def test_it_counts_no_more_and_is_entered_anew(self, world: World, loan: Loan) -> None:
        wrong = make_recovery(world, loan, "1000000", until="confirmed")
        wrong = take(world, "revoke", wrong)
        assert (wrong.status, wrong.returned, wrong.kept_by_bank) == (RecoveryStatus.REVOKED, 0, 0)
        assert (wrong.discard_reason, clock(wrong).cancelled_on) == ("单据有误", DAY)
        assert AuditEvent.objects.get(action="recovery.revoke").reason == "单据有误"
        assert list(witnesses(world.programme, Recovery)) == []
        assert Notification.objects.filter(key=f"recovery:{wrong.pk}:revoked", recipient=world.town2).exists()
        right = make_recovery(world, loan, "1000000", cost="40000")
        assert (right.returned, right.returned_provincial) == (48 * WAN, Decimal("96000"))
        assert standing(paid_claim(loan)).back == Share(48 * WAN, Decimal("96000"), Decimal("384000"))

    def test_the_last_first(self, world: World, loan: Loan) -> None:
        first = make_recovery(world, loan, "1000000", until="confirmed")
        second = make_recovery(world, loan, "500000", day=DAY + timedelta(days=1), until="confirmed")
        with refused(SharedSince):
            take(world, "revoke", first)
        take(world, "revoke", second)
        assert take(world, "revoke", first).status == RecoveryStatus.REVOKED
        assert standing(paid_claim(loan)).back == NOTHING

    def test_what_had_nothing_to_remit_too(self, world: World, loan: Loan) -> None:
        recovery = recoveries.confirm_recovery(recovery=enter(world, loan, cost=Decimal("1000000")), by=world.bank2, **on(DAY))
        assert take(world, "revoke", recovery).status == RecoveryStatus.REVOKED

    def test_it_may_have_been_all_that_kept_the_loan_from_being_settled(self, world: World, loan: Loan) -> None:
        make_recovery(world, loan, "3000000", until="confirmed")
        surplus = make_recovery(world, loan, "5", day=DAY + timedelta(days=1), until="entered")
        first = Recovery.objects.get(gross=300 * WAN)
        recoveries.confirm_remittance(
            recovery=remit(world, first, day=DAY + timedelta(days=1)), by=world.bank2, **on(DAY + timedelta(days=1))
        )
        loan.refresh_from_db()
        assert loan.status == LoanStatus.COMPENSATED
        recoveries.discard_recovery(recovery=surplus, reason="重复", by=world.bank2, **on(DAY + timedelta(days=2)))
        loan.refresh_from_db()
        assert loan.status == LoanStatus.SETTLED


# Progress reports


def report(world: World, loan: Loan, *, by: User | None = None, day: date = date(2013, 7, 5), **changes: Any) -> Any:
    values: dict[str, Any] = {"quarter": Quarter(2013, 2), "measures": "已向法院申请执行", "prospects": "预计四季度拍卖厂房"}
    return report_recovery(loan=loan, **values | changes, by=by or world.bank, **on(day))


class TestReports:
    def test_it_is_on_the_trail_and_the_offices_are_told(self, world: World, loan: Loan) -> None:
        made = report(world, loan)
        assert (made.quarter, made.entered_by) == ("2013Q2", world.bank)
        assert AuditEvent.objects.get(action="recovery.report").summary == "报告追偿进展（2013年第二季度）"
        told = Notification.objects.filter(key=f"recovery-report:{made.pk}")
        assert set(told.values_list("recipient__username", flat=True)) >= {"science", "town2"}

    def test_of_several_the_later_counts_and_none_is_changed(self, world: World, loan: Loan) -> None:
        first, second = report(world, loan), report(world, loan, measures="已拍卖")
        assert loan.recovery_reports.first() == second
        first.measures = "别的"
        with pytest.raises(AppendOnlyError):
            first.save()

    @pytest.mark.parametrize(
        "changes, field",
        [
            ({"quarter": Quarter(2013, 1)}, "quarter"),
            ({"quarter": Quarter(2013, 4)}, "quarter"),
            ({"measures": " "}, "measures"),
            ({"prospects": ""}, "prospects"),
            ({"prospects": "长" * 501}, "prospects"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, world: World, loan: Loan, changes: dict[str, Any], field: str) -> None:
        with refused(InvalidInput, field=field):
            report(world, loan, **changes)

    @pytest.mark.parametrize("name", ["bank2", "town", "province", "auditor"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            report(world, loan, by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        other = other_bank(world, Role.OFFICER)
        with refused(NotYourBank):
            report(world, loan, by=other)

    def test_not_once_it_is_over(self, world: World, loan: Loan) -> None:
        make_recovery(world, loan, "3000000")
        with refused(WrongState):
            report(world, loan)
