"""Winding a programme up 清算: every condition, the money back to each funder, the last word (domain §3.13)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.errors import Conflict, InvalidInput, NotAllowed, NotFound, WrongState
from common.http import today
from loans.models import Loan
from parties.enums import OrganisationKind
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reports.errors import NotReadyToClose
from reports.selectors.closing import FINISHED, Condition, closing_of, settlements
from reports.services import closing
from reserve.enums import REFUND_LIFECYCLE, ProgrammeStatus, RefundStatus
from reserve.errors import (
    AccountsNotEmpty,
    BadRefund,
    NothingToRefund,
    NotOwnAccount,
    ProgrammeClosed,
    ProgrammeNotActive,
    ReceiptUsed,
    RefundNotDue,
    RefundUnderWay,
)
from reserve.ledger_enums import Purpose
from reserve.models import Programme, Refund, ReserveAccount
from reserve.selectors.ledger import current_balances
from reserve.selectors.waiting import on_accounts
from reserve.services import interest, ledger, programmes, refunds
from tests.factories import (
    World,
    at,
    fund,
    make_contribution,
    make_interest,
    make_loan,
    make_repayment,
    make_reversal,
    make_statement,
    make_summary,
    make_world,
    moment,
    on,
)
from tests.support.claims import FAILED, failed, make_claim, make_recovery
from tests.support.claims import advance as advance_claim
from tests.support.ledger import faults_of
from tests.support.route_subjects import outsiders
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
END = date(2012, 3, 31)
DAY = at(2012, 4, 20)


@pytest.fixture
def world() -> World:
    """Funded, a loan lent and repaid, interest earned, ended on 2012-03-31, its summaries accepted, its statements even."""
    world = fund(make_world())
    loan = make_loan(world, day=date(2012, 2, 15))
    make_repayment(world, loan, loan.amount, paid_on=date(2012, 3, 15))
    make_interest(world, "150", booked_on=date(2012, 3, 21))
    programmes.end_programme(programme=world.programme, ended_on=END, reason="协议期满", by=world.province2, **on(END))
    deposits = {account.pk: account.contributions.get() for account in (world.provincial_account, world.town_account)}
    for account in (world.provincial_account, world.town_account):
        deposit = deposits[account.pk]
        rows = [(deposit.arrived_on, str(deposit.amount), deposit.receipt_no)]
        if account == world.provincial_account:
            rows.append((date(2012, 3, 21), "150", "LX00001"))
        make_statement(world, *rows, account=account, first=date(2011, 11, 1), last=END, opening="0")
    for quarter in ("2011Q4", "2012Q1"):
        make_summary(world, quarter, until="accepted")
    return world


def unmet(world: World, day: date = DAY["on"]) -> set[str]:
    return {one.key for one in readiness(world, day).values() if not one.met}


def readiness(world: World, day: date = DAY["on"], **more: Any) -> dict[str, Condition]:
    programme = Programme.objects.get(pk=world.programme.pk)
    return {one.key: one for one in closing_of(programme, day, **more).conditions}


def instruct(world: World, account: ReserveAccount | None = None, by: User | None = None, **changes: Any) -> Refund:
    values: dict[str, Any] = {"account": account or world.provincial_account, "payee": "广东省财政厅专户"}
    return closing.instruct_refund(**values | changes, by=by or world.province2, **DAY)


def execute(world: World, refund: Refund, by: User | None = None, **changes: Any) -> Refund:
    values: dict[str, Any] = {"paid_on": DAY["on"], "receipt_no": f"TK{refund.pk}"}
    return refunds.execute_refund(refund=refund, **values | changes, by=by or world.bank, **DAY)


def confirm(world: World, refund: Refund, by: User | None = None, **more: Any) -> Refund:
    return refunds.confirm_refund(refund=refund, by=by or world.bank2, **more, **DAY)


def pay_back(world: World) -> None:
    for account, by in ((world.provincial_account, world.province2), (world.town_account, world.town2)):
        confirm(world, execute(world, instruct(world, account, by)))


def close(world: World, by: User | None = None) -> Programme:
    return closing.close_programme(programme=world.programme, by=by or world.province2, **DAY)


class TestReadiness:
    def test_of_a_programme_that_is_done_with(self, world: World) -> None:
        assert unmet(world) == set()
        assert all(one.figure and one.url for one in readiness(world).values())

    def test_the_ledger_is_proved_only_where_asked(self, world: World) -> None:
        assert readiness(world, proved=False)["ledger"].met is None

    def test_a_running_programme(self) -> None:
        world = fund(make_world())
        make_loan(world, day=date(2012, 2, 15))
        make_contribution(world, amount="1", transferred_on=date(2012, 3, 1), voucher_no="V9")
        assert unmet(world) == {"ended", "loans", "earmarked", "summaries", "unconfirmed", "statements"}

    def test_a_loan_that_runs_again(self, world: World) -> None:
        make_reversal(world, Loan.objects.get().repayments.get(), day=DAY["on"])
        assert {"loans", "earmarked"} <= unmet(world)
        assert readiness(world)["loans"].figure == "1 笔未了结，未还本金 5,000,000.00 元"

    def test_a_claim_or_a_recovery_under_way(self) -> None:
        world = fund(make_world())
        loan = failed(world)
        claim = make_claim(world, loan, until="draft")
        assert readiness(world, FAILED, proved=False)["claims"].figure == "代偿 1 件、追偿 0 笔未办完"
        advance_claim(world, claim, since="draft", until="paid", day=FAILED)
        assert readiness(world, FAILED, proved=False)["claims"].met is True
        loan.refresh_from_db()
        make_recovery(world, loan, "1000000", until="entered")
        assert readiness(world, FAILED, proved=False)["claims"].figure == "代偿 0 件、追偿 1 笔未办完"
        assert readiness(world, FAILED, proved=False)["loans"].met is False

    def test_what_counts_as_done_with(self) -> None:
        assert set(FINISHED) == {"settled", "written_off", "discarded"}

    def test_nothing_is_payable_for_claims(self, world: World) -> None:
        post(world, Purpose.CLAIM_APPROVAL, "free", "claims_payable")
        assert {"claims_payable", "ledger"} == unmet(world)

    def test_a_summary_that_is_not_accepted_or_whose_quarter_is_not_over(self) -> None:
        world = fund(make_world())
        programmes.end_programme(programme=world.programme, ended_on=date(2012, 5, 2), reason="终止", by=world.province2, **at(2012, 5, 2))
        for quarter in ("2011Q4", "2012Q1"):
            make_summary(world, quarter, until="accepted")
        found = readiness(world, date(2012, 5, 20))["summaries"]
        assert (found.met, found.figure) == (False, "1 份未审定，最早 2012年第二季度")

    def test_interest_that_is_not_confirmed(self, world: World) -> None:
        row = interest.enter_interest(
            account=world.town_account,
            amount=Decimal(1),
            booked_on=END,
            receipt_no="LX9",
            period_first=END,
            period_last=END,
            by=world.bank,
            **DAY,
        )
        assert unmet(world) == {"unconfirmed"}
        assert readiness(world)["unconfirmed"].figure == "出资 0 笔，利息 1 笔，利息冲正 0 笔"
        interest.confirm_interest(account_interest=row, by=world.bank2, **DAY)
        assert unmet(world) == {"statements"}

    def test_a_movement_after_the_last_statement(self, world: World) -> None:
        row = interest.enter_interest(
            account=world.town_account,
            amount=Decimal(1),
            booked_on=date(2012, 4, 2),
            receipt_no="LX9",
            period_first=END,
            period_last=END,
            by=world.bank,
            **DAY,
        )
        interest.confirm_interest(account_interest=row, by=world.bank2, **DAY)
        assert unmet(world) == {"statements"}
        found = readiness(world)["statements"]
        assert found.figure == "小榄镇账户 2012-04-02 的收支不在对账单内"
        make_statement(
            world,
            (date(2012, 4, 2), "1", "LX9"),
            account=world.town_account,
            first=date(2012, 4, 1),
            last=date(2012, 4, 10),
            opening="40000000",
        )
        assert unmet(world) == set()

    def test_a_record_edited_behind_the_applications_back(self, world: World) -> None:
        world.provincial_account.contributions.update(amount=Decimal("9999999"))
        assert unmet(world) == {"ledger"}


def post(world: World, purpose: Purpose, debit: str, credit: str) -> None:
    from reserve.ledger_enums import AccountKind

    line = ledger.TransferLine(world.provincial_account, AccountKind(debit), AccountKind(credit), Decimal(1))
    ledger.post(
        programme=world.programme,
        purpose=purpose,
        transfers=[line],
        source=("claim", 1),
        ledger_date=DAY["on"],
        value_date=DAY["on"],
        by=world.bank,
        now=DAY["now"],
        key=f"test:{purpose}",
    )


class TestRefund:
    def test_from_the_funders_order_to_the_ledger(self, world: World) -> None:
        refund = instruct(world)
        assert (refund.amount, refund.status) == (Decimal("10000150.00"), RefundStatus.INSTRUCTED)
        assert [(one.kind, one.pk) for one in on_accounts(world.bank)] == [("ordered", refund.pk)]
        execute(world, refund)
        assert [(one.kind, one.pk) for one in on_accounts(world.bank2)] == [("refund", refund.pk)]
        done = confirm(world, refund)
        assert done.entry is not None
        assert done.entry.purpose == Purpose.REFUND
        assert current_balances([world.provincial_account])[world.provincial_account.pk].balance == 0
        assert Notification.objects.filter(recipient=world.town, key=f"refund:{refund.pk}:confirmed").count() == 1
        trail = AuditEvent.objects.filter(object_type="reserve.refund", object_id=str(refund.pk)).order_by("id")
        assert [event.action for event in trail] == ["refund.instruct", "refund.execute", "refund.confirm"]
        assert unmet(world) == set()
        assert faults_of(world.programme) == ""

    def test_what_goes_back_is_contributions_less_losses_with_recoveries_and_interest(self, world: World) -> None:
        post(world, Purpose.CLAIM_APPROVAL, "free", "claims_payable")
        post(world, Purpose.CLAIM_PAYMENT, "claims_payable", "bank")
        post(world, Purpose.RECOVERY, "bank", "free")
        province, town = settlements(world.programme)
        figures = (province.contributions, province.losses, province.recoveries, province.interest, province.due, province.refunded)
        assert figures == (Decimal("10000000"), 1, 1, Decimal(150), Decimal("10000150"), 0)
        assert (town.due, town.balances.balance) == (Decimal("40000000"), Decimal("40000000"))

    def test_a_reversal_counts_with_what_it_takes_back(self, world: World) -> None:
        row = world.provincial_account.interests.get()
        ledger.reverse(
            entry=row.entry, reason="误录", ledger_date=DAY["on"], value_date=DAY["on"], by=world.bank, now=DAY["now"], key="back"
        )
        assert settlements(world.programme)[0].interest == 0

    def test_not_before_the_programme_is_ready(self, world: World) -> None:
        post(world, Purpose.CLAIM_APPROVAL, "free", "claims_payable")
        with refused(NotReadyToClose, "没有应付未付的代偿款（1.00 元）"):
            instruct(world)

    def test_not_before_the_programme_has_ended(self) -> None:
        world = fund(make_world())
        with refused(NotReadyToClose, "项目已终止（项目执行中）"):
            instruct(world)
        with refused(RefundNotDue, "执行中"):
            refunds.instruct_refund(account=world.provincial_account, payee="专户", by=world.province2, **DAY)

    def test_one_at_a_time_with_a_payee_and_money(self, world: World) -> None:
        with refused(InvalidInput, field="payee"):
            instruct(world, payee=" ")
        refund = instruct(world)
        with refused(RefundUnderWay):
            instruct(world)
        confirm(world, execute(world, refund))
        with refused(NothingToRefund):
            instruct(world)

    @pytest.mark.parametrize("who", ["province", "bank2", "science2", "auditor", "sysadmin"])
    def test_only_a_reviewer_of_a_funder_orders(self, world: World, who: str) -> None:
        with refused(NotAllowed):
            instruct(world, by=getattr(world, who))

    def test_only_of_the_own_account(self, world: World) -> None:
        with refused(NotOwnAccount):
            instruct(world, by=world.town2)
        refund = instruct(world)
        with refused(NotOwnAccount):
            refunds.withdraw_refund(refund=refund, reason="改户", by=world.town2, **DAY)

    @pytest.mark.parametrize(
        ("changes", "error", "field"),
        [
            ({"paid_on": date(2012, 4, 21)}, BadRefund, "paid_on"),
            ({"paid_on": date(2012, 4, 19)}, BadRefund, "paid_on"),
            ({"receipt_no": ""}, InvalidInput, "receipt_no"),
            ({"receipt_no": "LX00001"}, ReceiptUsed, "receipt_no"),
        ],
    )
    def test_wrong_facts_of_the_payment_are_refused(self, world: World, changes: dict[str, Any], error: Any, field: str) -> None:
        refund = instruct(world)
        with refused(error, field=field):
            execute(world, refund, **changes)

    def test_by_two_people_of_the_bank_on_what_was_read(self, world: World) -> None:
        refund = execute(world, instruct(world))
        execute(world, refund, receipt_no="TK9")
        with refused(Conflict):
            confirm(world, refund, version=2)
        with refused(NotAllowed):
            confirm(world, refund, by=world.bank)
        with refused(NotAllowed):
            execute(world, refund, by=world.bank2)
        Refund.objects.update(executed_by=world.bank2)
        with refused(SamePerson):
            confirm(world, refund)
        assert confirm(world, refund, by=world.bank3, version=3).receipt_no == "TK9"

    def test_an_order_is_withdrawn_until_it_is_confirmed(self, world: World) -> None:
        refund = execute(world, instruct(world))
        with refused(InvalidInput, field="reason"):
            refunds.withdraw_refund(refund=refund, reason="", by=world.province2, **DAY)
        with refused(Conflict):
            refunds.withdraw_refund(refund=refund, reason="改户", version=1, by=world.province2, **DAY)
        done = refunds.withdraw_refund(refund=refund, reason="账号有误", by=world.province2, **DAY)
        assert done.status == RefundStatus.WITHDRAWN
        assert instruct(world).pk != refund.pk

    @pytest.mark.parametrize("status", [RefundStatus.INSTRUCTED, RefundStatus.CONFIRMED, RefundStatus.WITHDRAWN])
    def test_steps_a_status_does_not_allow_are_refused(self, world: World, status: str) -> None:
        refund = instruct(world)
        if status == RefundStatus.CONFIRMED:
            confirm(world, execute(world, refund))
        if status == RefundStatus.WITHDRAWN:
            refunds.withdraw_refund(refund=refund, reason="改户", by=world.province2, **DAY)
        steps: dict[str, Callable[[], object]] = {
            "execute": lambda: execute(world, refund),
            "confirm": lambda: confirm(world, refund),
            "withdraw": lambda: refunds.withdraw_refund(refund=refund, reason="改户", by=world.province2, **DAY),
        }
        for name, step in steps.items():
            if not REFUND_LIFECYCLE.allows(name, status):
                with refused(WrongState):
                    step()

    def test_elsewhere_it_does_not_exist(self, world: World) -> None:
        refund = instruct(world)
        strangers = outsiders(world)
        officer = next(user for user in strangers if user.kind == OrganisationKind.BANK)
        with refused(NotFound):
            execute(world, refund, by=officer)
        reviewer = next(user for user in strangers if user.kind == OrganisationKind.PROVINCIAL_CENTRE and user.is_reviewer)
        with refused(NotFound):
            instruct(world, by=reviewer)

    @pytest.mark.parametrize("change", [{"amount": Decimal(1)}, {"paid_on": date(2012, 4, 19)}, {"payee": "别人"}])
    def test_a_record_edited_behind_is_named(self, world: World, change: dict[str, Any]) -> None:
        confirm(world, execute(world, instruct(world)))
        Refund.objects.update(**change)
        assert "退还" in faults_of(world.programme)

    @pytest.mark.parametrize("change", [{"amount": 0}, {"entry": None}, {"receipt_no": ""}, {"status": "gone"}, {"withdraw_reason": "x"}])
    def test_the_database_keeps_its_constraints(self, world: World, change: dict[str, Any]) -> None:
        confirm(world, execute(world, instruct(world)))
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.update(**change)


class TestClose:
    def test_when_every_account_stands_at_zero(self, world: World) -> None:
        pay_back(world)
        done = close(world)
        assert (done.status, done.closed_on, done.closed_by) == (ProgrammeStatus.CLOSED, DAY["on"], world.province2)
        assert AuditEvent.objects.filter(action="programme.close").count() == 1
        assert Notification.objects.filter(recipient=world.science, key=f"programme-closed:{done.pk}").count() == 1
        assert faults_of(world.programme) == ""
        with refused(WrongState):
            close(world)
        with refused(ProgrammeNotActive):
            make_contribution(world, voucher_no="V9", transferred_on=END, recorded_on=DAY["on"])
        with refused(ProgrammeClosed):
            interest.enter_interest(
                account=world.town_account,
                amount=Decimal(1),
                booked_on=END,
                receipt_no="LX9",
                period_first=END,
                period_last=END,
                by=world.bank,
                **DAY,
            )

    def test_not_while_money_is_left(self, world: World) -> None:
        confirm(world, execute(world, instruct(world)))
        with refused(AccountsNotEmpty, "40,000,000.00"):
            close(world)

    def test_not_while_a_refund_is_under_way(self, world: World) -> None:
        instruct(world)
        with refused(RefundUnderWay):
            close(world)

    def test_not_before_it_is_ready(self) -> None:
        world = fund(make_world())
        with refused(NotReadyToClose):
            close(world)
        with refused(WrongState):
            programmes.close_programme(programme=world.programme, by=world.province2, **DAY)

    @pytest.mark.parametrize("who", ["province", "town2", "bank2", "auditor", "sysadmin"])
    def test_only_by_a_reviewer_of_the_provincial_centre(self, world: World, who: str) -> None:
        with refused(NotAllowed):
            close(world, by=getattr(world, who))

    def test_not_from_elsewhere(self, world: World) -> None:
        stranger = next(user for user in outsiders(world) if user.kind == OrganisationKind.PROVINCIAL_CENTRE and user.is_reviewer)
        with refused(NotFound):
            close(world, by=stranger)

    def test_the_database_keeps_status_and_facts_together(self, world: World) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Programme.objects.update(closed_on=END)


# --- pages and API ------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_by_hand(world: World) -> None:
    page = reverse("reports:closing", args=["xiaolan"])
    assert page in text_of(signed_in(world.auditor), world.programme.get_absolute_url())
    seen = text_of(signed_in(world.auditor), page)
    assert "未核对" in seen
    assert "下达退款指令</a>" not in seen
    assert "10,000,150.00" in seen
    assert "未核对" not in text_of(signed_in(world.auditor), f"{page}?prove=1")
    officer, reviewer = signed_in(world.bank), signed_in(world.bank2)
    for account, by in ((world.provincial_account, world.province2), (world.town_account, world.town2)):
        owner, order = signed_in(by), reverse("reports:refund_instruct", args=[account.pk])
        assert order in text_of(owner, page)
        assert owner.post(order, {"payee": ""}).status_code == 422
        assert owner.post(order, {"payee": "专户"}).status_code == 302
        refund = Refund.objects.get(account=account)
        assert "按退款指令划款" in text_of(officer, "/")
        assert "录入划款" in text_of(officer, refund.get_absolute_url())
        pay = reverse("reserve:refund_execute", args=[refund.pk])
        early = officer.post(pay, {"paid_on": "2012-04-19", "receipt_no": "T1"})
        assert (early.status_code, "2012-04-19" in early.content.decode()) == (400, True)
        assert officer.post(pay, {"paid_on": str(today()), "receipt_no": f"T{refund.pk}"}).status_code == 302
        assert "复核退还划款" in text_of(reviewer, "/")
        version = Refund.objects.get(pk=refund.pk).version
        assert reviewer.post(reverse("reserve:refund_confirm", args=[refund.pk]), {"version": version}).status_code == 302
        entry = Refund.objects.get(pk=refund.pk).entry
        assert entry is not None
        assert refund.get_absolute_url() in text_of(reviewer, entry.get_absolute_url())
    last = signed_in(world.province2)
    assert "办理清算" in text_of(last, page)
    assert last.post(reverse("reports:programme_close", args=["xiaolan"])).status_code == 302
    assert Programme.objects.get().status == ProgrammeStatus.CLOSED
    assert "清算日" in text_of(last, world.programme.get_absolute_url())
    assert reverse("reports:programme_close", args=["xiaolan"]) not in text_of(last, page)


def test_the_page_of_a_programme_that_is_not_ready_says_why(world: World) -> None:
    post(world, Purpose.CLAIM_APPROVAL, "free", "claims_payable")
    page = reverse("reports:closing", args=["xiaolan"])
    seen = text_of(signed_in(world.province2), page)
    assert seen.count("尚不具备清算条件：没有应付未付的代偿款") == 2
    answer = signed_in(world.province2).post(reverse("reports:programme_close", args=["xiaolan"]), follow=True)
    assert "尚不具备清算条件" in answer.content.decode()
    order = signed_in(world.province2).post(reverse("reports:refund_instruct", args=[world.provincial_account.pk]), {"payee": "专户"})
    assert (order.status_code, "专户" in order.content.decode()) == (409, True)


def test_an_instruction_is_withdrawn_by_hand(world: World) -> None:
    refund = instruct(world)
    owner, url = signed_in(world.province2), reverse("reserve:refund_withdraw", args=[refund.pk])
    assert url in text_of(owner, refund.get_absolute_url())
    owner.post(url, {"reason": "改户", "version": refund.version})
    refund.refresh_from_db()
    assert refund.status == RefundStatus.WITHDRAWN


def test_the_page_takes_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    client = signed_in(world.province2)
    with django_assert_max_num_queries(20):
        client.get(reverse("reports:closing", args=["xiaolan"]))


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_api(world: World) -> None:
    found = api(world.auditor).get("/api/v1/programmes/xiaolan/closing/").json()
    assert (found["ready"], [one["due"] for one in found["accounts"]]) == (True, ["10000150.00", "40000000.00"])
    assert api(world.auditor).get("/api/v1/programmes/xiaolan/closing/?as_of=2012-01-01").status_code == 400
    officer, reviewer = api(world.bank), api(world.bank2)
    for account, by in ((world.provincial_account, world.province2), (world.town_account, world.town2)):
        made = api(by).post("/api/v1/refunds/", {"account": account.pk, "payee": "专户"}, format="json")
        assert (made.status_code, made.json()["status"]) == (201, "instructed")
        path = f"/api/v1/refunds/{made.json()['id']}/"
        paid = officer.post(f"{path}confirm/", {"paid_on": str(today()), "receipt_no": f"T{account.pk}"}, format="json").json()
        assert (paid["status"], paid["version"]) == ("executed", 2)
        assert reviewer.post(f"{path}confirm/", {"version": 1}, format="json").status_code == 409
        assert reviewer.post(f"{path}confirm/", {"version": 2}, format="json").json()["status"] == "confirmed"
        assert api(by).post(f"{path}withdraw/", {"reason": "改户"}, format="json").status_code == 409
    assert api(world.province).post("/api/v1/programmes/xiaolan/close/").status_code == 403
    assert api(world.province2).post("/api/v1/programmes/xiaolan/close/").json()["status"] == "closed"
    assert api(world.province2).post("/api/v1/programmes/xiaolan/close/").status_code == 409
    assert api(world.auditor).get("/api/v1/refunds/?programme=xiaolan&status=confirmed").json()["count"] == 2


def test_the_api_refuses_an_unknown_account(world: World) -> None:
    answer = api(world.province2).post("/api/v1/refunds/", {"account": 999999, "payee": "专户"}, format="json")
    assert (answer.status_code, Refund.objects.count()) == (400, 0)


def test_interest_that_comes_after_a_refund_goes_back_by_another_one(world: World) -> None:
    confirm(world, execute(world, instruct(world)))
    day = DAY["on"] + timedelta(days=1)
    row = interest.enter_interest(
        account=world.provincial_account,
        amount=Decimal("3.21"),
        booked_on=day,
        receipt_no="LX9",
        period_first=END,
        period_last=day,
        by=world.bank,
        on=day,
        now=moment(day),
    )
    interest.confirm_interest(account_interest=row, by=world.bank2, on=day, now=moment(day))
    refund = refunds.instruct_refund(account=world.provincial_account, payee="专户", by=world.province2, on=day, now=moment(day))
    assert refund.amount == Decimal("3.21")
