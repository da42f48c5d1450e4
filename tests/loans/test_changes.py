"""Extension and correction of a confirmed loan: who, when, how far, and what stays visible (domain §3, §3.8, §4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from loans.enums import EXTENSION_LIFECYCLE, ExtensionStatus
from loans.errors import (
    BelowRepaid,
    ConsentGiven,
    CorrectionPending,
    DatesOutOfOrder,
    EnterpriseCapExceeded,
    ExtensionPending,
    ExtensionsUsedUp,
    ExtensionTooLate,
    ExtensionTooLong,
    LineExceeded,
    NoteNumberTaken,
    NothingCorrected,
    NotYourBank,
    RateAboveCap,
    TermTooLong,
)
from loans.models import Correction, Extension, Loan
from loans.services import corrections, extensions
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification
from reserve.enums import DeadlineKind
from reserve.errors import InsufficientBalance
from reserve.models import Deadline
from reserve.selectors.ledger import current_balances
from reserve.services.programmes import add_party
from reserve.services.verify import verify_ledger
from tests.factories import (
    World,
    at,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_world,
    on,
)
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 12, 3)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    """5,000,000 from 2012-03-01 to 2013-02-01, quarterly interest at 7.8 %; its interest so far paid."""
    loan = make_loan(world, due_on=date(2013, 2, 1))
    make_repayment(world, loan, "0", paid_on=date(2012, 9, 20), interest=Decimal("221000"))
    return loan


# Extensions


def apply(world: World, loan: Loan, day: date = DAY, **changes: Any) -> Extension:
    given = {"due_on": date(2013, 8, 1), "reason": "货款回笼推迟"} | changes
    return extensions.apply_extension(loan=loan, **given, by=world.bank, **on(day))


def consented(world: World, loan: Loan, day: date = DAY, **changes: Any) -> Extension:
    extension = apply(world, loan, day, **changes)
    for who in (world.science2, world.town2):
        extension = extensions.consent_extension(extension=extension, agrees=True, by=who, **on(day))
    return extension


def extended(world: World, loan: Loan, day: date = DAY, **changes: Any) -> Extension:
    done = extensions.confirm_extension(extension=consented(world, loan, day, **changes), by=world.bank2, **on(day))
    loan.refresh_from_db()
    return done


class TestExtension:
    def test_from_application_by_both_offices_to_the_new_maturity(self, world: World, loan: Loan) -> None:
        before = (loan.outstanding, loan.earmarked)
        done = extended(world, loan)
        assert (done.status, loan.due_on, loan.original_due_on) == ("confirmed", date(2013, 8, 1), date(2013, 2, 1))
        assert (loan.outstanding, loan.earmarked) == before, "the cover goes on"
        rows = [(str(row.due_on), row.principal, row.annual_rate) for row in loan.schedule_lines.filter(due_on__gte=date(2013, 1, 1))]
        assert rows == [
            ("2013-02-01", 0, Decimal("7.8")),
            ("2013-03-20", 0, done.annual_rate),
            ("2013-06-20", 0, done.annual_rate),
            ("2013-08-01", Decimal("5000000.00"), done.annual_rate),
        ]
        clock = Deadline.objects.get(kind=DeadlineKind.LOAN_MATURITY, subject_id=loan.pk)
        assert clock.due_on == date(2013, 8, 1)
        assert done.movement is not None
        assert (done.movement.kind, done.movement.change, done.movement.entry) == ("extension", 0, None)

    def test_the_rate_unless_given_is_raised_with_the_tier_the_term_reaches(self, world: World, loan: Loan) -> None:
        """A loan of eleven months at 6.00 becomes one of seventeen months at 6.15: the multiple of 1.3 stays."""
        assert apply(world, loan).annual_rate == Decimal("7.9950")

    def test_the_offices_are_asked_and_the_bank_is_told(self, world: World, loan: Loan) -> None:
        extension = consented(world, loan)
        asked = Notification.objects.filter(key=f"extension:{extension.pk}:applied").values_list("recipient__username", flat=True)
        assert set(asked) == {"science", "science2", "town", "town2"}
        told = Notification.objects.filter(key=f"extension:{extension.pk}:consented").values_list("recipient__username", flat=True)
        assert set(told) == {"bank2", "bank3"}

    def test_one_office_alone_does_not_let_the_bank_confirm(self, world: World, loan: Loan) -> None:
        extension = extensions.consent_extension(extension=apply(world, loan), agrees=True, by=world.town2, **on(DAY))
        with refused(WrongState, "待两方同意"):
            extensions.confirm_extension(extension=extension, by=world.bank2, **on(DAY))

    def test_a_refusal_ends_it_with_an_opinion(self, world: World, loan: Loan) -> None:
        extension = apply(world, loan)
        with refused(InvalidInput):
            extensions.consent_extension(extension=extension, agrees=False, by=world.town2, **on(DAY))
        stranger = make_person("stranger", make_organisation(OrganisationKind.TOWN, "东凤镇人民政府"), Role.REVIEWER)
        with pytest.raises(NotFound):
            extensions.consent_extension(extension=extension, agrees=True, by=stranger, **on(DAY))
        done = extensions.consent_extension(extension=extension, agrees=False, opinion="经营恶化", by=world.town2, **on(DAY))
        assert done.status == "refused"
        with refused(WrongState):
            extensions.consent_extension(extension=extension, agrees=True, by=world.science2, **on(DAY))

    def test_an_office_speaks_once(self, world: World, loan: Loan) -> None:
        extension = extensions.consent_extension(extension=apply(world, loan), agrees=True, by=world.town2, **on(DAY))
        with refused(ConsentGiven, "小榄镇"):
            extensions.consent_extension(extension=extension, agrees=True, by=world.town2, **on(DAY))

    @pytest.mark.parametrize(
        "changes, refusal, words",
        [
            ({"due_on": date(2013, 2, 1)}, ExtensionTooLong, "应晚于"),
            ({"due_on": date(2014, 1, 2)}, ExtensionTooLong, "2014-01-01"),
            ({"annual_rate": Decimal("7.9951")}, RateAboveCap, "7.9950"),
            ({"reason": " "}, InvalidInput, "理由"),
        ],
    )
    def test_the_legal_limits(self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], words: str) -> None:
        with refused(refusal, words):
            apply(world, loan, **changes)

    def test_the_longest_is_the_original_term(self, world: World, loan: Loan) -> None:
        assert apply(world, loan, due_on=date(2014, 1, 1)).due_on == date(2014, 1, 1)

    def test_applied_for_before_maturity(self, world: World, loan: Loan) -> None:
        with refused(ExtensionTooLate, "2013-02-01"):
            apply(world, loan, date(2013, 2, 1))
        assert apply(world, loan, date(2013, 1, 31)).status == "applied"

    def test_once_by_the_setting(self, world: World, loan: Loan) -> None:
        extended(world, loan)
        with refused(ExtensionsUsedUp, "最多 1 次"):
            apply(world, loan, due_on=date(2013, 12, 1))

    def test_one_application_at_a_time(self, world: World, loan: Loan) -> None:
        apply(world, loan)
        with refused(ExtensionPending):
            apply(world, loan)

    def test_withdrawn_it_may_be_asked_for_again(self, world: World, loan: Loan) -> None:
        extension = consented(world, loan)
        gone = extensions.withdraw_extension(extension=extension, reason="企业已筹到资金", by=world.bank2, **on(DAY))
        assert (gone.status, gone.discard_reason) == ("withdrawn", "企业已筹到资金")
        assert apply(world, loan).status == "applied"

    def test_confirmed_after_the_old_maturity_it_cures_what_fell_overdue_meanwhile(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "0", paid_on=date(2013, 1, 31), interest=Decimal("147000"))
        extension = consented(world, loan, date(2013, 1, 31))
        done = extensions.confirm_extension(extension=extension, by=world.bank2, **at(2013, 2, 6))
        loan.refresh_from_db()
        assert (done.status, loan.status, loan.overdue_since) == ("confirmed", "active", None)

    def test_who_may_take_which_step(self, world: World, loan: Loan) -> None:
        for who in (world.bank2, world.town, world.province):
            with refused(NotAllowed):
                extensions.apply_extension(loan=loan, due_on=date(2013, 8, 1), reason="推迟", by=who, **on(DAY))
        extension = apply(world, loan)
        for who in (world.town, world.centre, world.bank2, world.province2):
            with refused(NotAllowed):
                extensions.consent_extension(extension=extension, agrees=True, by=who, **on(DAY))
        for who in (world.science2, world.town2):
            extensions.consent_extension(extension=extension, agrees=True, by=who, **on(DAY))
        with refused(NotAllowed):
            extensions.confirm_extension(extension=extension, by=world.town2, **on(DAY))
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            extensions.confirm_extension(extension=extension, by=world.bank, **on(DAY))

    def test_another_bank_does_not(self, world: World, loan: Loan) -> None:
        other = make_organisation(OrganisationKind.BANK, "第二村镇银行", "第二银行")
        add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(DAY))
        officer = make_person("other", other, Role.OFFICER)
        with refused(NotYourBank):
            extensions.apply_extension(loan=loan, due_on=date(2013, 8, 1), reason="推迟", by=officer, **on(DAY))

    @pytest.mark.parametrize("status", list(ExtensionStatus))
    @pytest.mark.parametrize("action", ["consent", "withdraw", "confirm"])
    def test_every_action_from_every_status(self, world: World, loan: Loan, action: str, status: str) -> None:
        extension = apply(world, loan) if status == "applied" else consented(world, loan) if status != "refused" else apply(world, loan)
        steps: dict[str, Any] = {
            "consent": lambda: extensions.consent_extension(extension=extension, agrees=True, by=world.science2, **on(DAY)),
            "withdraw": lambda: extensions.withdraw_extension(extension=extension, reason="撤", by=world.bank, **on(DAY)),
            "confirm": lambda: extensions.confirm_extension(extension=extension, by=world.bank2, **on(DAY)),
        }
        if status == "refused":
            extensions.consent_extension(extension=extension, agrees=False, opinion="不妥", by=world.town2, **on(DAY))
        if status in ("withdrawn", "confirmed"):
            steps[{"withdrawn": "withdraw", "confirmed": "confirm"}[status]]()
        extension.refresh_from_db()
        assert extension.status == status
        if EXTENSION_LIFECYCLE.allows(action, status):
            steps[action]()
        else:
            with refused(WrongState):
                steps[action]()


# Corrections


def correct(world: World, loan: Loan, day: date = DAY, **changes: Any) -> Correction:
    return corrections.enter_correction(loan=loan, reason="合同抄录有误", **changes, by=world.bank, **on(day))


def corrected(world: World, loan: Loan, day: date = DAY, **changes: Any) -> Correction:
    done = corrections.confirm_correction(correction=correct(world, loan, day, **changes), by=world.bank2, **on(day))
    loan.refresh_from_db()
    return done


class TestCorrection:
    def test_the_loan_is_what_it_should_have_been_and_marked(self, world: World, loan: Loan) -> None:
        done = corrected(world, loan, purpose="购置设备", guarantee="mortgage")
        assert (loan.purpose, loan.guarantee, loan.corrected_on) == ("购置设备", "mortgage", DAY)
        assert (done.before, done.after) == (
            {"purpose": "购买原材料", "guarantee": "surety"},
            {"purpose": "购置设备", "guarantee": "mortgage"},
        )
        event = AuditEvent.objects.filter(action="correction.confirm").latest("id")
        assert event.changes == {"用途": ["购买原材料", "购置设备"], "担保方式": ["保证", "抵押"]}
        assert event.reason == "合同抄录有误"

    def test_a_smaller_amount_gives_reserve_back_and_a_larger_one_takes_it(self, world: World, loan: Loan) -> None:
        corrected(world, loan, amount=Decimal("4500000"))
        assert (loan.amount, loan.outstanding, loan.earmarked, loan.declared_reserve) == (
            Decimal("4500000.00"),
            Decimal("4500000.00"),
            Decimal("600000.00"),
            Decimal("600000.00"),
        )
        corrected(world, loan, date(2012, 12, 4), amount=Decimal("4800000"))
        assert current_balances([world.town_account])[world.town_account.pk].earmarked == Decimal("512000.00")
        assert sum(row.principal for row in loan.schedule_lines.all()) == Decimal("4800000.00")
        assert verify_ledger(programme=world.programme).fault is None

    def test_corrected_to_what_was_repaid_it_is_settled_and_back(self, world: World, loan: Loan) -> None:
        make_repayment(world, loan, "4000000", paid_on=date(2012, 11, 1), interest=Decimal(0))
        corrected(world, loan, amount=Decimal("4000000"))
        assert (loan.status, loan.settled_on, loan.earmarked) == ("settled", date(2012, 11, 1), 0)
        corrected(world, loan, date(2012, 12, 4), amount=Decimal("4100000"))
        assert (loan.status, loan.settled_on, loan.outstanding) == ("active", None, Decimal("100000.00"))

    def test_a_corrected_due_day_moves_schedule_and_clock(self, world: World, loan: Loan) -> None:
        corrected(world, loan, due_on=date(2013, 1, 31))
        assert loan.schedule_lines.order_by("-number")[0].due_on == date(2013, 1, 31)
        assert Deadline.objects.get(kind=DeadlineKind.LOAN_MATURITY, subject_id=loan.pk).due_on == date(2013, 1, 31)

    def test_a_method_with_its_table(self, world: World, loan: Loan) -> None:
        table = [(date(2012, 12, 28), Decimal("1000000"))]
        corrected(world, loan, repayment_method="agreed_instalments", agreed=table)
        assert loan.agreed_table == ((date(2012, 12, 28), Decimal("1000000.00")),)

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({}, NothingCorrected, ""),
            ({"purpose": "购买原材料"}, NothingCorrected, ""),
            ({"amount": Decimal("5000000.01")}, LineExceeded, "amount"),
            ({"amount": Decimal(0)}, InvalidInput, "amount"),
            ({"annual_rate": Decimal("7.9")}, RateAboveCap, "annual_rate"),
            ({"due_on": date(2013, 3, 2)}, TermTooLong, "due_on"),
            ({"disbursed_on": date(2012, 2, 1)}, DatesOutOfOrder, "disbursed_on"),
            ({"disbursed_on": date(2012, 9, 21), "contract_on": date(2012, 3, 1)}, DatesOutOfOrder, "disbursed_on"),
            ({"repayment_method": "weekly"}, InvalidInput, "repayment_method"),
            ({"note_no": ""}, InvalidInput, "note_no"),
        ],
    )
    def test_what_an_entry_may_not_say_a_correction_may_not_either(
        self, world: World, loan: Loan, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            correct(world, loan, **changes)

    def test_the_loan_itself_does_not_count_twice_against_its_enterprise(self) -> None:
        world = fund(make_world(rules={"enterprise_cap": "5000000"}))
        loan = make_loan(world, make_line(world))
        corrected(world, loan, date(2012, 3, 5), amount=Decimal("4900000"))
        corrected(world, loan, date(2012, 3, 6), amount=Decimal("5000000"))
        assert loan.outstanding == Decimal("5000000.00")
        assert EnterpriseCapExceeded.code

    def test_another_loans_number_and_less_than_was_repaid(self, world: World, loan: Loan) -> None:
        other = make_loan(world, make_line(world, make_enterprise(world, 2), day=date(2012, 9, 24)), day=date(2012, 10, 8))
        with refused(NoteNumberTaken, field="note_no"):
            correct(world, loan, note_no=other.note_no)
        make_repayment(world, loan, "2000000", paid_on=date(2012, 11, 1), interest=Decimal(0))
        with refused(BelowRepaid, field="amount"):
            correct(world, loan, amount=Decimal("1999999.99"))

    def test_money_the_accounts_do_not_have_is_not_taken(self) -> None:
        world = fund(make_world(rules={"leverage": "1", "enterprise_cap": "60000000", "loan_cap": "60000000"}))
        loan = make_loan(world, make_line(world, amount="50000000"), amount=Decimal("30000000"))
        make_loan(world, make_line(world, make_enterprise(world, 2), amount="20000000"))
        correction = correct(world, loan, date(2012, 3, 5), amount=Decimal("30000001"))
        with refused(InsufficientBalance):
            corrections.confirm_correction(correction=correction, by=world.bank2, **at(2012, 3, 5))

    def test_a_loan_that_moved_meanwhile_is_looked_at_again(self, world: World, loan: Loan) -> None:
        correction = correct(world, loan, purpose="购置设备")
        make_repayment(world, loan, "1", paid_on=DAY)
        with refused(Conflict):
            corrections.confirm_correction(correction=correction, by=world.bank2, **on(DAY))
        corrections.discard_correction(correction=correction, reason="重新提出", by=world.bank2, **on(DAY))
        assert corrected(world, loan, purpose="购置设备").status == "confirmed"

    def test_the_due_day_of_an_extended_loan_stays(self, world: World, loan: Loan) -> None:
        extended(world, loan)
        with refused(DatesOutOfOrder, "已展期"):
            correct(world, loan, due_on=date(2013, 1, 31))
        assert corrected(world, loan, purpose="购置设备").status == "confirmed"

    def test_one_at_a_time_by_two_people_with_a_reason(self, world: World, loan: Loan) -> None:
        with refused(InvalidInput, field="reason"):
            corrections.enter_correction(loan=loan, reason="", purpose="购置设备", by=world.bank, **on(DAY))
        for who in (world.bank2, world.town, world.province):
            with refused(NotAllowed):
                corrections.enter_correction(loan=loan, reason="错", purpose="购置设备", by=who, **on(DAY))
        correction = correct(world, loan, purpose="购置设备")
        with refused(CorrectionPending):
            correct(world, loan, purpose="装修厂房")
        with refused(NotAllowed):
            corrections.confirm_correction(correction=correction, by=world.town2, **on(DAY))
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            corrections.confirm_correction(correction=correction, by=world.bank, **on(DAY))
