"""Accounts under three pairs of eyes: the system administrator makes them, the security administrator gives and takes
roles and entry, the audit administrator reads the trail (domain §2). Nobody changes their own role or entry, so the last
active security administrator cannot be shut out: somebody else of the kind would have to do it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from axes.utils import reset as reset_lockout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from common.texts import checked_text

from ..enums import ADMINISTRATORS, Role
from ..errors import AdministratorAccount, BadAccount
from ..models import ApiToken, Organisation, User
from ..permissions import reason_against_reset, require, require_not_own
from . import audit
from .delegations import tell_of_shut
from .notify import notify

USERNAME = re.compile(r"^[a-z][a-z0-9._-]{1,39}$")
CONTACT_FIELDS = ["name", "email", "phone"]


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    password: str,
    by: User,
    on: date,
    now: datetime,
    organisation: Organisation | None = None,
    role: str = "",
    is_service: bool = False,
    email: str = "",
    phone: str = "",
) -> User:
    """Make an account that cannot sign in yet: the security administrator checks its role and lets it in.

    Without `organisation` it is an administrator's, and `role` says which; with one it starts as 查阅. The first
    password must be changed at the first sign-in (a service account's is not). Writes: User, audit.
    Raises: NotAllowed, BadAccount.
    """
    require(by, "account.create")
    if not USERNAME.match(username):
        _refuse("username", "登录名须以小写字母开头，由小写字母、数字及 . _ - 组成，2 到 40 个字符。")
    if User.objects.filter(username=username).exists():
        _refuse("username", f"登录名“{username}”已被使用；请换一个。")
    account = User(
        username=username,
        name=checked_text("name", "姓名", name, 40),
        organisation=organisation,
        role=_fitting(role or (Role.VIEWER if organisation else ""), organisation),
        is_service=is_service,
        email=email.strip(),
        phone=phone.strip(),
        is_active=False,
        must_change_password=not is_service,
        created_at=now,
    )
    _set_password(account, password)
    account.save(force_insert=True)
    summary = f"建立账号 {username}（{account.name}），待安全管理员授权启用"
    audit.record(by=by, now=now, action="account.create", subject=account, summary=summary)
    return account


@transaction.atomic
def update_account(*, account: User, name: str, by: User, on: date, now: datetime, email: str = "", phone: str = "") -> User:
    """Correct name and contact. Locks and writes: the account; audit. Raises: NotAllowed, BadAccount."""
    require(by, "account.create")
    values = {"name": checked_text("name", "姓名", name, 40), "email": email.strip(), "phone": phone.strip()}
    return _update(account, values, by, now, "account.create", "修改账号资料")


@transaction.atomic
def update_own_contact(*, by: User, on: date, now: datetime, email: str = "", phone: str = "") -> User:
    """One's own e-mail address and telephone number. Locks and writes: the account; audit."""
    return _update(by, {"email": email.strip(), "phone": phone.strip()}, by, now, "account.own", "修改本人联系方式")


@transaction.atomic
def reset_password(*, account: User, password: str, by: User, on: date, now: datetime) -> User:
    """Give a new first password to somebody who lost theirs, who stays out until the security administrator has asked them and
    lets them in again; every session and token of theirs ends. So nobody becomes another by a password alone.

    Locks and writes: the account, its tokens; audit, messages to them and the security administrators.
    Raises: NotAllowed, OwnAccount, AdministratorAccount, BadAccount.
    """
    require(by, "account.create")
    row = _locked(account, by, "重置本人密码；请用“修改密码”")
    if reason := reason_against_reset(row):
        raise AdministratorAccount(reason)
    changes = {"启用": ("是", "否")} if row.is_active else {}
    row.is_active = False
    renew_password(row, password, now)
    audit.record(by=by, now=now, action="account.create", subject=row, summary=f"重置 {row.username} 的密码并停用账号", changes=changes)
    told = f"{by.name}重置了{row.name}（{row.username}）的密码，账号停用，待安全管理员向本人核实后启用。不是本人要求的，请告知审计管理员。"
    tell_of_reset(row, told, now)
    return row


def renew_password(account: User, password: str, now: datetime) -> None:
    """The locked account's new first password; its sessions and tokens end. Raises: BadAccount."""
    _set_password(account, password)
    account.must_change_password = not account.is_service
    account.session_epoch += 1
    account.save(update_fields=["password", "must_change_password", "session_epoch", "is_active"])
    _revoke_tokens(account, now)


def tell_of_reset(account: User, body: str, now: datetime) -> None:
    """A message to the person and to the security administrators, who decide whether it was asked for."""
    guards = User.objects.filter(role=Role.SECURITY_ADMIN, is_active=True)
    for recipients, url in (([account], ""), (guards, account.get_absolute_url())):
        notify(
            recipients=recipients,
            key=f"account:{account.pk}:reset:{account.session_epoch}",
            subject=f"密码已重置：{account.name}（{account.username}）",
            body=body,
            url=url,
            now=now,
        )


@transaction.atomic
def change_own_password(*, password: str, by: User, on: date, now: datetime) -> User:
    """A person's own new password (the form has checked the old one); other sessions and all tokens end.

    Locks and writes: the account, its tokens; audit. Raises: BadAccount.
    """
    row: User = User.objects.select_for_update().get(pk=by.pk)
    if row.check_password(password):
        _refuse("new_password1", "新密码与原密码相同；请换一个。")
    _set_password(row, password, field="new_password1")
    row.must_change_password = False
    row.session_epoch += 1
    row.save(update_fields=["password", "must_change_password", "session_epoch"])
    _revoke_tokens(row, now)
    audit.record(by=by, now=now, action="account.own", subject=row, summary="修改本人密码")
    return row


def note_visit(*, by: User, on: date, now: datetime) -> None:
    """Just before a person signs in on the pages: keep when they did before, for what has changed since. Writes: the account."""
    User.objects.filter(pk=by.pk).update(previous_login=by.last_login)


@transaction.atomic
def sign_out_everywhere(*, by: User, on: date, now: datetime) -> User:
    """End every session and token of one's own. Locks and writes: the account, its tokens; audit."""
    row: User = User.objects.select_for_update().get(pk=by.pk)
    row.session_epoch += 1
    row.save(update_fields=["session_epoch"])
    _revoke_tokens(row, now)
    audit.record(by=by, now=now, action="account.own", subject=row, summary="退出本人的其他登录并吊销接口令牌")
    return row


@transaction.atomic
def grant_role(*, account: User, role: str, by: User, on: date, now: datetime) -> User:
    """Give a role. An administrator's role needs an account without organisation, the others one with.

    Locks and writes: the account; audit. Raises: NotAllowed, OwnAccount, BadAccount.
    """
    require(by, "account.authorise")
    row = _locked(account, by, "更改本人的角色；请由另一位安全管理员办理")
    before = row.role
    row.role = _fitting(role, row.organisation)
    if before == row.role:
        _refuse("role", f"{row.name} 已经是“{row.get_role_display()}”。")
    row.save(update_fields=["role"])
    audit.record(
        by=by,
        now=now,
        action="account.authorise",
        subject=row,
        summary=f"授予 {row.username} 角色“{row.get_role_display()}”",
        changes={"角色": (Role(before).label, row.get_role_display())},
    )
    return row


@transaction.atomic
def set_account_active(*, account: User, active: bool, by: User, on: date, now: datetime, reason: str = "") -> User:
    """Let a person in, or keep them out; out ends their sessions and tokens.

    Locks and writes: the account, its tokens; audit. Raises: NotAllowed, OwnAccount, BadAccount.
    """
    require(by, "account.authorise")
    word = "启用" if active else "停用"
    row = _locked(account, by, f"{word}本人账号")
    if row.is_active == active:
        raise BadAccount(f"账号 {row.username} 已经是{word}状态。")
    if not active:
        row.session_epoch += 1
        _revoke_tokens(row, now)
    row.is_active = active
    row.save(update_fields=["is_active", "session_epoch"])
    audit.record(
        by=by,
        now=now,
        action="account.authorise",
        subject=row,
        summary=f"{word}账号 {row.username}",
        changes={"启用": ("否", "是") if active else ("是", "否")},
        reason=reason,
    )
    if not active:
        tell_of_shut(row, on, now)
    return row


@transaction.atomic
def unlock_account(*, account: User, by: User, on: date, now: datetime) -> User:
    """Forget the failed sign-ins of an account, so that it may try again at once. Writes: the attempts; audit."""
    require(by, "account.authorise")
    row = _locked(account, by, "解除本人账号的锁定")
    if not reset_lockout(username=row.username):
        raise BadAccount(f"账号 {row.username} 没有被锁定，也没有登录失败的记录。")
    audit.record(by=by, now=now, action="account.authorise", subject=row, summary=f"解除账号 {row.username} 的登录锁定")
    return row


def _refuse(field: str, message: str) -> None:
    raise BadAccount(message, fields={field: [message]})


def _fitting(role: str, organisation: Organisation | None) -> Role:
    """The role, where it goes with the organisation: administrators belong to none, everyone else to one."""
    if role not in Role.values:
        _refuse("role", "请选择角色。")
    found = Role(role)
    if organisation is not None and found in ADMINISTRATORS:
        _refuse("role", f"{found.label}不办理业务，不能属于“{organisation.name}”；请为其另建不属于任何单位的账号。")
    if organisation is None and found not in ADMINISTRATORS:
        _refuse("role", f"“{found.label}”须属于一个单位；请为其另建所属单位的账号。")
    return found


def _locked(account: User, by: User, what: str) -> User:
    """The account's row, locked, unless it is the actor's own."""
    require_not_own(account, by, what)
    found: User = User.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=account.pk)
    return found


def _set_password(account: User, password: str, field: str = "password") -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise BadAccount("密码不符合要求：" + "".join(error.messages), fields={field: error.messages}) from error
    account.set_password(password)


def _revoke_tokens(account: User, now: datetime) -> None:
    ApiToken.objects.filter(user=account, revoked_at__isnull=True).update(revoked_at=now)


def _update(account: User, values: Mapping[str, Any], by: User, now: datetime, action: str, what: str) -> User:
    before = User.objects.select_for_update().get(pk=account.pk)
    after: User = User.objects.get(pk=account.pk)
    for name, value in values.items():
        setattr(after, name, value)
    changes = audit.changed(before, after, list(values))
    if changes:
        after.save(update_fields=list(values))
        audit.record(by=by, now=now, action=action, subject=after, summary=f"{what}（{after.username}）", changes=changes)
    return after
