"""The first three administrators of a new installation: nobody can make them on screen, as nobody can sign in yet."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ..enums import ADMINISTRATORS, Role
from ..errors import BadAccount
from ..models import User
from . import audit

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


def _create(role: Role, login: str, name: str, password: str, now: datetime) -> User:
    user = User.objects.create_user(login, password, name=name, role=role, must_change_password=True, created_at=now)
    audit.record(by=None, now=now, action="account.create", subject=user, summary=f"系统初始化：建立{role.label}账号 {login}（{name}）")
    return user
