"""One enterprise at one bank against the bank's net capital: warned of or refused (domain §4 `single_borrower_ratio`)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Refusal
from loans.errors import EnterpriseCapExceeded, SingleBorrowerExceeded
from loans.models import CreditLine, Loan
from loans.rules.concentration import Concentration, Exposure, concentration_limit
from loans.selectors.concentration import concentration, excesses_of_lines, excesses_of_loans
from loans.services import approvals, loans
from parties.enums import OrganisationKind, Role
from parties.models import AuditEvent, Notification
from reserve.services.programmes import set_rule
from tests.factories import (
    World,
    at,
    elsewhere,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_net_capital,
    make_organisation,
    make_person,
    make_proposal,
    make_repayment,
    make_sent,
    make_world,
    on,
)
from tests.support.rows import refused

DAY = date(2012, 2, 10)
NOTE = "；已超过单一客户集中度限额 5,000,000.00 元"


# The rule


@pytest.mark.parametrize(
    "net_capital, ratio, limit",
    [
        ("250000000", Fraction(1, 10), "25000000.00"),
        ("100", Fraction(1, 3), "33.33"),
        ("0.19", Fraction(1, 10), "0.01"),
        ("250000000", Fraction(0), "0.00"),
        ("250000000", Fraction(1), "250000000.00"),
    ],
)
def test_the_limit_is_the_share_of_net_capital_cut_to_the_fen(net_capital: str, ratio: Fraction, limit: str) -> None:
    assert str(concentration_limit(Decimal(net_capital), ratio)) == limit


@given(
    st.decimals("0.01", "9999999999.99", places=2),
    st.fractions(0, 1, max_denominator=1000),
    st.decimals("0.01", "9999999999.99", places=2),
)
def test_an_amount_passes_the_limit_exactly_when_it_passes_the_product(net_capital: Decimal, ratio: Fraction, amount: Decimal) -> None:
    assert (amount > concentration_limit(net_capital, ratio)) == (Fraction(amount) > Fraction(net_capital) * ratio)


def found(**changes: Any) -> Concentration:
    values: dict[str, Any] = {"net_capital": Decimal(50_000_000), "as_of": date(2011, 12, 31), "ratio": Fraction(1, 10)}
    return Concentration(**values | {"used": Exposure(Decimal(1_000_000), Decimal(3_000_000))} | changes)


def test_what_is_owed_undrawn_and_new_may_reach_the_limit_and_not_pass_it() -> None:
    assert (found().total, found().left, found().exceeded) == (Decimal(4_000_000), Decimal(1_000_000), False)
    assert not found(adding=Decimal(1_000_000)).exceeded
    assert found(adding=Decimal("1000000.01")).exceeded
    assert found(ratio=Fraction(1, 100)).left == 0


def test_the_sentence_has_every_figure_and_the_note_none_of_other_programmes() -> None:
    one = found(adding=Decimal(2_000_000))
    assert one.note == "已超过单一客户集中度限额 5,000,000.00 元"
    assert one.sentence == (
        "已超过单一客户集中度限额 5,000,000.00 元（2011-12-31 资本净额 50,000,000.00 元的 10%）：该企业在本行各项目"
        "未还本金 1,000,000.00 元，未用授信 3,000,000.00 元，本笔 2,000,000.00 元，合计 6,000,000.00 元，超出 1,000,000.00 元。"
    )


# In decisions and drawdowns


@pytest.fixture
def world(db: None) -> World:
    """It warns, as by default."""
    return fund(make_world())


@pytest.fixture
def strict(db: None) -> World:
    return fund(make_world(rules={"single_borrower_action": "refuse"}))


def summaries(action: str) -> list[str]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk").values_list("summary", flat=True))


class TestWarn:
    def test_without_net_capital_in_force_nothing_is_said(self, world: World) -> None:
        make_net_capital(world, "10", confirmed=False)
        make_net_capital(world, "10", effective_on=date(2012, 3, 31), day=date(2012, 3, 31))
        line = make_line(world, amount="10000000")
        make_loan(world, line, day=date(2012, 3, 1))
        assert not AuditEvent.objects.filter(summary__contains="集中度").exists()
        assert excesses_of_lines(world.bank, [line], DAY) == {}
        kwargs: dict[str, Any] = {"bank_id": world.bank_organisation.pk, "enterprise_id": line.enterprise_id, "ratio": Fraction(1, 10)}
        assert concentration(**kwargs, on=date(2012, 3, 30)) is None
        assert concentration(**kwargs, on=date(2012, 3, 31)) is not None

    def test_at_the_limit_nothing_is_said(self, world: World) -> None:
        make_net_capital(world, "50000000")
        make_loan(world, make_line(world, amount="5000000"))
        assert not AuditEvent.objects.filter(summary__contains="集中度").exists()

    def test_above_it_every_step_goes_through_and_its_trail_says_so(self, world: World) -> None:
        make_net_capital(world, "50000000")
        loan = make_loan(world, make_line(world, amount="5000000.01"))
        assert summaries("approval.propose") == [f"提出审批意见：同意授信 5,000,000.01 元{NOTE}"]
        assert [summary.endswith(NOTE) for summary in summaries("approval.confirm")] == [True]
        assert summaries("loan.enter") == [f"录入放款 5,000,000.01 元，借据号 {loan.note_no}{NOTE}"]
        assert [summary.endswith(NOTE) for summary in summaries("loan.confirm")] == [True]

    def test_the_reviewer_is_told_and_the_offices_are_not(self, world: World) -> None:
        make_net_capital(world, "10000000")
        line = make_line(world)
        assert "集中度" in Notification.objects.get(key=f"approval:{line.pk}:v1:proposed", recipient=world.bank2).body
        assert "集中度" not in Notification.objects.get(key=f"approval:{line.pk}:decided", recipient=world.town).body

    def test_changing_a_proposal_or_an_entry_says_it_again(self, world: World) -> None:
        make_net_capital(world, "10000000")
        proposal = make_proposal(world)
        terms = {name: getattr(proposal, name) for name in ("decision", "term_months", "annual_rate", "repayment_method", "guarantee")}
        approvals.repropose_approval(credit_line=proposal, version=1, **terms, amount=Decimal(900_000), by=world.bank, **on(DAY))
        approvals.repropose_approval(credit_line=proposal, version=2, **terms, amount=Decimal(1_000_001), by=world.bank, **on(DAY))
        assert ["集中度" in summary for summary in summaries("approval.propose")] == [True, False, True]
        line = approvals.confirm_approval(credit_line=proposal, by=world.bank2, **on(DAY))
        edit(world, make_entered(world, line))
        assert ["集中度" in summary for summary in summaries("loan.enter")] == [True, True]

    def test_a_drawdown_goes_by_the_rules_of_its_approval(self, world: World) -> None:
        make_net_capital(world, "10000000")
        line = make_line(world)
        set_rule(
            programme=world.programme,
            key="single_borrower_action",
            text="refuse",
            effective_on=date(2012, 2, 20),
            reason="补充协议",
            by=world.sysadmin,
            **at(2012, 2, 20),
        )
        assert make_loan(world, line).status == "active"
        sent = make_sent(world, line.enterprise, day=date(2012, 3, 1))
        with refused(SingleBorrowerExceeded):
            make_proposal(world, sent, day=date(2012, 3, 1))


def edit(world: World, loan: Loan) -> Loan:
    facts = {name: getattr(loan, name) for name in ("contract_no", "contract_on", "note_no", "amount", "disbursed_on", "due_on")}
    return loans.edit_loan(loan=loan, version=loan.version, **facts, by=world.bank, **at(2012, 3, 1))


class TestRefuse:
    def test_a_proposal_above_the_limit(self, strict: World) -> None:
        make_net_capital(strict, "49999999.90")
        sent = make_sent(strict)
        with refused(SingleBorrowerExceeded, "5,000,000.00 元超过单一客户集中度限额 4,999,999.99 元", field="amount") as caught:
            make_proposal(strict, sent)
        assert "（2011-12-31 资本净额 49,999,999.90 元的 10%；该企业在本行各项目未还本金 0.00 元" in caught.value.message
        proposal = make_proposal(strict, sent, amount=Decimal("4999999.99"))
        terms = {name: getattr(proposal, name) for name in ("decision", "term_months", "annual_rate", "repayment_method", "guarantee")}
        with refused(SingleBorrowerExceeded):
            approvals.repropose_approval(credit_line=proposal, version=1, **terms, amount=Decimal(5_000_000), by=strict.bank, **on(DAY))

    def test_declining_asks_nothing(self, strict: World) -> None:
        make_net_capital(strict, "1")
        proposal = make_proposal(strict, decision="decline", reason="超过集中度")
        assert approvals.confirm_approval(credit_line=proposal, by=strict.bank2, **on(DAY)).status == "declined"

    def test_what_was_lent_in_another_programme_meanwhile_counts(self, strict: World) -> None:
        enterprise = make_enterprise(strict)
        other = elsewhere(strict)
        make_net_capital(strict, "100000000")
        proposal = make_proposal(strict, make_sent(strict, enterprise, amount=Decimal(8_000_000)))
        make_line(other, enterprise, amount="3000000")
        with refused(SingleBorrowerExceeded, "未用授信 3,000,000.00 元，本笔 8,000,000.00 元"):
            approvals.confirm_approval(credit_line=proposal, by=strict.bank2, **on(DAY))

    def test_what_another_bank_lent_does_not_count(self, strict: World) -> None:
        enterprise, bank = make_enterprise(strict), make_organisation(OrganisationKind.BANK, "另一村镇银行")
        people = {"bank": make_person("other", bank, Role.OFFICER), "bank2": make_person("other2", bank, Role.REVIEWER)}
        make_line(elsewhere(strict, bank_organisation=bank, **people), enterprise, amount="3000000")
        make_net_capital(strict, "100000000")
        assert make_line(strict, enterprise, amount="10000000").is_approved

    def test_a_smaller_net_capital_stops_entry_edit_and_confirmation_of_drawdowns(self, strict: World) -> None:
        make_net_capital(strict, "50000000")
        line = make_line(strict)
        entered = make_entered(strict, line, amount=Decimal(1_000_000))
        make_net_capital(strict, "40000000", effective_on=date(2012, 2, 29), day=date(2012, 3, 1))
        with refused(SingleBorrowerExceeded, "未用授信 5,000,000.00 元）"):
            make_entered(strict, line, amount=Decimal(1))
        with refused(SingleBorrowerExceeded):
            edit(strict, entered)
        with refused(SingleBorrowerExceeded):
            loans.confirm_loan(loan=entered, by=strict.bank2, **at(2012, 3, 1))
        make_net_capital(strict, "50000000", effective_on=date(2012, 3, 1))
        assert loans.confirm_loan(loan=entered, by=strict.bank2, **at(2012, 3, 1)).status == "active"

    def test_a_late_entry_on_a_lapsed_line_adds_to_what_counts(self, strict: World) -> None:
        make_net_capital(strict, "50000000")
        enterprise = make_enterprise(strict)
        lapsing = make_line(strict, enterprise, amount="3000000")  # validity to 2012-05-10
        entered = make_entered(strict, lapsing)
        make_line(strict, enterprise, amount="3000000", day=date(2012, 5, 14))
        with refused(SingleBorrowerExceeded, "未用授信 3,000,000.00 元，本笔 3,000,000.00 元"):
            loans.confirm_loan(loan=entered, by=strict.bank2, **at(2012, 5, 14))

    def test_what_was_repaid_may_be_lent_again(self, strict: World) -> None:
        make_net_capital(strict, "50000000")
        loan = make_loan(strict)
        make_repayment(strict, loan, "4000000", paid_on=date(2012, 3, 5))
        again = make_line(strict, loan.enterprise, amount="4000000", day=date(2012, 3, 6))
        assert make_loan(strict, again, day=date(2012, 3, 6)).status == "active"

    @pytest.mark.parametrize(
        "net_capital, amount, refusal",
        [("250000000", "5000000.01", EnterpriseCapExceeded), ("150000000", "0.01", SingleBorrowerExceeded)],
    )
    def test_the_lower_of_both_limits_wins(self, strict: World, net_capital: str, amount: str, refusal: type[Refusal]) -> None:
        enterprise = make_enterprise(strict)
        make_line(strict, enterprise, amount="15000000")
        proposal = make_proposal(strict, make_sent(strict, enterprise, amount=Decimal(amount)))
        make_net_capital(strict, net_capital, day=DAY)
        with refused(refusal):
            approvals.confirm_approval(credit_line=proposal, by=strict.bank2, **on(DAY))


class TestExcesses:
    """What the bank is warned of as things stand."""

    def test_lines_count_while_they_wait_or_can_be_drawn(self, world: World) -> None:
        make_net_capital(world, "40000000")
        enterprise = make_enterprise(world)
        approved = make_line(world, enterprise)
        waiting = make_proposal(world, make_sent(world, enterprise))
        declined = make_proposal(world, make_sent(world, enterprise), decision="decline", reason="担保不足")
        lines = list(CreditLine.objects.order_by("pk"))
        now = excesses_of_lines(world.bank2, lines, DAY)
        assert {key: one.total for key, one in now.items()} == {approved.pk: Decimal(5_000_000), waiting.pk: Decimal(10_000_000)}
        assert declined.pk not in now
        assert set(excesses_of_lines(world.bank2, lines, date(2012, 5, 11))) == {waiting.pk}

    def test_loans_count_until_they_are_repaid(self, world: World) -> None:
        make_net_capital(world, "40000000")
        line = make_line(world)
        first = make_loan(world, line, amount=Decimal(3_000_000))
        second = make_entered(world, line, amount=Decimal(2_000_000))
        day = date(2012, 3, 1)
        assert set(excesses_of_loans(world.bank, [first, second], day)) == {first.pk, second.pk}
        late = date(2012, 5, 11)  # what is undrawn of the line counts no more, but its late entry would
        assert set(excesses_of_loans(world.bank, [first, second], late)) == {second.pk}
        loans.confirm_loan(loan=second, by=world.bank2, **on(day))
        make_repayment(world, first, "3000000", paid_on=day)
        assert excesses_of_loans(world.bank, list(Loan.objects.all()), day) == {}

    @pytest.mark.parametrize("name, told", [("bank", 1), ("bank2", 1), ("province", 0), ("science", 0), ("auditor", 0)])
    def test_only_the_bank_s_own_people_are_told(self, world: World, name: str, told: int) -> None:
        make_net_capital(world, "40000000")
        loan = make_loan(world)
        user = getattr(world, name)
        assert len(excesses_of_lines(user, [loan.credit_line], DAY)) == told
        assert len(excesses_of_loans(user, [loan], DAY)) == told
