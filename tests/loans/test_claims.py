"""A claim from its draft to the payment, to the 分, and every step that is refused (domain §3.9, §4)."""

from dataclasses import astuple
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from common.errors import Conflict, InvalidInput, NotAllowed, WrongState
from loans.claim_enums import CLAIM_LIFECYCLE, ClaimStatus
from loans.claim_errors import (
    AskedTooMuch,
    ClaimPending,
    ClaimWindowOver,
    GrantedTooMuch,
    LessWithoutReason,
    LoanInClaim,
    NotClaimable,
    NothingToPay,
    NoticeIssued,
    NoticeMissing,
    NotYourTurn,
    NoWord,
    PapersMissing,
    StillShort,
    WordGiven,
)
from loans.enums import LoanStatus, MovementKind
from loans.errors import DatesOutOfOrder, NotYourBank
from loans.models import Claim, Loan
from loans.selectors.claims import computation
from loans.services import corrections, grades
from loans.services.claims import deciding, drafting, paying, reviewing
from loans.services.repayments import confirm_repayment
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification
from reserve.enums import DeadlineKind
from reserve.ledger_enums import Purpose
from reserve.models import Deadline, LedgerEntry
from reserve.selectors.ledger import current_balances
from reserve.services.daily import chase_deadlines
from reserve.services.programmes import add_party
from tests.factories import (
    World,
    fund,
    make_enterprise,
    make_line,
    make_loan,
    make_organisation,
    make_person,
    make_repayment,
    make_reversal,
    make_world,
    moment,
    on,
)
from tests.support.claims import FAILED, advance, attach_papers, failed, make_claim, receipts
from tests.support.ledger import faults_of
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
WAN = Decimal(10000)


@pytest.fixture
def world() -> World:
    return fund(make_world())


@pytest.fixture
def loan(world: World) -> Loan:
    return failed(world)


def wan(world: World) -> list[tuple[Decimal, ...]]:
    """Balance, free, earmarked and claims payable of the province's and the town's account, in 万元."""
    accounts = [world.provincial_account, world.town_account]
    found = current_balances(accounts)
    return [tuple(part / WAN for part in astuple(found[account.pk])) for account in accounts]


# The worked example of domain §4


def test_the_worked_example_to_the_cent(world: World, loan: Loan) -> None:
    assert wan(world) == [(1000, 992, 8, 0), (4000, 3968, 32, 0)]
    claim = make_claim(world, loan, until="approved")
    assert (claim.granted, claim.funded_on) == (150 * WAN, FAILED)
    assert wan(world) == [(1000, 970, 0, 30), (4000, 3880, 0, 120)]
    entry = LedgerEntry.objects.get(purpose=Purpose.CLAIM_APPROVAL)
    moved = {(row.debit.reserve_account_id, row.debit.kind, row.credit.kind): row.amount / WAN for row in entry.transfers.all()}
    assert moved == {
        (world.provincial_account.pk, "earmarked", "claims_payable"): 8,
        (world.provincial_account.pk, "free", "claims_payable"): 22,
        (world.town_account.pk, "earmarked", "claims_payable"): 32,
        (world.town_account.pk, "free", "claims_payable"): 88,
    }
    loan.refresh_from_db()
    assert (loan.status, loan.outstanding, loan.earmarked) == (LoanStatus.OVERDUE, 300 * WAN, 0)
    claim = advance(world, claim, since="approved", until="paid", day=FAILED)
    loan.refresh_from_db()
    assert (claim.base, claim.paid, claim.paid_provincial) == (300 * WAN, 150 * WAN, 30 * WAN)
    assert (loan.status, loan.outstanding, loan.compensated, loan.compensated_on) == (LoanStatus.COMPENSATED, 0, 300 * WAN, FAILED)
    assert wan(world) == [(970, 970, 0, 0), (3880, 3880, 0, 0)]
    assert [row.kind for row in loan.movements.all()] == ["disbursement", "claim", "compensation"]
    assert faults_of(world.programme) == ""


def test_a_large_loan_is_capped(world: World) -> None:
    loan = failed(world, "10000000")
    claim = make_claim(world, loan)
    assert (claim.paid, claim.paid_provincial) == (250 * WAN, 50 * WAN)
    assert wan(world) == [(950, 950, 0, 0), (3800, 3800, 0, 0)]


def test_what_the_payout_does_not_need_of_the_earmark_is_released(world: World) -> None:
    world = fund(make_world(code="low", rules={"leverage": "1", "loss_share_reserve": "0.5", "claim_payout_cap": "1000000"}))
    loan = failed(world)
    assert wan(world) == [(1000, 940, 60, 0), (4000, 3760, 240, 0)]
    make_claim(world, loan, until="approved")
    assert wan(world) == [(1000, 980, 0, 20), (4000, 3920, 0, 80)]


def test_each_line_of_the_computation_names_its_rule(world: World, loan: Loan) -> None:
    lines = {line.label: line.amount / WAN for line in computation(make_claim(world, loan, until="draft"))}
    expected = {"代偿基数": 300, "准备金承担部分": 150, "可代偿金额": 150, "其中：省": 30, "其中：镇": 120}
    assert lines == expected | {"从本笔占用划转": 40, "从可用准备金划转": 110, "释放的占用": 0, "银行承担": 150}


def test_less_may_be_asked_and_less_granted_with_a_reason(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="science", amount="1400000")
    assert claim.asked == 140 * WAN
    with refused(LessWithoutReason, field="opinion"):
        reviewing.review_claim(claim=claim, verdict="agree", amount=100 * WAN, by=world.town, **on(FAILED))
    reviewing.review_claim(claim=claim, verdict="agree", amount=100 * WAN, opinion="部分抵押物可变现", by=world.town, **on(FAILED))
    claim = reviewing.sign_claim(claim=claim, by=world.town2, **on(FAILED))
    with refused(GrantedTooMuch, "两方同意的金额 1,000,000.00", field="amount"):
        deciding.propose_claim(claim=claim, verdict="agree", amount=100 * WAN + 1, by=world.province, **on(FAILED))
    with refused(LessWithoutReason):
        deciding.propose_claim(claim=claim, verdict="agree", by=world.province, **on(FAILED))
    deciding.propose_claim(claim=claim, verdict="agree", opinion="按镇政府意见", by=world.province, **on(FAILED))
    claim = deciding.decide_claim(claim=claim, by=world.province2, **on(FAILED))
    claim = advance(world, claim, since="approved", until="paid", day=FAILED)
    assert (claim.granted, claim.paid, claim.paid_provincial) == (100 * WAN, 100 * WAN, 20 * WAN)


# When it may be filed


@pytest.mark.parametrize(("days", "may"), [(89, False), (90, True)])
def test_the_trigger_counts_days_principal_is_overdue(world: World, loan: Loan, days: int, may: bool) -> None:
    day = loan.due_on + timedelta(days=days)
    if may:
        claim = make_claim(world, loan, until="draft", day=day)
        assert (claim.trigger, claim.triggered_on) == ("overdue", day)
    else:
        with refused(NotClaimable, f"本金逾期 {days} 天，未满 90 天"):
            make_claim(world, loan, until="draft", day=day)


def test_a_loan_graded_substandard_may_be_claimed_before_it_is_overdue(world: World) -> None:
    loan = make_loan(world, make_line(world, amount="3000000"))
    day = date(2012, 8, 1)
    with refused(NotClaimable, "本金没有逾期"):
        make_claim(world, loan, until="draft", day=day)
    grades.enter_grade(loan=loan, grade="substandard", from_on=day, reason="停产", by=world.bank, **on(day))
    claim = make_claim(world, loan, until="draft", day=day)
    assert (claim.trigger, claim.triggered_on) == ("grade", day)


def test_the_window_ends_six_months_after_the_trigger(world: World, loan: Loan) -> None:
    last = date(2013, 11, 2)
    assert loan.due_on + timedelta(days=90) == date(2013, 5, 2)
    with refused(ClaimWindowOver, "申请期至 2013-11-02"):
        make_claim(world, loan, until="draft", day=last + timedelta(days=1))
    assert make_claim(world, loan, until="filed", day=last).filed_on == last


def test_interest_alone_in_arrears_is_no_trigger(world: World) -> None:
    loan = make_loan(world, make_line(world, amount="3000000"))
    day = date(2012, 9, 1)
    assert loan.due_on > day
    with refused(NotClaimable, "本金没有逾期"):
        make_claim(world, loan, until="draft", day=day)


# Drafting and filing


def test_a_draft_is_refused(world: World, loan: Loan) -> None:
    given: dict[str, Any] = {"loan": loan, "cause": "停产", "dunning": "催收", **on(FAILED)}
    for by in (world.bank2, world.province, world.science, world.town, world.auditor, world.centre):
        with refused(NotAllowed):
            drafting.draft_claim(**given, by=by)
    with refused(InvalidInput, "请填写逾期原因", field="cause"):
        drafting.draft_claim(**given | {"cause": " "}, by=world.bank)
    with refused(InvalidInput, "请填写催收情况", field="dunning"):
        drafting.draft_claim(**given | {"dunning": ""}, by=world.bank)
    with refused(AskedTooMuch, "1,500,000.01", field="amount"):
        drafting.draft_claim(**given, amount=Decimal("1500000.01"), by=world.bank)
    with refused(InvalidInput, field="amount"):
        drafting.draft_claim(**given, amount=Decimal(0), by=world.bank)
    make_claim(world, loan, until="draft")
    with refused(ClaimPending, "第 1 号"):
        drafting.draft_claim(**given, by=world.bank)


def test_filing_needs_every_paper_and_another_person(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="draft")
    attach_papers(world, claim, FAILED, leave_out=["contract", "dunning_notice"])
    with refused(PapersMissing, "借款合同及担保合同、催收通知及送达回证"):
        drafting.file_claim(claim=claim, by=world.bank2, **on(FAILED))
    with refused(NotAllowed):
        drafting.file_claim(claim=claim, by=world.bank, **on(FAILED))
    with refused(Conflict):
        drafting.file_claim(claim=claim, version=7, by=world.bank2, **on(FAILED))
    with refused(InvalidInput, field="kind"):
        drafting.add_claim_paper(claim=claim, kind="odd", file=None, by=world.bank, **on(FAILED))  # type: ignore[arg-type]
    attach_papers(world, claim, FAILED)
    claim = drafting.file_claim(claim=claim, version=claim.version, by=world.bank2, **on(FAILED))
    assert (claim.status, claim.round) == (ClaimStatus.FILED, 1)
    clock = Deadline.objects.get(kind=DeadlineKind.CLAIM_PRECHECK)
    assert (clock.organisation, clock.starts_on, clock.workdays) == (world.province_organisation, FAILED, 5)
    told = Notification.objects.filter(key=f"claim:{claim.pk}:1:filed").values_list("recipient__username", flat=True)
    assert set(told) == {"province", "province2"}


def test_whoever_edits_a_returned_claim_has_drafted_it(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    with refused(WrongState):
        drafting.edit_claim(claim=claim, cause="停产", dunning="催收", by=world.bank, **on(FAILED))
    claim = reviewing.return_claim(claim=claim, opinion="缺送达回证原件", by=world.province, **on(FAILED))
    with refused(Conflict):
        drafting.edit_claim(claim=claim, cause="停产", dunning="催收", version=1, by=world.bank, **on(FAILED))
    claim = drafting.edit_claim(claim=claim, cause="停产", dunning="催收", by=world.bank, **on(FAILED))
    changes = AuditEvent.objects.filter(action="claim.draft").latest("id").changes
    assert changes["逾期原因"] == ["主要客户拖欠货款，资金链断裂", "停产"]
    assert drafting.file_claim(claim=claim, by=world.bank2, **on(FAILED)).round == 2


# The words


def test_the_order_of_the_reviews_is_a_setting(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewing")
    with refused(NotYourTurn, "市科技局意见"):
        reviewing.review_claim(claim=claim, verdict="agree", by=world.town, **on(FAILED))
    other = fund(make_world(code="other", rules={"claim_review_order": "town_then_science"}))
    claim = make_claim(other, failed(other), until="reviewing")
    with refused(NotYourTurn, "镇政府意见"):
        reviewing.review_claim(claim=claim, verdict="agree", by=other.science, **on(FAILED))
    free = fund(make_world(code="free", rules={"claim_review_order": "any"}))
    claim = make_claim(free, failed(free), until="reviewing")
    for office in ("town", "science"):
        reviewing.review_claim(claim=claim, verdict="agree", by=getattr(free, office), **on(FAILED))
        claim = reviewing.sign_claim(claim=claim, by=getattr(free, f"{office}2"), **on(FAILED))
    assert claim.status == ClaimStatus.REVIEWED


def test_a_word_is_two_peoples_and_given_once(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewing")
    with refused(NoWord, "尚未起草"):
        reviewing.sign_claim(claim=claim, by=world.science2, **on(FAILED))
    for by in (world.province, world.bank, world.centre, world.science2):
        with refused(NotAllowed):
            reviewing.review_claim(claim=claim, verdict="agree", by=by, **on(FAILED))
    with refused(InvalidInput, field="verdict"):
        reviewing.review_claim(claim=claim, verdict="return", by=world.science, **on(FAILED))
    with refused(InvalidInput, field="reason"):
        reviewing.review_claim(claim=claim, verdict="refuse", reason="odd", opinion="不同意", by=world.science, **on(FAILED))
    with refused(InvalidInput, field="opinion"):
        reviewing.review_claim(claim=claim, verdict="refuse", reason="misused", by=world.science, **on(FAILED))
    word = reviewing.review_claim(claim=claim, verdict="agree", by=world.science, **on(FAILED))
    with refused(NotAllowed):
        reviewing.sign_claim(claim=claim, by=world.science, **on(FAILED))
    word.drafted_by = world.science2
    word.save()
    with refused(SamePerson):
        reviewing.sign_claim(claim=claim, by=world.science2, **on(FAILED))
    word.drafted_by = world.science
    word.save()
    claim = reviewing.sign_claim(claim=claim, by=world.science2, **on(FAILED))
    with refused(WordGiven):
        reviewing.review_claim(claim=claim, verdict="agree", by=world.science, **on(FAILED))


def test_a_word_drafted_again_is_not_signed_unseen(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewing")
    reviewing.review_claim(claim=claim, verdict="agree", by=world.science, **on(FAILED))
    claim.refresh_from_db()
    seen = claim.version
    given: dict[str, Any] = {"verdict": "refuse", "reason": "misused", "opinion": "挪用"}
    reviewing.review_claim(claim=claim, **given, by=world.science, **on(FAILED))
    with refused(Conflict):
        reviewing.sign_claim(claim=claim, version=seen, by=world.science2, **on(FAILED))
    reviewing.review_claim(claim=claim, verdict="agree", by=world.science, **on(FAILED))
    claim = reviewing.sign_claim(claim=claim, version=seen + 2, by=world.science2, **on(FAILED))
    claim = advance(world, claim, since="science", until="reviewed", day=FAILED)
    deciding.propose_claim(claim=claim, verdict="agree", by=world.province, **on(FAILED))
    with refused(Conflict):
        deciding.decide_claim(claim=claim, version=claim.version, by=world.province2, **on(FAILED))


@pytest.mark.parametrize("office", ["science", "town"])
def test_one_offices_refusal_ends_the_claim_and_another_may_follow(world: World, loan: Loan, office: str) -> None:
    claim = make_claim(world, loan, until="reviewing" if office == "science" else "science")
    given: dict[str, Any] = {"verdict": "refuse", "reason": "not_diligent", "opinion": "未按季检查"}
    reviewing.review_claim(claim=claim, **given, by=getattr(world, office), **on(FAILED))
    claim = reviewing.sign_claim(claim=claim, by=getattr(world, f"{office}2"), **on(FAILED))
    assert claim.status == ClaimStatus.REFUSED
    assert claim.end_reason == "银行未尽贷前调查、贷后管理或催收职责：未按季检查"
    assert not Deadline.objects.filter(subject_type="loans.claim", met_on__isnull=True, cancelled_on__isnull=True).exists()
    loan.refresh_from_db()
    assert loan.claim is None
    assert make_claim(world, loan, until="draft").number == 2


def test_the_last_word_refuses_too(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="reviewed")
    before = wan(world)
    with refused(NotAllowed):
        deciding.propose_claim(claim=claim, verdict="agree", by=world.town, **on(FAILED))
    with refused(NoWord):
        deciding.decide_claim(claim=claim, by=world.province2, **on(FAILED))
    deciding.propose_claim(claim=claim, verdict="refuse", reason="recoverable", opinion="保证人有偿付能力", by=world.province, **on(FAILED))
    claim = deciding.decide_claim(claim=claim, by=world.province2, **on(FAILED))
    assert claim.status == ClaimStatus.REFUSED
    assert wan(world) == before


REACHED = {
    ClaimStatus.DRAFT: "draft",
    ClaimStatus.FILED: "filed",
    ClaimStatus.REVIEWING: "science",
    ClaimStatus.REVIEWED: "reviewed",
    ClaimStatus.APPROVED: "instructed",
    ClaimStatus.PAYING: "paying",
    ClaimStatus.PAID: "paid",
    ClaimStatus.RETURNED: "filed",
    ClaimStatus.WITHDRAWN: "filed",
    ClaimStatus.REFUSED: "reviewed",
}


def in_status(world: World, loan: Loan, status: ClaimStatus) -> Claim:
    claim = make_claim(world, loan, until=REACHED[status])
    if status == ClaimStatus.RETURNED:
        claim = reviewing.return_claim(claim=claim, opinion="缺件", by=world.province, **on(FAILED))
    elif status == ClaimStatus.WITHDRAWN:
        claim = drafting.withdraw_claim(claim=claim, reason="撤回", by=world.bank, **on(FAILED))
    elif status == ClaimStatus.REFUSED:
        given: dict[str, Any] = {"verdict": "refuse", "reason": "other", "opinion": "不同意"}
        deciding.propose_claim(claim=claim, **given, by=world.province, **on(FAILED))
        claim = deciding.decide_claim(claim=claim, by=world.province2, **on(FAILED))
    assert claim.status == status
    return claim


@pytest.mark.parametrize("status", list(REACHED))
def test_every_step_from_every_status(world: World, loan: Loan, status: ClaimStatus) -> None:
    """What the table allows is done, what it does not is refused for its state; a claim that is short has a story of its own."""
    claim = in_status(world, loan, status)
    words: dict[str, Any] = {"verdict": "agree"}
    steps: dict[str, tuple[Any, dict[str, Any]]] = {
        "edit": (drafting.edit_claim, {"cause": "停产", "dunning": "催收", "by": world.bank}),
        "file": (drafting.file_claim, {"by": world.bank2}),
        "check": (reviewing.check_claim, {"by": world.province}),
        "return": (reviewing.return_claim, {"opinion": "缺件", "by": world.province2}),
        "review": (reviewing.review_claim, words | {"by": world.town}),
        "decide": (deciding.propose_claim, words | {"by": world.province}),
        "pay": (paying.pay_claim, {"paid_on": FAILED, "receipts": receipts(world), "by": world.bank}),
        "unpay": (paying.unpay_claim, {"reason": "录错", "by": world.bank2}),
        "confirm_payment": (paying.confirm_payment, {"by": world.bank3}),
        "withdraw": (drafting.withdraw_claim, {"reason": "撤回", "by": world.bank}),
    }
    for action, (step, given) in steps.items():
        if not CLAIM_LIFECYCLE.allows(action, status):
            with refused(WrongState):
                step(claim=claim, **given, **on(FAILED))
            continue
        with transaction.atomic():
            if action == "file" and not claim.round:
                attach_papers(world, claim, FAILED)
            step(claim=claim, **given, **on(FAILED))
            reached = Claim.objects.get(pk=claim.pk).status
            assert reached == CLAIM_LIFECYCLE.target(action, status)
            transaction.set_rollback(True)


def test_steps_out_of_turn_are_refused(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="draft")
    steps: list[tuple[Any, dict[str, Any]]] = [
        (reviewing.check_claim, {"by": world.province}),
        (reviewing.return_claim, {"opinion": "缺件", "by": world.province}),
        (reviewing.review_claim, {"verdict": "agree", "by": world.science}),
        (reviewing.sign_claim, {"by": world.science2}),
        (deciding.propose_claim, {"verdict": "agree", "by": world.province}),
        (deciding.decide_claim, {"by": world.province2}),
        (deciding.fund_claim, {"by": world.province2}),
        (paying.issue_notice, {"account": world.town_account, "by": world.town2}),
        (paying.pay_claim, {"paid_on": FAILED, "receipts": receipts(world), "by": world.bank}),
        (paying.confirm_payment, {"by": world.bank2}),
        (paying.unpay_claim, {"reason": "录错", "by": world.bank}),
    ]
    for step, given in steps:
        with refused(WrongState):
            step(claim=claim, **given, **on(FAILED))


# Returned for more papers


def test_the_clock_of_the_decision_stands_still_while_papers_are_missing(world: World, loan: Loan) -> None:
    """2013-05-07 + 25 working days = 2013-06-09, a Sunday worked for 端午 (10 to 12 June); ten days with the bank make it 26 June."""
    claim = make_claim(world, loan, until="science")
    clock = Deadline.objects.get(kind=DeadlineKind.CLAIM_DECISION)
    assert clock.due_on == date(2013, 6, 9)
    claim = reviewing.return_claim(claim=claim, opinion="补充抵押物评估", by=world.town, **on(date(2013, 5, 13)))
    clock.refresh_from_db()
    assert clock.cancelled_on == date(2013, 5, 13)
    claim = drafting.file_claim(claim=claim, by=world.bank2, **on(date(2013, 5, 24)))
    claim = reviewing.return_claim(claim=claim, opinion="评估报告未盖章", by=world.province, **on(date(2013, 5, 25)))
    claim = drafting.file_claim(claim=claim, by=world.bank2, **on(date(2013, 5, 27)))
    claim = reviewing.check_claim(claim=claim, by=world.province, **on(date(2013, 5, 27)))
    clock.refresh_from_db()
    assert (claim.paused_workdays, claim.returned_on, claim.round) == (10, None, 3)
    assert (clock.due_on, clock.cancelled_on) == (date(2013, 6, 26), None)
    assert [(word.round, word.stage, word.verdict) for word in claim.words.all()] == [
        (1, "precheck", "agree"),
        (1, "science", "agree"),
        (1, "town", "return"),
        (2, "precheck", "return"),
        (3, "precheck", "agree"),
    ]
    claim = advance(world, claim, since="reviewing", until="approved", day=date(2013, 5, 28))
    assert claim.status == ClaimStatus.APPROVED


@pytest.mark.parametrize(
    ("lent", "day", "due"),
    [
        # 国庆 2013: 1 to 7 October free, Sunday 29 September and Saturday 12 October worked.
        (date(2012, 3, 1), date(2013, 9, 27), {"claim_precheck": (10, 10), "claim_payment": (10, 16), "claim_decision": (11, 6)}),
        # 春节 2014: 31 January to 6 February free, Sunday 26 January and Saturday 8 February worked.
        (date(2012, 10, 10), date(2014, 1, 24), {"claim_precheck": (1, 30), "claim_payment": (2, 12), "claim_decision": (3, 5)}),
    ],
    ids=["national_day", "spring_festival"],
)
def test_every_clock_runs_across_holidays_and_make_up_days(world: World, lent: date, day: date, due: dict[str, tuple[int, int]]) -> None:
    make_claim(world, failed(world, day=lent), until="approved", day=day)
    clocks = Deadline.objects.filter(subject_type="loans.claim")
    assert {clock.kind: (clock.due_on.month, clock.due_on.day) for clock in clocks} == due
    assert {clock.starts_on for clock in clocks} == {day}


def test_a_late_step_is_measured_in_working_days_and_reminded_of(world: World, loan: Loan) -> None:
    """The check of papers was due on 2013-05-14 (5 working days); it is made on the 16th, two late."""
    claim = make_claim(world, loan, until="filed")
    chase_deadlines(date(2013, 5, 15), moment(date(2013, 5, 15)))
    reminded = Notification.objects.filter(key__startswith="deadline:", subject__contains="代偿材料核验")
    assert set(reminded.values_list("recipient__username", flat=True)) == {"province", "province2"}
    assert "逾期 1 个工作日" in reminded[0].subject
    advance(world, claim, since="filed", until="reviewing", day=date(2013, 5, 16))
    clock = Deadline.objects.get(kind=DeadlineKind.CLAIM_PRECHECK)
    assert (clock.due_on, clock.met_on, clock.late_workdays) == (date(2013, 5, 14), date(2013, 5, 16), 2)


def test_who_may_return_a_claim(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="filed")
    for by in (world.science, world.town2, world.bank, world.auditor):
        with refused(NotAllowed):
            reviewing.return_claim(claim=claim, opinion="缺件", by=by, **on(FAILED))
    with refused(InvalidInput, field="opinion"):
        reviewing.return_claim(claim=claim, opinion=" ", by=world.province, **on(FAILED))
    claim = advance(world, claim, since="filed", until="reviewing", day=FAILED)
    with refused(NotYourTurn):
        reviewing.return_claim(claim=claim, opinion="缺件", by=world.town, **on(FAILED))
    claim = advance(world, claim, since="reviewing", until="reviewed", day=FAILED)
    with refused(NotAllowed):
        reviewing.return_claim(claim=claim, opinion="缺件", by=world.town, **on(FAILED))
    assert reviewing.return_claim(claim=claim, opinion="缺件", by=world.province2, **on(FAILED)).status == ClaimStatus.RETURNED


# The money


def test_a_claim_the_accounts_cannot_meet_waits_and_gets_its_money_later(world: World) -> None:
    """Six loans leave the province 322,580.62 free, and its part of 10,000,000 needs 387,096.77 beyond the loan's earmark."""
    tight = fund(make_world(code="tight", rules={"leverage": "1.24", "loss_share_reserve": "1", "claim_payout_cap": "10000000"}))
    loan = failed(tight, "10000000")
    others = [
        make_loan(tight, make_line(tight, make_enterprise(tight, number), amount="10000000", day=date(2013, 3, 1)), day=date(2013, 4, 1))
        for number in range(2, 7)
    ]
    claim = make_claim(tight, loan, until="reviewed")
    before = current_balances([tight.provincial_account, tight.town_account])
    deciding.propose_claim(claim=claim, verdict="agree", by=tight.province, **on(FAILED))
    claim = deciding.decide_claim(claim=claim, by=tight.province2, **on(FAILED))
    assert (claim.status, claim.granted, claim.approval) == (ClaimStatus.SHORT, 1000 * WAN, None)
    assert current_balances([tight.provincial_account, tight.town_account]) == before
    assert "387,096.77" in Notification.objects.filter(key__endswith="short").latest("id").body
    with refused(StillShort, "尚缺 64,516.15 元"):
        deciding.fund_claim(claim=claim, by=tight.province2, **on(FAILED))
    with refused(NotAllowed):
        deciding.fund_claim(claim=claim, by=tight.town2, **on(FAILED))
    make_repayment(tight, others[0], "1000000", paid_on=FAILED + timedelta(days=1), kind="early")
    claim = deciding.fund_claim(claim=claim, by=tight.province2, **on(FAILED + timedelta(days=1)))
    assert claim.status == ClaimStatus.APPROVED
    claim = advance(tight, claim, since="approved", until="paid", day=FAILED + timedelta(days=2))
    assert (claim.paid, claim.paid_provincial) == (1000 * WAN, 200 * WAN)


def test_a_repayment_after_the_approval_lowers_the_base_and_frees_the_rest(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="approved")
    make_repayment(world, loan, "1000000", paid_on=FAILED + timedelta(days=1))
    assert (loan.outstanding, loan.earmarked) == (200 * WAN, 0)
    claim = advance(world, claim, since="approved", until="paid", day=FAILED + timedelta(days=2))
    assert (claim.base, claim.paid, claim.paid_provincial) == (200 * WAN, 100 * WAN, 20 * WAN)
    assert wan(world) == [(980, 980, 0, 0), (3920, 3920, 0, 0)]


def test_no_repayment_is_entered_while_a_payment_waits(world: World, loan: Loan) -> None:
    waiting = make_repayment(world, loan, "1000", paid_on=FAILED, confirmed=False)
    make_claim(world, loan, until="paying")
    with refused(LoanInClaim, "待复核划款"):
        make_repayment(world, loan, "1000", paid_on=FAILED)
    with refused(LoanInClaim):
        confirm_repayment(repayment=waiting, by=world.bank2, **on(FAILED))


def test_what_would_change_the_base_waits_for_the_claim(world: World, loan: Loan) -> None:
    paid = make_repayment(world, loan, "1000", paid_on=FAILED)
    make_claim(world, loan, until="draft")
    with refused(LoanInClaim, "更正数据"):
        corrections.enter_correction(loan=loan, reason="错", purpose="其他", by=world.bank, **on(FAILED))
    with refused(LoanInClaim, "冲正还款"):
        make_reversal(world, paid, day=FAILED)


def test_the_whole_loan_repaid_before_the_payment_leaves_nothing_to_pay(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    make_repayment(world, loan, loan.outstanding, paid_on=FAILED)
    assert (loan.status, loan.earmarked) == (LoanStatus.SETTLED, 0)
    with refused(NothingToPay):
        paying.pay_claim(claim=claim, paid_on=FAILED, receipts=receipts(world), by=world.bank, **on(FAILED))
    drafting.withdraw_claim(claim=claim, reason="借款人已还清", by=world.bank, **on(FAILED))
    assert wan(world) == [(1000, 1000, 0, 0), (4000, 4000, 0, 0)]
    loan.refresh_from_db()
    assert (loan.earmarked, loan.claim, loan.claimed_on) == (0, None, None)
    assert faults_of(world.programme) == ""


def test_a_withdrawn_claim_gives_its_money_back_and_the_loan_occupies_again(world: World, loan: Loan) -> None:
    before = wan(world)
    claim = make_claim(world, loan, until="approved")
    make_repayment(world, loan, "750000", paid_on=FAILED)
    with refused(InvalidInput, field="reason"):
        drafting.withdraw_claim(claim=claim, reason=" ", by=world.bank, **on(FAILED))
    with refused(NotAllowed):
        drafting.withdraw_claim(claim=claim, reason="错", by=world.province, **on(FAILED))
    claim = drafting.withdraw_claim(claim=claim, reason="企业恢复还款", by=world.bank2, **on(FAILED))
    loan.refresh_from_db()
    assert (claim.status, loan.earmarked, loan.claimed_on) == (ClaimStatus.WITHDRAWN, 30 * WAN, None)
    assert before == [(1000, 992, 8, 0), (4000, 3968, 32, 0)]
    assert wan(world) == [(1000, 994, 6, 0), (4000, 3976, 24, 0)]
    assert [row.kind for row in loan.movements.all()][-2:] == [MovementKind.REPAYMENT, MovementKind.CLAIM_UNDONE]
    again = make_claim(world, loan)
    assert again.paid == Decimal("1125000")


def test_each_owner_orders_its_own_account(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="approved")
    with refused(NotAllowed, "小榄镇人民政府的准备金账户"):
        paying.issue_notice(claim=claim, account=world.town_account, by=world.province2, **on(FAILED))
    for by in (world.province, world.science2, world.bank2, world.town):
        with refused(NotAllowed):
            paying.issue_notice(claim=claim, account=world.provincial_account, by=by, **on(FAILED))
    with refused(NoticeMissing, "广东省生产力促进中心、小榄镇人民政府"):
        paying.pay_claim(claim=claim, paid_on=FAILED, receipts=receipts(world), by=world.bank, **on(FAILED))
    notice = paying.issue_notice(claim=claim, account=world.town_account, number="榄财函1号", by=world.town2, **on(FAILED))
    assert notice.amount == 120 * WAN
    with refused(NoticeIssued):
        paying.issue_notice(claim=claim, account=world.town_account, by=world.town2, **on(FAILED))
    with refused(NoticeMissing, "^广东省生产力促进中心尚未"):
        paying.pay_claim(claim=claim, paid_on=FAILED, receipts=receipts(world), by=world.bank, **on(FAILED))


def test_a_payment_is_entered_and_confirmed_by_two_people(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="instructed")
    given: dict[str, Any] = {"claim": claim, "paid_on": FAILED, "receipts": receipts(world)}
    with refused(DatesOutOfOrder, "早于核准备付日期", field="paid_on"):
        paying.pay_claim(**given | {"paid_on": FAILED - timedelta(days=1)}, by=world.bank, **on(FAILED))
    with refused(DatesOutOfOrder, "晚于今天", field="paid_on"):
        paying.pay_claim(**given | {"paid_on": FAILED + timedelta(days=1)}, by=world.bank, **on(FAILED))
    with refused(InvalidInput, field=f"receipt_{world.town_account.pk}"):
        paying.pay_claim(**given | {"receipts": {world.provincial_account.pk: "HD-1"}}, by=world.bank, **on(FAILED))
    with refused(NotAllowed):
        paying.pay_claim(**given, by=world.bank2, **on(FAILED))
    claim = paying.pay_claim(**given, by=world.bank, **on(FAILED))
    with refused(WrongState):
        paying.pay_claim(**given, by=world.bank, **on(FAILED))
    with refused(NotAllowed):
        paying.confirm_payment(claim=claim, by=world.bank, **on(FAILED))
    with refused(Conflict):
        paying.confirm_payment(claim=claim, version=1, by=world.bank2, **on(FAILED))
    claim = paying.unpay_claim(claim=claim, reason="回单号有误", by=world.bank2, **on(FAILED))
    assert set(claim.notices.values_list("receipt_no", flat=True)) == {""}
    claim = advance(world, claim, since="instructed", until="paid", day=FAILED)
    clock = Deadline.objects.get(kind=DeadlineKind.CLAIM_PAYMENT)
    assert (clock.met_on, clock.late_workdays) == (FAILED, 0)
    with refused(WrongState):
        paying.confirm_payment(claim=claim, by=world.bank2, **on(FAILED))


def test_another_bank_does_nothing_with_a_claim(world: World, loan: Loan) -> None:
    other = make_organisation(OrganisationKind.BANK, "另一家银行", "另一银行")
    add_party(programme=world.programme, organisation=other, by=world.sysadmin, **on(FAILED))
    clerk, reviewer = make_person("other", other, Role.OFFICER), make_person("other2", other, Role.REVIEWER)
    with refused(NotYourBank):
        drafting.draft_claim(loan=loan, cause="停产", dunning="催收", by=clerk, **on(FAILED))
    claim = make_claim(world, loan, until="draft")
    with refused(NotYourBank):
        drafting.file_claim(claim=claim, by=reviewer, **on(FAILED))
    with refused(NotYourBank):
        drafting.withdraw_claim(claim=claim, reason="错", by=clerk, **on(FAILED))


def test_claims_of_other_programmes_are_not_seen(world: World, loan: Loan) -> None:
    claim = make_claim(world, loan, until="draft")
    assert list(Claim.objects.visible_to(world.town)) == [claim]
    assert not Claim.objects.visible_to(world.sysadmin).exists()
