"""核销: every party's voice, each refusal, a proposal taken back and put again, and what comes in afterwards (domain §3.10)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed, NotFound, WrongState
from loans.claim_errors import RecoveryPending
from loans.enums import LoanStatus
from loans.errors import NotYourBank
from loans.models import Loan
from loans.services import recoveries
from loans.services.recovery_reports import report_recovery
from loans.services.write_offs import propose_write_off, speak_on_write_off, withdraw_write_off
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reserve.enums import JointStatus
from reserve.errors import AlreadySpoken, JointPending
from reserve.models import JointDecision
from reserve.quarters import Quarter
from reserve.services.programmes import add_party
from tests.factories import AGREEMENT_DAY, World, fund, make_loan, make_organisation, make_person, make_world, on
from tests.support.claims import FAILED, failed, make_claim, make_recovery
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = FAILED + timedelta(days=200)
VOICES = ("province2", "science2", "town2", "bank2")


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    loan = failed(world)
    make_claim(world, loan)
    return loan


def propose(world: World, loan: Loan, *, by: User | None = None, day: date = DAY, **changes: Any) -> JointDecision:
    values: dict[str, Any] = {"grounds": "法院裁定终结执行，无财产可供执行"}
    return propose_write_off(loan=loan, **values | changes, by=by or world.bank, **on(day))


def say(world: World, decision: JointDecision, name: str, *, agrees: bool = True, opinion: str = "", day: date = DAY) -> JointDecision:
    return speak_on_write_off(decision=decision, agrees=agrees, opinion=opinion, by=getattr(world, name), **on(day))


def all_agree(world: World, decision: JointDecision) -> JointDecision:
    for name in VOICES:
        decision = say(world, decision, name)
    return decision


def other_bank(world: World, role: Role) -> User:
    organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
    add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **on(AGREEMENT_DAY))
    return make_person(f"other-{role}", organisation, role)


class TestDecision:
    def test_the_last_to_agree_writes_it_off(self, world: World, loan: Loan) -> None:
        decision = propose(world, loan)
        assert [voice.organisation.short_name for voice in decision.voices.all()] == ["省中心", "市科技局", "小榄镇", "村镇银行"]
        for name in VOICES:
            loan.refresh_from_db()
            assert (loan.status, decision.status) == (LoanStatus.COMPENSATED, JointStatus.PROPOSED)
            decision = say(world, decision, name)
        loan.refresh_from_db()
        assert (decision.status, decision.decided_on) == (JointStatus.AGREED, DAY)
        assert (loan.status, loan.written_off_on) == (LoanStatus.WRITTEN_OFF, DAY)
        assert AuditEvent.objects.get(action="loan.write_off").reason == decision.grounds
        assert Notification.objects.filter(key=f"joint:{decision.pk}:complete").exists()

    def test_one_refusal_ends_it_and_another_may_follow(self, world: World, loan: Loan) -> None:
        decision = say(world, propose(world, loan), "province2")
        decision = say(world, decision, "town2", agrees=False, opinion="保证人仍有财产")
        loan.refresh_from_db()
        assert (decision.status, loan.status) == (JointStatus.REFUSED, LoanStatus.COMPENSATED)
        with refused(WrongState):
            say(world, decision, "science2")
        second = all_agree(world, propose(world, loan, grounds="保证人财产已处置完毕"))
        loan.refresh_from_db()
        assert (second.status, loan.status) == (JointStatus.AGREED, LoanStatus.WRITTEN_OFF)

    def test_taken_back_and_put_again(self, world: World, loan: Loan) -> None:
        decision = propose(world, loan)
        with refused(InvalidInput, field="reason"):
            withdraw_write_off(decision=decision, reason=" ", by=world.bank, **on(DAY))
        decision = withdraw_write_off(decision=decision, reason="补充依据", by=world.bank, **on(DAY))
        assert (decision.status, decision.withdraw_reason) == (JointStatus.WITHDRAWN, "补充依据")
        with refused(WrongState):
            withdraw_write_off(decision=decision, reason="再撤", by=world.bank, **on(DAY))
        with refused(WrongState):
            say(world, decision, "town2")
        assert propose(world, loan).status == JointStatus.PROPOSED


class TestPropose:
    def test_one_at_a_time(self, world: World, loan: Loan) -> None:
        propose(world, loan)
        with refused(JointPending):
            propose(world, loan)

    @pytest.mark.parametrize("name", ["bank2", "province", "town2", "science", "auditor"])
    def test_only_an_officer_of_a_bank(self, world: World, loan: Loan, name: str) -> None:
        with refused(NotAllowed):
            propose(world, loan, by=getattr(world, name))

    def test_not_of_another_bank(self, world: World, loan: Loan) -> None:
        other = other_bank(world, Role.OFFICER)
        with refused(NotYourBank):
            propose(world, loan, by=other)

    @pytest.mark.parametrize("grounds", ["", "  ", "长" * 501])
    def test_with_grounds(self, world: World, loan: Loan, grounds: str) -> None:
        with refused(InvalidInput, field="grounds"):
            propose(world, loan, grounds=grounds)

    def test_only_a_compensated_loan(self, world: World) -> None:
        loan = make_loan(world)
        with refused(WrongState):
            propose(world, loan)

    def test_not_a_second_time(self, world: World, loan: Loan) -> None:
        all_agree(world, propose(world, loan))
        with refused(WrongState, "已核销"):
            propose(world, loan)

    def test_not_once_it_is_settled(self, world: World, loan: Loan) -> None:
        make_recovery(world, loan, "3000000")
        with refused(WrongState):
            propose(world, loan)

    @pytest.mark.parametrize("until", ["entered", "confirmed", "remitting"])
    def test_not_while_money_is_on_its_way(self, world: World, loan: Loan, until: str) -> None:
        make_recovery(world, loan, "1000", until=until)
        with refused(RecoveryPending):
            propose(world, loan)

    def test_what_was_remitted_or_taken_back_is_no_hindrance(self, world: World, loan: Loan) -> None:
        make_recovery(world, loan, "1000")
        mistaken = make_recovery(world, loan, "1000", until="confirmed")
        recoveries.revoke_recovery(recovery=mistaken, reason="录错", by=world.bank2, **on(DAY))
        assert propose(world, loan).status == JointStatus.PROPOSED


class TestSpeak:
    @pytest.mark.parametrize("name", ["province", "science", "town", "bank", "auditor", "centre2"])
    def test_only_reviewers_of_those_asked(self, world: World, loan: Loan, name: str) -> None:
        decision = propose(world, loan)
        with refused(NotAllowed):
            say(world, decision, name)

    def test_another_bank_is_not_asked(self, world: World, loan: Loan) -> None:
        other = other_bank(world, Role.REVIEWER)
        decision = propose(world, loan)
        with refused(NotFound):
            speak_on_write_off(decision=decision, agrees=True, by=other, **on(DAY))
        with refused(NotFound):
            withdraw_write_off(decision=decision, reason="代撤", by=other, **on(DAY))

    def test_a_party_speaks_once(self, world: World, loan: Loan) -> None:
        decision = say(world, propose(world, loan), "town2")
        with refused(AlreadySpoken):
            say(world, decision, "town2", agrees=False, opinion="改主意")

    def test_who_proposed_does_not_speak_for_the_bank(self, world: World, loan: Loan) -> None:
        decision = propose(world, loan)
        User.objects.filter(pk=world.bank.pk).update(role=Role.REVIEWER)
        world.bank.refresh_from_db()
        with refused(SamePerson):
            say(world, decision, "bank")

    @pytest.mark.parametrize("agrees, opinion", [(False, ""), (False, "  "), (False, "长" * 201), (True, "长" * 201)])
    def test_a_refusal_says_why(self, world: World, loan: Loan, agrees: bool, opinion: str) -> None:
        decision = propose(world, loan)
        with refused(InvalidInput, field="opinion"):
            say(world, decision, "town2", agrees=agrees, opinion=opinion)

    def test_the_last_voice_waits_for_money_on_its_way(self, world: World, loan: Loan) -> None:
        decision = propose(world, loan)
        for name in VOICES[:-1]:
            decision = say(world, decision, name)
        recovery = make_recovery(world, loan, "1000", day=DAY, until="entered")
        with refused(RecoveryPending):
            say(world, decision, VOICES[-1])
        recoveries.discard_recovery(recovery=recovery, reason="录错", by=world.bank, **on(DAY))
        assert say(world, decision, VOICES[-1]).status == JointStatus.AGREED

    def test_what_is_settled_meanwhile_is_not_agreed_to(self, world: World, loan: Loan) -> None:
        decision = propose(world, loan)
        make_recovery(world, loan, "3000000", day=DAY)
        with refused(WrongState):
            say(world, decision, "town2")
        assert withdraw_write_off(decision=decision, reason="已全额追回", by=world.bank2, **on(DAY)).status == JointStatus.WITHDRAWN

    @pytest.mark.parametrize("name", ["town", "province2", "science2"])
    def test_only_the_bank_takes_it_back(self, world: World, loan: Loan, name: str) -> None:
        decision = propose(world, loan)
        with refused(NotFound):
            withdraw_write_off(decision=decision, reason="撤回", by=getattr(world, name), **on(DAY))


class TestAfterwards:
    def test_what_comes_in_is_still_shared(self, world: World, loan: Loan) -> None:
        all_agree(world, propose(world, loan))
        recovery = make_recovery(world, loan, "1000000", cost="40000", day=DAY)
        assert (recovery.returned, recovery.kept_by_bank) == (Decimal("480000"), Decimal("480000"))
        make_recovery(world, loan, "2040000", day=DAY)
        assert loan.status == LoanStatus.WRITTEN_OFF

    def test_no_progress_is_reported_any_more(self, world: World, loan: Loan) -> None:
        all_agree(world, propose(world, loan))
        with refused(WrongState):
            report_recovery(loan=loan, quarter=Quarter.of(DAY), measures="无", prospects="无", by=world.bank, **on(DAY))
