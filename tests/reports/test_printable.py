"""What goes on a paper can be printed: a character no shipped font has is refused when it is entered, not when the paper is made."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from common.errors import InvalidInput
from enterprises.services import batches, enterprises
from loans.services import approvals, recoveries
from loans.services.claims import drafting, paying, reviewing
from parties.services import accounts, organisations
from reserve.services import contributions, programmes
from tests.factories import (
    World,
    at,
    enterprise_data,
    make_batch,
    make_contribution,
    make_draft,
    make_endorsed,
    make_entered,
    make_enterprise,
    make_proposal,
    on,
    send_batch_of,
)
from tests.support.claims import FAILED, failed, make_claim, make_recovery, receipts
from tests.support.rows import refused

pytestmark = pytest.mark.django_db

RARE = "中山市𬭎"
DAY = at(2012, 3, 1)


def certificate(world: World) -> Any:
    enterprise = make_enterprise(world, category=False)
    return lambda: enterprises.record_category(
        enterprise=enterprise, category="high_tech", certificate_no=RARE, valid_from=date(2011, 6, 1), by=world.centre, **DAY
    )


def organisation(name: str) -> Callable[[World], Any]:
    given = {"name": "某银行", "short_name": "某行", "reviewer_title": "科长", "contact_name": "李明", name: RARE}
    return lambda world: lambda: organisations.create_organisation(kind="bank", **given, by=world.sysadmin, **DAY)


def programme(name: str) -> Callable[[World], Any]:
    given = {"name": "项目", "agreement_name": "细则", name: RARE}
    return lambda world: (
        lambda: programmes.create_programme(
            code="new",
            agreement_signed_on=date(2012, 3, 1),
            region="中山市",
            parties=list(world.programme.organisations()),
            by=world.sysadmin,
            **given,
            **DAY,
        )
    )


def proposal(world: World) -> Any:
    recommendation = make_endorsed(world)
    send_batch_of(world, [recommendation])
    recommendation.refresh_from_db()
    return lambda: make_proposal(world, recommendation, decision="decline", reason=RARE)


def receipt(world: World) -> Any:
    made = make_contribution(world, transferred_on=date(2012, 3, 1), voucher_no="粤财9")
    return lambda: contributions.receive_contribution(contribution=made, arrived_on=date(2012, 3, 1), receipt_no=RARE, by=world.bank, **DAY)


def loan(name: str) -> Callable[[World], Any]:
    def prepared(world: World) -> Any:
        line = approvals.confirm_approval(credit_line=make_proposal(world), by=world.bank2, **at(2012, 2, 10))
        return lambda: make_entered(world, line, **{name: RARE})

    return prepared


def claim(name: str) -> Callable[[World], Any]:
    given = {"cause": "停产", "dunning": "已催收", name: RARE}
    return lambda world: partial(drafting.draft_claim, loan=failed(world), by=world.bank, **given, **on(FAILED))


def opinion(world: World) -> Any:
    made = make_claim(world, failed(world), until="reviewing")
    return partial(reviewing.review_claim, claim=made, verdict="agree", opinion=RARE, by=world.science, **on(FAILED))


def order_number(world: World) -> Any:
    made = make_claim(world, failed(world), until="approved")
    return partial(paying.issue_notice, claim=made, account=world.town_account, number=RARE, by=world.town2, **on(FAILED))


def payment_receipt(world: World) -> Any:
    made = make_claim(world, failed(world), until="instructed")
    return partial(paying.pay_claim, claim=made, paid_on=FAILED, receipts=dict.fromkeys(receipts(world), RARE), by=world.bank, **on(FAILED))


def remittance_receipt(world: World) -> Any:
    lent = failed(world)
    make_claim(world, lent)
    recovery = make_recovery(world, lent, "10000", day=FAILED, until="confirmed")
    return partial(recoveries.remit_recovery, recovery=recovery, remitted_on=FAILED, receipt_no=RARE, by=world.bank, **on(FAILED))


def document(world: World) -> Any:
    batch = make_batch(world, [make_endorsed(world)])
    return lambda: batches.register_document(batch=batch, document_no=RARE, by=world.science, **DAY)


def reply(world: World) -> Any:
    batch = send_batch_of(world, [make_endorsed(world)])
    return lambda: batches.register_reply(batch=batch, reply_no=RARE, by=world.bank, **DAY)


def drafted(world: World) -> Any:
    enterprise = make_enterprise(world)
    return lambda: make_draft(world, enterprise, purpose=RARE)


ENTRIES: dict[str, Callable[[World], Any]] = {
    "enterprise": lambda world: (
        lambda: enterprises.register_enterprise(programme=world.programme, data=enterprise_data(name=RARE), by=world.centre, **DAY)
    ),
    "certificate": certificate,
    "person": lambda world: (
        lambda: accounts.create_account(
            username="new.clerk", name=RARE, password="Kelp-Harbour-91", organisation=world.bank_organisation, by=world.sysadmin, **DAY
        )
    ),
    **{f"organisation {name}": organisation(name) for name in ("name", "short_name", "reviewer_title", "contact_name")},
    **{f"programme {name}": programme(name) for name in ("name", "agreement_name")},
    "purpose of a recommendation": drafted,
    "document number": document,
    "reply number": reply,
    "reason of the bank": proposal,
    "voucher number": lambda world: lambda: make_contribution(world, voucher_no=RARE),
    "receipt number": receipt,
    "note number": loan("note_no"),
    "purpose of a loan": loan("purpose"),
    "cause of a claim": claim("cause"),
    "dunning of a claim": claim("dunning"),
    "opinion on a claim": opinion,
    "number of an order to pay": order_number,
    "receipt of a claim's payment": payment_receipt,
    "receipt of a remittance": remittance_receipt,
}


@pytest.mark.parametrize("entry", list(ENTRIES))
def test_a_character_no_font_has_is_refused_when_it_is_entered(world: World, entry: str) -> None:
    enter = ENTRIES[entry](world)
    with refused(InvalidInput, "本系统字库暂无“𬭎”字"):
        enter()
