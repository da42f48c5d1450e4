"""A loan that fails, its claim as far as a stage, and what is recovered: through the services, on fixed days.

world = fund(make_world()); loan = failed(world); claim = make_claim(world, loan, until="paid")
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from loans.models import Claim, Loan, Recovery
from loans.selectors.exposure import cover_accounts
from loans.services import recoveries, repayments, write_offs
from loans.services.claims import deciding, drafting, paying, reviewing
from parties.models import User
from reserve.models import JointDecision, ReserveAccount
from tests.factories import World, make_line, make_loan, on
from tests.support.remembered import remembered

STAGES = ("draft", "filed", "reviewing", "science", "reviewed", "approved", "instructed", "paying", "paid")
FAILED = date(2013, 5, 7)
"""The 96th day after the principal of a `failed` loan was payable: 2013-02-01 was a working day."""


@remembered
def failed(world: World, amount: Decimal | str = "3000000", *, enterprise: Any = None, day: date = date(2012, 3, 1)) -> Loan:
    """Disbursed for 11 months, its interest paid, its principal not."""
    line = make_line(world, enterprise, amount=amount, day=day - timedelta(days=20))
    loan = make_loan(world, line, day=day)
    repaid = repayments.enter_repayment(
        loan=loan, paid_on=loan.due_on, principal=Decimal(0), interest=Decimal(1), by=world.bank, **on(loan.due_on)
    )
    repayments.confirm_repayment(repayment=repaid, by=world.bank2, **on(loan.due_on))
    loan.refresh_from_db()
    return loan


def attach_papers(world: World, claim: Claim, day: date, *, leave_out: Sequence[str] = (), by: User | None = None) -> None:
    """One PDF for each paper of the checklist."""
    for kind in claim.loan.credit_line.rules.claim_papers:
        if kind not in leave_out:
            file = SimpleUploadedFile(f"{kind}.pdf", b"%PDF-1.7 " + kind.encode())
            drafting.add_claim_paper(claim=claim, kind=kind, file=file, by=by or world.bank, **on(day))


@remembered
def make_claim(world: World, loan: Loan, *, until: str = "paid", day: date = FAILED, amount: Decimal | str | None = None) -> Claim:
    """A claim as far as `until`, everything on one day; the loan is brought up to date."""
    claim = drafting.draft_claim(
        loan=loan,
        cause="主要客户拖欠货款，资金链断裂",
        dunning="已书面催收三次，保证人未履行",
        amount=None if amount is None else Decimal(amount),
        by=world.bank,
        **on(day),
    )
    claim = advance(world, claim, since="draft", until=until, day=day)
    loan.refresh_from_db()
    return claim


def advance(world: World, claim: Claim, *, since: str, until: str, day: date) -> Claim:
    """The steps after `since` up to `until`, by the people whose they are."""
    for stage in STAGES[STAGES.index(since) + 1 : STAGES.index(until) + 1]:
        claim = STEPS[stage](world, claim, day)
    return claim


def _file(world: World, claim: Claim, day: date) -> Claim:
    if not claim.round:
        attach_papers(world, claim, day)
    return drafting.file_claim(claim=claim, by=world.bank2, **on(day))


def _check(world: World, claim: Claim, day: date) -> Claim:
    return reviewing.check_claim(claim=claim, by=world.province, **on(day))


def _review(world: World, claim: Claim, office: str, day: date) -> Claim:
    reviewing.review_claim(claim=claim, verdict="agree", by=getattr(world, office), **on(day))
    return reviewing.sign_claim(claim=claim, by=getattr(world, f"{office}2"), **on(day))


def _decide(world: World, claim: Claim, day: date) -> Claim:
    deciding.propose_claim(claim=claim, verdict="agree", by=world.province, **on(day))
    return deciding.decide_claim(claim=claim, by=world.province2, **on(day))


def _instruct(world: World, claim: Claim, day: date) -> Claim:
    for account, by in ((world.provincial_account, world.province2), (world.town_account, world.town2)):
        paying.issue_notice(claim=claim, account=account, number="划〔2013〕1号", by=by, **on(day))
    return claim


def receipts(world: World) -> dict[int, str]:
    """A 回单号 for each of the two accounts."""
    accounts: list[ReserveAccount] = [one.account for one in cover_accounts(world.programme.pk)]
    return {account.pk: f"HD-{account.number[-2:]}" for account in accounts}


def _pay(world: World, claim: Claim, day: date) -> Claim:
    return paying.pay_claim(claim=claim, paid_on=day, receipts=receipts(world), by=world.bank, **on(day))


def _confirm(world: World, claim: Claim, day: date) -> Claim:
    return paying.confirm_payment(claim=claim, by=world.bank2, **on(day))


STEPS = {
    "filed": _file,
    "reviewing": _check,
    "science": lambda world, claim, day: _review(world, claim, "science", day),
    "reviewed": lambda world, claim, day: _review(world, claim, "town", day),
    "approved": _decide,
    "instructed": _instruct,
    "paying": _pay,
    "paid": _confirm,
}


@remembered
def make_recovery(
    world: World,
    loan: Loan,
    gross: Decimal | str,
    *,
    cost: Decimal | str = "0",
    day: date = FAILED + timedelta(days=30),
    until: str = "remitted",
) -> Recovery:
    """Money recovered as far as `until` (entered, confirmed, remitting, remitted), all on one day; the loan is brought up to date."""
    recovery = recoveries.enter_recovery(
        loan=loan, received_on=day, source="enforcement", gross=Decimal(gross), cost=Decimal(cost), by=world.bank, **on(day)
    )
    if until != "entered":
        recovery = recoveries.confirm_recovery(recovery=recovery, by=world.bank2, **on(day))
    if until in ("remitting", "remitted") and recovery.returned:
        recovery = recoveries.remit_recovery(recovery=recovery, remitted_on=day, receipt_no="ZH-1", by=world.bank, **on(day))
    if until == "remitted" and recovery.returned:
        recovery = recoveries.confirm_remittance(recovery=recovery, by=world.bank2, **on(day))
    loan.refresh_from_db()
    return recovery


@remembered
def write_off(world: World, loan: Loan, *, day: date = FAILED + timedelta(days=60)) -> JointDecision:
    """Proposed by the bank and agreed to by all four parties on one day; the loan is brought up to date."""
    decision = write_offs.propose_write_off(loan=loan, grounds="破产程序终结", by=world.bank, **on(day))
    for by in (world.province2, world.science2, world.town2, world.bank2):
        decision = write_offs.speak_on_write_off(decision=decision, agrees=True, by=by, **on(day))
    loan.refresh_from_db()
    return decision
