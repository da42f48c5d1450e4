"""Drawdowns: entered by an officer, covered by the reserve when another person confirms them (domain §3.7)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import Conflict, InvalidInput, NotAllowed, Refusal, WrongState
from common.money import ZERO
from loans.enums import LOAN_LIFECYCLE, RUNNING, LoanStatus
from loans.errors import (
    AmountTooSmall,
    CoverBlocked,
    DatesOutOfOrder,
    EnterpriseCapExceeded,
    LineExceeded,
    LineNotUsable,
    LoanCapExceeded,
    NoReserveAccount,
    NoteNumberTaken,
    NotYourBank,
    RateAboveCap,
    TermTooLong,
)
from loans.models import CreditLine, Loan
from loans.selectors.exposure import capacity, cover_accounts, exposure, outstanding_at
from loans.selectors.register import cover_entries, register_rows
from loans.services import loans
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import Notification
from reserve.enums import DeadlineKind
from reserve.errors import InsufficientBalance, ProgrammeNotActive
from reserve.ledger_enums import Purpose
from reserve.models import Deadline, LedgerAccount
from reserve.quarters import Quarter
from reserve.selectors.ledger import balances, current_balances
from reserve.services.periods import close_period
from reserve.services.programmes import add_party, end_programme, set_rule
from tests.factories import (
    World,
    at,
    deposit,
    fund,
    make_contribution,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_proposal,
    make_repayment,
    make_world,
    moment,
)
from tests.factories import confirm as confirm_contribution
from tests.support.claims import failed, make_claim, write_off
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 3, 1)
NOTE: dict[str, Any] = {
    "contract_no": "HT-1",
    "contract_on": date(2012, 3, 1),
    "note_no": "JJ-1",
    "amount": Decimal("5000000"),
    "disbursed_on": date(2012, 3, 1),
    "due_on": date(2013, 2, 28),
}


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def line(world: World) -> CreditLine:
    return make_line(world)


def enter(world: World, line: CreditLine, when: dict[str, Any] = DAY, **changes: Any) -> Loan:
    return loans.enter_loan(credit_line=line, **NOTE | changes, by=world.bank, **when)


def confirm(world: World, loan: Loan, when: dict[str, Any] = DAY) -> Loan:
    return loans.confirm_loan(loan=loan, by=world.bank2, **when)


def free(world: World) -> tuple[Decimal, Decimal]:
    found = current_balances([world.provincial_account, world.town_account])
    return found[world.provincial_account.pk].free, found[world.town_account.pk].free


class TestEnter:
    def test_entered_it_waits_and_occupies_nothing(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        assert (loan.status, loan.outstanding, loan.earmarked, loan.declared_reserve) == ("entered", ZERO, ZERO, ZERO)
        assert (loan.annual_rate, loan.purpose, loan.repayment_method, loan.guarantee) == (
            Decimal("7.8"),
            "购买原材料",
            "quarterly_interest",
            "surety",
        )
        assert loan.enterprise_name == "中山市演示001锁业有限公司"
        assert free(world) == (Decimal("10000000.00"), Decimal("40000000.00"))
        told = Notification.objects.filter(key=f"loan:{loan.pk}:v1:entered").values_list("recipient__username", flat=True)
        assert set(told) == {"bank2", "bank3"}

    def test_own_terms_within_the_line_are_kept(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line, annual_rate=Decimal("7.2"), purpose="设备更新", repayment_method="bullet")
        assert (loan.annual_rate, loan.purpose, loan.repayment_method) == (Decimal("7.2000"), "设备更新", "bullet")

    @pytest.mark.parametrize("name", ["province", "science", "town2", "centre", "bank2", "auditor", "sysadmin"])
    def test_only_a_bank_officer_enters(self, world: World, line: CreditLine, name: str) -> None:
        with refused(NotAllowed):
            loans.enter_loan(credit_line=line, **NOTE, by=getattr(world, name), **DAY)

    def test_another_bank_does_not_draw(self, world: World, line: CreditLine) -> None:
        other = make_organisation(OrganisationKind.BANK, "另一村镇银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **at(2012, 2, 20))
        stranger = make_person("other", other, Role.OFFICER)
        with refused(NotYourBank):
            loans.enter_loan(credit_line=line, **NOTE, by=stranger, **DAY)

    def test_a_proposal_is_no_line_yet(self, world: World) -> None:
        proposal = make_proposal(world)
        with refused(LineNotUsable, "待复核"):
            enter(world, proposal)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"amount": Decimal("5000000.01")}, LineExceeded, "amount"),
            ({"amount": Decimal(0)}, InvalidInput, "amount"),
            ({"amount": Decimal("-5")}, InvalidInput, "amount"),
            ({"amount": Decimal("0.001")}, InvalidInput, "amount"),
            ({"amount": Decimal("0.03")}, AmountTooSmall, "amount"),
            ({"contract_no": " "}, InvalidInput, "contract_no"),
            ({"note_no": ""}, InvalidInput, "note_no"),
            ({"note_no": "长" * 41}, InvalidInput, "note_no"),
            ({"contract_on": date(2012, 2, 9)}, DatesOutOfOrder, "contract_on"),
            ({"disbursed_on": date(2012, 2, 29)}, DatesOutOfOrder, "disbursed_on"),
            ({"disbursed_on": date(2012, 3, 2)}, DatesOutOfOrder, "disbursed_on"),
            ({"due_on": date(2012, 3, 1)}, DatesOutOfOrder, "due_on"),
            ({"due_on": date(2012, 2, 1)}, DatesOutOfOrder, "due_on"),
            ({"due_on": date(2013, 3, 2)}, TermTooLong, "due_on"),
            ({"annual_rate": Decimal("7.8001")}, RateAboveCap, "annual_rate"),
            ({"annual_rate": Decimal("7.8"), "due_on": date(2012, 9, 1), "contract_on": date(2012, 3, 1)}, None, ""),
            ({"repayment_method": "weekly"}, InvalidInput, "repayment_method"),
        ],
    )
    def test_terms_beyond_line_or_rules_are_refused_beside_their_field(
        self, world: World, line: CreditLine, changes: dict[str, Any], refusal: type[Refusal] | None, field: str
    ) -> None:
        if refusal is None:
            assert enter(world, line, **changes).pk
            return
        with refused(refusal) as caught:
            enter(world, line, **changes)
        assert list(caught.value.fields) == [field]

    def test_due_on_the_last_day_of_the_term_is_in_time(self, world: World, line: CreditLine) -> None:
        assert enter(world, line, due_on=date(2013, 3, 1)).due_on == date(2013, 3, 1)

    def test_the_line_s_own_term_limits_too(self, world: World) -> None:
        line = make_line(world, term_months=6)
        with refused(TermTooLong, "6 个月，最迟 2012-09-01"):
            enter(world, line, due_on=date(2012, 9, 2))

    def test_the_cap_is_that_of_the_contract_date(self, world: World) -> None:
        line = make_line(world, annual_rate=Decimal("8.528"))
        late = {"contract_on": date(2012, 5, 9), "disbursed_on": date(2012, 5, 9), "due_on": date(2013, 5, 9)}
        assert enter(world, line, at(2012, 5, 9), **late).annual_rate == Decimal("8.5280")

    def test_a_contract_after_the_cut_of_2012_06_08_has_the_lower_cap(self, world: World) -> None:
        line = make_line(world, day=date(2012, 6, 7), annual_rate=Decimal("8.528"))
        note = {"contract_on": date(2012, 6, 8), "disbursed_on": date(2012, 6, 8), "due_on": date(2013, 6, 8)}
        with refused(RateAboveCap, "8.2030"):
            enter(world, line, at(2012, 6, 8), **note)
        earlier = note | {"contract_on": date(2012, 6, 7)}
        assert enter(world, line, at(2012, 6, 8), **earlier).contract_on == date(2012, 6, 7)

    def test_drawn_on_the_last_day_of_validity_and_refused_the_day_after(self, world: World, line: CreditLine) -> None:
        assert line.valid_until == date(2012, 5, 10)
        late = {"contract_on": date(2012, 5, 10), "disbursed_on": date(2012, 5, 11), "due_on": date(2013, 5, 1)}
        with refused(LineNotUsable, "2012-05-10"):
            enter(world, line, at(2012, 5, 11), **late)
        in_time = late | {"disbursed_on": date(2012, 5, 10)}
        assert enter(world, line, at(2012, 5, 14), **in_time).status == "entered"

    def test_one_drawdown_above_the_loan_cap(self, world: World) -> None:
        line = make_line(world, amount="12000000")
        with refused(LoanCapExceeded, "10,000,000.00"):
            enter(world, line, amount=Decimal("10000000.01"))
        assert enter(world, line, amount=Decimal("10000000")).amount == Decimal("10000000")

    def test_a_note_number_is_used_once_in_a_bank(self, world: World) -> None:
        first, second = (make_line(world, make_enterprise(world, number)) for number in (1, 2))
        loan = enter(world, first)
        with refused(NoteNumberTaken, "JJ-1"):
            enter(world, second, note_no=" JJ-1 ")
        loans.discard_loan(loan=loan, reason="录错", by=world.bank, **DAY)
        assert enter(world, second).note_no == "JJ-1"

    def test_while_the_match_is_overdue_nothing_is_covered(self, world: World, line: CreditLine) -> None:
        deposit(world, amount="1000000", arrived_on=date(2012, 2, 13))  # due 2012-03-26
        late = {"contract_on": date(2012, 3, 27), "disbursed_on": date(2012, 3, 27), "due_on": date(2013, 3, 27)}
        assert enter(world, line, at(2012, 3, 26), note_no="JJ-0", amount=Decimal("1000000"), disbursed_on=date(2012, 3, 26)).pk
        with refused(CoverBlocked, "逾期"):
            enter(world, line, at(2012, 3, 27), **late)

    def test_without_both_accounts_nothing_is_covered(self) -> None:
        world = make_world()
        LedgerAccount.objects.filter(reserve_account=world.town_account).delete()
        line = make_line(world)
        with refused(NoReserveAccount):
            enter(world, line)

    def test_an_ended_programme_covers_nothing(self, world: World, line: CreditLine) -> None:
        end_programme(programme=world.programme, ended_on=date(2012, 2, 29), reason="协议终止", by=world.province2, **DAY)
        with refused(ProgrammeNotActive):
            enter(world, line)

    @pytest.mark.parametrize("poor", ["广东省生产力促进中心", "小榄镇人民政府"])
    def test_each_account_s_free_money_is_asked(self, world: World, line: CreditLine, poor: str) -> None:
        LedgerAccount.objects.filter(reserve_account__funder__name=poor, kind="free").update(balance=Decimal("133333.32"))
        with refused(InsufficientBalance, f"{poor}科技贷款风险准备金专户·可用准备金"):
            enter(world, line)


class TestConfirm:
    def test_confirmed_it_earmarks_one_to_four_and_declares_for_ever(self, world: World, line: CreditLine) -> None:
        loan = confirm(world, enter(world, line))
        assert (loan.status, loan.outstanding, loan.confirmed_on) == ("active", Decimal("5000000"), date(2012, 3, 1))
        assert (loan.earmarked, loan.earmarked_provincial, loan.earmarked_town) == (
            Decimal("666666.67"),
            Decimal("133333.33"),
            Decimal("533333.34"),
        )
        assert (loan.declared_reserve, loan.declared_provincial) == (loan.earmarked, loan.earmarked_provincial)
        assert free(world) == (Decimal("9866666.67"), Decimal("39466666.66"))
        assert loan.movement is not None
        assert loan.movement.entry is not None
        entry = loan.movement.entry
        assert (entry.purpose, entry.source_type, entry.source_id) == (Purpose.EARMARK, "loan", loan.pk)
        assert (loan.movement.entry.ledger_date, loan.movement.entry.value_date) == (date(2012, 3, 1), date(2012, 3, 1))
        clock = Deadline.objects.get(kind=DeadlineKind.LOAN_MATURITY, subject_id=loan.pk)
        assert (clock.due_on, clock.organisation) == (date(2013, 2, 28), world.bank_organisation)

    def test_the_worked_example_of_the_formulas(self, world: World) -> None:
        line = make_line(world, amount="3000000")
        loan = confirm(world, enter(world, line, amount=Decimal("3000000")))
        assert (loan.earmarked, loan.earmarked_provincial, loan.earmarked_town) == (Decimal("400000"), Decimal("80000"), Decimal("320000"))

    def test_a_late_confirmation_is_valued_on_the_day_of_disbursement(self, world: World, line: CreditLine) -> None:
        loan = confirm(world, enter(world, line), at(2012, 3, 20))
        assert loan.movement is not None
        assert loan.movement.entry is not None
        assert (loan.movement.entry.ledger_date, loan.movement.entry.value_date) == (date(2012, 3, 20), date(2012, 3, 1))

    def test_a_late_entry_is_valued_from_the_day_the_accounts_carried_it(self) -> None:
        """Another loan held the reserve on the day of disbursement: by value date no account may ever have been short."""
        world = fund(make_world(rules={"leverage": "1", "enterprise_cap": "50000000", "loan_cap": "50000000"}))
        first = make_loan(world, make_line(world, amount="50000000"), day=date(2012, 2, 20))
        line = make_line(world, make_enterprise(world, 2), amount="5000000", day=date(2012, 2, 20))
        make_repayment(world, first, "50000000", paid_on=date(2012, 3, 12))
        late = confirm(world, enter(world, line, at(2012, 3, 13)), at(2012, 3, 14))
        assert late.movement is not None
        assert (late.movement.fact_on, late.movement.value_on) == (date(2012, 3, 1), date(2012, 3, 12))
        accounts = [world.provincial_account, world.town_account]
        for day in range(1, 15):
            for found in balances(accounts, date(2012, 3, day), by="value").values():
                assert min(found.free, found.earmarked) >= 0

    def test_a_reviewer_confirms_what_they_have_read(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line, amount=Decimal("100000"))
        loans.edit_loan(loan=loan, version=1, **NOTE | {"amount": Decimal("4900000")}, by=world.bank, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            loans.confirm_loan(loan=loan, version=1, by=world.bank2, **DAY)
        assert loans.confirm_loan(loan=loan, version=2, by=world.bank2, **DAY).earmarked

    def test_what_was_read_is_discarded_or_nothing(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line, amount=Decimal("100000"))
        loans.edit_loan(loan=loan, version=1, **NOTE | {"amount": Decimal("4900000")}, by=world.bank, **DAY)
        with refused(Conflict, "第 1 版，现为第 2 版"):
            loans.discard_loan(loan=loan, reason="金额有误", version=1, by=world.bank2, **DAY)

    def test_once_its_quarter_is_closed_it_is_valued_on_the_day_of_posting(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        close_period(programme=world.programme, bank=world.bank_organisation, quarter=Quarter(2012, 1), now=moment(date(2012, 4, 10)))
        loan = confirm(world, loan, at(2012, 4, 12))
        assert loan.movement is not None
        assert loan.movement.entry is not None
        assert loan.movement.entry.value_date == date(2012, 4, 12)
        assert (loan.disbursed_on, loan.confirmed_on) == (date(2012, 3, 1), date(2012, 4, 12))

    def test_confirmed_twice_only_the_first_counts(self, world: World, line: CreditLine) -> None:
        loan = confirm(world, enter(world, line))
        with refused(WrongState, "正常"):
            confirm(world, loan)

    def test_the_one_who_entered_or_changed_it_last_cannot_confirm(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            loans.confirm_loan(loan=loan, by=world.bank, **DAY)

    @pytest.mark.parametrize("name", ["bank", "province2", "science2", "town2", "auditor"])
    def test_only_a_bank_reviewer_confirms(self, world: World, line: CreditLine, name: str) -> None:
        loan = enter(world, line)
        with refused(NotAllowed):
            loans.confirm_loan(loan=loan, by=getattr(world, name), **DAY)

    def test_two_entered_drawdowns_that_exceed_the_line_together(self, world: World, line: CreditLine) -> None:
        first = enter(world, line, amount=Decimal("3000000"))
        second = enter(world, line, note_no="JJ-2", amount=Decimal("2000000.01"))
        confirm(world, first)
        with refused(LineExceeded, "多 0.01 元"):
            confirm(world, second)

    def test_a_repaid_drawdown_stays_drawn(self, world: World, line: CreditLine) -> None:
        loan = confirm(world, enter(world, line))
        make_repayment(world, loan, "5000000", paid_on=date(2012, 4, 5))
        with refused(LineExceeded):
            enter(world, line, at(2012, 4, 6), note_no="JJ-2", amount=Decimal("0.1"), disbursed_on=date(2012, 4, 6))

    def test_money_that_went_to_another_loan_meanwhile(self, world: World) -> None:
        world_lines = [make_line(world, make_enterprise(world, number), amount="10000000") for number in range(1, 9)]
        entered = [enter(world, line, note_no=f"JJ-{i}", amount=Decimal("10000000")) for i, line in enumerate(world_lines)]
        for loan in entered[:7]:  # 7 × 133.33万
            confirm(world, loan)
        assert free(world)[0] == Decimal("10000000") - 7 * Decimal("266666.67")
        LedgerAccount.objects.filter(reserve_account=world.provincial_account, kind="free").update(balance=Decimal("266666.66"))
        with refused(InsufficientBalance, "尚缺 0.01 元") as caught:
            confirm(world, entered[7])
        assert "广东省生产力促进中心科技贷款风险准备金专户·可用准备金" in caught.value.message

    def test_a_match_that_fell_overdue_meanwhile(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        deposit(world, amount="1000000", arrived_on=date(2012, 3, 1))
        with refused(CoverBlocked):
            confirm(world, loan, at(2012, 4, 20))

    def test_the_enterprise_cap_counts_all_lines_and_loans(self, world: World) -> None:
        enterprise = make_enterprise(world)
        lapsing = make_line(world, enterprise, amount="10000000")  # validity to 2012-05-10
        loan = enter(world, lapsing, amount=Decimal("10000000"))
        make_line(world, enterprise, amount="10000000", day=date(2012, 5, 14))
        make_line(world, enterprise, amount="5000000", day=date(2012, 5, 15))
        with refused(EnterpriseCapExceeded, "25,000,000.00"):  # a late entry against a line that no longer counted
            confirm(world, loan, at(2012, 5, 16))

    def test_rules_are_those_of_the_approval(self, world: World, line: CreditLine) -> None:
        for key, text in (("leverage", "10"), ("match_ratio", "1"), ("loan_cap", "1000000"), ("term_months_max", "3")):
            changed: dict[str, Any] = {"key": key, "text": text, "effective_on": date(2012, 2, 20), "reason": "补充协议"}
            set_rule(programme=world.programme, **changed, by=world.sysadmin, **at(2012, 2, 20))
        loan = confirm(world, enter(world, line))
        assert (loan.earmarked, loan.earmarked_provincial) == (Decimal("666666.67"), Decimal("133333.33"))
        make_repayment(world, loan, "5000000", paid_on=date(2012, 4, 5))
        assert free(world) == (Decimal("10000000"), Decimal("40000000"))

    def test_a_programme_of_the_province_alone_earmarks_there_only(self) -> None:
        world = make_world(rules={"match_ratio": "0"})
        contribution = make_contribution(world)
        confirm_contribution(world, contribution, arrived_on=date(2011, 11, 11))
        loan = make_loan(world)
        assert (loan.earmarked, loan.earmarked_provincial) == (Decimal("666666.67"), Decimal("666666.67"))
        assert loan.movement is not None
        assert loan.movement.entry is not None
        assert loan.movement.entry.transfers.count() == 1


class TestEditAndDiscard:
    def test_an_edit_is_a_new_version_and_its_editor_the_officer(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        changed = loans.edit_loan(loan=loan, version=1, **NOTE | {"amount": Decimal("4000000")}, by=world.bank, **DAY)
        assert (changed.version, changed.amount, changed.status) == (2, Decimal("4000000"), "entered")

    def test_a_stale_version_is_refused(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        loans.edit_loan(loan=loan, version=1, **NOTE | {"amount": Decimal("4000000")}, by=world.bank, **DAY)
        with refused(Conflict):
            loans.edit_loan(loan=loan, version=1, **NOTE, by=world.bank, **DAY)

    def test_the_edited_loan_does_not_count_against_its_own_line(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        assert loans.edit_loan(loan=loan, version=1, **NOTE, by=world.bank, **DAY).version == 2

    def test_an_edit_is_checked_like_an_entry(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        with refused(LineExceeded):
            loans.edit_loan(loan=loan, version=1, **NOTE | {"amount": Decimal("5000001")}, by=world.bank, **DAY)

    @pytest.mark.parametrize("name", ["bank", "bank2"])
    def test_officer_or_reviewer_discards_with_a_reason(self, world: World, line: CreditLine, name: str) -> None:
        loan = loans.discard_loan(loan=enter(world, line), reason="金额录错", by=getattr(world, name), **DAY)
        assert (loan.status, loan.discard_reason) == ("discarded", "金额录错")

    def test_discarding_needs_a_reason(self, world: World, line: CreditLine) -> None:
        loan = enter(world, line)
        with refused(InvalidInput):
            loans.discard_loan(loan=loan, reason=" ", by=world.bank, **DAY)

    @pytest.mark.parametrize("name", ["province", "science2", "auditor"])
    def test_others_do_not_discard(self, world: World, line: CreditLine, name: str) -> None:
        loan = enter(world, line)
        with refused(NotAllowed):
            loans.discard_loan(loan=loan, reason="不妥", by=getattr(world, name), **DAY)


def gone_wrong(world: World, status: str) -> Loan:
    """A loan the reserve paid a claim for, written off or not."""
    loan = failed(world)
    make_claim(world, loan)
    if status == LoanStatus.WRITTEN_OFF:
        write_off(world, loan)
    return loan


LATER = at(2012, 3, 26)  # the first settlement, of 20 March, is payable on the 21st
ACTIONS: dict[str, Callable[[World, Loan], Any]] = {
    "edit": lambda world, loan: loans.edit_loan(loan=loan, version=loan.version, **NOTE, by=world.bank, **LATER),
    "discard": lambda world, loan: loans.discard_loan(loan=loan, reason="录错", by=world.bank, **LATER),
    "confirm": lambda world, loan: confirm(world, loan, LATER),
    "repay": lambda world, loan: make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 26)),
    "settle": lambda world, loan: make_repayment(world, loan, loan.amount, paid_on=date(2012, 3, 26)),
}


@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("status", list(LoanStatus))
def test_every_action_from_every_status(world: World, line: CreditLine, action: str, status: str) -> None:
    loan = gone_wrong(world, status) if status in (LoanStatus.COMPENSATED, LoanStatus.WRITTEN_OFF) else enter(world, line)
    if status == LoanStatus.DISCARDED:
        loans.discard_loan(loan=loan, reason="录错", by=world.bank, **DAY)
    if status in (*RUNNING, LoanStatus.SETTLED):
        confirm(world, loan, LATER if status == LoanStatus.OVERDUE else DAY)
    if status == LoanStatus.SETTLED:
        make_repayment(world, loan, "5000000", paid_on=date(2012, 3, 1))
    loan.refresh_from_db()
    assert loan.status == status
    if LOAN_LIFECYCLE.allows(action, status):
        ACTIONS[action](world, loan)
        loan.refresh_from_db()
        # Confirmed weeks late a loan is overdue at once, and a payment with its interest cures one: days decide between the two.
        reached = LoanStatus.ACTIVE if loan.status == LoanStatus.OVERDUE else loan.status
        assert reached == (LOAN_LIFECYCLE.transitions[action].target or LoanStatus.ACTIVE)
    else:
        with refused(WrongState):
            ACTIONS[action](world, loan)


class TestSelectors:
    def test_capacity_is_the_least_over_both_accounts(self, world: World) -> None:
        rules = make_line(world).rules
        assert capacity(cover_accounts(world.programme.pk), rules) == Decimal("375000000")  # 5000万 × 7.5
        LedgerAccount.objects.filter(reserve_account=world.provincial_account, kind="free").update(balance=Decimal("1000000"))
        assert capacity(cover_accounts(world.programme.pk), rules) == Decimal("37500000")

    def test_exposure_is_what_is_owed_and_what_can_still_be_drawn(self, world: World, line: CreditLine) -> None:
        make_loan(world, line, amount=Decimal("2000000"))
        kwargs: dict[str, Any] = {"programme_id": world.programme.pk, "enterprise": line.enterprise}
        found = exposure(**kwargs, on=date(2012, 5, 10))
        assert (found.outstanding, found.undrawn, found.total) == (Decimal("2000000"), Decimal("3000000"), Decimal("5000000"))
        assert exposure(**kwargs, on=date(2012, 5, 11)).undrawn == 0

    def test_outstanding_goes_by_the_days_on_which_money_moved(self, world: World, line: CreditLine) -> None:
        loan = make_loan(world, line)
        make_repayment(world, loan, "1000000", paid_on=date(2012, 3, 20), day=date(2012, 4, 2))
        at_day = [outstanding_at(world.programme, date(2012, 3, day)) for day in (1, 19, 20)]
        assert at_day == [Decimal("5000000"), Decimal("5000000"), Decimal("4000000")]
        assert outstanding_at(world.programme, date(2012, 2, 29)) == 0

    def test_the_register_has_the_seven_columns_first(self, world: World) -> None:
        make_loan(world)
        [row] = register_rows(Loan.objects.all())
        assert list(row)[1:8] == ["enterprise_name", "amount", "disbursed_on", "due_on", "annual_rate", "purpose", "repayment_method"]

    def test_cover_entries_show_what_was_occupied_and_released(self, world: World) -> None:
        loan = make_loan(world)
        make_repayment(world, loan, "5000000", paid_on=date(2012, 4, 5))
        found = cover_entries(loan)
        assert [(row.total, row.provincial) for row in found] == [
            (Decimal("666666.67"), Decimal("133333.33")),
            (Decimal("-666666.67"), Decimal("-133333.33")),
        ]
