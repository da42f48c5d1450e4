"""Joint decisions (domain §3.10, §3.12): proposed with grounds, decided when a reviewer of every party has agreed."""

from datetime import date
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed, NotFound, WrongState
from parties.enums import OrganisationKind, Role
from parties.errors import SamePerson
from parties.models import AuditEvent, Notification, Organisation, User
from reserve.enums import JOINT_LIFECYCLE, JointKind, JointStatus
from reserve.errors import AlreadySpoken, JointPending
from reserve.models import Contribution, JointDecision
from reserve.selectors.joint import decisions_about, pending_about
from reserve.services.joint import propose_joint, speak, withdraw_joint
from reserve.services.programmes import add_party
from tests.factories import World, deposit, make_organisation, make_person, make_world, on
from tests.support.rows import refused

pytestmark = pytest.mark.django_db
DAY = date(2012, 5, 7)
REVIEWERS = ("province2", "science2", "town2", "bank2")


@pytest.fixture
def world() -> World:
    world = make_world()
    deposit(world)
    return world


@pytest.fixture
def subject(world: World) -> Contribution:
    """Anything with an address may be decided on."""
    return Contribution.objects.get()


def propose(world: World, subject: Any, **changes: Any) -> JointDecision:
    values: dict[str, Any] = {"kind": JointKind.WRITE_OFF, "bank": world.bank_organisation, "grounds": " 破产终结 ", "by": world.bank}
    return propose_joint(programme=world.programme, subject=subject, **values | changes, **on(DAY))


def say(decision: JointDecision, subject: Any, by: User, agrees: bool = True, opinion: str = "") -> JointDecision:
    return speak(decision=decision, subject=subject, agrees=agrees, opinion=opinion, by=by, **on(DAY))


def take_back(decision: JointDecision, subject: Any, by: User, reason: str = "补充材料") -> JointDecision:
    return withdraw_joint(decision=decision, subject=subject, reason=reason, by=by, **on(DAY))


def keys(person: User) -> set[str]:
    return {
        key.rsplit(":", 1)[1]
        for key in Notification.objects.filter(recipient=person, key__startswith="joint:").values_list("key", flat=True)
    }


def short_names(decision: JointDecision) -> list[str]:
    return [voice.organisation.short_name for voice in decision.voices.all()]


def second_bank(world: World) -> Organisation:
    bank = make_organisation(OrganisationKind.BANK, "第二村镇银行", "二行")
    add_party(programme=world.programme, organisation=bank, by=world.sysadmin, **on(DAY))
    return bank


def test_it_is_put_to_the_three_and_the_bank_concerned(world: World, subject: Contribution) -> None:
    second_bank(world)
    decision = propose(world, subject)
    assert sorted(short_names(decision)) == sorted(["省中心", "市科技局", "小榄镇", "村镇银行"])
    assert (decision.status, decision.grounds, decision.proposed_by, decision.decided_on) == ("proposed", "破产终结", world.bank, None)
    assert all("proposed" in keys(getattr(world, name)) for name in REVIEWERS)
    assert keys(world.centre) == set()
    event = AuditEvent.objects.get(action="write_off.joint")
    assert (event.actor, event.reason, event.object_id) == (world.bank, "破产终结", str(subject.pk))


def test_without_a_bank_it_is_put_to_every_bank(world: World, subject: Contribution) -> None:
    second_bank(world)
    assert {"村镇银行", "二行"} < set(short_names(propose(world, subject, bank=None)))


def test_decided_when_the_last_has_agreed(world: World, subject: Contribution) -> None:
    decision = propose(world, subject)
    for name in REVIEWERS[:-1]:
        decision = say(decision, subject, getattr(world, name))
        assert (decision.status, decision.decided_on) == ("proposed", None)
    decision = say(decision, subject, world.bank2, opinion="同意")
    assert (decision.status, decision.decided_on) == ("agreed", DAY)
    assert {"proposed", "complete"} == keys(world.town)
    assert pending_about(subject, JointKind.WRITE_OFF) is None
    [shown] = decisions_about(subject, JointKind.WRITE_OFF)
    assert [str(voice) for voice in shown.voices.all()][-1] == "村镇银行：同意"


def test_one_refusal_ends_it_with_an_opinion(world: World, subject: Contribution) -> None:
    decision = propose(world, subject)
    say(decision, subject, world.town2)
    with refused(InvalidInput, "意见", field="opinion"):
        say(decision, subject, world.science2, agrees=False, opinion="  ")
    decision = say(decision, subject, world.science2, agrees=False, opinion="尚有可执行财产")
    assert (decision.status, decision.decided_on) == ("refused", DAY)
    with refused(WrongState):
        say(decision, subject, world.bank2)
    with refused(WrongState):
        take_back(decision, subject, world.bank)
    assert propose(world, subject).status == "proposed"


def test_one_at_a_time_of_a_kind_about_a_thing(world: World, subject: Contribution) -> None:
    propose(world, subject)
    with refused(JointPending, "核销"):
        propose(world, subject, by=world.town)
    assert propose(world, subject, kind=JointKind.RESUMPTION).status == "proposed"


@pytest.mark.parametrize("grounds", ["", "  ", "长" * 501])
def test_grounds_are_given(world: World, subject: Contribution, grounds: str) -> None:
    with refused(InvalidInput, field="grounds"):
        propose(world, subject, grounds=grounds)


def test_who_is_no_party_neither_proposes_nor_speaks_nor_takes_back(world: World, subject: Contribution) -> None:
    town = make_organisation(OrganisationKind.TOWN, "外地镇政府")
    officer, reviewer = make_person("out", town, Role.OFFICER), make_person("out2", town, Role.REVIEWER)
    with refused(NotFound):
        propose(world, subject, by=officer)
    decision = propose(world, subject)
    with refused(NotFound):
        say(decision, subject, reviewer)
    with refused(NotFound):
        take_back(decision, subject, officer)


@pytest.mark.parametrize("name", ["province", "science", "town", "bank", "centre2", "auditor", "sysadmin"])
def test_only_reviewers_of_the_parties_speak(world: World, subject: Contribution, name: str) -> None:
    decision = propose(world, subject)
    with refused(NotAllowed):
        say(decision, subject, getattr(world, name))


def test_a_party_speaks_once_and_never_by_the_proposer(world: World, subject: Contribution) -> None:
    decision = propose(world, subject)
    say(decision, subject, world.bank2)
    with refused(AlreadySpoken):
        say(decision, subject, world.bank3)
    other = propose(world, subject, kind=JointKind.RESUMPTION, by=world.bank2)
    with refused(SamePerson):
        say(other, subject, world.bank2)
    assert say(other, subject, world.bank3).status == "proposed"


def test_the_proposers_organisation_takes_it_back_with_a_reason(world: World, subject: Contribution) -> None:
    decision = propose(world, subject)
    with refused(NotFound):
        take_back(decision, subject, world.town)
    with refused(NotAllowed):
        take_back(decision, subject, world.auditor)
    with refused(InvalidInput, field="reason"):
        take_back(decision, subject, world.bank, reason=" ")
    decision = take_back(decision, subject, world.bank2)
    assert (decision.status, decision.decided_on, decision.withdraw_reason) == ("withdrawn", DAY, "补充材料")
    assert "withdrawn" in keys(world.province2)


@pytest.mark.parametrize("action", JOINT_LIFECYCLE.transitions)
@pytest.mark.parametrize("status", JointStatus.values)
def test_only_what_is_proposed_goes_on(action: str, status: str) -> None:
    assert JOINT_LIFECYCLE.allows(action, status) is (status == "proposed")
