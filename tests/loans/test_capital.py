"""The bank's net capital: entered by an officer, in force once another person has confirmed it (domain §4)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.errors import InvalidInput, NotAllowed, WrongState
from loans.enums import NET_CAPITAL_LIFECYCLE, NetCapitalStatus
from loans.errors import DatesOutOfOrder, NetCapitalTaken, NotYourBank
from loans.models import NetCapital
from loans.selectors.waiting import to_confirm
from loans.services import capital
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, User
from reserve.services.programmes import add_party
from tests.factories import World, at, make_net_capital, make_organisation, make_person, make_world
from tests.support.route_subjects import outsiders
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = at(2012, 1, 20)
YEAR_END = date(2011, 12, 31)
FACTS: dict[str, Any] = {"effective_on": YEAR_END, "amount": Decimal("250000000"), "source": "2011年度审计报告"}


@pytest.fixture
def world() -> World:
    return make_world()


def enter(world: World, by: User | None = None, **changes: Any) -> NetCapital:
    return capital.enter_net_capital(**FACTS | changes, by=by or world.bank, **DAY)


def confirm(world: World, row: NetCapital, by: User | None = None) -> NetCapital:
    return capital.confirm_net_capital(net_capital=row, by=by or world.bank2, **DAY)


def discard(world: World, row: NetCapital, by: User | None = None, reason: str = "数字录错") -> NetCapital:
    return capital.discard_net_capital(net_capital=row, reason=reason, by=by or world.bank, **DAY)


def other_bank(world: World, role: Role) -> User:
    organisation = make_organisation(OrganisationKind.BANK, "另一村镇银行")
    add_party(programme=world.programme, organisation=organisation, by=world.sysadmin, **at(2012, 1, 5))
    return make_person("other", organisation, role)


def waiting(user: User) -> list[int]:
    """Net capital this person is asked to confirm, by key."""
    return [fact.about for fact in to_confirm(user) if fact.kind == "net_capital"]


class TestEnter:
    def test_it_waits_for_the_reviewers_and_tells_them(self, world: World) -> None:
        row = enter(world, source=" 2011年度审计报告 ")
        assert (row.bank, row.status, row.amount, row.source) == (
            world.bank_organisation,
            "entered",
            Decimal("250000000.00"),
            FACTS["source"],
        )
        assert (row.entered_by, row.confirmed_by, row.confirmed_at) == (world.bank, None, None)
        told = Notification.objects.filter(key=f"net_capital:{row.pk}:entered").values_list("recipient__username", flat=True)
        assert set(told) == {"bank2", "bank3"}
        event = AuditEvent.objects.get(action="net_capital.enter", object_id=str(row.pk))
        assert event.summary == "录入 2011-12-31 资本净额 250,000,000.00 元"

    @pytest.mark.parametrize("name", ["bank2", "province", "science", "town", "centre", "auditor", "sysadmin"])
    def test_only_a_bank_officer_enters(self, world: World, name: str) -> None:
        with refused(NotAllowed):
            enter(world, by=getattr(world, name))

    @pytest.mark.parametrize(
        "changes, refusal, field",
        [
            ({"amount": Decimal(0)}, InvalidInput, "amount"),
            ({"amount": Decimal("-1")}, InvalidInput, "amount"),
            ({"amount": Decimal("1.001")}, InvalidInput, "amount"),
            ({"source": "  "}, InvalidInput, "source"),
            ({"source": "长" * 101}, InvalidInput, "source"),
            ({"effective_on": date(2012, 1, 21)}, DatesOutOfOrder, "effective_on"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_its_field(
        self, world: World, changes: dict[str, Any], refusal: type[InvalidInput], field: str
    ) -> None:
        with refused(refusal, field=field):
            enter(world, **changes)

    def test_the_day_itself_is_allowed(self, world: World) -> None:
        assert enter(world, effective_on=date(2012, 1, 20)).status == "entered"

    def test_a_bank_has_one_a_day_until_it_is_discarded(self, world: World) -> None:
        first = enter(world)
        with refused(NetCapitalTaken, "250,000,000.00 元，待复核", field="effective_on"):
            enter(world, amount=Decimal("260000000"))
        discard(world, first)
        confirm(world, enter(world))
        with refused(NetCapitalTaken, "已复核"):
            enter(world)

    def test_another_bank_has_its_own(self, world: World) -> None:
        enter(world)
        assert enter(world, by=other_bank(world, Role.OFFICER)).bank.name == "另一村镇银行"


class TestConfirm:
    def test_confirmed_it_keeps_who_and_when(self, world: World) -> None:
        row = confirm(world, enter(world))
        assert (row.status, row.confirmed_by, row.confirmed_at) == ("confirmed", world.bank2, DAY["now"])
        assert AuditEvent.objects.get(action="net_capital.confirm").summary == "复核 2011-12-31 资本净额 250,000,000.00 元"

    def test_its_officer_does_not_confirm_it_even_as_reviewer(self, world: World) -> None:
        row = enter(world)
        world.bank.role = Role.REVIEWER
        world.bank.save()
        with refused(SamePerson):
            confirm(world, row, by=world.bank)
        assert waiting(world.bank) == []

    @pytest.mark.parametrize("name", ["bank", "province2", "science2", "town2", "auditor"])
    def test_only_a_bank_reviewer_confirms(self, world: World, name: str) -> None:
        row = enter(world)
        with refused(NotAllowed):
            confirm(world, row, by=getattr(world, name))

    def test_another_bank_of_the_programme_neither_confirms_nor_discards(self, world: World) -> None:
        row, stranger = enter(world), other_bank(world, Role.REVIEWER)
        with refused(NotYourBank):
            confirm(world, row, by=stranger)
        with refused(NotYourBank):
            discard(world, row, by=stranger)
        assert waiting(stranger) == []
        assert waiting(world.bank2) == [row.pk]


class TestDiscard:
    @pytest.mark.parametrize("name", ["bank", "bank2"])
    def test_officer_takes_back_and_reviewer_refuses_with_a_reason(self, world: World, name: str) -> None:
        row = discard(world, enter(world), by=getattr(world, name))
        assert (row.status, row.discard_reason) == ("discarded", "数字录错")
        assert Notification.objects.get(key=f"net_capital:{row.pk}:discarded").recipient == world.bank

    @pytest.mark.parametrize("reason", ["", " ", "长" * 201])
    def test_it_needs_a_reason(self, world: World, reason: str) -> None:
        row = enter(world)
        with refused(InvalidInput, field="reason"):
            discard(world, row, reason=reason)

    @pytest.mark.parametrize("name", ["province", "science2", "auditor"])
    def test_others_do_not_discard(self, world: World, name: str) -> None:
        row = enter(world)
        with refused(NotAllowed):
            discard(world, row, by=getattr(world, name))


ACTIONS: dict[str, Callable[[World, NetCapital], NetCapital]] = {"confirm": confirm, "discard": discard}


@pytest.mark.parametrize("action", list(NET_CAPITAL_LIFECYCLE.transitions))
@pytest.mark.parametrize("status", list(NetCapitalStatus))
def test_every_action_from_every_status(world: World, action: str, status: str) -> None:
    row = enter(world)
    if status == NetCapitalStatus.CONFIRMED:
        confirm(world, row)
    if status == NetCapitalStatus.DISCARDED:
        discard(world, row)
    if NET_CAPITAL_LIFECYCLE.allows(action, status):
        assert ACTIONS[action](world, row).status == NET_CAPITAL_LIFECYCLE.transitions[action].target
    else:
        with refused(WrongState):
            ACTIONS[action](world, row)


class TestInForce:
    def test_the_latest_confirmed_one_up_to_the_day_counts(self, world: World) -> None:
        make_net_capital(world, "300000000", effective_on=date(2012, 3, 31))
        make_net_capital(world, "250000000", day=date(2012, 4, 5))  # the older one, entered later
        make_net_capital(world, "900000000", effective_on=date(2012, 4, 1), day=date(2012, 4, 5), confirmed=False)
        found = [NetCapital.objects.in_force(date(2012, month, day)).last() for month, day in ((3, 30), (3, 31), (4, 30))]
        assert [row.amount if row else None for row in found] == [Decimal(250_000_000), Decimal(300_000_000), Decimal(300_000_000)]
        assert NetCapital.objects.in_force(date(2011, 12, 30)).last() is None

    @pytest.mark.parametrize("name, seen", [("bank", 1), ("province", 1), ("auditor", 1), ("sysadmin", 0), ("auditadmin", 0)])
    def test_parties_of_the_bank_s_programmes_see_it(self, world: World, name: str, seen: int) -> None:
        enter(world)
        assert NetCapital.objects.visible_to(getattr(world, name)).count() == seen

    def test_for_others_it_does_not_exist(self, world: World) -> None:
        enter(world)
        assert [user.username for user in outsiders(world) if NetCapital.objects.visible_to(user).exists()] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(0)},
        {"status": "confirmed"},
        {"status": "discarded"},
        {"status": "unknown"},
        {"discard_reason": "录错"},
        {"status": "confirmed", "confirmed_by": "bank", "confirmed_at": DAY["now"]},
    ],
)
def test_the_database_refuses_what_no_service_writes(world: World, changes: dict[str, Any]) -> None:
    row = enter(world)
    if "confirmed_by" in changes:
        changes = changes | {"confirmed_by": world.bank}
    with pytest.raises(IntegrityError, match="net_capital"), transaction.atomic():
        NetCapital.objects.filter(pk=row.pk).update(**changes)
