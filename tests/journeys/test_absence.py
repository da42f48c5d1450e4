"""A/B岗 in every pair there is: who stands in for the other half is never both, neither on those days nor afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from enterprises.services.recommendations import sign_recommendation
from loans.services import approvals, bank_schedules, capital, corrections, extensions, imports, loans, recoveries, repayments, reversals
from loans.services import warnings as early_warnings
from loans.services.claims import deciding, drafting, paying, reviewing
from loans.services.write_offs import propose_write_off, speak_on_write_off
from parties.delegations import acting
from parties.enums import Role
from parties.errors import SamePerson
from parties.models import User
from parties.services.delegations import make_delegation
from reports.services import summaries
from reserve.services import contributions, interest
from tests.factories import (
    World,
    fund,
    make_contribution,
    make_draft,
    make_entered,
    make_enterprise,
    make_interest,
    make_line,
    make_loan,
    make_net_capital,
    make_person,
    make_proposal,
    make_repayment,
    make_sent,
    make_summary,
    make_warning,
    make_world,
    on,
    receive,
)
from tests.support.claims import attach_papers, failed, make_claim, make_recovery, receipts
from tests.support.imports import REPAYMENT_HEADS, preview

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = date(2013, 5, 14)
BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(7)


@dataclass(frozen=True)
class Pair:
    """What is there on the day before (`ready`), the first half and the second by the world's people, and whose it is."""

    ready: Callable[[World], Any]
    first: Callable[[World, Any, date], Any]
    second: Callable[[World, Any, date], Any]
    party: str = "bank"


def loan_of(world: World) -> Any:
    return make_loan(world, make_line(world, make_enterprise(world, 1), day=BEFORE), day=BEFORE)


def extended(world: World, loan: Any, day: date) -> Any:
    found = extensions.apply_extension(loan=loan, due_on=date(2014, 9, 30), reason="货款回笼推迟", by=world.bank, **on(day))
    for office in (world.science2, world.town2):
        found = extensions.consent_extension(extension=found, agrees=True, by=office, **on(day))
    return found


def scheduled(world: World, loan: Any, day: date) -> Any:
    rows = [(loan.due_on, loan.amount, Decimal(0))]
    return bank_schedules.enter_bank_schedule(loan=loan, received_on=day, rows=rows, source="核心系统还款计划表", by=world.bank, **on(day))


def sent_file(world: World, loan: Any, day: date) -> Any:
    return preview(world, [list(REPAYMENT_HEADS), [loan.note_no, day, "1000", "0", "0", "HD-9"]], day=day)


def drafted(world: World, loan: Any, day: date) -> Any:
    claim = make_claim(world, loan, until="draft", day=day)
    attach_papers(world, claim, day)
    return claim


def claimed(world: World) -> Any:
    loan = failed(world)
    make_claim(world, loan, day=BEFORE)
    return loan


def agreed(world: World, claim: Any, day: date) -> Any:
    reviewing.review_claim(claim=claim, verdict="agree", by=world.town, **on(day))
    return claim


def proposed(world: World, claim: Any, day: date) -> Any:
    deciding.propose_claim(claim=claim, verdict="agree", by=world.province, **on(day))
    return claim


PAIRS: dict[str, Pair] = {
    "到账": Pair(
        lambda w: make_contribution(w, transferred_on=BEFORE),
        lambda w, row, day: receive(w, row, arrived_on=BEFORE, received_on=day),
        lambda w, row, day: contributions.confirm_contribution(contribution=row, by=w.bank2, **on(day)),
    ),
    "账户利息": Pair(
        lambda w: None,
        lambda w, row, day: make_interest(w, booked_on=day, confirmed=False),
        lambda w, row, day: interest.confirm_interest(account_interest=row, by=w.bank2, **on(day)),
    ),
    "审批": Pair(
        lambda w: make_sent(w, make_enterprise(w, 1), day=BEFORE),
        lambda w, row, day: make_proposal(w, row, day=day),
        lambda w, row, day: approvals.confirm_approval(credit_line=row, by=w.bank2, **on(day)),
    ),
    "放款": Pair(
        lambda w: make_line(w, make_enterprise(w, 1), day=BEFORE),
        lambda w, row, day: make_entered(w, row, day=day),
        lambda w, row, day: loans.confirm_loan(loan=row, by=w.bank2, **on(day)),
    ),
    "还款": Pair(
        loan_of,
        lambda w, row, day: make_repayment(w, row, "1000", paid_on=day, confirmed=False),
        lambda w, row, day: repayments.confirm_repayment(repayment=row, by=w.bank2, **on(day)),
    ),
    "还款冲正": Pair(
        lambda w: make_repayment(w, loan_of(w), "1000", paid_on=BEFORE),
        lambda w, row, day: reversals.enter_reversal(repayment=row, reason="回单作废", by=w.bank, **on(day)),
        lambda w, row, day: reversals.confirm_reversal(reversal=row, by=w.bank2, **on(day)),
    ),
    "资本净额": Pair(
        lambda w: None,
        lambda w, row, day: make_net_capital(w, effective_on=BEFORE, day=day, confirmed=False),
        lambda w, row, day: capital.confirm_net_capital(net_capital=row, by=w.bank2, **on(day)),
    ),
    "展期": Pair(loan_of, extended, lambda w, row, day: extensions.confirm_extension(extension=row, by=w.bank2, **on(day))),
    "数据更正": Pair(
        loan_of,
        lambda w, row, day: corrections.enter_correction(loan=row, reason="抄录有误", purpose="购买注塑机", by=w.bank, **on(day)),
        lambda w, row, day: corrections.confirm_correction(correction=row, by=w.bank2, **on(day)),
    ),
    "预警": Pair(
        loan_of,
        lambda w, row, day: make_warning(w, row, day=day),
        lambda w, row, day: early_warnings.lift_warning(early_warning=row, reason="已复工", by=w.bank2, **on(day)),
    ),
    "银行还款计划": Pair(
        loan_of, scheduled, lambda w, row, day: bank_schedules.confirm_bank_schedule(bank_schedule=row, by=w.bank2, **on(day))
    ),
    "数据文件": Pair(
        loan_of,
        sent_file,
        lambda w, row, day: imports.confirm_file(import_file=row, mode="good", version=row.version, by=w.bank2, **on(day)),
    ),
    "代偿申请": Pair(failed, drafted, lambda w, row, day: drafting.file_claim(claim=row, by=w.bank2, **on(day))),
    "代偿划款": Pair(
        lambda w: make_claim(w, failed(w), until="instructed", day=BEFORE),
        lambda w, row, day: paying.pay_claim(claim=row, paid_on=BEFORE, receipts=receipts(w), by=w.bank, **on(day)),
        lambda w, row, day: paying.confirm_payment(claim=row, by=w.bank2, **on(day)),
    ),
    "代偿会审意见": Pair(
        lambda w: make_claim(w, failed(w), until="science", day=BEFORE),
        agreed,
        lambda w, row, day: reviewing.sign_claim(claim=row, by=w.town2, **on(day)),
        "town",
    ),
    "代偿审定意见": Pair(
        lambda w: make_claim(w, failed(w), until="reviewed", day=BEFORE),
        proposed,
        lambda w, row, day: deciding.decide_claim(claim=row, by=w.province2, **on(day)),
        "province",
    ),
    "追偿回款": Pair(
        claimed,
        lambda w, row, day: make_recovery(w, row, "1000", day=day, until="entered"),
        lambda w, row, day: recoveries.confirm_recovery(recovery=row, by=w.bank2, **on(day)),
    ),
    "追偿划回": Pair(
        lambda w: make_recovery(w, claimed(w), "1000", day=BEFORE, until="confirmed"),
        lambda w, row, day: recoveries.remit_recovery(recovery=row, remitted_on=day, receipt_no="ZH-1", by=w.bank, **on(day)),
        lambda w, row, day: recoveries.confirm_remittance(recovery=row, by=w.bank2, **on(day)),
    ),
    "核销": Pair(
        claimed,
        lambda w, row, day: propose_write_off(loan=row, grounds="破产程序终结", by=w.bank, **on(day)),
        lambda w, row, day: speak_on_write_off(decision=row, agrees=True, by=w.bank2, **on(day)),
    ),
    "推荐": Pair(
        lambda w: make_enterprise(w, 1),
        lambda w, row, day: make_draft(w, row, day=day, by=w.town),
        lambda w, row, day: sign_recommendation(recommendation=row, by=w.town2, **on(day)),
        "town",
    ),
    "申报汇总表": Pair(
        lambda w: make_summary(w, "2011Q4"),
        lambda w, row, day: summaries.check_summary(summary=row, by=w.bank, **on(day)),
        lambda w, row, day: summaries.submit_summary(summary=row, by=w.bank2, **on(day)),
    ),
    "申报汇总表审定": Pair(
        lambda w: make_summary(w, "2011Q4", until="submitted"),
        lambda w, row, day: summaries.propose_summary(summary=row, by=w.province, **on(day)),
        lambda w, row, day: summaries.accept_summary(summary=row, by=w.province2, **on(day)),
        "province",
    ),
}


@pytest.fixture
def world() -> World:
    return fund(make_world())


def people(world: World, party: str) -> tuple[User, User, User, User]:
    """The party's officer and reviewer, and another of each."""
    officer, reviewer = getattr(world, party), getattr(world, f"{party}2")
    others = [make_person(f"{party}-{role}", officer.organisation, role) for role in (Role.OFFICER, Role.REVIEWER)]
    return officer, reviewer, others[0], others[1]


def away(absent: User, delegate: User) -> None:
    make_delegation(absent=absent, delegate=delegate, starts_on=DAY, ends_on=DAY, reason="出差", by=absent, **on(BEFORE))


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_reviewer_in_the_officers_place_confirms_neither_their_own_nor_the_officers(world: World, pair: Pair) -> None:
    officer, reviewer, _, third = people(world, pair.party)
    away(officer, reviewer)
    subject = pair.ready(world)
    deputy = acting(reviewer, DAY)
    row = pair.first(replace(world, **{pair.party: deputy}), subject, DAY)
    with pytest.raises(SamePerson, match="不能是同一人"):
        pair.second(replace(world, **{f"{pair.party}2": deputy}), row, DAY)
    with pytest.raises(SamePerson, match="不能是同一人"):
        pair.second(replace(world, **{f"{pair.party}2": acting(reviewer, AFTER)}), row, AFTER)
    pair.second(replace(world, **{f"{pair.party}2": acting(third, DAY)}), row, DAY)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_what_the_officer_entered_is_confirmed_by_neither_of_the_two_when_one_acts_for_the_other(world: World, pair: Pair) -> None:
    officer, reviewer, _, third = people(world, pair.party)
    away(reviewer, officer)
    row = pair.first(replace(world, **{pair.party: acting(officer, DAY)}), pair.ready(world), DAY)
    with pytest.raises(SamePerson, match="不能是同一人"):
        pair.second(replace(world, **{f"{pair.party}2": acting(officer, DAY)}), row, DAY)
    with pytest.raises(SamePerson, match="离岗委托"):
        pair.second(replace(world, **{f"{pair.party}2": acting(reviewer, AFTER)}), row, AFTER)
    pair.second(replace(world, **{f"{pair.party}2": acting(third, AFTER)}), row, AFTER)
