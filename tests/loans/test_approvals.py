"""The bank's decision: proposed by an officer, confirmed or sent back by another person (domain §3.6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import Conflict, InvalidInput, NotAllowed, WrongState
from enterprises.enums import BatchStatus, RecommendationStatus
from enterprises.services.enterprises import record_year
from enterprises.services.recommendations import withdraw_recommendation
from loans.enums import APPROVAL_LIFECYCLE, ApprovalStatus
from loans.errors import (
    AboveRecommended,
    AlreadyProposed,
    EnterpriseCapExceeded,
    NotYourBank,
    RateAboveCap,
    RecommendationLapsed,
    RecommendationUnusable,
    SizeUnknown,
    TermTooLong,
)
from loans.models import CreditLine
from loans.services import approvals
from loans.services.daily import lapse_lines
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification
from reserve.enums import DeadlineKind
from reserve.errors import ProgrammeNotActive
from reserve.models import Deadline
from reserve.services.programmes import add_party, end_programme, set_rule
from tests.factories import (
    World,
    at,
    fund,
    make_endorsed,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_proposal,
    make_sent,
    make_world,
    moment,
)
from tests.support.ledger import faults_of
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 2, 10)
TERMS: dict[str, Any] = {
    "decision": "approve",
    "amount": Decimal("5000000"),
    "term_months": 12,
    "annual_rate": Decimal("7.8"),
    "repayment_method": "quarterly_interest",
    "guarantee": "surety",
}


@pytest.fixture
def world() -> World:
    return fund(make_world())


def confirm(world: World, line: CreditLine, **when: Any) -> CreditLine:
    return approvals.confirm_approval(credit_line=line, by=world.bank2, **(when or DAY))


def deadline(kind: DeadlineKind, subject: Any) -> Deadline:
    return Deadline.objects.get(kind=kind, subject_type=subject._meta.label_lower, subject_id=subject.pk)


class TestPropose:
    def test_proposal_waits_for_the_reviewer_and_tells_them(self, world: World) -> None:
        line = make_proposal(world)
        assert (line.status, line.amount, line.annual_rate) == ("proposed", Decimal("5000000.00"), Decimal("7.8000"))
        assert (line.proposed_by, line.confirmed_by, line.valid_until, line.size) == (world.bank, None, None, "")
        told = Notification.objects.filter(key=f"approval:{line.pk}:v1:proposed").values_list("recipient__username", flat=True)
        assert set(told) == {"bank2", "bank3"}
        assert AuditEvent.objects.filter(action="approval.propose", object_id=str(line.pk)).count() == 1

    def test_declining_keeps_the_reason_and_no_terms(self, world: World) -> None:
        line = make_proposal(world, decision="decline", reason=" 抵押物不足 ")
        assert (line.decision, line.reason, line.amount, line.repayment_method) == ("decline", "抵押物不足", None, "")

    @pytest.mark.parametrize("name", ["province", "science", "science2", "town", "centre", "bank2", "auditor", "sysadmin"])
    def test_only_a_bank_officer_proposes(self, world: World, name: str) -> None:
        sent = make_sent(world)
        with refused(NotAllowed):
            approvals.propose_approval(recommendation=sent, **TERMS, by=getattr(world, name), **DAY)

    def test_another_bank_of_the_programme_does_not_decide(self, world: World) -> None:
        other = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **at(2012, 1, 5))
        sent, stranger = make_sent(world), make_person("other", other, Role.OFFICER)
        with refused(NotYourBank, "小榄村镇银行办理"):
            approvals.propose_approval(recommendation=sent, **TERMS, by=stranger, **DAY)

    def test_endorsed_and_not_sent_is_not_decided(self, world: World) -> None:
        endorsed = make_endorsed(world)
        with refused(RecommendationUnusable, "双方已签"):
            approvals.propose_approval(recommendation=endorsed, **TERMS, by=world.bank, **DAY)

    def test_a_recommendation_has_one_decision(self, world: World) -> None:
        line = make_proposal(world)
        with refused(AlreadyProposed):
            make_proposal(world, line.recommendation)

    def test_valid_on_its_last_day_and_lapsed_the_day_after(self, world: World) -> None:
        sent = make_sent(world)
        assert sent.valid_until == date(2012, 7, 30)
        with refused(RecommendationLapsed, "2012-07-30"):
            make_proposal(world, sent, day=date(2012, 7, 31))
        assert make_proposal(world, sent, day=date(2012, 7, 30)).status == "proposed"

    def test_lapsed_can_still_be_declined(self, world: World) -> None:
        line = make_proposal(world, make_sent(world), day=date(2012, 9, 3), decision="decline", reason="推荐已过期")
        assert confirm(world, line, **at(2012, 9, 3)).status == "declined"

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"amount": Decimal("5000000.01")}, AboveRecommended, "amount"),
            ({"amount": Decimal(0)}, InvalidInput, "amount"),
            ({"amount": Decimal("-1")}, InvalidInput, "amount"),
            ({"amount": Decimal("1.001")}, InvalidInput, "amount"),
            ({"amount": None}, InvalidInput, "amount"),
            ({"term_months": None}, InvalidInput, "term_months"),
            ({"term_months": 13}, TermTooLong, "term_months"),
            ({"term_months": 0}, TermTooLong, "term_months"),
            ({"annual_rate": Decimal("8.5281")}, RateAboveCap, "annual_rate"),
            ({"annual_rate": Decimal("7.80001")}, InvalidInput, "annual_rate"),
            ({"annual_rate": Decimal(0)}, InvalidInput, "annual_rate"),
            ({"annual_rate": None}, InvalidInput, "annual_rate"),
            ({"repayment_method": ""}, InvalidInput, "repayment_method"),
            ({"repayment_method": "weekly"}, InvalidInput, "repayment_method"),
            ({"guarantee": ""}, InvalidInput, "guarantee"),
            ({"decision": "maybe"}, InvalidInput, "decision"),
            ({"decision": "decline"}, InvalidInput, "reason"),
            ({"decision": "decline", "reason": "长" * 201}, InvalidInput, "reason"),
        ],
    )
    def test_terms_beyond_the_rules_are_refused_beside_their_field(
        self, world: World, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        sent = make_sent(world)
        with refused(refusal) as caught:
            approvals.propose_approval(recommendation=sent, **TERMS | changes, by=world.bank, **DAY)
        assert list(caught.value.fields) == [field]

    def test_the_highest_rate_is_the_benchmark_times_the_multiplier(self, world: World) -> None:
        assert make_proposal(world, annual_rate=Decimal("8.528")).annual_rate == Decimal("8.5280")  # 6.56 × 1.3

    def test_a_six_month_term_has_the_lower_benchmark(self, world: World) -> None:
        sent = make_sent(world)
        with refused(RateAboveCap, "7.9300"):  # 6.10 × 1.3
            make_proposal(world, sent, term_months=6, annual_rate=Decimal("7.9301"))
        assert make_proposal(world, sent, term_months=6, annual_rate=Decimal("7.93")).term_months == 6


class TestFirstBankLoan:
    """首贷户: what the bank states with its approval, and says nothing of otherwise."""

    @pytest.mark.parametrize(("stated", "words"), [(True, "是"), (False, "否"), (None, "未填报")])
    def test_it_is_kept_with_the_decision_and_shown(self, world: World, stated: bool | None, words: str) -> None:
        line = confirm(world, make_proposal(world, first_bank_loan=stated))
        line.refresh_from_db()
        assert (line.first_bank_loan, line.first_bank_loan_cn) == (stated, words)
        assert faults_of(world.programme) == ""

    def test_a_proposal_is_changed_in_it_and_the_trail_tells(self, world: World) -> None:
        line = make_proposal(world)
        approvals.repropose_approval(credit_line=line, version=1, **TERMS, first_bank_loan=True, by=world.bank, **DAY)
        event = AuditEvent.objects.filter(object_id=str(line.pk), action="approval.propose").first()
        assert event is not None
        assert event.changes == {"首贷户": [None, "是"]}

    def test_declining_states_nothing_of_it(self, world: World) -> None:
        assert make_proposal(world, decision="decline", reason="抵押物不足", first_bank_loan=True).first_bank_loan is None

    def test_changed_behind_the_application_it_is_found(self, world: World) -> None:
        line = confirm(world, make_proposal(world, first_bank_loan=False))
        CreditLine.objects.filter(pk=line.pk).update(first_bank_loan=True)
        assert "首贷户" in faults_of(world.programme)


class TestRepropose:
    def test_a_reviewer_decides_on_what_they_have_read(self, world: World) -> None:
        line = make_proposal(world)
        approvals.repropose_approval(credit_line=line, version=1, **TERMS | {"amount": Decimal("4000000")}, by=world.bank, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            approvals.confirm_approval(credit_line=line, version=1, by=world.bank2, **DAY)

    def test_a_reviewer_sends_back_what_they_have_read(self, world: World) -> None:
        line = make_proposal(world)
        approvals.repropose_approval(credit_line=line, version=1, **TERMS | {"amount": Decimal("4000000")}, by=world.bank, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            approvals.send_back_approval(credit_line=line, reason="请降低金额", version=1, by=world.bank2, **DAY)

    def test_sent_back_is_changed_and_waits_again(self, world: World) -> None:
        line = make_proposal(world)
        approvals.send_back_approval(credit_line=line, reason="请降低金额", by=world.bank2, **DAY)
        line.refresh_from_db()
        assert (line.status, line.version, line.sent_back_reason) == ("sent_back", 2, "请降低金额")
        terms = TERMS | {"amount": Decimal("4000000"), "repayment_method": "equal_principal"}
        changed = approvals.repropose_approval(credit_line=line, version=2, **terms, by=world.bank, **DAY)
        assert (changed.status, changed.version, changed.amount, changed.sent_back_reason) == ("proposed", 3, Decimal("4000000.00"), "")
        event = AuditEvent.objects.filter(object_id=str(line.pk), action="approval.propose").first()
        assert event is not None
        assert event.changes == {"授信金额": ["5,000,000.00", "4,000,000.00"], "还本付息方式": ["按季付息、到期还本", "等额本金"]}

    def test_a_stale_version_is_refused(self, world: World) -> None:
        line = make_proposal(world)
        approvals.repropose_approval(credit_line=line, version=1, **TERMS, by=world.bank, **DAY)
        with refused(Conflict):
            approvals.repropose_approval(credit_line=line, version=1, **TERMS, by=world.bank, **DAY)

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_sending_back_needs_a_reason(self, world: World, reason: str) -> None:
        line = make_proposal(world)
        with refused(InvalidInput):
            approvals.send_back_approval(credit_line=line, reason=reason, by=world.bank2, **DAY)

    def test_an_officer_does_not_send_back(self, world: World) -> None:
        line = make_proposal(world)
        with refused(NotAllowed):
            approvals.send_back_approval(credit_line=line, reason="不妥", by=world.bank, **DAY)


class TestConfirm:
    def test_confirmed_it_is_a_line_with_validity_size_and_rules(self, world: World) -> None:
        line = confirm(world, make_proposal(world))
        assert (line.status, line.decided_on, line.valid_until) == ("approved", date(2012, 2, 10), date(2012, 5, 10))
        assert (line.size, line.confirmed_by) == ("small", world.bank2)
        assert line.rules.leverage == Decimal("7.5")
        recommendation = line.recommendation
        recommendation.refresh_from_db()
        assert recommendation.status == RecommendationStatus.ANSWERED
        assert recommendation.batch is not None
        assert recommendation.batch.status == BatchStatus.ANSWERED
        assert deadline(DeadlineKind.BANK_DECISION, recommendation).met_on == date(2012, 2, 10)
        clock = deadline(DeadlineKind.APPROVAL_EXPIRY, line)
        assert (clock.due_on, clock.organisation, clock.met_on) == (date(2012, 5, 10), world.bank_organisation, None)

    def test_declined_it_answers_the_recommendation_with_its_reason(self, world: World) -> None:
        line = confirm(world, make_proposal(world, decision="decline", reason="现金流不足"))
        assert (line.status, line.valid_until, line.size) == ("declined", None, "")
        line.recommendation.refresh_from_db()
        assert line.recommendation.status == RecommendationStatus.ANSWERED
        assert not Deadline.objects.filter(kind=DeadlineKind.APPROVAL_EXPIRY).exists()
        assert Notification.objects.get(key=f"approval:{line.pk}:decided", recipient=world.science).body == "不批准，理由：现金流不足"

    def test_the_offices_and_not_the_bank_are_told(self, world: World) -> None:
        line = confirm(world, make_proposal(world))
        told = Notification.objects.filter(key=f"approval:{line.pk}:decided").values_list("recipient__username", flat=True)
        assert set(told) == {"science", "science2", "town", "town2", "centre", "centre2"}

    def test_the_proposer_cannot_confirm_even_as_reviewer(self, world: World) -> None:
        line = make_proposal(world)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            approvals.confirm_approval(credit_line=line, by=world.bank, **DAY)

    def test_whoever_changed_the_proposal_last_cannot_confirm_it(self, world: World) -> None:
        line = make_proposal(world)
        officer = make_person("bank4", world.bank_organisation, Role.OFFICER)
        approvals.repropose_approval(credit_line=line, version=1, **TERMS, by=officer, **DAY)
        officer.role = Role.REVIEWER
        officer.save()
        with refused(SamePerson):
            approvals.confirm_approval(credit_line=line, by=officer, **DAY)

    @pytest.mark.parametrize("name", ["bank", "science2", "town2", "province2", "auditor"])
    def test_only_a_bank_reviewer_confirms(self, world: World, name: str) -> None:
        line = make_proposal(world)
        with refused(NotAllowed):
            approvals.confirm_approval(credit_line=line, by=getattr(world, name), **DAY)

    def test_lapsed_between_proposal_and_confirmation(self, world: World) -> None:
        line = make_proposal(world, make_sent(world), day=date(2012, 7, 30))
        with refused(RecommendationLapsed):
            confirm(world, line, **at(2012, 7, 31))

    def test_withdrawn_between_proposal_and_confirmation(self, world: World) -> None:
        line = make_proposal(world)
        withdraw_recommendation(recommendation=line.recommendation, reason="企业停产", by=world.science, **DAY)
        with refused(RecommendationUnusable, "已撤回"):
            confirm(world, line)

    def test_rate_that_fell_above_the_cap_meanwhile(self, world: World) -> None:
        sent = make_sent(world, day=date(2012, 6, 7))
        line = make_proposal(world, sent, day=date(2012, 6, 7), annual_rate=Decimal("8.528"))
        with refused(RateAboveCap, "8.2030"):  # 6.31 × 1.3 from 2012-06-08
            confirm(world, line, **at(2012, 6, 8))

    def test_ended_programme_approves_nothing(self, world: World) -> None:
        line = make_proposal(world)
        end_programme(programme=world.programme, ended_on=date(2012, 2, 9), reason="协议终止", by=world.province2, **DAY)
        with refused(ProgrammeNotActive):
            confirm(world, line)

    def test_outstanding_undrawn_and_new_stay_within_the_enterprise_cap(self, world: World) -> None:
        enterprise = make_enterprise(world)
        drawn = make_line(world, enterprise, amount="9000000")
        make_loan(world, drawn, amount=Decimal("6000000"))  # 600万 owed, 300万 undrawn
        make_line(world, enterprise, amount="8000000")  # 800万 undrawn
        line = make_proposal(world, make_sent(world, enterprise, day=date(2012, 3, 2), amount=Decimal("3000000.01")), day=date(2012, 3, 2))
        with refused(EnterpriseCapExceeded, "20,000,000.01"):
            confirm(world, line, **at(2012, 3, 2))
        lapsed = at(2012, 5, 11)  # the 300万 and the 800万 cannot be drawn any more
        assert confirm(world, line, **lapsed).status == "approved"

    def test_the_cap_itself_is_allowed(self, world: World) -> None:
        enterprise = make_enterprise(world)
        make_line(world, enterprise, amount="10000000")
        assert make_line(world, enterprise, amount="10000000").is_approved

    def test_size_is_that_of_the_latest_year_up_to_the_decision(self, world: World) -> None:
        enterprise = make_enterprise(world)
        line = make_proposal(world, make_sent(world, enterprise))
        record_year(enterprise=enterprise, year=2012, employees=310, revenue=Decimal("50000000"), by=world.centre, **at(2012, 2, 9))
        assert confirm(world, line).size == "medium"

    def test_without_figures_there_is_no_size_and_no_approval(self, world: World) -> None:
        enterprise = make_enterprise(world)
        line = make_proposal(world, make_sent(world, enterprise))
        enterprise.years.all().delete()
        with refused(SizeUnknown):
            confirm(world, line)

    def test_a_rule_changed_on_the_same_day_after_the_approval_does_not_reach_it(self, world: World) -> None:
        line = confirm(world, make_proposal(world))
        set_rule(
            programme=world.programme,
            key="leverage",
            text="10",
            effective_on=date(2012, 2, 10),
            reason="补充协议",
            by=world.sysadmin,
            on=date(2012, 2, 10),
            now=moment(date(2012, 2, 10), 15),
        )
        loan = make_loan(world, CreditLine.objects.get(pk=line.pk))
        assert loan.earmarked == Decimal("666666.67")


ACTIONS = {
    "repropose": lambda world, line: approvals.repropose_approval(credit_line=line, version=line.version, **TERMS, by=world.bank, **DAY),
    "send_back": lambda world, line: approvals.send_back_approval(credit_line=line, reason="补充材料", by=world.bank2, **DAY),
    "approve": lambda world, line: confirm(world, line),
}


@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("status", list(ApprovalStatus))
def test_every_action_from_every_status(world: World, action: str, status: str) -> None:
    line = make_proposal(world)
    if status == ApprovalStatus.DECLINED:
        approvals.repropose_approval(credit_line=line, version=1, decision="decline", reason="风险过高", by=world.bank, **DAY)
    if status in (ApprovalStatus.APPROVED, ApprovalStatus.DECLINED):
        confirm(world, line)
    if status == ApprovalStatus.SENT_BACK:
        approvals.send_back_approval(credit_line=line, reason="补充材料", by=world.bank2, **DAY)
    line.refresh_from_db()
    assert line.status == status
    if APPROVAL_LIFECYCLE.allows(action, status):
        ACTIONS[action](world, line)
        line.refresh_from_db()
        assert line.status == APPROVAL_LIFECYCLE.transitions[action].target
    else:
        with refused(WrongState):
            ACTIONS[action](world, line)


class TestLapse:
    def test_the_day_after_its_validity_the_clock_stops_and_the_bank_is_told_once(self, world: World) -> None:
        line = make_line(world)
        assert lapse_lines(date(2012, 5, 10), moment(date(2012, 5, 10))) == {}
        assert lapse_lines(date(2012, 5, 11), moment(date(2012, 5, 11))) == {"lapsed": 1}
        assert lapse_lines(date(2012, 5, 11), moment(date(2012, 5, 11))) == {}
        assert deadline(DeadlineKind.APPROVAL_EXPIRY, line).cancelled_on == date(2012, 5, 11)
        told = Notification.objects.get(key=f"approval:{line.pk}:lapsed")
        assert (told.recipient, "5,000,000.00" in told.body) == (world.bank, True)

    def test_a_line_drawn_in_full_needs_no_clock(self, world: World) -> None:
        line = make_line(world)
        make_loan(world, line)
        assert deadline(DeadlineKind.APPROVAL_EXPIRY, line).met_on == date(2012, 3, 1)
        assert lapse_lines(date(2012, 5, 11), moment(date(2012, 5, 11))) == {}
