"""暂停新增 (domain §3.12): by figure alone, kept by the nightly job, resumed by all, suspended anew by the next crossing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed, NotFound, WrongState
from loans.enums import SuspensionCause
from loans.errors import CoverBlocked, NothingProposed, NotYourBank
from loans.models import Claim, CreditLine, Loan, RiskRate, Suspension
from loans.rules.risk import CompensationPoint, Crossing, RatePoint, Resumed, crossing
from loans.selectors.blocking import cover_blocks
from loans.selectors.risk import compensation_at, owed_now
from loans.services import suspensions
from loans.services.daily import assess_loans
from loans.services.drawdowns import require_cover
from loans.services.loans import confirm_loan
from loans.services.risk import count_risk
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reserve.errors import AlreadySpoken, JointPending
from reserve.models import JointDecision
from reserve.rulebook import Rules
from reserve.services.programmes import add_party, end_programme, set_rule
from reserve.services.verify import verify_ledger
from tests.factories import (
    World,
    deposit,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
    moment,
    on,
)
from tests.support.claims import FAILED, failed, make_claim, make_recovery
from tests.support.rows import all_rows, refused

RULES = Rules.from_texts({})
FIRST = date(2012, 3, 1)
IN_TIME, PAST = date(2012, 4, 20), date(2012, 4, 21)  # interest of 2012-03-20 is 30 and 31 days overdue
YI = Decimal(100_000_000)
CENT = Decimal("0.01")
OFFICERS = ("province", "science", "town", "bank")
REVIEWERS = ("province2", "science2", "town2", "bank2")


class TestRules:
    @pytest.mark.parametrize(
        "owed, overdue, warns, stops",
        [
            (YI, 3_000_000, False, False),
            (YI, 3_000_000 + CENT, True, False),
            (YI, 5_000_000, True, False),
            (YI, 5_000_000 + CENT, True, True),
            (YI - CENT, 50_000_000, True, False),
            (Decimal(0), 0, False, False),
        ],
    )
    def test_equal_to_a_line_is_not_past_it_and_the_stop_counts_from_a_size(
        self, owed: Decimal, overdue: Any, warns: bool, stops: bool
    ) -> None:
        point = RatePoint(PAST, RULES, owed, Decimal(overdue))
        assert (point.warns, point.stops) == (warns, stops)

    @pytest.mark.parametrize(
        "compensated, contributed, stops",
        [(15_000_000, 50_000_000, False), (15_000_000 + CENT, 50_000_000, True), (0, 0, False), (CENT, 0, True)],
    )
    def test_compensations_against_contributions(self, compensated: Any, contributed: Any, stops: bool) -> None:
        assert CompensationPoint(PAST, RULES, Decimal(compensated), Decimal(contributed)).stops is stops

    @pytest.mark.parametrize(
        "latest, past, found",
        [
            (None, "..", Crossing(None, None)),
            (None, ".x", Crossing(2, None)),
            (None, "x.", Crossing(1, None)),
            (Resumed(None, None), ".x", Crossing(None, None)),  # it stands
            (Resumed(1, None), "xx", Crossing(None, None)),  # the crossing that was resumed goes on
            (Resumed(1, None), "x.", Crossing(None, 2)),
            (Resumed(1, None), ".x", Crossing(2, 1)),
            (Resumed(3, None), ".xx", Crossing(None, None)),  # what was before the resumption does not count
            (Resumed(1, 1), "xx", Crossing(1, 1)),
            (Resumed(2, 2), "x.", Crossing(None, 2)),
        ],
    )
    def test_a_crossing_goes_on_until_the_figure_is_back(self, latest: Resumed | None, past: str, found: Crossing) -> None:
        assert crossing(latest, [(day, mark == "x") for day, mark in enumerate(past, start=1)]) == found  # type: ignore[misc]


@pytest.fixture
def world(db: None) -> World:
    """A funded programme whose stop counts from 1000万; the fixture `lent` owes just that."""
    return fund(make_world(rules={"overdue_rate_min_outstanding": "1000万", "overdue_rate_stop": "30%"}))


def lend(world: World, number: int, amount: str, *, interest: str = "0") -> Loan:
    loan = make_loan(world, make_line(world, make_enterprise(world, number), amount=amount), day=FIRST)
    if Decimal(interest):
        make_repayment(world, loan, "0", paid_on=date(2012, 3, 21), interest=Decimal(interest))
    return loan


@pytest.fixture
def lent(world: World) -> World:
    """300.01万 on which nothing is paid and 699.99万 in order: 30.001 % from 2012-04-21 on."""
    lend(world, 1, "3000100")
    lend(world, 2, "6999900", interest="600000")
    return world


def count(day: date) -> dict[str, int]:
    return count_risk(day, moment(day))


def run(first: date, last: date) -> None:
    for number in range((last - first).days + 1):
        count(first + timedelta(days=number))


def suspended(world: World, day: date = PAST) -> Suspension:
    count(day)
    return Suspension.objects.filter(programme=world.programme).get(status="suspended")


def propose(row: Suspension, by: User, grounds: str = "逾期贷款已落实处置方案", day: date = PAST) -> Suspension:
    return suspensions.propose_resumption(suspension=row, grounds=grounds, by=by, **on(day))


def say(row: Suspension, by: User, agrees: bool = True, opinion: str = "", day: date = PAST) -> Suspension:
    return suspensions.speak_on_resumption(suspension=row, agrees=agrees, opinion=opinion, by=by, **on(day))


def withdraw(row: Suspension, by: User, reason: str = "补充材料", day: date = PAST) -> Suspension:
    return suspensions.withdraw_resumption(suspension=row, reason=reason, by=by, **on(day))


def resume(world: World, row: Suspension, day: date = PAST) -> Suspension:
    propose(row, world.bank, day=day)
    for name in REVIEWERS:
        row = say(row, getattr(world, name), day=day)
    return row


def new_line(world: World, number: int = 9, day: date = date(2012, 4, 10)) -> CreditLine:
    return make_line(world, make_enterprise(world, number), amount="100000", day=day)


def told(word: str) -> set[str]:
    return set(Notification.objects.filter(subject__contains=word).values_list("recipient__username", flat=True))


class TestCover:
    def test_by_figure_alone_from_the_day_it_is_crossed(self, lent: World) -> None:
        entered = make_entered(lent, new_line(lent), day=IN_TIME)
        line = new_line(lent, 8)
        assert make_entered(lent, new_line(lent, 7), day=IN_TIME).status == "entered"
        with refused(CoverBlocked, "逾期率 30.00%（计入逾期的本金 3,000,100.00 元 ÷ 未还本金 10,000,000.00 元）超过暂停线 30%"):
            confirm_loan(loan=entered, by=lent.bank2, **on(PAST))
        with refused(CoverBlocked, "须由各方联合决定恢复"):
            make_entered(lent, line, day=PAST)
        assert not Suspension.objects.exists()  # no job has run

    def test_equal_to_the_line_is_not_past_it(self, world: World) -> None:
        lend(world, 1, "3000000")
        lend(world, 2, "7000000", interest="600000")
        assert cover_blocks(world.programme, PAST) == []
        count(PAST)
        assert RiskRate.objects.get().overdue_stops is False

    def test_under_the_size_nothing_stops(self, world: World) -> None:
        lend(world, 1, "4000000")
        lend(world, 2, "5999999.99", interest="600000")
        assert cover_blocks(world.programme, PAST) == []

    def test_a_setting_lets_it_only_be_told(self, lent: World) -> None:
        given = {"programme": lent.programme, "reason": "商定", "by": lent.sysadmin, **on(IN_TIME)}
        set_rule(key="suspend_when_stop_crossed", text="否", effective_on=IN_TIME, **given)
        count(PAST)
        count(PAST)
        assert cover_blocks(lent.programme, PAST) == []
        assert not Suspension.objects.exists()
        row = RiskRate.objects.get(day=PAST)
        assert (row.overdue_stops, row.warns) == (True, True)
        assert Notification.objects.filter(recipient=lent.town2, body__contains="超过暂停线 30%").count() == 1

    def test_a_suspension_that_stands_blocks_though_the_figure_fell_until_it_is_resumed(self, lent: World) -> None:
        row = suspended(lent)
        late = Loan.objects.earliest("pk")
        make_repayment(lent, late, late.outstanding, paid_on=PAST, interest=Decimal(200_000))
        [block] = cover_blocks(lent.programme, PAST + timedelta(days=1))
        assert (block.title, block.url) == ("逾期率超过暂停线", row.get_absolute_url())
        resume(lent, row)
        assert cover_blocks(lent.programme, PAST + timedelta(days=1)) == []

    def test_what_runs_goes_on(self, lent: World) -> None:
        suspended(lent)
        make_repayment(lent, Loan.objects.earliest("pk"), "100000", paid_on=PAST, interest=Decimal(200_000))
        assess_loans(PAST, moment(PAST))

    def test_of_every_reason_the_refusal_names_each(self, lent: World) -> None:
        deposit(lent, arrived_on=date(2012, 3, 21), voucher_no="粤财2012-002")
        day = date(2012, 5, 31)
        titles = [block.title for block in cover_blocks(lent.programme, day)]
        assert titles == ["配套资金逾期未到位", "逾期率超过暂停线"]

    def test_no_loan_no_rate_no_block(self, world: World) -> None:
        assert cover_blocks(world.programme, PAST) == []
        assert count(PAST) == {}
        assert not RiskRate.objects.exists()


class TestDaily:
    def test_it_keeps_the_figures_of_each_day(self, lent: World) -> None:
        run(IN_TIME, PAST)
        assert [(row.day, row.owed, row.overdue, row.warns, row.overdue_stops) for row in RiskRate.objects.order_by("day")] == [
            (IN_TIME, Decimal("10000000.00"), Decimal("0.00"), False, False),
            (PAST, Decimal("10000000.00"), Decimal("3000100.00"), True, True),
        ]

    def test_a_crossing_is_told_to_all_parties_once_and_suspends(self, lent: World) -> None:
        assert count(PAST) == {"suspended": 1}
        row = Suspension.objects.get()
        assert (row.bank, row.cause, row.since, row.status) == (None, "overdue_rate", PAST, "suspended")
        assert (row.part, row.whole, row.line) == (Decimal("3000100.00"), Decimal("10000000.00"), "0.3")
        everyone = {*OFFICERS, *REVIEWERS, "bank3", "centre", "centre2"}
        assert told("暂停新增贷款") == told("逾期率提示") == everyone
        event = AuditEvent.objects.get(action="suspension.begin")
        assert (event.actor, event.object_id, event.programme_code) == (None, str(row.pk), "xiaolan")
        before = Notification.objects.count()
        assert count(PAST) == {}
        assert count(PAST + timedelta(days=1)) == {}
        assert (Suspension.objects.count(), Notification.objects.count()) == (1, before)

    def test_run_twice_it_changes_nothing(self, lent: World) -> None:
        count(PAST)
        before = all_rows()
        count(PAST)
        assert all_rows() == before

    def test_missed_days_are_counted_with_the_next(self, lent: World) -> None:
        count(IN_TIME - timedelta(days=2))
        count(PAST + timedelta(days=3))
        assert RiskRate.objects.count() == 7
        assert Suspension.objects.get().since == PAST

    def test_the_warning_is_told_again_after_the_rate_fell(self, world: World) -> None:
        given = {"programme": world.programme, "reason": "商定", "by": world.sysadmin, **on(FIRST)}
        set_rule(key="overdue_rate_stop", text="90%", effective_on=FIRST, **given)
        late = lend(world, 1, "3000100")
        lend(world, 2, "6999900", interest="600000")
        run(PAST, PAST + timedelta(days=2))
        make_repayment(world, late, "0", paid_on=PAST + timedelta(days=3), interest=Decimal(40_000))
        run(PAST + timedelta(days=3), date(2012, 7, 22))
        keys = Notification.objects.filter(recipient=world.town).values_list("key", flat=True)
        days = sorted(key.rsplit(":", 1)[1] for key in keys if key.startswith("risk:"))
        assert days == ["2012-04-21", "2012-07-22"]

    def test_an_ended_programme_is_left_alone(self, lent: World) -> None:
        end_programme(programme=lent.programme, reason="协议到期", ended_on=IN_TIME, by=lent.province2, **on(IN_TIME))
        assert count(PAST) == {}
        assert not RiskRate.objects.exists()

    def test_nothing_of_it_moves_money(self, lent: World) -> None:
        resume(lent, suspended(lent))
        assert verify_ledger(programme=lent.programme).fault is None


class TestResumption:
    @pytest.mark.parametrize("name", OFFICERS)
    def test_each_party_may_propose_and_all_reviewers_decide(self, lent: World, name: str) -> None:
        row = suspended(lent)
        propose(row, getattr(lent, name))
        for reviewer in REVIEWERS[:-1]:
            assert say(row, getattr(lent, reviewer)).status == "suspended"
        row = say(row, lent.bank2, opinion="同意恢复")
        decision = JointDecision.objects.get()
        assert (row.status, row.resumed_on, row.decision, row.cleared_on) == ("resumed", PAST, decision, None)
        assert (decision.status, decision.decided_on) == ("agreed", PAST)
        assert AuditEvent.objects.get(action="suspension.resume").summary.startswith("恢复新增：全部银行")
        assert make_entered(lent, new_line(lent), day=PAST).status == "entered"  # though the rate is still past the line

    @pytest.mark.parametrize("name", ["province2", "science2", "town2", "bank2", "centre", "auditor", "sysadmin"])
    def test_only_an_officer_of_the_parties_proposes(self, lent: World, name: str) -> None:
        row = suspended(lent)
        with refused(NotAllowed):
            propose(row, getattr(lent, name))

    @pytest.mark.parametrize("name", ["province", "science", "town", "bank", "centre2", "auditor", "sysadmin"])
    def test_only_a_reviewer_of_the_parties_speaks(self, lent: World, name: str) -> None:
        row = propose(suspended(lent), lent.bank)
        with refused(NotAllowed):
            say(row, getattr(lent, name))

    def test_a_foreign_party_does_not_know_it(self, lent: World) -> None:
        row = suspended(lent)
        town = make_organisation(OrganisationKind.TOWN, "外地镇政府")
        officer, reviewer = make_person("out", town, Role.OFFICER), make_person("out2", town, Role.REVIEWER)
        with refused(NotFound):
            propose(row, officer)
        propose(row, lent.bank)
        with refused(NotFound):
            say(row, reviewer)

    def test_one_proposal_at_a_time_and_none_without_grounds(self, lent: World) -> None:
        row = suspended(lent)
        with refused(InvalidInput):
            propose(row, lent.bank, grounds="  ")
        propose(row, lent.bank)
        with refused(JointPending, "恢复新增"):
            propose(row, lent.town)

    def test_a_party_speaks_once_and_says_why_it_refuses(self, lent: World) -> None:
        row = propose(suspended(lent), lent.bank)
        with refused(InvalidInput, "意见"):
            say(row, lent.town2, agrees=False)
        say(row, lent.town2)
        with refused(AlreadySpoken):
            say(row, lent.town2)
        say(row, lent.science2, agrees=False, opinion="逾期贷款尚未处置")
        with refused(NothingProposed):
            say(row, lent.bank2)
        assert Suspension.objects.get().status == "suspended"
        assert resume(lent, row).status == "resumed"  # proposed again

    def test_only_the_proposer_takes_it_back(self, lent: World) -> None:
        row = suspended(lent)
        with refused(NothingProposed):
            withdraw(row, lent.bank)
        propose(row, lent.bank)
        with refused(NotFound):
            withdraw(row, lent.town)
        with refused(NotAllowed):
            withdraw(row, lent.auditor)
        with refused(InvalidInput):
            withdraw(row, lent.bank, reason="")
        withdraw(row, lent.bank2)
        assert JointDecision.objects.get().status == "withdrawn"
        propose(row, lent.town)

    def test_what_is_resumed_is_not_proposed_again(self, lent: World) -> None:
        row = resume(lent, suspended(lent))
        with refused(WrongState):
            propose(row, lent.bank)

    def test_the_same_person_never_proposes_and_speaks(self, lent: World) -> None:
        row = propose(suspended(lent), lent.bank)
        User.objects.filter(pk=lent.bank.pk).update(role=Role.REVIEWER)
        lent.bank.refresh_from_db()
        with refused(SamePerson):
            say(row, lent.bank)


class TestAnew:
    def test_the_next_crossing_suspends_anew_with_or_without_the_job(self, lent: World) -> None:
        row = resume(lent, suspended(lent))
        run(PAST, PAST + timedelta(days=3))
        assert cover_blocks(lent.programme, PAST + timedelta(days=3)) == []
        back = PAST + timedelta(days=4)
        make_repayment(lent, Loan.objects.earliest("pk"), "0", paid_on=back, interest=Decimal(40_000))
        again = date(2012, 7, 22)  # interest of 2012-06-20 is 31 days overdue
        assert cover_blocks(lent.programme, again - timedelta(days=60)) == []
        run(back, again - timedelta(days=2))
        row.refresh_from_db()
        assert row.cleared_on == back
        assert cover_blocks(lent.programme, again - timedelta(days=1)) == []
        assert [block.title for block in cover_blocks(lent.programme, again)] == ["逾期率超过暂停线"]
        assert Suspension.objects.count() == 1
        count(again)
        assert [one.since for one in Suspension.objects.order_by("since")] == [PAST, again]

    def test_a_fall_between_two_runs_is_not_missed(self, lent: World) -> None:
        resume(lent, suspended(lent))
        loan = Loan.objects.earliest("pk")
        count(PAST + timedelta(days=1))
        paid = make_repayment(lent, loan, "0", paid_on=PAST + timedelta(days=1), interest=Decimal(40_000))
        assert paid.status == "confirmed"
        count(PAST + timedelta(days=2))
        assert Suspension.objects.get().cleared_on == PAST + timedelta(days=1)

    def test_resumed_when_the_rate_has_fallen_any_crossing_is_new(self, lent: World) -> None:
        row = suspended(lent)
        make_repayment(lent, Loan.objects.earliest("pk"), "0", paid_on=PAST, interest=Decimal(40_000))
        row = resume(lent, row, day=PAST + timedelta(days=5))
        assert row.cleared_on == PAST + timedelta(days=5)
        assert cover_blocks(lent.programme, date(2012, 7, 22)) != []


@pytest.fixture
def two(world: World) -> tuple[World, World]:
    """The same programme with a second bank: the first owes 300.01万 overdue of 1000万, the second 1000万 in order."""
    bank = make_organisation(OrganisationKind.BANK, "第二村镇银行", "二行")
    add_party(programme=world.programme, organisation=bank, by=world.sysadmin, **on(date(2012, 1, 5)))
    people = {"bank": make_person("other", bank, Role.OFFICER), "bank2": make_person("other2", bank, Role.REVIEWER)}
    second = replace(world, bank_organisation=bank, **people)
    lend(world, 1, "3000100")
    lend(world, 2, "6999900", interest="600000")
    lend(second, 3, "10000000", interest="900000")
    return world, second


class TestBanks:
    def test_each_bank_by_itself_and_all_together(self, two: tuple[World, World]) -> None:
        first, second = two
        count(PAST)
        row = Suspension.objects.get()
        assert row.bank == first.bank_organisation
        rows = {rate.bank: rate.overdue_rate for rate in RiskRate.objects.select_related("bank")}
        assert rows == {None: Decimal("0.1500"), first.bank_organisation: Decimal("0.3000"), second.bank_organisation: Decimal(0)}
        line = new_line(first)
        with refused(CoverBlocked, "村镇银行逾期率"):
            make_entered(first, line, day=PAST)
        assert make_entered(second, new_line(second, 8), day=PAST).status == "entered"

    def test_the_bank_concerned_decides_with_the_others(self, two: tuple[World, World]) -> None:
        first, second = two
        row = suspended(first)
        with refused(NotYourBank):
            propose(row, second.bank)
        propose(row, first.bank)
        with refused(NotFound):
            say(row, second.bank2)
        for name in REVIEWERS:
            row = say(row, getattr(first, name))
        assert row.status == "resumed"

    def test_past_the_line_together_every_bank_is_asked(self, two: tuple[World, World]) -> None:
        first, second = two
        given = {"programme": first.programme, "reason": "商定", "by": first.sysadmin, **on(FIRST)}
        set_rule(key="overdue_rate_stop", text="10%", effective_on=FIRST, **given)
        assert count(PAST) == {"suspended": 2}
        row = Suspension.objects.get(bank=None)
        line = new_line(second, 8)
        with refused(CoverBlocked, "逾期率 15.00%"):
            make_entered(second, line, day=PAST)
        propose(row, second.bank)
        for reviewer in (first.province2, first.science2, first.town2, first.bank2):
            assert say(row, reviewer).status == "suspended"
        assert say(row, second.bank2).status == "resumed"
        assert [block.bank for block in cover_blocks(first.programme, PAST)] == [first.bank_organisation.pk]


def test_the_cause_has_a_line_of_its_own() -> None:
    assert set(SuspensionCause.values) == {"overdue_rate", "compensation_ratio"}


class TestCompensation:
    """Of 5000万 contributed, 150万 are paid for a loan of 300万."""

    @pytest.fixture
    def failing(self, db: None) -> World:
        return fund(make_world(rules={"compensation_ratio_stop": "0.03"}))

    def test_net_compensations_against_contributions_to_the_cent(self, failing: World) -> None:
        make_claim(failing, failed(failing))
        assert cover_blocks(failing.programme, FAILED) == []  # 1,500,000.00 of 50,000,000.00 is the line itself
        assert count(FAILED) == {}
        self.lower(failing)
        [block] = cover_blocks(failing.programme, FAILED)
        assert block.title == "代偿率超过暂停线"
        assert "代偿率 3.00%（净代偿 1,500,000.00 元 ÷ 出资 50,000,000.00 元）超过暂停线" in block.sentence

    def lower(self, world: World) -> None:
        """The line a cent under what was paid."""
        given = {"programme": world.programme, "reason": "商定", "by": world.sysadmin, **on(FAILED)}
        set_rule(key="compensation_ratio_stop", text="149999999/5000000000", effective_on=FAILED, **given)

    def test_one_cent_past_it_suspends_and_what_comes_back_lowers_it(self, failing: World) -> None:
        self.lower(failing)
        loan = failed(failing)
        make_claim(failing, loan)
        row = suspended(failing, FAILED)
        assert (row.cause, row.bank, row.part, row.whole) == ("compensation_ratio", None, Decimal("1500000.00"), Decimal("50000000.00"))
        kept = RiskRate.objects.get(day=FAILED)
        assert (kept.compensated, kept.contributed, kept.compensation_stops) == (row.part, row.whole, True)
        row = resume(failing, row, day=FAILED)
        back = FAILED + timedelta(days=30)
        make_recovery(failing, loan, "1000000", cost="40000", day=back)
        run(back, back)
        assert RiskRate.objects.get(day=back).compensated == Decimal("1020000.00")  # 48万 came back
        row.refresh_from_db()
        assert row.cleared_on == back

    def test_each_day_by_what_had_been_paid_by_then(self, failing: World) -> None:
        make_claim(failing, failed(failing))
        paid = compensation_at(failing.programme, [FAILED - timedelta(days=1), FAILED])
        assert paid.of(None) == paid.of(failing.bank_organisation.pk) == [Decimal(0), Decimal("1500000.00")]
        assert paid.of(-1) == [Decimal(0), Decimal(0)]
        assert paid.contributed == [Decimal("50000000.00")] * 2

    def test_a_compensated_loan_leaves_both_sides_of_the_overdue_rate(self, failing: World) -> None:
        loan = failed(failing)
        [before] = owed_now(failing.programme, FAILED, RULES)
        assert (before.owed, before.overdue) == (Decimal("3000000.00"), Decimal("3000000.00"))
        make_claim(failing, loan)
        assert owed_now(failing.programme, FAILED, RULES) == []
        count(FAILED)
        kept = RiskRate.objects.get(day=FAILED)
        assert (kept.owed, kept.overdue) == (Decimal(0), Decimal(0))

    def test_an_approved_claim_short_of_money_blocks_new_cover(self, failing: World) -> None:
        claim = make_claim(failing, failed(failing), until="filed")
        Claim.objects.filter(pk=claim.pk).update(status="short")
        [block] = cover_blocks(failing.programme, FAILED)
        assert (block.title, block.url) == ("代偿款待补足", claim.get_absolute_url())
        with refused(CoverBlocked, "准备金不足"):
            require_cover(failing.programme, failing.bank_organisation.pk, FAILED)
