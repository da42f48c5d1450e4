"""What only whoever runs the machine does for the administrators: the first three of a new installation, whom nobody can make
on screen as nobody can sign in yet, and a new password, by which one administrator would become another on screen."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ..enums import ADMINISTRATORS, Role
from ..errors import BadAccount
from ..models import User
from . import audit
from .accounts import renew_password, tell_of_reset

LOGINS = {Role.SYSTEM_ADMIN: "sysadmin", Role.SECURITY_ADMIN: "secadmin", Role.AUDIT_ADMIN: "auditadmin"}


@transaction.atomic
def create_first_administrators(*, names: Mapping[Role, str], passwords: Mapping[Role, str], now: datetime) -> list[User]:
    """One administrator of each of the three kinds (三员), who change their password at the first sign-in.

    Writes: three User rows, audit. Raises: BadAccount when there is an administrator already, or one person would be two.
    """
    if User.objects.filter(role__in=ADMINISTRATORS).exists():
        raise BadAccount("系统中已有管理员；请由系统管理员登录后建立账号，由安全管理员启用。")
    if len({name.strip() for name in names.values()} - {""}) != len(LOGINS):
        raise BadAccount("系统、安全、审计管理员须为三个不同的人；请分别填写姓名。")
    return [_create(role, login, names[role].strip(), passwords[role], now) for role, login in LOGINS.items()]


@transaction.atomic
def reset_administrator(*, username: str, password: str, now: datetime) -> User:
    """A new first password for an administrator who lost theirs; every session and token of theirs ends.

    Locks and writes: the account, its tokens; audit, messages to them and the security administrators. Raises: BadAccount.
    """
    row: User | None = User.objects.select_for_update().filter(username=username, role__in=ADMINISTRATORS).first()
    if row is None:
        raise BadAccount(f"没有登录名为“{username}”的管理员；其他人员的密码由系统管理员在页面上重置。")
    renew_password(row, password, now)
    audit.record(by=None, now=now, action="account.create", subject=row, summary=f"在服务器上重置 {row.username} 的密码")
    tell_of_reset(row, f"在服务器上重置了{row.name}（{row.username}）的密码。不是本人要求的，请告知审计管理员。", now)
    return row


def _create(role: Role, login: str, name: str, password: str, now: datetime) -> User:
    user = User.objects.create_user(login, password, name=name, role=role, must_change_password=True, created_at=now)
    audit.record(by=None, now=now, action="account.create", subject=user, summary=f"系统初始化：建立{role.label}账号 {login}（{name}）")
    return user
