"""Many at once on PostgreSQL: what fits succeeds, what does not is refused, nothing is negative, the ledger verifies."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from common.errors import Refusal
from loans.enums import LoanStatus
from loans.models import Loan
from loans.services.approvals import confirm_approval
from loans.services.claims.deciding import decide_claim, propose_claim
from loans.services.claims.paying import confirm_payment, pay_claim
from loans.services.loans import confirm_loan
from loans.services.recoveries import confirm_remittance
from loans.services.repayments import confirm_repayment, enter_repayment
from loans.services.warnings import lift_warning
from parties.models import Notification
from reserve.selectors.ledger import current_balances
from reserve.services.verify import verify_ledger
from tests.factories import (
    World,
    at,
    deposit,
    elsewhere,
    fund,
    make_entered,
    make_enterprise,
    make_line,
    make_loan,
    make_net_capital,
    make_proposal,
    make_sent,
    make_warning,
    make_world,
    match,
    on,
)
from tests.support.claims import FAILED, failed, make_claim, make_recovery, receipts

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DAY = at(2012, 3, 1)
WORKERS = 20


def at_once(calls: Sequence[Callable[[], object]], workers: int = WORKERS) -> Counter[str]:
    """Run the calls from as many connections, the first of each let go together; how each ended, by refusal code."""
    barrier = Barrier(min(workers, len(calls)))

    def run(call: Callable[[], object], number: int) -> str:
        try:
            if number < barrier.parties:
                barrier.wait(timeout=30)
            call()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return Counter(pool.map(run, calls, range(len(calls))))


def confirming(world: World, loans: Sequence[Loan]) -> list[Callable[[], object]]:
    return [partial(confirm_loan, loan=loan, by=world.bank2, **DAY) for loan in loans]


def healthy(world: World) -> None:
    """No account below zero, open earmarks equal to the accounts', the chain unbroken."""
    found = current_balances([world.provincial_account, world.town_account])
    province, town = found[world.provincial_account.pk], found[world.town_account.pk]
    open_ = list(Loan.objects.filter(status=LoanStatus.ACTIVE))
    assert min(province.free, town.free) >= 0
    assert province.earmarked == sum(loan.earmarked_provincial for loan in open_)
    assert town.earmarked == sum(loan.earmarked_town for loan in open_)
    assert verify_ledger(programme=world.programme).fault is None


@pytest.mark.parametrize("many, fit", [(20, 7), (100, 30)])
def test_exactly_as_many_loans_as_the_free_money_carries(many: int, fit: int) -> None:
    world = make_world()
    provincial = Decimal("8000") * fit + Decimal("7999.99")  # a loan of 30万 takes 8,000 + 32,000
    deposit(world, amount=provincial)
    match(world, amount=provincial * 4)
    entered = [make_entered(world, make_line(world, make_enterprise(world, number), amount="300000")) for number in range(1, many + 1)]
    assert at_once(confirming(world, entered)) == {"done": fit, "insufficient_balance": many - fit}
    assert Loan.objects.filter(status=LoanStatus.ACTIVE).count() == fit
    assert current_balances([world.provincial_account])[world.provincial_account.pk].free == Decimal("7999.99")
    healthy(world)


def test_one_loan_confirmed_by_two_at_once_is_confirmed_once() -> None:
    world = fund(make_world())
    loan = make_entered(world)
    calls = [
        lambda: confirm_loan(loan=loan, by=world.bank2, **DAY),
        lambda: confirm_loan(loan=loan, by=world.bank3, **DAY),
    ]
    assert at_once(calls) == {"done": 1, "wrong_state": 1}
    healthy(world)


def test_drawdowns_at_once_do_not_pass_their_line() -> None:
    world = fund(make_world())
    line = make_line(world, amount="5000000")
    entered = [make_entered(world, line, amount=Decimal("2000000"), note_no=f"JJ-{number}") for number in range(6)]
    assert at_once(confirming(world, entered)) == {"done": 2, "line_exceeded": 4}
    healthy(world)


def test_repayments_at_once_do_not_pass_what_is_owed() -> None:
    world = fund(make_world())
    loan = make_loan(world)
    rows = [enter_repayment(loan=loan, paid_on=date(2012, 3, 1), principal=Decimal("2000000"), by=world.bank, **DAY) for _ in range(6)]
    calls: list[Callable[[], object]] = [partial(confirm_repayment, repayment=row, by=world.bank2, **DAY) for row in rows]
    assert at_once(calls) == {"done": 2, "repayment_above_outstanding": 4}
    loan.refresh_from_db()
    assert loan.outstanding == Decimal("1000000")
    healthy(world)


def test_one_day_s_net_capital_entered_by_many_at_once_is_entered_once() -> None:
    world = make_world()
    calls = [partial(make_net_capital, world, Decimal(100 + number), confirmed=False) for number in range(6)]
    assert at_once(calls) == {"done": 1, "net_capital_taken": 5}


def test_lines_in_two_programmes_at_once_do_not_pass_the_share_of_net_capital() -> None:
    world = make_world(rules={"single_borrower_action": "refuse"})
    enterprise = make_enterprise(world)
    worlds = [world, elsewhere(world, rules={"single_borrower_action": "refuse"})]
    make_net_capital(world, "80000000")
    day = date(2012, 2, 10)
    proposals = [make_proposal(one, make_sent(one, enterprise), day=day) for one in worlds]  # 500万 each, 800万 in all
    calls = [partial(confirm_approval, credit_line=line, by=world.bank2, **at(2012, 2, 10)) for line in proposals]
    assert at_once(calls) == {"done": 1, "single_borrower_exceeded": 1}


def test_a_warning_is_lifted_once_by_many_at_once() -> None:
    world = fund(make_world())
    warning = make_warning(world, make_loan(world), day=date(2012, 3, 1))
    calls = [partial(lift_warning, early_warning=warning, reason="已复产", by=by, **DAY) for by in (world.bank2, world.bank3) * 3]
    assert at_once(calls) == {"done": 1, "wrong_state": 5}
    assert Notification.objects.filter(key=f"warning:{warning.pk}:lifted", recipient=world.town).count() == 1


def test_two_officers_who_pay_the_same_claim_at_once_pay_it_once() -> None:
    world = fund(make_world())
    claim = make_claim(world, failed(world), until="instructed")
    paying = partial(pay_claim, claim=claim, paid_on=FAILED, receipts=receipts(world), **on(FAILED))
    assert at_once([partial(paying, by=world.bank)] * WORKERS) == {"done": 1, "wrong_state": WORKERS - 1}
    confirming_ = [partial(confirm_payment, claim=claim, by=by, **on(FAILED)) for by in (world.bank2, world.bank3)] * 5
    assert at_once(confirming_) == {"done": 1, "wrong_state": 9}
    found = current_balances([world.provincial_account, world.town_account])
    assert [one.balance for one in found.values()] == [Decimal(9_700_000), Decimal(38_800_000)]
    assert verify_ledger(programme=world.programme).fault is None


def test_a_claim_and_drawdowns_race_for_the_last_free_money() -> None:
    """Whoever comes first has it: either the claim waits for money, or the drawdowns it leaves nothing for are refused."""
    world = make_world(rules={"loss_share_reserve": "1", "claim_payout_cap": "10000000"})
    deposit(world, amount=Decimal(1_000_000))
    match(world, amount=Decimal(4_000_000))
    loan = failed(world, "3000000")  # holds 80,000 of the province's million; its claim takes 520,000 more
    claim = make_claim(world, loan, until="reviewed")
    propose_claim(claim=claim, verdict="agree", by=world.province, **on(FAILED))
    day = FAILED - timedelta(days=9)
    lines = [make_line(world, make_enterprise(world, number), amount="10000000", day=day) for number in range(2, 7)]
    entered = [make_entered(world, line, day=day) for line in lines]  # 266,666.67 of the province's each: three at most
    deciding = partial(decide_claim, claim=claim, by=world.province2, **on(FAILED))
    drawing = [partial(confirm_loan, loan=one, by=world.bank2, **on(FAILED)) for one in entered]
    ended = at_once([deciding, *drawing])
    claim.refresh_from_db()
    found = current_balances([world.provincial_account, world.town_account])
    assert min(one.free for one in found.values()) >= 0
    assert found[world.provincial_account.pk].claims_payable == (Decimal(600_000) if claim.status == "approved" else 0)
    assert claim.status in ("approved", "short")
    assert ended["done"] == 1 + Loan.objects.filter(pk__in=[one.pk for one in entered], status=LoanStatus.ACTIVE).count()
    assert verify_ledger(programme=world.programme).fault is None


def test_two_remittances_of_one_recovery_bring_the_money_in_once() -> None:
    world = fund(make_world())
    loan = failed(world)
    make_claim(world, loan)
    recovery = make_recovery(world, loan, "1000000", cost="40000", until="remitting")
    day = on(recovery.received_on)
    calls = [partial(confirm_remittance, recovery=recovery, by=by, **day) for by in (world.bank2, world.bank3)] * 5
    assert at_once(calls) == {"done": 1, "wrong_state": 9}
    found = current_balances([world.provincial_account, world.town_account])
    assert [one.balance for one in found.values()] == [Decimal(9_796_000), Decimal(39_184_000)]
