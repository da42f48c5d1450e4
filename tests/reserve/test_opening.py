"""A programme that starts mid-life: its 启用日, and money that was there before (期初出资)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from parties.models import User
from reserve.errors import BadContribution, BadProgramme, NothingToMatch
from reserve.ledger_enums import Purpose
from reserve.models import Contribution, Deadline, FundingObligation, Programme
from reserve.selectors.ledger import current_balances
from reserve.services import contributions, programmes
from reserve.services.verify import verify_ledger
from tests.factories import AGREEMENT_DAY, World, confirm, make_world, on, receive
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
STARTED = date(2013, 7, 1)
DAY = date(2013, 7, 3)
ARRIVED = date(2012, 4, 20)


@pytest.fixture
def world() -> World:
    return make_world(started_on=STARTED)


def record(world: World, by: User, amount: str, day: date = ARRIVED) -> Contribution:
    account = world.town_account if by == world.town else world.provincial_account
    return contributions.record_contribution(
        account=account, amount=Decimal(amount), transferred_on=day, voucher_no=f"QC{by.username}", by=by, **on(DAY)
    )


def arrive(world: World, made: Contribution, day: date = ARRIVED) -> Contribution:
    return confirm(world, made, arrived_on=day, confirmed_on=DAY)


def test_the_day_is_not_before_the_agreement_and_is_shown(world: World, client: Client) -> None:
    with refused(BadProgramme, "早于协议签署日", field="started_on"):
        programmes.create_programme(
            code="early",
            name="早",
            agreement_name="协议",
            agreement_signed_on=AGREEMENT_DAY,
            region="中山市",
            parties=list(world.programme.organisations()),
            started_on=AGREEMENT_DAY - timedelta(days=1),
            by=world.sysadmin,
            **on(DAY),
        )
    client.force_login(world.town)
    assert "2013年7月1日" in client.get(world.programme.get_absolute_url()).content.decode()
    assert client.get("/programmes/").status_code == 200


def test_the_administrator_gives_it_with_the_agreement(world: World, client: Client) -> None:
    client.force_login(world.sysadmin)
    form = {
        "name": "另一项目",
        "code": "another",
        "region": "中山市",
        "agreement_name": "细则",
        "agreement_signed_on": "2011-10-28",
        "started_on": "2013-07-01",
        "parties": [party.pk for party in world.programme.organisations()],
    }
    assert client.post("/programmes/new/", form).status_code == 302
    assert Programme.objects.get(code="another").started_on == STARTED


def test_money_of_before_is_there_and_no_past_duty_is_owed(world: World) -> None:
    for by, amount in ((world.province, "10000000"), (world.town, "40000000")):
        made = arrive(world, record(world, by, amount))
        assert (made.is_opening, made.obligation) == (True, None)
        assert made.entry is not None
        assert (made.entry.purpose, made.entry.value_date, made.entry.ledger_date) == (Purpose.OPENING, ARRIVED, DAY)
    assert not FundingObligation.objects.exists()
    assert not Deadline.objects.exists()
    free = current_balances([world.provincial_account, world.town_account])
    assert [free[account.pk].free for account in (world.provincial_account, world.town_account)] == [10_000_000, 40_000_000]
    assert verify_ledger(programme=world.programme).fault is None


def test_money_from_that_day_on_is_matched_as_ever(world: World) -> None:
    made = arrive(world, record(world, world.province, "10000000", STARTED), STARTED)
    assert made.entry is not None
    assert (made.is_opening, made.entry.purpose) == (False, Purpose.CONTRIBUTION)
    owed = FundingObligation.objects.get()
    assert owed.amount == Decimal("40000000")
    paid = arrive(world, record(world, world.town, "40000000", STARTED), STARTED)
    assert (paid.obligation, paid.is_opening) == (owed, False)


def test_sent_before_and_arrived_after_is_no_opening_money(world: World) -> None:
    made = arrive(world, record(world, world.province, "10000000", date(2013, 6, 30)), STARTED)
    assert (made.is_opening, FundingObligation.objects.count()) == (False, 1)
    town = record(world, world.town, "40000000", date(2013, 6, 30))
    with refused(BadContribution, "不早于启用日", field="arrived_on"):
        receive(world, town, arrived_on=STARTED, received_on=DAY)


def test_the_town_owes_nothing_that_it_could_pay_from_that_day_on(world: World) -> None:
    with refused(NothingToMatch):
        record(world, world.town, "40000000", STARTED)


def test_pages_and_api_say_that_it_is_opening_money(world: World, client: Client) -> None:
    made = arrive(world, record(world, world.province, "10000000"))
    client.force_login(world.bank)
    assert "启用日 2013-07-01 以前的出资" in client.get(made.get_absolute_url()).content.decode()
    assert "期初" in client.get("/contributions/").content.decode()
    assert "期初余额" in client.get(world.provincial_account.get_absolute_url()).content.decode()
    client.force_login(world.town)
    assert "不指定（启用日以前的期初出资）" in client.get("/contributions/new/").content.decode()
