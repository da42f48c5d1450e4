"""Three administrators, each with their part; nobody over their own account."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from common.errors import InvalidInput, NotAllowed, Refusal
from parties.enums import Role
from parties.errors import AdministratorAccount, BadAccount, BadOrganisation, OwnAccount
from parties.models import ApiToken, AuditEvent, Notification, User
from parties.services import accounts, organisations
from parties.services.tokens import issue_token
from tests.factories import World, at
from tests.support.rows import refused

SignIn = Callable[[User], Client]
DAY = at(2012, 1, 4)
GOOD = "Xiaolan-Suoye-88"


def create(world: World, **changes: object) -> User:
    values = {"username": "new.clerk", "name": "陈静", "password": GOOD, "organisation": world.bank_organisation, "by": world.sysadmin}
    return accounts.create_account(**{**values, **DAY, **changes})


def test_new_account_waits_for_the_security_administrator(world: World) -> None:
    account = create(world)
    assert (account.role, account.is_active, account.must_change_password) == (Role.VIEWER, False, True)
    accounts.grant_role(account=account, role=Role.OFFICER, by=world.secadmin, **DAY)
    accounts.set_account_active(account=account, active=True, by=world.secadmin, **DAY)
    account.refresh_from_db()
    assert (account.role, account.is_active) == (Role.OFFICER, True)
    trail = AuditEvent.objects.filter(object_type="parties.user", object_id=str(account.pk)).order_by("id")
    assert [event.actor.username for event in trail] == ["sysadmin", "secadmin", "secadmin"]
    assert trail[1].changes == {"角色": ["查阅", "经办"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "town"}, "username"),
        ({"username": "陈静"}, "username"),
        ({"username": "Chen"}, "username"),
        ({"name": " "}, "name"),
        ({"password": "short1"}, "password"),
        ({"password": "12345678901234"}, "password"),
        ({"password": "new.clerk12"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"role": "system_admin"}, "role"),
        ({"organisation": None}, "role"),
        ({"organisation": None, "role": "officer"}, "role"),
        ({"role": "emperor"}, "role"),
    ],
)
def test_bad_account_is_refused_beside_its_field(world: World, changes: dict[str, object], field: str) -> None:
    before = (User.objects.count(), AuditEvent.objects.count())
    with pytest.raises(InvalidInput) as refusal:
        create(world, **changes)
    assert list(refusal.value.fields) == [field]
    assert (User.objects.count(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize("who", ["secadmin", "auditadmin", "town", "bank2", "auditor"])
def test_only_the_system_administrator_makes_accounts_and_organisations(world: World, who: str) -> None:
    by = getattr(world, who)
    with pytest.raises(NotAllowed):
        create(world, by=by)
    with pytest.raises(NotAllowed):
        accounts.reset_password(account=world.town2, password=GOOD, by=by, **DAY)
    with pytest.raises(NotAllowed):
        organisations.create_organisation(kind="bank", name="某银行", short_name="某行", by=by, **DAY)


@pytest.mark.parametrize("who", ["sysadmin", "auditadmin", "town", "bank2", "auditor"])
def test_only_the_security_administrator_grants_and_lets_in(world: World, who: str) -> None:
    by = getattr(world, who)
    for service, values in (
        (accounts.grant_role, {"role": Role.VIEWER}),
        (accounts.set_account_active, {"active": False}),
        (accounts.unlock_account, {}),
    ):
        with pytest.raises(NotAllowed):
            service(account=world.bank, by=by, **values, **DAY)


def test_nobody_changes_their_own_account(world: World) -> None:
    for service, values in ((accounts.grant_role, {"role": Role.AUDIT_ADMIN}), (accounts.set_account_active, {"active": False})):
        with pytest.raises(OwnAccount):
            service(account=world.secadmin, by=world.secadmin, **values, **DAY)
    with pytest.raises(OwnAccount):
        accounts.reset_password(account=world.sysadmin, password=GOOD, by=world.sysadmin, **DAY)


def test_whose_password_was_reset_stays_out_until_the_security_administrator_lets_them_in(world: World) -> None:
    issue_token(by=world.town, on=timezone.localdate(), now=timezone.now())
    account = accounts.reset_password(account=world.town, password=GOOD, by=world.sysadmin, **DAY)
    assert (account.is_active, account.must_change_password) == (False, True)
    assert not ApiToken.objects.filter(user=account, revoked_at__isnull=True).exists()
    assert AuditEvent.objects.first().changes == {"启用": ["是", "否"]}
    told = dict(Notification.objects.filter(subject="密码已重置：town（town）").values_list("recipient__username", "url"))
    assert told == {"town": "", "secadmin": account.get_absolute_url()}
    with pytest.raises(NotAllowed):
        accounts.set_account_active(account=account, active=True, by=world.sysadmin, **DAY)
    assert accounts.set_account_active(account=account, active=True, by=world.secadmin, **DAY).check_password(GOOD)


@pytest.mark.parametrize("who", ["secadmin", "auditadmin"])
def test_one_administrator_does_not_become_another_by_a_password(world: World, sign_in: SignIn, who: str) -> None:
    account = getattr(world, who)
    with refused(AdministratorAccount, "reset_administrator"):
        accounts.reset_password(account=account, password=GOOD, by=world.sysadmin, **DAY)
    client = sign_in(world.sysadmin)
    assert "manage.py reset_administrator" in client.get(account.get_absolute_url()).content.decode()
    assert client.post(f"{account.get_absolute_url()}password/", {"password": GOOD}).status_code == 403
    account.refresh_from_db()
    assert (account.is_active, account.check_password(GOOD)) == (True, False)


def test_keeping_somebody_out_ends_their_tokens(world: World) -> None:
    issue_token(by=world.bank, on=timezone.localdate(), now=timezone.now())
    accounts.set_account_active(account=world.bank, active=False, reason="离职", by=world.secadmin, **DAY)
    assert not ApiToken.objects.filter(user=world.bank, revoked_at__isnull=True).exists()
    assert AuditEvent.objects.filter(reason="离职").exists()
    with pytest.raises(BadAccount):
        accounts.set_account_active(account=world.bank, active=False, by=world.secadmin, **DAY)


def test_own_new_password_must_be_new_and_good(world: World) -> None:
    for password in ("Demo-2012-2014", "1234567890123"):
        with pytest.raises(BadAccount):
            accounts.change_own_password(password=password, by=world.town, **DAY)
    changed = accounts.change_own_password(password=GOOD, by=world.town, **DAY)
    assert changed.check_password(GOOD)


def test_trail_never_holds_a_password(world: World) -> None:
    accounts.reset_password(account=world.town, password=GOOD, by=world.sysadmin, **DAY)
    event = AuditEvent.objects.first()
    assert GOOD not in str(vars(event))


def test_organisation_is_changed_with_its_trail_and_without_its_kind(world: World) -> None:
    row = organisations.update_organisation(organisation=world.town_organisation, reviewer_title="分管领导", by=world.sysadmin, **DAY)
    assert row.reviewer_title == "分管领导"
    assert AuditEvent.objects.first().changes == {"复核人职务": ["科长", "分管领导"]}
    with pytest.raises(TypeError):
        organisations.update_organisation(organisation=world.town_organisation, kind="bank", by=world.sysadmin, **DAY)


@pytest.mark.parametrize("values", [{"name": "中山市科技局"}, {"name": ""}, {"short_name": " "}, {"kind": "church"}])
def test_bad_organisation_is_refused(world: World, values: dict[str, str]) -> None:
    given = {"kind": "bank", "name": "某银行", "short_name": "某行", **values}
    with pytest.raises(BadOrganisation):
        organisations.create_organisation(**given, by=world.sysadmin, **DAY)


def test_an_organisation_let_in_again_revives_no_session_and_no_token_of_its_people(world: World, sign_in: SignIn) -> None:
    town, bank = sign_in(world.town), sign_in(world.bank)
    for person in (world.town, world.bank):
        issue_token(by=person, on=timezone.localdate(), now=timezone.now())
    for active in (False, True):
        organisations.set_organisation_active(organisation=world.town_organisation, active=active, by=world.sysadmin, **DAY)
    assert (town.get("/account/").status_code, bank.get("/account/").status_code) == (302, 200)
    assert list(ApiToken.objects.filter(revoked_at__isnull=True).values_list("user__username", flat=True)) == ["bank"]
    world.town.refresh_from_db()
    assert sign_in(world.town).get("/account/").status_code == 200


def test_suspended_organisation_cannot_be_suspended_again(world: World) -> None:
    organisations.set_organisation_active(organisation=world.town_organisation, active=False, by=world.sysadmin, **DAY)
    with pytest.raises(Refusal):
        organisations.set_organisation_active(organisation=world.town_organisation, active=False, by=world.sysadmin, **DAY)
