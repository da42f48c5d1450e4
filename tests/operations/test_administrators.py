"""What commands do for the administrators: the first three, once; a new password for one who lost theirs."""

import pytest
from django.core.management import CommandError, call_command

from parties.enums import Role
from parties.models import AuditEvent, Notification, User
from tests.factories import make_world
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
NAMES = ["--system", "甲", "--security", "乙", "--audit", "丙"]


def test_three_people_are_made_and_their_passwords_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_administrators", *NAMES)
    assert set(User.objects.values_list("role", "name")) == {
        (Role.SYSTEM_ADMIN, "甲"),
        (Role.SECURITY_ADMIN, "乙"),
        (Role.AUDIT_ADMIN, "丙"),
    }
    line = next(line for line in capsys.readouterr().out.splitlines() if "sysadmin" in line)
    user = User.objects.get(username="sysadmin")
    assert user.check_password(line.split()[-1])
    assert user.must_change_password
    assert AuditEvent.objects.filter(action="account.create").count() == 3


def test_a_second_time_is_refused_and_changes_nothing() -> None:
    call_command("create_administrators", *NAMES)
    with pytest.raises(CommandError, match="已有管理员"):
        call_command("create_administrators", *NAMES)
    assert User.objects.count() == 3


def test_one_person_cannot_be_two_administrators() -> None:
    with pytest.raises(CommandError, match="三个不同的人"):
        call_command("create_administrators", "--system", "甲", "--security", "甲", "--audit", "丙")
    assert not User.objects.exists()


def test_an_administrator_who_lost_their_password_gets_another_on_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_administrators", *NAMES)
    before = User.objects.get(username="secadmin")
    capsys.readouterr()
    call_command("reset_administrator", "secadmin")
    user = User.objects.get(username="secadmin")
    assert user.check_password(capsys.readouterr().out.splitlines()[0].split()[-1])
    assert (user.is_active, user.must_change_password, user.session_epoch) == (True, True, before.session_epoch + 1)
    assert AuditEvent.objects.first().summary == "在服务器上重置 secadmin 的密码"
    assert Notification.objects.get().recipient == user


@pytest.mark.parametrize("username", ["nobody", "town"])
def test_the_command_is_for_administrators_alone(username: str) -> None:
    make_world()
    before = all_rows()
    with pytest.raises(CommandError, match=f"没有登录名为“{username}”的管理员"):
        call_command("reset_administrator", username)
    assert all_rows() == before
